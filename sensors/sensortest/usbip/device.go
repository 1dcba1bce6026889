package usbip

import (
	"encoding/binary"
	"errors"
	"io"
)

// device is what an adapter does with requests. held leaves the request without
// an answer until the kernel gives up and unlinks it.
type device interface {
	descriptors() (device, configuration []byte)
	// vendor serves the control requests that are not of the USB standard.
	vendor(s setup, data []byte) (answer []byte, status int32, held bool)
	// pipe serves the other endpoints.
	pipe(q request) []byte
}

// setup is the packet of a control request, USB 2.0 table 9-2.
type setup struct {
	kind, request        byte
	value, index, length uint16
}

func readSetup(b [8]byte) setup {
	word := func(n int) uint16 { return binary.LittleEndian.Uint16(b[n:]) }
	return setup{b[0], b[1], word(2), word(4), word(6)}
}

// Standard requests, USB 2.0 table 9-4.
const (
	getStatus     = 0
	getDescriptor = 6
)

// standard serves the requests that every device knows; those that only set
// something are taken.
func standard(d device, s setup) ([]byte, int32) {
	switch s.request {
	case getStatus:
		return []byte{0, 0}, good
	case getDescriptor:
		dev, conf := d.descriptors()
		switch s.value >> 8 {
		case 1:
			return dev, good
		case 2:
			return conf, good
		}
		return nil, stall
	}
	return nil, good
}

// serve answers the kernel until the connection ends.
func serve(conn io.ReadWriter, d device) error {
	waiting := map[uint32]bool{}
	for {
		q, err := readRequest(conn)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var out []byte
		if q.command == cmdUnlink {
			out = answerUnlink(q, waiting[q.victim])
			delete(waiting, q.victim)
		} else if data, status, held := perform(d, q); held {
			waiting[q.seq] = true
			continue
		} else {
			out = answerSubmit(q, status, data)
		}
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}

func perform(d device, q request) (data []byte, status int32, held bool) {
	if q.endpoint != 0 {
		return d.pipe(q), good, false
	}
	s := readSetup(q.setup)
	if s.kind&0x60 != 0 {
		return d.vendor(s, q.data)
	}
	data, status = standard(d, s)
	return data, status, false
}

// deviceDescriptor is the descriptor of USB 2.0 table 9-8 of class
// "vendor specific", with one configuration.
func deviceDescriptor(vendor, product, release uint16) []byte {
	b := []byte{18, 1, 0x10, 0x01, 0xff, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	binary.LittleEndian.PutUint16(b[8:], vendor)
	binary.LittleEndian.PutUint16(b[10:], product)
	binary.LittleEndian.PutUint16(b[12:], release)
	return b
}

// configuration joins interfaces and endpoints behind the header of table 9-10:
// one interface, powered by the bus, 100 mA.
func configuration(parts ...[]byte) []byte {
	b := []byte{9, 2, 0, 0, 1, 1, 0, 0x80, 50}
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.LittleEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}
