package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"
)

// Budgets of the design for a full poll of a switch of budgetPorts ports; CPU
// with an agent that answers after budgetDelay, on the development machine.
const (
	budgetPorts    = 48
	budgetDelay    = 5 * time.Millisecond
	budgetRequests = 13
	budgetOctets   = 1.1 // times the least possible
	budgetCPU2c    = 3.0 // ms
	budgetCPU3     = 3.6 // ms
	// budgetTurns is what a read between two requests of a walk takes at most, in
	// requests: the one under way, its own, and half of one for a busy machine.
	budgetTurns = 2.5
)

// verdict is one figure of ours beside its budget.
type verdict struct {
	What  string  `json:"what"`
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	OK    bool    `json:"ok"`
}

func judge(what string, value, limit float64) verdict {
	return verdict{what, value, limit, value <= limit}
}

func (v verdict) String() string {
	word := "ok"
	if !v.OK {
		word = "over"
	}
	return fmt.Sprintf("%s %s of %s %s", v.What, short(v.Value), short(v.Limit), word)
}

func pollVerdicts(s scene, ours figures) []verdict {
	if s.Ports != budgetPorts {
		return nil
	}
	all := []verdict{
		judge("requests", ours.Requests, budgetRequests),
		judge("octets in times the least", ours.TimesLeast, budgetOctets),
	}
	if s.Delay == budgetDelay {
		limit := budgetCPU2c
		if s.Version == "3" {
			limit = budgetCPU3
		}
		all = append(all, judge("CPU ms", ours.CPU, limit))
	}
	return all
}

// report is everything that was measured.
type report struct {
	Polls  []result      `json:"polls"`
	Uplink *uplinkResult `json:"uplink"`
	Crowds []crowdResult `json:"crowds"`
}

// legend says who the contenders are.
const legend = `A steady poll of the 14 usual columns by poll.Device, beside
  gosnmp columns  gosnmp's BulkWalk of each of the 14 columns
  gosnmp tables   gosnmp's BulkWalk of ifTable and ifXTable
  snmpbulkwalk    net-snmp's of both tables, a process each
  snmpget once    what the start of such a process costs
`

// print writes a table for a terminal.
func (r report) print(w io.Writer) error {
	if _, err := io.WriteString(w, legend); err != nil {
		return err
	}
	for _, one := range r.Polls {
		if err := one.print(w); err != nil {
			return err
		}
	}
	if u := r.Uplink; u != nil {
		_, err := fmt.Fprintf(w, "\nUplink port read while a switch of %d ports, 5 ms, is walked (%d walks):\n"+
			"  every %s ms: longest gap %s ms\n  at once, %d times: median %s, longest %s ms; one request takes %s ms\n",
			u.Ports, u.Walks, short(u.Every), short(u.Gap), u.Asks, short(u.Median), short(u.Most), short(u.Turn))
		if err = errors.Join(err, printVerdicts(w, u.Verdicts)); err != nil {
			return err
		}
	}
	for _, one := range r.Crowds {
		if err := one.print(w); err != nil {
			return err
		}
	}
	return nil
}

func (r result) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, "\n%s; least possible: %d requests, %d octets\n", r.Scene, r.Least.Requests, r.Least.Octets)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
	line(w, "", "requests", "octets", "x least", "CPU ms", "x ours", "wall ms", "mallocs", "kB")
	ours := r.Figures[0]
	for _, f := range r.Figures {
		cells := []string{
			f.Who, short(f.Requests), short(f.Octets), fmt.Sprintf("%.2f", f.TimesLeast),
			fmt.Sprintf("%.2f", f.CPU), times(f.CPU, ours.CPU), short(f.Wall), short(f.Mallocs), short(f.AllocKB),
		}
		if f.Mallocs == 0 { // a program of net-snmp
			cells[7], cells[8] = "-", "-"
		}
		if f.Who == whoStart {
			cells[3] = "-"
		}
		line(w, cells...)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printVerdicts(out, r.Verdicts)
}

func printVerdicts(w io.Writer, all []verdict) error {
	for _, v := range all {
		if _, err := fmt.Fprintf(w, "  budget: %s\n", v); err != nil {
			return err
		}
	}
	return nil
}

func (r crowdResult) print(out io.Writer) error {
	_, err := fmt.Fprintf(out, "\n%d switches of %d ports every %v by one process, agents after %v, %s, %v\n",
		r.Scene.N, r.Scene.Ports, r.Scene.Every, r.Scene.Delay, versionName(r.Scene.Version), r.Scene.For)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.AlignRight)
	line(w, "", "% of core", "x ours", "polls/s", "requests/s", "octets/s", "RSS MB", "failed")
	for _, f := range r.Figures {
		line(w, f.Who, fmt.Sprintf("%.2f", f.Core), times(f.Core, r.Figures[0].Core), short(f.Polls), short(f.Requests),
			short(f.Octets), short(f.RSS), strconv.FormatInt(f.Failed, 10))
	}
	return w.Flush()
}

// line writes a row; the error of a tabwriter shows when it is flushed.
func line(w io.Writer, cells ...string) {
	for _, c := range cells {
		_, _ = fmt.Fprintf(w, "%s\t", c)
	}
	_, _ = fmt.Fprintln(w)
}

// short writes a number with as many digits as say something.
func short(x float64) string {
	switch {
	case x >= 100 || x == float64(int64(x)):
		return fmt.Sprintf("%.0f", x)
	case x >= 10:
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.2f", x)
}

func times(x, of float64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", x/of)
}
