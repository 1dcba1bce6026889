// Package config is the agent's configuration file as a whole: it puts together
// the options that each house owns, says what they mean to each other (names that
// must be known, names that may stand once), and makes of them what the rules
// judge.
//
// It refuses to correct a mistake, to guess, and to read secrets: a file with one
// mistake is refused with all its mistakes told. Nothing here starts anything.
package config

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/host"
	"rackvakt/sensors/output"
	"rackvakt/sensors/power"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/patchmap"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/port"
	"rackvakt/snmp/trap"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/outbox"
	"rackvakt/uplink/path"
	"rackvakt/uplink/publish"
	"rackvakt/uplink/record"
)

// Example is a commented file in which every key is named or shown.
//
//go:embed rackvakt.example.yaml
var Example []byte

// Config is the file as a whole. Start from Default.
type Config struct {
	Site Site `yaml:"site"`
	// StateDir holds the time file and the open alarms. Absolute.
	StateDir string         `yaml:"state_dir" example:"/var/lib/rackvakt"`
	MQTT     []MQTT         `yaml:"mqtt"`
	Outbox   outbox.Options `yaml:"outbox"`
	SNMP     SNMP           `yaml:"snmp"`
	Sensors  Sensors        `yaml:"sensors"`
	// Outputs are lamp, buzzer, relay and display at the front of the closet.
	Outputs output.Options `yaml:"outputs"`
	// Doors says when the doors may be opened.
	Doors Doors        `yaml:"doors"`
	Host  host.Options `yaml:"host"`
	Path  path.Options `yaml:"path"`
	// Ports are important ports beside the uplinks: their loss is an alarm.
	Ports []Port `yaml:"ports"`
	// PatchMap lists the files that say where the ports lead: own lists and exports
	// of NetBox, see package patchmap.
	PatchMap []string `yaml:"patch_map" example:"[/etc/rackvakt/patch.csv]"`
	// Patch is what those files say; nil where there are none.
	Patch  *patchmap.Map `yaml:"-"`
	Limits Limits        `yaml:"limits"`
	Status Status        `yaml:"status"`
	Panel  Panel         `yaml:"panel"`
}

// Site says where the closet stands and whose it is.
type Site struct {
	// Area, Site and Closet make the topic and the certificate's name: lower-case
	// letters, digits and hyphens, at most 32, 24 and 24.
	Area   string `yaml:"area" example:"varmland"`
	Site   string `yaml:"site" example:"kyrkeby"`
	Closet string `yaml:"closet" example:"plan1"`
	// Name is what people call the site.
	Name string `yaml:"name" example:"Vårdcentralen Kyrkeby"`
	// HSAID is the unit's identity in the HSA catalogue; may be empty.
	HSAID string `yaml:"hsa_id" example:"SE2321000016-1003"`
	// Kind decides who is responsible for what: region_run, private or physiotherapy.
	Kind alarm.SiteKind `yaml:"kind" example:"region_run"`
	// Owners replaces single responsibilities: asset class to party.
	Owners map[string]string `yaml:"owners" example:"{lock: care_provider}"`
	// Contact is whom to call about the place; may be empty.
	Contact string `yaml:"contact" example:"Receptionen, 010-000 00 00"`
	// ReserveRoutine is what the clinic does without the network; may be empty.
	ReserveRoutine string `yaml:"reserve_routine" example:"Pappersrutin, pärmen i receptionen"`
}

// MQTT is one way to the collector.
type MQTT struct {
	publish.Options `yaml:",inline"`
}

// SetDefaults fills a list element before it is read (strictyaml.Defaulter).
func (m *MQTT) SetDefaults() { m.Options = publish.DefaultOptions() }

// SNMP is what is polled.
type SNMP struct {
	Devices []poll.Options `yaml:"devices"`
	// Traps is where devices may tell of themselves; each trap only has its device
	// asked at once.
	Traps trap.Options `yaml:"traps"`
}

// Sensors is what hangs on the board.
type Sensors struct {
	Board    board.Options     `yaml:"board"`
	Contacts []contact.Options `yaml:"contacts"`
	Climate  []climate.Options `yaml:"climate"`
	// Power are supply rails and the monitor's own battery.
	Power []power.Options `yaml:"power"`
}

// Doors says when doors may be opened. Without hours: at any time.
type Doors struct {
	// Hours are the usual ones, as the clock on the wall shows them; they do not hold
	// on public holidays.
	Hours []alarm.Hours `yaml:"hours" example:"[\"mon-fri 07:00-17:00\"]"`
	// Visits are announced ones.
	Visits []Visit `yaml:"visits" example:"[{from: 2026-12-01T18:00:00+01:00, to: 2026-12-01T21:00:00+01:00}]"`
}

// Visit is one announced visit, with date, time and offset (RFC 3339).
type Visit struct {
	From time.Time `yaml:"from" example:"2026-12-01T18:00:00+01:00"`
	To   time.Time `yaml:"to" example:"2026-12-01T21:00:00+01:00"`
}

// Validate reports a visit that ends before it begins, or lasts for ever.
func (v *Visit) Validate(r *strictyaml.Report) {
	const most = 14 * 24 * time.Hour
	if d := v.To.Sub(v.From); v.From.IsZero() || d <= 0 || d > most {
		r.Bad("to", v.To.Format(time.RFC3339), "a time after from, at most 14 days later", "2026-12-01T21:00:00+01:00")
	}
}

// Port is one port of a polled switch, by ifName.
type Port struct {
	Device string `yaml:"device" example:"sw1"`
	Port   string `yaml:"port" example:"1/12"`
	// Role is what it is for; empty: what the patch map, a neighbour or the alias say.
	Role string `yaml:"role" example:"access_point"`
}

// Status is where `rackvakt status` asks.
type Status struct {
	// Socket is the path of the unix socket; empty: none.
	Socket string `yaml:"socket" example:"/run/rackvakt/status.sock"`
}

// Panel is the page in the closet.
type Panel struct {
	// Listen is host:port; empty: no page.
	Listen string `yaml:"listen" example:"127.0.0.1:8080"`
}

// Default returns what holds where the file is silent.
func Default() Config {
	return Config{
		Site:     Site{Kind: alarm.RegionRun, Closet: "closet"},
		StateDir: "/var/lib/rackvakt",
		Outbox:   outbox.DefaultOptions(),
		Sensors:  Sensors{Board: board.DefaultOptions()},
		Outputs:  output.DefaultOptions(),
		Host:     host.DefaultOptions(),
		Path:     path.DefaultOptions(),
		Limits:   DefaultLimits(),
		Status:   Status{Socket: "/run/rackvakt/status.sock"},
	}
}

// Load reads the file. A file with mistakes gives strictyaml.Problems.
func Load(file string) (Config, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	c, err := Parse(file, src)
	if err != nil {
		return Config{}, err
	}
	return c, c.readPatchMap()
}

// readPatchMap reads the files of PatchMap into Patch.
func (c *Config) readPatchMap() error {
	var files []patchmap.File
	for _, name := range c.PatchMap {
		src, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("read patch map: %w", err)
		}
		files = append(files, patchmap.File{Name: name, Src: src})
	}
	if files == nil {
		return nil
	}
	m, err := patchmap.ParseAll(files)
	if err != nil {
		return err
	}
	var names []string
	for _, d := range c.SNMP.Devices {
		names = append(names, d.Name)
	}
	if err := m.Unknown(names).Err(); err != nil {
		return err
	}
	c.Patch = m
	return nil
}

// Parse is Load for what was read already, without the files that it names; file
// is only named in messages.
func Parse(file string, src []byte) (Config, error) {
	c := Default()
	if err := strictyaml.Decode(file, src, &c).Err(); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Closet returns the identity of the closet.
func (c *Config) Closet() record.ClosetID {
	return record.ClosetID{Site: c.Site.Site, Closet: c.Site.Closet}
}

// Overrides returns the site's own responsibilities.
func (s *Site) Overrides() map[alarm.Class]alarm.Party {
	over := map[alarm.Class]alarm.Party{}
	for class, party := range s.Owners {
		over[alarm.Class(class)] = alarm.Party(party)
	}
	return over
}

var (
	areaPattern = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)
	namePattern = regexp.MustCompile(`^[a-z0-9-]{1,24}$`)
	// hsaPattern: SE, ten digits of the organisation, a hyphen and the unit's part.
	hsaPattern = regexp.MustCompile(`^SE[0-9]{10}-[0-9A-Z]{1,18}$`)
)

// Validate reports what cannot be in the site.
func (s *Site) Validate(r *strictyaml.Report) {
	for _, f := range []struct {
		key, value, want, example string
		ok                        bool
	}{
		{"area", s.Area, "1 to 32 of a-z, 0-9 and -", "varmland", areaPattern.MatchString(s.Area)},
		{"site", s.Site, "1 to 24 of a-z, 0-9 and -", "kyrkeby", namePattern.MatchString(s.Site)},
		{"closet", s.Closet, "1 to 24 of a-z, 0-9 and -", "plan1", namePattern.MatchString(s.Closet)},
		{"name", s.Name, "what people call the site", "Vårdcentralen Kyrkeby", s.Name != ""},
		{"hsa_id", s.HSAID, "an HSA-id, or left out", "SE2321000016-1003", s.HSAID == "" || hsaPattern.MatchString(s.HSAID)},
		{"kind", string(s.Kind), listed(alarm.Kinds()), string(alarm.RegionRun), contains(alarm.Kinds(), string(s.Kind))},
	} {
		switch {
		case f.ok:
		case f.value == "":
			r.Bad(f.key, nil, f.want, f.example)
		default:
			r.Bad(f.key, f.value, f.want, f.example)
		}
	}
	for class, party := range s.Owners {
		switch {
		case !contains(alarm.Classes(), class):
			r.Bad("owners."+class, class, listed(alarm.Classes()), "lock: care_provider")
		case !contains(alarm.Parties(), party):
			r.Bad("owners."+class, party, listed(alarm.Parties()), "care_provider")
		}
	}
}

// Validate reports a status socket that cannot be.
func (s *Status) Validate(r *strictyaml.Report) {
	// sun_path holds 108 octets with the NUL, unix(7).
	if s.Socket != "" && (!filepath.IsAbs(s.Socket) || len(s.Socket) > 107) {
		r.Bad("socket", s.Socket, "an absolute path of at most 107 characters", "/run/rackvakt/status.sock")
	}
}

// Validate reports an address that cannot be.
func (p *Panel) Validate(r *strictyaml.Report) {
	if p.Listen != "" && !hostPort(p.Listen) {
		r.Bad("listen", p.Listen, "an address and a port", "127.0.0.1:8080")
	}
}

// Validate reports what the parts cannot be to each other.
func (c *Config) Validate(r *strictyaml.Report) {
	if !filepath.IsAbs(c.StateDir) {
		r.Bad("state_dir", c.StateDir, "an absolute path", "/var/lib/rackvakt")
	}
	const oneBroker = `[{broker: "tls://collector.region.example:8883"}]`
	switch len(c.MQTT) {
	case 0:
		r.Bad("mqtt", nil, "the way to the collector", oneBroker)
	case 1:
	default:
		// Metrics go over one path only, and this version does not tell two paths apart.
		r.Bad("mqtt", fmt.Sprintf("%d ways", len(c.MQTT)), "one way to the collector", oneBroker)
	}
	c.validateNames(r)
	contact.ValidateAll(c.Sensors.Contacts, r.At("sensors.contacts"))
	climate.ValidateTogether(c.Sensors.Climate, r.At("sensors.climate"))
	c.validateTraps(r)
	c.validatePorts(r)
	c.validateUplinks(r)
	c.validateLimits(r)
}

// once reports a name that was seen already.
func once(r *strictyaml.Report, seen map[string]bool, name, key, want string) {
	if name != "" && seen[name] {
		r.Bad(key, name, want, name+"-2")
	}
	seen[name] = true
}

// validateNames reports names that stand for two things: every Device of a
// reading is one of a kind.
func (c *Config) validateNames(r *strictyaml.Report) {
	const want = "a name that stands for nothing else"
	seen := map[string]bool{reading.Monitor: true, path.Device: true, output.Device: true}
	for i, d := range c.SNMP.Devices {
		once(r, seen, d.Name, fmt.Sprintf("snmp.devices[%d].name", i), want)
	}
	for i, x := range c.Sensors.Power {
		once(r, seen, x.Name, fmt.Sprintf("sensors.power[%d].name", i), want)
	}
	for i, x := range c.Sensors.Contacts {
		once(r, seen, x.Name, fmt.Sprintf("sensors.contacts[%d].name", i), want)
	}
	probes := map[string]bool{}
	for i, p := range c.Sensors.Climate {
		key := fmt.Sprintf("sensors.climate[%d]", i)
		if seen[p.Name] {
			r.Bad(key+".name", p.Name, want, p.Name+"-2")
		}
		// Several probes may share a name if they hang in different places.
		once(r, probes, p.Name+"/"+p.Position, key+".position", "a position that no other probe of the name has")
	}
}

func (c *Config) validatePorts(r *strictyaml.Report) {
	for i, p := range c.Ports {
		key := fmt.Sprintf("ports[%d]", i)
		if p.Port == "" {
			r.Bad(key+".port", nil, "the name of a port (ifName)", "1/12")
		}
		if _, ok := port.ParseRole(p.Role); p.Role != "" && !ok {
			r.Bad(key+".role", p.Role, listed(port.Roles()), "access_point")
		}
		switch d := c.device(p.Device); {
		case d == nil:
			r.Bad(key+".device", p.Device, "the name of a device under snmp.devices", c.anySwitch())
		case d.Kind != poll.KindSwitch:
			r.Bad(key+".device", p.Device, "a device of kind switch", c.anySwitch())
		case contains(d.UplinkPorts, p.Port):
			r.Bad(key+".port", p.Port, "a port that is no uplink already", "1/12")
		}
	}
}

func (c *Config) device(name string) *poll.Options {
	for i := range c.SNMP.Devices {
		if c.SNMP.Devices[i].Name == name {
			return &c.SNMP.Devices[i]
		}
	}
	return nil
}

// anySwitch returns a name that a message can show as accepted.
func (c *Config) anySwitch() string {
	for _, d := range c.SNMP.Devices {
		if d.Kind == poll.KindSwitch && d.Name != "" {
			return d.Name
		}
	}
	return "sw1"
}
