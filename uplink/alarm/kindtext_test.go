package alarm

import (
	"testing"

	"rackvakt/sensors/reading"
)

// Every kind of value, and every state that one may show, has a name in both languages.
func TestKindsAndStatesHaveNames(t *testing.T) {
	for _, k := range reading.Kinds() {
		for _, lang := range []Lang{Swedish, English} {
			if got := KindText(k.Name(), lang); got == "" || got == k.Name() {
				t.Errorf("%s in %s: %q", k.Name(), lang, got)
			}
		}
		for v := range int64(9) {
			if w := k.Word(v); w[0] > '9' && (stateTexts[w].SV == "" || stateTexts[w].EN == "") {
				t.Errorf("%s: state %q has no name for people", k.Name(), w)
			}
		}
	}
}

func TestValueText(t *testing.T) {
	for _, c := range []struct{ value, sv, en string }{
		{"22.5 °C", "22,5 °C", "22.5 °C"}, {"-3.5 °C", "-3,5 °C", "-3.5 °C"}, {"75886108672 B", "75886 MB", "75886 MB"},
		{"512 B", "512 B", "512 B"}, {"open", "öppen", "open"}, {"lowerLayerDown", "nere (underlag)", "down (lower layer)"},
		{"", "", ""}, {"sw-3.1", "sw-3.1", "sw-3.1"},
	} {
		if sv, en := ValueText(c.value, Swedish), ValueText(c.value, English); sv != c.sv || en != c.en {
			t.Errorf("%q: %q, %q", c.value, sv, en)
		}
	}
}
