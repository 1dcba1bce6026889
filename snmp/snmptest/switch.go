package snmptest

import (
	"fmt"
	"sync"
	"time"

	"rackvakt/snmp/pdu"
)

// SwitchOptions describes a switch to serve.
type SwitchOptions struct {
	Name  string // sysName; "sw1" where empty
	Descr string // sysDescr
	// Ports is the number of ports, named 1/1 and so on; 48 where 0.
	Ports int
	// Narrow leaves ifXTable out: no ifName, alias, 64-bit counters, ifHighSpeed.
	Narrow bool
}

// SwitchModel is a switch whose ports count and can be changed at any time.
type SwitchModel struct {
	agent  *Agent
	o      SwitchOptions
	mu     sync.Mutex // guards ports, in the order of their ifIndex
	ports  []*switchPort
	offset uint32 // added to each ifIndex
}

type switchPort struct {
	number    int
	alias     string
	up, admin bool
	mbit      uint64
	changed   uint32 // ifLastChange
	// Octets up to since, and octets per second after it, inwards; as many go out.
	octets uint64
	rate   uint64
	since  time.Time
}

// NewSwitch has a serve a switch; all ports are up, at 1 Gbit/s.
func NewSwitch(a *Agent, o SwitchOptions) *SwitchModel {
	if o.Name == "" {
		o.Name = "sw1"
	}
	if o.Descr == "" {
		o.Descr = "Model switch, made for tests"
	}
	if o.Ports == 0 {
		o.Ports = 48
	}
	m := &SwitchModel{agent: a, o: o}
	for n := 1; n <= o.Ports; n++ {
		m.ports = append(m.ports, &switchPort{
			number: n, alias: fmt.Sprintf("outlet %02d-%02d", (n-1)/24+1, (n-1)%24+1), up: true, admin: true,
			mbit: 1000, octets: uint64(n) * 1_000_003, rate: uint64(n) * 10_000, since: time.Now(),
		})
	}
	a.Set("1.3.6.1.2.1.1.1.0", pdu.Text(o.Descr))
	a.Set("1.3.6.1.2.1.1.2.0", pdu.Identifier(pdu.MustOID("1.3.6.1.4.1.8072.3.2.10")))
	a.Set("1.3.6.1.2.1.1.5.0", pdu.Text(o.Name))
	a.Set("1.3.6.1.2.1.2.1.0", pdu.Int(int64(o.Ports)))
	m.serve()
	return m
}

// Port returns the name of port n, counted from 1.
func (m *SwitchModel) Port(n int) string { return fmt.Sprintf("1/%d", n) }

// SetUp sets the link of port n.
func (m *SwitchModel) SetUp(n int, up bool) {
	m.change(n, func(p *switchPort) { p.up = up })
}

// SetAdmin sets whether port n is switched on.
func (m *SwitchModel) SetAdmin(n int, on bool) {
	m.change(n, func(p *switchPort) { p.admin = on })
}

// SetAlias sets the text that an operator gave port n.
func (m *SwitchModel) SetAlias(n int, alias string) {
	m.change(n, func(p *switchPort) { p.alias = alias })
}

// SetSpeed sets the speed of port n in Mbit/s.
func (m *SwitchModel) SetSpeed(n int, mbit uint64) {
	m.change(n, func(p *switchPort) { p.mbit = mbit })
}

// SetRate sets how many octets a second pass port n each way.
func (m *SwitchModel) SetRate(n int, octets uint64) {
	m.change(n, func(p *switchPort) { p.rate = octets })
}

func (m *SwitchModel) change(n int, set func(*switchPort)) {
	m.agent.mu.Lock()
	ticks := m.agent.ticks()
	m.agent.mu.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.ports {
		if p.number != n {
			continue
		}
		was := p.up && p.admin
		p.octets, p.since = p.count(), time.Now()
		set(p)
		if was != (p.up && p.admin) {
			p.changed = ticks
		}
	}
}

// count returns the octets so far; m.mu is held.
func (p *switchPort) count() uint64 {
	if !p.up || !p.admin {
		return p.octets
	}
	return p.octets + uint64(time.Since(p.since).Seconds()*float64(p.rate))
}

// Restart restarts the agent: silent for down, then all counters from 0.
func (m *SwitchModel) Restart(down time.Duration) {
	m.mu.Lock()
	for _, p := range m.ports {
		p.octets, p.since, p.changed = 0, time.Now().Add(down), 0
	}
	m.mu.Unlock()
	m.agent.Restart(down)
}

// Renumber moves every port to an ifIndex that is by higher by offset than now.
func (m *SwitchModel) Renumber(offset uint32) {
	m.agent.Delete("1.3.6.1.2.1.2.2")
	m.agent.Delete("1.3.6.1.2.1.31.1.1")
	m.offset += offset
	m.serve()
}

// serve sets the rows of both tables.
func (m *SwitchModel) serve() {
	for i, p := range m.ports {
		index := m.offset + uint32(i) + 1
		set := func(column string, value func() pdu.Value) {
			m.agent.SetFunc(fmt.Sprintf("1.3.6.1.2.1.%s.%d", column, index), func() pdu.Value {
				m.mu.Lock()
				defer m.mu.Unlock()
				return value()
			})
		}
		m.serveRow(p, index, set)
		if !m.o.Narrow {
			m.serveWideRow(p, set)
		}
	}
}

func (m *SwitchModel) serveRow(p *switchPort, index uint32, set func(string, func() pdu.Value)) {
	name := m.Port(p.number)
	fixed := func(v pdu.Value) func() pdu.Value { return func() pdu.Value { return v } }
	zero := fixed(pdu.Count(0))
	set("2.2.1.1", fixed(pdu.Int(int64(index))))
	set("2.2.1.2", fixed(pdu.Text("Port "+name)))
	set("2.2.1.3", fixed(pdu.Int(6)))
	set("2.2.1.4", fixed(pdu.Int(1500)))
	set("2.2.1.5", func() pdu.Value { return pdu.Gauge(uint32(min(p.mbit*1_000_000, 1<<32-1))) })
	set("2.2.1.6", fixed(pdu.Bytes([]byte{0x02, 0, 0x5e, 0, byte(p.number >> 8), byte(p.number)})))
	set("2.2.1.7", func() pdu.Value { return pdu.Int(upDown(p.admin)) })
	set("2.2.1.8", func() pdu.Value { return pdu.Int(upDown(p.admin && p.up)) })
	set("2.2.1.9", func() pdu.Value { return pdu.Ticks(p.changed) })
	for _, column := range []string{"2.2.1.10", "2.2.1.16"} {
		set(column, func() pdu.Value { return pdu.Count(uint32(p.count())) })
	}
	for _, column := range []string{"2.2.1.11", "2.2.1.17"} {
		set(column, func() pdu.Value { return pdu.Count(uint32(p.count() / meanPacket)) })
	}
	for _, column := range []string{"2.2.1.13", "2.2.1.14", "2.2.1.19", "2.2.1.20"} {
		set(column, zero)
	}
}

// meanPacket is the size of a packet in octets.
const meanPacket = 700

func (m *SwitchModel) serveWideRow(p *switchPort, set func(string, func() pdu.Value)) {
	name := m.Port(p.number)
	set("31.1.1.1.1", func() pdu.Value { return pdu.Text(name) })
	for _, column := range []string{"31.1.1.1.6", "31.1.1.1.10"} {
		set(column, func() pdu.Value { return pdu.Count64(p.count()) })
	}
	for _, column := range []string{"31.1.1.1.7", "31.1.1.1.11"} {
		set(column, func() pdu.Value { return pdu.Count64(p.count() / meanPacket) })
	}
	set("31.1.1.1.15", func() pdu.Value { return pdu.Gauge(uint32(p.mbit)) })
	set("31.1.1.1.18", func() pdu.Value { return pdu.Text(p.alias) })
}

func upDown(up bool) int64 {
	if up {
		return 1
	}
	return 2
}
