package sim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	// maxLine bounds one request or answer, in bytes.
	maxLine = 16 << 10
	// idle is how long a connection may say nothing.
	idle = 30 * time.Second
)

type request struct {
	Set map[string]string `json:"set,omitempty"`
}

// Picture is a board as it stands.
type Picture struct {
	// Values are as they were set, Now the numbers of those that move or are at fault.
	Values map[string]string `json:"values,omitempty"`
	Now    map[string]string `json:"now,omitempty"`
	// Shown is what each output shows.
	Shown map[string]string `json:"shown,omitempty"`
}

type answer struct {
	Picture
	Error string `json:"error,omitempty"`
}

// Serve answers on the unix socket at path until ctx ends. A socket left behind
// by a dead process is taken over; one that answers is not.
func Serve(ctx context.Context, path string, state *State, log *slog.Logger) error {
	if err := removeDead(ctx, path); err != nil {
		return err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("simulated board: listen on %s: %w", path, err)
	}
	var conns sync.WaitGroup
	defer conns.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if err := ln.Close(); err != nil {
			log.Warn("sim socket not closed", "err", err)
		}
	})()
	log.Info("simulated board listens", "socket", path)
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			return closeLate(conn)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("simulated board: accept on %s: %w", path, err), ln.Close())
		}
		conns.Go(func() {
			if err := converse(ctx, conn, state); err != nil && ctx.Err() == nil {
				log.Info("sim connection ended", "err", err)
			}
		})
	}
}

// closeLate closes a connection that came in while the listener was closing.
func closeLate(conn net.Conn) error {
	if conn == nil {
		return nil
	}
	return conn.Close()
}

func removeDead(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("simulated board: %w", err)
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("simulated board: %s is not a socket", path)
	}
	if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(fmt.Errorf("simulated board: another program listens on %s", path), conn.Close())
	}
	return os.Remove(path)
}

// converse answers requests until the other end is done or silent for too long.
func converse(ctx context.Context, conn net.Conn, state *State) (err error) {
	defer func() { err = errors.Join(err, conn.Close()) }()
	// A deadline in the past wakes a read; the loop looks at ctx after it sets
	// its own, so that one of the two always ends it.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, maxLine)
	for conn.SetDeadline(time.Now().Add(idle)) == nil && ctx.Err() == nil && in.Scan() {
		out, err := json.Marshal(handle(state, in.Bytes()))
		if err != nil {
			return err
		}
		if _, err := conn.Write(append(out, '\n')); err != nil {
			return err
		}
	}
	return in.Err()
}

// handle answers one request line.
func handle(state *State, line []byte) answer {
	var req request
	dec := json.NewDecoder(strings.NewReader(string(line)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&req); err != nil {
		return answer{Error: "not a request: " + err.Error()}
	}
	if err := state.Set(req.Set); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Picture: Picture{Values: state.Values(), Now: state.Now(), Shown: state.Shown()}}
}

// Apply sends assignments ("door=open", "temperature/inlet=31.5") to the board
// behind socket; all are taken or none. Two words "door open" are one
// assignment too when each is an argument of its own.
func Apply(ctx context.Context, socket string, assignments []string) error {
	set, err := Parse(assignments)
	if err != nil {
		return err
	}
	_, err = ask(ctx, socket, request{Set: set})
	return err
}

// Get returns everything that the board behind socket simulates and shows.
func Get(ctx context.Context, socket string) (Picture, error) {
	return ask(ctx, socket, request{})
}

// Parse reads assignments as a command line gives them: NAME=VALUE, or NAME and
// VALUE apart.
func Parse(args []string) (map[string]string, error) {
	set := map[string]string{}
	for i := 0; i < len(args); i++ {
		name, value, ok := strings.Cut(args[i], "=")
		if !ok && i+1 < len(args) && !strings.Contains(args[i+1], "=") {
			i++
			value, ok = args[i], true
		}
		if !ok || name == "" || value == "" {
			return nil, fmt.Errorf("%q is not NAME=VALUE, as in door=open", args[i])
		}
		if _, twice := set[name]; twice {
			return nil, fmt.Errorf("%q is set twice", name)
		}
		set[name] = value
	}
	return set, nil
}

func ask(ctx context.Context, socket string, req request) (_ Picture, err error) {
	conn, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", socket)
	if err != nil {
		return Picture{}, fmt.Errorf("simulated board: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	deadline := time.Now().Add(5 * time.Second)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return Picture{}, fmt.Errorf("simulated board: %w", err)
	}
	if err := json.NewEncoder(conn).Encode(req); err != nil {
		return Picture{}, fmt.Errorf("simulated board: send to %s: %w", socket, err)
	}
	var ans answer
	if err := json.NewDecoder(conn).Decode(&ans); err != nil {
		return Picture{}, fmt.Errorf("simulated board: answer of %s: %w", socket, err)
	}
	if ans.Error != "" {
		return Picture{}, fmt.Errorf("simulated board: %s", ans.Error)
	}
	return ans.Picture, nil
}
