package record

import (
	"fmt"
	"slices"
)

// successors calls visit with every world that one step leads to.
func (x *explorer) successors(w world, visit func(world, string)) {
	for i := range w.cards {
		if w.cards[i].alive {
			x.cardSteps(w, i, visit)
		}
	}
	x.channelSteps(w, visit)
	x.collectorSteps(w, visit)
	x.cardFaults(w, visit)
}

// afford returns w with one of the faults used up.
func (w world) afford(f fault) (world, bool) {
	if w.budget[f] == 0 {
		return w, false
	}
	w.budget[f]--
	return w, true
}

func (x *explorer) cardSteps(w world, i int, visit func(world, string)) {
	if int(w.nrec) < x.records {
		n := w
		x.append(&n, i, !w.cards[i].refusing)
		visit(n, "append")
		if w.cards[i].refusing { // a refused write may yet be on disk
			n = w
			x.append(&n, i, true)
			visit(n, "append, refused but written")
		}
	}
	if !w.cards[i].refusing {
		n := w
		x.persist(&n, i)
		visit(n, "mark and gaps written")
		n = w
		x.remove(&n, i)
		visit(n, "deleted")
	}
	if slot := slices.Index(w.up[:x.upSlots], 0); slot >= 0 {
		n := w
		n.up[slot] = x.next(&n, i)
		visit(n.sorted(), "sent")
		n = w
		n.up[slot] = x.expire(&n, i)
		visit(n.sorted(), "time-out")
	}
}

// sorted makes the order of the slots irrelevant: the channel reorders.
func (w world) sorted() world {
	if w.up[0] < w.up[1] {
		w.up[0], w.up[1] = w.up[1], w.up[0]
	}
	return w
}

// channelSteps deliver (and perhaps keep: a double) or lose what is on its way.
func (x *explorer) channelSteps(w world, visit func(world, string)) {
	for s, m := range w.up {
		if m == 0 {
			continue
		}
		n := w
		x.take(&n, m)
		visit(n, "delivered, and again on its way")
		n.up[s] = 0
		visit(n.sorted(), "delivered")
		n = w
		n.up[s] = 0
		visit(n.sorted(), "lost")
	}
	for s, h := range w.down {
		if h == 0 {
			continue
		}
		for i := range w.cards {
			if w.cards[i].alive {
				n := w
				x.hear(&n, i, x.ids.all[h-1])
				visit(n, "ack heard, and again on its way")
				n.down[s] = 0
				visit(n, "ack heard")
			}
		}
		n := w
		n.down[s] = 0
		visit(n, "ack lost")
	}
}

func (x *explorer) collectorSteps(w world, visit func(world, string)) {
	if w.work != w.comm || w.stored != w.cStored || w.covered != w.cCovered {
		n := w
		x.commit(&n)
		visit(n, "commit")
	}
	if w.down[0] == 0 {
		n := w
		n.down[0] = uint16(x.ids.put(x.rcvs.all[w.work].Head())) + 1
		visit(n, "ack sent")
	}
	if n, ok := w.afford(collRestart); ok {
		x.reload(&n)
		visit(n, "collector restart")
	}
	if n, ok := w.afford(storeCopy); ok {
		n.backup, n.bStored, n.bCovered = w.comm, w.cStored, w.cCovered
		visit(n, "store copied")
	}
	if n, ok := w.afford(storeRestore); ok {
		n.comm, n.cStored, n.cCovered = w.backup, w.bStored, w.bCovered
		x.reload(&n)
		visit(n, "store restored")
	}
}

func (x *explorer) cardFaults(w world, visit func(world, string)) {
	for i := range w.cards {
		if !w.cards[i].alive {
			continue
		}
		if n, ok := w.afford(restart); ok {
			x.begin(&n, i)
			visit(n, "agent restart")
		}
		if n, ok := w.afford(cardCopy); ok {
			n.cards[i].copied = w.cards[i].disk
			visit(n, "card copied")
		}
		if n, ok := w.afford(cardRestore); ok {
			n.cards[i].disk = w.cards[i].copied
			x.begin(&n, i)
			visit(n, "card restored")
		}
		x.diskFaults(w, i, visit)
	}
	if n, ok := w.afford(cloneCard); ok && !w.cards[1].alive {
		n.cards[1] = card{alive: true, disk: w.cards[0].disk, copied: w.cards[0].disk}
		n.cloneAt = w.nrec
		x.begin(&n, 1)
		visit(n, "clone started")
	}
}

func (x *explorer) diskFaults(w world, i int, visit func(world, string)) {
	if w.cards[i].refusing {
		n := w
		n.cards[i].refusing = false
		visit(n, "disk takes again")
		x.flush(&n, i)
		visit(n, "disk takes again, memory written to it")
	} else if n, ok := w.afford(refuse); ok {
		n.cards[i].refusing = true
		visit(n, "disk refuses")
	}
	chain := x.chains.all[w.cards[i].chain]
	for k := range int(w.nrec) {
		id := x.recordID(&w, k)
		if n, ok := w.afford(capDrop); ok && (id == chain.FirstRecord() || w.cards[i].mem>>k&1 == 1) {
			x.drop(&n, i, id, WhyCap)
			visit(n, "dropped")
		}
		if n, ok := w.afford(badEntry); ok && x.readable(&w, i, id) && w.cards[i].mem>>k&1 == 0 {
			x.spoil(&n, i, id)
			visit(n, "entry unreadable")
		}
	}
}

// result tells what an exploration found.
type result struct {
	states   int
	depth    int
	complete bool
	property int
	what     string
	trace    []string
}

type origin struct {
	from int32
	step string
}

// explore visits every reachable world, breadth first, up to limit worlds, and
// stops at the first property that breaks.
func (x *explorer) explore(first world, limit int) result {
	seen := map[world]struct{}{first: {}}
	queue, origins, depths := []world{first}, []origin{{-1, "start"}}, []int{0}
	res := result{}
	for at := 0; at < len(queue) && res.what == "" && len(queue) < limit; at++ {
		res.depth = depths[at]
		x.successors(queue[at], func(n world, step string) {
			if _, ok := seen[n]; ok && x.broken == "" || res.what != "" {
				return
			}
			seen[n] = struct{}{}
			queue, origins, depths = append(queue, n), append(origins, origin{int32(at), step}), append(depths, depths[at]+1)
			if x.judge(&n); x.broken != "" {
				res.property, res.what = x.property, x.broken
				res.trace = trace(origins, int32(len(origins)-1))
			}
		})
		res.complete = at == len(queue)-1
	}
	res.states = len(queue)
	return res
}

func trace(origins []origin, i int32) []string {
	var steps []string
	for ; i >= 0; i = origins[i].from {
		steps = append(steps, origins[i].step)
	}
	slices.Reverse(steps)
	return steps
}

// judge checks the five properties in one world; 2 and 3 were checked by the step.
func (x *explorer) judge(w *world) {
	kept := w.ever
	for i := range w.cards {
		if w.cards[i].alive {
			kept |= x.held(w, x.chains.all[w.cards[i].chain])
		}
	}
	if all := mask(1)<<w.nrec - 1; kept != all {
		x.breaks(1, fmt.Sprintf("an entry left the Pi neither taken nor covered: made %b, kept %b", all, kept))
	}
	if x.broken == "" && x.judges != judgeSteps {
		x.fair(*w)
	}
}

// fairRounds is far above what any run needed; a run that takes more goes in circles.
const fairRounds = 12

// fair runs w on without faults: everything on its way arrives, each card says its
// state and sends, each step is committed and answered. It must end with empty
// outboxes (4) and every record stored or covered (5).
func (x *explorer) fair(w world) {
	w.budget = [faults]uint8{}
	for _, m := range w.up {
		if m != 0 {
			x.take(&w, m)
		}
	}
	w.up = [2]uint16{}
	x.commit(&w)
	w.down = [2]uint16{}
	var passed []world
	for range fairRounds {
		for i := range w.cards {
			w.cards[i].refusing = false
		}
		w.ever = 0
		if x.fine[w] {
			break
		}
		passed = append(passed, w)
		if x.fairRound(&w); x.broken != "" {
			return
		}
		if x.empty(&w) {
			if all := mask(1)<<w.nrec - 1; w.cStored|w.cCovered != all {
				x.breaks(5, fmt.Sprintf("made %b, stored %b, covered %b at the end of a fair run", all, w.cStored, w.cCovered))
			}
			break
		}
		if len(passed) == fairRounds {
			x.breaks(4, "a fair run does not end")
		}
	}
	if x.broken == "" {
		for _, p := range passed {
			x.fine[p] = true
		}
	}
}

func (x *explorer) empty(w *world) bool {
	for i := range w.cards {
		if w.cards[i].alive && x.chains.all[w.cards[i].chain].Len() > 0 {
			return false
		}
	}
	return true
}

func (x *explorer) fairRound(w *world) {
	for i := range w.cards {
		if !w.cards[i].alive {
			continue
		}
		if m := x.expire(w, i); m != 0 {
			x.deliver(w, m)
		}
		for range 8 {
			chain := w.cards[i].chain
			m := x.next(w, i)
			if m == 0 && w.cards[i].chain == chain {
				break
			}
			if m != 0 {
				x.deliver(w, m)
			}
		}
	}
}

// deliver takes, commits and answers one message.
func (x *explorer) deliver(w *world, m uint16) {
	x.take(w, m)
	x.commit(w)
	head := x.rcvs.all[w.work].Head()
	for i := range w.cards {
		if w.cards[i].alive {
			x.hear(w, i, head)
		}
	}
}
