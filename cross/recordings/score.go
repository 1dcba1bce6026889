package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// columns of the table, in this order.
var columns = []string{"ports", "ENTITY-SENSOR", "CISCO", "UPS-MIB", "PoE", "LLDP", "private"}

// kinds gives the column of a fact by the name that its MIB has in the truth.
var kinds = map[string]string{
	"private": "private", "UPS": "UPS-MIB", "POE": "PoE", "ENTITY-SENSOR": "ENTITY-SENSOR",
	"ENTITY-SENSOR(reinterpreted)": "ENTITY-SENSOR", "CISCO-ENTITY-SENSOR": "CISCO",
}

// leftOut says why a fact, by class and object, is no sensor here.
var leftOut = map[string]string{
	"temperature 1.3.6.1.4.1.9.9.13.1.3.1.3.1001":   "the same sensor is read from CISCO-ENTITY-SENSOR, by the same index",
	"state 1.3.6.1.2.1.99.1.1.1.5.7201":             "the status of the power sensor, told with it; no sensor of its own",
	"count 1.3.6.1.4.1.9.9.661.1.3.2.1.6.4002":      "the object is the roaming state, and read as that; it is no number of cells",
	"runtime 1.3.6.1.4.1.705.1.5.1.0":               "the same sensor is read from UPS-MIB",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.1":            "-1: not measured",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.2":            "-1: not measured",
	"current 1.3.6.1.2.1.33.1.3.3.1.4.3":            "-1: not measured",
	"humidity 1.3.6.1.4.1.318.1.1.10.4.2.3.1.6.0.1": "-1: the probe has no humidity",
	"humidity 1.3.6.1.4.1.318.1.1.10.4.2.3.1.6.0.2": "-1: the probe has no humidity",
}

type tally struct{ matched, left, missing int }

type score struct {
	tallies     map[string]*tally
	sensorsRead int
	why         []string
}

func newScore() *score {
	s := &score{tallies: make(map[string]*tally)}
	for _, c := range columns {
		s.tallies[c] = &tally{}
	}
	return s
}

func (s *score) good(column string) { s.tallies[column].matched++ }

func (s *score) left(column, why string) {
	s.tallies[column].left++
	s.why = append(s.why, "left out, "+why)
}

func (s *score) bad(column, why string) {
	s.tallies[column].missing++
	s.why = append(s.why, "MISSING, "+column+": "+why)
}

func (s *score) add(other *score) {
	for _, c := range columns {
		t, o := s.tallies[c], other.tallies[c]
		t.matched, t.left, t.missing = t.matched+o.matched, t.left+o.left, t.missing+o.missing
	}
	s.sensorsRead += other.sensorsRead
}

func (s *score) missing() int {
	n := 0
	for _, t := range s.tallies {
		n += t.missing
	}
	return n
}

// notes lists why facts did not match, at most ten a device.
func (s *score) notes(name string) []string {
	const most = 10
	slices.Sort(s.why)
	var all []string
	for i, why := range s.why {
		if i == most {
			all = append(all, fmt.Sprintf("%s: and %d more", name, len(s.why)-most))
			break
		}
		all = append(all, name+": "+why)
	}
	return all
}

func heading(w io.Writer) {
	fmt.Fprintf(w, "device\t%s\tsensors read\n", strings.Join(columns, "\t"))
}

func (s *score) row(w io.Writer, name string) {
	cells := []string{name}
	for _, c := range columns {
		cells = append(cells, s.tallies[c].String())
	}
	cells = append(cells, strconv.Itoa(s.sensorsRead))
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}

// String writes matched/facts and, where they differ, how many are left out or missing.
func (t tally) String() string {
	facts := t.matched + t.left + t.missing
	if facts == 0 {
		return "-"
	}
	s := fmt.Sprintf("%d/%d", t.matched, facts)
	if t.left > 0 {
		s += fmt.Sprintf(" +%d", t.left)
	}
	if t.missing > 0 {
		s += fmt.Sprintf(" !%d", t.missing)
	}
	return s
}
