// Package path asks whether the way through is open: it probes the closet's
// gateway, the region's edge, Sjunet reference targets and services, each target
// on its own schedule and with its own deadline, and delivers ProbeResult,
// ProbeRTT and ProbeLoss of Device "path" with the target's name as Object.
//
// How long an answer may take is learnt from the target itself as in RFC 6298
// (smoothed round trip plus four times its variation, within bounds), so that a
// silent target is known in a fraction of a second on a clean path and a slow one
// is not called silent on a bad path.
//
// It decides nothing: which target stands before which, and what a miss means, is
// for the rules. It sends one small packet (ICMP echo, RFC 792 and RFC 4443) or
// opens and closes one TCP connection per probe, and nothing else; it never
// changes a route or an address.
//
// The collector asks its own question of silence with the same Prober and Burst.
package path

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
)

// Device is the Device of every Point that this package delivers.
const Device = "path"

// Layer says where on the way a target stands.
type Layer string

// Layers, nearest first.
const (
	Gateway  Layer = "gateway"  // first router, behind the closet's switch
	Region   Layer = "region"   // region edge, behind the uplink
	Sjunet   Layer = "sjunet"   // reference target in Sjunet
	Internet Layer = "internet" // reference target on the internet (physiotherapy)
	Service  Layer = "service"  // record system or national service
)

var layers = []Layer{Gateway, Region, Sjunet, Internet, Service}

// Method is how a target is asked.
type Method string

// Methods.
const (
	ICMP Method = "icmp"
	TCP  Method = "tcp"
)

// standInPort is asked in place of ping where no other stand-in is given. Any
// answer will do, a refusal too.
const standInPort = "443"

// Target is one thing to ask. It is comparable.
type Target struct {
	// Name is the Object of its readings and what people see. Never empty.
	Name string `yaml:"name" example:"gateway"`
	// Layer is where it stands on the way.
	Layer Layer `yaml:"layer" example:"gateway"`
	// Address is an IP address (icmp) or host:port (tcp). Only a service may be
	// given by name: a name needs the name service, which may stand behind the fault.
	Address string `yaml:"address" example:"10.20.0.1"`
	// Method is icmp or tcp; empty: tcp if Address has a port, else icmp.
	Method Method `yaml:"method" example:"icmp"`
	// StandIn is asked over TCP where ping is forbidden; empty: Address with port 443.
	StandIn string `yaml:"stand_in" example:"10.20.0.1:22"`
	// Interface is the interface that probes leave by; empty: as the routes say.
	Interface string `yaml:"interface" example:"eth0"`
	// Behind is the layer that a service is reached through; empty: the outermost
	// layer that is watched.
	Behind Layer `yaml:"behind" example:"sjunet"`
	// Every is the time between two probes; 0: the Options' time for its layer.
	Every time.Duration `yaml:"every" example:"1s"`
}

// How returns the method to use.
func (t Target) How() Method {
	if t.Method != "" {
		return t.Method
	}
	if _, _, err := net.SplitHostPort(t.Address); err == nil {
		return TCP
	}
	return ICMP
}

// tcpAddress returns what to connect to, for TCP itself or as a stand-in for ping.
func (t Target) tcpAddress() string {
	switch {
	case t.How() == TCP:
		return t.Address
	case t.StandIn != "":
		return t.StandIn
	}
	return net.JoinHostPort(t.Address, standInPort)
}

// Point returns the Point of the given kind of this target.
func (t Target) Point(k reading.Kind) reading.Point {
	return reading.Point{Device: Device, Object: t.Name, Kind: k}
}

// Options configures a Watch. Start from DefaultOptions.
type Options struct {
	// Targets are asked from the start; their names are unique.
	Targets []Target `yaml:"targets"`
	// PathEvery is the time between two probes of a target of the path.
	PathEvery time.Duration `yaml:"path_every" example:"1s"`
	// ServiceEvery is the time between two probes of a service.
	ServiceEvery time.Duration `yaml:"service_every" example:"30s"`
	// TimeoutMin and TimeoutMax bound the learnt time-out.
	TimeoutMin time.Duration `yaml:"timeout_min" example:"150ms"`
	TimeoutMax time.Duration `yaml:"timeout_max" example:"2s"`
	// Burst is the number of probes per target that Ask starts.
	Burst int `yaml:"burst" example:"3"`
	// BurstSpacing is the time between two of them.
	BurstSpacing time.Duration `yaml:"burst_spacing" example:"100ms"`
}

// DefaultOptions returns the defaults: no targets, the times of the design.
func DefaultOptions() Options {
	return Options{
		PathEvery: time.Second, ServiceEvery: 30 * time.Second,
		TimeoutMin: 150 * time.Millisecond, TimeoutMax: 2 * time.Second,
		Burst: 3, BurstSpacing: 100 * time.Millisecond,
	}
}

// Spacing returns the time between two probes of t.
func (o *Options) Spacing(t Target) time.Duration {
	switch {
	case t.Every > 0:
		return t.Every
	case t.Layer == Service:
		return o.ServiceEvery
	}
	return o.PathEvery
}

// Validate reports what cannot be.
func (o *Options) Validate(r *strictyaml.Report) {
	between := func(key string, v, low, high time.Duration, example string) {
		if v < low || v > high {
			r.Bad(key, v, fmt.Sprintf("a time from %v to %v", low, high), example)
		}
	}
	between("path_every", o.PathEvery, 200*time.Millisecond, 10*time.Minute, "1s")
	between("service_every", o.ServiceEvery, time.Second, time.Hour, "30s")
	between("timeout_max", o.TimeoutMax, 150*time.Millisecond, 30*time.Second, "2s")
	between("timeout_min", o.TimeoutMin, 10*time.Millisecond, max(o.TimeoutMax, 150*time.Millisecond), "150ms")
	between("burst_spacing", o.BurstSpacing, 20*time.Millisecond, 5*time.Second, "100ms")
	if o.Burst < 1 || o.Burst > 10 {
		r.Bad("burst", o.Burst, "a number from 1 to 10", "3")
	}
	names := map[string]bool{}
	for i, t := range o.Targets {
		if t.Name != "" && names[t.Name] {
			r.Bad(fmt.Sprintf("targets[%d].name", i), t.Name, "a name that no other target has", t.Name+"-2")
		}
		names[t.Name] = true
	}
}

// Validate reports what cannot be in one target.
func (t *Target) Validate(r *strictyaml.Report) {
	if t.Name == "" {
		r.Bad("name", nil, "a name", "gateway")
	}
	if !known(t.Layer) {
		r.Bad("layer", string(t.Layer), "one of gateway, region, sjunet, internet, service", "gateway")
	}
	if t.Behind != "" && (t.Layer != Service || !known(t.Behind) || t.Behind == Service) {
		r.Bad("behind", string(t.Behind), "for a service one of gateway, region, sjunet, internet, else nothing", "sjunet")
	}
	if t.Method != "" && t.Method != ICMP && t.Method != TCP {
		r.Bad("method", string(t.Method), "icmp or tcp", "tcp")
	} else {
		t.validateAddress(r)
	}
	if t.StandIn != "" {
		if _, _, ok := hostPort(t.StandIn); !ok {
			r.Bad("stand_in", t.StandIn, "an address and a port", "10.20.0.1:22")
		}
	}
	if t.Every != 0 && (t.Every < 200*time.Millisecond || t.Every > time.Hour) {
		r.Bad("every", t.Every, "a time from 200ms to 1h, or left out", "1s")
	}
}

func (t *Target) validateAddress(r *strictyaml.Report) {
	host, want, example := t.Address, "an IP address", "10.20.0.1"
	ok := host != ""
	if t.How() == TCP {
		want, example = "an IP address and a port", "10.20.0.1:443"
		host, _, ok = hostPort(t.Address)
	}
	_, err := netip.ParseAddr(host)
	if t.Layer == Service {
		want, example = "a name or IP address, with a port for tcp", "www.1177.se:443"
		err = nil
	}
	if t.Address == "" {
		r.Bad("address", nil, want, example)
	} else if !ok || err != nil {
		r.Bad("address", t.Address, want, example)
	}
}

func hostPort(s string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(s)
	n, perr := strconv.ParseUint(port, 10, 16)
	return host, port, err == nil && perr == nil && n > 0 && host != ""
}

func known(l Layer) bool {
	for _, k := range layers {
		if k == l {
			return true
		}
	}
	return false
}

// Result is what one probe found.
type Result struct {
	// Outcome is one of the reading.Probe constants. The zero value is no answer.
	Outcome int64
	// RTT is the round trip; meaningful when the target answered or refused.
	RTT time.Duration
	// Method is the one used: TCP where a stand-in took the place of ping.
	Method Method
	// Reason says in stable lower-case English why there is no answer; else empty.
	Reason string
	// Resent says that the answer may belong to a repeated packet, so that RTT
	// must not be learnt from while the path is known to be faster (RFC 6298, section 3).
	Resent bool
}

// Alive reports whether the target itself was heard.
func (r Result) Alive() bool {
	return r.Outcome == reading.ProbeAnswered || r.Outcome == reading.ProbeRefused
}

// Prober asks one target once and returns at the latest when ctx ends.
type Prober interface {
	Probe(ctx context.Context, t Target) Result
}

// Burst asks t up to n times, spacing apart, and returns as soon as it is heard,
// else when all have gone unanswered for timeout. It is the question of silence.
func Burst(ctx context.Context, p Prober, t Target, n int, spacing, timeout time.Duration) Result {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(n-1)*spacing+timeout)
	defer cancel()
	results := make(chan Result, n)
	for i := range n {
		go func() {
			select {
			case <-ctx.Done():
				results <- Result{Reason: "not asked"}
			case <-time.After(time.Duration(i) * spacing):
				results <- p.Probe(ctx, t)
			}
		}()
	}
	best := Result{}
	for range n {
		if r := <-results; !best.Alive() && r.Method != "" {
			best = r
		}
		if best.Alive() {
			cancel()
		}
	}
	return best
}
