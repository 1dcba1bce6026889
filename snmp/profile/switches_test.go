package profile

import (
	"regexp"
	"slices"
	"testing"

	"rackvakt/snmp/sensor"
)

// switches are the profiles of switches and routers.
var switches = []string{
	"arubaos-cx", "awplus", "boss", "cisco-cellular", "cisco-environment", "cisco-sb", "comware", "dell-networking", "dell-os9",
	"dlink", "dlink-equipment", "edgeswitch", "exos", "fortigate", "fs", "fs-nms", "icx", "jetstream", "junos", "linksys", "netgear", "netgear-smart", "procurve",
	"routeros", "voss", "vrp", "zyxel",
}

var partWords = regexp.MustCompile(`(?i)\b(fans?|power suppl(y|ies)|psu)\b`)

// What tells of a fan or a power supply of a switch says so: an alarm stands on it.
// Every temperature of a switch is of a part too, since none has a probe in the room.
func TestPartsOfSwitches(t *testing.T) {
	all := builtin(t)
	for _, name := range switches {
		p := all[name]
		if p == nil {
			t.Errorf("no profile %s", name)
			continue
		}
		objects(p, func(o *Object, _ bool) {
			var want []Part
			switch class := sensor.Class(o.Class); {
			case class == sensor.FanSpeed:
				want = []Part{Part(sensor.Fan), Part(sensor.Supply)}
			case class == sensor.OpticalPower:
				want = []Part{Part(sensor.Optic)}
			case class == sensor.Temperature:
				want = []Part{Part(sensor.Heat), Part(sensor.Optic), Part(sensor.Supply)}
			case class == sensor.State && partWords.MatchString(o.Name.text):
				want = []Part{Part(sensor.Fan), Part(sensor.Supply)}
			default:
				return
			}
			if !slices.Contains(want, o.Part) {
				t.Errorf("%s: %s %q of class %s is of part %q, want one of %v", name, o.At.oid, o.Name.text, o.Class, o.Part, want)
			}
		})
	}
}
