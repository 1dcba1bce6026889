package guest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rackvakt/sensors/host"
	"rackvakt/sensors/reading"
)

// setClock moves the system clock by d, and back when the case ends.
func setClock(t *testing.T, d time.Duration) {
	t.Helper()
	move := func(d time.Duration) {
		now := unix.NsecToTimeval(time.Now().Add(d).UnixNano())
		must(t, unix.Settimeofday(&now))
	}
	move(d)
	t.Cleanup(func() { move(-d) })
}

const weeks = 21 * 24 * time.Hour

// The clock goes back three weeks while everything runs: boot id and order stay,
// and the time file keeps the later time.
func TestClockSetBack(t *testing.T) {
	file := host.TimeFile{Path: filepath.Join(t.TempDir(), "time")}
	c := clock(t)
	before := c.Now()
	must(t, file.Save(before.Wall))
	setClock(t, -weeks)
	after := c.Now()
	if after.Boot != before.Boot || after.Boot == "" {
		t.Errorf("boot id %q, then %q", before.Boot, after.Boot)
	}
	if d := after.Since(before); d < 0 || d > 10*time.Second {
		t.Errorf("the clock went back, and %v passed", d)
	}
	if d := before.Wall.Sub(after.Wall); d < weeks-time.Minute {
		t.Errorf("the wall clock went back %v", d)
	}
	must(t, file.Save(after.Wall))
	kept, err := file.Load()
	must(t, err)
	if kept.Sub(before.Wall.Truncate(time.Second)) != 0 {
		t.Errorf("the time file holds %v, want %v", kept, before.Wall)
	}
	if floor := host.Floor(time.Now(), kept); !floor.Equal(kept) {
		t.Errorf("the earliest that it can be is %v, want %v", floor, kept)
	}
	// A process that starts now stands behind what the one before has written;
	// /proc/uptime tells hundredths of a second.
	time.Sleep(20 * time.Millisecond)
	if restarted := clock(t).Now(); restarted.Boot != before.Boot || restarted.Mono < before.Mono {
		t.Errorf("restarted at %v, after %v", restarted.Mono, before.Mono)
	}
}

// A door that is opened while the clock goes back is told at once, and closed after
// a second of real time.
func TestClockSetBackUnderTheDoor(t *testing.T) {
	chip := simulated(t)
	rec := runContact(t, doorOptions())
	opened := rec.await(t, "door:door_open", "closed") // the first look at it
	setClock(t, -weeks)
	must(t, chip.Pullup(doorLine))
	rec.await(t, "door:door_open", "open")
	time.Sleep(500 * time.Millisecond)
	mark, passed := rec.mark(), time.Since(opened.arrived)
	must(t, chip.Pulldown(doorLine))
	closed := rec.awaitAfter(t, mark, "door:door_open", "closed")
	if d := closed.r.At.Since(opened.r.At); d < passed-200*time.Millisecond || d > passed+time.Second {
		t.Errorf("the door was closed %v after the first look at it, and that is told as %v", passed, d)
	}
	all, _ := rec.now()
	if !slices.IsSortedFunc(all, func(a, b told) int { return int(a.r.At.Mono - b.r.At.Mono) }) {
		t.Error("the readings are not in their order")
	}
}

// synchronise tells the kernel, as a time service does, that its clock is right.
// Setting the clock takes it back.
func synchronise(t *testing.T) {
	t.Helper()
	_, err := unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_STATUS | unix.ADJ_MAXERROR | unix.ADJ_ESTERROR, Status: unix.STA_PLL})
	must(t, err)
}

// The kernel says that its clock is not synchronised, that it is once a time
// service has said so, and that it is not after it was set.
func TestClockSynced(t *testing.T) {
	ask := func(want bool) {
		t.Helper()
		if got, err := host.Adjtimex(); got != want || err != nil {
			t.Errorf("synchronised %v, %v, want %v", got, err, want)
		}
	}
	ask(false)
	synchronise(t)
	ask(true)
	setClock(t, time.Hour)
	ask(false)
}

// The guest as a machine: uptime, carrier of a real card, memory, storage.
func TestHostReads(t *testing.T) {
	h := host.New(host.DefaultOptions(), host.Machine{FS: os.DirFS("/"), Disk: host.Storage(t.TempDir(), nil)}, clock(t), func(reading.Batch) {}, quiet())
	got := map[string]string{}
	for _, r := range h.Read().Readings {
		got[r.Point.String()] = r.Quality.String()
		if r.Point.Kind == reading.Carrier && (r.Point.Object != "eth0" || r.Value != 1) {
			t.Errorf("%+v", r)
		}
		if r.Point.Kind == reading.MemoryResident && r.Value < 1<<20 {
			t.Errorf("%+v", r)
		}
	}
	for _, k := range []reading.Kind{reading.ClockSynced, reading.StorageWritable, reading.StorageFree, reading.MemoryResident} {
		point := reading.Point{Device: reading.Monitor, Kind: k}.String()
		if got[point] != reading.Good.String() {
			t.Errorf("%s is %q of %v", point, got[point], got)
		}
	}
	must(t, setLink("eth0", false))
	defer func() { must(t, setLink("eth0", true)) }()
	for _, r := range h.Read().Readings {
		if r.Point.Kind == reading.Carrier && (r.Value != 0 || !r.Known()) {
			t.Errorf("a card that is set down: %+v", r)
		}
	}
}
