package climate

import (
	"cmp"
	"strings"

	"rackvakt/sensors/bus"
)

// swedish holds every reason and problem that only a probe tells, by the English text.
var swedish = map[string]string{
	string(crcMismatch):  "fel kontrollsumma",
	string(wrongChip):    "en annan krets svarar på adressen",
	string(noContent):    "ingen givare eller fel kontrollsumma",
	string(powerOn):      "startvärde, ingen mätning",
	string(allZeros):     "0 grader: ledningen ligger lågt",
	string(allOnes):      "127,9 grader: ledningen ligger högt",
	string(outOfRange):   "utanför mätområdet",
	string(notANumber):   "inget tal",
	string(notMeasured):  "kretsen har inte mätt",
	string(uncalibrated): "kretsen saknar fabrikskalibrering",
	string(selfHeated):   "givaren värmer sig själv",
	string(kernelFault):  "kärnan anger att givaren är trasig",
	string(stuckValue):   "värdet står still",
	string(crept):        "fuktgivaren följer inte luften",

	severalFit: "flera givare passar",
	tooDry:     "för torr luft",
	noDewPoint: "utanför daggpunktsformelns område",
	notRising:  "stiger inte",

	calibrationOverdue: "kalibreringen har gått ut",
	creepSuspected:     "fuktgivaren kan ha drivit",
	heaterWithout:      "givarens värmare verkar inte",
	manySpikes:         "enstaka orimliga värden",
}

// Swedish translates a reason or the problems that a probe tells; false where a
// text is not one of them.
func Swedish(text string) (string, bool) {
	parts := strings.Split(text, "; ")
	for i, part := range parts {
		if other, ok := strings.CutPrefix(part, disagreesWith); ok {
			parts[i] = "stämmer inte med " + other
			continue
		}
		sv := cmp.Or(swedish[part], bus.Swedish[part])
		if sv == "" {
			return "", false
		}
		parts[i] = sv
	}
	return strings.Join(parts, "; "), true
}
