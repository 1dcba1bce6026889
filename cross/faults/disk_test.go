package faults

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rackvakt/firmware/agent"
	"rackvakt/snmp/snmptest"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

var silent = snmptest.Faults{Silent: true}

// TestDiskFull fills the card under a running agent: it says so, goes on from
// memory, and writes again once there is room.
func TestDiskFull(t *testing.T) {
	needFaults(t)
	if os.Geteuid() != 0 {
		t.Skip("skipped: mounting a small filesystem needs root")
	}
	l := newLab(t, false)
	card := mountCard(t, l)
	c := newCloset(l, card)
	// Ports enough to fill a segment of the outbox within a minute.
	sw := c.addSwitch("sw1", 400)
	c.addSwitch("sw2", 400)
	c.addSwitch("sw3", 400)
	c.configure(sw.Port(400))
	c.start()
	c.waitWorking()
	if !short() { // else the first segment of lane m may be the one that finds no room
		c.wait(60*time.Second, "metrics that came over the card", func() (bool, error) { n, _, ok := l.taken(); return ok && n >= 20, nil })
	}
	filler := filepath.Join(card, "filler")
	fill(t, filler)
	full := time.Now()

	s := c.waitStatus(30*time.Second, "monitor.storage", func(s agent.Snapshot) bool { _, ok := findAlarm(s, alarm.MonitorStorage); return ok })
	a, _ := findAlarm(s, alarm.MonitorStorage)
	t.Logf("full -> alarm %.1f s: %s %+v", time.Since(full).Seconds(), a.Code, a.Evidence)
	c.waitAtRegion(30*time.Second, alarm.MonitorStorage, true)
	s = c.waitStatus(3*time.Minute, "an outbox that is refused", func(s agent.Snapshot) bool { return !s.Outbox.Writable })
	t.Logf("full -> outbox in memory %.1f s: %q, lacks %+v", time.Since(full).Seconds(), s.Outbox.Fault, s.Lacks)
	if !strings.Contains(s.Outbox.Fault, "no space left on device") || !lacks(s, "disk") {
		t.Errorf("status does not say that the card is full: %+v, lacks %+v", s.Outbox, s.Lacks)
	}
	c.checkGoesOn(sw)

	must(t, os.Remove(filler))
	freed := time.Now()
	c.waitStatus(60*time.Second, "an outbox on the card again", func(s agent.Snapshot) bool {
		_, raised := findAlarm(s, alarm.MonitorStorage)
		return s.Outbox.Writable && !raised && !lacks(s, "disk")
	})
	t.Logf("freed -> written again and no alarm %.1f s", time.Since(freed).Seconds())
	c.waitAtRegion(30*time.Second, alarm.MonitorStorage, false)
	for _, line := range []string{"outbox disk refuses, records are kept in memory", "outbox disk takes again"} {
		if !c.logHas(line) {
			t.Errorf("the log does not say %q", line)
		}
	}
	c.stopAll()
	c.checkVolatile(full, freed)
}

func lacks(s agent.Snapshot, what string) bool {
	for _, l := range s.Lacks {
		if l.What == what {
			return true
		}
	}
	return false
}

// checkGoesOn checks that records and a new alarm reach the collector all the same.
func (c *closet) checkGoesOn(sw *device) {
	c.t.Helper()
	before, _, _ := c.taken()
	c.wait(60*time.Second, "records from memory at the region", func() (bool, error) {
		n, _, ok := c.taken()
		return ok && n >= before+3, nil
	})
	sw.SetUp(400, false)
	c.waitAtRegion(30*time.Second, alarm.LinkDown, true)
	sw.SetUp(400, true)
	c.waitAtRegion(60*time.Second, alarm.LinkDown, false)
}

// checkVolatile checks that nothing is missing, and that what was made without a
// card, and only that, says so.
func (c *closet) checkVolatile(full, freed time.Time) {
	c.t.Helper()
	o := audit(c.t, c.storeDir(), newPromised(0))
	count := complete(c.t, o)
	volatile := map[record.Lane]int{}
	for lane, rows := range o.rows {
		for _, row := range rows {
			r, err := record.Decode(row.Payload)
			must(c.t, err)
			if !r.Volatile {
				continue
			}
			volatile[lane]++
			// The outbox tries the card again ten seconds later.
			if r.At.Wall.Before(full.Truncate(time.Millisecond)) || r.At.Wall.After(freed.Add(15*time.Second)) {
				c.t.Errorf("%s of %s says volatile, the card was full from %s to %s", r.ID, r.At.Wall, full, freed)
			}
		}
	}
	if volatile[record.LaneM] == 0 {
		c.t.Error("no record of lane m says that it was made while the card refused")
	}
	c.t.Logf("stored, without a hole: %v; of them volatile: %v", count, volatile)
}

// mountCard mounts a small filesystem that stands for the card.
func mountCard(t *testing.T, l *lab) string {
	t.Helper()
	card := filepath.Join(l.dir, "card")
	must(t, os.Mkdir(card, 0o755))
	if err := unix.Mount("rackvakt-faults", card, "tmpfs", 0, "size=12m"); err != nil {
		if errors.Is(err, syscall.EPERM) {
			t.Skipf("skipped: root, but mounting is not allowed here: %v", err)
		}
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(card, 0); err != nil {
			t.Errorf("unmount the card: %v", errors.Join(err, unix.Unmount(card, unix.MNT_DETACH)))
		}
	})
	return card
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	for _, size := range []int{1 << 16, 4096} {
		for piece := make([]byte, size); err == nil; {
			_, err = f.Write(piece)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		err = nil
	}
}
