package alarm

import (
	"slices"
	"time"
)

// Outside is the region's own evidence on a silent closet.
type Outside struct {
	// Router is the region's router of the site; Switch is the closet's switch,
	// which stands behind the uplink. Unsure where no probe is configured.
	Router, Switch Observation
	// Silent is for how long the closet has not been heard.
	Silent time.Duration
	// Others is how many other sites fell silent at the same time.
	Others int
	// Many is from how many others on the fault is the region's. Zero: never.
	Many int
}

// outside is the verdict on a closet that is not heard. What the closet said
// last decides where it named a fault; else what the region's probes show.
func (t Table) outside() []Cause {
	o := t.Outside
	seen := slices.Concat(
		[]Evidence{{Say: "closet_silent", AgeMS: o.Silent.Milliseconds()}},
		observed("router_silent", []Observation{o.Router}, No), observed("router_answers", []Observation{o.Router}, Yes),
		observed("switch_silent", []Observation{o.Switch}, No), observed("switch_answers", []Observation{o.Switch}, Yes))
	if o.Many > 0 && o.Others >= o.Many {
		return []Cause{{Name: RegionCoreDown, For: append(seen, Evidence{Say: "others_silent"})}}
	}
	if o.Switch.Well == Yes {
		return []Cause{{Name: MonitorFault, For: seen}}
	}
	if lostMains(t.Mains) == No {
		return []Cause{{Name: MainsLost, For: append(observed("mains_lost", t.Mains, No), seen...)}}
	}
	if len(t.Uplinks) > 0 && all(t.Uplinks) == No {
		return []Cause{{Name: UplinkPortDown, For: append(observed("port_oper_down", t.Uplinks, No), seen...)}}
	}
	return []Cause{t.unheard(seen)}
}

// unheard is what remains possible when the closet's last words named no fault.
func (t Table) unheard(seen []Evidence) Cause {
	c := Cause{Name: Undecided, For: seen}
	router, sw := t.Outside.Router.Well, t.Outside.Switch.Well
	if t.Kind == Physiotherapy {
		c.Candidates, c.Check = []CauseName{AccessDown, MainsLost, MonitorFault}, "call_site"
		return c
	}
	switch {
	case router == No:
		c.Candidates, c.Check = []CauseName{AccessDown, MainsLost}, "mains_in_closet"
	case router == Yes && sw == No:
		c.Candidates, c.Check = []CauseName{UplinkPortDown, SwitchDown, MainsLost}, "switch_lamps"
	default:
		c.Candidates, c.Check = []CauseName{AccessDown, UplinkPortDown, SwitchDown, MainsLost, MonitorFault}, "call_site"
	}
	return c
}
