package record

import (
	"cmp"
	"slices"
)

// Verdict is what the collector does with a record.
type Verdict uint8

// Verdicts.
const (
	Ignore Verdict = iota // does not continue the head: answer, at most 10 times a second
	Take                  // store it; the head moves
	Again                 // it is had: count it and store nothing; the head moves
)

// Step is what changed with a record; the caller commits it together with the
// record, then calls Committed, then sends the ack.
type Step struct {
	Verdict Verdict
	// Head is the new head (Take, Again).
	Head ID
	// Have is the row to write (Take): the row with its Start, Gap and First gets
	// this Last, or is inserted.
	Have Span
}

// OwnGap is a gap that the collector notes outside the chain: its store is older
// than what it once promised. It reaches to now. Commit it together with Mark in
// the table of covered marks, and say monitor.gap.
type OwnGap struct {
	Mark ID
	// From is the last record known of the mark's start; "" is the beginning.
	From ID
}

// Saved is the state of a Receiver as a store keeps it: one row each.
type Saved struct {
	Head    ID
	Have    []Span
	Covered []ID
}

// Receiver is the collector's end of one lane of one closet. If a commit fails,
// throw it away and load it again. Not safe for concurrent use.
type Receiver struct {
	head      ID
	committed ID
	have      map[series][]Span // each ascending
	covered   map[ID]bool
	rules     rules
}

type series struct {
	start string
	gap   bool
}

// NewReceiver loads what a store has kept; the zero Saved is a closet never heard of.
func NewReceiver(s Saved) *Receiver {
	r := &Receiver{head: s.Head, committed: s.Head, have: map[series][]Span{}, covered: map[ID]bool{}}
	for _, span := range s.Have {
		key := series{span.Start, span.Gap}
		r.have[key] = append(r.have[key], span)
	}
	for _, spans := range r.have {
		slices.SortFunc(spans, func(a, b Span) int { return cmp.Compare(a.First, b.First) })
	}
	for _, id := range s.Covered {
		r.covered[id] = true
	}
	return r
}

// Saved returns the whole state, for tests and for a store that writes it whole.
func (r *Receiver) Saved() Saved {
	s := Saved{Head: r.head}
	for _, spans := range r.have {
		s.Have = append(s.Have, spans...)
	}
	slices.SortFunc(s.Have, func(a, b Span) int { return cmp.Compare(a.String(), b.String()) })
	for id := range r.covered {
		s.Covered = append(s.Covered, id)
	}
	slices.Sort(s.Covered)
	return s
}

// Head returns the committed head, the only one that an ack may carry (rule 4).
func (r *Receiver) Head() ID {
	if r.rules.ackUncommitted {
		return r.head
	}
	return r.committed
}

// Committed says that all Steps and OwnGaps so far are durable.
func (r *Receiver) Committed() { r.committed = r.head }

// Had reports whether the identity was ever taken.
func (r *Receiver) Had(id ID) bool {
	start, n, gap, ok := id.Split()
	if !ok {
		return false
	}
	spans := r.have[series{start, gap}]
	i, found := slices.BinarySearchFunc(spans, n, func(s Span, n uint64) int { return cmp.Compare(s.First, n) })
	return found || i > 0 && spans[i-1].Last >= n
}

// knows reports whether a mark is none, had or covered.
func (r *Receiver) knows(mark ID) bool {
	return mark == "" || r.Had(mark) || r.covered[mark] || r.rules.noMarkCheck
}

// OnState applies rule 2 to the mark of a `state`; ok is false where nothing is to be
// noted. Answer with the heads in either case.
func (r *Receiver) OnState(mark ID) (gap OwnGap, ok bool) {
	if r.knows(mark) {
		return OwnGap{}, false
	}
	if !r.rules.forgetCovered {
		r.covered[mark] = true
	}
	return OwnGap{Mark: mark, From: r.lastBefore(mark)}, true
}

// lastBefore returns the last record known of the mark's start before the mark; ""
// (the beginning) for none and for a mark that is a gap.
func (r *Receiver) lastBefore(mark ID) ID {
	if r.rules.gapFromNewest {
		return r.head
	}
	start, n, gap, ok := mark.Split()
	if !ok || gap {
		return ""
	}
	last := ID("")
	for _, s := range r.have[series{start, false}] {
		if s.First < n {
			last = RecordID(start, min(s.Last, n))
		}
	}
	return last
}

// OnRecord applies rule 3. mark is nil for all but a first entry.
func (r *Receiver) OnRecord(id, prev ID, mark *ID) Step {
	span, ok := spanOf(id)
	if !ok || prev != r.head && !r.rules.noPrevCheck || mark != nil && !r.knows(*mark) {
		return Step{}
	}
	if r.Had(id) && !r.rules.storeAgain {
		if r.rules.keepHeadOnHad {
			return Step{}
		}
		r.head = id
		return Step{Verdict: Again, Head: id}
	}
	r.head = id
	return Step{Verdict: Take, Head: id, Have: r.add(span)}
}

// add notes one identity and returns the row that holds it now.
func (r *Receiver) add(s Span) Span {
	key := series{s.Start, s.Gap}
	spans := r.have[key]
	i, _ := slices.BinarySearchFunc(spans, s.First, func(x Span, n uint64) int { return cmp.Compare(x.First, n) })
	if i > 0 && !s.Gap && spans[i-1].Last+1 == s.First {
		spans[i-1].Last = s.First
		return spans[i-1]
	}
	r.have[key] = slices.Insert(spans, i, s)
	return s
}
