package snmptest

import (
	"sync"
	"time"

	"rackvakt/snmp/pdu"
)

// UPSModel is a UPS with one phase. It starts on mains, battery full.
type UPSModel struct {
	mu      sync.Mutex // guards all below
	since   time.Time  // on battery since; zero on mains
	low     bool
	charge  int64 // percent
	minutes int64 // left on battery
	load    int64 // percent
	volts   int64 // of the input on mains
}

// NewUPS has a serve a UPS by UPS-MIB, RFC 1628.
func NewUPS(a *Agent, name string) *UPSModel {
	m := &UPSModel{charge: 100, minutes: 42, load: 23, volts: 231}
	a.Set("1.3.6.1.2.1.1.1.0", pdu.Text("Model UPS, made for tests"))
	a.Set("1.3.6.1.2.1.1.2.0", pdu.Identifier(pdu.MustOID("1.3.6.1.2.1.33")))
	a.Set("1.3.6.1.2.1.1.5.0", pdu.Text(name))
	a.Set("1.3.6.1.2.1.33.1.1.1.0", pdu.Text("Model"))
	a.Set("1.3.6.1.2.1.33.1.1.2.0", pdu.Text("UPS 1500"))
	a.Set("1.3.6.1.2.1.33.1.1.4.0", pdu.Text("1.0"))
	for oid, value := range map[string]func() int64{
		"2.1.0": m.battery, "2.2.0": m.seconds, "4.1.0": m.source,
		"2.3.0": func() int64 { return m.minutes }, "2.4.0": func() int64 { return m.charge },
		"3.3.1.3.1": m.input, "4.4.1.5.1": func() int64 { return m.load },
	} {
		a.SetFunc("1.3.6.1.2.1.33.1."+oid, func() pdu.Value {
			m.mu.Lock()
			defer m.mu.Unlock()
			return pdu.Int(value())
		})
	}
	return m
}

func (m *UPSModel) seconds() int64 {
	if m.since.IsZero() {
		return 0
	}
	return int64(time.Since(m.since) / time.Second)
}

func (m *UPSModel) source() int64 {
	if m.since.IsZero() {
		return 3
	}
	return 5
}

func (m *UPSModel) battery() int64 {
	if m.low {
		return 3
	}
	return 2
}

func (m *UPSModel) input() int64 {
	if m.since.IsZero() {
		return m.volts
	}
	return 0
}

// SetMains sets whether there is mains power.
func (m *UPSModel) SetMains(present bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case present:
		m.since = time.Time{}
	case m.since.IsZero():
		m.since = time.Now()
	}
}

// SetBattery sets charge in percent, minutes left, and whether it is low.
func (m *UPSModel) SetBattery(charge, minutes int64, low bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.charge, m.minutes, m.low = charge, minutes, low
}

// SetLoad sets the load in percent.
func (m *UPSModel) SetLoad(percent int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.load = percent
}
