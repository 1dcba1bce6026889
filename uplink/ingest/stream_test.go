package ingest_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/cert"
	"rackvakt/uplink/record"
	"rackvakt/uplink/store"
)

// sender is a closet that sends the records 1..last of both lanes within its
// window, doubled and out of order, until the collector has them all.
type sender struct {
	t    *testing.T
	c    paho.Client
	rnd  *rand.Rand
	last uint64

	mu   sync.Mutex
	head map[record.Lane]uint64
	come chan struct{}
}

func (s *sender) onAck(_ paho.Client, m paho.Message) {
	ack, err := record.DecodePayload[record.Ack](m.Payload())
	if err != nil {
		s.t.Errorf("ack: %v", err)
	}
	s.mu.Lock()
	for _, lane := range record.Lanes() {
		_, n, _, _ := ack.Head.Of(lane).Split()
		s.head[lane] = max(s.head[lane], n)
	}
	s.mu.Unlock()
	select {
	case s.come <- struct{}{}:
	default:
	}
}

func (s *sender) heads() (a, m uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.head[record.LaneA], s.head[record.LaneM]
}

// window returns the payloads in flight from the heads on, with some doubled and
// some changed in order.
func (s *sender) window() (topics []string, payloads [][]byte) {
	a, m := s.heads()
	for i := range uint64(32) {
		for lane, head := range map[record.Lane]uint64{record.LaneA: a, record.LaneM: m} {
			if n := head + 1 + i; n <= s.last {
				topics = append(topics, topic(kil, record.LeafOf(lane), ""))
				payloads = append(payloads, sent(s.t, lane, n, nil))
			}
		}
	}
	for i := range payloads {
		j := s.rnd.IntN(len(payloads))
		switch s.rnd.IntN(20) {
		case 0:
			payloads[i], payloads[j] = payloads[j], payloads[i]
			topics[i], topics[j] = topics[j], topics[i]
		case 1:
			payloads, topics = append(payloads, payloads[j]), append(topics, topics[j])
		}
	}
	return topics, payloads
}

func (s *sender) run() {
	for range 100_000 {
		topics, payloads := s.window()
		if len(payloads) == 0 {
			return
		}
		for i, p := range payloads {
			if tok := s.c.Publish(topics[i], 1, false, p); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
				s.t.Fatalf("publish: %v", tok.Error())
			}
		}
		select {
		case <-s.come:
		case <-time.After(200 * time.Millisecond): // the answer was lost: sent again
		}
	}
	s.t.Fatal("the outbox does not become empty")
}

// mutualTLS returns an embedded broker with certificates of its own and the
// client's settings.
func mutualTLS(t *testing.T) (*broker.Embedded, *tls.Config) {
	t.Helper()
	dir, now := t.TempDir(), time.Now()
	_, err := cert.CA(dir, "test", now)
	must(t, err)
	server, err := cert.Server(dir, []string{"127.0.0.1"}, now)
	must(t, err)
	closet, err := cert.Closet(dir, kil.String(), now)
	must(t, err)
	o := broker.DefaultOptions().Embedded
	o.Listen, o.CA, o.Certificate, o.Key = "127.0.0.1:0", filepath.Join(dir, "ca.crt"), server.CertFile, server.KeyFile
	b, err := broker.NewEmbedded(o, nil, slog.New(slog.DiscardHandler))
	must(t, err)
	pem, err := os.ReadFile(o.CA)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(closet.CertFile, closet.KeyFile)
	must(t, err)
	return b, &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
}

// Five thousand records over TLS, doubled and out of order, are stored once and
// in order, and handed on.
func TestStreamOverTLS(t *testing.T) {
	const each = 2500
	dir := t.TempDir()
	samples := openSamples(t, dir)
	b, conf := mutualTLS(t)
	r := newRig(t, dir, b, samples, nil)
	stop := r.run(t)
	until(t, "the broker serves", func() bool { return b.Ready() == nil })
	s := &sender{t: t, last: each, rnd: rand.New(rand.NewPCG(1, 2)), head: map[record.Lane]uint64{}, come: make(chan struct{}, 1)}
	s.c = paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" + b.Addr()).SetTLSConfig(conf).
		SetClientID(record.ClientID(kil, "fixed", start)).SetAutoReconnect(false).SetProtocolVersion(4))
	if tok := s.c.Connect(); !tok.WaitTimeout(10*time.Second) || tok.Error() != nil {
		t.Fatalf("connect: %v", tok.Error())
	}
	s.c.Subscribe(topic(kil, record.LeafAck, ""), 0, s.onAck).Wait()
	began := time.Now()
	s.run()
	t.Logf("%d records through two lanes of one closet: %.0f/s; %+v", 2*each, 2*each/time.Since(began).Seconds(), r.Counters())
	until(t, "everything is handed on", func() bool { return r.Counters().Samples == each*10 && r.Counters().Applied > 0 && r.seen() == each })
	s.c.Disconnect(0)
	for _, lane := range record.Lanes() {
		checkJournal(t, r.db, lane, each)
	}
	for i, a := range r.ear.applied {
		if a.Record.ID != record.RecordID(start, uint64(i+1)) {
			t.Fatalf("record %d handed on is %s", i+1, a.Record.ID)
		}
	}
	stop()
	checkSamples(t, samples, each)
	must(t, samples.Close())
}

func (r *rig) seen() int {
	r.ear.mu.Lock()
	defer r.ear.mu.Unlock()
	return len(r.ear.applied)
}

// checkJournal fails unless the lane holds exactly 1..n, in order.
func checkJournal(t *testing.T, db *store.DB, lane record.Lane, n uint64) {
	t.Helper()
	rows, err := db.Journal(context.Background(), lane, 0, 1<<30)
	must(t, err)
	for i, row := range rows {
		if want := record.RecordID(start, uint64(i+1)); row.ID != want || row.Closet != kil {
			t.Fatalf("lane %s: row %d is %s, want %s", lane, i+1, row.ID, want)
		}
	}
	if uint64(len(rows)) != n {
		t.Fatalf("lane %s holds %d records, want %d", lane, len(rows), n)
	}
}

// checkSamples fails unless every series holds the values 1..n at their times.
func checkSamples(t *testing.T, samples *store.Samples, n uint64) {
	t.Helper()
	all, err := samples.Range(context.Background(), store.Series{Area: "vast", Site: "kil", Device: "sw1"}, epoch, epoch.Add(24*time.Hour), 0)
	must(t, err)
	if len(all) != 10 {
		t.Fatalf("%d series, want 10", len(all))
	}
	for _, series := range all {
		for i, v := range series.Values {
			if k := uint64(i + 1); v.Value != float64(k) || !v.At.Equal(stampAt(k).Wall) {
				t.Fatalf("%s: value %d is %+v", series.Object, k, v)
			}
		}
		if uint64(len(series.Values)) != n {
			t.Fatalf("%s: %d values, want %d", series.Object, len(series.Values), n)
		}
	}
}

// killed names the folder that the child of TestKill9 works in.
const killed = "RACKVAKT_TEST_KILLED"

// loud is a broker that prints the heads of every ack.
type loud struct{ wire }

func (l *loud) Publish(topic string, payload []byte, qos byte, retain bool) error {
	if err := l.wire.Publish(topic, payload, qos, retain); err != nil {
		return err
	}
	fmt.Printf("ack %s %s\n", l.head(kil, record.LaneA), l.head(kil, record.LaneM))
	return nil
}

// TestKilledChild is the collector that TestKill9 kills; alone it does nothing.
func TestKilledChild(t *testing.T) {
	dir := os.Getenv(killed)
	if dir == "" {
		t.Skip("works only as the child of TestKill9")
	}
	b := &loud{}
	r := newRig(t, dir, b, openSamples(t, dir), nil)
	r.run(t)
	for n := uint64(1); n < 1_000_000; n++ {
		r.record(t, kil, record.LaneA, n)
		r.record(t, kil, record.LaneM, n)
		if n%50 == 0 {
			until(t, "an ack comes", func() bool {
				return b.head(kil, record.LaneM) == record.RecordID(start, n) && b.head(kil, record.LaneA) == record.RecordID(start, n)
			})
		}
	}
}

// A collector that is killed in the middle has everything that it acknowledged,
// its heads fit its journal, and the samples come out whole.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), killed+"="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	var ackedA, ackedM uint64
	for sc := bufio.NewScanner(out); sc.Scan(); {
		f := strings.Fields(sc.Text())
		if len(f) == 3 && f[0] == "ack" {
			_, ackedA, _, _ = record.ID(f[1]).Split()
			_, ackedM, _, _ = record.ID(f[2]).Split()
		}
		if ackedA >= 1000 && ackedM >= 1000 {
			break
		}
	}
	must(t, cmd.Process.Kill())
	_ = cmd.Wait() // killed
	samples := openSamples(t, dir)
	w := &wire{}
	r := newRig(t, dir, w, samples, nil)
	lanes, err := r.db.Lanes(t.Context())
	must(t, err)
	var stored [2]uint64
	for i, lane := range record.Lanes() {
		s := lanes[store.LaneID{Closet: kil, Lane: lane}]
		_, n, _, _ := s.Head.Split()
		if len(s.Have) != 1 || s.Have[0].First != 1 || s.Have[0].Last != n {
			t.Errorf("lane %s: head %s, have %v", lane, s.Head, s.Have)
		}
		checkJournal(t, r.db, lane, n)
		stored[i] = n
	}
	if stored[0] < ackedA || stored[1] < ackedM {
		t.Errorf("acknowledged %d and %d, stored %v", ackedA, ackedM, stored)
	}
	mark, err := r.db.Mark(t.Context(), "samples")
	must(t, err)
	stop := r.run(t)
	r.record(t, kil, record.LaneA, stored[0]+1) // it goes on where it was
	until(t, "the next record is taken", func() bool { return w.head(kil, record.LaneA) == record.RecordID(start, stored[0]+1) })
	last, err := r.db.Journal(t.Context(), record.LaneM, 0, 1<<30)
	must(t, err)
	until(t, "all samples are applied", func() bool { return r.Counters().Sampled >= last[len(last)-1].Seq })
	stop()
	t.Logf("acknowledged %d and %d, stored %v; samples marked up to place %d of %d, %d applied again", ackedA, ackedM, stored, mark, last[len(last)-1].Seq, r.Counters().Samples)
	checkSamples(t, samples, stored[1])
	must(t, samples.Close())
}
