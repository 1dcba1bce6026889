package main

import (
	"context"
	"flag"
	"fmt"
	"io"
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

// certificates makes certificates; see certUsage.
func certificates(_ context.Context, args []string, out, errs io.Writer) error {
	if len(args) == 0 || args[0] == "-h" {
		fmt.Fprint(errs, certUsage)
		return errUsage
	}
	f := flag.NewFlagSet("cert "+args[0], flag.ContinueOnError)
	dir := f.String("dir", "/etc/rackvakt", "`folder` of ca.crt and ca.key, where new files go too")
	name := f.String("name", "rackvakt CA", "name of the authority")
	if err := parse(f, args[1:], errs); err != nil {
		return err
	}
	now := time.Now()
	var pairs []cert.Pair
	var err error
	add := func(p cert.Pair, e error) {
		if err == nil {
			err = e
			pairs = append(pairs, p)
		}
	}
	switch args[0] {
	case "ca":
		add(cert.CA(*dir, *name, now))
	case "server":
		add(cert.Server(*dir, f.Args(), now))
	case "collector":
		add(cert.Collector(*dir, now))
	case "closet":
		for _, id := range f.Args() {
			add(cert.Closet(*dir, id, now))
		}
	default:
		fmt.Fprintf(errs, "unknown certificate kind %q\n\n%s", args[0], certUsage)
		return errUsage
	}
	if err != nil {
		return err
	}
	for _, p := range pairs {
		fmt.Fprintf(out, "%s  valid until %s\n", p.CertFile, p.NotAfter.Format(time.DateOnly))
	}
	return nil
}

// mosquitto prints the configuration and the rights for an external Mosquitto.
func mosquitto(_ context.Context, args []string, out, errs io.Writer) error {
	f := flag.NewFlagSet("mosquitto", flag.ContinueOnError)
	dir := f.String("dir", "/etc/rackvakt", "`folder` of the certificates")
	listen := f.String("listen", "8883", "`port`, or port and address")
	part := f.String("part", "conf", "what to print: conf or acl")
	if err := parse(f, args, errs); err != nil {
		return err
	}
	text := broker.Mosquitto(broker.MosquittoOptions{Listen: *listen,
		CA: *dir + "/ca.crt", Certificate: *dir + "/server.crt", Key: *dir + "/server.key", ACLFile: *dir + "/mosquitto.acl"})
	switch *part {
	case "acl":
		text = broker.MosquittoACL("collector")
	case "conf":
	default:
		fmt.Fprintf(errs, "unknown part %q: conf or acl\n", *part)
		return errUsage
	}
	_, err := io.WriteString(out, text)
	return err
}
