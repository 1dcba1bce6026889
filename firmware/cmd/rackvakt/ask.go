package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"rackvakt/firmware/agent"
	"rackvakt/firmware/config"
	"rackvakt/sensors/sim"
	"rackvakt/uplink/alarm"
)

func (c *command) writeJSON(v any) error { return json.NewEncoder(c.out).Encode(v) }

// say returns the text in the reader's language.
func (c *command) say(sv, en string) string {
	return alarm.Text{SV: sv, EN: en}.In(alarm.Lang(*c.lang))
}

func (c *command) status(ctx context.Context, args []string) error {
	socket := c.flags.String("socket", "", "status `socket` of the monitor; else the configuration's")
	if _, err := c.parse(args, aboutStatus, 0, 0); err != nil {
		return err
	}
	path := *socket
	if path == "" {
		path = config.Default().Status.Socket
		if cfg, err := config.Load(*c.file); err == nil {
			path = cfg.Status.Socket
		}
	}
	s, err := agent.Ask(ctx, path)
	if err != nil {
		return err
	}
	if *c.json {
		return c.writeJSON(s)
	}
	return s.Print(c.out, alarm.Lang(*c.lang))
}

func (c *command) sim(ctx context.Context, args []string) error {
	socket := c.flags.String("socket", "", "control `socket` of the simulated board; else the configuration's")
	rest, err := c.parse(args, aboutSim, 0, math.MaxInt)
	if err != nil {
		return err
	}
	path, err := c.simSocket(*socket)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		if err := sim.Apply(ctx, path, rest); err != nil {
			return err
		}
	}
	pic, err := sim.Get(ctx, path)
	if err != nil {
		return err
	}
	if *c.json {
		return c.writeJSON(pic)
	}
	return c.printSim(pic)
}

// simSocket returns the socket that was given, or the configuration's.
func (c *command) simSocket(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	cfg, err := config.Load(*c.file)
	if err != nil {
		return "", err
	}
	if cfg.Sensors.Board.SimSocket == "" {
		return "", fmt.Errorf("no simulated board: give -socket, or sensors.board.sim_socket in %s", *c.file)
	}
	return cfg.Sensors.Board.SimSocket, nil
}

// printSim writes what can be set as it is set, then what the outputs show.
func (c *command) printSim(pic sim.Picture) error {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(pic.Values)) {
		fmt.Fprintf(&b, "%s=%s", name, pic.Values[name])
		if now := pic.Now[name]; now != "" {
			fmt.Fprintf(&b, "  (%s %s)", c.say("nu", "now"), now)
		}
		b.WriteByte('\n')
	}
	for _, name := range slices.Sorted(maps.Keys(pic.Shown)) {
		text := strings.ReplaceAll(strings.TrimRight(pic.Shown[name], "\n"), "\n", "\n  ")
		fmt.Fprintf(&b, "%s %s: %s\n", name, c.say("visar", "shows"), text)
	}
	_, err := io.WriteString(c.out, b.String())
	return err
}
