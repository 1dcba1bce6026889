package record

import (
	"os"
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

func full() bool { return os.Getenv("RACKVAKT_MODEL") == "full" }

func TestModel(t *testing.T) {
	records, slots, limit := 2, 1, 60_000
	if full() {
		records, slots, limit = 3, 2, 1_500_000
	}
	for _, set := range faultSets {
		t.Run(budgetName(set), func(t *testing.T) {
			if !full() {
				t.Parallel()
			}
			x := newExplorer(rules{}, records, slots)
			res := x.explore(x.initial(set), limit)
			if res.what != "" {
				t.Fatalf("property %d broken after %d states: %s\n  %s", res.property, res.states, res.what, strings.Join(res.trace, "\n  "))
			}
			t.Logf("%d states, depth %d, complete %v", res.states, res.depth, res.complete)
		})
	}
}
