package poll

import (
	"maps"
	"slices"
	"sync"

	"rackvakt/snmp/patchmap"
	"rackvakt/snmp/port"
)

// Ports is what people say about the ports of a device.
type Ports struct {
	// Patch says where ports lead; nil where nobody wrote it down.
	Patch *patchmap.Map
	// Roles are the roles of ports by their names; nil for none.
	Roles map[string]port.Role
}

// handed holds the Ports that the device has not seen yet.
type handed struct {
	mu    sync.Mutex
	ports *Ports // guarded by mu; nil where there are none
}

// SetPorts replaces what people say about the ports; the next poll tells it. It may
// be called from any goroutine.
func (d *Device) SetPorts(p Ports) {
	d.handed.mu.Lock()
	defer d.handed.mu.Unlock()
	d.handed.ports = &p
}

func (h *handed) take() *Ports {
	h.mu.Lock()
	defer h.mu.Unlock()
	p := h.ports
	h.ports = nil
	return p
}

// patched is what people say, brought together with the ports that there are.
type patched struct {
	source  *patchmap.Map
	roles   map[string]port.Role
	names   []string // ports that entries was made for, sorted
	entries map[string]patchmap.Entry
	odd     []string
}

// setPorts takes what people say.
func (v *view) setPorts(p Ports) {
	v.patch, v.stale = patched{source: p.Patch, roles: p.Roles}, true
}

// patchProblems fits the patch map to the ports, where either is new, and returns
// the rows that fit none.
func (v *view) patchProblems() []string {
	names := slices.Sorted(maps.Keys(v.index))
	if v.patch.source == nil || slices.Equal(names, v.patch.names) {
		return v.patch.odd
	}
	entries, problems := v.patch.source.Match(v.o.Name, names)
	v.patch.names, v.patch.entries, v.patch.odd = names, entries, nil
	for _, p := range problems {
		v.patch.odd = append(v.patch.odd, p.String())
	}
	return v.patch.odd
}
