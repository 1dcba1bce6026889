package climate

import (
	"testing"
	"time"
)

// A heater test that brought no answer is repeated soon; one that did, after the
// time that damp air may last, or within the hour where the sensor did not follow.
func TestWhenTheHeaterIsUsed(t *testing.T) {
	const after = 12 * time.Hour
	var d dampness
	air := sample{temperature: 20_000, humidity: 85_000}
	for _, step := range []struct {
		at     time.Duration
		test   bool
		answer *sample // of the test, nil for none
	}{
		{0, false, nil}, {after - time.Second, false, nil}, {after, true, nil},
		{after + 9*time.Minute, false, nil}, {after + 10*time.Minute, true, &sample{temperature: 35_000, humidity: 85_000}},
		{after + 69*time.Minute, false, nil}, {after + 70*time.Minute, true, &sample{temperature: 35_000, humidity: 40_000}},
		{2 * after, false, nil}, {2*after + 70*time.Minute, true, nil},
	} {
		if got := d.see(air.humidity, step.at, after, true); got != step.test {
			t.Errorf("at %v: test %v, want %v", step.at, got, step.test)
		}
		if step.answer != nil {
			d.heated(air, *step.answer)
		}
	}
}
