package poll

import (
	"slices"
	"strings"
	"time"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/port"
	"rackvakt/snmp/session"
)

// Kinds of devices.
const (
	KindSwitch = "switch"
	KindUPS    = "ups"
	// KindPrinter is read as a printer: no ports.
	KindPrinter = "printer"
	// KindOther is a device without ports, such as a PDU or a closet monitor: its
	// sensors are read.
	KindOther = "other"
)

// Options is one device as configured.
type Options struct {
	// Name is the Device of every Point that comes from it.
	Name string `yaml:"name" example:"sw1"`
	// Kind is switch (with interfaces), ups (source and battery), printer (state and
	// supplies) or other (a PDU, a closet monitor). All have their sensors read.
	Kind            string `yaml:"kind" example:"switch"`
	session.Options `yaml:",inline"`
	// PollEvery is the time from one full poll to the next.
	PollEvery time.Duration `yaml:"poll_every" example:"30s"`
	// UplinkEvery is the time from one read of the uplink ports (of a UPS: of its
	// source and battery) to the next.
	UplinkEvery time.Duration `yaml:"uplink_every" example:"2s"`
	// UplinkPorts are the ifNames of the ports that lead out of the closet.
	UplinkPorts []string `yaml:"uplink_ports" example:"[\"1/49\"]"`
	// SensorsEvery is the time from one read of the device's own sensors to the next.
	SensorsEvery time.Duration `yaml:"sensors_every" example:"60s"`
	// NeighboursEvery is the time from one read of the neighbours of ports, by LLDP
	// and CDP, to the next.
	NeighboursEvery time.Duration `yaml:"neighbours_every" example:"5m"`
	// KnownNeighbours are the neighbours that may stand at a port; with none of
	// them, nobody's are judged.
	KnownNeighbours []port.Pattern `yaml:"known_neighbours" example:"[{sys_name: \"sw-*\"}]"`
	// ProfileDir is the folder of more sensor profiles, read where it exists; ""
	// means none. A profile of an embedded one's name replaces it.
	ProfileDir string `yaml:"profile_dir" example:"/etc/rackvakt/profiles"`
}

// DefaultOptions returns what holds where the file says nothing.
func DefaultOptions() Options {
	return Options{
		Options: session.DefaultOptions(), Kind: KindSwitch, PollEvery: 30 * time.Second, UplinkEvery: 2 * time.Second,
		SensorsEvery: time.Minute, NeighboursEvery: 5 * time.Minute,
		ProfileDir: "/etc/rackvakt/profiles",
	}
}

// SetDefaults gives an element of a list its defaults before it is decoded.
func (o *Options) SetDefaults() { *o = DefaultOptions() }

// Validate reports every value that cannot work.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Name == "" || strings.ContainsAny(o.Name, "/ \t") {
		r.Bad("name", o.Name, "a name without blanks and slashes", "sw1")
	}
	if !slices.Contains([]string{KindSwitch, KindUPS, KindPrinter, KindOther}, o.Kind) {
		r.Bad("kind", o.Kind, "switch, ups, printer or other", KindSwitch)
	}
	o.Options.Validate(r)
	o.validateTimes(r)
	if len(o.UplinkPorts) > maxUplinks {
		r.Bad("uplink_ports", len(o.UplinkPorts), "at most 8 ports", `["1/49"]`)
	}
}

// urgentEvery is the time from one urgent read to the next: printers and others
// have nothing that is urgent.
func (o *Options) urgentEvery() time.Duration {
	if o.Kind == KindPrinter || o.Kind == KindOther {
		return o.PollEvery
	}
	return o.UplinkEvery
}

// maxUplinks bounds the ports that are read every UplinkEvery, so that one PDU holds them.
const maxUplinks = 8

func (o *Options) validateTimes(r *strictyaml.Report) {
	if o.PollEvery < 5*time.Second || o.PollEvery > time.Hour {
		r.Bad("poll_every", o.PollEvery, "5s to 1h", "30s")
	}
	if o.UplinkEvery < 500*time.Millisecond || o.UplinkEvery > o.PollEvery {
		r.Bad("uplink_every", o.UplinkEvery, "500ms to poll_every", "2s")
	}
	if o.SensorsEvery < 10*time.Second || o.SensorsEvery > time.Hour {
		r.Bad("sensors_every", o.SensorsEvery, "10s to 1h", "60s")
	}
	if o.NeighboursEvery < 10*time.Second || o.NeighboursEvery > 24*time.Hour {
		r.Bad("neighbours_every", o.NeighboursEvery, "10s to 24h", "5m")
	}
}
