package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/session"
)

// Deps is what a Device is given.
type Deps struct {
	Clock reading.Clock
	// Sink takes what is read. It is called from the device's own goroutine, so
	// with several devices from several at once.
	Sink reading.Sink
	Log  *slog.Logger
	// Ports is what people say about the ports; see SetPorts.
	Ports Ports
	// Store keeps what is learned about the device, over restarts too; nil: nothing is kept.
	Store session.Store
	// Profiles are shared by the devices of a program; nil: the device opens those
	// of its ProfileDir. ProfileProblem says what was left out of them.
	Profiles       *profile.Library
	ProfileProblem string
}

// Times of the owner's schedule.
const (
	inventoryEvery = 10 * time.Minute       // all columns, also those that hardly change
	inventoryAgain = time.Minute            // after one that did not end well
	discoveryAgain = time.Minute            // after one that was cut off, or new rows
	mostPoll       = 4 * time.Minute        // for a poll, a reading of sensors or of neighbours
	backoffFirst   = 2 * time.Second        // after the first silence
	backoffMost    = 10 * time.Second       // a restored switch is noticed within this
	askPause       = 500 * time.Millisecond // Ask does not knock oftener on a silent device
)

// Device is one device that is polled. All but the methods that say otherwise belongs
// to the goroutine of Run.
type Device struct {
	o    Options
	deps Deps
	asks *asks
	s    *session.Session
	// handed are the Ports to come, state is what State returns.
	handed handed
	state  stateKept

	// Schedule.
	urgentDue, pollDue, inventoryDue time.Time
	asked                            bool
	portsAsked                       map[uint32]bool // by ifIndex
	lostAt                           time.Time       // when a port that was asked for was not there
	stepDue                          time.Time       // a slow device is left alone till then
	poll                             *fullPoll       // the full poll under way; nil between two

	sensorsDue, neighborsDue time.Time
	sensorsAsked             bool
	job                      *job // beside the polls; nil between two
	jobsTurn                 bool // of job and poll under way at once
	discoveryDue             time.Time

	profiles       *profile.Library
	profileProblem string
	found          found

	// Breaker: while shut is not "", one small question is asked at retryAt.
	shut    string // the reason: no answer, or what was refused
	backoff time.Duration
	retryAt time.Time
	lastTry time.Time

	view view
}

// New returns a Device for o, which must have been validated.
func New(o Options, deps Deps) *Device {
	return &Device{o: o, deps: deps, asks: newAsks(), portsAsked: make(map[uint32]bool), view: newView(o)}
}

// Run polls until ctx ends; it returns an error only where it could not begin.
func (d *Device) Run(ctx context.Context) error {
	s, err := session.New(d.o.Options)
	if err != nil {
		return fmt.Errorf("poll %s: %w", d.o.Name, err)
	}
	d.profiles, d.profileProblem = d.deps.Profiles, d.deps.ProfileProblem
	if d.profiles == nil {
		if d.profiles, d.profileProblem, err = OpenProfiles(d.o.ProfileDir); err != nil {
			return fmt.Errorf("poll %s: %w", d.o.Name, err)
		}
	}
	if d.deps.Store != nil {
		s.Use(d.deps.Store.Load(d.o.Name))
	}
	d.view.setPorts(d.deps.Ports)
	d.s = s
	defer s.Close()
	for ctx.Err() == nil {
		d.step(ctx)
	}
	return nil
}

// step does one request, or waits for the next.
func (d *Device) step(ctx context.Context) {
	now := time.Now()
	d.hear()
	switch {
	case d.shut != "":
		d.knock(ctx, now)
	case len(d.portsAsked) > 0 && d.view.mapped:
		d.readPorts(ctx)
	case d.urgent(now) && d.view.mapped:
		d.readUrgent(ctx)
	case now.Before(d.stepDue):
		d.sleep(ctx, earliest(d.stepDue, d.urgentDue))
	case d.poll != nil && !d.jobFirst(now):
		d.jobsTurn = true
		d.pollStep(ctx)
		d.stepDue = time.Now().Add(d.s.Pause())
	case d.poll == nil && !now.Before(d.pollDue) && !d.jobFirst(now):
		d.startPoll(now)
	case d.dueJob(now):
		d.jobsTurn = false
		d.jobStep(ctx)
		d.stepDue = time.Now().Add(d.s.Pause())
	default:
		d.sleep(ctx, d.nextDue())
	}
}

// jobFirst reports whether it is the turn of a job. One begins beside a poll, which
// may take long, but not beside that of everything: a discovery follows it.
func (d *Device) jobFirst(now time.Time) bool {
	if !d.jobsTurn || d.job == nil && d.poll != nil && d.poll.inventory {
		return false
	}
	return d.dueJob(now)
}

// urgent reports whether the uplink ports are to be read before anything else.
func (d *Device) urgent(now time.Time) bool { return d.asked || !now.Before(d.urgentDue) }

// nextDue is when there is something to do.
func (d *Device) nextDue() time.Time { return d.jobDue(earliest(d.urgentDue, d.pollDue)) }

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// sleep waits until the given time, an Ask or the end of ctx.
func (d *Device) sleep(ctx context.Context, until time.Time) {
	timer := time.NewTimer(time.Until(until))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-d.asks.wake:
		d.hear()
	}
}

// knock asks a silent or refusing device for its uptime, once in a while.
func (d *Device) knock(ctx context.Context, now time.Time) {
	due := d.retryAt
	if d.asked {
		due = earliest(due, d.lastTry.Add(askPause))
	}
	if now.Before(due) {
		d.sleep(ctx, due)
		return
	}
	d.asked = false
	d.lastTry = now
	if err := d.s.Knock(ctx); err != nil {
		d.fail(ctx, err)
		return
	}
	d.deps.Log.Info("device answers again", "device", d.o.Name)
	clear(d.portsAsked) // all are read
	d.shut, d.backoff, d.jobsTurn = "", 0, false
	d.pollDue, d.urgentDue, d.inventoryDue = now, now, now
	if !d.view.upTime.Present {
		d.discoveryDue = now // nothing will tell whether it started again
	}
}

// fail takes the failure of a request: nothing came back, or a refusal did.
func (d *Device) fail(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	reason, alive := session.ErrSilent.Error(), false
	var refused *session.RefusedError
	if errors.As(err, &refused) {
		reason, alive = refused.Reason, true
	}
	if d.shut != reason {
		d.deps.Log.Warn("device gives no values", "device", d.o.Name, "reason", reason, "error", err)
	}
	if d.job != nil && d.job.discovery != nil {
		d.discoveryDue = time.Now().Add(discoveryAgain)
	}
	d.poll, d.job, d.shut = nil, nil, reason
	d.backoff = min(max(2*d.backoff, backoffFirst), backoffMost)
	d.lastTry = time.Now()
	d.retryAt = d.lastTry.Add(d.backoff)
	d.s.Close()
	d.publish()
	d.deps.Sink(d.view.lost(reason, alive, d.deps.Clock.Now()))
}
