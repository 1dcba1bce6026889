// Package collector is the regional side as a whole: its configuration file and
// the wiring of broker, ingest, stores, state, messages and pages.
//
// It refuses to decide anything itself; each part does, and this package only
// hands things from one to the next.
package collector

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"reflect"

	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/broker"
	"rackvakt/uplink/ingest"
	"rackvakt/uplink/notify"
	"rackvakt/uplink/record"
	"rackvakt/uplink/state"
	"rackvakt/uplink/store"
	"rackvakt/uplink/web"
)

// Example is the commented example configuration.
//
//go:embed rackvakt-collector.example.yaml
var Example string

// Options are the configuration file of the collector.
type Options struct {
	Store   store.Options  `yaml:"store"`
	Broker  broker.Options `yaml:"broker"`
	Ingest  ingest.Options `yaml:"ingest"`
	Silence state.Options  `yaml:"silence"`
	Notify  notify.Options `yaml:"notify"`
	Web     web.Options    `yaml:"web"`
	// Sites are all places of care that this collector answers for.
	Sites []state.Site `yaml:"sites"`
}

// DefaultOptions is what a collector does that was configured with sites only.
func DefaultOptions() Options {
	return Options{
		Store: store.DefaultOptions(), Broker: broker.DefaultOptions(), Ingest: ingest.DefaultOptions(),
		Silence: state.DefaultOptions(), Notify: notify.DefaultOptions(), Web: web.DefaultOptions(),
	}
}

// Validate refuses a site list with one id twice, or an empty one.
func (o *Options) Validate(r *strictyaml.Report) {
	if len(o.Sites) == 0 {
		r.Bad("sites", nil, "at least one site", "- id: vc-arvika")
	}
	seen := map[string]bool{}
	for i, s := range o.Sites {
		if s.ID != "" && seen[s.ID] {
			r.Bad(fmt.Sprintf("sites[%d].id", i), s.ID, "each id once", "vc-arvika")
		}
		seen[s.ID] = true
	}
}

// Load reads a configuration file. Mistakes come as strictyaml.Problems, all of them.
func Load(path string) (Options, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return Options{}, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(path, src)
}

// Parse is Load of src; file is only named in messages.
func Parse(file string, src []byte) (Options, error) {
	o := DefaultOptions()
	if err := strictyaml.Decode(file, src, &o).Err(); err != nil {
		return Options{}, err
	}
	return o, nil
}

// closets lists every closet with its area, for ingest.
func (o *Options) closets() (map[record.ClosetID]string, error) {
	all := map[record.ClosetID]string{}
	var errs error
	for _, s := range o.Sites {
		for _, c := range s.Closets {
			id, err := record.ParseClosetID(state.ClosetID(s.ID, c.Name))
			errs = errors.Join(errs, err)
			all[id] = s.Area
		}
	}
	return all, errs
}

// needRestart names the sections in which next differs from o and that only take
// effect after a restart. What is told to whom, and what a site is called, is
// taken over while running; which sites and closets there are is not.
func (o *Options) needRestart(next Options) []string {
	var names []string
	was, is := reflect.ValueOf(*o), reflect.ValueOf(next)
	for i := range was.NumField() {
		if was.Type().Field(i).Name != "Sites" && !reflect.DeepEqual(was.Field(i).Interface(), is.Field(i).Interface()) {
			names = append(names, was.Type().Field(i).Tag.Get("yaml"))
		}
	}
	if !sameClosets(o.Sites, next.Sites) {
		names = append(names, "sites")
	}
	return names
}

// sameClosets reports whether both lists hold the same sites with the same
// closets, kinds and owners, in the same order.
func sameClosets(a, b []state.Site) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		x.Name, x.HSAID, x.Building, x.Routine, x.Contacts = y.Name, y.HSAID, y.Building, y.Routine, y.Contacts
		if !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}
