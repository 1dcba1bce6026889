package outbox

import (
	"rackvakt/sensors/reading"
	"rackvakt/uplink/record"
)

// Entry is one entry in the form in which it is sent.
type Entry struct {
	Lane record.Lane
	ID   record.ID
	// Payload is the whole message, with prev and, for a first entry, the mark.
	Payload []byte
}

// Next returns the entry of a lane that the window is to send next; false where
// none waits. An entry that cannot be read back is turned into a gap here.
func (o *Outbox) Next(w *record.Window, name record.Lane) (Entry, bool) {
	o.mu.Lock()
	defer o.unlock()
	l, ok := o.lanes[name]
	if !ok || o.closed {
		return Entry{}, false
	}
	for {
		out, ok := w.Next(name, l.chain)
		if !ok {
			return Entry{}, false
		}
		payload, ok, err := o.payload(l, out)
		if err != nil {
			o.cfg.Log.Warn("outbox cannot be read for the moment", "lane", string(name), "err", err)
			return Entry{}, false
		}
		if ok {
			return Entry{Lane: name, ID: out.ID, Payload: payload}, true
		}
		if !o.unreadable(l, out) {
			return Entry{}, false
		}
	}
}

// payload is the message of an entry, false where it cannot be read; an error
// says that it cannot be told now.
func (o *Outbox) payload(l *lane, out record.Out) ([]byte, bool, error) {
	var stored []byte
	if out.Gap != nil {
		b, err := record.EncodeGap(*out.Gap)
		if err != nil {
			o.cfg.Log.Error("gap cannot be encoded", "gap", string(out.ID), "err", err)
			return nil, false, nil
		}
		stored = b
	} else {
		f, ok, err := l.log.get(string(out.ID))
		if !ok || err != nil {
			return nil, false, err
		}
		stored = f.body
	}
	payload, err := record.Frame(stored, out)
	return payload, err == nil, nil
}

// unreadable puts a gap in the place of a record that cannot be read; false for a
// gap, which has nothing behind it to be read.
func (o *Outbox) unreadable(l *lane, out record.Out) bool {
	if out.Gap != nil {
		return false
	}
	from, to := l.chain.Mark().At.Stamp, o.cfg.Clock.Now()
	if at := l.at(out.Prev); !at.IsZero() {
		from = at
	}
	if start, n, _, ok := out.ID.Split(); ok {
		if at := l.at(record.RecordID(start, n+1)); !at.IsZero() {
			to = at
		}
	}
	e, ok := l.chain.Drop(out.ID, out.ID, record.WhyUnreadable, from, to)
	if !ok {
		return false
	}
	l.gapsDue = l.gapsDue || e.Gaps
	o.statMu.Lock()
	o.health.Damaged++
	o.statMu.Unlock()
	o.cfg.Log.Error("outbox record unreadable", "lane", string(l.name), "id", string(out.ID))
	return true
}

// Ack applies a head heard from the collector (protocol.md, Pi 2), the only thing
// that takes entries out of the outbox on the collector's word. Hand the Effect on
// to Window.Ack.
func (o *Outbox) Ack(name record.Lane, head record.ID) record.Effect {
	o.mu.Lock()
	defer o.unlock()
	l, ok := o.lanes[name]
	if !ok || o.closed {
		return record.Effect{}
	}
	e := l.chain.Ack(head, func(id record.ID) reading.Stamp { return l.at(id) })
	l.gapsDue = l.gapsDue || e.Gaps
	if e.Foreign {
		o.statMu.Lock()
		o.health.Stranger = head.Start()
		o.statMu.Unlock()
	}
	if e.Left > 0 && l.deletable() > 0 {
		if err := l.trim(o.saver(l)); err != nil {
			o.judge(err)
		} else {
			o.reserve()
		}
	}
	return e
}

// Marks returns the marks that `state` carries.
func (o *Outbox) Marks() record.Marks {
	o.mu.Lock()
	defer o.unlock()
	var m record.Marks
	for name, l := range o.lanes {
		m.Set(name, l.chain.Mark().ID)
	}
	return m
}
