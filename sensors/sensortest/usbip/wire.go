// Package usbip plugs emulated USB adapters into the local kernel, so that its own
// drivers make a real /dev/i2c-N and a real 1-Wire bus of them: an i2c-tiny-usb
// (AttachI2C) and a DS9490R (AttachOneWire). What hangs on them are the chips of
// sensors/sensortest/chip.
//
// It speaks the server's side of USB/IP (Documentation/usb/usbip_protocol.rst,
// version 1.1.1) over a socket pair that vhci_hcd is given. It needs root, and
// vhci-hcd, i2c-dev, i2c-tiny-usb, ds2490 and w1_therm loaded.
//
// It refuses to emulate more of USB than those two drivers use.
package usbip

import (
	"encoding/binary"
	"fmt"
	"io"
)

// Commands of the protocol.
const (
	cmdSubmit = 1
	cmdUnlink = 2
	retSubmit = 3
	retUnlink = 4
)

// headerSize is the size of every header, filled up with zeros.
const headerSize = 48

// Results of a request, as negative errno.
const (
	good  = 0
	stall = -32  // EPIPE: the device refuses
	reset = -104 // ECONNRESET: unlinked before it was done
)

// request is one CMD_SUBMIT or CMD_UNLINK of the kernel.
type request struct {
	command  uint32
	seq      uint32
	in       bool // towards the host
	endpoint uint32
	length   int // of the data asked for or sent
	setup    [8]byte
	data     []byte // sent with it, when not in
	victim   uint32 // CMD_UNLINK: the seq that is no longer wanted
}

// maxTransfer bounds what is taken in one piece; both drivers stay far below.
const maxTransfer = 1 << 16

// readRequest reads the next request: header of five words, then for CMD_SUBMIT
// flags, length, start frame, packets, interval and the setup packet, for
// CMD_UNLINK the victim.
func readRequest(r io.Reader) (request, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return request{}, err
	}
	word := func(n int) uint32 { return binary.BigEndian.Uint32(h[4*n:]) }
	q := request{command: word(0), seq: word(1), in: word(3) == 1, endpoint: word(4)}
	switch q.command {
	case cmdUnlink:
		q.victim = word(5)
		return q, nil
	case cmdSubmit:
	default:
		return q, fmt.Errorf("usbip: command %#x is not of the host", q.command)
	}
	q.length = int(int32(word(6)))
	copy(q.setup[:], h[40:])
	if q.length < 0 || q.length > maxTransfer {
		return q, fmt.Errorf("usbip: a transfer of %d octets", q.length)
	}
	if q.in {
		return q, nil
	}
	q.data = make([]byte, q.length)
	_, err := io.ReadFull(r, q.data)
	return q, err
}

// answerSubmit is RET_SUBMIT: the header, status and actual length, then the data
// of a request towards the host, cut to what it asked for.
func answerSubmit(q request, status int32, data []byte) []byte {
	n := q.length
	if q.in {
		data = data[:min(len(data), q.length)]
		n = len(data)
	}
	b := make([]byte, headerSize, headerSize+len(data))
	put := func(n int, v uint32) { binary.BigEndian.PutUint32(b[4*n:], v) }
	put(0, retSubmit)
	put(1, q.seq)
	put(5, uint32(status))
	put(6, uint32(n))
	if q.in {
		b = append(b, data...)
	}
	return b
}

// answerUnlink is RET_UNLINK: status is ECONNRESET where the victim was still
// waiting, and 0 where its answer is on the way already.
func answerUnlink(q request, waiting bool) []byte {
	b := make([]byte, headerSize)
	binary.BigEndian.PutUint32(b, retUnlink)
	binary.BigEndian.PutUint32(b[4:], q.seq)
	if waiting {
		status := int32(reset)
		binary.BigEndian.PutUint32(b[20:], uint32(status))
	}
	return b
}
