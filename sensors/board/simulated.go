package board

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"sync"
	"syscall"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/sim"
)

// simulatedChip is the name and label of the simulated GPIO chip.
const simulatedChip = "sim"

// simulated is a board without hardware. Its GPIO chip has a line for every
// contact of sim.State, wired as the configuration says; on I2C bus 1 sit an
// MCP9808 at the inlet (0x18), one at the outlet (0x19) and an SHT4x in the room
// (0x44), and an SSD1306 (0x3c) shows pages; a DS18B20 hangs at the ceiling
// (28-00000000ca11). What outputs show stands in the state as Shown.
type simulated struct {
	state  *sim.State
	socket string
	log    *slog.Logger
	mu     sync.Mutex
	held   map[string]bool // guarded by mu; contacts and outputs whose line is open
	screen simulatedDisplay
}

func newSimulated(socket string, log *slog.Logger) *simulated {
	return &simulated{state: sim.NewState(), socket: socket, log: log, held: map[string]bool{}}
}

// NewSimulated returns a simulated board that state moves, without a socket.
func NewSimulated(state *sim.State) Board {
	b := newSimulated("", slog.New(slog.DiscardHandler))
	b.state = state
	return b
}

// Run implements Board.
func (b *simulated) Run(ctx context.Context) error {
	if b.socket != "" {
		return sim.Serve(ctx, b.socket, b.state, b.log)
	}
	<-ctx.Done()
	return nil
}

// Sys implements Board.
func (b *simulated) Sys() fs.FS { return simulatedSys{b.state} }

// List implements Board.
func (b *simulated) List(ctx context.Context) Inventory {
	b.mu.Lock()
	chip := Chip{Name: simulatedChip, Label: simulatedChip}
	for n, name := range b.state.Contacts() {
		pin := Pin{Offset: n, Name: name, Used: b.held[name]}
		if pin.Used {
			pin.Consumer = "rackvakt:" + name
		}
		chip.Lines = append(chip.Lines, pin)
	}
	b.mu.Unlock()
	return Inventory{Chips: []Chip{chip}, Buses: []Bus{scan(ctx, b, simulatedBusName)}, OneWire: oneWire(b.Sys())}
}

// OpenLine implements Board. The simulated contact carries the configured name. A
// supervised loop is a line like the others here: this board has no ADC.
func (b *simulated) OpenLine(req contact.Request) (contact.Line, error) {
	if req.Chip != "" && req.Chip != simulatedChip {
		return nil, fmt.Errorf("simulated board: chip %q: %w", req.Chip, fs.ErrNotExist)
	}
	if err := b.state.Declare(req.Name, string(req.Role)); err != nil {
		return nil, err
	}
	active, present := b.state.Active(req.Name)
	if !present {
		return nil, fmt.Errorf("simulated board: %s: %w", req.Name, syscall.ENODEV)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[req.Name] {
		return nil, fmt.Errorf("simulated board: %s: %w", req.Name, syscall.EBUSY)
	}
	b.held[req.Name] = true
	line := &simulatedLine{
		board: b, name: req.Name, active: active,
		edges: make(chan contact.Edge, queuedEdges), stop: make(chan struct{}), done: make(chan struct{}),
	}
	changed := make(chan struct{}, 1)
	line.forget = b.state.Notify(changed)
	changed <- struct{}{}
	go line.watch(changed)
	return line, nil
}

// simulatedLine turns changes of the state into edges.
type simulatedLine struct {
	board  *simulated
	name   string
	active bool // owned by watch
	edges  chan contact.Edge
	forget func()
	once   sync.Once
	stop   chan struct{}
	done   chan struct{}
}

// watch ends when the line is closed or its contact becomes absent.
func (l *simulatedLine) watch(changed <-chan struct{}) {
	defer close(l.done)
	defer close(l.edges)
	for seq := uint32(1); ; {
		select {
		case <-l.stop:
			return
		case <-changed:
		}
		active, present := l.board.state.Active(l.name)
		if !present {
			return
		}
		if active == l.active {
			continue
		}
		l.active = active
		select {
		case l.edges <- contact.Edge{Active: active, Seq: seq}:
		case <-l.stop:
			return
		}
		seq++
	}
}

// Level implements contact.Line.
func (l *simulatedLine) Level() (bool, error) {
	active, present := l.board.state.Active(l.name)
	if !present {
		return false, fmt.Errorf("simulated board: %s: %w", l.name, syscall.ENODEV)
	}
	return active, nil
}

// Edges implements contact.Line.
func (l *simulatedLine) Edges() <-chan contact.Edge { return l.edges }

// Source implements contact.Line.
func (l *simulatedLine) Source() string {
	return fmt.Sprintf("sim line %d %s", slices.Index(l.board.state.Contacts(), l.name), l.name)
}

// Close implements contact.Line.
func (l *simulatedLine) Close() error {
	l.once.Do(func() {
		l.forget()
		close(l.stop)
		<-l.done
		l.board.mu.Lock()
		delete(l.board.held, l.name)
		l.board.mu.Unlock()
	})
	return nil
}
