package collector

import (
	"testing"

	"rackvakt/uplink/store"
)

func TestEventText(t *testing.T) {
	for _, c := range []struct {
		e    store.Event
		want string
	}{
		{store.Event{Object: "door", Detail: `{}`}, "door"},
		{store.Event{Detail: `{"reason":"sigterm"}`}, "sigterm"},
		{store.Event{Object: "sw1", Detail: `{"reason":"r","detail":{"b":"2","a":"1"}}`}, "sw1 r a=1 b=2"},
		{store.Event{Detail: `not JSON`}, "not JSON"},
	} {
		if got := eventText(c.e); got != c.want {
			t.Errorf("%+v: %q, want %q", c.e, got, c.want)
		}
	}
}

func TestShow(t *testing.T) {
	for _, c := range []struct {
		name string
		v    float64
		want string
	}{
		{"temperature_celsius", 21.437, "21.4 °C"},
		{"relative_humidity_ratio", 0.452, "45.2 %"},
		{"door_open", 1, "open"},
		{"something_new_total", 3, "3"},
		{"temperature_celsius", 21.43755, "21.43755"},
	} {
		if got := show(c.name, c.v); got != c.want {
			t.Errorf("%s %v: %q, want %q", c.name, c.v, got, c.want)
		}
	}
}
