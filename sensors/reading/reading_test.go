package reading_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"rackvakt/sensors/reading"
)

// Names follow the Prometheus convention, are unique, and come back by name.
func TestKindNames(t *testing.T) {
	form := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, k := range reading.Kinds() {
		n := k.Name()
		if !form.MatchString(n) || seen[n] {
			t.Errorf("kind %d: name %q is malformed or used twice", k, n)
		}
		seen[n] = true
		if k.Counter() != strings.HasSuffix(n, "_total") {
			t.Errorf("%s: counters, and only they, end in _total", n)
		}
		if got, ok := reading.KindByName(n); !ok || got != k {
			t.Errorf("KindByName(%q) = %d, %v", n, got, ok)
		}
	}
	if _, ok := reading.KindByName("temperature_kelvin"); ok {
		t.Error("an unknown name was accepted")
	}
}

func TestAppendAndShow(t *testing.T) {
	for _, c := range []struct {
		kind       reading.Kind
		v          int64
		wire, show string
	}{
		{reading.Temperature, 21437, "21.437", "21.4 °C"},
		{reading.Temperature, -500, "-0.5", "-0.5 °C"},
		{reading.Temperature, 85000, "85", "85 °C"},
		{reading.Humidity, 45200, "0.452", "45.2 %"},
		{reading.ProbeRTT, 1500, "0.0015", "1.5 ms"},
		{reading.IfSpeed, 1_000_000_000, "1000000000", "1000000000 bit/s"},
		{reading.DoorOpen, 1, "1", "open"},
		{reading.IfOperStatus, 7, "7", "lowerLayerDown"},
		{reading.IfOperStatus, 9, "9", "9"},
	} {
		if got := string(c.kind.Append(nil, c.v)); got != c.wire {
			t.Errorf("%s Append(%d) = %q, want %q", c.kind, c.v, got, c.wire)
		}
		if got := c.kind.Show(c.v); got != c.show {
			t.Errorf("%s Show(%d) = %q, want %q", c.kind, c.v, got, c.show)
		}
	}
}

func TestParseIsTheInverseOfAppend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(reading.Kinds()).Draw(t, "kind")
		v := rapid.Int64().Draw(t, "value")
		text := string(k.Append(nil, v))
		back, err := k.Parse(text)
		if err != nil || back != v {
			t.Fatalf("%s: %d -> %q -> %d, %v", k, v, text, back, err)
		}
	})
	for _, bad := range []string{"", ".", "1.2345", "1e3", "twelve", "--1"} {
		if v, err := reading.Temperature.Parse(bad); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", bad, v)
		}
	}
}

func TestZeroReadingIsNotGood(t *testing.T) {
	var r reading.Reading
	if r.Known() || r.Is(0) || r.Quality.String() != "unknown" {
		t.Errorf("zero reading: known %v, is 0 %v, quality %s", r.Known(), r.Is(0), r.Quality)
	}
	for q := reading.Unknown; q <= reading.Fault; q++ {
		if reading.ParseQuality(q.String()) != q {
			t.Errorf("quality %d does not come back from %q", q, q)
		}
	}
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		synced := false
		c := reading.NewWallclock("b1", time.Minute, func() bool { return synced })
		first := c.Now()
		time.Sleep(90 * time.Second)
		synced = true
		second := c.Now()
		if first.Mono != time.Minute || first.Synced || !second.Synced {
			t.Errorf("first %+v, second %+v", first, second)
		}
		if d := second.Since(first); d != 90*time.Second {
			t.Errorf("Since = %v", d)
		}
		other := reading.Stamp{Boot: "b0", Wall: second.Wall.Add(-time.Hour)}
		if d := second.Since(other); d != time.Hour {
			t.Errorf("Since across boots = %v", d)
		}
		if d := other.Since(second); d != 0 {
			t.Errorf("Since must not be negative across boots: %v", d)
		}
	})
}
