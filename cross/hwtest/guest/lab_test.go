package guest

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"rackvakt/sensors/board"
	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
)

func TestMain(m *testing.M) {
	if os.Getenv("HWTEST") != "1" {
		fmt.Println("skipped: these cases run inside the guest (go run ./cross/hwtest)")
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// patience is how long a case waits for anything. The guest is emulated, so it is
// many times what is expected.
const patience = 25 * time.Second

// takesLong leaves a case out of the short form.
func takesLong(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("left out of the short form")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, path, content string) {
	t.Helper()
	must(t, os.WriteFile(path, []byte(content), 0o644))
}

func get(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	return strings.TrimSpace(string(b))
}

// machine is the product's board on the guest's hardware.
func machine(t testing.TB) board.Board {
	t.Helper()
	b, err := board.New(board.Options{Kind: board.Linux}, quiet())
	must(t, err)
	return b
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// clock is the product's clock on the guest's boot id and uptime.
func clock(t testing.TB) reading.Clock {
	t.Helper()
	id, uptime, err := host.BootID(os.DirFS("/"))
	must(t, err)
	return reading.NewWallclock(id, uptime, nil)
}

// told is one reading as text, with the time at which it arrived.
type told struct {
	point, text string
	r           reading.Reading
	arrived     time.Time
}

// record keeps every reading in the order of arrival.
type record struct {
	mu      sync.Mutex
	all     []told        // guarded by mu
	changed chan struct{} // guarded by mu; closed and replaced at every batch
}

// run starts a source and stops it when the case ends.
func run(t testing.TB, source func(context.Context, reading.Sink) error) *record {
	t.Helper()
	rec := &record{changed: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- source(ctx, rec.sink) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("source: %v", err)
			}
		case <-time.After(patience):
			t.Error("the source does not end")
		}
	})
	return rec
}

func (rec *record) sink(b reading.Batch) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	for _, r := range b.Readings {
		text := r.Point.Kind.Show(r.Value)
		if !r.Known() {
			text = r.Quality.String() + ": " + r.Reason
		}
		rec.all = append(rec.all, told{r.Point.String(), text, r, time.Now()})
	}
	close(rec.changed)
	rec.changed = make(chan struct{})
}

// now returns all that was told, and a channel that is closed when there is more.
func (rec *record) now() ([]told, <-chan struct{}) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return slices.Clone(rec.all), rec.changed
}

// mark returns how much was told up to now, for awaitAfter.
func (rec *record) mark() int {
	all, _ := rec.now()
	return len(all)
}

// await waits until point is told as text.
func (rec *record) await(t testing.TB, point, text string) told {
	t.Helper()
	return rec.awaitAfter(t, 0, point, text)
}

// awaitAfter is await for what comes after mark.
func (rec *record) awaitAfter(t testing.TB, mark int, point, text string) told {
	t.Helper()
	return rec.wait(t, mark, point, text, func(r told) bool { return r.text == text })
}

// awaitNear waits for a good value of point that comes from now on and is within
// tolerance of value.
func (rec *record) awaitNear(t testing.TB, point string, value, tolerance int64) told {
	t.Helper()
	return rec.wait(t, rec.mark(), point, fmt.Sprintf("%d give or take %d", value, tolerance), func(r told) bool {
		return r.r.Quality == reading.Good && r.r.Value >= value-tolerance && r.r.Value <= value+tolerance
	})
}

// wait waits for a reading of point after mark that is as wanted.
func (rec *record) wait(t testing.TB, mark int, point, want string, is func(told) bool) told {
	t.Helper()
	late := time.After(patience)
	for {
		all, more := rec.now()
		for _, r := range all[mark:] {
			if r.point == point && is(r) {
				return r
			}
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%s was not told as %s, but as: %s", point, want, history(all[mark:], point))
		}
	}
}

// of returns the different texts of a point in order: a text told again is left out.
func (rec *record) of(mark int, point string) []string {
	all, _ := rec.now()
	var texts []string
	for _, r := range all[mark:] {
		if r.point == point && (len(texts) == 0 || texts[len(texts)-1] != r.text) {
			texts = append(texts, r.text)
		}
	}
	return texts
}

func history(all []told, point string) string {
	var texts []string
	for _, r := range all {
		if r.point == point {
			texts = append(texts, r.text)
		}
	}
	return strings.Join(texts, ", ")
}

// spread tells median and worst of some times.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "nothing measured"
	}
	slices.Sort(all)
	show := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", float64(d.Microseconds())/1000) }
	return fmt.Sprintf("median %s, worst %s of %d", show(all[len(all)/2]), show(all[len(all)-1]), len(all))
}
