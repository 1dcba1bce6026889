// Package snmptest is an SNMP agent in the process: versions 1, 2c and 3
// (authPriv with HMAC-MD5, -SHA and -SHA-2, RFC 3414 and 7860, and AES-128, RFC
// 3826) on a real UDP socket. It serves objects that can be changed at any
// time, has models of a switch and a UPS, and misbehaves on demand.
//
// It refuses SET, DES and any use as a real agent: engine boots are not kept and
// views do not exist. What is asked for is counted, so that tests count too.
package snmptest

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"rackvakt/snmp/ber"
	"rackvakt/snmp/pdu"
	"rackvakt/snmp/system"
	"rackvakt/snmp/usm"
)

// object is one instance; value is called for each answer.
type object struct {
	oid   pdu.OID
	value func() pdu.Value
}

// Agent is one agent. Its methods may be called from any goroutine. The zero
// value is not usable; call New.
type Agent struct {
	mu          sync.Mutex // guards all below but conn and done
	objects     []object   // by ascending oid
	communities map[string]bool
	users       map[string]*usm.Keys
	engine      usm.Engine
	started     time.Time
	uptime0     uint32 // sysUpTime at started, 0.01 s
	downUntil   time.Time
	faults      Faults
	cached      map[pdu.OID]pdu.Value // of Faults.Cache, renewed at cachedAt
	cachedAt    time.Time
	stats       Stats
	maxSize     int
	waiting     int // requests whose answer is not sent yet

	conn net.PacketConn
	done sync.WaitGroup
}

// Stats counts what an Agent was asked.
type Stats struct {
	// Requests that carried a question; SNMPv3 discovery and refusals are Reports.
	Requests int
	GetBulks int // of Requests
	Reports  int
	// Sets counts write requests, which nothing here may ever send.
	Sets int
	// Octets of all answers, and OctetsIn of all that was sent here.
	Octets, OctetsIn int
	// InFlight is the most requests that waited for their answer at once.
	InFlight int
}

// defaultSize is the largest answer in octets: one Ethernet frame.
const defaultSize = 1472

// New returns an agent that serves sysUpTime.0 and nothing else, with community
// "public".
func New() *Agent {
	a := &Agent{
		communities: map[string]bool{"public": true},
		users:       make(map[string]*usm.Keys),
		engine:      usm.Engine{ID: []byte{0x80, 0x00, 0x7a, 0x69, 0x04, 'r', 'a', 'c', 'k', 't', 'e', 's', 't'}, Boots: 1, Started: time.Now()},
		started:     time.Now(), maxSize: defaultSize,
	}
	a.SetFunc(system.UpTime.String(), func() pdu.Value { return pdu.Ticks(a.ticks()) })
	return a
}

// ticks returns sysUpTime; a.mu is held.
func (a *Agent) ticks() uint32 {
	return a.uptime0 + uint32(time.Since(a.started)/(10*time.Millisecond))
}

// SetUpTime sets sysUpTime, in 0.01 s; it counts on from there.
func (a *Agent) SetUpTime(ticks uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.started, a.uptime0 = time.Now(), ticks
}

// SetCommunity replaces the communities of versions 1 and 2c; none: silence.
func (a *Agent) SetCommunity(communities ...string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.communities = make(map[string]bool)
	for _, c := range communities {
		a.communities[c] = true
	}
}

// SetEngineID replaces the engine, as when a device is replaced: users are gone.
func (a *Agent) SetEngineID(id []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.engine.ID, a.users = id, make(map[string]*usm.Keys)
}

// SetMaxSize sets the largest answer in octets.
func (a *Agent) SetMaxSize(octets int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.maxSize = octets
}

// Serve sets all of vbs; of an instance that comes twice the last counts.
func (a *Agent) Serve(vbs []pdu.Varbind) {
	for _, vb := range vbs {
		a.Set(vb.OID.String(), vb.Value)
	}
}

// Set sets one instance. It panics on a malformed oid, a mistake of the caller.
func (a *Agent) Set(oid string, v pdu.Value) { a.SetFunc(oid, func() pdu.Value { return v }) }

// SetFunc sets one instance whose value is asked for anew with each answer. f is
// called with the Agent locked and must not call it.
func (a *Agent) SetFunc(oid string, f func() pdu.Value) {
	o := pdu.MustOID(oid)
	a.mu.Lock()
	defer a.mu.Unlock()
	i, found := a.find(o)
	if found {
		a.objects[i].value = f
		return
	}
	a.objects = slices.Insert(a.objects, i, object{o, f})
}

// Delete removes an instance, or all below a tree.
func (a *Agent) Delete(oid string) {
	o := pdu.MustOID(oid)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.objects = slices.DeleteFunc(a.objects, func(x object) bool { return x.oid == o || x.oid.Under(o) })
}

func (a *Agent) find(o pdu.OID) (int, bool) {
	return slices.BinarySearchFunc(a.objects, o, func(x object, o pdu.OID) int {
		switch {
		case x.oid < o:
			return -1
		case x.oid > o:
			return 1
		}
		return 0
	})
}

// Restart has the agent silent for down, and then begin with sysUpTime 0 and one
// more engine boot.
func (a *Agent) Restart(down time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.downUntil = time.Now().Add(down)
	a.started, a.uptime0 = a.downUntil, 0
	a.engine.Started = a.downUntil
	a.engine.Boots++
}

// SkipTime moves the clock of the engine of version 3 ahead, as that of a device
// does that runs wrong.
func (a *Agent) SkipTime(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.engine.Started = a.engine.Started.Add(-d)
}

// Misbehave replaces the faults; the zero value ends them.
func (a *Agent) Misbehave(f Faults) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults, a.cached = f, nil
}

// Stats returns the counts since New or the last ResetStats.
func (a *Agent) Stats() Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stats
}

// ResetStats sets all counts to 0.
func (a *Agent) ResetStats() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.stats = Stats{InFlight: a.waiting}
}

// Listen answers on a UDP address, such as 127.0.0.1:0, until Close, and returns
// the address that it got.
func (a *Agent) Listen(addr string) (string, error) {
	conn, err := net.ListenPacket("udp", addr)
	if err != nil {
		return "", fmt.Errorf("listen %s: %w", addr, err)
	}
	a.conn = conn
	a.done.Go(a.serve)
	return conn.LocalAddr().String(), nil
}

// Close ends Listen and waits for the answers under way.
func (a *Agent) Close() error {
	if a.conn == nil {
		return nil
	}
	err := a.conn.Close()
	a.done.Wait()
	return err
}

func (a *Agent) serve() {
	buf := make([]byte, 65536)
	for {
		n, from, err := a.conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue // an ICMP refusal of an earlier answer
		}
		answers, delay := a.handle(slices.Clone(buf[:n]))
		if len(answers) == 0 {
			continue
		}
		a.count(1)
		a.done.Go(func() {
			time.Sleep(delay)
			a.count(-1)
			a.send(answers, from)
		})
	}
}

// count keeps the number of requests that wait for their answer.
func (a *Agent) count(change int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting += change
	a.stats.InFlight = max(a.stats.InFlight, a.waiting)
}

func (a *Agent) send(answers [][]byte, to net.Addr) {
	for _, b := range answers {
		_, _ = a.conn.WriteTo(b, to) // a lost answer is what UDP is
	}
}

// handle returns the datagrams that answer one, and how long to wait before them.
func (a *Agent) handle(b []byte) ([][]byte, time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.faults.Silent || time.Now().Before(a.downUntil) {
		return nil, 0
	}
	a.stats.OctetsIn += len(b)
	env, err := ber.ParseEnvelope(b)
	if err != nil {
		return nil, 0
	}
	var answer []byte
	if env.Version == ber.V3 {
		answer = a.handle3(b)
	} else {
		answer = a.handleCommunity(b)
	}
	if answer == nil || a.faults.lose(len(answer)) {
		return nil, 0
	}
	a.stats.Octets += len(answer)
	return a.faults.datagrams(answer), a.faults.Delay
}

func (a *Agent) handleCommunity(b []byte) []byte {
	m, err := ber.ParseMessage(b)
	if err != nil || !a.communities[m.Community] {
		return nil
	}
	room := a.maxSize - len(m.Community) - messageOverhead
	p, ok := a.respond(m.PDU, m.Version, room)
	if !ok {
		return nil
	}
	if a.faults.WrongCommunity {
		m.Community += "x"
	}
	m.PDU = p
	return m.Append(nil)
}

// messageOverhead bounds the octets around the varbinds of a community message.
const messageOverhead = 40
