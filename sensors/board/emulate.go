package board

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"

	"rackvakt/sensors/sim"
)

// What hangs on the simulated board.
const (
	simulatedBusName = "1"
	simulatedInlet   = 0x18
	simulatedOutlet  = 0x19
	simulatedRoom    = 0x44
	simulatedScreen  = 0x3c
	simulatedCeiling = "28-00000000ca11"
)

// OpenBus implements Board.
func (b *simulated) OpenBus(name string) (i2c.BusCloser, error) {
	if name != simulatedBusName {
		return nil, fmt.Errorf("simulated board: i2c-%s: %w", name, fs.ErrNotExist)
	}
	return &simulatedBus{state: b.state, screen: &b.screen}, nil
}

// simulatedBus answers like the chips on it. It is used by one goroutine, as
// every handle of a bus is.
type simulatedBus struct {
	state  *sim.State
	screen *simulatedDisplay
	// pending is the answer of the SHT4x to the command sent last.
	pending []byte
}

// String implements i2c.Bus.
func (*simulatedBus) String() string { return "simulated i2c-" + simulatedBusName }

// SetSpeed implements i2c.Bus.
func (*simulatedBus) SetSpeed(physic.Frequency) error { return nil }

// Close implements i2c.BusCloser.
func (*simulatedBus) Close() error { return nil }

// Tx implements i2c.Bus.
func (s *simulatedBus) Tx(addr uint16, w, r []byte) error {
	switch addr {
	case simulatedInlet:
		return s.mcp9808("temperature/inlet", w, r)
	case simulatedOutlet:
		return s.mcp9808("temperature/outlet", w, r)
	case simulatedRoom:
		return s.sht4x(w, r)
	case simulatedScreen:
		s.screen.transfer(s.state, w, r)
		return nil
	}
	return syscall.EREMOTEIO
}

// mcp9808 answers register reads (DS25095A section 5.1): ambient, maker, device.
func (s *simulatedBus) mcp9808(name string, w, r []byte) error {
	milli, present := s.state.Number(name)
	if !present {
		return syscall.EREMOTEIO
	}
	if s.state.Fault(name) == sim.PowerOn {
		milli = 0
	}
	register := byte(0)
	if len(w) > 0 {
		register = w[0]
	}
	var word uint16
	switch register {
	case 5:
		word = uint16(milli*16/1000) & 0x1fff
	case 6:
		word = 0x0054
	case 7:
		word = 0x0400
	}
	copy(r, []byte{byte(word >> 8), byte(word)})
	return nil
}

// sht4x answers measure (0xfd) and serial number (0x89) and nothing to a read
// that no command went before (datasheet section 4.5).
func (s *simulatedBus) sht4x(w, r []byte) error {
	milli, present := s.state.Number("temperature/room")
	humid, hasHumidity := s.state.Number("humidity/room")
	if !present || !hasHumidity {
		return syscall.EREMOTEIO
	}
	if len(w) == 1 {
		s.pending = nil
		switch w[0] {
		case 0xfd:
			s.pending = words(uint16(((milli+45_000)*65_535+87_500)/175_000), uint16(((humid+6_000)*65_535+62_500)/125_000))
			for i, name := range []string{"temperature/room", "humidity/room"} {
				if s.state.Fault(name) == sim.CRC {
					s.pending[3*i+2] ^= 1
				}
			}
		case 0x89:
			s.pending = words(0x0ca1, 0x0001)
		}
	}
	if len(r) == 0 {
		return nil
	}
	if s.pending == nil {
		return syscall.EREMOTEIO
	}
	copy(r, s.pending)
	s.pending = nil
	return nil
}

// words writes each word with its checksum behind it.
func words(values ...uint16) []byte {
	var out []byte
	for _, v := range values {
		out = append(out, byte(v>>8), byte(v), checksum(v))
	}
	return out
}

// checksum divides the word, with 0xff laid over its first eight bits, by
// x^8+x^5+x^4+1.
func checksum(v uint16) byte {
	rest := uint32(v^0xff00) << 8
	for bit := 23; bit >= 8; bit-- {
		if rest>>bit&1 == 1 {
			rest ^= 0x131 << (bit - 8)
		}
	}
	return byte(rest)
}

// simulatedSys is a /sys that holds one 1-Wire bus with one DS18B20.
type simulatedSys struct{ state *sim.State }

const (
	w1Folder = "bus/w1/devices"
	w1Master = "w1_bus_master1"
	// w1Reset is what the scratchpad holds after power-on, 85 degrees.
	w1Reset = 85_000
)

// ReadFile implements fs.ReadFileFS. An absent sensor, and one whose checksum is
// wrong, is a file with nothing in it.
func (s simulatedSys) ReadFile(name string) ([]byte, error) {
	switch name {
	case w1Folder + "/" + simulatedCeiling + "/temperature":
	case w1Folder + "/" + w1Master + "/w1_master_slaves":
		return []byte(simulatedCeiling + "\n"), nil
	default:
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	milli, present := s.state.Number("temperature/ceiling")
	switch s.state.Fault("temperature/ceiling") {
	case sim.CRC:
		present = false
	case sim.PowerOn:
		milli = w1Reset
	}
	if !present {
		return nil, nil
	}
	return []byte(strconv.FormatInt(milli, 10) + "\n"), nil
}

// ReadDir implements fs.ReadDirFS.
func (s simulatedSys) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != w1Folder {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return []fs.DirEntry{
		fs.FileInfoToDirEntry(simulatedFile{name: simulatedCeiling, mode: fs.ModeDir}),
		fs.FileInfoToDirEntry(simulatedFile{name: w1Master, mode: fs.ModeDir}),
	}, nil
}

// Open implements fs.FS, for the one file.
func (s simulatedSys) Open(name string) (fs.File, error) {
	content, err := s.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return &openFile{
		Reader: strings.NewReader(string(content)),
		info:   simulatedFile{name: "temperature", size: int64(len(content))},
	}, nil
}

type openFile struct {
	*strings.Reader
	info simulatedFile
}

// Stat implements fs.File.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close implements fs.File.
func (f *openFile) Close() error { return nil }

// simulatedFile is the fs.FileInfo of a file or folder.
type simulatedFile struct {
	name string
	size int64
	mode fs.FileMode
}

func (f simulatedFile) Name() string       { return f.name }
func (f simulatedFile) Size() int64        { return f.size }
func (f simulatedFile) Mode() fs.FileMode  { return f.mode | 0o444 }
func (f simulatedFile) ModTime() time.Time { return time.Time{} }
func (f simulatedFile) IsDir() bool        { return f.mode.IsDir() }
func (f simulatedFile) Sys() any           { return nil }
