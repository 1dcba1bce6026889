package chip

import "sync"

// words is a chip of 16-bit registers, high octet first, as MCP9808, LM75, TMP102
// and the INA family have them: the first octet of a write sets the pointer, which
// stays for later reads; two more are the register's new value. The zero value has
// no register.
type words struct {
	mu      sync.Mutex
	pointer byte                     // guarded by mu
	reg     map[byte]uint16          // guarded by mu; what is not in it is not there and reads as 0
	write   map[byte]uint16          // the bits that a write changes; none: read only
	octets  map[byte]bool            // registers of eight bits
	before  func(reg byte, v uint16) // if not nil, called with mu before a write
	wrote   func(reg byte)           // if not nil, called with mu after a write
	fresh   func(reg byte)           // if not nil, called with mu before a read
}

// Write implements Chip.
func (w *words) Write(data []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(data) == 0 {
		return true
	}
	w.pointer = data[0]
	switch {
	case w.octets[w.pointer] && len(data) == 2:
		w.set(uint16(data[1]))
	case !w.octets[w.pointer] && len(data) == 3:
		w.set(uint16(data[1])<<8 | uint16(data[2]))
	}
	return true
}

func (w *words) set(v uint16) {
	if w.before != nil {
		w.before(w.pointer, v)
	}
	mask := w.write[w.pointer]
	w.reg[w.pointer] = w.reg[w.pointer]&^mask | v&mask
	if w.wrote != nil {
		w.wrote(w.pointer)
	}
}

// Read implements Chip. What is read beyond the register repeats it.
func (w *words) Read(into []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fresh != nil {
		w.fresh(w.pointer)
	}
	v := w.reg[w.pointer]
	for i := range into {
		if i%2 == 0 && !w.octets[w.pointer] {
			into[i] = byte(v >> 8)
		} else {
			into[i] = byte(v)
		}
	}
	return true
}

// Register returns what a register holds.
func (w *words) Register(reg byte) uint16 {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fresh != nil {
		w.fresh(reg)
	}
	return w.reg[reg]
}

// SetRegister gives a register a content, read only or not.
func (w *words) SetRegister(reg byte, v uint16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reg[reg] = v
}
