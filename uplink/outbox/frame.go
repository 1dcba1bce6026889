package outbox

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// A segment is a row of frames, then zeros. A frame, little endian:
//
//	0  2  magic "Rv"
//	2  1  flags: 1 volatile
//	3  1  length of id
//	4  1  length of after
//	5  1  0
//	6  2  length of body
//	8  4  CRC32C (Castagnoli) of bytes 0..7 and of id, after and body
//	12    id, after, body
//
// The body is the record as package record stores it and is never looked into
// here. Frames of one append are written by one write and made durable by one
// fsync, so after a power cut any of the last write's pages may be missing.
const (
	frameHead    = 12
	magic0       = 'R'
	magic1       = 'v'
	flagVolatile = 1
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// frame is one stored entry. Its slices point into the buffer it was read from.
type frame struct {
	id, after []byte
	body      []byte
	volatile  bool
}

// frameLen returns the bytes that a frame takes.
func frameLen(id, after string, body []byte) int {
	return frameHead + len(id) + len(after) + len(body)
}

// appendFrame writes one frame. The lengths fit their fields: an identity is far
// below 256 octets and a stored record at most record.MaxStored.
func appendFrame(dst []byte, id, after string, body []byte, volatile bool) []byte {
	at := len(dst)
	var flags byte
	if volatile {
		flags = flagVolatile
	}
	dst = append(dst, magic0, magic1, flags, byte(len(id)), byte(len(after)), 0)
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(body)))
	dst = append(dst, 0, 0, 0, 0)
	dst = append(dst, id...)
	dst = append(dst, after...)
	dst = append(dst, body...)
	binary.LittleEndian.PutUint32(dst[at+8:], frameSum(dst[at:]))
	return dst
}

func frameSum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:8], castagnoli), castagnoli, b[frameHead:])
}

// parseFrame reads the frame at the start of b; n is its length, 0 where there
// is no whole, sound frame.
func parseFrame(b []byte) (f frame, n int) {
	if len(b) < frameHead || b[0] != magic0 || b[1] != magic1 || b[3] == 0 || b[5] != 0 {
		return frame{}, 0
	}
	idLen, afterLen := int(b[3]), int(b[4])
	n = frameHead + idLen + afterLen + int(binary.LittleEndian.Uint16(b[6:]))
	if n > len(b) || binary.LittleEndian.Uint32(b[8:]) != frameSum(b[:n]) {
		return frame{}, 0
	}
	p := b[frameHead:n]
	return frame{
		id:       p[:idLen],
		after:    p[idLen : idLen+afterLen],
		body:     p[idLen+afterLen:],
		volatile: b[2]&flagVolatile != 0,
	}, n
}

// scan calls visit for each sound frame of a segment, in order, and returns the
// offset behind the last of them. Garbled bytes between two sound frames are
// stepped over: the entries they held show as a hole, because the next frame's
// after is not the frame before it. bad is the number of such places.
func scan(b []byte, visit func(off int, f frame)) (end, bad int) {
	sound := true
	for off := 0; off+frameHead <= len(b); {
		f, n := parseFrame(b[off:])
		if n == 0 {
			sound = false
			off = nextMagic(b, off+1)
			continue
		}
		if !sound {
			bad++
		}
		visit(off, f)
		off += n
		end, sound = off, true
	}
	return end, bad
}

// nextMagic returns the offset of the next possible frame, len(b) where there is none.
func nextMagic(b []byte, from int) int {
	if i := bytes.Index(b[min(from, len(b)):], []byte{magic0, magic1}); i >= 0 {
		return from + i
	}
	return len(b)
}
