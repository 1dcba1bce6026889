package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"rackvakt/firmware/config"
	"rackvakt/sensors/board"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sense"
)

// senseFlags are what sense may do beside the list.
type senseFlags struct {
	watch, snippet *bool
	long           *time.Duration
	lines          *string
}

func (c *command) sense(ctx context.Context, args []string) error {
	f := senseFlags{
		watch:   c.flags.Bool("watch", false, "tell changes as they come"),
		snippet: c.flags.Bool("snippet", false, "print only the configuration of what is new"),
		long:    c.flags.Duration("for", 0, "end -watch after this `time`: 30s, 10m"),
		lines:   c.flags.String("lines", "", "GPIO `lines` that -watch follows too: GPIO17,GPIO27"),
	}
	if _, err := c.parse(args, aboutSense, 0, 0); err != nil {
		return err
	}
	if err := c.together(f); err != nil {
		return err
	}
	cfg, err := config.Load(*c.file)
	if errors.Is(err, fs.ErrNotExist) {
		cfg, err = config.Default(), nil
	}
	if err != nil {
		return err
	}
	if !*f.watch {
		// A simulated board of its own, not the socket of the one that runs.
		cfg.Sensors.Board.SimSocket = ""
	}
	b, err := board.New(cfg.Sensors.Board, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	s := sense.Setup{Board: b, Contacts: cfg.Sensors.Contacts, Climate: cfg.Sensors.Climate, Power: cfg.Sensors.Power, Clock: reading.NewWallclock("", 0, nil)}
	if *f.lines != "" {
		s.Lines = strings.Split(*f.lines, ",")
	}
	if *f.watch {
		return c.senseWatch(ctx, s, *f.long)
	}
	return c.senseOnce(ctx, s, *f.snippet)
}

// together tells of flags that make no sense together.
func (c *command) together(f senseFlags) error {
	switch {
	case *f.watch && *f.snippet:
		fmt.Fprintln(c.errs, c.say("-watch och -snippet: en av dem", "-watch and -snippet: one of them"))
	case !*f.watch && (*f.long != 0 || *f.lines != ""):
		fmt.Fprintln(c.errs, c.say("-for och -lines hör till -watch", "-for and -lines belong to -watch"))
	case *f.long < 0:
		fmt.Fprintf(c.errs, c.say("-for %v: ska vara en tid som 30s\n", "-for %v: want a time such as 30s\n"), *f.long)
	case *f.snippet && *c.json:
		fmt.Fprintln(c.errs, c.say("-snippet är YAML; utelämna -json", "-snippet is YAML; leave out -json"))
	default:
		return nil
	}
	return errUsage
}

// searchTakes is the longest that a search lasts.
const searchTakes = time.Minute

func (c *command) senseOnce(ctx context.Context, s sense.Setup, snippet bool) error {
	ctx, cancel := context.WithTimeout(ctx, searchTakes)
	defer cancel()
	r := sense.Read(ctx, s)
	var err error
	switch {
	case *c.json:
		err = c.writeJSON(r)
	case snippet:
		err = r.Snippet(c.out, *c.lang)
	default:
		if err = r.Print(c.out, *c.lang); err == nil && r.New() {
			if _, err = fmt.Fprintln(c.out); err == nil {
				err = r.Snippet(c.out, *c.lang)
			}
		}
	}
	switch {
	case err != nil:
		return err
	case r.Denied():
		return fmt.Errorf("search for sensors: %w", fs.ErrPermission)
	case r.Nothing():
		return errNothing
	}
	return nil
}

func (c *command) senseWatch(ctx context.Context, s sense.Setup, long time.Duration) error {
	if long > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, long)
		defer cancel()
	}
	enc := json.NewEncoder(c.out)
	err := sense.Watch(ctx, s, func(ch sense.Change) error {
		if *c.json {
			return enc.Encode(ch)
		}
		return ch.Print(c.out, *c.lang)
	})
	if !errors.Is(err, sense.ErrNothing) {
		return err
	}
	if *c.json {
		return errNothing
	}
	if err := sense.PrintNothing(c.out, *c.lang); err != nil {
		return err
	}
	return errNothing
}
