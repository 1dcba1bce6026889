// Command rackvakt is the monitor that stands in the closet. See `rackvakt help`.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // Swedish time also where the system has no zone files

	"rackvakt/firmware/agent"
	"rackvakt/firmware/config"
	"rackvakt/firmware/panel"
	"rackvakt/sensors/board"
	"rackvakt/sensors/host"
	"rackvakt/sensors/output"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
)

// Set by the linker.
var (
	version = "dev"
	built   = "" // Unix time of the commit
)

// Exit codes, documented in the help.
const (
	exitGood     = 0
	exitFailed   = 1
	exitMistakes = 2
	exitNothing  = 3 // sense: nothing is attached
)

// errUsage says that the command line was wrong and that this has been told.
var errUsage = errors.New("usage")

// errNothing says that sense found nothing attached, and that this has been told.
var errNothing = errors.New("nothing attached")

// command is one command line being carried out.
type command struct {
	out, errs io.Writer
	getenv    func(string) string
	flags     *flag.FlagSet
	file      *string
	lang      *string
	json      *bool
}

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		if <-signals == os.Interrupt {
			cancel(agent.Stop("interrupted"))
		} else {
			cancel(agent.Stop("sigterm"))
		}
		// A second signal ends the program at once.
		signal.Stop(signals)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv))
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer, getenv func(string) string) int {
	commands := map[string]func(*command, context.Context, []string) error{
		"run": (*command).run, "check": (*command).check, "example": (*command).example, "status": (*command).status,
		"poll": (*command).poll, "sense": (*command).sense, "sim": (*command).sim, "version": (*command).version,
	}
	if len(args) == 0 || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h" {
		fmt.Fprint(out, usage.In(alarm.LangOf(getenv)))
		if len(args) == 0 {
			return exitMistakes
		}
		return exitGood
	}
	do, ok := commands[args[0]]
	if !ok {
		lang := alarm.LangOf(getenv)
		fmt.Fprintf(errs, alarm.Text{SV: "rackvakt: okänt kommando %q\n\n%s", EN: "rackvakt: unknown command %q\n\n%s"}.In(lang), args[0], usage.In(lang))
		return exitMistakes
	}
	c := &command{out: out, errs: errs, getenv: getenv, flags: flag.NewFlagSet("rackvakt "+args[0], flag.ContinueOnError)}
	c.file = c.flags.String("config", defaultFile, "configuration `file`")
	c.lang = c.flags.String("lang", string(alarm.LangOf(getenv)), "language of what people read: sv or en")
	c.json = c.flags.Bool("json", false, "write JSON for programs")
	return c.code(do(c, ctx, args[1:]))
}

const defaultFile = "/etc/rackvakt/rackvakt.yaml"

// code tells an error and returns the exit code.
func (c *command) code(err error) int {
	var problems strictyaml.Problems
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return exitGood
	case errors.Is(err, errUsage):
		return exitMistakes
	case errors.Is(err, errNothing):
		return exitNothing
	case errors.As(err, &problems):
		fmt.Fprintln(c.errs, problems)
		return exitMistakes
	}
	fmt.Fprintln(c.errs, "rackvakt:", err)
	return exitFailed
}

// parse reads the flags and between least and most other arguments; a mistake
// has been told when it returns errUsage.
func (c *command) parse(args []string, about alarm.Text, least, most int) ([]string, error) {
	c.flags.SetOutput(c.errs)
	if slices.ContainsFunc(args, func(a string) bool { return a == "-h" || a == "-help" || a == "--help" }) {
		c.flags.SetOutput(c.out) // asked for, so that it can be paged
	}
	c.flags.Usage = func() { c.printHelp(about) }
	if err := c.flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, errUsage
	}
	rest := c.flags.Args()
	if *c.lang != string(alarm.Swedish) && *c.lang != string(alarm.English) {
		fmt.Fprintf(c.errs, "-lang %s: want sv or en (sv eller en)\n", *c.lang)
		return nil, errUsage
	}
	for _, a := range rest {
		if len(a) > 1 && a[0] == '-' {
			fmt.Fprintf(c.errs, c.say("%s: flaggor står före de andra argumenten\n", "%s: flags stand before the other arguments\n"), a)
			return nil, errUsage
		}
	}
	if len(rest) < least || len(rest) > most {
		c.flags.Usage()
		return nil, errUsage
	}
	return rest, nil
}

func (c *command) run(ctx context.Context, args []string) error {
	debug := c.flags.Bool("debug", false, "log every step")
	_, err := c.parse(args, aboutRun, 0, 0)
	if err != nil {
		return err
	}
	cfg, err := config.Load(*c.file)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(c.errs, &slog.HandlerOptions{Level: level}))
	spareMemory(len(cfg.SNMP.Devices))
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	return agent.Run(ctx, agent.Options{
		Config: cfg, File: *c.file, HUP: hup, Reload: func() (config.Config, error) { return config.Load(*c.file) },
		Log: log, Version: version, Built: builtAt(), Notify: host.NotifierFrom(c.getenv),
		Front: func(ctx context.Context, o output.Options, b board.Board, clock reading.Clock, sink reading.Sink, ask agent.Asker) error {
			return panel.Drive(ctx, o, b, clock, sink, ask, log)
		},
		Page: func(ctx context.Context, listen string, ask agent.Asker) error {
			return panel.Serve(ctx, listen, ask, log)
		},
	})
}

// spareMemory has the collector of garbage run oftener than is usual: memory is
// dearer than time on a small board. The limit is soft, and holds the peak of the
// start down; $GOGC and $GOMEMLIMIT have the last word.
func spareMemory(devices int) {
	const percent, base, each = 25, 16 << 20, 1 << 20
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(base + each*int64(devices))
	}
}

// builtAt returns the date of the build, zero where the linker gave none.
func builtAt() time.Time {
	n, err := strconv.ParseInt(built, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// builtText says when the program was built, for people.
func builtText() string {
	if t := builtAt(); !t.IsZero() {
		return t.Format(time.DateOnly)
	}
	return "-"
}

func (c *command) version(_ context.Context, args []string) error {
	if _, err := c.parse(args, aboutVersion, 0, 0); err != nil {
		return err
	}
	if *c.json {
		return c.writeJSON(map[string]string{"version": version, "built": built})
	}
	_, err := fmt.Fprintf(c.out, c.say("rackvakt %s (byggd %s)\n", "rackvakt %s (built %s)\n"), version, builtText())
	return err
}

func (c *command) example(_ context.Context, args []string) error {
	if _, err := c.parse(args, aboutExample, 0, 0); err != nil {
		return err
	}
	_, err := c.out.Write(config.Example)
	return err
}
