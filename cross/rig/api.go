package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// API reads the collector's JSON API.
type API struct {
	// Base is the address without a trailing slash: http://127.0.0.1:8080.
	Base string
	// Dial starts connections; nil: from here.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Get reads path into v; any status but 200 is an error.
func (a API) Get(ctx context.Context, path string, v any) error {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: a.Dial, DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.Base+path, nil)
	if err != nil {
		return fmt.Errorf("ask collector for %s: %w", path, err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return fmt.Errorf("ask collector for %s: %w", path, err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("ask collector for %s: %w", path, err)
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("ask collector for %s: %s: %s", path, resp.Status, body)
	}
	if err := json.Unmarshal(body, v); err != nil {
		return fmt.Errorf("ask collector for %s: %w in %.200s", path, err, body)
	}
	return nil
}

// Healthy reports whether the collector answers and lacks nothing.
func (a API) Healthy(ctx context.Context) bool {
	var v json.RawMessage
	return a.Get(ctx, "/healthz", &v) == nil
}

// Binaries are the paths of the two programs.
type Binaries struct{ Agent, Collector string }

// Build returns the programs in dir, building those that are not there.
func Build(ctx context.Context, dir string) (Binaries, error) {
	b := Binaries{filepath.Join(dir, "rackvakt"), filepath.Join(dir, "rackvakt-collector")}
	for path, pkg := range map[string]string{b.Agent: "rackvakt/firmware/cmd/rackvakt", b.Collector: "rackvakt/uplink/cmd/rackvakt-collector"} {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-o", path, pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return b, fmt.Errorf("build %s: %w\n%s", pkg, err, out)
		}
	}
	return b, nil
}

// FreePort returns a port of 127.0.0.1 that was free a moment ago.
func FreePort(network string) (int, error) {
	if network == "udp" {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find free port: %w", err)
		}
		return c.LocalAddr().(*net.UDPAddr).Port, c.Close()
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find free port: %w", err)
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// RSS returns the resident memory of a process in bytes.
func RSS(pid int) (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, fmt.Errorf("read memory of process %d: %w", pid, err)
	}
	var total, resident int64
	if _, err := fmt.Sscan(string(data), &total, &resident); err != nil {
		return 0, fmt.Errorf("read memory of process %d: %w", pid, err)
	}
	return resident * int64(os.Getpagesize()), nil
}
