package chip

import "sync"

// SSD1306 is Solomon Systech's controller of an OLED of 128x64 dots, Rev 1.1 (Apr
// 2008), as far as pictures go: memory, addressing, on and off. The rest is taken.
type SSD1306 struct {
	mu           sync.Mutex
	memory       [8][128]byte // guarded by mu
	on           bool         // guarded by mu
	page, column int          // guarded by mu
	horizontal   bool         // guarded by mu
	command      []byte       // guarded by mu; what has come of the present command
}

// NewSSD1306 returns one just switched on, dark.
func NewSSD1306() *SSD1306 { return &SSD1306{} }

// On reports whether the display is switched on.
func (d *SSD1306) On() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.on
}

// Memory returns the picture: eight bands of 128 columns, the uppermost dot of a
// band in bit 0.
func (d *SSD1306) Memory() [8][128]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.memory
}

// Write implements Chip: a control byte says whether commands or data follow, up
// to the next one (Co, bit 7) or the end (section 8.1.5.2).
func (d *SSD1306) Write(data []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(data) > 1 {
		control, rest := data[0], data[1:]
		if control&0x3f != 0 {
			return false
		}
		piece := rest
		if control&0x80 != 0 {
			piece = rest[:1]
		}
		for _, b := range piece {
			if control&0x40 != 0 {
				d.put(b)
			} else {
				d.take(b)
			}
		}
		data = rest[len(piece):]
	}
	return true
}

// Read implements Chip: bit 6 tells that the display is off (section 8.1.5).
func (d *SSD1306) Read(into []byte) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range into {
		into[i] = 0x40
		if d.on {
			into[i] = 0
		}
	}
	return true
}

// put writes a column and steps on: in page mode the column comes round in its
// page, in horizontal mode the next page follows (section 10.1.3).
func (d *SSD1306) put(b byte) {
	d.memory[d.page][d.column] = b
	d.column = (d.column + 1) % 128
	if d.horizontal && d.column == 0 {
		d.page = (d.page + 1) % 8
	}
}

// ssdFollow is how many octets follow a command, table 9-1; none where it is not named.
var ssdFollow = map[byte]int{
	0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2a: 5, 0x81: 1, 0x8d: 1, 0xa3: 2,
	0xa8: 1, 0xd3: 1, 0xd5: 1, 0xd9: 1, 0xda: 1, 0xdb: 1,
}

func (d *SSD1306) take(b byte) {
	d.command = append(d.command, b)
	c := d.command[0]
	if len(d.command) <= ssdFollow[c] {
		return
	}
	switch {
	case c&0xf0 == 0x00:
		d.column = d.column&0x70 | int(c&15)
	case c&0xf0 == 0x10:
		d.column = d.column&0x0f | int(c&7)<<4
	case c == 0x20:
		d.horizontal = d.command[1]&3 == 0
	case c == 0x21:
		d.column = int(d.command[1] & 127)
	case c == 0x22:
		d.page = int(d.command[1] & 7)
	case c&0xf8 == 0xb0:
		d.page = int(c & 7)
	case c == 0xae, c == 0xaf:
		d.on = c == 0xaf
	}
	d.command = nil
}
