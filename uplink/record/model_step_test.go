package record

import (
	"slices"

	"rackvakt/sensors/reading"
)

// judges selects the properties that are looked at; the zero value is all.
type judges uint8

const (
	judgeAll   judges = iota
	judgeSteps        // 1 to 3: what a step may do
	judgeRuns         // all but 1, which breaks before a fair run could tell more
)

// explorer holds the tables and the settings of one exploration.
type explorer struct {
	rules    rules
	records  int
	upSlots  int
	chains   *pool[*Chain]
	disks    *pool[*diskImage]
	windows  *pool[*Window]
	rcvs     *pool[*Receiver]
	ids      *pool[ID]
	gaps     *pool[*Gap]
	msgs     map[message]uint16
	msgAll   []message
	starts   []string
	broken   string // the property that the last step broke, "" none
	property int
	fine     map[world]bool // fair runs known to end well
	judges   judges
}

func newExplorer(r rules, records, upSlots int) *explorer {
	x := &explorer{rules: r, records: records, upSlots: upSlots,
		chains: newPool(keyChain), disks: newPool(keyDisk), windows: newPool(keyWindow), rcvs: newPool(keyReceiver),
		ids: newPool(func(b []byte, id ID) []byte { return append(b, id...) }), gaps: newPool(keyGap),
		msgs: map[message]uint16{}, msgAll: make([]message, 1), fine: map[world]bool{}}
	for s := range uint8(16) {
		x.starts = append(x.starts, startName(s))
	}
	x.ids.put("")
	x.gaps.put(&Gap{})
	return x
}

func (x *explorer) initial(budget [faults]uint8) world {
	rcv := NewReceiver(Saved{})
	rcv.rules = x.rules
	w := world{budget: budget}
	w.work = x.rcvs.put(rcv)
	w.comm, w.backup = w.work, w.work
	w.cards[0].disk = x.disks.put(&diskImage{})
	w.cards[0].copied = w.cards[0].disk
	w.cards[0].alive = true
	x.begin(&w, 0)
	return w
}

func (x *explorer) message(m message) uint16 {
	if i, ok := x.msgs[m]; ok {
		return i
	}
	i := uint16(len(x.msgAll))
	x.msgs[m] = i
	x.msgAll = append(x.msgAll, m)
	return i
}

func (x *explorer) recordID(w *world, k int) ID { return x.ids.all[w.recs[k]] }

func (x *explorer) recordOf(w *world, id ID) int {
	for k := range int(w.nrec) {
		if x.recordID(w, k) == id {
			return k
		}
	}
	return -1
}

func (x *explorer) timeOf(w *world) func(ID) reading.Stamp {
	return func(id ID) reading.Stamp {
		if k := x.recordOf(w, id); k >= 0 {
			return timeOfRecord(k)
		}
		return reading.Stamp{}
	}
}

func (w *world) cardOf(id ID) uint16 {
	n := id.Start()
	c := n[len(n)-1]
	s := uint(c - '0')
	if c >= 'a' {
		s = uint(c-'a') + 10
	}
	return w.startCard >> s & 1
}

// covers returns the records that a gap stands for: those it names, and those of
// its own card made between its ends.
func (x *explorer) covers(w *world, g *Gap) mask {
	var m mask
	for k := range int(w.nrec) {
		id := x.recordID(w, k)
		t := timeOfRecord(k).Mono
		own := w.cardOf(id) == w.cardOf(g.ID) || k < int(w.cloneAt)
		if g.has(id) || own && t > g.From.Mono && t < g.To.Mono {
			m |= 1 << k
		}
	}
	return m
}

// held returns the records that a chain still has or covers.
func (x *explorer) held(w *world, c *Chain) mask {
	var m mask
	for i := range c.items {
		if g := c.items[i].gap; g != nil {
			m |= x.covers(w, g)
		}
	}
	for k := range int(w.nrec) {
		if c.Holds(x.recordID(w, k)) {
			m |= 1 << k
		}
	}
	return m
}

func (x *explorer) breaks(property int, what string) {
	if x.judges == judgeRuns && property == 1 || x.judges == judgeSteps && property > 3 {
		return
	}
	if x.broken == "" {
		x.broken, x.property = what, property
	}
}

// begin starts the agent of card i from its disk (rule 6).
func (x *explorer) begin(w *world, i int) {
	c := &w.cards[i]
	d := x.disks.all[c.disk]
	w.nstart++
	w.startCard |= uint16(i) << w.nstart
	l := Load(d.mark, d.gaps)
	l.rules = x.rules
	for _, e := range d.entries {
		l.Add(e)
	}
	chain, _ := l.Start(x.starts[w.nstart], WhyUncleanStop, w.now())
	chain.mark.Starts = nil
	c.chain = x.chains.put(chain)
	c.window = x.windows.put(&Window{rules: x.rules})
	c.mem = 0
	next := diskImage{mark: d.mark, gaps: d.gaps, entries: d.entries}
	if !c.refusing {
		next.gaps = chain.Gaps()
	}
	c.disk = x.disks.put(&next)
}

// append makes a record on card i; onDisk tells what came of it there.
func (x *explorer) append(w *world, i int, onDisk bool) {
	c := &w.cards[i]
	chain := cloneChain(x.chains.all[c.chain])
	id, after := chain.Append()
	k := int(w.nrec)
	w.recs[k] = uint16(x.ids.put(id))
	w.nrec++
	d := *x.disks.all[c.disk]
	entry := Entry{ID: id, After: after, At: timeOfRecord(k)}
	if c.refusing {
		c.mem |= 1 << k
		d.held = append(slices.Clip(d.held), entry)
	}
	if onDisk {
		d.entries = append(slices.Clip(d.entries), entry)
	}
	c.disk = x.disks.put(&d)
	c.chain = x.chains.put(chain)
}

// persist writes mark and gap file.
func (x *explorer) persist(w *world, i int) {
	c := &w.cards[i]
	d := *x.disks.all[c.disk]
	chain := x.chains.all[c.chain]
	d.mark, d.gaps = chain.mark, chain.Gaps()
	c.disk = x.disks.put(&d)
}

// flush moves what is in memory to a disk that takes again. What was refused and
// yet written then stands there twice.
func (x *explorer) flush(w *world, i int) {
	c := &w.cards[i]
	d := *x.disks.all[c.disk]
	for _, e := range d.held {
		if w.cards[i].mem>>x.recordOf(w, e.ID)&1 == 1 {
			d.entries = append(slices.Clip(d.entries), e)
		}
	}
	d.held, c.mem = nil, 0
	c.disk = x.disks.put(&d)
	x.persist(w, i)
}

// remove deletes what may be deleted.
func (x *explorer) remove(w *world, i int) {
	c := &w.cards[i]
	d := *x.disks.all[c.disk]
	chain := x.chains.all[c.chain]
	var keep []Entry
	for _, e := range d.entries {
		covered := slices.ContainsFunc(d.gaps, func(g Gap) bool { return g.has(e.ID) })
		if chain.Holds(e.ID) || !covered && !chain.MayDelete(d.mark) {
			keep = append(keep, e)
		}
	}
	d.entries = keep
	c.disk = x.disks.put(&d)
}

// drop replaces one record by a gap; the gap file is written at once if it can be.
func (x *explorer) drop(w *world, i int, id ID, why string) {
	c := &w.cards[i]
	chain := cloneChain(x.chains.all[c.chain])
	k := x.recordOf(w, id)
	if _, ok := chain.Drop(id, id, why, timeOfRecord(k), timeOfRecord(k)); !ok {
		x.breaks(1, "a held record cannot be dropped")
		return
	}
	c.mem &^= 1 << k
	c.chain = x.chains.put(chain)
	if !c.refusing {
		d := *x.disks.all[c.disk]
		d.gaps = chain.Gaps()
		c.disk = x.disks.put(&d)
	}
}

// spoil makes the record unreadable on disk, which nobody notices before it is read.
func (x *explorer) spoil(w *world, i int, id ID) {
	c := &w.cards[i]
	d := *x.disks.all[c.disk]
	d.entries = slices.DeleteFunc(slices.Clone(d.entries), func(e Entry) bool { return e.ID == id })
	c.disk = x.disks.put(&d)
}

func (x *explorer) readable(w *world, i int, id ID) bool {
	if k := x.recordOf(w, id); w.cards[i].mem>>k&1 == 1 {
		return true
	}
	return slices.ContainsFunc(x.disks.all[w.cards[i].disk].entries, func(e Entry) bool { return e.ID == id })
}

// next takes what card i sends next, 0 if there is nothing. An entry that cannot
// be read becomes a gap instead.
func (x *explorer) next(w *world, i int) uint16 {
	c := &w.cards[i]
	win := x.windows.all[c.window]
	out, ok := win.Next(LaneA, x.chains.all[c.chain])
	if !ok || win.InFlight() >= 2 {
		return 0
	}
	if out.Gap == nil && !x.readable(w, i, out.ID) {
		x.drop(w, i, out.ID, WhyUnreadable)
		return 0
	}
	win = cloneWindow(win)
	win.Sent(LaneA, out.ID, 1)
	c.window = x.windows.put(win)
	m := message{id: out.ID, prev: out.Prev}
	if out.Mark != nil {
		m.mark, m.hasMark = *out.Mark, true
	}
	if out.Gap != nil {
		m.gap = x.gaps.put(out.Gap)
	}
	return x.message(m)
}

// expire is a connect or a time-out; it returns the `state` said, 0 none.
func (x *explorer) expire(w *world, i int) uint16 {
	c := &w.cards[i]
	win := cloneWindow(x.windows.all[c.window])
	say := win.Expire()
	c.window = x.windows.put(win)
	if !say {
		return 0
	}
	return x.message(message{state: true, mark: x.chains.all[c.chain].mark.ID})
}

// hear gives a head to card i.
func (x *explorer) hear(w *world, i int, head ID) {
	c := &w.cards[i]
	chain, win := cloneChain(x.chains.all[c.chain]), cloneWindow(x.windows.all[c.window])
	e := chain.Ack(head, x.timeOf(w))
	win.Ack(LaneA, head, e)
	c.chain, c.window = x.chains.put(chain), x.windows.put(win)
	for k := range int(w.nrec) {
		if !chain.Holds(x.recordID(w, k)) {
			c.mem &^= 1 << k
		}
	}
}

// take gives a message to the collector.
func (x *explorer) take(w *world, n uint16) {
	m := x.msgAll[n]
	r := cloneReceiver(x.rcvs.all[w.work])
	if m.state {
		if own, ok := r.OnState(m.mark); ok {
			w.covered |= x.ownGap(w, own)
		}
		w.work = x.rcvs.put(r)
		return
	}
	var mark *ID
	if m.hasMark {
		mark = &m.mark
	}
	step := r.OnRecord(m.id, m.prev, mark)
	w.work = x.rcvs.put(r)
	if step.Verdict != Take {
		return
	}
	if m.gap != 0 {
		w.covered |= x.covers(w, x.gaps.all[m.gap])
		return
	}
	x.store(w, m.id)
}

func (x *explorer) store(w *world, id ID) {
	k := x.recordOf(w, id)
	if w.stored>>k&1 == 1 {
		x.breaks(2, "stored twice")
	}
	start, n, _, _ := id.Split()
	for o := range int(w.nrec) {
		oStart, oN, _, _ := x.recordID(w, o).Split()
		if w.stored>>o&1 == 1 && oStart == start && oN > n && w.covered>>k&1 == 0 {
			x.breaks(3, "stored out of order")
		}
	}
	w.stored |= 1 << k
}

// ownGap covers what was made between the last record of the mark's start and now.
func (x *explorer) ownGap(w *world, own OwnGap) mask {
	from := x.timeOf(w)(own.From).Mono
	var m mask
	for k := range int(w.nrec) {
		if timeOfRecord(k).Mono > from {
			m |= 1 << k
		}
	}
	return m
}

func (x *explorer) commit(w *world) {
	r := cloneReceiver(x.rcvs.all[w.work])
	r.Committed()
	w.work = x.rcvs.put(r)
	w.comm, w.cStored, w.cCovered = w.work, w.stored, w.covered
	w.ever |= w.stored | w.covered
}

// reload is a collector that starts with what is committed.
func (x *explorer) reload(w *world) {
	w.work, w.stored, w.covered = w.comm, w.cStored, w.cCovered
}
