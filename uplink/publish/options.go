package publish

import (
	"net/url"
	"regexp"
	"time"

	"rackvakt/sensors/strictyaml"
)

// Options is what the configuration file says about the way to the collector.
type Options struct {
	// Broker is tls://host:port (mutual TLS, port 8883 where none is given), or
	// tcp://host:port without TLS, for a broker on the same machine in tests.
	Broker string `yaml:"broker" example:"tls://collector.region.example:8883"`
	// CA is the file with the one CA that may have signed the broker's
	// certificate; Cert and Key are the closet's own. PEM. They are read again at
	// each connect.
	CA   string `yaml:"ca" example:"/etc/rackvakt/ca.pem"`
	Cert string `yaml:"cert" example:"/etc/rackvakt/closet.pem"`
	Key  string `yaml:"key" example:"/etc/rackvakt/closet.key"`
	// Interface pins the connection to a network interface; "" leaves it to routing.
	Interface string `yaml:"interface" example:"eth0"`
	// Path is the name of this way in topics and client id.
	Path string `yaml:"path" example:"fixed"`
	// KeepAlive is the MQTT keep-alive; a dead peer is noticed within it plus 4 s
	// and a few more. 6s on a fixed network, 60s on a mobile one.
	KeepAlive time.Duration `yaml:"keepalive" example:"6s"`
}

// DefaultOptions returns what holds where the file is silent; a broker must be named.
func DefaultOptions() Options {
	return Options{
		CA: "/etc/rackvakt/ca.pem", Cert: "/etc/rackvakt/closet.pem", Key: "/etc/rackvakt/closet.key",
		Path: "fixed", KeepAlive: 6 * time.Second,
	}
}

var pathName = regexp.MustCompile(`^[a-z0-9-]{1,16}$`)

// Validate reports impossible settings.
func (o *Options) Validate(r *strictyaml.Report) {
	u, err := url.Parse(o.Broker)
	if err != nil || u.Hostname() == "" || (!secure(u) && u.Scheme != "tcp" && u.Scheme != "mqtt") {
		r.Bad("broker", o.Broker, "tls://host:port (or tcp://host:port without TLS)", "tls://collector.region.example:8883")
	} else if u.User != nil {
		// A password in an address would be logged; the certificate is the closet's only one.
		r.Bad("broker", u.Redacted(), "an address without a user: the certificate says who the closet is", "tls://collector.region.example:8883")
	} else if secure(u) {
		o.validateFiles(r)
	}
	if !pathName.MatchString(o.Path) {
		r.Bad("path", o.Path, "1 to 16 of a-z, 0-9 and -", "fixed")
	}
	if o.KeepAlive < time.Second || o.KeepAlive > 10*time.Minute || o.KeepAlive%time.Second != 0 {
		r.Bad("keepalive", o.KeepAlive, "whole seconds from 1s to 10m", "6s")
	}
	if len(o.Interface) > 15 {
		r.Bad("interface", o.Interface, "a network interface's name (at most 15 bytes)", "eth0")
	}
}

func (o *Options) validateFiles(r *strictyaml.Report) {
	for _, f := range []struct{ key, value, example string }{
		{"ca", o.CA, "/etc/rackvakt/ca.pem"},
		{"cert", o.Cert, "/etc/rackvakt/closet.pem"},
		{"key", o.Key, "/etc/rackvakt/closet.key"},
	} {
		if f.value == "" {
			r.Bad(f.key, f.value, "a PEM file", f.example)
		}
	}
}
