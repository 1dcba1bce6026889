package agent

import (
	"log/slog"
	"sync"

	"rackvakt/firmware/config"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/profile"
	"rackvakt/snmp/trap"
)

// shelf holds the sensor profiles by their folder, so that devices share them.
type shelf map[string]library

type library struct {
	profiles *profile.Library
	problem  string
}

// open returns the profiles of the program and of a folder. Where they cannot be
// read the devices are polled without.
func (s shelf) open(dir string, log *slog.Logger) library {
	if l, ok := s[dir]; ok {
		return l
	}
	profiles, problem, err := poll.OpenProfiles(dir)
	if err != nil {
		log.Error("profiles left out", "error", err)
		problem = err.Error()
	}
	s[dir] = library{profiles, problem}
	return s[dir]
}

// polled holds the devices that run, for those who want one asked at once.
type polled struct {
	mu      sync.Mutex
	running map[string]*poll.Device // guarded by mu
	ports   map[string]poll.Ports   // guarded by mu: what people say of the ports
}

func portsOf(cfg config.Config) map[string]poll.Ports {
	ports := map[string]poll.Ports{}
	for _, d := range cfg.SNMP.Devices {
		ports[d.Name] = cfg.PortsOf(d.Name)
	}
	return ports
}

// add takes a device that begins to run.
func (p *polled) add(name string, d *poll.Device) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d.SetPorts(p.ports[name])
	p.running[name] = d
}

// setPorts takes what a changed configuration says of the ports.
func (p *polled) setPorts(ports map[string]poll.Ports) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ports = ports
	for name, d := range p.running {
		d.SetPorts(ports[name])
	}
}

// askAll has every device's urgent values read now.
func (p *polled) askAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.running {
		d.Ask()
	}
}

// heard has a device asked about what it told of unasked; what it claims is not
// believed. A failed authentication is nothing to ask about: the question that
// failed may have been the monitor's own, and asking again would bring the next trap.
func (p *polled) heard(n trap.Notification) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.running[n.Device]
	if d == nil || n.Kind == trap.AuthenticationFailure {
		return
	}
	d.Ask()
	switch n.Kind {
	case trap.LinkDown, trap.LinkUp:
		if n.Index.Present {
			d.AskPort(uint32(n.Index.Value))
		}
	default:
		d.AskSensors()
	}
}

// state returns what the poller of a device knows about it; the zero value where
// it does not run.
func (p *polled) state(name string) poll.State {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.running[name]; d != nil {
		return d.State()
	}
	return poll.State{}
}
