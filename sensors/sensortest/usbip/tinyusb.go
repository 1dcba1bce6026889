package usbip

import "rackvakt/sensors/sensortest/chip"

// tinyUSB is the adapter i2c-tiny-usb (0403:c631): each I2C message is a control
// request, with the address in wIndex, the flags of the message in wValue, and the
// result read by a request of its own (drivers/i2c/busses/i2c-tiny-usb.c).
type tinyUSB struct {
	bus    *chip.Bus
	status byte // of the last message
}

// Its requests.
const (
	tinyFunctions = 1
	tinyDelay     = 2
	tinyStatus    = 3
	tinyMessage   = 4 // to 7: the lower bits mark first and last message
)

// Its results.
const (
	tinyAck = 1
	tinyNak = 2
)

func (*tinyUSB) descriptors() ([]byte, []byte) {
	return deviceDescriptor(0x0403, 0xc631, 0x0205), configuration([]byte{9, 4, 0, 0, 0, 0xff, 0, 0, 0})
}

// vendor serves one request. On a stuck bus a message is never done.
func (a *tinyUSB) vendor(s setup, data []byte) ([]byte, int32, bool) {
	switch {
	case s.request == tinyFunctions: // I2C and the SMBus calls made of it, little endian
		return []byte{0x01, 0x00, 0xff, 0x0e}, good, false
	case s.request == tinyDelay:
		return nil, good, false
	case s.request == tinyStatus:
		return []byte{a.status}, good, false
	case s.request >= tinyMessage && s.request <= tinyMessage+3:
		if a.bus.Stuck() {
			return nil, good, true
		}
		return a.message(s, data), good, false
	}
	return nil, stall, false
}

func (a *tinyUSB) message(s setup, data []byte) []byte {
	a.status = tinyNak
	if s.value&1 == 0 { // I2C_M_RD
		if a.bus.Write(s.index, data) {
			a.status = tinyAck
		}
		return nil
	}
	into := make([]byte, s.length)
	if a.bus.Read(s.index, into) {
		a.status = tinyAck
	}
	return into
}

// pipe has nothing: the adapter has no endpoint but the first.
func (*tinyUSB) pipe(request) []byte { return nil }
