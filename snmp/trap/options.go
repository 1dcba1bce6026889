package trap

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/usm"
)

// Options is the listener as configured.
type Options struct {
	// Listen is address and port to take traps at; empty: no listener.
	Listen string `yaml:"listen" example:"0.0.0.0:162"`
	// Community is what version 2c must carry; not set: version 2c is not taken.
	Community strictyaml.Secret `yaml:"community"`
	// Users are those of version 3; none: version 3 is not taken.
	Users []User `yaml:"users"`
	// Senders names the devices by the addresses that they send from. Version 2c is
	// taken from these only; a user of version 3 has its device with it.
	Senders map[netip.Addr]string `yaml:"-"`
	// State is the file that keeps the engine id and its boots, for INFORMs of
	// version 3; empty: another engine at each start.
	State string `yaml:"-"`
}

// User is one user of version 3, authPriv.
type User struct {
	// Device is the name of the device that sends as this user.
	Device string `yaml:"device" example:"sw1"`
	User   string `yaml:"user" example:"rackvakt"`
	// The protocols and passphrases are as for the polling of a device.
	AuthProtocol   string            `yaml:"auth_protocol" example:"sha256"`
	AuthPassphrase strictyaml.Secret `yaml:"auth_passphrase"`
	PrivProtocol   string            `yaml:"priv_protocol" example:"aes"`
	PrivPassphrase strictyaml.Secret `yaml:"priv_passphrase"`
	// EngineID is the device's engine in hex; empty: every engine, at most four,
	// whose messages the passphrases verify.
	EngineID string `yaml:"engine_id" example:"80001f8804636c6f736574"`
}

// SetDefaults gives an element of a list its defaults before it is decoded.
func (u *User) SetDefaults() { u.AuthProtocol, u.PrivProtocol = "sha256", "aes" }

// Validate reports every value that cannot work.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Listen == "" {
		return
	}
	host, port, err := net.SplitHostPort(o.Listen)
	_, badHost := netip.ParseAddr(host)
	_, badPort := strconv.ParseUint(port, 10, 16)
	if err != nil || badPort != nil || host != "" && badHost != nil {
		r.Bad("listen", o.Listen, "an IP address and a port", "0.0.0.0:162")
	}
	if !o.Community.Set() && len(o.Users) == 0 {
		r.Bad("community", nil, "a community, or users of version 3", "{file: /etc/rackvakt/traps.community}")
	}
	if len(o.Users) > maxUsers {
		r.Bad("users", len(o.Users), fmt.Sprintf("at most %d users", maxUsers), "[]")
	}
}

// maxUsers bounds the digests that one message can cost.
const maxUsers = 64

// Validate reports every value that cannot work.
func (u *User) Validate(r *strictyaml.Report) {
	if u.User == "" || len(u.User) > 32 {
		r.Bad("user", u.User, "a user name of 1 to 32 characters", "rackvakt")
	}
	auth, priv := usm.Known(u.AuthProtocol, u.PrivProtocol)
	if !auth {
		r.Bad("auth_protocol", u.AuthProtocol, "sha256, sha384, sha512, sha224, sha or md5", "sha256")
	}
	if !priv {
		r.Bad("priv_protocol", u.PrivProtocol, "aes, aes192, aes256, aes192c, aes256c or des", "aes")
	}
	if !u.AuthPassphrase.Set() {
		r.Bad("auth_passphrase", nil, "a secret", "{file: /etc/rackvakt/sw1.auth}")
	}
	if !u.PrivPassphrase.Set() {
		r.Bad("priv_passphrase", nil, "a secret", "{file: /etc/rackvakt/sw1.priv}")
	}
	// RFC 3411 section 5, SnmpEngineID: 5 to 32 octets.
	if id, err := hex.DecodeString(u.EngineID); u.EngineID != "" && (err != nil || len(id) < 5 || len(id) > 32) {
		r.Bad("engine_id", u.EngineID, "5 to 32 octets in hex", "80001f8804636c6f736574")
	}
}

// minPassphrase is the shortest passphrase, RFC 3414 section 11.2.
const minPassphrase = 8

// account reads the secrets of a user and derives its keys.
func (u *User) account() (*account, error) {
	auth, err := u.AuthPassphrase.Read()
	if err != nil {
		return nil, err
	}
	priv, err := u.PrivPassphrase.Read()
	if err != nil {
		return nil, err
	}
	if len(auth) < minPassphrase || len(priv) < minPassphrase {
		return nil, fmt.Errorf("a passphrase of version 3 has at least %d characters", minPassphrase)
	}
	m, err := usm.New(usm.Secrets{AuthProtocol: u.AuthProtocol, AuthPassphrase: auth, PrivProtocol: u.PrivProtocol, PrivPassphrase: priv})
	if err != nil {
		return nil, err
	}
	a := &account{device: u.Device, user: u.User, master: m, engines: map[string]*engine{}}
	id, err := hex.DecodeString(u.EngineID)
	if err != nil {
		return nil, fmt.Errorf("engine id: %w", err)
	}
	if len(id) > 0 {
		a.fixed = true
		a.engines[string(id)] = &engine{keys: m.Localize(id)}
	}
	return a, nil
}
