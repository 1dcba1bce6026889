package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"rackvakt/firmware/config"
	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/poll"
)

// problem is one mistake in JSON.
type problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Key     string `json:"key"`
	Found   string `json:"found"`
	Want    string `json:"want"`
	Example string `json:"example,omitempty"`
}

func (c *command) check(_ context.Context, args []string) error {
	if _, err := c.parse(args, aboutCheck, 0, 0); err != nil {
		return err
	}
	cfg, err := config.Load(*c.file)
	var found strictyaml.Problems
	if err != nil && (!*c.json || !errors.As(err, &found)) {
		return err
	}
	var remarks []string
	if err == nil {
		remarks = notes(&cfg)
	}
	if *c.json {
		list := []problem{}
		for _, p := range found {
			list = append(list, problem(p))
		}
		if werr := c.writeJSON(map[string]any{"file": *c.file, "good": err == nil, "problems": list, "notes": append([]string{}, remarks...)}); werr != nil || err == nil {
			return werr
		}
		return errUsage
	}
	var b strings.Builder
	fmt.Fprintf(&b, c.say("%s: rätt. %s: %d enheter, %d kontakter, %d klimatgivare, %d mål\n", "%s: good. %s: %d devices, %d contacts, %d climate probes, %d targets\n"),
		*c.file, cfg.Closet(), len(cfg.SNMP.Devices), len(cfg.Sensors.Contacts), len(cfg.Sensors.Climate), len(cfg.Path.Targets))
	for _, n := range remarks {
		fmt.Fprintf(&b, "%s: %s\n", c.say("anmärkning", "note"), n)
	}
	_, err = c.out.Write([]byte(b.String()))
	return err
}

// notes tells what a good file names and cannot be had here: secrets, certificates,
// profiles; and what of the patch map was taken in an unusual way. They are no
// mistakes of the file, which may be checked on another machine.
func notes(cfg *config.Config) []string {
	var all []string
	add := func(key string, err error) {
		if err != nil {
			all = append(all, key+": "+err.Error())
		}
	}
	secret := func(key string, s strictyaml.Secret) {
		if s.File != "" { // a credential is there for the service only
			_, err := s.Read()
			add(key, err)
		}
	}
	for i, m := range cfg.MQTT {
		if strings.HasPrefix(m.Broker, "tcp:") {
			continue // in clear, on this machine only
		}
		for _, f := range [][2]string{{"ca", m.CA}, {"cert", m.Cert}, {"key", m.Key}} {
			if f[1] != "" {
				add(fmt.Sprintf("mqtt[%d].%s", i, f[0]), readable(f[1]))
			}
		}
	}
	folders := map[string]bool{}
	for i, d := range cfg.SNMP.Devices {
		key := fmt.Sprintf("snmp.devices[%d].", i)
		if d.Version == "3" {
			secret(key+"auth_passphrase", d.AuthPassphrase)
			secret(key+"priv_passphrase", d.PrivPassphrase)
		} else {
			secret(key+"community", d.Community)
		}
		if !folders[d.ProfileDir] {
			folders[d.ProfileDir] = true
			_, odd, err := poll.OpenProfiles(d.ProfileDir)
			if odd != "" {
				err = errors.Join(err, errors.New(odd))
			}
			add(key+"profile_dir", err)
		}
	}
	if t := cfg.SNMP.Traps; t.Listen != "" {
		secret("snmp.traps.community", t.Community)
		for i, u := range t.Users {
			secret(fmt.Sprintf("snmp.traps.users[%d].auth_passphrase", i), u.AuthPassphrase)
			secret(fmt.Sprintf("snmp.traps.users[%d].priv_passphrase", i), u.PrivPassphrase)
		}
	}
	return append(all, cfg.Patch.Notes()...)
}

// readable opens a file and closes it again.
func readable(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return f.Close()
}
