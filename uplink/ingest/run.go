package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// Ingest is the collector's end of all lanes of all closets.
type Ingest struct {
	o     Options
	w     Wiring
	n     counters
	descs descs
	boots boots

	// wake is for the writer, the others for those who read the journal.
	wake, alarmsCame, samplesCame chan struct{}

	mu        sync.Mutex // guards the rest
	closets   map[record.ClosetID]*closet
	pending   []*closet
	strangers map[string]bool
}

// New returns an Ingest for the closets of the site list, each with its area.
func New(o Options, w Wiring, closets map[record.ClosetID]string) *Ingest {
	if w.Now == nil {
		w.Now = time.Now
	}
	in := &Ingest{
		o: o, w: w, descs: newDescs(), closets: map[record.ClosetID]*closet{},
		wake: make(chan struct{}, 1), alarmsCame: make(chan struct{}, 1), samplesCame: make(chan struct{}, 1),
	}
	in.boots.known = map[record.ClosetID]map[string]time.Time{}
	in.boots.notify = func() { poke(in.samplesCame) }
	in.SetClosets(closets)
	return in
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default: // it is awake already
	}
}

// SetClosets replaces the list of closets, after a reload of the configuration.
// What the lanes of a closet that left hold stays, should it come back.
func (in *Ingest) SetClosets(closets map[record.ClosetID]string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, c := range in.closets {
		c.area = ""
	}
	for id, area := range closets {
		c := in.closets[id]
		if c == nil {
			c = &closet{id: id, named: map[reason]time.Time{}, lanes: map[record.Lane]*record.Receiver{}}
			in.closets[id] = c
		}
		c.area = area
	}
	in.strangers = map[string]bool{}
}

func (in *Ingest) areaOf(id record.ClosetID) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	if c := in.closets[id]; c != nil {
		return c.area
	}
	return ""
}

// committed wakes those who read the journal.
func (in *Ingest) committed() {
	poke(in.alarmsCame)
	poke(in.samplesCame)
}

// Run hears closets until ctx ends; then everything it started has ended. It
// returns early only if the store cannot be read or the broker cannot be run.
func (in *Ingest) Run(ctx context.Context) error {
	if err := in.run(ctx); ctx.Err() == nil {
		return err
	}
	return nil // asked to stop: what broke off then says no more than that
}

func (in *Ingest) run(ctx context.Context) error {
	loaded, err := in.w.Store.Lanes(ctx)
	if err != nil {
		return fmt.Errorf("start ingest: %w", err)
	}
	if err := in.loadBoots(ctx); err != nil {
		return fmt.Errorf("start ingest: %w", err)
	}
	g, working := errgroup.WithContext(ctx)
	w := &writer{in: in, loaded: loaded, owed: map[*closet]time.Time{}}
	g.Go(func() error { return w.run(working) })
	g.Go(func() error { return in.followAlarms(working) })
	g.Go(func() error { return in.followSamples(working) })
	g.Go(func() error { return in.housekeeping(working) })
	g.Go(func() error { return in.w.Broker.Run(working, in.Handle) })
	return g.Wait()
}

func (in *Ingest) loadBoots(ctx context.Context) error {
	all, err := in.w.Store.Boots(ctx)
	if err != nil {
		return err
	}
	for name, known := range all {
		id, err := record.ParseClosetID(name)
		if err != nil {
			return err
		}
		in.boots.known[id] = known
	}
	// A crash may have come between learning a boot and placing what waited for it.
	waits, err := in.w.Store.WaitingBoots(ctx, sampleReader)
	for _, w := range waits {
		if began, ok := all[w[0]][w[1]]; ok {
			id, _ := record.ParseClosetID(w[0]) // parsed above
			in.boots.fresh = append(in.boots.fresh, bootFact{id, w[1], began})
		}
	}
	return err
}

// topic returns the topic of a closet of the list.
func (in *Ingest) topic(id record.ClosetID, leaf record.Leaf) (string, error) {
	area := in.areaOf(id)
	if area == "" {
		return "", fmt.Errorf("%s to %s: not in the site list", leaf, id)
	}
	return record.Topic{Area: area, Closet: id, Leaf: leaf}.String(), nil
}

// Command sends a cmd down every open path of a closet. It is not retained.
func (in *Ingest) Command(id record.ClosetID, c record.Command) error {
	topic, err := in.topic(id, record.LeafCmd)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("cmd to %s: %w", id, err)
	}
	return in.w.Broker.Publish(topic, payload, 0, false)
}

// Desired publishes what is wanted of a closet, retained, once it is kept for the
// next start of the broker.
func (in *Ingest) Desired(ctx context.Context, id record.ClosetID, d record.Desired) error {
	topic, err := in.topic(id, record.LeafDesired)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("desired of %s: %w", id, err)
	}
	if err := in.w.Store.PutRetained(ctx, store.Retained{Topic: topic, Payload: payload, At: in.w.Now()}); err != nil {
		return err
	}
	return in.w.Broker.Publish(topic, payload, 1, true)
}
