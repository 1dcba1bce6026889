package session

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/gosnmp/gosnmp"

	"rackvakt/sensors/strictyaml"
)

// Options says how one device is asked.
type Options struct {
	// Address is host or host:port; port 161 where none is given.
	Address string `yaml:"address" example:"192.0.2.10"`
	// Version is "3" (authPriv, the default), "2c", or "1" for devices that know
	// nothing later: it asks row by row.
	Version string `yaml:"version" example:"3"`
	// Community is for versions 1 and 2c, which send it in clear.
	Community strictyaml.Secret `yaml:"community"`
	// User, and both protocols with their passphrases of at least eight
	// characters (RFC 3414 section 11.2), are for version 3.
	User           string            `yaml:"user" example:"rackvakt"`
	AuthProtocol   string            `yaml:"auth_protocol" example:"sha256"`
	AuthPassphrase strictyaml.Secret `yaml:"auth_passphrase"`
	PrivProtocol   string            `yaml:"priv_protocol" example:"aes"`
	PrivPassphrase strictyaml.Secret `yaml:"priv_passphrase"`
	// Timeout is the longest wait for one answer. Shorter waits are learnt from
	// the round trips.
	Timeout time.Duration `yaml:"timeout" example:"1s"`
	// Access holds the secrets themselves, for callers that have them; the zero
	// value has them read from where Community and the passphrases point.
	Access Access `yaml:"-"`
	// Gate is shared by all sessions of the program; nil lets each derive its keys
	// when it likes.
	Gate *Gate `yaml:"-"`
}

// DefaultOptions returns what holds where the file says nothing.
func DefaultOptions() Options {
	return Options{Version: "3", AuthProtocol: "sha256", PrivProtocol: "aes", Timeout: time.Second}
}

var authProtocols = map[string]gosnmp.SnmpV3AuthProtocol{
	"md5": gosnmp.MD5, "sha": gosnmp.SHA, "sha224": gosnmp.SHA224,
	"sha256": gosnmp.SHA256, "sha384": gosnmp.SHA384, "sha512": gosnmp.SHA512,
}

var privProtocols = map[string]gosnmp.SnmpV3PrivProtocol{
	"des": gosnmp.DES, "aes": gosnmp.AES, "aes192": gosnmp.AES192, "aes256": gosnmp.AES256,
	"aes192c": gosnmp.AES192C, "aes256c": gosnmp.AES256C,
}

// Validate reports every value that cannot work.
func (o *Options) Validate(r *strictyaml.Report) {
	if _, _, err := o.hostPort(); err != nil {
		r.Bad("address", o.Address, "a host, or host:port", "192.0.2.10")
	}
	o.validateAccess(r)
	if o.Timeout < 200*time.Millisecond || o.Timeout > 30*time.Second {
		r.Bad("timeout", o.Timeout, "200ms to 30s", "1s")
	}
}

func (o *Options) validateAccess(r *strictyaml.Report) {
	switch o.Version {
	case "1", "2c":
		if !o.Community.Set() {
			r.Bad("community", nil, "a secret", "{file: /etc/rackvakt/sw1.community}")
		}
	case "3":
		o.validateUser(r)
	default:
		r.Bad("version", o.Version, `"3", "2c" or "1"`, `"3"`)
	}
}

func (o *Options) validateUser(r *strictyaml.Report) {
	if o.User == "" || len(o.User) > 32 {
		r.Bad("user", o.User, "a user name of 1 to 32 characters", "rackvakt")
	}
	if _, ok := authProtocols[o.AuthProtocol]; !ok {
		r.Bad("auth_protocol", o.AuthProtocol, "sha256, sha384, sha512, sha224, sha or md5", "sha256")
	}
	if _, ok := privProtocols[o.PrivProtocol]; !ok {
		r.Bad("priv_protocol", o.PrivProtocol, "aes, aes192, aes256, aes192c, aes256c or des", "aes")
	}
	if !o.AuthPassphrase.Set() {
		r.Bad("auth_passphrase", nil, "a secret", "{file: /etc/rackvakt/sw1.auth}")
	}
	if !o.PrivPassphrase.Set() {
		r.Bad("priv_passphrase", nil, "a secret", "{file: /etc/rackvakt/sw1.priv}")
	}
}

// hostPort splits Address.
func (o *Options) hostPort() (string, uint16, error) {
	host, port, err := net.SplitHostPort(o.Address)
	if err != nil {
		host, port = strings.Trim(o.Address, "[]"), "161"
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, " /") {
		return "", 0, &net.AddrError{Err: "no host and port", Addr: o.Address}
	}
	return host, uint16(n), nil
}

// Access holds the secrets of one device. It prints as a mask.
type Access struct {
	Community, AuthPassphrase, PrivPassphrase string
}

// String masks the secrets.
func (a Access) String() string { return "***" }

// GoString masks the secrets.
func (a Access) GoString() string { return "***" }

// access returns the secrets, read where they were not given.
func (o *Options) access() (Access, error) {
	a := o.Access
	if a != (Access{}) {
		return a, nil
	}
	var err error
	if o.Version != "3" {
		a.Community, err = o.Community.Read()
		return a, err
	}
	if a.AuthPassphrase, err = o.AuthPassphrase.Read(); err != nil {
		return a, err
	}
	a.PrivPassphrase, err = o.PrivPassphrase.Read()
	return a, err
}
