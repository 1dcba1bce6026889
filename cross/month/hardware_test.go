package month

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"time"

	"rackvakt/sensors/sensortest"
)

const probeID = "28-0000071c7e3a"

// hardware shows the world to the climate drivers, through doubles that answer by
// the datasheets. It is used by several probes, each of its own part.
type hardware struct {
	*sensortest.Hardware
	w     *world
	start time.Time
	// wireR and busR are the chance of either probe, whose reads come in any order.
	wireR, busR *rand.Rand
	// resting is what the 1-Wire probe says while it is stuck.
	resting string
	command byte // the last one that the SHT4x got
}

func newHardware(w *world) *hardware {
	h := &hardware{Hardware: &sensortest.Hardware{}, w: w, start: time.Now(),
		wireR: rand.New(rand.NewPCG(w.r.Uint64(), 1)), busR: rand.New(rand.NewPCG(w.r.Uint64(), 2))}
	h.Bus = h.sht4x
	h.SetSlow(900 * time.Millisecond)
	return h
}

func (h *hardware) now() time.Duration { return time.Since(h.start) }

// Sys gives the 1-Wire probe what it says now.
func (h *hardware) Sys() fs.FS { return wire{h} }

type wire struct{ h *hardware }

// Open implements fs.FS.
func (w wire) Open(name string) (fs.File, error) {
	w.h.SetW1(probeID, w.h.oneWire())
	return w.h.Hardware.Sys().Open(name)
}

// oneWire is the content of w1_therm's temperature: in sixteenths of a degree with
// noise, and of the bad reads half empty (a checksum), the others the value after
// power-on, all ones, or a spike.
func (h *hardware) oneWire() string {
	w, r, at := h.w, h.wireR, h.now()
	switch {
	case in(w.gone, at):
		return ""
	case in(w.stuck, at) && h.resting != "":
		return h.resting
	}
	t := w.temperature(at) + r.NormFloat64()*0.05
	text := fmt.Sprintln(int64(math.Round(t*16)) * 1000 / 16)
	h.resting = text
	if !w.wire.bad(r) {
		return text
	}
	switch r.IntN(8) {
	case 0:
		return "85000\n"
	case 1:
		return "127937\n"
	case 2, 3:
		return fmt.Sprintln(int64((t + 120*r.Float64() - 60) * 1000))
	}
	return ""
}

// sht4x answers as datasheet version 6.5 says, sections 4.4 to 4.9.
func (h *hardware) sht4x(_ uint16, write, read []byte) error {
	if len(write) > 0 {
		h.command = write[0]
	}
	if len(read) == 0 {
		return nil
	}
	w, r, at := h.w, h.busR, h.now()
	t := w.temperature(at) + r.NormFloat64()*0.03
	rh := w.humidity(at) + w.drift*float64(at)/float64(w.length) + r.NormFloat64()*0.1
	creeps := in(w.creeps, at)
	if creeps {
		rh = max(rh, 88+r.NormFloat64()*0.1)
	}
	a, b := word((t+45)/175), word((rh+6)/125)
	switch h.command {
	case 0x89:
		a, b = 0x0f0e, 0x0d0c
	case 0x2f: // warm air holds more water; a sensor that is full of it does not see that
		dry := rh * math.Exp(-0.06*15)
		if creeps {
			dry = rh
		}
		a, b = word((t+15+45)/175), word((dry+6)/125)
	}
	binary.BigEndian.PutUint16(read[0:], a)
	binary.BigEndian.PutUint16(read[3:], b)
	read[2], read[5] = checksum(read[0:2]), checksum(read[3:5])
	// A bad answer to the heater's test would put that off by half a day.
	if h.command != 0x2f && w.bus.bad(r) {
		read[r.IntN(6)] ^= 0x10
	}
	return nil
}

func word(share float64) uint16 { return uint16(math.Round(min(max(share, 0), 1) * 65535)) }

// checksum is that of section 4.4, by division: the remainder of the message, its
// first octet turned, by x^8+x^5+x^4+1.
func checksum(b []byte) byte {
	const divisor = 0x131
	rest := uint32(b[0]^0xff)<<16 | uint32(b[1])<<8
	for bit := 23; bit >= 8; bit-- {
		if rest>>bit&1 == 1 {
			rest ^= divisor << (bit - 8)
		}
	}
	return byte(rest)
}
