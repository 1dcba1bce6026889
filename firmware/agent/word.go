package agent

import (
	"strings"

	"rackvakt/sensors/climate"
	"rackvakt/uplink/alarm"
)

// Word returns a reason of a Snapshot in lang. Of what a system said, "dial tcp
// 10.1.2.3:8883: connect: connection refused", the last part is told in words;
// what has no word stays as it is.
func Word(key string, lang alarm.Lang) string {
	if t, ok := words[key]; ok {
		return t.In(lang)
	}
	if sv, ok := climate.Swedish(key); ok && lang == alarm.Swedish {
		return sv
	}
	if i := strings.LastIndex(key, ": "); i >= 0 {
		if last := Word(key[i+2:], lang); last != key[i+2:] {
			return key[:i+2] + last
		}
	}
	return key
}
