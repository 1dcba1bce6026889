package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// Wiring is what a Dispatcher needs from outside.
type Wiring struct {
	Queue Queue
	// Site finds a site of the list.
	Site func(id string) (state.Site, bool)
	// TLS is the client configuration of SMTP and webhooks; nil: the system's roots.
	TLS *tls.Config
	Log *slog.Logger
}

// Dispatcher renders, queues and delivers. It implements state.Notifier.
type Dispatcher struct {
	o        Options
	w        Wiring
	channels []*channel
}

// sender delivers one message over one channel.
type sender interface {
	send(ctx context.Context, d Delivery) error
}

// channel is one way out with its own worker.
type channel struct {
	name    string
	timeout time.Duration
	hook    *Webhook // nil for SMTP
	out     sender
	wake    chan struct{} // holds one: look at the queue
}

// New reads the secrets and returns a Dispatcher; Run delivers.
func New(o Options, w Wiring) (*Dispatcher, error) {
	d := &Dispatcher{o: o, w: w}
	if o.SMTP.Address != "" {
		out, err := newMailer(o.SMTP, w.TLS)
		if err != nil {
			return nil, err
		}
		d.add(&channel{name: "smtp", timeout: o.SMTP.Timeout, out: out})
	}
	for _, hook := range o.Webhooks {
		out, err := newPoster(hook, w.TLS)
		if err != nil {
			return nil, err
		}
		d.add(&channel{name: "webhook:" + hook.Name, timeout: hook.Timeout, hook: &hook, out: out})
	}
	return d, nil
}

func (d *Dispatcher) add(c *channel) {
	c.wake = make(chan struct{}, 1)
	d.channels = append(d.channels, c)
}

// Notify renders n for every party and channel and queues it durably. Handing in
// the same notice again adds nothing.
func (d *Dispatcher) Notify(ctx context.Context, n state.Notice) error {
	var all []Delivery
	for _, party := range n.Parties {
		for _, c := range d.channels {
			del, wanted, err := d.prepare(c, n, party)
			if err != nil {
				return err
			}
			if wanted {
				all = append(all, del)
			}
		}
	}
	if len(all) == 0 {
		d.w.Log.Warn("case has no receiver", "case", n.Case.ID, "parties", n.Parties)
		return nil
	}
	if err := d.w.Queue.AddDeliveries(ctx, all); err != nil {
		return fmt.Errorf("queue messages of case %s: %w", n.Case.ID, err)
	}
	for _, c := range d.channels {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
	return nil
}

// prepare renders n for one party on one channel; false if nothing is to be sent.
func (d *Dispatcher) prepare(c *channel, n state.Notice, party alarm.Party) (Delivery, bool, error) {
	k := n.Case
	del := Delivery{
		Key:  strings.Join([]string{k.ID, string(n.Kind), fmt.Sprint(n.Seq), string(party), c.name}, "/"),
		Case: k.ID, Kind: n.Kind, Seq: n.Seq, Site: k.Site, Party: party, Channel: c.name, Status: Waiting, Created: time.Now(),
	}
	site, _ := d.w.Site(k.Site)
	names, contact := d.sites(k, party)
	if k.Site != "" {
		contact = site.Contacts[party]
	}
	r := Reader{Party: party, Lang: alarm.Lang(contact.Lang), Page: d.o.Page}
	if c.hook != nil {
		if !slices.Contains(c.hook.Parties, party) {
			return del, false, nil
		}
		r.Lang = alarm.Lang(c.hook.Lang)
		body, err := payload(del.Key, n, site, names, r, c.hook.Limited)
		del.Body = body
		return del, true, err
	}
	if r.Lang == "" {
		r.Lang = alarm.Swedish
	}
	m := Render(n, site, names, r)
	del.To, del.Subject, del.Body = contact.Email, m.Subject, m.Text
	return del, len(del.To) > 0, nil
}

// sites returns the names of a region incident's sites and whom of party to write to.
func (d *Dispatcher) sites(k state.Case, party alarm.Party) (names []string, to state.Contact) {
	for _, id := range k.Sites {
		s, ok := d.w.Site(id)
		if !ok {
			continue
		}
		names = append(names, s.Name)
		c := s.Contacts[party]
		if to.Lang == "" {
			to.Lang = c.Lang
		}
		for _, address := range c.Email {
			if !slices.Contains(to.Email, address) {
				to.Email = append(to.Email, address)
			}
		}
	}
	return names, to
}

// Run delivers until ctx ends, one worker per channel, and waits for them.
func (d *Dispatcher) Run(ctx context.Context) error {
	var all sync.WaitGroup
	for _, c := range d.channels {
		all.Go(func() { d.work(ctx, c) })
	}
	<-ctx.Done()
	all.Wait()
	return nil
}

// work empties the channel's part of the queue, and looks again when a message
// is added, when one is due, or when the channel may work again.
func (d *Dispatcher) work(ctx context.Context, c *channel) {
	failures := 0
	for ctx.Err() == nil {
		select {
		case <-c.wake: // whatever it told of is in the queue by now
		default:
		}
		pause, ok := d.round(ctx, c, failures > 0)
		switch {
		case ok:
			failures = 0
		default:
			failures++
			pause = min(backoff(d.o, failures), channelPause)
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
		case <-time.After(pause):
		}
	}
}

const (
	// channelPause is the longest pause of a channel that does not answer.
	channelPause = 30 * time.Second
	// idle is how long a worker sleeps with nothing due.
	idle = time.Minute
)

// backoff returns the pause after the nth failure.
func backoff(o Options, n int) time.Duration {
	d := o.FirstRetry
	for range min(n-1, 32) {
		if d *= 2; d >= o.LastRetry {
			return o.LastRetry
		}
	}
	return d
}

// round delivers what is due, oldest first, and returns when to look again. A
// channel that does not answer ends it (false); all tries everything, because
// the channel was down and nothing is the messages' own fault.
func (d *Dispatcher) round(ctx context.Context, c *channel, all bool) (time.Duration, bool) {
	list, err := d.w.Queue.WaitingDeliveries(ctx, c.name)
	if err != nil {
		d.logUnlessStopping(ctx, "queue could not be read", c, err)
		return 0, false
	}
	slices.SortStableFunc(list, func(a, b Delivery) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Seq, b.Seq)) })
	next, held := idle, map[string]bool{}
	for _, del := range list {
		thread := del.Case + "/" + string(del.Party)
		wait := time.Until(del.Next)
		if held[thread] || !all && wait > 0 {
			next, held[thread] = min(next, max(wait, time.Second)), true
			continue
		}
		down := d.deliver(ctx, c, &del)
		if ctx.Err() != nil {
			return 0, true
		}
		if err := d.w.Queue.SaveDelivery(ctx, del); err != nil {
			d.logUnlessStopping(ctx, "delivery could not be saved", c, err)
			return 0, false
		}
		if down {
			return 0, false
		}
		if del.Status == Waiting {
			next, held[thread] = min(next, time.Until(del.Next)), true
		}
	}
	return max(next, 0), true
}

func (d *Dispatcher) logUnlessStopping(ctx context.Context, what string, c *channel, err error) {
	if ctx.Err() == nil {
		d.w.Log.Error(what, "channel", c.name, "err", err)
	}
}

// refusal is an error that is the message's own, not the channel's. Final ones
// are not tried again.
type refusal struct {
	err   error
	final bool
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// deliver tries once and writes the outcome into del; true if the channel itself
// does not answer.
func (d *Dispatcher) deliver(ctx context.Context, c *channel, del *Delivery) bool {
	try, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := c.out.send(try, *del)
	if ctx.Err() != nil {
		return false
	}
	now := time.Now()
	del.Tries++
	if err == nil {
		del.Status, del.Done, del.Error, del.Next = Delivered, now, "", time.Time{}
		d.w.Log.Info("message delivered", "key", del.Key, "tries", del.Tries)
		return false
	}
	if del.Error == "" {
		d.w.Log.Warn("message not delivered", "key", del.Key, "err", err)
	}
	var own *refusal
	isOwn := errors.As(err, &own)
	del.Error, del.Next = err.Error(), now.Add(backoff(d.o, del.Tries))
	if isOwn && own.final || now.Sub(del.Created) >= d.o.GiveUp {
		del.Status, del.Done = Failed, now
		d.w.Log.Error("message given up", "key", del.Key, "tries", del.Tries, "err", err)
	}
	return !isOwn
}
