package faults

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/uplink/record"
)

// victim is which program is killed.
type victim string

const (
	killAgent     victim = "agent"
	killCollector victim = "collector"
	killBroker    victim = "mosquitto"
)

// stream is one run of the kill test.
type stream struct {
	*lab
	order    order
	seed     uint64
	rnd      *rand.Rand
	producer *rig.Process
	killed   []time.Time // moments at which the agent's side was killed
	kills    int
	resent   int // records that came to the collector more than once, or out of turn
}

// TestKill kills one program again and again in the middle of a stream and
// compares what was promised with what is stored.
func TestKill(t *testing.T) {
	needFaults(t)
	var table strings.Builder
	fmt.Fprintf(&table, "%-18s %6s %9s %7s %5s %8s %9s %6s %5s %8s\n", "killed", "kills", "promised", "stored", "lost", "doubled", "disorder", "resent", "gaps", "seconds")
	for _, c := range []struct {
		name     string
		victims  []victim
		external bool
	}{
		{"agent", []victim{killAgent}, false},
		{"collector", []victim{killCollector}, false},
		{"mosquitto", []victim{killBroker}, true},
		{"all three in turn", []victim{killAgent, killCollector, killBroker}, true},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			began := time.Now()
			s := newStream(t, c.external)
			kills := sized(6, 3)
			for i := range kills {
				s.strike(c.victims[i%len(c.victims)])
			}
			o := s.finish()
			fmt.Fprintf(&table, "%-18s %6d %9d %7d %5d %8d %9d %6d %5d %8.1f\n", c.name, kills, o.Promised, o.Stored, o.Lost, o.Doubled, o.Disordered,
				s.resent, len(o.Gaps), time.Since(began).Seconds())
		})
	}
	t.Logf("kill -9 in the middle of a stream:\n%s", table.String())
}

func newStream(t *testing.T, external bool) *stream {
	t.Helper()
	s := &stream{lab: newLab(t, external), seed: uint64(time.Now().UnixNano())}
	if text := os.Getenv("RACKVAKT_FAULTS_SEED"); text != "" {
		var err error
		s.seed, err = strconv.ParseUint(text, 10, 64)
		must(t, err)
	}
	s.rnd = rand.New(rand.NewPCG(s.seed, 0))
	t.Logf("moments of the kills: RACKVAKT_FAULTS_SEED=%d", s.seed)
	s.order = order{Dir: filepath.Join(s.dir, "closet"), Certs: s.certs, Broker: fmt.Sprintf("tls://127.0.0.1:%d", s.brokerPort),
		Total: sized(5000, 1000), Pause: 8 * time.Millisecond}
	must(t, os.Mkdir(s.order.Dir, 0o700))
	s.startProducer()
	return s
}

func (s *stream) startProducer() {
	s.t.Helper()
	text, err := json.Marshal(s.order)
	must(s.t, err)
	self, err := os.Executable()
	must(s.t, err)
	s.producer = s.run(rig.Spec{Name: "producer", Path: self, Env: []string{producerEnv + "=" + string(text)}})
}

// strike waits for a moment, kills a program, and starts it again a little later.
// Every other time agent or broker are hit while the collector stands still, so that
// they hold records which nobody else has.
func (s *stream) strike(v victim) {
	s.t.Helper()
	s.waitMoment()
	count, resent, _ := s.taken()
	s.kills++
	still := v != killCollector && s.kills%2 == 1
	if still {
		must(s.t, s.collector.Signal(syscall.SIGSTOP))
		time.Sleep(time.Duration(200+s.rnd.IntN(500)) * time.Millisecond)
	}
	var err error
	switch v {
	case killAgent:
		if !s.producer.Running() {
			s.t.Fatalf("the stream ended before its last kill\n%s", s.tails())
		}
		s.killed = append(s.killed, time.Now())
		err = s.producer.Kill()
	case killCollector:
		s.resent += resent
		err = s.collector.Kill()
	case killBroker:
		err = s.mosquitto.Kill()
	}
	must(s.t, err)
	s.t.Logf("killed %s, %d records stored since the collector's start, collector standing still: %v", v, count, still)
	time.Sleep(time.Duration(s.rnd.IntN(800)) * time.Millisecond)
	switch v {
	case killAgent:
		s.startProducer()
	case killCollector:
		s.startCollector()
	case killBroker:
		s.startMosquitto()
	}
	if still {
		time.Sleep(time.Duration(s.rnd.IntN(500)) * time.Millisecond)
		must(s.t, s.collector.Signal(syscall.SIGCONT))
	}
}

// waitMoment waits until more of the stream is stored, or for one in three kills
// only a moment, so that programs are hit while they start too.
func (s *stream) waitMoment() {
	s.t.Helper()
	if s.rnd.IntN(3) == 0 && s.kills > 0 {
		time.Sleep(time.Duration(s.rnd.IntN(300)) * time.Millisecond)
		return
	}
	before, more := -1, s.order.Total/50+s.rnd.IntN(s.order.Total/10)
	s.wait(90*time.Second, "the stream to go on", func() (bool, error) {
		n, _, ok := s.taken()
		if ok && (before < 0 || n < before) {
			before = n
		}
		return ok && n >= before+more, nil
	})
	time.Sleep(time.Duration(s.rnd.IntN(30)) * time.Millisecond)
}

// finish waits until the collector has everything, ends all, and compares.
func (s *stream) finish() outcome {
	s.t.Helper()
	s.wait(3*time.Minute, "the end of the stream", func() (bool, error) { return !s.producer.Running(), nil })
	if err := s.producer.Stop(time.Second); err != nil {
		s.t.Fatalf("the producer failed: %v\n%s", err, s.tails())
	}
	_, resent, _ := s.taken()
	s.resent += resent
	s.stop()
	p, err := readPromised(s.order.journal(), batch)
	must(s.t, err)
	if p.count() != s.order.Total {
		s.t.Errorf("%d records promised, want %d", p.count(), s.order.Total)
	}
	o := audit(s.t, s.storeDir(), p)
	o.check(s.t)
	s.checkContent(o)
	for _, at := range s.killed {
		for _, lane := range record.Lanes() {
			if _, ok := o.covering(lane, at); !ok {
				s.t.Errorf("lane %s: no gap covers the unclean stop at %s: %+v", lane, at.UTC().Format(time.StampMilli), o.Gaps)
			}
		}
	}
	return o
}

// checkContent checks that each record stored is the one that was appended under its identity.
func (s *stream) checkContent(o outcome) {
	s.t.Helper()
	for _, rows := range o.rows {
		for _, row := range rows {
			r, err := record.Decode(row.Payload)
			if err != nil || r.ID != row.ID || r.Gap == nil && !saysItself(r) {
				s.t.Errorf("%s holds something else (%v): %.200s", row.ID, err, row.Payload)
			}
		}
	}
}
