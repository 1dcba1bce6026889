package output

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
)

// bench is a board whose outputs a test looks at.
type bench struct {
	sensortest.Lines // the mute button
	began            time.Time
	mu               sync.Mutex
	levels           map[string]bool            // guarded by mu; of open lines
	changes          map[string][]time.Duration // guarded by mu; when a level changed
	broken           map[string]error           // guarded by mu; by name of line, or "i2c"
	opened           map[string]int             // guarded by mu
	requests         map[string]Request         // guarded by mu
	sent             [][]byte                   // guarded by mu; I2C, or SPI with the level of A0 before it
	facts            map[string]string          // guarded by mu; object and label
}

func newBench() *bench {
	return &bench{began: time.Now(), levels: map[string]bool{}, changes: map[string][]time.Duration{}, broken: map[string]error{},
		opened: map[string]int{}, requests: map[string]Request{}, facts: map[string]string{}}
}

func (b *bench) OpenOutput(req Request) (Line, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened[req.Name]++
	b.requests[req.Name] = req
	if err := b.broken[req.Name]; err != nil {
		return nil, err
	}
	b.levels[req.Name] = false
	return benchLine{b, req.Name}, nil
}

func (b *bench) OpenBus(string) (i2c.BusCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.opened["i2c"]++
	if err := b.broken["bus"]; err != nil {
		return nil, err
	}
	return benchBus{b}, nil
}

func (b *bench) OpenSPI(string) (spi.PortCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return benchPort{b}, b.broken["bus"]
}

func (b *bench) breaks(name string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken[name] = err
}

func (b *bench) sink(batch reading.Batch) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range batch.Facts {
		b.facts[f.Point.Object+" "+string(f.Label)] = f.Text
	}
}

func (b *bench) fact(key string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.facts[key]
}

func (b *bench) now() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.levels)
}

// when returns the times of the changes of a line so far, and forgets them.
func (b *bench) when(name string) []time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer delete(b.changes, name)
	return b.changes[name]
}

type benchLine struct {
	b    *bench
	name string
}

func (l benchLine) Set(active bool) error {
	l.b.mu.Lock()
	defer l.b.mu.Unlock()
	if err := l.b.broken[l.name]; err != nil {
		return err
	}
	if l.b.levels[l.name] != active {
		l.b.changes[l.name] = append(l.b.changes[l.name], time.Since(l.b.began))
	}
	l.b.levels[l.name] = active
	return nil
}

func (l benchLine) Source() string { return "bench " + l.name }

func (l benchLine) Close() error { return nil }

type benchBus struct{ b *bench }

func (benchBus) String() string                  { return "bench" }
func (benchBus) SetSpeed(physic.Frequency) error { return nil }
func (benchBus) Close() error                    { return nil }
func (u benchBus) Tx(addr uint16, w, _ []byte) error {
	u.b.mu.Lock()
	defer u.b.mu.Unlock()
	if err := u.b.broken["i2c"]; err != nil {
		return err
	}
	if addr != 0x3c {
		return syscall.EREMOTEIO
	}
	u.b.sent = append(u.b.sent, append([]byte(nil), w...))
	return nil
}

type benchPort struct{ b *bench }

func (benchPort) String() string                                              { return "bench" }
func (benchPort) Close() error                                                { return nil }
func (benchPort) LimitSpeed(physic.Frequency) error                           { return nil }
func (p benchPort) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return p, nil }
func (benchPort) Duplex() conn.Duplex                                         { return conn.Half }
func (benchPort) TxPackets([]spi.Packet) error                                { return errors.ErrUnsupported }
func (p benchPort) Tx(w, _ []byte) error {
	p.b.mu.Lock()
	defer p.b.mu.Unlock()
	control := byte(0x00)
	if p.b.levels["display-dc"] {
		control = 0x40
	}
	p.b.sent = append(p.b.sent, append([]byte{control}, w...))
	return nil
}

// run drives o on b inside a bubble of fake time for as long as test takes, and
// checks that all is off afterwards.
func run(t *testing.T, o Options, test func(b *bench, out *Outputs)) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		out := New(o, b, reading.NewWallclock("b", 0, nil), b.sink, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			if err := out.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		test(b, out)
		cancel()
		all.Wait()
		for name, active := range b.now() {
			if active && b.broken[name] == nil && name != "display-dc" {
				t.Errorf("%s is on after the end", name)
			}
		}
		if b.Held() {
			t.Error("the button's line is held after the end")
		}
	})
}

func everything() Options {
	o := DefaultOptions()
	o.LED, o.Buzzer, o.Relay.Pin = Pin{Line: "GPIO22"}, Pin{Line: "GPIO23"}, Pin{Line: "GPIO24"}
	o.Mute.Line, o.Display.Driver = "GPIO27", SSD1306
	return o
}

var _ contact.Opener = (*bench)(nil)
