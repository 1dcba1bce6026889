package poll

import (
	"context"
	"fmt"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/system"
)

// job is what a device is asked beside its ports: a discovery, its sensors, or its
// neighbours. There is one at a time.
type job struct {
	*gather
	// discovery is nil for the other two.
	discovery *discovery
	neighbors bool // else sensors
	started   time.Time
}

// startDiscovery follows a poll of everything that was read.
func (d *Device) startDiscovery(p *fullPoll, now time.Time) {
	id := system.Read(p.Varbinds).ObjectID
	candidates, err := d.profiles.Candidates(id)
	if err != nil {
		d.deps.Log.Error("profiles left out", "device", d.o.Name, "error", err)
	}
	disc := newDiscovery(candidates, id, p.Varbinds)
	disc.upTime = p.UpTime
	d.job = &job{gather: &disc.gather, discovery: disc, started: now}
	d.discoveryDue = now.Add(inventoryEvery)
}

// dueJob begins the job that is due; false where none is.
func (d *Device) dueJob(now time.Time) bool {
	if d.job != nil || d.found.at.IsZero() {
		return d.job != nil
	}
	switch {
	case len(d.found.parts) > 0 && (d.sensorsAsked || !now.Before(d.sensorsDue)):
		d.sensorsAsked, d.sensorsDue = false, now.Add(d.o.SensorsEvery)
		d.job = &job{gather: &gather{parts: d.found.parts, upTime: d.view.upTime}, started: now}
	case len(d.found.neighbors) > 0 && !now.Before(d.neighborsDue):
		d.neighborsDue = now.Add(d.o.NeighboursEvery)
		d.job = &job{gather: &gather{upTime: d.view.upTime}, neighbors: true, started: now}
		for _, g := range d.found.neighbors {
			d.job.readGroup(g)
		}
	}
	return d.job != nil
}

// jobDue is when the next job is due; far away where there is none.
func (d *Device) jobDue(otherwise time.Time) time.Time {
	due := otherwise
	if len(d.found.parts) > 0 {
		due = earliest(due, d.sensorsDue)
	}
	if len(d.found.neighbors) > 0 {
		due = earliest(due, d.neighborsDue)
	}
	return due
}

// jobStep does one request of the job under way, and delivers at its end.
func (d *Device) jobStep(ctx context.Context) {
	j := d.job
	if !j.over() {
		if err := j.step(ctx, d.s, nil); err != nil {
			if !answersElse(ctx, d.s, err) {
				d.fail(ctx, err)
				return
			}
			j.unanswered(d.s)
		}
	}
	now := time.Now()
	if j.restarted {
		d.restarted(now)
		return
	}
	if most := d.longest(j); now.Sub(j.started) > most && !j.over() {
		j.giveUp("it took longer than " + most.String())
	}
	if !j.over() {
		return
	}
	d.job = nil
	batch := d.finish(j, d.deps.Clock.Now(), now)
	d.publish()
	d.deps.Sink(batch)
}

func (j *job) over() bool {
	if j.discovery != nil {
		return j.discovery.done()
	}
	return j.done()
}

func (d *Device) longest(j *job) time.Duration {
	switch {
	case j.discovery != nil:
		return inventoryEvery
	case j.neighbors:
		return max(d.o.NeighboursEvery, mostPoll)
	}
	return max(d.o.SensorsEvery, mostPoll)
}

// finish takes a job that is over.
func (d *Device) finish(j *job, at reading.Stamp, now time.Time) reading.Batch {
	var batch reading.Batch
	switch {
	case j.discovery != nil:
		d.discovered(&batch, j.discovery, at, now)
	case j.neighbors:
		problems := d.view.addNeighbors(&batch, j.vbs, j.gaveUp, at)
		d.view.problems(&batch, "neighbours", append(problems, j.problems...), at)
	default:
		vbs, more := d.found.with(j.vbs)
		if more && now.Sub(d.found.at) > discoveryAgain {
			d.inventoryDue, d.pollDue, d.discoveryDue = now, now, now
		}
		d.view.addSensors(&batch, measure(d.found.fit, vbs), j.partial(), at)
		d.view.problems(&batch, "sensors", j.problems, at)
	}
	return batch
}

// discovered takes what a discovery found.
func (d *Device) discovered(batch *reading.Batch, disc *discovery, at reading.Stamp, now time.Time) {
	vbs := append(disc.vbs, disc.have...)
	m := measure(disc.fit, vbs)
	// What one that did not read all lacks is there still, as long as the device runs.
	worse := disc.gaveUp || disc.broken && len(m.sensors) < len(d.view.objects)
	if d.found.at.IsZero() || !worse {
		d.found = foundBy(disc, vbs, m.sensors, now)
		d.view.fit = d.found.fit
		d.view.learnUPS(vbs)
	}
	d.sensorsDue, d.neighborsDue = now.Add(d.o.SensorsEvery), now.Add(d.o.NeighboursEvery)
	d.view.addSensors(batch, m, disc.partial(), at)
	d.view.problems(batch, "neighbours", d.view.addNeighbors(batch, vbs, disc.gaveUp, at), at)
	d.view.addDuplex(batch, vbs, disc.partial(), at)
	d.view.addAbout(batch, disc.fit, vbs, m, at)
	problems := append(disc.problems, m.problems...)
	if d.profileProblem != "" {
		problems = append(problems, d.profileProblem)
	}
	d.view.problems(batch, "discovery", problems, at)
	d.deps.Log.Debug("device discovered", "device", d.o.Name, "profiles", fmt.Sprint(d.view.profiles()), "sensors", len(m.sensors))
}
