package state

import (
	"maps"
	"slices"

	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
)

// Site is one place of care with its closets, as configured at the region.
type Site struct {
	// ID is the first half of every closet's id: [a-z0-9-]{1,24}.
	ID string `yaml:"id" json:"id" example:"arvika"`
	// Name is what people call it: "Vårdcentralen Arvika".
	Name string `yaml:"name" json:"name" example:"Vårdcentralen Arvika"`
	// Area is the collector's area, checked against the topic: [a-z0-9-]{1,32}.
	Area string `yaml:"area" json:"area" example:"vast"`
	// Kind selects the default responsibilities.
	Kind alarm.SiteKind `yaml:"kind" json:"kind" example:"region_run"`
	// HSAID is the unit's id in the HSA catalogue; empty where it has none.
	HSAID string `yaml:"hsa_id" json:"hsa_id,omitempty" example:"SE2321000016-1A2B"`
	// Building names the house for the property owner; empty: the site's name is used.
	Building string `yaml:"building" json:"building,omitempty" example:"Kv. Lyckan 3"`
	// Routine is the reserve routine to follow while the link is down; empty: none named.
	Routine string `yaml:"reserve_routine" json:"reserve_routine,omitempty" example:"Reservrutin 4, pärmen i receptionen"`
	// Owners overrides the party of an asset class; nil: the defaults of Kind.
	Owners map[alarm.Class]alarm.Party `yaml:"owners" json:"owners,omitempty"`
	// Contacts tells how each party is reached; a party without one is told nothing by e-mail.
	Contacts map[alarm.Party]Contact `yaml:"contacts" json:"-"`
	// Closets stand at the site; at least one.
	Closets []Closet `yaml:"closets" json:"closets"`
}

// Contact is how one party of a site is reached. Function names a role, never a person.
type Contact struct {
	Function string `yaml:"function" example:"IT Servicedesk"`
	Phone    string `yaml:"phone" example:"010-555 01 00"`
	// Email lists the addresses that messages go to; empty: none are sent.
	Email []string `yaml:"email" example:"servicedesk@region.example"`
	// Lang is the language of messages: sv (also for "") or en.
	Lang string `yaml:"lang" example:"sv"`
}

// Closet is one closet of a site. Its id is "<site>.<name>".
type Closet struct {
	// Name is the second half of the id: [a-z0-9-]{1,24}.
	Name string `yaml:"name" json:"name" example:"plan1"`
	// Router is an address of the site's router that answers the region's probe
	// (host:port for TCP, host for ICMP); empty: not asked.
	Router string `yaml:"router" json:"-" example:"192.0.2.1"`
	// Switch is the same for the closet's switch, which stands behind the uplink.
	Switch string `yaml:"switch" json:"-" example:"192.0.2.10"`
}

// ClosetID returns the identity that topics and certificates carry.
func ClosetID(site, closet string) string { return site + "." + closet }

// Validate refuses sites that no topic could name or that nobody answers for.
func (s *Site) Validate(r *strictyaml.Report) {
	if !plainName(s.ID, 24) {
		r.Bad("id", s.ID, "1 to 24 of a-z, 0-9 and -", "arvika")
	}
	if !plainName(s.Area, 32) {
		r.Bad("area", s.Area, "1 to 32 of a-z, 0-9 and -", "vast")
	}
	if s.Name == "" {
		r.Bad("name", nil, "the name that people use", "Vårdcentralen Arvika")
	}
	if !slices.Contains(alarm.Kinds(), s.Kind) {
		r.Bad("kind", s.Kind, "region_run, private or physiotherapy", "region_run")
	}
	if len(s.Closets) == 0 {
		r.Bad("closets", nil, "at least one closet", "- name: plan1")
	}
	s.validateParties(r)
}

func (s *Site) validateParties(r *strictyaml.Report) {
	const want = "region_it, property_owner, care_provider or technician"
	for _, class := range slices.Sorted(maps.Keys(s.Owners)) {
		if !slices.Contains(alarm.Parties(), s.Owners[class]) {
			r.Bad("owners."+string(class), s.Owners[class], want, "region_it")
		}
		if !slices.Contains(alarm.Classes(), class) {
			r.Bad("owners."+string(class), class, "an asset class", "room_power")
		}
	}
	for _, p := range slices.Sorted(maps.Keys(s.Contacts)) {
		if !slices.Contains(alarm.Parties(), p) {
			r.Bad("contacts."+string(p), p, want, "region_it")
		}
	}
	seen := map[string]bool{}
	for _, c := range s.Closets {
		if seen[c.Name] {
			r.Bad("closets", c.Name, "each closet once", "plan2")
		}
		seen[c.Name] = true
	}
}

// Validate refuses a name that no topic could carry.
func (c *Closet) Validate(r *strictyaml.Report) {
	if !plainName(c.Name, 24) {
		r.Bad("name", c.Name, "1 to 24 of a-z, 0-9 and -", "plan1")
	}
}

// Validate refuses a language that nothing is written in.
func (c *Contact) Validate(r *strictyaml.Report) {
	if c.Lang != "" && c.Lang != "sv" && c.Lang != "en" {
		r.Bad("lang", c.Lang, "sv or en", "sv")
	}
}

// plainName reports whether s is 1 to longest of [a-z0-9-].
func plainName(s string, longest int) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= longest
}
