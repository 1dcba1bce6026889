package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"
)

// row is one case.
type row struct {
	name    string
	result  string // PASS, FAIL or SKIP; "" while it runs
	seconds string
	// measured is what the case told with t.Attr.
	measured []string
	// said is what it printed.
	said []string
}

// report is what the guest's console told.
type report struct {
	rows  []*row
	ended bool
	// rest is what was printed outside of any case.
	rest []string
}

// Lines of `go test -v=test2json`, which begin with a 0x16, and of the guest's init.
var (
	startLine = regexp.MustCompile(`^\x16=== RUN +(\S+)$`)
	attrLine  = regexp.MustCompile(`^\x16=== ATTR +\S+ measured (.*)$`)
	endLine   = regexp.MustCompile(`^\x16--- (PASS|FAIL|SKIP): (\S+) \(`)
	caseLine  = regexp.MustCompile(`^hwtest case (\S+) took (\S+) good=(true|false)$`)
)

// read takes the console until it ends.
func (r *report) read(console io.Reader, echo io.Writer) error {
	lines := bufio.NewScanner(console)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if _, err := fmt.Fprintln(echo, strings.TrimPrefix(line, "\x16")); err != nil {
			return err
		}
		r.take(line)
	}
	return lines.Err()
}

// last returns the case that runs, nil between two.
func (r *report) last() *row {
	if n := len(r.rows); n > 0 && r.rows[n-1].seconds == "" {
		return r.rows[n-1]
	}
	return nil
}

func (r *report) take(line string) {
	now := r.last()
	switch {
	case strings.HasPrefix(line, "hwtest end good="):
		r.ended = true
	case now == nil && startLine.MatchString(line):
		r.rows = append(r.rows, &row{name: startLine.FindStringSubmatch(line)[1]})
	case caseLine.MatchString(line):
		m := caseLine.FindStringSubmatch(line)
		if now == nil { // it did not even start
			now = &row{name: m[1]}
			r.rows = append(r.rows, now)
		}
		now.seconds = m[2]
		if m[3] == "false" || now.result == "" {
			now.result = "FAIL"
		}
	case now == nil:
		r.rest = append(r.rest, line)
	case attrLine.MatchString(line):
		now.measured = append(now.measured, attrLine.FindStringSubmatch(line)[1])
	case endLine.MatchString(line):
		if m := endLine.FindStringSubmatch(line); m[2] == now.name {
			now.result = m[1]
		}
		now.said = append(now.said, line)
	default:
		now.said = append(now.said, line)
	}
}

// beside is what stands beside a case in the table: what it measured, or why it
// was skipped.
func (c *row) beside() string {
	if c.result == "SKIP" && len(c.said) > 0 {
		_, why, _ := strings.Cut(c.said[0], ": ")
		return why
	}
	return strings.Join(c.measured, "; ")
}

// good reports whether the guest ran to its end and every case passed. A skipped
// one counts as failed, but for a short run.
func (r *report) good(short bool) bool {
	for _, c := range r.rows {
		if c.result != "PASS" && (c.result != "SKIP" || !short) {
			return false
		}
	}
	return r.ended && len(r.rows) > 0
}

// print writes what the failed cases said and the table.
func (r *report) print(out io.Writer, took time.Duration) error {
	passed := 0
	for _, c := range r.rows {
		if c.result == "PASS" {
			passed++
		}
		if c.result != "FAIL" {
			continue
		}
		fmt.Fprintf(out, "\n%s %s\n", c.name, c.result)
		for _, line := range c.said {
			fmt.Fprintln(out, "   ", strings.TrimPrefix(line, "\x16"))
		}
	}
	if !r.ended {
		fmt.Fprintf(out, "\nthe guest did not reach its end; outside of the cases it said:\n%s\n", strings.Join(r.rest[max(0, len(r.rest)-40):], "\n"))
	}
	table := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "\ncase\tresult\ttime\tmeasured")
	for _, c := range r.rows {
		fmt.Fprintf(table, "%s\t%s\t%s s\t%s\n", strings.TrimPrefix(c.name, "Test"), strings.ToLower(c.result), c.seconds, c.beside())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%d of %d cases passed, %.0f s in all\n", passed, len(r.rows), took.Seconds())
	return err
}
