package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"slices"
	"strings"
	"sync"

	"rackvakt/firmware/config"
	"rackvakt/sensors/strictyaml"
	"rackvakt/snmp/poll"
	"rackvakt/snmp/session"
)

// What -auth-proto and -priv-proto may be.
var (
	authProtocols = []string{"md5", "sha", "sha224", "sha256", "sha384", "sha512"}
	privProtocols = []string{"des", "aes", "aes192", "aes256", "aes192c", "aes256c"}
)

// pollAtOnce is how many devices are read side by side.
const pollAtOnce = 8

func (c *command) poll(ctx context.Context, args []string) error {
	o := poll.DefaultOptions()
	f := c.flags
	f.StringVar(&o.Version, "version", o.Version, "SNMP version: 3, 2c or 1")
	f.StringVar(&o.Community.File, "community-file", "", "`file` with the community (1, 2c)")
	f.StringVar(&o.Access.Community, "community", "", "community (1, 2c); other users of this machine may see it")
	f.StringVar(&o.User, "user", "", "user name (3)")
	f.StringVar(&o.AuthProtocol, "auth-proto", o.AuthProtocol, "authentication protocol (3): "+strings.Join(authProtocols, ", "))
	f.StringVar(&o.AuthPassphrase.File, "auth-pass-file", "", "`file` with the authentication passphrase (3)")
	f.StringVar(&o.PrivProtocol, "priv-proto", o.PrivProtocol, "privacy protocol (3): "+strings.Join(privProtocols, ", "))
	f.StringVar(&o.PrivPassphrase.File, "priv-pass-file", "", "`file` with the privacy passphrase (3)")
	f.StringVar(&o.ProfileDir, "profiles", o.ProfileDir, "`folder` of more sensor profiles")
	bridge := f.Bool("bridge", false, "also read who stands behind each port, and VLANs")
	f.DurationVar(&o.Timeout, "timeout", o.Timeout, "longest wait for one answer")
	targets, err := c.parse(args, pollHelp, 1, math.MaxInt)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, value string
		words       []string
	}{{"version", o.Version, []string{"3", "2c", "1"}}, {"auth-proto", o.AuthProtocol, authProtocols}, {"priv-proto", o.PrivProtocol, privProtocols}} {
		if err := c.oneOf(f.name, f.value, f.words...); err != nil {
			return err
		}
	}
	cfg, unread := config.Load(*c.file)
	asked := make([]poll.Options, len(targets))
	for i, target := range targets {
		if asked[i], err = c.target(cfg, unread, o, target); err != nil {
			return err
		}
	}
	var also []poll.Also
	if *bridge {
		also = append(also, poll.WithBridge)
	}
	results := make([]chan polled, len(targets))
	gate := make(chan struct{}, pollAtOnce)
	var wg sync.WaitGroup
	for i, one := range asked {
		results[i] = make(chan polled, 1)
		wg.Go(func() {
			gate <- struct{}{}
			r, err := poll.Once(ctx, one, also...)
			results[i] <- polled{r, c.hint(one, err)}
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
// that name, else as the flags say. unread is why the file cannot be used, which may
// be that there is none. errUsage: what the flags lack has been told.
func (c *command) target(cfg config.Config, unread error, o poll.Options, target string) (poll.Options, error) {
	o.Address = target
	for _, d := range cfg.SNMP.Devices {
		if unread == nil && d.Name == target {
			return d, nil
		}
	}
	var missing []string
	given := func(ok bool, flag string) {
		if !ok {
			missing = append(missing, flag)
		}
	}
	switch o.Version {
	case "1", "2c":
		given(o.Community.Set() || o.Access.Community != "", "-community-file")
	case "3":
		given(o.User != "", "-user")
		given(o.AuthPassphrase.Set(), "-auth-pass-file")
		given(o.PrivPassphrase.Set(), "-priv-pass-file")
	}
	if len(missing) > 0 {
		if errors.As(unread, new(strictyaml.Problems)) {
			return o, unread // the device may stand in the file
		}
		fmt.Fprintf(c.errs, c.say("%s: ingen enhet med det namnet i %s; för att fråga den som en adress med version %s behövs %s\n",
			"%s: no device of that name in %s; to ask it as an address, version %s needs %s\n"), target, *c.file, o.Version, strings.Join(missing, " "))
		return o, errUsage
	}
	return o, nil
}

// oneOf refuses a value of a flag that is none of the words.
func (c *command) oneOf(name, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	fmt.Fprintf(c.errs, c.say("-%s %s: ska vara en av %s\n", "-%s %s: want one of %s\n"), name, value, strings.Join(words, ", "))
	return errUsage
}

// hint adds to an error what a technician may look at.
func (c *command) hint(o poll.Options, err error) error {
	var refused *session.RefusedError
	text := ""
	switch {
	case errors.As(err, new(*net.DNSError)):
		text = c.say("namnet kan inte slås upp", "the name cannot be looked up")
	case errors.Is(err, session.ErrSilent) && o.Version == "3":
		text = c.say("är adressen rätt, och är SNMP påslaget? Många enheter tiger också vid fel -priv-pass-file eller -priv-proto",
			"is the address right, and SNMP on? Many devices are also silent where -priv-pass-file or -priv-proto is wrong")
	case errors.Is(err, session.ErrSilent):
		text = c.say("är adressen rätt, och är SNMP påslaget? En enhet tiger också vid fel community och fel version",
			"is the address right, and SNMP on? A device is also silent where community or version is wrong")
	case errors.As(err, &refused) && refused.Reason == "wrong authentication":
		text = c.say("-auth-pass-file eller -auth-proto stämmer inte med enhetens", "-auth-pass-file or -auth-proto is not the device's")
	case errors.As(err, &refused) && refused.Reason == "unknown user":
		text = c.say("-user stämmer inte med enhetens", "-user is not the device's")
	default:
		return err
	}
	return fmt.Errorf("%w (%s)", err, text)
}
