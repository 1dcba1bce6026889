package ingest

import (
	"errors"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/record"
)

// Handle takes one message from the broker. It runs in the reading loop of a
// client and does not wait for the writer. The topic decides whose it is.
func (in *Ingest) Handle(m broker.Message) {
	t, err := record.ParseTopic(m.Topic)
	if err != nil || !t.Leaf.FromCloset() {
		in.n.refused[badTopic].Add(1)
		return
	}
	c, why, ok := in.lookup(t)
	if !ok {
		in.refuseStranger(t, why)
		return
	}
	if len(m.Payload) == 0 && m.Retained {
		return // a retained message that was removed
	}
	if len(m.Payload) > record.MaxRecord {
		in.refuse(c, tooLarge, len(m.Payload))
		in.live(c, t, m, Life{})
		return
	}
	switch t.Leaf {
	case record.LeafState:
		in.state(c, t, m)
	case record.LeafHB:
		in.heartbeat(c, t, m)
	case record.LeafAlarm, record.LeafMetrics:
		in.record(c, t, m)
	default:
		in.live(c, t, m, Life{})
		in.w.Listener.Snapshot(Snapshot{Topic: t, Payload: m.Payload, Retained: m.Retained, At: in.w.Now()})
	}
}

// live tells a sign of life; a retained message and a will are none.
func (in *Ingest) live(c *closet, t record.Topic, m broker.Message, l Life) {
	if m.Retained || m.Will {
		return
	}
	l.Closet, l.Leaf, l.At = c.id, t.Leaf, in.w.Now()
	in.mu.Lock()
	c.heard = l.At
	in.mu.Unlock()
	if s := l.Stamp(); s.Boot != "" && s.Mono > 0 {
		in.boots.learn(c.id, s.Boot, l.At.Add(-s.Mono))
	}
	in.w.Listener.Life(l)
}

// state takes who says hello, live or retained, and wills. An external broker
// does not tell a will from a message: what says offline is never a sign of life.
func (in *Ingest) state(c *closet, t record.Topic, m broker.Message) {
	s, err := record.DecodePayload[record.State](m.Payload)
	if err != nil {
		in.refuse(c, reasonOf(err), err)
		return
	}
	switch {
	case !s.Online:
		in.w.Listener.Will(Will{Closet: c.id, Path: t.Sub, Start: s.Start, Conn: s.Conn, At: in.w.Now()})
	case m.Will:
		in.refuse(c, badPayload, "a last will that says online")
	default:
		in.live(c, t, m, Life{State: &s, Path: t.Sub})
		in.ask(c, *s.Mark)
	}
}

func (in *Ingest) heartbeat(c *closet, t record.Topic, m broker.Message) {
	hb, err := record.DecodePayload[record.Heartbeat](m.Payload)
	if err != nil {
		in.refuse(c, reasonOf(err), err)
		in.live(c, t, m, Life{})
		return
	}
	in.live(c, t, m, Life{HB: &hb, Path: hb.Path})
}

// record reads a record as far as it must be understood to be stored. What is not
// understood is not answered: nothing may leave the closet for it.
func (in *Ingest) record(c *closet, t record.Topic, m broker.Message) {
	in.live(c, t, m, Life{})
	lane, _ := record.LaneOf(t.Leaf)
	r, err := record.Decode(m.Payload)
	if err == nil && r.Samples != nil {
		_, err = r.Samples.Decode(r.At)
	}
	if err != nil {
		in.refuse(c, reasonOf(err), err)
		return
	}
	if !in.enqueue(c, item{lane: lane, id: r.ID, prev: r.Prev, mark: r.Mark, payload: m.Payload, receivedAt: in.w.Now()}) {
		in.refuse(c, queueFull, in.o.Queue)
	}
}

func reasonOf(err error) reason {
	switch {
	case errors.Is(err, record.ErrVersion):
		return badVersion
	case errors.Is(err, record.ErrTooLarge):
		return tooLarge
	}
	return badPayload
}
