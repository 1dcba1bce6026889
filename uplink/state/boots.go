package state

import (
	"time"

	"rackvakt/sensors/reading"
)

// boots places a closet's own times on the collector's scale. For each boot it
// keeps the smallest distance seen between the collector's clock at receipt and
// the closet's uptime: the message that travelled fastest tells best when that
// boot began.
type boots struct {
	began map[string]time.Time
	order []string
}

// keptBoots bounds the boots that are remembered.
const keptBoots = 4

// heard learns from a message that was sent at once (never from a stored record).
func (b *boots) heard(s reading.Stamp, received time.Time) {
	if s.Boot == "" || s.Mono == 0 {
		return
	}
	began := received.Add(-s.Mono)
	old, known := b.began[s.Boot]
	switch {
	case !known:
		if b.began == nil {
			b.began = map[string]time.Time{}
		}
		b.order = append(b.order, s.Boot)
		if len(b.order) > keptBoots {
			delete(b.began, b.order[0])
			b.order = b.order[1:]
		}
		b.began[s.Boot] = began
	case began.Before(old):
		b.began[s.Boot] = began
	}
}

// place returns s on the collector's scale; false where it cannot be told. A
// synchronised clock is believed; otherwise the boot must be one that was heard.
func (b *boots) place(s reading.Stamp) (time.Time, bool) {
	if s.Synced && !s.Wall.IsZero() {
		return s.Wall, true
	}
	if began, ok := b.began[s.Boot]; ok && s.Boot != "" {
		return began.Add(s.Mono), true
	}
	return time.Time{}, false
}
