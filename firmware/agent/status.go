package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"
)

// statusPath is where the socket answers; status is JSON over HTTP.
const statusPath = "/v1/status"

// answerWithin is how long the closet may take to answer: its loop never waits
// for anything long, so a longer silence is itself the answer.
const answerWithin = 2 * time.Second

// maxStatus bounds what Ask reads, in octets.
const maxStatus = 16 << 20

// Asker returns the closet as it is now.
type Asker func(ctx context.Context) (Snapshot, error)

// ask is the Asker of a running closet. It may be called from any goroutine.
func (c *closet) ask(ctx context.Context) (Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	reply := make(chan Snapshot, 1)
	select {
	case c.asks <- reply:
	case <-ctx.Done():
		return Snapshot{}, fmt.Errorf("ask the closet: %w", ctx.Err())
	}
	select {
	case s := <-reply:
		return s, nil
	case <-ctx.Done():
		return Snapshot{}, fmt.Errorf("ask the closet: %w", ctx.Err())
	}
}

// serveStatus answers on the unix socket until ctx ends. The socket is for the
// user and group of the agent (0660).
func serveStatus(ctx context.Context, socket string, ask Asker, log *slog.Logger) error {
	if err := removeDead(socket); err != nil {
		return err
	}
	ln, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("status socket: %w", err)
	}
	if err := os.Chmod(socket, 0o660); err != nil {
		return errors.Join(fmt.Errorf("status socket: %w", err), ln.Close())
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+statusPath, func(w http.ResponseWriter, r *http.Request) {
		s, err := ask(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(s); err != nil {
			log.Debug("status not sent", "error", err)
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("status socket: %w", err)
	case <-ctx.Done():
	}
	err = server.Close()
	if serr := <-ended; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	return err
}

// removeDead takes away a socket that a dead process left, and only that.
func removeDead(socket string) error {
	info, err := os.Lstat(socket)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("status socket: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("status socket: %s is not a socket", socket)
	}
	if conn, err := net.DialTimeout("unix", socket, time.Second); err == nil {
		return errors.Join(fmt.Errorf("status socket: another program listens on %s", socket), conn.Close())
	}
	if err := os.Remove(socket); err != nil {
		return fmt.Errorf("status socket: %w", err)
	}
	return nil
}

// Ask returns the snapshot of the agent behind a status socket.
func Ask(ctx context.Context, socket string) (s Snapshot, err error) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
		DisableKeepAlives: true,
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://rackvakt"+statusPath, nil)
	if err != nil {
		return s, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return s, fmt.Errorf("ask the agent at %s: %w", socket, err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxStatus))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return s, fmt.Errorf("ask the agent at %s: %w", socket, err)
	}
	if resp.StatusCode != http.StatusOK {
		return s, fmt.Errorf("ask the agent at %s: %s: %.200s", socket, resp.Status, body)
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return s, fmt.Errorf("ask the agent at %s: %w", socket, err)
	}
	return s, nil
}
