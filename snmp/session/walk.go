package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"rackvakt/snmp/pdu"
)

// Limits of one walk. A device that goes beyond them is broken or hostile.
const (
	firstRepetitions = 10
	mostRepetitions  = 50 // some switches skip rows silently above 55
	mostRows         = 4096
	mostVarbinds     = 100_000
	mostOctets       = 8 << 20
	mostTime         = 5 * time.Minute
)

// column is one column under way.
type column struct {
	tree pdu.OID
	at   pdu.OID // the last instance that came; tree before the first
	rows int
	done bool
}

// walk reads columns of tables by GETBULK. It is pure: request says what to ask,
// take and refused are told what came.
type walk struct {
	columns  []column
	reps     int  // repetitions that the device is known to stand
	most     int  // repetitions that it was never asked for more than, or refused above
	width    int  // columns in one request
	rows     int  // rows that the last walk found; 0 where not known
	wide     bool // many columns are best: each answer is one row
	sure     bool // the first columns ended where they did last: so will the others
	asked    []int
	askedFor int // repetitions of the request under way
	varbinds int
	fit      int // values that fit one frame, of an agent that sends more; 0: any
	problems []string
	broken   map[pdu.OID]bool // columns that were left before their end
}

func newWalk(trees []pdu.OID, rows int) *walk {
	w := &walk{reps: firstRepetitions, most: mostRepetitions, width: max(len(trees), 1), rows: rows, broken: make(map[pdu.OID]bool)}
	if rows*len(trees)*usualVarbind > frame {
		w.width = min(w.width, fewColumns)
	}
	for _, t := range trees {
		w.columns = append(w.columns, column{tree: t, at: t})
	}
	return w
}

// request returns the instances to ask after and the repetitions; none at the end.
func (w *walk) request() (after []pdu.OID, reps int) {
	w.asked = w.asked[:0]
	least := w.rows
	for i, c := range w.columns {
		if c.done || len(w.asked) == w.width {
			continue
		}
		w.asked = append(w.asked, i)
		after = append(after, c.at)
		least = min(least, c.rows)
	}
	reps = w.reps
	left := w.rows - least
	if !w.sure {
		left++ // one beyond the last row shows that it is the last
	}
	if w.rows > 0 && left > 0 {
		reps = min(reps, left)
	}
	if w.fit > 0 {
		reps = min(reps, w.fit/max(len(after), 1))
	}
	w.askedFor = max(reps, 1)
	return after, w.askedFor
}

// frame is what one Ethernet frame holds of a datagram, in octets.
const frame = 1472

// usualVarbind is about the size of one varbind of a table of ports, in octets.
const usualVarbind = 22

// fewColumns is how many columns a request names for a table that needs several:
// naming all of them each time costs more than a part of the last answer.
const fewColumns = 4

// begin takes what is known of the device.
func (w *walk) begin(l Limits) {
	if l.Repetitions > 0 {
		w.reps = l.Repetitions
	}
	w.most = mostRepetitions
	if l.Most > 0 {
		w.most = l.Most
		w.reps = min(w.reps, w.most)
	}
	if w.fit == 0 && l.Has(QuirkLarge) {
		w.fit = frame / usualVarbind
	}
}

// answered takes what an answer tells beside its values.
func (w *walk) answered(r Reply) {
	if r.Repetitions > 0 {
		w.askedFor = r.Repetitions
	}
	if r.Lost {
		w.reps, w.most = r.Repetitions, r.Repetitions
	}
	if r.Octets > frame {
		w.fit = len(r.Varbinds) * frame / r.Octets
	}
}

var errEmpty = errors.New("empty answer")

// take takes the varbinds after sysUpTime of an answer without error, and returns
// those that belong to the columns, in the same array. quick says that the answer came fast.
func (w *walk) take(vbs []pdu.Varbind, quick bool) ([]pdu.Varbind, error) {
	if len(w.asked) == 0 || len(vbs) == 0 {
		return nil, w.smaller(errEmpty)
	}
	if most := len(w.asked) * w.askedFor; len(vbs) > most {
		w.problem("%d values where %d were asked for: the rest is left out", len(vbs), most)
		vbs = vbs[:most]
	}
	if len(vbs) == len(w.asked)*w.askedFor && w.askedFor == w.reps && quick {
		w.reps = min(2*w.reps, w.most)
	}
	kept := vbs[:0]
	for i, vb := range vbs {
		if c := &w.columns[w.asked[i%len(w.asked)]]; !c.done && w.next(c, vb) {
			kept = append(kept, vb)
		}
	}
	w.narrow()
	if w.varbinds += len(kept); w.varbinds > mostVarbinds {
		return nil, fmt.Errorf("more than %d values", mostVarbinds)
	}
	return kept, nil
}

// narrow asks for fewer columns at once after an answer that was not the last of
// its columns, and notes where the first of them ended.
func (w *walk) narrow() {
	if !w.wide {
		w.width = min(w.width, fewColumns)
	}
	first := w.columns[:min(fewColumns, len(w.columns))]
	rows := 0
	for _, c := range first {
		rows = max(rows, c.rows)
	}
	w.sure = w.rows > 0 && rows == w.rows && !slices.ContainsFunc(first, func(c column) bool { return !c.done })
	for i := range w.columns {
		if c := &w.columns[i]; w.sure && c.rows == w.rows {
			c.done = true
		}
	}
}

// next moves c on to vb; false where vb is not its next instance.
func (w *walk) next(c *column, vb pdu.Varbind) bool {
	switch {
	case vb.Value.Type == pdu.EndOfMibView || !vb.OID.Under(c.tree):
		c.done = true
		return false
	case vb.OID <= c.at:
		w.leave(c, fmt.Sprintf("%s comes after %s", vb.OID, c.at))
		return false
	case c.rows >= mostRows:
		w.leave(c, fmt.Sprintf("more than %d rows under %s", mostRows, c.tree))
		return false
	}
	c.at = vb.OID
	c.rows++
	if w.sure && c.rows == w.rows {
		c.done = true
	}
	return true
}

// refused takes an answer with an error: less is asked next, or the column that
// it names is left out.
func (w *walk) refused(status, index int) error {
	err := fmt.Errorf("error-status %d, index %d", status, index)
	if status == tooBig {
		return w.smaller(err)
	}
	at := index - 2 // index counts from 1, and sysUpTime stands first
	if at < 0 || at >= len(w.asked) {
		if len(w.asked) > 1 {
			w.width = (len(w.asked) + 1) / 2
			return nil
		}
		at = 0
	}
	if len(w.asked) == 0 {
		return err
	}
	c := &w.columns[w.asked[at]]
	w.leave(c, fmt.Sprintf("%s refused with error-status %d", c.tree, status))
	return nil
}

// unanswered takes that no answer came, however few repetitions were asked for.
func (w *walk) unanswered() {
	if len(w.asked) > 1 {
		w.width = (len(w.asked) + 1) / 2
		return
	}
	c := &w.columns[w.asked[0]]
	w.leave(c, fmt.Sprintf("no answer to a question below %s", c.tree))
}

// smaller halves the repetitions, then the columns of a request.
func (w *walk) smaller(err error) error {
	switch {
	case w.askedFor > 1:
		w.reps = w.askedFor / 2
		w.most = w.reps
	case len(w.asked) > 1:
		w.width = (len(w.asked) + 1) / 2
	default:
		return err
	}
	return nil
}

// leave ends a column before its end.
func (w *walk) leave(c *column, why string) {
	c.done = true
	w.broken[c.tree] = true
	w.problem("%s: the rest of this column is left out", why)
}

func (w *walk) problem(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}
