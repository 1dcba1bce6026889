package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/cross/sink"
)

const (
	routine       = "Reservrutin 4: pärmen i receptionen"
	webhookSecret = "demo-webhook-secret"
)

// region is the collector with the far ends of its messages.
type region struct {
	dir, certs     string
	brokerPort     int
	page           string
	mail, hook     *sink.Box
	mailAddr, hURL string
	stopSinks      func() error
	collector      *rig.Process
}

func (r *region) api() rig.API { return rig.API{Base: r.page} }

// open makes the certificates and starts the mailbox and the webhook's receiver.
func (r *region) open(ctx context.Context, dir string, bin rig.Binaries, all []*clinic) error {
	r.dir, r.certs = filepath.Join(dir, "region"), filepath.Join(dir, "certificates")
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return fmt.Errorf("make folder of the region: %w", err)
	}
	ids := []string{"cert", "closet", "-dir", r.certs}
	for _, c := range all {
		ids = append(ids, c.id())
	}
	for _, args := range [][]string{
		{"cert", "ca", "-dir", r.certs, "-name", "rackvakt demo CA"},
		{"cert", "server", "-dir", r.certs, "127.0.0.1", "localhost"}, ids,
	} {
		if _, err := rig.Command(ctx, bin.Collector, args...); err != nil {
			return err
		}
	}
	return r.openSinks(ctx)
}

func (r *region) openSinks(ctx context.Context) error {
	var lc net.ListenConfig
	mail, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open mailbox: %w", err)
	}
	hook, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return errors.Join(fmt.Errorf("open webhook receiver: %w", err), mail.Close())
	}
	r.mail, r.hook = sink.NewBox(), sink.NewBox()
	r.mailAddr, r.hURL = mail.Addr().String(), "http://"+hook.Addr().String()+"/"
	server := &http.Server{Handler: r.hook.Webhook(webhookSecret), ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 2)
	go func() { ended <- r.mail.ServeSMTP(mail) }()
	go func() { ended <- server.Serve(hook) }()
	r.stopSinks = func() error {
		err := errors.Join(mail.Close(), server.Close())
		for range 2 {
			if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
				err = errors.Join(err, e)
			}
		}
		return err
	}
	return nil
}

// start starts the collector and waits until it is healthy.
func (r *region) start(ctx context.Context, bin rig.Binaries, all []*clinic) error {
	ports := [2]int{}
	for i := range ports {
		port, err := rig.FreePort("tcp")
		if err != nil {
			return err
		}
		ports[i] = port
	}
	r.brokerPort, r.page = ports[0], fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	file := filepath.Join(r.dir, "rackvakt-collector.yaml")
	for name, text := range map[string]string{file: r.config(ports[1], all), filepath.Join(r.dir, "webhook.key"): webhookSecret} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return fmt.Errorf("configure collector: %w", err)
		}
	}
	if _, err := rig.Command(ctx, bin.Collector, "check", "-config", file); err != nil {
		return err
	}
	var err error
	r.collector, err = rig.Start(rig.Spec{Name: "rackvakt-collector", Path: bin.Collector, Args: []string{"run", "-config", file}, Dir: r.dir})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	err = rig.Until(ctx, "the collector", func() (bool, error) {
		if !r.collector.Running() {
			return false, errors.New("it ended")
		}
		return r.api().Healthy(ctx), nil
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, r.collector.Tail(10))
	}
	return nil
}

func (r *region) config(pagePort int, all []*clinic) string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("store: {dir: %s/store}", r.dir)
	p("broker: {embedded: {listen: \"127.0.0.1:%d\", ca: %s/ca.crt, certificate: %s/server.crt, key: %s/server.key}}", r.brokerPort, r.certs, r.certs, r.certs)
	p("web: {listen: \"127.0.0.1:%d\", refresh: 2s}", pagePort)
	p("notify:\n  page: %s", r.page)
	p("  smtp: {address: \"%s\", from: rackvakt@region.example, tls: none}", r.mailAddr)
	p("  webhooks:\n    - {name: servicedesk, url: \"%s\", secret: {file: %s/webhook.key}, parties: [region_it]}", r.hURL, r.dir)
	p("sites:")
	for _, c := range all {
		p("  - id: %s\n    name: %q\n    area: vast\n    kind: %s\n    building: %q\n    reserve_routine: %q", c.site, c.name, c.kind, "Kv. "+c.site, routine)
		p("    closets: [{name: %s, router: \"%s\"%s}]", c.closet, c.targets["gateway"].Addr(), "")
		p("    contacts:")
		p("      region_it: {function: IT Servicedesk, phone: 010-555 01 00, email: [servicedesk@region.example]}")
		p("      property_owner: {function: Fastighetsjouren, phone: 010-555 02 00, email: [jour@fastighet.example]}")
		p("      care_provider: {function: Verksamhetschef, email: [chef@%s.example]}", c.site)
	}
	return b.String()
}

func (r *region) close() error {
	var err error
	if r.collector != nil && r.collector.Running() {
		err = r.collector.Stop(10 * time.Second)
	}
	if r.stopSinks != nil {
		err = errors.Join(err, r.stopSinks())
	}
	return err
}
