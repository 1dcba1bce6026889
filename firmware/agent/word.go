package agent

import (
	"rackvakt/sensors/climate"
	"rackvakt/uplink/alarm"
)

// Word returns a reason of a Snapshot in lang; what has no word, such as what a
// system said, stays as it is.
func Word(key string, lang alarm.Lang) string {
	if t, ok := words[key]; ok {
		return t.In(lang)
	}
	if sv, ok := climate.Swedish(key); ok && lang == alarm.Swedish {
		return sv
	}
	return key
}
