package faults

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/record"
)

// steppedClock shows moments of the past until it is let go.
type steppedClock struct {
	real reading.Clock
	past atomic.Pointer[reading.Stamp] // nil: the present
}

func (c *steppedClock) Now() reading.Stamp {
	if s := c.past.Load(); s != nil {
		return *s
	}
	return c.real.Now()
}

// day is the closet of the test: two switches of 48 ports, a UPS, a thermometer and
// four targets, cut off from the region.
type day struct {
	*side
	t       *testing.T
	clock   *steppedClock
	sampler *record.Sampler
	p       *promised
	rnd     *rand.Rand
	counts  map[reading.Point]int64
	cells   int // values in the records of lane m
	batches int // flushes of the sampler
	// gone is how much of lane m the collector had acknowledged when the late alarm was raised.
	gone int
}

// TestDayAway has a collector miss a day of a typical closet and then take it all,
// an alarm of that moment first.
func TestDayAway(t *testing.T) {
	needFaults(t)
	l := newLab(t, false)
	must(t, l.collector.Stop(10*time.Second)) // it is away
	d := newDay(t, l)
	away := sized(24*time.Hour, time.Hour)
	began := time.Now()
	d.live(away)
	filled, depth := time.Since(began), d.box.Depth(record.LaneM)
	onDisk := folderSize(t, filepath.Join(l.dir, "closet"))
	d.checkWaits()

	l.startCollector()
	l.waitHealthy()
	drained := d.drain(l, depth)
	l.stop()
	o := audit(t, l.storeDir(), d.p)
	o.check(t)
	d.checkOrder(o, depth)
	t.Logf("%v away: %d batches, %d records (%d in lane m), %d values, %.1f MB on the card; filled in %.1f s, drained in %.1f s (%.0f records/s); lost %d, doubled %d, out of order %d",
		away, d.batches, o.Promised, len(d.p.ids[record.LaneM]), d.cells, float64(onDisk)/1e6, filled.Seconds(), drained.Seconds(), float64(o.Promised)/drained.Seconds(), o.Lost, o.Doubled, o.Disordered)
}

func newDay(t *testing.T, l *lab) *day {
	t.Helper()
	// A boot of its own, long before: the day before now must lie within it.
	real := reading.NewWallclock("00000000-0000-4000-8000-000000000008", 1000*time.Hour, nil)
	d := &day{t: t, clock: &steppedClock{real: real}, sampler: record.NewSampler(record.DefaultSamplerOptions()), p: newPromised(0),
		rnd: rand.New(rand.NewPCG(8, 8)), counts: map[reading.Point]int64{}}
	now := real.Now().Add(-sized(24*time.Hour, time.Hour))
	d.clock.past.Store(&now)
	o := order{Dir: filepath.Join(l.dir, "closet"), Certs: l.certs, Broker: fmt.Sprintf("tls://127.0.0.1:%d", l.brokerPort)}
	must(t, os.MkdirAll(o.Dir, 0o700))
	log, err := os.Create(filepath.Join(l.dir, "closet.log"))
	must(t, err)
	t.Cleanup(func() { _ = log.Close() })
	d.side, err = openSide(o, d.clock, newStart(), slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	d.p.starts = []string{d.start}
	return d
}

// live lets the closet live for a time, second by second, on the stepped clock.
func (d *day) live(away time.Duration) {
	d.t.Helper()
	now := d.clock.Now()
	for second := range int(away / time.Second) {
		now = now.Add(time.Second)
		d.clock.past.Store(&now)
		d.sampler.Add(d.readings(second, now), now)
		d.keep(d.sampler.Due(now), now)
		if second%3600 == 1800 {
			d.append(record.LaneA, raised(alarm.PowerMainsLost, fmt.Sprintf("hour-%d", second/3600), now))
		}
	}
	d.keep(d.sampler.Flush(now), now)
	d.clock.past.Store(nil)
}

func (d *day) keep(bodies []record.Samples, now reading.Stamp) {
	d.t.Helper()
	if len(bodies) == 0 {
		return
	}
	d.batches++
	recs := make([]record.Record, len(bodies))
	for i := range bodies {
		values, err := bodies[i].Decode(now)
		must(d.t, err)
		d.cells += len(values)
		recs[i] = record.Record{At: now, Type: record.TypeSamples, Samples: &bodies[i]}
	}
	d.append(record.LaneM, recs...)
}

func (d *day) append(lane record.Lane, recs ...record.Record) {
	d.t.Helper()
	ids, err := d.box.Append(lane, recs...)
	must(d.t, err)
	if h := d.box.Health(); !h.Writable || h.Dropped > 0 {
		d.t.Fatalf("the outbox refuses: %+v", h)
	}
	d.p.ids[lane] = append(d.p.ids[lane], ids...)
}

func raised(code alarm.Code, object string, at reading.Stamp) record.Record {
	return record.Record{At: at, Type: record.TypeAlarm, Alarm: &alarm.Change{Act: alarm.Raise, Key: alarm.Key{Code: code, Object: object},
		Occ: newStart(), Severity: alarm.Critical, Class: alarm.RoomPower, Since: at}}
}

// readings are what the sources deliver in one second: targets each second, the
// uplinks every other, the thermometer each fifth, the monitor itself each tenth, all
// ports and the UPS each thirtieth.
func (d *day) readings(second int, at reading.Stamp) []reading.Reading {
	var all []reading.Reading
	put := func(device, object string, k reading.Kind, v int64) {
		all = append(all, reading.Reading{Point: reading.Point{Device: device, Object: object, Kind: k}, Value: v, Quality: reading.Good, At: at})
	}
	for _, target := range []string{"gateway", "edge", "sjunet1", "sjunet2"} {
		put("path", target, reading.ProbeResult, reading.ProbeAnswered)
		put("path", target, reading.ProbeRTT, 2000+d.rnd.Int64N(500))
		put("path", target, reading.ProbeLoss, 0)
	}
	if second%10 == 4 {
		put(reading.Monitor, "", reading.SoCTemperature, 45000+d.rnd.Int64N(1000))
		put(reading.Monitor, "", reading.MemoryResident, 30_000_000+4096*d.rnd.Int64N(100))
	}
	if second%5 == 2 {
		put("climate", "inlet", reading.Temperature, 21000+d.rnd.Int64N(100))
		put("climate", "inlet", reading.Humidity, 40000+d.rnd.Int64N(100))
	}
	for _, sw := range []string{"sw1", "sw2"} {
		switch {
		case second%30 == 0:
			put(sw, "", reading.DeviceUp, 1)
			put(sw, "", reading.DeviceUptime, at.Mono.Milliseconds()/10)
			put(sw, "", reading.DeviceRTT, 3000+d.rnd.Int64N(1000))
			for port := range 48 {
				d.port(put, sw, port+1)
			}
		case second%2 == 0:
			put(sw, "1/48", reading.IfOperStatus, reading.IfUp)
		}
	}
	if second%30 == 15 {
		put("ups1", "", reading.UPSSource, reading.UPSSourceNormal)
		put("ups1", "", reading.UPSBattery, reading.UPSBatteryNormal)
		put("ups1", "", reading.UPSCharge, 100_000)
		put("ups1", "", reading.UPSRuntime, 2400)
		put("ups1", "", reading.UPSLoad, 1000*(20+d.rnd.Int64N(3)))
		put("ups1", "1", reading.UPSInputVolts, 1000*(228+d.rnd.Int64N(4)))
	}
	return all
}

// counters are what a port counts, and the most that it counts in half a minute.
var counters = []struct {
	kind reading.Kind
	most int64
}{
	{reading.IfInOctets, 2_000_000}, {reading.IfOutOctets, 9_000_000}, {reading.IfInPackets, 3000}, {reading.IfOutPackets, 9000},
	{reading.IfInErrors, 0}, {reading.IfOutErrors, 0}, {reading.IfInDiscards, 0}, {reading.IfOutDiscards, 0},
}

// port is one row of a switch: two of three ports are in use and count.
func (d *day) port(put func(string, string, reading.Kind, int64), sw string, n int) {
	object, used := fmt.Sprintf("1/%d", n), n%3 != 0
	status := int64(reading.IfDown)
	if used || n == 48 {
		status = reading.IfUp
	}
	put(sw, object, reading.IfOperStatus, status)
	put(sw, object, reading.IfAdminStatus, reading.IfUp)
	put(sw, object, reading.IfSpeed, 1_000_000_000)
	for _, c := range counters {
		p := reading.Point{Device: sw, Object: object, Kind: c.kind}
		if status == reading.IfUp && c.most > 0 {
			d.counts[p] += d.rnd.Int64N(c.most)
		}
		put(sw, object, c.kind, d.counts[p])
	}
}

// checkWaits checks that everything promised is waiting, and nothing else.
func (d *day) checkWaits() {
	d.t.Helper()
	const startGaps = 2
	if n := d.box.Depth(record.LaneA) + d.box.Depth(record.LaneM); n != d.p.count()+startGaps {
		d.t.Errorf("%d entries wait, want the %d records and the gap of the first start in each lane", n, d.p.count())
	}
}

// drain sends everything; a quarter of the way an alarm is raised. It returns how
// long it took.
func (d *day) drain(l *lab, depth int) time.Duration {
	d.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	began := time.Now()
	go func() { ended <- d.pub.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			d.t.Error(err)
		}
		must(d.t, d.box.Close())
	}()
	l.wait(5*time.Minute, "a quarter of the backlog", func() (bool, error) { return d.box.Depth(record.LaneM) <= depth*3/4, nil })
	d.append(record.LaneA, raised(alarm.ClimateLeak, "late", d.clock.Now()))
	d.gone = depth - d.box.Depth(record.LaneM)
	l.wait(20*time.Minute, "an empty outbox", func() (bool, error) { return d.empty(), nil })
	took := time.Since(began)
	l.wait(time.Minute, "all values in the time-series store", func() (bool, error) {
		m, ok := l.metrics()
		return ok && int(m[`rackvakt_ingest_samples_total{result="ok"}`]+m[`rackvakt_ingest_samples_total{result="refused"}`]) >= d.cells, nil
	})
	if m, _ := l.metrics(); m[`rackvakt_ingest_samples_total{result="refused"}`] != 0 {
		d.t.Errorf("%v values refused", m[`rackvakt_ingest_samples_total{result="refused"}`])
	}
	return took
}

// checkOrder checks that no alarm waited behind metrics: those of the time away came
// before all of them, the late one before the rest but for what was on its way.
func (d *day) checkOrder(o outcome, depth int) {
	d.t.Helper()
	before := func(seq int64) (n int) {
		for _, row := range o.rows[record.LaneM] {
			if row.Seq < seq && !row.ID.IsGap() {
				n++
			}
		}
		return n
	}
	alarms := o.rows[record.LaneA]
	last, earlier := alarms[len(alarms)-1], alarms[len(alarms)-2]
	if n := before(earlier.Seq); n != 0 {
		d.t.Errorf("%d records of lane m came before an alarm of the time away", n)
	}
	// On its way is a full window, and another that was being filled at that moment.
	n := before(last.Seq)
	if most := d.gone + 2*record.WindowRecords; n > most || n >= depth {
		d.t.Errorf("the late alarm came behind %d of %d records of lane m, want at most %d", n, depth, most)
	}
	d.t.Logf("late alarm: behind %d and before %d records of lane m", n, depth-n)
}

func folderSize(t *testing.T, dir string) (size int64) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	return size
}
