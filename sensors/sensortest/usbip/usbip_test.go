package usbip

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/sensortest/chip"
)

// The layout of usbip_protocol.rst: 48 octets of big-endian words, the setup packet
// in the last eight as USB has it.
var (
	asksDescriptor = unhex("00000001 00000007 00010002 00000001 00000000 00000200 00000040 00000000 ffffffff 00000000 8006000100004000")
	sendsMessage   = unhex("00000001 00000008 00010002 00000000 00000000 00000000 00000001 00000000 ffffffff 00000000 4007000018000100") + "\x05"
	givesUp        = unhex("00000002 00000009 00010002 00000000 00000000 00000008") + string(make([]byte, 24))
)

func unhex(s string) string {
	b, err := hex.DecodeString(string(bytes.ReplaceAll([]byte(s), []byte(" "), nil)))
	if err != nil {
		panic(err)
	}
	return string(b)
}

func TestRequests(t *testing.T) {
	r := bytes.NewReader([]byte(asksDescriptor + sendsMessage + givesUp))
	read := func() request {
		q, err := readRequest(r)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	if q := read(); q.command != cmdSubmit || q.seq != 7 || !q.in || q.length != 64 || readSetup(q.setup) != (setup{0x80, 6, 0x0100, 0, 64}) {
		t.Errorf("%+v", q)
	}
	if q := read(); q.in || q.seq != 8 || string(q.data) != "\x05" || readSetup(q.setup) != (setup{0x40, 7, 0, 0x18, 1}) {
		t.Errorf("%+v", q)
	}
	if q := read(); q.command != cmdUnlink || q.seq != 9 || q.victim != 8 {
		t.Errorf("%+v", q)
	}
	if _, err := readRequest(r); err != io.EOF {
		t.Error(err)
	}
}

func TestAnswers(t *testing.T) {
	q := request{seq: 7, in: true, length: 2}
	if got, want := string(answerSubmit(q, good, []byte{1, 2, 3})), unhex("00000003 00000007 00000000 00000000 00000000 00000000 00000002 00000000 00000000 00000000 0000000000000000 0102"); got != want {
		t.Errorf("% x", got)
	}
	q = request{seq: 8, length: 5}
	if got, want := string(answerSubmit(q, stall, nil)), unhex("00000003 00000008 00000000 00000000 00000000 ffffffe0 00000005 00000000 00000000 00000000 0000000000000000"); got != want {
		t.Errorf("% x", got)
	}
	if got, want := string(answerUnlink(request{seq: 9}, true)), unhex("00000004 00000009 00000000 00000000 00000000 ffffff98")+string(make([]byte, 24)); got != want {
		t.Errorf("% x", got)
	}
	if got := answerUnlink(request{seq: 9}, false); len(got) != headerSize || binary.BigEndian.Uint32(got[20:]) != 0 {
		t.Errorf("% x", got)
	}
}

func FuzzRequests(f *testing.F) {
	for _, seed := range []string{asksDescriptor, sendsMessage, givesUp, ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		both := struct {
			io.Reader
			io.Writer
		}{bytes.NewReader(in), io.Discard}
		_ = serve(both, &tinyUSB{bus: &chip.Bus{}})
		both.Reader = bytes.NewReader(in)
		_ = serve(both, &ds2490{wire: &chip.Wire{}})
	})
}

// kernel plays the host's side.
type kernel struct {
	t    *testing.T
	conn net.Conn
	seq  uint32
}

// plug serves d as long as the test runs.
func plug(t *testing.T, d device) *kernel {
	host, far := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(far, d) }()
	t.Cleanup(func() {
		if err := host.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return &kernel{t: t, conn: host}
}

// send sends a request: a control one where s is not nil.
func (k *kernel) send(endpoint uint32, in bool, s *setup, length int, data []byte) {
	k.t.Helper()
	k.seq++
	b := make([]byte, headerSize)
	put := func(n int, v uint32) { binary.BigEndian.PutUint32(b[4*n:], v) }
	put(0, cmdSubmit)
	put(1, k.seq)
	if in {
		put(3, 1)
	}
	put(4, endpoint)
	put(6, uint32(length))
	if s != nil {
		b[40], b[41] = s.kind, s.request
		binary.LittleEndian.PutUint16(b[42:], s.value)
		binary.LittleEndian.PutUint16(b[44:], s.index)
		binary.LittleEndian.PutUint16(b[46:], s.length)
	}
	k.write(append(b, data...))
}

func (k *kernel) write(b []byte) {
	k.t.Helper()
	if _, err := k.conn.Write(b); err != nil {
		k.t.Fatal(err)
	}
}

func (k *kernel) header() (command, seq uint32, status int32, length int) {
	k.t.Helper()
	h := make([]byte, headerSize)
	if _, err := io.ReadFull(k.conn, h); err != nil {
		k.t.Fatal(err)
	}
	word := func(n int) uint32 { return binary.BigEndian.Uint32(h[4*n:]) }
	return word(0), word(1), int32(word(5)), int(word(6))
}

// answer reads the answer to the last request.
func (k *kernel) answer(in bool) ([]byte, int32) {
	k.t.Helper()
	command, seq, status, n := k.header()
	if command != retSubmit || seq != k.seq {
		k.t.Fatalf("answer %d to %d", command, seq)
	}
	if !in {
		return nil, status
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(k.conn, data); err != nil {
		k.t.Fatal(err)
	}
	return data, status
}

func (k *kernel) get(s setup) []byte {
	k.t.Helper()
	k.send(0, true, &s, int(s.length), nil)
	data, status := k.answer(true)
	if status != good {
		k.t.Fatalf("%+v: %d", s, status)
	}
	return data
}

func (k *kernel) set(s setup, data []byte) {
	k.t.Helper()
	s.length = uint16(len(data))
	k.send(0, false, &s, len(data), data)
	if _, status := k.answer(false); status != good {
		k.t.Fatalf("%+v: %d", s, status)
	}
}

// What the hub and i2c-tiny-usb ask, in its order: descriptors, configuration,
// functions; then write a register's number and read it.
func TestTinyUSB(t *testing.T) {
	bus := &chip.Bus{}
	mcp := chip.NewMCP9808()
	mcp.Set(25_250)
	bus.Plug(0x18, mcp)
	k := plug(t, &tinyUSB{bus: bus})
	if d := k.get(setup{0x80, 6, 0x0100, 0, 18}); len(d) != 18 || hex.EncodeToString(d[8:14]) != "030431c60502" {
		t.Errorf("% x", d)
	}
	if d := k.get(setup{0x80, 6, 0x0200, 0, 9}); len(d) != 9 || d[2] != 18 {
		t.Errorf("% x", d)
	}
	k.send(0, true, &setup{0x80, 6, 0x0300, 0, 255}, 255, nil) // no strings
	if _, status := k.answer(true); status != stall {
		t.Errorf("status %d", status)
	}
	k.set(setup{0, 9, 1, 0, 0}, nil)
	if d := k.get(setup{0xc0, tinyFunctions, 0, 0, 4}); d[0]&1 == 0 {
		t.Error("no I2C")
	}
	status := func() byte { return k.get(setup{0xc0, tinyStatus, 0, 0, 1})[0] }
	k.set(setup{0x40, tinyMessage + 1, 0, 0x18, 0}, []byte{5})
	if s := status(); s != tinyAck {
		t.Errorf("status %d", s)
	}
	if d := k.get(setup{0xc0, tinyMessage + 2, 1, 0x18, 2}); hex.EncodeToString(d) != "c194" || status() != tinyAck {
		t.Errorf("% x", d)
	}
	k.get(setup{0xc0, tinyMessage + 3, 1, 0x19, 2})
	if s := status(); s != tinyNak {
		t.Errorf("nobody answers: status %d", s)
	}
	k.send(0, true, &setup{0xc0, 9, 0, 0, 1}, 1, nil)
	if _, status := k.answer(true); status != stall {
		t.Errorf("unknown request: %d", status)
	}
}

// A message on a stuck bus has no answer until it is unlinked; what comes after it
// is answered.
func TestStuckBusIsUnlinked(t *testing.T) {
	bus := &chip.Bus{}
	bus.Stick(true)
	k := plug(t, &tinyUSB{bus: bus})
	k.send(0, true, &setup{0xc0, tinyMessage + 3, 1, 0x18, 2}, 2, nil)
	victim := k.seq
	k.get(setup{0xc0, tinyFunctions, 0, 0, 4})
	for _, want := range []int32{reset, good} { // the second time it is gone already
		k.seq++
		b := make([]byte, headerSize)
		for n, v := range map[int]uint32{0: cmdUnlink, 1: k.seq, 5: victim} {
			binary.BigEndian.PutUint32(b[4*n:], v)
		}
		k.write(b)
		if command, seq, status, _ := k.header(); command != retUnlink || seq != k.seq || status != want {
			t.Errorf("answer %d to %d: %d", command, seq, status)
		}
	}
	bus.Stick(false)
	k.get(setup{0xc0, tinyMessage + 3, 1, 0x18, 2})
}

// What ds2490 does to read a DS18B20: reset, ROM and command as blocks, the data
// back from endpoint 3 as the state says.
func TestDS2490(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var wire chip.Wire
		s := chip.NewDS18B20(0x71c7e3a)
		s.Set(25_062)
		wire.Attach(s)
		k := plug(t, &ds2490{wire: &wire})
		if d := k.get(setup{0x80, 6, 0x0200, 0, 255}); len(d) != 9+4*30 || int(d[2]) != len(d) {
			t.Errorf("% x", d)
		}
		command := func(value, index uint16) { k.set(setup{0x40, dsCommunication, value, index, 0}, nil) }
		result := func(n int) []byte {
			k.send(1, true, nil, 32, nil)
			state, _ := k.answer(true)
			if len(state) != dsState || state[8]&0x20 == 0 || int(state[13]) != n {
				t.Fatalf("state % x, want %d octets", state, n)
			}
			k.send(3, true, nil, 128, nil)
			data, _ := k.answer(true)
			return data
		}
		block := func(data ...byte) []byte {
			k.send(2, false, nil, len(data), data)
			k.answer(false)
			command(dsBlock|1, uint16(len(data)))
			return result(len(data))
		}
		command(dsSearchAccess|1|8, 0xf0)
		rom := s.ROM()
		if got := result(8); string(got) != string(rom[:]) {
			t.Errorf("found % x", got)
		}
		command(dsReset|1, 0)
		block(0xcc, 0x44)
		command(dsBit|dsBitValue|1, 0)
		if got := result(1); got[0] != 0 {
			t.Error("converted at once")
		}
		time.Sleep(time.Second)
		command(dsReset|1, 0)
		block(append([]byte{0x55}, rom[:]...)...)
		command(dsByte|1, 0xbe)
		result(1)
		if got := block(0xff, 0xff, 0xff); hex.EncodeToString(got) != "91014b" {
			t.Errorf("scratchpad % x", got)
		}
	})
}

func TestFreePort(t *testing.T) {
	const status = "hub port sta spd dev      sockfd local_busid\n" +
		"hs  0000 006 002 00010002 000003 1-1\nss  0001 004 000 00000000 000000 0-0\nhs  0002 004 000 00000000 000000 0-0\n"
	if port, err := freePort(status); port != 2 || err != nil {
		t.Error(port, err)
	}
	if _, err := freePort("hub port sta\nhs 0000 006\n"); err == nil {
		t.Error("a port where none is free")
	}
}
