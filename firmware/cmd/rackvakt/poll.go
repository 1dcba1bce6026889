package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"rackvakt/firmware/config"
	"rackvakt/snmp/poll"
)

const pollHelp = `rackvakt poll [flags] HOST[:PORT] | NAME ...
Read devices once over SNMP: those of the configuration by their names, others with the
access given by flags. With -json one object a line and target, in the order given; what
a device did not tell is null. Exit code 1 where any target could not be read whole.

  rackvakt poll sw1 sw2
  rackvakt poll -json -version 2c -community-file c.txt 10.20.0.2 | jq .device
  rackvakt poll -user rackvakt -auth-pass-file a.txt -priv-pass-file p.txt 10.20.0.2:161`

// pollAtOnce is how many devices are read side by side.
const pollAtOnce = 8

func (c *command) poll(ctx context.Context, args []string) error {
	o := poll.DefaultOptions()
	f := c.flags
	f.StringVar(&o.Version, "version", o.Version, "SNMP version: 3, 2c or 1")
	f.StringVar(&o.Community.File, "community-file", "", "`file` with the community (1, 2c)")
	f.StringVar(&o.Access.Community, "community", "", "community (1, 2c); other users of this machine may see it")
	f.StringVar(&o.User, "user", "", "user name (3)")
	f.StringVar(&o.AuthProtocol, "auth-proto", o.AuthProtocol, "authentication protocol (3): md5, sha, sha224, sha256, sha384, sha512")
	f.StringVar(&o.AuthPassphrase.File, "auth-pass-file", "", "`file` with the authentication passphrase (3)")
	f.StringVar(&o.PrivProtocol, "priv-proto", o.PrivProtocol, "privacy protocol (3): des, aes, aes192, aes256, aes192c, aes256c")
	f.StringVar(&o.PrivPassphrase.File, "priv-pass-file", "", "`file` with the privacy passphrase (3)")
	f.StringVar(&o.ProfileDir, "profiles", o.ProfileDir, "`folder` of more sensor profiles")
	f.DurationVar(&o.Timeout, "timeout", o.Timeout, "longest wait for one answer")
	targets, err := c.parse(args, pollHelp, 1, math.MaxInt)
	if err != nil {
		return err
	}
	results := make([]chan polled, len(targets))
	gate := make(chan struct{}, pollAtOnce)
	var wg sync.WaitGroup
	for i, target := range targets {
		results[i] = make(chan polled, 1)
		wg.Go(func() {
			gate <- struct{}{}
			r, err := poll.Once(ctx, c.target(o, target))
			results[i] <- polled{r, err}
			<-gate
		})
	}
	for i, r := range results {
		if i > 0 && !*c.json {
			fmt.Fprintln(c.out)
		}
		err = errors.Join(err, c.show(<-r))
	}
	wg.Wait()
	return err
}

// polled is one device read, or what of it could be read.
type polled struct {
	poll.Result
	err error
}

// show writes one device; what failed is a problem of it too.
func (c *command) show(p polled) error {
	if p.err != nil {
		p.Problems = append(p.Problems, p.err.Error())
	}
	if *c.json {
		return errors.Join(p.err, p.WriteJSON(c.out))
	}
	if p.err != nil && p.Device.Uptime == nil {
		return p.err // nothing to show in a table
	}
	return errors.Join(p.err, p.WriteTable(c.out, *c.lang))
}

// target returns how to ask a target: as configured where the file has a device of
// that name, else as the flags say.
func (c *command) target(o poll.Options, target string) poll.Options {
	o.Address = target
	if cfg, err := config.Load(*c.file); err == nil {
		for _, d := range cfg.SNMP.Devices {
			if d.Name == target {
				return d
			}
		}
	}
	return o
}
