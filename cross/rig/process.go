// Package rig runs the shipped binaries as separate processes for the demo and
// the test rigs: it starts, stops and kills them, in a network namespace where
// one is named, keeps what they print, and reads the collector's API.
//
// It refuses to know anything of the product but its command line and its API,
// and ends only what it started.
package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is one running program.
type Process struct {
	Name string
	// LogFile holds everything that it printed, over all its starts.
	LogFile string

	cmd  *exec.Cmd
	done chan struct{}
	err  error // valid after done
}

// Spec says how to start a program.
type Spec struct {
	Name string   // for messages and the name of the log
	Path string   // of the program
	Args []string // without the program's name
	Dir  string   // where the log goes
	Env  []string // in addition to this process's environment
	// Netns is the network namespace to start it in; empty: this one.
	Netns string
}

// Start starts a program in a process group of its own.
func Start(s Spec) (*Process, error) {
	p := &Process{Name: s.Name, LogFile: filepath.Join(s.Dir, s.Name+".log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	path, args := s.Path, s.Args
	if s.Netns != "" {
		path, args = "ip", append([]string{"netns", "exec", s.Netns, s.Path}, s.Args...)
	}
	p.cmd = exec.Command(path, args...)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(os.Environ(), s.Env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", s.Name, err), log.Close())
	}
	go func() {
		p.err = errors.Join(p.cmd.Wait(), log.Close())
		close(p.done)
	}()
	return p, nil
}

// PID returns the process id; `ip netns exec` replaces itself by the program.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Running reports whether the program has not ended.
func (p *Process) Running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal to the program.
func (p *Process) Signal(sig syscall.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("signal %s: %w", p.Name, err)
	}
	return nil
}

// Kill ends the program at once (kill -9) and waits for it.
func (p *Process) Kill() error {
	err := p.Signal(syscall.SIGKILL)
	<-p.done
	return err
}

// Stop asks the program to end (SIGTERM), kills it after the given time, and
// returns its error; being killed is one.
func (p *Process) Stop(within time.Duration) error {
	if err := p.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
		return p.err
	case <-time.After(within):
		return errors.Join(fmt.Errorf("%s did not stop within %v; killed\n%s", p.Name, within, p.Tail(20)), p.Kill())
	}
}

// Tail returns the last n lines that the program printed.
func (p *Process) Tail(n int) string {
	data, err := os.ReadFile(p.LogFile)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// Command runs a program to its end and returns what it printed.
func Command(ctx context.Context, path string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w\n%s", filepath.Base(path), strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

// Until asks probe again and again, until it returns true, an error, or ctx
// ends. what names the thing waited for in the error.
func Until(ctx context.Context, what string, probe func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := probe()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, context.Cause(ctx))
		case <-tick.C:
		}
	}
}
