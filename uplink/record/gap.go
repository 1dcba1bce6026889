package record

// Why a gap stands, as it travels.
const (
	WhyStopped      = "stopped"       // the agent was stopped in good order
	WhyUncleanStop  = "unclean_stop"  // it ended without last words
	WhyFirstStart   = "first_start"   // this card knows of nothing before
	WhyCap          = "cap"           // the outbox was full
	WhyUnreadable   = "unreadable"    // the entry could not be read back (CRC)
	WhyMemory       = "memory"        // the disk refused, and the memory outbox was full
	WhyLost         = "lost"          // a hole found at a start: never written, or torn
	WhyStoreRestore = "store_restore" // the collector's own: its store is older than it was
)

// maxGapCovers bounds the octets of a gap's covers: near 8 kB a gap is closed
// and a new one begins.
const maxGapCovers = 6000

// Gap stands in the outbox for entries that are gone. Its JSON form is that of
// the small file beside the segments; Record gives the one that is sent.
type Gap struct {
	ID  ID     `json:"id"`
	Why string `json:"why"`
	// Covers lists what is gone in the order of the chain; a gap that was taken in
	// stands behind what it covered. Empty: nothing that is known by name.
	Covers []Span `json:"covers,omitempty"`
	// From and To are the ends in time. A zero From is the beginning of all things.
	From Stamp `json:"from,omitzero"`
	To   Stamp `json:"to"`
	// After is what stood before the gap, as for every entry ("" none).
	After ID `json:"after,omitempty"`
	// Last is the last record that it covers; where it covers none, the one before it.
	Last ID `json:"last,omitempty"`
	// Before is the record that follows it, or that would be appended next. It
	// places the gap among the entries when the outbox is opened.
	Before ID `json:"before"`
}

// behind returns what Covers lists behind id, and the last record up to there; ok
// is false if the gap does not cover id.
func (g *Gap) behind(id ID) (rest []Span, last ID, ok bool) {
	start, n, gap, valid := id.Split()
	last = g.After
	for i, s := range g.Covers {
		if valid && s.has(start, n, gap) {
			if !gap {
				last = id
			}
			rest = append([]Span(nil), g.Covers[i:]...)
			rest[0].First = n + 1
			if n == s.Last {
				rest = rest[1:]
			}
			return rest, last, true
		}
		if !s.Gap {
			last = s.lastID()
		}
	}
	return nil, last, false
}

// has reports whether the gap covers a record, or took in a gap, of that name.
func (g *Gap) has(id ID) bool {
	_, _, ok := g.behind(id)
	return ok
}

// addSpan appends s, joined to the range before it where they touch.
func addSpan(all []Span, s Span) []Span {
	if n := len(all); n > 0 && !s.Gap && !all[n-1].Gap && all[n-1].Start == s.Start && all[n-1].Last+1 == s.First {
		all[n-1].Last = s.Last
		return all
	}
	return append(all, s)
}

func coversSize(all []Span) int {
	size := 0
	for _, s := range all {
		size += len(s.String()) + 3
	}
	return size
}

// takeIn adds older, a gap that stood before or inside g's range: what it
// covered, then its own identity, so that a head that names it is understood.
func (g *Gap) takeIn(older *Gap, r rules) {
	if r.gapForgetsTaken {
		return
	}
	for _, s := range older.Covers {
		g.Covers = addSpan(g.Covers, s)
	}
	if s, ok := spanOf(older.ID); ok && !r.gapKeepsIdentity {
		g.Covers = addSpan(g.Covers, s)
	}
}

// holeSpan names what is missing behind a record, up to last, as far as it can be named.
func holeSpan(before, last ID) []Span {
	s, ok := spanOf(last)
	switch {
	case !ok:
		return nil
	case s.Gap:
		return []Span{s}
	}
	s.First = 1
	if start, n, _, ok := before.Split(); ok && start == s.Start {
		if s.First = n + 1; s.First > s.Last {
			return nil
		}
	}
	return []Span{s}
}
