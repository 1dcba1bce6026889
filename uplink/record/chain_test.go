package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func fresh(start string) *Chain {
	c, _ := Load(Mark{}, nil).Start(start, WhyFirstStart, noon)
	return c
}

// show writes a chain for people: gaps in brackets, runs as ranges.
func show(c *Chain) string {
	var parts []string
	for _, it := range c.items {
		if it.gap != nil {
			parts = append(parts, fmt.Sprintf("[%s %s %v]", it.gap.ID.short(), it.gap.Why, shortSpans(it.gap.Covers)))
			continue
		}
		parts = append(parts, shortSpans([]Span{{it.start, it.first, it.last, false}}))
	}
	return strings.Join(parts, " ")
}

func (id ID) short() string { return strings.TrimLeft(string(id), "0") }

func shortSpans(all []Span) string {
	var parts []string
	for _, s := range all {
		parts = append(parts, ID(s.String()).short())
	}
	return strings.Join(parts, ",")
}

func appendN(c *Chain, n int) {
	for range n {
		c.Append()
	}
}

func TestChainAck(t *testing.T) {
	x := func(n uint64) ID { return RecordID(startX, n) }
	for _, c := range []struct {
		name    string
		do      func(c *Chain) Effect
		show    string
		mark    ID
		prev    ID
		resend  bool
		foreign bool
	}{
		{"own entry", func(c *Chain) Effect { return c.Ack(x(2), nil) }, "aa:3-5", x(2), x(2), false, false},
		{"last entry", func(c *Chain) Effect { return c.Ack(x(5), nil) }, "", x(5), "", false, false},
		{"own gap", func(c *Chain) Effect { return c.Ack(GapID(startX, 1), nil) }, "aa:1-5", GapID(startX, 1), GapID(startX, 1), false, false},
		{"none while nothing was taken", func(c *Chain) Effect { return c.Ack("", nil) }, "[aa:g1 first_start ] aa:1-5", "", "", false, false},
		{"unknown of another card", func(c *Chain) Effect { return c.Ack(RecordID(startY, 9), nil) }, "[aa:g1 first_start ] aa:1-5", "", RecordID(startY, 9), true, true},
		{"unknown, heard twice", func(c *Chain) Effect {
			c.Ack(RecordID(startY, 9), nil)
			return c.Ack(RecordID(startY, 9), nil)
		}, "[aa:g1 first_start ] aa:1-5", "", RecordID(startY, 9), false, false},
		{"unknown of this start", func(c *Chain) Effect { return c.Ack(x(77), nil) }, "[aa:g1 first_start ] aa:1-5", "", x(77), true, false},
		{"inside a gap", func(c *Chain) Effect {
			c.Drop("", x(3), WhyCap, noon, noon)
			return c.Ack(x(2), nil)
		}, "[aa:g2 cap aa:3] aa:4-5", x(2), x(2), false, false},
		{"a gap that was taken in", func(c *Chain) Effect {
			c.Drop("", x(1), WhyCap, noon, noon) // g2
			c.Drop("", x(3), WhyCap, noon, noon) // g3
			return c.Ack(GapID(startX, 2), nil)
		}, "[aa:g3 cap aa:2-3] aa:4-5", GapID(startX, 2), GapID(startX, 2), false, false},
		{"back to the mark", func(c *Chain) Effect {
			c.Ack(x(2), nil)
			c.Ack(RecordID(startY, 1), nil)
			return c.Ack(x(2), nil)
		}, "aa:3-5", x(2), x(2), false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			chain := fresh(startX)
			appendN(chain, 5)
			e := c.do(chain)
			out, _ := chain.Next("")
			if show(chain) != c.show || chain.Mark().ID != c.mark || out.Prev != c.prev || e.Resend != c.resend || e.Foreign != c.foreign {
				t.Errorf("%s mark %s prev %s %+v", show(chain), chain.Mark().ID, out.Prev, e)
			}
			if chain.Len() > 0 && (out.Mark == nil || *out.Mark != c.mark) {
				t.Errorf("first entry carries mark %v", out.Mark)
			}
		})
	}
}

// A backlog of 30 days costs no more than a short one.
func TestChainIsCompact(t *testing.T) {
	l := Load(Mark{}, nil)
	for n := uint64(1); n <= 260_000; n++ {
		e := Entry{ID: RecordID(startX, n), At: noon.Add(time.Duration(n) * time.Second)}
		if n > 1 {
			e.After = RecordID(startX, n-1)
		}
		l.Add(e)
	}
	c, _ := l.Start(startY, WhyStopped, noon)
	appendN(c, 1000)
	if len(c.items) != 3 || c.Len() != 261_001 {
		t.Errorf("%d items for %d entries: %s", len(c.items), c.Len(), show(c))
	}
}

func TestNextWalks(t *testing.T) {
	c := fresh(startX)
	appendN(c, 3)
	var walk []string
	for out, ok := c.Next(""); ok; out, ok = c.Next(out.ID) {
		walk = append(walk, out.Prev.short()+">"+out.ID.short())
	}
	if got := strings.Join(walk, " "); got != ">aa:g1 aa:g1>aa:1 aa:1>aa:2 aa:2>aa:3" {
		t.Error(got)
	}
	c.Drop(RecordID(startX, 2), RecordID(startX, 2), WhyUnreadable, noon, noon)
	if out, _ := c.Next(RecordID(startX, 2)); out.Gap == nil || out.ID != GapID(startX, 2) || out.Prev != RecordID(startX, 1) {
		t.Errorf("after an entry that became a gap comes %+v", out)
	}
}

// A gap stays below a record's size however much it takes in.
func TestGapCloses(t *testing.T) {
	c := fresh(startX)
	appendN(c, 900)
	for n := uint64(1); n <= 800; n++ {
		if _, ok := c.Drop("", RecordID(startX, n), WhyCap, noon, noon); !ok {
			t.Fatal("not dropped")
		}
	}
	gaps := c.Gaps()
	if len(gaps) < 2 || len(gaps) > 20 {
		t.Errorf("%d gaps", len(gaps))
	}
	named := map[uint64]bool{}
	for _, g := range gaps {
		if _, err := EncodeGap(g); err != nil {
			t.Error(err)
		}
		for _, s := range g.Covers {
			for n := s.First; n <= s.Last && !s.Gap; n++ {
				named[n] = true
			}
		}
	}
	if len(named) != 800 {
		t.Errorf("%d of 800 dropped records are covered", len(named))
	}
}

// loaded starts anew from a disk with the given records (start X, number, after).
func loaded(mark Mark, gaps []Gap, entries ...[2]uint64) *Chain {
	l := Load(mark, gaps)
	for i, e := range entries {
		after := ID("")
		if e[1] > 0 {
			after = RecordID(startX, e[1])
		}
		l.Add(Entry{ID: RecordID(startX, e[0]), After: after, At: noon.Add(time.Duration(i) * time.Second)})
	}
	c, _ := l.Start(startY, WhyUncleanStop, noon.Add(time.Hour))
	return c
}

func TestStartClosesHoles(t *testing.T) {
	x := func(n uint64) ID { return RecordID(startX, n) }
	mark := func(n uint64) Mark { return Mark{ID: x(n), Last: x(n), At: Stamp{noon}} }
	gap := Gap{ID: GapID(startX, 1), Why: WhyCap, Covers: []Span{{startX, 3, 4, false}}, To: Stamp{noon}, After: x(2), Last: x(4), Before: x(5)}
	for _, c := range []struct {
		name string
		got  *Chain
		want string
	}{
		{"empty card", loaded(Mark{}, nil), "[bb:g1 unclean_stop ]"},
		{"whole", loaded(mark(1), nil, [2]uint64{2, 1}, [2]uint64{3, 2}), "aa:2-3 [bb:g1 unclean_stop ]"},
		{"before the mark", loaded(mark(2), nil, [2]uint64{1, 0}, [2]uint64{2, 1}, [2]uint64{3, 2}), "aa:3 [bb:g1 unclean_stop ]"},
		{"hole at the front", loaded(mark(1), nil, [2]uint64{4, 3}), "[bb:g1 lost aa:2-3] aa:4 [bb:g2 unclean_stop ]"},
		{"hole inside", loaded(mark(1), nil, [2]uint64{2, 1}, [2]uint64{5, 4}), "aa:2 [bb:g1 lost aa:3-4] aa:5 [bb:g2 unclean_stop ]"},
		{"hole closed by a gap", loaded(mark(1), []Gap{gap}, [2]uint64{2, 1}, [2]uint64{5, 4}), "aa:2 [aa:g1 cap aa:3-4] aa:5 [bb:g1 unclean_stop ]"},
		{"dropped but not yet deleted", loaded(mark(1), []Gap{gap}, [2]uint64{2, 1}, [2]uint64{3, 2}, [2]uint64{4, 3}, [2]uint64{5, 4}), "aa:2 [aa:g1 cap aa:3-4] aa:5 [bb:g1 unclean_stop ]"},
		{"next of the gap lost", loaded(mark(1), []Gap{gap}, [2]uint64{2, 1}, [2]uint64{6, 5}), "aa:2 [aa:g1 cap aa:3-4] [bb:g1 lost aa:5] aa:6 [bb:g2 unclean_stop ]"},
		{"gap is the mark", loaded(Mark{ID: gap.ID, Last: x(4)}, []Gap{gap}, [2]uint64{2, 1}, [2]uint64{5, 4}), "aa:5 [bb:g1 unclean_stop ]"},
		{"mark inside the gap", loaded(mark(3), []Gap{gap}, [2]uint64{2, 1}, [2]uint64{5, 4}), "[aa:g1 cap aa:4] aa:5 [bb:g1 unclean_stop ]"},
	} {
		if got := show(c.got); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Neither the record that was to follow the gap nor the next start's own gap ever
// reached the disk: the gap keeps its place, and the lost start gap is a hole.
func TestStartFindsLostStartGap(t *testing.T) {
	gap := Gap{ID: GapID(startX, 2), Why: WhyUnreadable, Covers: []Span{{startX, 2, 2, false}}, To: Stamp{noon},
		After: RecordID(startX, 1), Last: RecordID(startX, 2), Before: RecordID(startX, 3)}
	l := Load(Mark{}, []Gap{gap})
	l.Add(Entry{ID: RecordID(startX, 1), At: noon})
	l.Add(Entry{ID: RecordID(startY, 1), After: GapID(startY, 1), At: noon})
	c, _ := l.Start("00000000000000cc", WhyUncleanStop, noon)
	if got, want := show(c), "aa:1 [aa:g2 unreadable aa:2] [cc:g1 lost bb:g1] bb:1 [cc:g2 unclean_stop ]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// The gap file survives its JSON form.
func TestGapFile(t *testing.T) {
	c := loaded(Mark{}, nil, [2]uint64{2, 1}, [2]uint64{5, 4})
	for _, g := range c.Gaps() {
		text, err := json.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		var back Gap
		if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(g, back) {
			t.Errorf("%+v became %+v: %v", g, back, err)
		}
	}
}

func TestWindow(t *testing.T) {
	c := fresh(startX)
	appendN(c, 100)
	var w Window
	if !w.Expire() {
		t.Error("no state at a connect")
	}
	n := 0
	for out, ok := w.Next(LaneM, c); ok && w.Open(100); out, ok = w.Next(LaneM, c) {
		w.Sent(LaneM, out.ID, 100)
		n++
	}
	if n != WindowRecords || w.InFlight() != n {
		t.Errorf("%d records in flight", n)
	}
	head := RecordID(startX, 10) // behind the start gap: eleven entries
	w.Ack(LaneM, head, c.Ack(head, nil))
	if w.InFlight() != n-11 {
		t.Errorf("%d in flight after the ack", w.InFlight())
	}
	w.Ack(LaneM, RecordID(startY, 1), c.Ack(RecordID(startY, 1), nil))
	if out, _ := w.Next(LaneM, c); w.InFlight() != 0 || out.ID != RecordID(startX, 11) {
		t.Errorf("after an unknown head %d in flight, next %s", w.InFlight(), out.ID)
	}
	w.Sent(LaneM, "x", WindowBytes-10)
	if w.Open(20) || !w.Open(10) {
		t.Error("the window does not count octets")
	}
}

func TestTimeout(t *testing.T) {
	for tries, want := range []time.Duration{5, 10, 20, 40, 60, 60} {
		if got := Timeout(tries); got != want*time.Second {
			t.Errorf("after %d: %s", tries, got)
		}
	}
}

// A Receiver rebuilt from the rows that its steps named is the Receiver.
func TestReceiverRows(t *testing.T) {
	r := NewReceiver(Saved{})
	rows := map[string]Span{}
	prev := ID("")
	for _, id := range []ID{GapID(startX, 1), RecordID(startX, 1), RecordID(startX, 2), RecordID(startX, 5), RecordID(startX, 3), RecordID(startX, 4), RecordID(startX, 2), GapID(startY, 1), RecordID(startY, 1)} {
		step := r.OnRecord(id, prev, nil)
		if step.Verdict == Take {
			rows[fmt.Sprint(step.Have.Start, step.Have.Gap, step.Have.First)] = step.Have
		}
		prev = id
	}
	saved := Saved{Head: r.head}
	for _, s := range rows {
		saved.Have = append(saved.Have, s)
	}
	back := NewReceiver(saved)
	if !reflect.DeepEqual(back.Saved(), r.Saved()) || r.Had(RecordID(startX, 6)) || !back.Had(RecordID(startX, 4)) {
		t.Errorf("%+v, want %+v", back.Saved(), r.Saved())
	}
}

func TestReceiverOwnGap(t *testing.T) {
	r := NewReceiver(Saved{Head: RecordID(startY, 4), Have: []Span{{startX, 1, 3, false}, {startX, 8, 9, false}, {startY, 1, 4, false}}})
	for _, c := range []struct {
		mark ID
		want OwnGap
		ok   bool
	}{
		{"", OwnGap{}, false},
		{RecordID(startX, 2), OwnGap{}, false},
		{RecordID(startX, 5), OwnGap{RecordID(startX, 5), RecordID(startX, 3)}, true},
		{RecordID(startX, 5), OwnGap{}, false}, // remembered
		{GapID(startX, 2), OwnGap{GapID(startX, 2), ""}, true},
		{RecordID("00000000000000cc", 2), OwnGap{RecordID("00000000000000cc", 2), ""}, true},
	} {
		if got, ok := r.OnState(c.mark); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v %v", c.mark, got, ok)
		}
	}
	unknown := RecordID(startX, 77)
	if step := r.OnRecord(RecordID(startX, 10), r.head, &unknown); step.Verdict != Ignore {
		t.Errorf("a first entry with an unknown mark: %+v", step)
	}
	if r.Head() != RecordID(startY, 4) {
		t.Error("head moved")
	}
	r.OnRecord(RecordID(startX, 10), r.head, nil)
	if r.Head() != RecordID(startY, 4) {
		t.Error("an uncommitted head is told")
	}
	if r.Committed(); r.Head() != RecordID(startX, 10) {
		t.Error("the committed head is not told")
	}
}
