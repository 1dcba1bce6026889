package poll

import (
	"fmt"
	"strconv"
	"strings"

	"rackvakt/snmp/profile"
)

// swedishSensors holds what the table of sensors says, by its English.
var swedishSensors = map[string]string{
	"sensor": "givare", "measures": "mäter", "value": "värde", "judged": "bedömd",
	"ok": "bra", "warning": "varning", "critical": "kritisk", "unknown": "okänd",
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
func (p *printer) sensors(sensors []profile.Sensor) {
	for i, s := range sensors {
		if i == 0 {
			p.line("")
			p.sensorRow(p.sensorWord("sensor"), p.sensorWord("measures"), p.sensorWord("value"), p.sensorWord("judged"))
		}
		judged := "-"
		if s.Status != nil {
			judged = p.sensorWord(string(*s.Status))
		}
		p.sensorRow(s.Name, p.sensorWord(strings.ReplaceAll(string(s.Class), "_", " ")), p.sensorValue(s), judged)
	}
}

// sensorRow writes 98 characters.
func (p *printer) sensorRow(name, class, value, judged string) {
	p.line(fmt.Sprintf("%-42s %-15s %-28s %-10s", clip(name, 42), clip(class, 15), clip(value, 28), judged))
}

func (p *printer) sensorValue(s profile.Sensor) string {
	if s.Word != nil {
		return *s.Word
	}
	n := strconv.FormatFloat(s.Value, 'f', -1, 64)
	if whole, decimals, ok := strings.Cut(n, "."); ok {
		point := "."
		if p.lang == Swedish {
			point = ","
		}
		n = whole + point + decimals[:min(len(decimals), 3)]
	}
	if s.Unit != nil {
		n += " " + strings.Replace(*s.Unit, "Celsius", "°C", 1)
	}
	return n
}
