package agent

import (
	"time"

	"rackvakt/snmp/poll"
	"rackvakt/snmp/trap"
	"rackvakt/uplink/alarm"
)

// Snapshot is the closet at one moment: what `rackvakt status` prints, the panel
// shows and, shortened, the `now` topic carries. It holds no prose but names and
// faults; what a person reads is made of it in the reader's language.
type Snapshot struct {
	V  int       `json:"v"`
	At time.Time `json:"at"`
	// ClockSynced: At and every other time here can be trusted.
	ClockSynced bool   `json:"clock_synced"`
	Version     string `json:"version"`
	Start       string `json:"start"`
	// UpSeconds is how long this start of the agent has run.
	UpSeconds int64   `json:"up_seconds"`
	Site      Site    `json:"site"`
	Verdict   Verdict `json:"verdict"`
	// Alarms are the open ones, oldest first.
	Alarms   []Alarm   `json:"alarms"`
	Readings []Reading `json:"readings"`
	Ports    []Port    `json:"ports"`
	Devices  []Device  `json:"devices"`
	Targets  []Target  `json:"targets"`
	// Traps is nil where none are taken.
	Traps  *Traps `json:"traps,omitempty"`
	Outbox Outbox `json:"outbox"`
	Paths  []Path `json:"paths"`
	// Lacks is everything that the monitor has to do without now.
	Lacks  []Lack `json:"lacks"`
	Config Config `json:"config"`
}

// Site is what the file says of the place.
type Site struct {
	Area           string         `json:"area"`
	Site           string         `json:"site"`
	Closet         string         `json:"closet"`
	Name           string         `json:"name"`
	Kind           alarm.SiteKind `json:"kind"`
	Contact        string         `json:"contact,omitempty"`
	ReserveRoutine string         `json:"reserve_routine,omitempty"`
}

// Verdict says what broke the way through; without causes nothing did.
type Verdict struct {
	Causes []alarm.Cause `json:"causes"`
	// Since is when the present verdict was reached, or the start of the agent.
	Since time.Time `json:"since"`
	// Class is the asset at fault and Party who must act; empty without causes.
	Class alarm.Class `json:"class,omitempty"`
	Party alarm.Party `json:"party,omitempty"`
}

// Alarm is one open alarm.
type Alarm struct {
	alarm.Key
	Occ      string           `json:"occ"`
	Severity alarm.Severity   `json:"severity"`
	Class    alarm.Class      `json:"class"`
	Party    alarm.Party      `json:"party"`
	Since    time.Time        `json:"since"`
	Joins    string           `json:"joins,omitempty"`
	Causes   []alarm.Cause    `json:"causes,omitempty"`
	Evidence []alarm.Evidence `json:"evidence,omitempty"`
}

// Reading is one value. Quality is good, stale, fault or unknown; Value is set
// for a good one only, so that an old value is never shown as a present one.
type Reading struct {
	Device string `json:"device"`
	Object string `json:"object,omitempty"`
	// Name is the Kind's wire name.
	Name string `json:"name"`
	// Value is for a person, with its unit or word; Number is the exact value in
	// the Kind's base unit.
	Value   string `json:"value,omitempty"`
	Number  string `json:"number,omitempty"`
	Quality string `json:"quality"`
	Reason  string `json:"reason,omitempty"`
	AgeMS   int64  `json:"age_ms"`
	// Source is chip and line, bus and address of a sensor; may be empty.
	Source string `json:"source,omitempty"`
}

// Port is one port of a polled switch.
type Port struct {
	Device string `json:"device"`
	Port   string `json:"port"`
	Alias  string `json:"alias,omitempty"`
	// Uplink: it leads towards the region. Important: its loss is an alarm.
	Uplink    bool `json:"uplink,omitempty"`
	Important bool `json:"important,omitempty"`
	// Admin and Oper are words of RFC 2863, "unknown" where they are not known now.
	Admin    string `json:"admin"`
	Oper     string `json:"oper"`
	SpeedBPS int64  `json:"speed_bps,omitempty"`
	AgeMS    int64  `json:"age_ms"`
	Reason   string `json:"reason,omitempty"`
	// Where it leads, as far as known: role, wall outlet, room, neighbour.
	Role      string `json:"role,omitempty"`
	Outlet    string `json:"outlet,omitempty"`
	Room      string `json:"room,omitempty"`
	Neighbour string `json:"neighbour,omitempty"`
}

// Device is one polled device.
type Device struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// State is answers, silent or unknown.
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
	AgeMS   int64  `json:"age_ms"`
	Model   string `json:"model,omitempty"`
	Descr   string `json:"descr,omitempty"`
	Problem string `json:"problem,omitempty"`
	// Poll is what the poller knows of it: profiles, what was learned, why it is silent.
	Poll *poll.State `json:"poll,omitempty"`
}

// Traps is what devices sent unasked since the listener started.
type Traps struct {
	Listen string `json:"listen"`
	trap.Stats
}

// Target is one probed target.
type Target struct {
	Name  string `json:"name"`
	Layer string `json:"layer"`
	// Method is the one in use: tcp also where it stands in for a forbidden ping.
	Method string `json:"method,omitempty"`
	// StandIn says that ping was asked for and tcp is used.
	StandIn bool `json:"stand_in,omitempty"`
	// Result is answers, refused, no answer, no route or unknown.
	Result string `json:"result"`
	Reason string `json:"reason,omitempty"`
	// RTT and Loss are for a person; empty where not known.
	RTT   string `json:"rtt,omitempty"`
	Loss  string `json:"loss,omitempty"`
	AgeMS int64  `json:"age_ms"`
}

// Outbox is what waits for the collector.
type Outbox struct {
	Alarms   int   `json:"alarms"`
	Metrics  int   `json:"metrics"`
	AgeS     int64 `json:"age_s"`
	Writable bool  `json:"writable"`
	// Fault is what the disk said; Dropped is the number of records given up for
	// the cap since the start.
	Fault     string `json:"fault,omitempty"`
	Dropped   int    `json:"dropped,omitempty"`
	DiskBytes int64  `json:"disk_bytes"`
}

// Path is one way to the collector.
type Path struct {
	Path      string    `json:"path"`
	Connected bool      `json:"connected"`
	Since     time.Time `json:"since"`
	// HeardS is how long ago the collector acknowledged something; -1: never.
	HeardS         int64  `json:"heard_s"`
	Fault          string `json:"fault,omitempty"`
	DatesUnchecked bool   `json:"dates_unchecked,omitempty"`
}

// Lack is one thing that the monitor does without.
type Lack struct {
	// What is a stable key, see lackTexts: "clock", "broker", "sensor".
	What   string `json:"what"`
	Object string `json:"object,omitempty"`
	// Why is stable lower-case English, or what the system said.
	Why string `json:"why,omitempty"`
}

// Config says how the configuration stands.
type Config struct {
	File     string    `json:"file"`
	LoadedAt time.Time `json:"loaded_at"`
	// ReloadGood is false from a refused reload to the next good one; Error is why.
	ReloadGood bool   `json:"reload_good"`
	Error      string `json:"error,omitempty"`
	// RestartNeeded lists the keys that differ in the file and need a restart.
	RestartNeeded []string `json:"restart_needed,omitempty"`
}

// lackTexts names what is lacking.
var lackTexts = map[string]alarm.Text{
	"clock":        {SV: "klockan är inte synkroniserad", EN: "the clock is not synchronised"},
	"broker":       {SV: "ingen förbindelse med regionens mottagare", EN: "no connection to the region's broker"},
	"collector":    {SV: "regionens mottagare kvitterar inte", EN: "the region's collector does not acknowledge"},
	"disk":         {SV: "lagringen tar inte emot data", EN: "the storage refuses data"},
	"output":       {SV: "lampa, summer, relä eller display som inte fungerar", EN: "lamp, buzzer, relay or display that does not work"},
	"sensor":       {SV: "givare utan värde", EN: "sensor without a value"},
	"device":       {SV: "enhet som inte svarar", EN: "device that does not answer"},
	"interface":    {SV: "nätverkskabel utan länk", EN: "network interface without carrier"},
	"source":       {SV: "del av övervakningen som inte kan starta", EN: "part of the monitor that cannot start"},
	"ping":         {SV: "ping är inte tillåtet, tcp används", EN: "ping is not allowed, tcp is used"},
	"config":       {SV: "den nya konfigurationen är inte läst", EN: "the new configuration was not taken"},
	"boot_id":      {SV: "systemets startidentitet saknas", EN: "the system's boot identity is missing"},
	"certificates": {SV: "certifikatets datum är inte kontrollerat", EN: "the certificate's dates are not checked"},
}

// Text says in lang what is lacking.
func (l Lack) Text(lang alarm.Lang) string {
	text := lackTexts[l.What].In(lang)
	if text == "" {
		text = l.What
	}
	if l.Object != "" {
		text += ": " + l.Object
	}
	if l.Why != "" {
		text += " (" + Word(l.Why, lang) + ")"
	}
	return text
}
