package board

import (
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"syscall"

	"periph.io/x/conn/v3/spi"

	"rackvakt/sensors/output"
	"rackvakt/sensors/sim"
)

// OpenSPI implements Board: nothing hangs on SPI here.
func (b *simulated) OpenSPI(port string) (spi.PortCloser, error) {
	return nil, fmt.Errorf("simulated board: spi port %q: %w", port, fs.ErrNotExist)
}

// OpenOutput implements Board. What it shows stands in the state.
func (b *simulated) OpenOutput(req output.Request) (output.Line, error) {
	if req.Chip != "" && req.Chip != simulatedChip {
		return nil, fmt.Errorf("simulated board: chip %q: %w", req.Chip, fs.ErrNotExist)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held[req.Name] {
		return nil, fmt.Errorf("simulated board: %s: %w", req.Name, syscall.EBUSY)
	}
	b.held[req.Name] = true
	return &simulatedOutput{board: b, name: req.Name}, nil
}

// simulatedOutput is a line that tells what it shows; its level is seen by nobody.
type simulatedOutput struct {
	board *simulated
	name  string
}

// Tell implements output.Teller.
func (o *simulatedOutput) Tell(word string) { o.board.state.Show(o.name, word) }

// Set implements output.Line.
func (o *simulatedOutput) Set(bool) error { return nil }

// Source implements output.Line.
func (o *simulatedOutput) Source() string { return "sim output " + o.name }

// Close implements output.Line.
func (o *simulatedOutput) Close() error {
	o.board.state.Show(o.name, "")
	o.board.mu.Lock()
	defer o.board.mu.Unlock()
	delete(o.board.held, o.name)
	return nil
}

// simulatedDisplay is an SSD1306 (Rev 1.1, sections 8.1.5 and 9) with page
// addressing, which reads its own picture and tells the text.
type simulatedDisplay struct {
	mu     sync.Mutex
	memory output.Bitmap // guarded by mu
	page   byte          // guarded by mu
	column byte          // guarded by mu
	on     bool          // guarded by mu
	pump   bool          // guarded by mu; without it the panel has no voltage
}

// transfer takes one write: a control byte, then commands or data. A read gives
// the status, in which bit 6 says that the display is off.
func (d *simulatedDisplay) transfer(state *sim.State, w, r []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range r {
		r[i] = 0x40
		if d.on {
			r[i] = 0
		}
	}
	if len(w) == 0 {
		return
	}
	if w[0] == 0x40 {
		d.data(w[1:])
	} else {
		d.commands(w[1:])
	}
	state.Show("display", d.text())
}

func (d *simulatedDisplay) data(bytes []byte) {
	for _, b := range bytes {
		d.memory[d.page][d.column] = b
		d.column = (d.column + 1) % output.Width
	}
}

// arguments is how many octets follow a command (table 9-1); most have none.
var arguments = map[byte]int{0x20: 1, 0x21: 2, 0x22: 2, 0x81: 1, 0x8d: 1, 0xa8: 1, 0xd3: 1, 0xd5: 1, 0xd9: 1, 0xda: 1, 0xdb: 1}

func (d *simulatedDisplay) commands(bytes []byte) {
	for len(bytes) > 0 {
		c, n := bytes[0], arguments[bytes[0]]
		switch {
		case c == 0xae:
			d.on = false
		case c == 0xaf:
			d.on = true
		case c == 0x8d && len(bytes) > 1:
			d.pump = bytes[1]&0x04 != 0
		case c >= 0xb0 && c <= 0xb7:
			d.page = c & 7
		case c <= 0x0f:
			d.column = d.column&0x70 | c
		case c <= 0x1f:
			d.column = d.column&0x0f | c<<4&0x70
		}
		bytes = bytes[min(1+n, len(bytes)):]
	}
}

// text is what can be read on the display; "" while it is dark.
func (d *simulatedDisplay) text() string {
	if !d.on || !d.pump {
		return ""
	}
	var rows []string
	for _, row := range d.memory.Text() {
		if row != "" {
			rows = append(rows, row)
		}
	}
	return strings.Join(rows, " / ")
}
