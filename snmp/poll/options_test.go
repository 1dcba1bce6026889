package poll

import (
	"fmt"
	"strings"
	"testing"

	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/snmptest"
)

type file struct {
	Devices []Options `yaml:"devices"`
}

func TestOptions(t *testing.T) {
	for name, c := range map[string]struct {
		yaml string
		bad  []string // keys with a mistake
	}{
		"version 3": {`
  - {name: sw1, address: 192.0.2.10, user: rackvakt, auth_passphrase: {file: /a}, priv_passphrase: {file: /p}, uplink_ports: ["1/49"]}`, nil},
		"version 2c": {`
  - {name: ups1, kind: ups, address: "ups.example:1161", version: "2c", community: {credential: c}, poll_every: 60s, uplink_every: 5s}`, nil},
		"nothing set": {`
  - {name: sw1}`, []string{"address", "user", "auth_passphrase", "priv_passphrase"}},
		"all wrong": {`
  - {name: "a b", kind: router, address: "h:0", version: "4", poll_every: 1s, uplink_every: 1m, timeout: 1h,
     sensors_every: 1s, neighbours_every: 48h, known_neighbours: [{chassis: "1"}]}`,
			[]string{"name", "kind", "address", "version", "poll_every", "uplink_every", "timeout", "sensors_every", "neighbours_every", "known_neighbours[0].chassis"}},
		"protocols": {`
  - {name: sw1, address: h, user: u, auth_protocol: none, priv_protocol: rot13, auth_passphrase: {file: /a}, priv_passphrase: {file: /p}}`,
			[]string{"auth_protocol", "priv_protocol"}},
	} {
		var f file
		problems := strictyaml.Decode("x.yaml", []byte("devices:"+c.yaml+"\n"), &f)
		var keys []string
		for _, p := range problems {
			keys = append(keys, p.Key)
		}
		if len(keys) != len(c.bad) {
			t.Errorf("%s: mistakes in %q, want %q: %v", name, keys, c.bad, problems)
		}
		for _, want := range c.bad {
			if !strings.Contains(strings.Join(keys, " ")+" ", "devices[0]."+want+" ") {
				t.Errorf("%s: no mistake told of %s, only %q", name, want, keys)
			}
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	o := optionsV3("192.0.2.1")
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, o); strings.Contains(s, snmptest.AuthPassphrase) || strings.Contains(s, snmptest.PrivPassphrase) {
			t.Errorf("%s prints %s", format, s)
		}
	}
}

func TestShortPassphraseIsRefused(t *testing.T) {
	o := optionsV3("192.0.2.1")
	o.Access.PrivPassphrase = "seven77"
	if _, err := Once(t.Context(), o); err == nil || !strings.Contains(err.Error(), "at least 8") {
		t.Error(err)
	}
}
