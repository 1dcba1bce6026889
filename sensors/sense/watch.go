package sense

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"rackvakt/sensors/board"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
)

// ErrNothing says that there is nothing to watch.
var ErrNothing = errors.New("nothing is attached and nothing is configured")

// Change is one line of Watch: what a sensor says now, and how long it had said
// something else.
type Change struct {
	At time.Time `json:"at"`
	Value
	// Was is the value before, as Value or Reason, and Lasted how long it held, in
	// seconds; "" and 0 for the first.
	Was    string  `json:"was,omitempty"`
	Lasted float64 `json:"lasted_seconds,omitempty"`
	was    Value
}

// step is how far a measured value moves before it is told again, in the Kind's
// unit. What is not in it and is no state is not watched.
var step = map[reading.Kind]int64{
	reading.Temperature: 500,
	reading.Humidity:    2_000,
	reading.Bounces:     1,
	reading.Voltage:     100,
	reading.Current:     100,
	reading.Level:       2_000,
}

// probeEvery is the time between two samples of a probe that is watched.
const probeEvery = time.Second

// Watch follows every contact, spare line and probe until ctx ends and calls tell,
// from one goroutine at a time, for every change. Edges are told when they come,
// without the wait for a rest that the monitor has. It serves the socket of a
// simulated board. It returns ErrNothing if there is nothing to follow,
// fs.ErrPermission if nothing may be looked into, and the first error of tell or of
// the board.
func Watch(ctx context.Context, s Setup, tell func(Change) error) error {
	r := find(ctx, s)
	lines := s.lines(r.Attached.Chips)
	s.Climate = slices.Concat(s.Climate, unconfigured(r, s.Climate))
	s.Contacts = slices.Concat(s.Contacts, lines)
	switch {
	case len(s.Contacts)+len(s.Climate)+len(s.Power) > 0:
	case r.Denied():
		return fmt.Errorf("watch sensors: %w", fs.ErrPermission)
	default:
		return ErrNothing
	}
	inner, cancel := context.WithCancelCause(ctx)
	f := &follower{last: map[reading.Point]told{}, facts: map[reading.Point]Value{}, lines: lines, tell: tell, fail: cancel}
	for _, o := range s.Contacts {
		f.facts[reading.Point{Device: o.Name}] = Value{Source: lineSource(o)} // until the contact says more
	}
	var all sync.WaitGroup
	run := func(source func(context.Context) error) {
		all.Go(func() {
			if err := source(inner); err != nil {
				cancel(err)
			}
		})
	}
	run(s.Board.Run)
	for _, d := range s.hurried().readers() {
		run(func(ctx context.Context) error { return d.Run(ctx, f.take) })
	}
	all.Wait()
	if err := context.Cause(inner); err != context.Cause(ctx) {
		return err
	}
	return nil
}

// hurried returns s with contacts that are told without a wait and with chips that
// are read every second. What takes hours to be judged is not judged.
func (s Setup) hurried() Setup {
	s.Contacts, s.Climate, s.Power = slices.Clone(s.Contacts), slices.Clone(s.Climate), slices.Clone(s.Power)
	for i := range s.Contacts {
		s.Contacts[i].Stable, s.Contacts[i].LevelEvery = 0, 500*time.Millisecond
	}
	for i := range s.Climate {
		s.Climate[i].Every, s.Climate[i].StuckAfter, s.Climate[i].CreepAfter = probeEvery, 0, 0
	}
	for i := range s.Power {
		s.Power[i].Every = probeEvery
	}
	return s
}

// lineSource is where a contact is read, as the file says it.
func lineSource(o contact.Options) string {
	if o.Supervised.Used() {
		return o.Supervised.String()
	}
	return strings.TrimSpace(o.Chip + " " + o.Line)
}

// lines returns the lines to follow beside the contacts.
func (s Setup) lines(chips []board.Chip) []contact.Options {
	if s.Lines == nil {
		if len(s.Contacts) > 0 {
			return nil
		}
		return spare(chips)
	}
	var out []contact.Options
	for _, name := range s.Lines {
		out = append(out, spareLine(name))
	}
	return out
}

// spare returns the lines that an installer may have wired and that can be read
// without harm: free, not driven, and on the header of a Raspberry Pi those that
// have no other function after power-on (I2C, UART, SPI and 1-Wire keep theirs).
func spare(chips []board.Chip) []contact.Options {
	var out []contact.Options
	for _, c := range chips {
		for _, l := range c.Lines {
			free := !l.Used && !l.Output && l.Name != ""
			if free && (isSimulated(c) || strings.HasPrefix(c.Label, "pinctrl-") && slices.Contains(header, l.Name)) {
				out = append(out, spareLine(l.Name))
			}
		}
	}
	return out
}

var header = []string{
	"GPIO5", "GPIO6", "GPIO12", "GPIO13", "GPIO16", "GPIO17", "GPIO18", "GPIO19", "GPIO20",
	"GPIO21", "GPIO22", "GPIO23", "GPIO24", "GPIO25", "GPIO26", "GPIO27",
}

// spareLine reads a line as a circuit: active is open. A simulated line has the
// name of its role.
func spareLine(name string) contact.Options {
	o := contact.DefaultOptions()
	o.Name, o.Line, o.Role = name, name, contact.Role(strings.TrimRight(name, "0123456789"))
	if o.Role.Kind() == reading.None {
		o.Role = contact.Door
	}
	return o
}

// told is what was told last of a point.
type told struct {
	r     reading.Reading
	v     Value
	since time.Duration
}

// follower decides what is a change. It is a reading.Sink for many sources.
type follower struct {
	mu     sync.Mutex
	last   map[reading.Point]told  // guarded by mu
	facts  map[reading.Point]Value // guarded by mu; sources and serials by device and object
	failed bool                    // guarded by mu; tell has, and is not called again
	lines  []contact.Options       // spare lines
	tell   func(Change) error
	fail   func(error)
}

func (f *follower) take(b reading.Batch) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fact := range b.Facts {
		v := f.facts[fact.Point]
		switch fact.Label {
		case reading.LabelSource:
			v.Source = fact.Text
		case reading.LabelSerial:
			v.Serial = fact.Text
		}
		f.facts[fact.Point] = v
	}
	for _, r := range b.Readings {
		c, ok := f.change(r)
		if !ok || f.failed {
			continue
		}
		if err := f.tell(c); err != nil {
			f.failed = true
			f.fail(err)
		}
	}
}

// change compares r with what was told last.
func (f *follower) change(r reading.Reading) (Change, bool) {
	last, seen := f.last[r.Point]
	if !moved(last.r, r, seen) {
		return Change{}, false
	}
	v := values(reading.Batch{Readings: []reading.Reading{r}}, false)[0]
	fact := f.facts[reading.Point{Device: r.Point.Device, Object: r.Point.Object}]
	v.Source, v.Serial = fact.Source, fact.Serial
	isLine := func(o contact.Options) bool { return o.Point() == r.Point }
	if slices.ContainsFunc(f.lines, isLine) {
		v = asLine(v, r)
	}
	f.last[r.Point] = told{r, v, r.At.Mono}
	c := Change{At: r.At.Wall, Value: v, was: last.v}
	if seen {
		c.Was, c.Lasted = last.v.Value+last.v.Reason, (r.At.Mono - last.since).Seconds()
	}
	return c, true
}

// moved reports whether r is worth a line after last, or as the first.
func moved(last, r reading.Reading, seen bool) bool {
	far, measured := step[r.Point.Kind]
	switch {
	case !measured && !r.Point.Kind.State():
		return false
	case !seen:
		return r.Point.Kind != reading.Bounces || r.Value > 0
	case r.Quality != last.Quality || r.Reason != last.Reason:
		return true
	case !r.Known():
		return false
	}
	return !measured && r.Value != last.Value || measured && (r.Value >= last.Value+far || r.Value <= last.Value-far)
}

// asLine says of a line that nobody has given a role how its circuit is.
func asLine(v Value, r reading.Reading) Value {
	v.Kind = "line"
	if r.Known() {
		v.show, v.Value = "circuit closed", "0"
		if r.Value == spareLine(v.Device).Role.Value(true) {
			v.show, v.Value = "circuit open", "1"
		}
	}
	return v
}

// Print writes c as one line in lang, with local time.
func (c Change) Print(w io.Writer, lang string) error {
	name := c.Device
	if c.Object != "" {
		name += "/" + c.Object
	}
	line := fmt.Sprintf("%s  %-16s %-13s %s", c.At.Local().Format("15:04:05.000"), name, say(lang, c.Kind), c.text(lang))
	if c.Was != "" {
		line += fmt.Sprintf("  (%s %s %s)", c.was.text(lang), say(lang, "for"), seconds(c.Lasted, lang))
	} else if c.Source != "" {
		line += "  (" + c.Source + ")"
	}
	_, err := fmt.Fprintln(w, line)
	return err
}

// seconds writes a duration for people: 0.4 s, 12.3 s, 2 min 5 s.
func seconds(s float64, lang string) string {
	if s >= 60 {
		return fmt.Sprintf("%d min %d s", int(s)/60, int(s)%60)
	}
	text := fmt.Sprintf("%.1f s", s)
	if lang == Swedish {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}
