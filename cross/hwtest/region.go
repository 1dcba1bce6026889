package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"rackvakt/cross/rig"
)

// What the guest's closet is called. guest/run_test.go says the same.
const (
	closetName = "vc-hwtest.plan1"
	// hostAddress is this machine as the guest sees it (QEMU's user network).
	hostAddress = "10.0.2.2"
)

// region is a collector on this machine, for the guest to report to.
type region struct {
	dir string
	// broker and web are host:port as the guest sees them.
	broker, web string
	collector   *rig.Process
}

// startRegion makes certificates and a configuration and starts a collector.
func startRegion(ctx context.Context, dir string) (_ *region, err error) {
	r := &region{dir: filepath.Join(dir, "region")}
	if err := errors.Join(os.RemoveAll(r.dir), os.MkdirAll(r.dir, 0o755)); err != nil {
		return nil, err
	}
	bin := filepath.Join(dir, "bin", "rackvakt-collector")
	if err := build(ctx, bin, "rackvakt/uplink/cmd/rackvakt-collector", false); err != nil {
		return nil, err
	}
	for _, args := range [][]string{{"ca", "-dir", r.certs()}, {"server", "-dir", r.certs(), hostAddress, "127.0.0.1"}, {"closet", "-dir", r.certs(), closetName}} {
		if _, err := rig.Command(ctx, bin, append([]string{"cert"}, args...)...); err != nil {
			return nil, err
		}
	}
	file, api, err := r.configure()
	if err != nil {
		return nil, err
	}
	if _, err := rig.Command(ctx, bin, "check", "-config", file); err != nil {
		return nil, err
	}
	if r.collector, err = rig.Start(rig.Spec{Name: "collector", Path: bin, Args: []string{"run", "-config", file}, Dir: r.dir}); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	err = rig.Until(ctx, "a healthy collector", func() (bool, error) {
		if !r.collector.Running() {
			return false, errors.New("the collector ended")
		}
		return api.Healthy(ctx), nil
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, r.collector.Tail(20)), r.collector.Kill())
	}
	return r, nil
}

func (r *region) certs() string { return filepath.Join(r.dir, "certs") }

func (r *region) configure() (file string, api rig.API, err error) {
	broker, err := rig.FreePort("tcp")
	if err != nil {
		return "", api, err
	}
	web, err := rig.FreePort("tcp")
	if err != nil {
		return "", api, err
	}
	r.broker, r.web = fmt.Sprintf("%s:%d", hostAddress, broker), fmt.Sprintf("%s:%d", hostAddress, web)
	file = filepath.Join(r.dir, "rackvakt-collector.yaml")
	text := fmt.Sprintf(`
store: {dir: %s/store}
broker: {embedded: {listen: "127.0.0.1:%d", ca: %s/ca.crt, certificate: %[3]s/server.crt, key: %[3]s/server.key}}
web: {listen: "127.0.0.1:%[4]d"}
sites: [{id: vc-hwtest, name: Vårdcentralen Provet, area: vast, kind: region_run, closets: [{name: plan1}]}]
`, r.dir, broker, r.certs(), web)
	return file, rig.API{Base: fmt.Sprintf("http://127.0.0.1:%d", web)}, os.WriteFile(file, []byte(text), 0o600)
}

// addKeys gives the guest the closet's certificate and key.
func (r *region) addKeys(a *archive) error {
	var all error
	for from, to := range map[string]string{"ca.crt": "ca.crt", closetName + ".crt": "closet.crt", closetName + ".key": "closet.key"} {
		all = errors.Join(all, a.addFile("etc/rackvakt/"+to, 0o600, filepath.Join(r.certs(), from)))
	}
	return all
}

// stop ends the collector.
func (r *region) stop() error { return r.collector.Stop(10 * time.Second) }
