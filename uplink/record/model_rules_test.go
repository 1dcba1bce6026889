package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// ruleOut is one rule taken out, and a fault set in which it is missed soon.
type ruleOut struct {
	name string
	out  rules
	set  [faults]uint8
	// from makes the world to begin with; nil is the empty one.
	from func(*explorer, *world)
	// harmless: the model is known to find nothing.
	harmless bool
}

var rulesOut = []ruleOut{
	{name: "prev check", out: rules{noPrevCheck: true}, set: budget(capDrop, restart)},
	{name: "identity had is not stored again", out: rules{storeAgain: true}, set: budget(cloneCard)},
	{name: "head moves to an identity already had", out: rules{keepHeadOnHad: true}, set: budget(cloneCard)},
	{name: "mark checked at `state`", out: rules{noMarkCheck: true}, set: budget(storeCopy, storeRestore)},
	{name: "mark remembered as covered", out: rules{forgetCovered: true}, set: budget(storeCopy, storeRestore)},
	{name: "gap gets a new identity when it grows", out: rules{gapKeepsIdentity: true}, set: budget(capDrop, capDrop)},
	{name: "ack of the mark sets prev", out: rules{markKeepsPrev: true}, set: budget(storeCopy, storeRestore)},
	{name: "a gap lists the gaps it took in", out: rules{gapForgetsTaken: true}, set: budget(capDrop, capDrop)},
	{name: "start gap", out: rules{noStartGap: true}, set: budget(cardCopy, cardRestore)},
	{name: "holes closed at start", out: rules{noHoles: true}, set: budget(refuse, restart)},
	{name: "a gap that covers none is itself an `after`", out: rules{startGapUnnamed: true}, set: budget(refuse, restart, restart)},
	{name: "ack from committed state only", out: rules{ackUncommitted: true}, set: budget(collRestart)},
	{name: "`state` at time-out", out: rules{noStateAtTimeout: true}, set: budget(storeCopy, storeRestore)},
	{name: "first entry carries the mark", out: rules{firstWithoutMark: true}, set: budget(storeCopy, storeRestore)},
	{name: "gap trimmed, not dropped whole", out: rules{gapDroppedWhole: true}, set: budget(capDrop, capDrop)},
	{name: "own gap from the mark's start, not from the newest record", out: rules{gapFromNewest: true},
		set: budget(storeRestore), from: cloneAhead},
	{name: "mark durable before deletion", out: rules{deleteBeforeMarked: true}, set: budget(restart, capDrop), harmless: true},
}

// cloneAhead begins with two cards that made a record each; the clone's is taken
// and in the copy of the store, the first card's is older and still on the card.
func cloneAhead(x *explorer, w *world) {
	w.cards[1] = card{alive: true, disk: w.cards[0].disk, copied: w.cards[0].disk}
	x.begin(w, 1)
	x.append(w, 0, true)
	x.append(w, 1, true)
	first := w.cards[0]
	w.cards[0].alive = false
	x.fairRound(w)
	w.cards[0] = first
	w.backup, w.bStored, w.bCovered = w.comm, w.cStored, w.cCovered
}

// without explores with a rule taken out and returns the properties that break:
// once judging each step, once judging how fair runs end, because either alone
// would hide the other.
func (r ruleOut) without(t *testing.T, limit int) string {
	broken := map[int]bool{}
	for _, j := range []judges{judgeSteps, judgeRuns} {
		x := newExplorer(r.out, 2, 1)
		x.judges = j
		first := x.initial(r.set)
		if r.from != nil {
			r.from(x, &first)
		}
		res := x.explore(first, limit)
		if res.what == "" {
			t.Logf("%s: nothing broke in %d states, depth %d, complete %v", r.name, res.states, res.depth, res.complete)
			continue
		}
		broken[res.property] = true
		t.Logf("%s: property %d after %d states: %s\n  %s", r.name, res.property, res.states, res.what, strings.Join(res.trace, "; "))
	}
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(broken))), "[]")), ", ")
}

// Every rule is needed: with it taken out some property breaks. The table goes to
// the log.
func TestRulesTakenOut(t *testing.T) {
	limit := 40_000
	if full() {
		limit = 400_000
	}
	var lines []string
	for _, r := range rulesOut {
		breaks := r.without(t, limit)
		if (breaks == "") != r.harmless {
			t.Errorf("%s taken out: breaks %q", r.name, breaks)
		}
		if r.harmless {
			breaks += "nothing found: it only saves false gaps"
		}
		lines = append(lines, fmt.Sprintf("%-58s| %s", r.name, breaks))
	}
	t.Logf("\n%-58s| breaks\n%s", "rule taken out", strings.Join(lines, "\n"))
}
