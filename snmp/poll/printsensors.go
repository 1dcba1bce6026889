package poll

import (
	"fmt"
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
		return s.Word
	}
	if !s.Value.Present {
		return "-"
	}
	n := s.Value.String()
	if whole, decimals, ok := strings.Cut(n, "."); ok {
		point := "."
		if p.lang == Swedish {
			point = ","
		}
		n = whole + point + decimals[:min(len(decimals), 3)]
	}
	return strings.TrimSpace(n + " " + s.Unit)
}
