package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math"
	"time"

	"rackvakt/uplink/broker"
	"rackvakt/uplink/cert"
)

const certUsage = `rackvakt-collector cert ca        -dir DIR [-name NAME]
rackvakt-collector cert server    -dir DIR HOST-OR-ADDRESS ...
rackvakt-collector cert closet    -dir DIR SITE.CLOSET ...
rackvakt-collector cert collector -dir DIR     (to log in to an external broker)

Keys are written with mode 0600 and never over an existing file. Keep ca.key off the collector.
`

// cert makes certificates; see certUsage.
func (c *command) cert(_ context.Context, args []string) error {
	if len(args) == 0 || args[0] == "-h" {
		fmt.Fprint(c.errs, certUsage)
		if len(args) > 0 {
			return flag.ErrHelp
		}
		return errUsage
	}
	dir := c.flags.String("dir", "/etc/rackvakt", "`folder` of ca.crt and ca.key, where new files go too")
	name := c.flags.String("name", "rackvakt CA", "name of the authority")
	most := map[string]int{"ca": 0, "collector": 0, "server": math.MaxInt, "closet": math.MaxInt}
	if _, ok := most[args[0]]; !ok {
		fmt.Fprintf(c.errs, "unknown certificate kind %q\n\n%s", args[0], certUsage)
		return errUsage
	}
	names, err := c.parse(args[1:], most[args[0]])
	if err != nil {
		return err
	}
	if most[args[0]] > 0 && len(names) == 0 {
		fmt.Fprintf(c.errs, "cert %s: no name given\n\n%s", args[0], certUsage)
		return errUsage
	}
	now := time.Now()
	switch args[0] {
	case "ca":
		return c.made(cert.CA(*dir, *name, now))
	case "server":
		return c.made(cert.Server(*dir, names, now))
	case "collector":
		return c.made(cert.Collector(*dir, now))
	}
	for _, id := range names {
		if err := c.made(cert.Closet(*dir, id, now)); err != nil {
			return err
		}
	}
	return nil
}

// made tells of one new certificate.
func (c *command) made(p cert.Pair, err error) error {
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, c.say("%s  giltigt till %s\n", "%s  valid until %s\n"), p.CertFile, p.NotAfter.Format(time.DateOnly))
	return err
}

// mosquitto prints the configuration and the rights for an external Mosquitto.
func (c *command) mosquitto(_ context.Context, args []string) error {
	dir := c.flags.String("dir", "/etc/rackvakt", "`folder` of the certificates")
	listen := c.flags.String("listen", "8883", "`port`, or port and address")
	part := c.flags.String("part", "conf", "what to print: conf or acl")
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	var text string
	switch *part {
	case "acl":
		text = broker.MosquittoACL("collector")
	case "conf":
		text = broker.Mosquitto(broker.MosquittoOptions{Listen: *listen,
			CA: *dir + "/ca.crt", Certificate: *dir + "/server.crt", Key: *dir + "/server.key", ACLFile: *dir + "/mosquitto.acl"})
	default:
		fmt.Fprintf(c.errs, "unknown part %q: conf or acl\n", *part)
		return errUsage
	}
	_, err := io.WriteString(c.out, text)
	return err
}
