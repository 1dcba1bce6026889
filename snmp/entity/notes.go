package entity

import (
	"fmt"
	"slices"
	"strconv"
)

// notes collects what was odd: one line for all rows of the same oddity.
type notes struct {
	rows map[string][]uint32 // indexes by text
}

func (n *notes) add(mib, what string, index uint32) {
	if n.rows == nil {
		n.rows = make(map[string][]uint32)
	}
	text := mib + ": " + what
	n.rows[text] = append(n.rows[text], index)
}

// shown bounds the indexes that a line names.
const shown = 4

func (n *notes) all() []string {
	var lines []string
	for text, rows := range n.rows {
		slices.Sort(rows)
		line := text + " (index "
		for i, index := range rows[:min(len(rows), shown)] {
			if i > 0 {
				line += ", "
			}
			line += strconv.FormatUint(uint64(index), 10)
		}
		if more := len(rows) - shown; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		lines = append(lines, line+")")
	}
	slices.Sort(lines)
	return lines
}
