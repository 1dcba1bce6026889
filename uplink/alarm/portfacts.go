package alarm

import (
	"slices"
	"strings"
	"unicode"

	"rackvakt/sensors/reading"
)

const (
	// maxFacts bounds the facts that are kept: those of 20 switches with 96 ports.
	maxFacts = 20 * 96 * 6
	// maxFactText bounds one text, in characters: a neighbour calls itself what it likes.
	maxFactText = 80
)

// portLabels are the facts of a port that its alarms tell, in this order, and the
// evidence that each becomes.
var portLabels = []struct {
	label reading.Label
	say   string
}{
	{reading.LabelOutlet, "port_outlet"}, {reading.LabelRoom, "port_room"}, {reading.LabelNeighbour, "port_neighbour"},
	{reading.LabelAlias, "port_alias"}, {reading.LabelPanelPort, "port_panel"}, {reading.LabelRole, "port_role"},
}

type factKey struct {
	point reading.Point
	label reading.Label
}

// learn keeps a fact of a port of a planned switch, and what a probe says of itself.
func (e *Engine) learn(f reading.Fact) {
	if f.Label == reading.LabelProblem {
		e.takeProblem(f)
	}
	if f.Point.Object == "" || !slices.Contains(e.plan.Switches, f.Point.Device) {
		return
	}
	for _, x := range portLabels {
		if x.label == f.Label {
			e.keepFact(factKey{Port{f.Point.Device, f.Point.Object}.of(reading.None), f.Label}, plain(f.Text))
		}
	}
}

func (e *Engine) keepFact(key factKey, text string) {
	_, had := e.facts[key]
	switch {
	case text == "":
		delete(e.facts, key)
	case had || len(e.facts) < maxFacts:
		e.facts[key] = text
	}
}

// plain bounds a text and leaves out what cannot be printed.
func plain(text string) string {
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, text))
	if chars := []rune(text); len(chars) > maxFactText {
		return string(chars[:maxFactText])
	}
	return text
}

// aboutPort returns the evidence of r with what is known of its port.
func (e *Engine) aboutPort(r *rule, evidence []Evidence) []Evidence {
	family, _, _ := strings.Cut(string(r.key.Code), ".")
	if family != "link" && family != "port" {
		return evidence
	}
	name, port := split(r.key.Object)
	list := slices.Clone(evidence)
	for _, x := range portLabels {
		if text, ok := e.facts[factKey{Port{name, port}.of(reading.None), x.label}]; ok {
			list = append(list, Evidence{Say: x.say, Device: name, Object: port, Value: text})
		}
	}
	return list
}
