package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// process is this program started again in another part: agents and pollers are
// processes of their own, so that CPU time is that of the poller alone.
type process struct {
	part  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

// start begins a part; close must be called to have it end.
func start(ctx context.Context, part string, args ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{part}, args...)...)
	cmd.Env = append(os.Environ(), partVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", part, err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	return &process{part: part, cmd: cmd, in: in, lines: lines}, nil
}

// partVariable is set in the environment of a part, so that the program of the
// tests can tell that it is one.
const partVariable = "BENCHSNMP_PART"

// read takes the next line into v.
func (p *process) read(v any) error {
	if !p.lines.Scan() {
		return fmt.Errorf("%s ended: %w", p.part, errors.Join(p.lines.Err(), io.ErrUnexpectedEOF))
	}
	return json.Unmarshal(p.lines.Bytes(), v)
}

// ask writes a line and takes the answer into v.
func (p *process) ask(line string, v any) error {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return fmt.Errorf("ask %s: %w", p.part, err)
	}
	return p.read(v)
}

// close ends the input, at which every part stops, and waits for it.
func (p *process) close() error {
	err := p.in.Close()
	if werr := p.cmd.Wait(); werr != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", p.part, werr))
	}
	return err
}

// switches is a process that serves switches.
type switches struct {
	*process
	places []place
}

func startSwitches(ctx context.Context, args ...string) (*switches, error) {
	p, err := start(ctx, partSwitches, args...)
	if err != nil {
		return nil, err
	}
	s := &switches{process: p}
	if err := p.read(&s.places); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return s, nil
}

// during returns the traffic while f runs.
func (s *switches) during(f func() error) (traffic, error) {
	var before, after traffic
	if err := s.ask("traffic", &before); err != nil {
		return traffic{}, err
	}
	if err := f(); err != nil {
		return traffic{}, err
	}
	err := s.ask("traffic", &after)
	return after.minus(before), err
}
