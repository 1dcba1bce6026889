package web

import (
	"net"
	"time"

	"rackvakt/sensors/strictyaml"
)

// Options say where pages are served. An empty Listen: nowhere.
type Options struct {
	Listen string `yaml:"listen" example:"127.0.0.1:8080"`
	// Certificate and Key are PEM files; both empty: plain HTTP, for a reverse proxy.
	Certificate string `yaml:"certificate" example:"/etc/rackvakt/web.crt"`
	Key         string `yaml:"key" example:"/etc/rackvakt/web.key"`
	// Refresh is how often a page asks for itself again.
	Refresh time.Duration `yaml:"refresh" example:"5s"`
	// Contact is where people report what they cannot use, told on the page about
	// accessibility; empty: the region's IT Servicedesk, without an address.
	Contact string `yaml:"contact" example:"IT Servicedesk, 010-555 01 00"`
}

// DefaultOptions serve nothing.
func DefaultOptions() Options { return Options{Refresh: 5 * time.Second} }

// Validate refuses an address without port and half a certificate.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Listen != "" {
		if _, _, err := net.SplitHostPort(o.Listen); err != nil {
			r.Bad("listen", o.Listen, "address:port", "127.0.0.1:8080")
		}
	}
	if (o.Certificate == "") != (o.Key == "") {
		r.Bad("certificate", o.Certificate, "certificate and key, or neither", "/etc/rackvakt/web.crt")
	}
	if o.Refresh < time.Second {
		r.Bad("refresh", o.Refresh, "at least 1s", "5s")
	}
}
