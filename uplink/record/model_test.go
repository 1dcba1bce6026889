package record

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// budget makes a budget of faults.
func budget(list ...fault) [faults]uint8 {
	var b [faults]uint8
	for _, f := range list {
		b[f]++
	}
	return b
}

func budgetName(b [faults]uint8) string {
	var parts []string
	for f, n := range b {
		for range n {
			parts = append(parts, faultNames[f])
		}
	}
	if parts == nil {
		return "lossy channel only"
	}
	return strings.Join(parts, " + ")
}

// faultSets is the list that the model runs over.
var faultSets = [][faults]uint8{
	budget(),
	budget(restart, restart),
	budget(collRestart, collRestart),
	budget(cardCopy, cardRestore),
	budget(cloneCard),
	budget(capDrop, capDrop),
	budget(capDrop, restart),
	budget(badEntry, restart),
	budget(capDrop, badEntry),
	budget(refuse, restart),
	budget(refuse, restart, restart),
	budget(refuse, capDrop, restart),
	budget(refuse, badEntry, restart),
	budget(storeCopy, storeRestore),
	budget(storeCopy, storeRestore, restart),
	budget(storeCopy, storeRestore, capDrop),
	budget(storeCopy, storeRestore, cardCopy, cardRestore),
	budget(storeCopy, storeRestore, cloneCard),
	budget(cloneCard, capDrop),
	budget(collRestart, restart, capDrop),
	budget(cardCopy, cardRestore, capDrop),
}

// nightly are fault sets that are too large for the quick form.
var nightly = [][faults]uint8{
	budget(refuse, refuse, restart, restart, capDrop),
	budget(badEntry, badEntry, restart, restart),
	budget(cardCopy, cardRestore, refuse, restart),
	budget(storeCopy, storeRestore, refuse, restart),
	budget(storeCopy, storeRestore, badEntry, restart, capDrop),
	budget(storeCopy, storeRestore, storeRestore, restart, collRestart),
	budget(cloneCard, restart, restart),
	budget(cloneCard, badEntry, capDrop),
	budget(cloneCard, refuse, restart),
	budget(storeCopy, storeRestore, cloneCard, restart),
}

// full reports whether the nightly form was asked for.
func full() bool { return os.Getenv("RACKVAKT_MODEL") == "full" }

// form is one way to run the model over all fault sets.
type form struct {
	name           string
	records, slots int
	limit          int // worlds per fault set
	sets           [][faults]uint8
}

func forms() []form {
	if full() {
		return []form{
			{"2 records, 1 message each way", 2, 1, 3_000_000, slices.Concat(faultSets, nightly)},
			{"3 records, 2 messages up", 3, 2, 2_000_000, slices.Concat(faultSets, nightly)},
		}
	}
	return []form{
		{"2 records, 1 message each way", 2, 1, 40_000 / slow, faultSets},
		{"2 records, 2 messages up", 2, 2, 20_000 / slow, faultSets},
	}
}

// In every reachable world the five properties of the protocol hold. A fault set
// that is cut off says how deep it was explored.
func TestModel(t *testing.T) {
	for _, f := range forms() {
		for _, set := range f.sets {
			t.Run(f.name+": "+budgetName(set), func(t *testing.T) {
				if !full() {
					t.Parallel() // the full form needs the memory for one set at a time
				}
				x := newExplorer(rules{}, f.records, f.slots)
				res := x.explore(x.initial(set), f.limit)
				if res.what != "" {
					t.Fatalf("property %d broken after %d states: %s\n  %s", res.property, res.states, res.what, strings.Join(res.trace, "\n  "))
				}
				t.Logf("%9d states, depth %2d, complete %-5v %s", res.states, res.depth, res.complete, t.Name())
			})
		}
	}
}

// The clone whose records stand newer in the store than the first card's, and a
// store that is set back: too deep for the plain search, so it begins there.
func TestModelCloneAhead(t *testing.T) {
	x := newExplorer(rules{}, 2, 1)
	first := x.initial(budget(storeRestore, restart))
	cloneAhead(x, &first)
	res := x.explore(first, 60_000/slow)
	if res.what != "" {
		t.Fatalf("property %d broken: %s\n  %s", res.property, res.what, strings.Join(res.trace, "\n  "))
	}
	t.Logf("%d states, depth %d, complete %v", res.states, res.depth, res.complete)
}
