package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// memory is a Queue without a disk.
type memory struct {
	mu  sync.Mutex
	all []Delivery
}

func (q *memory) AddDeliveries(_ context.Context, ds []Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, d := range ds {
		if !slices.ContainsFunc(q.all, func(x Delivery) bool { return x.Key == d.Key }) {
			q.all = append(q.all, d)
		}
	}
	return nil
}

func (q *memory) SaveDelivery(_ context.Context, d Delivery) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.all[slices.IndexFunc(q.all, func(x Delivery) bool { return x.Key == d.Key })] = d
	return nil
}

func (q *memory) WaitingDeliveries(_ context.Context, channel string) ([]Delivery, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(q.all), func(d Delivery) bool { return d.Channel != channel || d.Status != Waiting }), nil
}

func (q *memory) list() []Delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.all)
}

// script answers deliveries as a test says and notes when they came.
type script struct {
	answer func(d Delivery) error // nil: hangs until the deadline
	mu     sync.Mutex
	keys   []string
	at     []time.Time
}

func (s *script) send(ctx context.Context, d Delivery) error {
	s.mu.Lock()
	s.keys, s.at = append(s.keys, d.Key), append(s.at, time.Now())
	s.mu.Unlock()
	if s.answer == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.answer(d)
}

// sent returns what came since the last call.
func (s *script) sent() (keys []string, at []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, at = s.keys, s.at
	s.keys, s.at = nil, nil
	return keys, at
}

// pass lets d go by and waits until everybody has done what was due.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// stage runs a Dispatcher over scripted channels inside a bubble.
func stage(t *testing.T, channels map[string]*script, play func(d *Dispatcher, q *memory)) {
	synctest.Test(t, func(t *testing.T) {
		q := &memory{}
		d := &Dispatcher{o: DefaultOptions(), w: Wiring{Queue: q, Log: quiet(), Site: func(string) (state.Site, bool) {
			return state.Site{ID: "s", Contacts: map[alarm.Party]state.Contact{alarm.RegionIT: {Email: []string{"a@b.example"}}}}, true
		}}}
		for name, s := range channels {
			c := &channel{name: name, timeout: 10 * time.Second, out: s}
			if name != "smtp" {
				c.hook = &Webhook{Name: name, Lang: "sv", Parties: []alarm.Party{alarm.RegionIT}}
			}
			d.add(c)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		play(d, q)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func told(t *testing.T, d *Dispatcher, id string, kind state.Kind, seq int) {
	t.Helper()
	k := state.Case{ID: id, Site: "s", Code: alarm.DoorHeld, Party: alarm.RegionIT, Start: time.Now(), End: time.Now()}
	n := state.Notice{Kind: kind, Seq: seq, Case: k, Parties: []alarm.Party{alarm.RegionIT}, At: time.Now()}
	if err := d.Notify(t.Context(), n); err != nil {
		t.Fatal(err)
	}
}

// A channel that hangs delays no other.
func TestDeadChannelHarmsNoOther(t *testing.T) {
	dead, live := &script{}, &script{answer: func(Delivery) error { return nil }}
	stage(t, map[string]*script{"smtp": dead, "webhook:desk": live}, func(d *Dispatcher, q *memory) {
		start := time.Now()
		told(t, d, "c1", state.Opened, 1)
		pass(time.Second)
		told(t, d, "c2", state.Opened, 1)
		pass(time.Second)
		if _, at := live.sent(); len(at) != 2 || !at[0].Equal(start) || !at[1].Equal(start.Add(time.Second)) {
			t.Errorf("the live channel sent at %v", at)
		}
		pass(time.Hour)
		if waiting, _ := q.WaitingDeliveries(t.Context(), "smtp"); len(waiting) != 2 || waiting[0].Tries < 50 {
			t.Errorf("the dead channel holds %+v", waiting)
		}
	})
}

// The same notice twice is one message.
func TestSameNoticeIsOneMessage(t *testing.T) {
	live := &script{answer: func(Delivery) error { return nil }}
	stage(t, map[string]*script{"smtp": live}, func(d *Dispatcher, q *memory) {
		for range 3 {
			told(t, d, "c1", state.Opened, 1)
			pass(time.Second)
		}
		keys, _ := live.sent()
		if want := []string{"c1/opened/1/region_it/smtp"}; !slices.Equal(keys, want) {
			t.Errorf("sent %v", keys)
		}
	})
}

// Retries back off, a channel that comes back empties its queue in order at once.
func TestBackOffAndReturn(t *testing.T) {
	var up atomic.Bool
	s := &script{answer: func(Delivery) error {
		if up.Load() {
			return nil
		}
		return errors.New("connection refused")
	}}
	stage(t, map[string]*script{"smtp": s}, func(d *Dispatcher, q *memory) {
		start := time.Now()
		told(t, d, "c1", state.Opened, 1)
		pass(20 * time.Second)
		var after []time.Duration
		_, tried := s.sent()
		for _, at := range tried {
			after = append(after, at.Sub(start))
		}
		if want := []time.Duration{0, 2 * time.Second, 6 * time.Second, 14 * time.Second}; !slices.Equal(after, want) {
			t.Errorf("tried after %v, want %v", after, want)
		}
		told(t, d, "c2", state.Opened, 1)
		told(t, d, "c1", state.Closed, 2)
		pass(time.Minute)
		up.Store(true)
		s.sent()
		pass(channelPause + time.Second)
		keys, _ := s.sent()
		want := []string{"c1/opened/1/region_it/smtp", "c2/opened/1/region_it/smtp", "c1/closed/2/region_it/smtp"}
		if !slices.Equal(keys, want) {
			t.Errorf("after its return: %v", keys)
		}
	})
}

// A message that is refused waits or ends alone; the rest goes out, but no
// message of a case overtakes an earlier one.
func TestRefusedMessage(t *testing.T) {
	s := &script{answer: func(d Delivery) error {
		switch {
		case strings.HasPrefix(d.Key, "never/"):
			return &refusal{err: errors.New("status 410"), final: true}
		case strings.HasPrefix(d.Key, "later/opened"):
			return &refusal{err: errors.New("status 503")}
		}
		return nil
	}}
	stage(t, map[string]*script{"webhook:desk": s}, func(d *Dispatcher, q *memory) {
		told(t, d, "never", state.Opened, 1)
		told(t, d, "later", state.Opened, 1)
		told(t, d, "later", state.Closed, 2)
		told(t, d, "other", state.Opened, 1)
		pass(10 * time.Minute)
		got := map[string]Status{}
		for _, x := range q.list() {
			got[x.Case+"/"+string(x.Kind)] = x.Status
		}
		want := map[string]Status{"never/opened": Failed, "later/opened": Waiting, "later/closed": Waiting, "other/opened": Delivered}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%s is %s, want %s", k, got[k], v)
			}
		}
		pass(73 * time.Hour)
		if all := q.list(); all[1].Status != Failed || all[2].Status != Delivered {
			t.Errorf("after giving up: %s, %s", all[1].Status, all[2].Status)
		}
	})
}
