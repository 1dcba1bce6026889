package record

import (
	"slices"
	"time"
)

// Limits of what one path may have in flight over both lanes (rule 4).
const (
	WindowRecords = 64
	WindowBytes   = 16 << 10
)

// Window holds what one path has sent and not heard of. Timers stay with the
// caller. The zero value is ready.
type Window struct {
	flight []flying
	bytes  int
	sent   map[Lane]ID // last entry sent since the last (re)start of the lane
	rules  rules
}

type flying struct {
	lane Lane
	id   ID
	size int
}

// Timeout returns how long to wait for an ack after the given number of time-outs
// in a row: 5 s, doubling to 60 s. The caller adds jitter.
func Timeout(tries int) time.Duration {
	return min(5*time.Second<<min(max(tries, 0), 4), 60*time.Second)
}

// Open reports whether another record of size octets may be sent. A single one always may.
func (w *Window) Open(size int) bool {
	return len(w.flight) == 0 || len(w.flight) < WindowRecords && w.bytes+size <= WindowBytes
}

// InFlight returns the number of records sent and not heard of.
func (w *Window) InFlight() int { return len(w.flight) }

// Next returns the entry of the lane to send next; ask lane a first.
func (w *Window) Next(lane Lane, c *Chain) (Out, bool) { return c.Next(w.sent[lane]) }

// Sent notes that the entry went out.
func (w *Window) Sent(lane Lane, id ID, size int) {
	if w.sent == nil {
		w.sent = map[Lane]ID{}
	}
	w.sent[lane] = id
	w.flight = append(w.flight, flying{lane, id, size})
	w.bytes += size
}

// Ack takes out of the window what left the outbox with the head, and everything
// of the lane if the Effect of Chain.Ack says Resend. The head need not be in
// flight itself: it may have been sent before the last time-out.
func (w *Window) Ack(lane Lane, head ID, e Effect) {
	if e.Resend {
		w.Restart(lane)
		return
	}
	last := -1
	for i, f := range w.flight {
		if f.lane == lane && (f.id == head || e.Mark && notAfter(f.id, head)) {
			last = i
		}
	}
	w.remove(func(i int, f flying) bool { return f.lane == lane && i <= last })
}

// notAfter reports that a record stands at or before head for certain: same start,
// no higher number.
func notAfter(id, head ID) bool {
	start, n, gap, ok := id.Split()
	hStart, hN, hGap, hOK := head.Split()
	return ok && hOK && !gap && !hGap && start == hStart && n <= hN
}

// Restart forgets what was sent of the lane: the next entry is the first.
func (w *Window) Restart(lane Lane) {
	delete(w.sent, lane)
	w.remove(func(_ int, f flying) bool { return f.lane == lane })
}

func (w *Window) remove(gone func(int, flying) bool) {
	i := -1
	w.flight = slices.DeleteFunc(w.flight, func(f flying) bool {
		i++
		if !gone(i, f) {
			return false
		}
		w.bytes -= f.size
		return true
	})
}

// Expire applies rule 1 to a connect or a window time-out: both lanes begin at
// their first entry, and `state` is to be said before it (the result).
func (w *Window) Expire() (sayState bool) {
	for _, lane := range Lanes() {
		w.Restart(lane)
	}
	return !w.rules.noStateAtTimeout
}
