package sense

import "rackvakt/sensors/climate"

// Languages of Print.
const (
	Swedish = "sv"
	English = "en"
)

// swedish holds what Print and the drivers say, by the English text, beside what
// package climate translates itself. A text that is in neither is printed in English.
var swedish = map[string]string{
	"GPIO chips":                    "GPIO-kretsar",
	"1-Wire buses":                  "1-Wire-bussar",
	"Sensors that the kernel reads": "Givare som kärnan läser",
	"part of the machine":           "hör till maskinen",
	"held by the kernel's driver":   "används av kärnans drivrutin",
	"Mistakes":                      "Fel",
	"What to do":                    "Åtgärd",
	"Sensors":                       "Givare",
	"new":                           "ny",
	"no.":                           "nr",
	"I2C buses":                     "I2C-bussar",
	"1-Wire sensors":                "1-Wire-givare",
	"or":                            "eller",
	"free":                          "lediga",
	"none":                          "inga",
	"lines":                         "linjer",
	"held by":                       "används av",
	"somebody":                      "någon",
	"nothing answers":               "ingen svarar",
	"unknown device":                "okänd krets",
	"confirmed":                     "bekräftad",
	"likely":                        "troligen",
	"Nothing is attached: no GPIO chip, nothing on an I2C bus, no 1-Wire sensor, and no": "Inget är anslutet: ingen GPIO-krets, inget på en I2C-buss, ingen 1-Wire-givare, och",
	"configured sensor that answers. This machine has no sensors (exit code 3).":         "ingen konfigurerad givare som svarar. Maskinen har inga givare (slutkod 3).",
	"On a Raspberry Pi: put dtparam=i2c_arm=on and dtoverlay=w1-gpio into":               "På en Raspberry Pi: skriv dtparam=i2c_arm=on och dtoverlay=w1-gpio i",
	"/boot/firmware/config.txt, restart, and run as a user in the groups gpio and i2c.":  "/boot/firmware/config.txt, starta om, och kör som en användare i grupperna gpio och i2c.",

	"SENSOR": "GIVARE", "VALUE": "VÄRDE", "WHERE": "VAR",
	"unknown": "okänt", "fault": "fel",
	"open": "öppen", "closed": "stängd", "locked": "låst", "unlocked": "olåst",
	"dry": "torrt", "water": "vatten", "clear": "ingen rök", "smoke": "rök",
	"present": "finns", "lost": "borta", "yes": "ja", "no": "nej",

	"line held by another program": "linjen används av ett annat program",
	"line gone":                    "linjen är borta",
	"no such line":                 "linjen finns inte",
	"line cannot be read":          "linjen kan inte läsas",

	"loop cut":                         "slingan avbruten",
	"loop shorted":                     "slingan kortsluten",
	"loop between states":              "slingan mellan lägen",
	"loop unsteady":                    "slingan ostadig",
	"bounces: magnet gap?":             "studsar: magneten för långt bort?",
	"contact_bounces_total":            "studsar",
	"voltage_volts":                    "spänning",
	"current_amperes":                  "ström",
	"power_watts":                      "effekt",
	"level_ratio":                      "laddning",
	"remaining_seconds":                "räcker",
	"time_to_hot_seconds":              "tid till 35 °C",
	"the chip was reset":               "kretsen har startat om",
	"line held high":                   "ledningen ligger högt",
	"the chip does not measure":        "kretsen mäter inte",
	"current over range":               "strömmen över mätområdet",
	"no battery":                       "inget batteri",
	"voltage does not fit the battery": "spänningen passar inte batteriet",
	"not drained":                      "används inte",
	"line":                             "linje",
	"circuit open":                     "bruten krets",
	"circuit closed":                   "sluten krets",
	"for":                              "i",
	"temperature_celsius":              "temperatur",
	"relative_humidity_ratio":          "luftfuktighet",
	"dew_point_celsius":                "daggpunkt",
	"door_open":                        "dörr",
	"lock_locked":                      "lås",
	"tamper_open":                      "sabotage",
	"leak_detected":                    "läckage",
	"smoke_detected":                   "rök",
	"mains_present":                    "nätspänning",
	"cooling_alarm":                    "kyllarm",
}

// english holds the words of kinds for people.
var english = map[string]string{
	"temperature_celsius": "temperature", "relative_humidity_ratio": "humidity", "dew_point_celsius": "dew point",
	"door_open": "door", "lock_locked": "lock", "tamper_open": "tamper", "leak_detected": "leak",
	"smoke_detected": "smoke", "mains_present": "mains", "cooling_alarm": "cooling alarm",
	"contact_bounces_total": "bounces", "voltage_volts": "voltage", "current_amperes": "current", "power_watts": "power",
	"level_ratio": "charge", "remaining_seconds": "lasts", "time_to_hot_seconds": "time to 35 °C",
}

func say(lang, text string) string {
	table := english
	if lang == Swedish {
		table = swedish
	}
	if t, ok := table[text]; ok {
		return t
	}
	if sv, ok := climate.Swedish(text); ok && lang == Swedish {
		return sv
	}
	return text
}
