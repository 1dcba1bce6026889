package publish

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/uplink/record"
)

func TestRecordsLeaveOnTheCollectorsAckOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(_ *Config, c *collector) { c.silent = true })
		stop := r.run(t)
		defer stop()
		r.append(t, record.LaneA, 3)
		r.append(t, record.LaneM, 200)
		time.Sleep(3 * time.Second)
		if a, m := r.out.Depth(record.LaneA), r.out.Depth(record.LaneM); a != 4 || m != 201 {
			t.Fatalf("left without an ack: depth a %d, m %d", a, m)
		}
		if a, _ := r.c.count(record.LaneA); a != 3 {
			t.Errorf("%d alarms arrived", a)
		}
		if m, _ := r.c.count(record.LaneM); m >= windowMost {
			t.Errorf("%d records of lane m sent without an ack", m)
		}
		r.c.mu.Lock()
		r.c.silent = false
		r.c.mu.Unlock()
		time.Sleep(10 * time.Second) // the window's time-out
		if a, m := r.out.Depth(record.LaneA), r.out.Depth(record.LaneM); a != 0 || m != 0 {
			t.Fatalf("depth a %d, m %d after acks", a, m)
		}
		r.c.inOrder(record.LaneA, 3)
		r.c.inOrder(record.LaneM, 200)
	})
}

const windowMost = record.WindowRecords

// After a time-out state is said again, and the time-outs double.
func TestTimeoutsSayStateAndDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(_ *Config, c *collector) { c.deaf = true })
		stop := r.run(t)
		defer stop()
		r.append(t, record.LaneA, 1)
		begin := time.Now()
		var at []time.Duration
		for len(at) < 6 && time.Since(begin) < time.Hour {
			r.c.mu.Lock()
			n := len(r.c.states)
			r.c.mu.Unlock()
			if n > len(at) {
				at = append(at, time.Since(begin).Round(time.Second))
			}
			time.Sleep(100 * time.Millisecond)
		}
		want := []time.Duration{0, 5, 15, 35, 75, 135}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(at, want) {
			t.Errorf("state said at %v, want %v", at, want)
		}
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		if s := r.c.states[0]; !s.Online || s.Start != testStart || s.Conn != 1 || s.Mark == nil {
			t.Errorf("state %+v", s)
		}
		r.c.deaf = false
	})
}

// Each snapshot goes out once, a birth beside it changes nothing, and one that
// nobody makes anew is not given a new date.
func TestNowGoesOutOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		stop := r.run(t)
		time.Sleep(time.Second)
		var given time.Time
		for range 6 {
			given = time.Now()
			if err := r.pub.SetNow([]byte(`{"verdict":"good"}`)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond)
			if err := r.pub.SetBirth(record.Birth{Part: "monitor"}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(10 * time.Second)
		}
		time.Sleep(time.Minute)
		stop()
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		now, err := record.DecodePayload[record.Now](r.c.retained["now/"])
		if err != nil || r.c.nows != 6 || !now.At.Wall.Equal(given) {
			t.Errorf("%d snapshots, the last of %v, given at %v, %v", r.c.nows, now.At.Wall, given, err)
		}
	})
}

// heardWords collects what the agent was told.
type heardWords struct {
	mu   sync.Mutex
	list []string
}

func (w *heardWords) add(word string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, word)
}

func (w *heardWords) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}

func TestHeartbeatsNowBirthAndWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got heardWords
		r := newRig(t, func(cfg *Config, _ *collector) {
			cfg.Command = func(c record.Command) { got.add(string(c.Do)) }
			cfg.Desired = func(d record.Desired) { got.add("desired") }
		})
		if err := r.pub.SetNow([]byte(`{"verdict":"good"}`)); err != nil {
			t.Fatal(err)
		}
		if err := r.pub.SetBirth(record.Birth{Part: "monitor", Versions: map[string]string{"rackvakt": "1.0"}}); err != nil {
			t.Fatal(err)
		}
		stop := r.run(t)
		time.Sleep(10*time.Second + 500*time.Millisecond)
		r.c.mu.Lock()
		beats, now, birth := len(r.c.beats), string(r.c.retained["now/"]), r.c.retained["birth/monitor"]
		r.c.mu.Unlock()
		if beats != 11 || birth == nil || now == "" {
			t.Errorf("%d heartbeats, now %q, birth %q", beats, now, birth)
		}
		r.c.tell(record.LeafCmd, record.Command{V: 1, ID: "q1", Do: record.OrderAnswer, TTLS: 5})
		r.c.tell(record.LeafCmd, record.Command{V: 1, ID: "q2", Do: record.OrderPollNow, TTLS: 5})
		r.c.tell(record.LeafDesired, record.Desired{V: 1, Revision: 1})
		time.Sleep(10 * time.Millisecond)
		r.c.mu.Lock()
		if b := r.c.beats[len(r.c.beats)-1]; b.Answer != "q1" {
			t.Errorf("no heartbeat in answer: %+v", b)
		}
		r.c.mu.Unlock()
		if words := got.all(); !slices.Equal(words, []string{"poll_now", "desired"}) {
			t.Errorf("the agent got %v", words)
		}
		stop()
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		if s := r.c.states[len(r.c.states)-1]; s.Online || s.Conn != 1 {
			t.Errorf("last state %+v", s)
		}
	})
}

func TestLastWordsAreSentBeforeGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		stop := r.run(t)
		time.Sleep(5 * time.Second)
		r.append(t, record.LaneA, 1)
		begin := time.Now()
		stop()
		r.c.inOrder(record.LaneA, 1)
		if d := r.out.Depth(record.LaneA); d != 0 {
			t.Errorf("did not wait for the ack: depth %d", d)
		}
		if d := time.Since(begin); d > 3*time.Second {
			t.Errorf("stopping took %s", d)
		}
	})
}

// A collector that answers nothing has filled the window with metrics: an alarm
// still goes out at once.
func TestAlarmDoesNotWaitBehindMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, func(_ *Config, c *collector) { c.silent = true })
		stop := r.run(t)
		defer stop()
		r.append(t, record.LaneM, 500)
		time.Sleep(time.Second)
		r.append(t, record.LaneA, 3)
		time.Sleep(100 * time.Millisecond)
		r.c.inOrder(record.LaneA, 3)
	})
}

func TestNothingIsSentTwiceOnAGoodLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		stop := r.run(t)
		defer stop()
		for range 20 {
			r.append(t, record.LaneM, 50)
			r.append(t, record.LaneA, 2)
			time.Sleep(time.Second)
		}
		r.c.inOrder(record.LaneM, 1000)
		r.c.inOrder(record.LaneA, 40)
		r.c.mu.Lock()
		defer r.c.mu.Unlock()
		if r.c.ignored > 0 {
			t.Errorf("%d records came again or out of turn", r.c.ignored)
		}
	})
}

// The broker is killed again and again in the middle of a stream; everything
// arrives once and in order, and the outbox is empty in the end.
func TestStreamOverBrokerKills(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { streamOverKills(t, nil, 3000, 40) })
}

func TestStreamOverBrokerKillsOnRealSockets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	streamOverKills(t, l, 3000, 6)
}

func streamOverKills(t *testing.T, l net.Listener, n, kills int) {
	killed := make(chan struct{}, 1)
	r := newRig(t, func(cfg *Config, c *collector) {
		next := n / (kills + 1)
		c.lossy = l == nil
		c.onTake = func(total int) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if total >= next && next < n {
				next += n / (kills + 1)
				select {
				case killed <- struct{}{}:
				default:
				}
			}
		}
		if l != nil {
			cfg.Broker, cfg.Dial = "tcp://"+l.Addr().String(), nil
			go accept(l, c)
		}
	})
	stop := r.run(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan int)
	go func() {
		count := 0
		for {
			select {
			case <-ctx.Done():
				done <- count
				return
			case <-killed:
				r.c.kill()
				count++
				r.c.start()
			}
		}
	}()
	for range n / 50 {
		r.append(t, record.LaneM, 45)
		r.append(t, record.LaneA, 5)
		if l == nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
	deadline := time.Now().Add(10 * time.Minute)
	if l != nil {
		deadline = time.Now().Add(60 * time.Second)
	}
	for (r.out.Depth(record.LaneA) > 0 || r.out.Depth(record.LaneM) > 0) && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	count := <-done
	stop()
	r.c.inOrder(record.LaneA, n/10)
	r.c.inOrder(record.LaneM, n-n/10)
	t.Logf("%d records, %d broker kills, %d came again or out of turn and were not taken", n, count, r.c.ignored)
	if count < kills/2 {
		t.Errorf("only %d kills", count)
	}
}

func accept(l net.Listener, c *collector) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_ = c.attach(conn) // a broker that is down refuses
	}
}

// frozen is a connection whose peer is gone without a word: writes vanish, reads wait.
type frozen struct {
	net.Conn
	now  atomic.Bool
	gone chan struct{}
	once sync.Once
}

func (f *frozen) Write(b []byte) (int, error) {
	if f.now.Load() {
		return len(b), nil
	}
	return f.Conn.Write(b)
}

func (f *frozen) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	if f.now.Load() {
		<-f.gone
		return 0, net.ErrClosed
	}
	return n, err
}

func (f *frozen) Close() error {
	f.once.Do(func() { close(f.gone) })
	return f.Conn.Close()
}

func TestHalfOpenPathIsNoticedWithin15Seconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first atomic.Pointer[frozen]
		r := newRig(t, func(cfg *Config, c *collector) {
			cfg.Dial = func(ctx context.Context) (net.Conn, error) {
				conn, err := c.pipe(ctx)
				f := &frozen{Conn: conn, gone: make(chan struct{})}
				first.CompareAndSwap(nil, f)
				return f, err
			}
		})
		stop := r.run(t)
		defer stop()
		time.Sleep(20 * time.Second)
		first.Load().now.Store(true)
		begin := time.Now()
		for r.pub.Status().Conn == 1 && time.Since(begin) < time.Hour {
			time.Sleep(50 * time.Millisecond)
		}
		took := time.Since(begin)
		t.Logf("noticed and connected again after %s", took)
		if took > 15*time.Second {
			t.Error("too late")
		}
		r.append(t, record.LaneA, 1)
		time.Sleep(time.Second)
		r.c.inOrder(record.LaneA, 1)
	})
}

func TestBoundToAnInterface(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if conn, err := dialer("no-such-if0").DialContext(t.Context(), "tcp", l.Addr().String()); err == nil {
		conn.Close()
		t.Error("connected by an interface that does not exist")
	} else if !strings.Contains(err.Error(), "no-such-if0") {
		t.Errorf("the interface is not named: %v", err)
	}
	conn, err := dialer("lo").DialContext(t.Context(), "tcp", l.Addr().String())
	if errors.Is(err, syscall.EPERM) {
		t.Skip("binding to an interface is not permitted here")
	}
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
}
