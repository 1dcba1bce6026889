package broker

import (
	"net"
	"net/url"
	"time"

	"rackvakt/sensors/strictyaml"
)

// Options choose the broker. With External.URL set it is that one, else the
// embedded one.
type Options struct {
	Embedded EmbeddedOptions `yaml:"embedded"`
	External ExternalOptions `yaml:"external"`
}

// EmbeddedOptions configure the broker inside this program.
type EmbeddedOptions struct {
	// Listen is the address for closets: TLS, client certificates required. Empty: none.
	Listen string `yaml:"listen" example:":8883"`
	// CA signs the closets' certificates; Certificate and Key are the server's. PEM files.
	CA          string `yaml:"ca" example:"/etc/rackvakt/ca.crt"`
	Certificate string `yaml:"certificate" example:"/etc/rackvakt/server.crt"`
	Key         string `yaml:"key" example:"/etc/rackvakt/server.key"`
	// Plain is a loopback address without TLS, for trials: there the client id
	// `<site>.<closet>.<path>.<start>` names the closet. Empty: none.
	Plain string `yaml:"plain" example:"127.0.0.1:1883"`
	// MaxClients bounds connections; a closet has one per uplink path.
	MaxClients int `yaml:"max_clients" example:"25000"`
}

// ExternalOptions configure another broker. An empty URL means that there is none.
type ExternalOptions struct {
	// URL is mqtts://host:port, or mqtt://host:port without TLS.
	URL string `yaml:"url" example:"mqtts://broker.region.example:8883"`
	// CA verifies the broker; Certificate and Key are the collector's. PEM files.
	CA          string `yaml:"ca" example:"/etc/rackvakt/ca.crt"`
	Certificate string `yaml:"certificate" example:"/etc/rackvakt/collector.crt"`
	Key         string `yaml:"key" example:"/etc/rackvakt/collector.key"`
	// Areas are the areas whose closets are heard; empty means all.
	Areas []string `yaml:"areas" example:"[vast]"`
	// FirstRetry doubles up to LastRetry, with jitter.
	FirstRetry time.Duration `yaml:"first_retry" example:"500ms"`
	LastRetry  time.Duration `yaml:"last_retry" example:"15s"`
}

// DefaultOptions is the embedded broker on the usual port.
func DefaultOptions() Options {
	return Options{
		Embedded: EmbeddedOptions{Listen: ":8883", MaxClients: 25_000},
		External: ExternalOptions{FirstRetry: 500 * time.Millisecond, LastRetry: 15 * time.Second},
	}
}

// Validate refuses a broker that could not be reached or would be open to all.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.External.URL != "" {
		o.External.check(r.At("external"))
		return
	}
	o.Embedded.check(r.At("embedded"))
}

func (o *EmbeddedOptions) check(r *strictyaml.Report) {
	if o.Listen == "" && o.Plain == "" {
		r.Bad("listen", nil, "an address for closets", ":8883")
	}
	if o.Listen != "" {
		checkAddress(r, "listen", o.Listen)
		checkFiles(r, o.CA, o.Certificate, o.Key)
	}
	if o.Plain != "" && !loopback(o.Plain) {
		r.Bad("plain", o.Plain, "a loopback address; anything else needs TLS", "127.0.0.1:1883")
	}
	if o.MaxClients < 1 {
		r.Bad("max_clients", o.MaxClients, "at least 1", "25000")
	}
}

func (o *ExternalOptions) check(r *strictyaml.Report) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Port() == "" || u.Scheme != "mqtt" && u.Scheme != "mqtts" {
		r.Bad("url", o.URL, "mqtts://host:port, or mqtt://host:port", "mqtts://broker.region.example:8883")
		return
	}
	if u.Scheme == "mqtts" {
		checkFiles(r, o.CA, o.Certificate, o.Key)
	}
	if o.FirstRetry <= 0 || o.FirstRetry > o.LastRetry {
		r.Bad("first_retry", o.FirstRetry, "above 0 and at most last_retry", "500ms")
	}
}

func checkAddress(r *strictyaml.Report, key, addr string) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		r.Bad(key, addr, "address:port", ":8883")
	}
}

func checkFiles(r *strictyaml.Report, ca, cert, key string) {
	for _, f := range [...][3]string{{"ca", ca, "ca.crt"}, {"certificate", cert, "server.crt"}, {"key", key, "server.key"}} {
		if f[1] == "" {
			r.Bad(f[0], nil, "a PEM file", "/etc/rackvakt/"+f[2])
		}
	}
}

// loopback reports whether addr can be reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}
