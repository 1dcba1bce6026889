package ingest

import (
	"sync"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/record"
)

// maxBoots bounds the boots of one closet that are remembered.
const maxBoots = 64

// boots places a closet's own times on the calendar. A synchronised clock is
// believed. Of a boot that had none, the beginning is learnt from a later
// synchronised record, or from a message that came as it was said: it was
// received when its uptime was what it says, give or take the way.
type boots struct {
	mu    sync.Mutex // guards the rest
	known map[record.ClosetID]map[string]time.Time
	// fresh were learnt since they were last asked for.
	fresh  []bootFact
	notify func()
}

type bootFact struct {
	closet record.ClosetID
	boot   string
	began  time.Time
}

// learn remembers when a boot began; what is known stays.
func (b *boots) learn(closet record.ClosetID, boot string, began time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.known[closet]
	if of == nil {
		of = map[string]time.Time{}
		b.known[closet] = of
	}
	if _, ok := of[boot]; ok {
		return
	}
	if len(of) >= maxBoots {
		forgetOldest(of)
	}
	of[boot] = began
	b.fresh = append(b.fresh, bootFact{closet, boot, began})
	b.notify()
}

func forgetOldest(of map[string]time.Time) {
	oldest := ""
	for boot, at := range of {
		if oldest == "" || at.Before(of[oldest]) {
			oldest = boot
		}
	}
	delete(of, oldest)
}

// learnFrom learns from the stamp of a stored record, which tells only while its
// clock is synchronised.
func (b *boots) learnFrom(closet record.ClosetID, s reading.Stamp) {
	if s.Synced && s.Boot != "" && !s.Wall.IsZero() {
		b.learn(closet, s.Boot, s.Wall.Add(-s.Mono))
	}
}

// place returns s on the calendar; false where it cannot be told yet.
func (b *boots) place(closet record.ClosetID, s reading.Stamp) (time.Time, bool) {
	if s.Synced && !s.Wall.IsZero() {
		return s.Wall, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	began, ok := b.known[closet][s.Boot]
	return began.Add(s.Mono), ok
}

func (b *boots) takeFresh() []bootFact {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.fresh
	b.fresh = nil
	return f
}

// placed returns s on the calendar as far as it can be told, else the time of receipt.
func (in *Ingest) placed(closet record.ClosetID, s reading.Stamp, received time.Time) time.Time {
	if at, ok := in.boots.place(closet, s); ok {
		return at
	}
	return received
}
