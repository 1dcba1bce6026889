package poll

import (
	"fmt"
	"strconv"
	"strings"

	"rackvakt/snmp/sensor"
)

// swedishSensors holds what the table of sensors says, by its English.
var swedishSensors = map[string]string{
	"sensor": "givare", "measures": "mäter", "value": "värde", "judged": "bedömd",
	"ok": "bra", "warning": "varning", "critical": "kritisk", "unknown": "okänd", "unavailable": "ej läsbar", "nonoperational": "trasig",
	"temperature": "temperatur", "humidity": "fukt", "voltage": "spänning", "current": "ström", "power": "effekt",
	"apparent power": "skenbar effekt", "energy": "energi", "frequency": "frekvens", "fanspeed": "fläktvarv",
	"charge": "laddning", "load": "last", "runtime": "tid", "percent": "andel", "optical power": "ljuseffekt",
	"airflow": "luftflöde", "pressure": "tryck", "count": "antal", "state": "läge",
}

func (p *printer) sensorWord(word string) string {
	if s, ok := swedishSensors[word]; ok && p.lang == Swedish {
		return s
	}
	return word
}

// sensors writes one line a sensor.
func (p *printer) sensors(sensors []sensor.Sensor) {
	for i, s := range sensors {
		if i == 0 {
			p.line("")
			p.sensorRow(p.sensorWord("sensor"), p.sensorWord("measures"), p.sensorWord("value"), p.sensorWord("judged"))
		}
		judged := "-"
		if s.Status != "" {
			judged = p.sensorWord(s.Status)
		}
		p.sensorRow(s.Name, p.sensorWord(strings.ReplaceAll(string(s.Class), "_", " ")), p.sensorValue(s), judged)
	}
}

// sensorRow writes 98 characters.
func (p *printer) sensorRow(name, class, value, judged string) {
	p.line(fmt.Sprintf("%-42s %-15s %-28s %-10s", clip(name, 42), clip(class, 15), clip(value, 28), judged))
}

func (p *printer) sensorValue(s sensor.Sensor) string {
	if s.Word != "" {
		return p.stateWord(s.Word)
	}
	if !s.Value.Present {
		return "-"
	}
	if s.Class == sensor.Runtime {
		if seconds, err := strconv.ParseFloat(s.Value.String(), 64); err == nil && s.Unit == "s" {
			return *p.duration(seconds)
		}
	}
	return strings.TrimSpace(p.decimal(s.Value) + " " + s.Unit)
}

// decimal writes a number with at most three decimals.
func (p *printer) decimal(d sensor.Decimal) string {
	whole, decimals, ok := strings.Cut(d.String(), ".")
	if !ok {
		return whole
	}
	point := "."
	if p.lang == Swedish {
		point = ","
	}
	return whole + point + decimals[:min(len(decimals), 3)]
}

// swedishStates holds the commonest words that profiles have for states.
var swedishStates = map[string]string{
	"yes": "ja", "no": "nej", "on": "på", "off": "av", "ok": "bra", "good": "bra", "normal": "normalt", "on line": "i drift", "on battery": "på batteri",
	"failed": "trasig", "failure": "fel", "fault": "fel", "faulty": "trasig", "error": "fel", "alarm": "larm", "warning": "varning", "critical": "kritiskt",
	"unknown": "okänt", "not present": "saknas", "absent": "saknas", "present": "finns", "missing": "saknas", "low": "lågt", "high": "högt", "open": "öppen",
	"closed": "stängd", "active": "aktiv", "inactive": "inte aktiv", "enabled": "på", "disabled": "avstängd", "running": "i gång", "stopped": "står still",
	"idle": "vilar", "none": "inget", "other": "annat", "lost": "förlorad", "up": "uppe", "down": "nere", "shutdown": "avstängd", "bypass": "förbikoppling",
	"not functioning": "fungerar inte", "not supported": "stöds inte", "charging": "laddas", "discharging": "laddas ur", "floating": "underhållsladdas",
	"depleted": "tömt", "healthy": "bra", "bad": "dåligt", "dry": "torrt", "wet": "blött", "disconnected": "inte ansluten", "connected": "ansluten",
	"working": "fungerar", "not working": "fungerar inte", "too high": "för högt", "too low": "för lågt", "overload": "överlast", "near overload": "nära överlast",
	"invalid": "ogiltigt", "in progress": "pågår", "passed": "godkänt", "shut down": "avstängd", "battery": "batteri", "mains": "nät", "detected": "upptäckt",
	"no communication": "ingen kontakt", "not installed": "saknas", "resting": "vilar", "out of range": "utanför området", "to be replaced": "ska bytas",
	"boosting": "höjer", "booster": "höjer", "reducing": "sänker", "reducer": "sänker", "powering up": "startar", "powering": "matar", "not powering": "matar inte",
	"no power": "ingen matning", "sensor error": "fel på givaren", "read error": "läsfel", "rebooting": "startar om", "not available": "finns inte",
	"not applicable": "gäller inte", "abnormal": "onormalt", "too hot": "för varmt", "eco mode": "sparläge", "voltage too low": "för låg spänning",
	"voltage too high": "för hög spänning", "replace": "ska bytas", "ready": "redo", "standby": "viloläge", "operational": "fungerar",
}

// stateWord returns the word of a state in the printer's language; what has none
// stays as the profile has it.
func (p *printer) stateWord(word string) string {
	if s, ok := swedishStates[word]; ok && p.lang == Swedish {
		return s
	}
	return word
}
