package chip

import "sync"

// Wire is a 1-Wire bus: what its slaves let through at the same time is the AND of
// all. The zero value is a bus with nothing on it.
type Wire struct {
	mu     sync.Mutex
	slaves []*DS18B20 // guarded by mu
	short  bool       // guarded by mu
	state  wireState  // guarded by mu
	rom    []byte     // guarded by mu; what a match command has sent so far
	picked []*DS18B20 // guarded by mu; those that the function command is for
}

type wireState int

const (
	idle     wireState = iota // after nothing but a reset something follows
	romNext                   // a ROM command
	romBytes                  // the eight bytes of a match
	function                  // a function command
	data                      // its data
)

// Attach puts a sensor on the bus.
func (w *Wire) Attach(s *DS18B20) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slaves = append(w.slaves, s)
}

// Detach takes it off.
func (w *Wire) Detach(s *DS18B20) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var rest []*DS18B20
	for _, have := range w.slaves {
		if have != s {
			rest = append(rest, have)
		}
	}
	w.slaves, w.picked, w.state = rest, nil, idle
}

// Short ties the data line to ground: every bit reads 0 and nobody answers a reset.
func (w *Wire) Short(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.short = on
}

// Reset starts a transaction and reports whether a slave answered.
func (w *Wire) Reset() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state, w.picked, w.rom = romNext, nil, nil
	return len(w.slaves) > 0 && !w.short
}

// Touch writes eight bits and returns what the line had meanwhile; 0xff reads.
func (w *Wire) Touch(b byte) byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.short {
		return 0
	}
	switch w.state {
	case romNext:
		w.romCommand(b)
	case romBytes:
		w.match(b)
	case function:
		w.state = data
		for _, s := range w.picked {
			s.command(b)
		}
	case data:
		for _, s := range w.picked {
			b &= s.touch(b)
		}
	}
	return b
}

// TouchBit is Touch for one bit: a sensor that converts answers 0, one that is
// done 1.
func (w *Wire) TouchBit(bit bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.picked {
		bit = bit && s.ready()
	}
	return bit && !w.short
}

// ROM commands of the DS18B20, 19-7487 Rev 6, section "ROM commands". The search is
// done by Search, since the adapters do it themselves.
const (
	skipROM  = 0xcc
	matchROM = 0x55
)

func (w *Wire) romCommand(b byte) {
	w.state = idle
	switch b {
	case skipROM:
		w.picked, w.state = w.slaves, function
	case matchROM:
		w.state = romBytes
	}
}

func (w *Wire) match(b byte) {
	if w.rom = append(w.rom, b); len(w.rom) < 8 {
		return
	}
	w.state = function
	for _, s := range w.slaves {
		if rom := s.ROM(); string(rom[:]) == string(w.rom) {
			w.picked = append(w.picked, s)
		}
	}
}

// Search returns the ROM codes of all slaves.
func (w *Wire) Search() [][8]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found [][8]byte
	for _, s := range w.slaves {
		if !w.short {
			found = append(found, s.ROM())
		}
	}
	return found
}
