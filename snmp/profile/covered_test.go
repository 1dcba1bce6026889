package profile

import (
	"slices"
	"strings"
	"testing"
)

// TestCovered lists what each file covers; a maker is not named where many use the MIB.
func TestCovered(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		described, untested, parts := 0, 0, map[string]bool{}
		objects(p, func(o *Object, _ bool) {
			described++
			if o.Untested {
				untested++
			}
			if o.Part != "" {
				parts[string(o.Part)] = true
			}
		})
		if described == 0 {
			t.Errorf("%s describes nothing", p.Name)
		}
		var about []string
		for part := range parts {
			about = append(about, part)
		}
		slices.Sort(about)
		state := "tried"
		switch untested {
		case described:
			state = "untested"
		case 0:
		default:
			state = "partly tried"
		}
		t.Logf("%-18s %-20s %3d objects, %3d untested: %-12s parts %v, %s", p.Name, p.Device.Vendor, described, untested, state, about, strings.Join(p.MIB, " "))
	}
}

// The part of a sensor must not change with its value: an alarm on the one would
// never end on the other.
func TestPartIsConstant(t *testing.T) {
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		parts := make(map[string]map[Part]bool)
		own := make(map[string]bool)
		objects(p, func(o *Object, _ bool) {
			at := o.At.oid.String()
			if parts[at] == nil {
				parts[at] = make(map[Part]bool)
			}
			parts[at][o.Part] = true
			for _, c := range o.When {
				// That a value is one that means "no such part" may be asked of all alike.
				own[at] = own[at] || c.At.oid == o.At.oid && len(c.Is) > 0
			}
		})
		for at, of := range parts {
			if len(of) > 1 && own[at] {
				t.Errorf("%s: the part of %s depends on its own value", p.Name, at)
			}
		}
	}
}
