package alarm_test

import (
	"strings"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

var (
	lock      = reading.Point{Device: "lock", Kind: reading.LockLocked}
	rattle    = reading.Point{Device: "door", Kind: reading.Bounces}
	doorCodes = []alarm.Code{alarm.DoorForced, alarm.DoorUnscheduled, alarm.DoorLockFault, alarm.DoorHeld}
)

// doored is a closet whose door has a lock, and whose hours are over: it is Monday
// night. The door is closed and locked.
func doored(t *testing.T, change ...func(*alarm.Plan)) *closet {
	plan := alarm.Plan{Kind: alarm.RegionRun, Scheduled: true, Hours: hours(t, "mon-fri 07:00-17:00"),
		Doors: []alarm.DoorContact{{Point: door, Lock: lock, HeldAfter: 10 * time.Minute}}}
	for _, f := range change {
		f(&plan)
	}
	c := newCloset(t, plan)
	c.now.Wall = swedish(t, "2026-03-02 22:00").UTC()
	c.set(door, 0)
	c.set(lock, 1)
	c.set(rattle, 0)
	c.run(10 * time.Second)
	c.want()
	return c
}

func day(c *closet) { c.now.Wall = swedish(c.t, "2026-03-03 10:00").UTC() }

// use unlocks, opens for d, closes and locks again.
func use(c *closet, d time.Duration) {
	c.set(lock, 0)
	c.run(2 * time.Second)
	c.set(door, 1)
	c.run(d)
	c.set(door, 0)
	c.run(3 * time.Second)
	c.set(lock, 1)
	c.run(10 * time.Second)
}

func TestDoorInHoursIsAnEventOnly(t *testing.T) {
	c := doored(t)
	day(c)
	use(c, time.Minute)
	c.want()
	if len(c.events) != 2 || c.events[0].Say != "door_opened" || c.events[1].Say != "door_closed" {
		t.Errorf("events %+v", c.events)
	}
}

func TestDoorForced(t *testing.T) {
	c := doored(t)
	opened := c.now
	c.set(door, 1)
	c.run(4 * time.Second)
	ch := c.find(alarm.Raise, alarm.DoorForced)
	if ch.Class != alarm.Door || ch.Severity != alarm.Critical || ch.Since.Since(opened) != 0 {
		t.Errorf("%+v", ch)
	}
	if all := flat(ch.Render(alarm.View{Party: alarm.CareProvider, Kind: alarm.RegionRun})); !strings.Contains(all, "lock: låskontakten säger låst") {
		t.Error(all)
	}
	c.want("raise door.forced door")
	c.run(10 * time.Minute) // it is told as forced, neither as unscheduled nor as a fault of the lock
	c.want("raise door.held door")
	c.set(door, 0)
	c.run(5 * time.Second)
	c.want("clear door.forced door", "clear door.held door")
	use(c, 5*time.Second) // and nothing of it is left
	c.want("raise door.unscheduled door", "clear door.unscheduled door")
}

// Which openings are forced: the lock's contact and the door's are not moved at once.
func TestForcedByTheLock(t *testing.T) {
	for _, x := range []struct {
		name string
		do   func(*closet)
		want bool
	}{
		{"locked", func(*closet) {}, true},
		{"unlocked just before", func(c *closet) { c.set(lock, 0); c.run(time.Second) }, false},
		{"locked again just before", func(c *closet) { c.set(lock, 0); c.run(time.Second); c.set(lock, 1); c.round() }, false},
		{"locked again long before", func(c *closet) { c.set(lock, 0); c.run(time.Second); c.set(lock, 1); c.run(2 * time.Second) }, true},
		{"lock not read", func(c *closet) { c.spoil(lock, reading.Unknown); c.run(time.Second) }, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := doored(t)
			day(c)
			x.do(c)
			c.set(door, 1)
			c.run(5 * time.Second)
			if got := strings.Contains(strings.Join(c.got(), " "), "forced"); got != x.want {
				t.Errorf("forced: %v", got)
			}
		})
	}
	t.Run("unlocked just after", func(t *testing.T) {
		c := doored(t)
		day(c)
		c.set(door, 1)
		c.run(time.Second)
		c.set(lock, 0)
		c.run(time.Minute)
		c.want()
	})
	t.Run("unlocked from inside", func(t *testing.T) {
		c := doored(t)
		day(c)
		c.set(door, 1)
		c.run(2 * time.Second)
		c.set(lock, 0)
		c.run(5 * time.Second)
		c.want("raise door.forced door")
	})
	t.Run("after a gap of the door's contact", func(t *testing.T) {
		c := doored(t)
		day(c)
		c.spoil(door, reading.Unknown)
		c.run(5 * time.Second)
		c.set(door, 1)
		c.run(20 * time.Second)
		c.want()
		c.run(20 * time.Second)
		c.want("raise door.lock_fault door")
	})
}

func TestDoorUnscheduled(t *testing.T) {
	c := doored(t)
	use(c, 20*time.Second)
	ch := c.find(alarm.Raise, alarm.DoorUnscheduled)
	if p := alarm.Responsible(alarm.RegionRun, ch.Class, nil); p != alarm.CareProvider || alarm.Told(alarm.PropertyOwner, alarm.RegionRun, ch.Class, nil) {
		t.Errorf("class %s is %s's", ch.Class, p)
	}
	c.want("raise door.unscheduled door", "clear door.unscheduled door")
	c.now.Wall = swedish(t, "2026-04-06 10:00").UTC()
	use(c, 20*time.Second)
	if ch := c.find(alarm.Raise, alarm.DoorUnscheduled); ch.Evidence[1].Say != "public_holiday" {
		t.Errorf("evidence %+v", ch.Evidence)
	}
	c.got()
	c.now.Wall = swedish(t, "2026-03-03 16:59").UTC()
	use(c, 5*time.Minute) // opened in hours, and still open when they end
	c.want()
}

// A rattle is told as an event; a door that says again that it is open is an opening.
func TestBriefOpenings(t *testing.T) {
	c := doored(t)
	c.set(lock, 0)
	c.run(2 * time.Second)
	say := func(open int64, ago time.Duration) {
		r := reading.Reading{Point: door, Value: open, Quality: reading.Good, At: c.now.Add(-ago)}
		c.step(reading.Batch{Readings: []reading.Reading{r}})
	}
	say(1, 0)
	c.idle(1300 * time.Millisecond) // a contact tells the end after a stable second
	say(0, time.Second)
	c.run(10 * time.Second)
	say(1, 0)
	c.idle(3 * time.Second) // the edge was lost, and the level read two seconds later
	say(0, time.Second)
	c.run(10 * time.Second)
	c.want()
	if len(c.events) != 4 {
		t.Errorf("events %+v", c.events)
	}
	say(1, 0)
	c.idle(1100 * time.Millisecond)
	say(1, 0)
	c.idle(1100 * time.Millisecond)
	say(0, time.Second)
	c.run(10 * time.Second)
	c.want("raise door.unscheduled door", "clear door.unscheduled door")
	say(1, 0) // its level is seldom read
	c.idle(12 * time.Second)
	say(0, time.Second)
	c.run(10 * time.Second)
	c.want("raise door.unscheduled door", "clear door.unscheduled door")
}

// A magnet at the edge of its reach: the sensor is at fault, no door is opened.
func TestRattlingDoor(t *testing.T) {
	c := doored(t)
	c.order = []reading.Point{lock, rattle} // while it may be closed, the door says nothing
	c.step(reading.Batch{Readings: []reading.Reading{{Point: door, Value: 1, Quality: reading.Good, At: c.now}}})
	for n := range int64(60) { // each second it opens, closes and opens again
		if c.set(rattle, n); n > 20 {
			c.reason[rattle] = "bounces: magnet gap?"
		}
		c.run(time.Second)
	}
	c.order = append(c.order, door)
	ch := c.find(alarm.Raise, alarm.MonitorSensor)
	if all := flat(ch.Render(alarm.View{Party: alarm.RegionIT})); ch.Object != "door" || !strings.Contains(all, "kontakten studsar; den är lös, eller magneten för långt bort, bounces: magnet gap?") {
		t.Error(all)
	}
	c.want("raise monitor.sensor_fault door")
	c.set(door, 0)
	c.run(10 * time.Minute)
	c.want()
	delete(c.reason, rattle)
	c.run(20 * time.Second)
	c.want("clear monitor.sensor_fault door")
}

func TestLockFault(t *testing.T) {
	c := doored(t)
	day(c)
	c.set(lock, 0)
	c.run(2 * time.Second)
	c.set(door, 1)
	c.run(5 * time.Second)
	c.set(lock, 1)
	c.run(25 * time.Second)
	c.want()
	c.run(10 * time.Second)
	if ch := c.find(alarm.Raise, alarm.DoorLockFault); alarm.Responsible(alarm.RegionRun, ch.Class, nil) != alarm.PropertyOwner {
		t.Errorf("%+v", ch)
	}
	c.want("raise door.lock_fault door")
	c.set(lock, 0)
	c.run(20 * time.Second)
	c.want("clear door.lock_fault door")
	c.set(door, 0)
	for i := range int64(20) {
		c.set(lock, i%2)
		c.run(2 * time.Second)
	}
	if ch := c.find(alarm.Raise, alarm.DoorLockFault); ch.Evidence[0].Say != "lock_chatter" {
		t.Errorf("%+v", ch)
	}
	c.want("raise door.lock_fault door")
	c.run(10 * time.Minute)
	c.want("clear door.lock_fault door")
	for i := range int64(30) { // a busy door
		c.set(lock, i%2)
		c.run(8 * time.Second)
	}
	c.want()
}

func TestVisit(t *testing.T) {
	visit := func(p *alarm.Plan) {
		p.Visits = []alarm.Visit{{From: swedish(t, "2026-03-02 21:00"), To: swedish(t, "2026-03-02 23:00")}}
		p.Contacts = []reading.Point{leak, smoke}
		p.Limits = []alarm.Limit{{Point: inlet, WarnHigh: degrees(27), CritHi: degrees(35)}}
	}
	c := doored(t, visit)
	c.set(leak, 0)
	c.set(smoke, 0)
	c.set(inlet, 21000)
	c.set(lock, 0)
	c.run(2 * time.Second)
	c.set(door, 1)
	c.run(50 * time.Minute) // it may be open, and stand open
	c.want()
	c.set(leak, 1)
	c.set(smoke, 1)
	c.set(inlet, 40000)
	c.run(time.Minute)
	c.want("raise climate.temperature inlet", "raise climate.leak floor", "raise climate.smoke roof")
	c.set(leak, 0)
	c.set(smoke, 0)
	c.set(inlet, 21000)
	c.run(5 * time.Minute)
	c.got()
	c.run(14 * time.Minute) // the visit is over, and the door still open
	c.want("raise door.held door")
	if len(c.e.Open()) != 1 {
		t.Errorf("%+v", c.e.Open())
	}
}

// A forced opening is none of the visit's business.
func TestForcedInAVisit(t *testing.T) {
	c := doored(t, func(p *alarm.Plan) {
		p.Visits = []alarm.Visit{{From: swedish(t, "2026-03-02 21:00"), To: swedish(t, "2026-03-02 23:00")}}
	})
	c.set(door, 1)
	c.run(5 * time.Second)
	c.want("raise door.forced door")
}

// Without a clock an opening is not judged by its hours; once there is one it is,
// if the door is still open. A clock that was synchronised once is good enough.
func TestDoorWithoutAClock(t *testing.T) {
	c := doored(t)
	night := c.now.Wall
	c.now.Synced = false
	use(c, 5*time.Second)
	c.want("raise door.unscheduled door", "clear door.unscheduled door")

	plan := alarm.Plan{Scheduled: true, Hours: hours(t, "mon-fri 07:00-17:00"), Doors: []alarm.DoorContact{{Point: door}}}
	c = newCloset(t, plan)
	c.now.Synced = false
	c.now.Wall = time.Date(2026, 2, 10, 10, 0, 0, 0, time.UTC) // weeks back, and a Tuesday morning
	c.set(door, 0)
	c.run(5 * time.Second)
	c.set(door, 1)
	c.run(time.Minute)
	c.want()
	c.now.Synced, c.now.Wall = true, night
	c.run(2 * time.Second)
	if ch := c.find(alarm.Raise, alarm.DoorUnscheduled); c.now.Since(ch.Since) < time.Minute {
		t.Errorf("since %v", ch.Since)
	}
}

func TestDoorAcrossARestart(t *testing.T) {
	plan := alarm.Plan{Scheduled: true, Hours: hours(t, "mon-fri 07:00-17:00"), Doors: []alarm.DoorContact{{Point: door, Lock: lock}}}
	again := func(c *closet) *closet {
		open := c.e.Open()
		next := newCloset(t, plan)
		next.now = c.now.Add(time.Minute)
		next.e = alarm.New(plan, next.occ, next.now)
		next.e.Restore(open)
		for _, ch := range open {
			next.open[ch.Occ] = true
		}
		next.set(door, c.values[door])
		next.set(lock, c.values[lock])
		return next
	}
	for _, x := range []struct {
		name   string
		locked int64
		want   string
	}{{"forced", 1, "clear door.forced door"}, {"unscheduled", 0, "clear door.unscheduled door"}} {
		t.Run(x.name, func(t *testing.T) {
			c := doored(t)
			c.set(lock, x.locked)
			c.run(2 * time.Second)
			c.set(door, 1)
			c.run(5 * time.Second)
			c = again(c)
			day(c) // it was opened in the night
			c.run(time.Minute)
			c.want()
			c.set(door, 0)
			c.run(5 * time.Second)
			c.want(x.want)
		})
	}
	c := doored(t)
	c.set(lock, 0)
	c.run(2 * time.Second)
	c = again(c)
	c.set(door, 1) // opened while nothing watched
	c.run(5 * time.Second)
	c.want("raise door.unscheduled door")
}

func TestDoorRowsAreOfTheirParties(t *testing.T) {
	for _, code := range doorCodes {
		row, ok := alarm.Lookup(code)
		want := alarm.Door
		if code == alarm.DoorLockFault {
			want = alarm.Lock
		}
		if !ok || row.Class != want || !alarm.Told(alarm.CareProvider, alarm.RegionRun, row.Class, nil) {
			t.Errorf("%s: %+v", code, row)
		}
	}
}

// A plan that adds a visit for what stands open ends the alarm.
func TestVisitAnnouncedLate(t *testing.T) {
	c := doored(t)
	c.set(lock, 0)
	c.run(2 * time.Second)
	c.set(door, 1)
	c.run(5 * time.Second)
	c.want("raise door.unscheduled door")
	plan := alarm.Plan{Scheduled: true, Visits: []alarm.Visit{{From: c.now.Wall.Add(-time.Hour), To: c.now.Wall.Add(time.Hour)}},
		Doors: []alarm.DoorContact{{Point: door, Lock: lock}}}
	c.e.Replan(plan, c.now)
	c.run(5 * time.Second)
	c.want("clear door.unscheduled door")
}
