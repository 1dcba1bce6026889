package usbip

import "rackvakt/sensors/sensortest/chip"

// ds2490 is Maxim's USB to 1-Wire bridge, sold as DS9490R (04fa:2490), as far as
// the kernel's ds2490 uses it (DS2490 datasheet 19-5588; drivers/w1/masters/ds2490.c):
// commands are control requests, data goes through the endpoints 2 and 3, the
// state is read from endpoint 1.
type ds2490 struct {
	wire *chip.Wire
	out  []byte // from the host, for a block command
	in   []byte // for the host
}

// Request types of the datasheet's table "vendor specific requests".
const (
	dsControl       = 0
	dsCommunication = 1
)

// Communication commands, in the lower octet of wValue without the bits 0 (do it
// at once) and 3 (differs from command to command).
const (
	dsCommandBits  = 0xf6
	dsReset        = 0x42
	dsByte         = 0x52
	dsBlock        = 0x74
	dsSearchAccess = 0xf4
	dsBit          = 0x20
	dsBitValue     = 0x08
)

func (*ds2490) descriptors() ([]byte, []byte) {
	var parts [][]byte
	for alternate := range byte(4) {
		parts = append(parts, []byte{9, 4, 0, alternate, 3, 0xff, 0, 0, 0},
			[]byte{7, 5, 0x81, 3, 32, 0, 1}, []byte{7, 5, 0x02, 2, 64, 0, 0}, []byte{7, 5, 0x83, 2, 64, 0, 0})
	}
	return deviceDescriptor(0x04fa, 0x2490, 2), configuration(parts...)
}

func (d *ds2490) vendor(s setup, _ []byte) ([]byte, int32, bool) {
	switch s.request {
	case dsCommunication:
		d.command(s)
	case dsControl:
		if s.value == 0 { // reset device
			d.in, d.out = nil, nil
		}
	}
	return nil, good, false
}

func (d *ds2490) command(s setup) {
	switch s.value & dsCommandBits {
	case dsReset:
		d.wire.Reset()
	case dsByte:
		d.in = append(d.in, d.wire.Touch(byte(s.index)))
	case dsBlock:
		n := min(int(s.index), len(d.out))
		for _, b := range d.out[:n] {
			d.in = append(d.in, d.wire.Touch(b))
		}
		d.out = d.out[n:]
	case dsSearchAccess: // the bridge walks the tree by itself
		d.out = nil
		for _, rom := range d.wire.Search() {
			d.in = append(d.in, rom[:]...)
		}
	case dsBit:
		bit := byte(0)
		if d.wire.TouchBit(s.value&dsBitValue != 0) {
			bit = 1
		}
		d.in = append(d.in, bit)
	}
}

// dsState is the size of the state packet without result codes.
const dsState = 16

// pipe serves the state (1), data from the host (2) and data for it (3).
func (d *ds2490) pipe(q request) []byte {
	switch q.endpoint {
	case 1:
		state := make([]byte, dsState)
		state[8] = 0x20 // idle
		state[13] = byte(min(len(d.in), 128))
		return state
	case 2:
		d.out = append(d.out, q.data...)
	case 3:
		n := min(len(d.in), q.length)
		data := d.in[:n]
		d.in = d.in[n:]
		return data
	}
	return nil
}
