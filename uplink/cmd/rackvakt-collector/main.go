// Command rackvakt-collector is the regional side: it takes what the closets
// send, keeps it, notices silence, and tells the party that must act.
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
	"strings"
	"syscall"
	_ "time/tzdata" // Swedish time also where the system has no zone files

	"rackvakt/sensors/host"
	"rackvakt/sensors/strictyaml"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/collector"
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
)

const usage = `rackvakt-collector - the regional side of the network-closet monitor
                     (regionens del av övervakningen av nätskåp)

  rackvakt-collector run -config FILE      work until SIGTERM; SIGHUP reads the file again
  rackvakt-collector check -config FILE    tell every mistake in a configuration file
  rackvakt-collector example               print a commented example configuration
  rackvakt-collector cert ca|server|closet|collector ...
                                           make the certificates of mutual TLS
  rackvakt-collector mosquitto             print the configuration of an external Mosquitto
  rackvakt-collector version

Examples
  rackvakt-collector cert ca -dir /etc/rackvakt -name "Region Värmland rackvakt"
  rackvakt-collector cert server -dir /etc/rackvakt collector.region.example 192.0.2.5
  rackvakt-collector cert closet -dir /etc/rackvakt vc-arvika.plan1
  rackvakt-collector check -config /etc/rackvakt/rackvakt-collector.yaml

-lang sv|en chooses the language of what people read (else $LANG, else Swedish).
Exit codes: 0 good, 1 failed, 2 mistakes in the configuration or on the command line.
Every command takes -h.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, os.Getenv))
}

// command is one command line being carried out.
type command struct {
	out, errs io.Writer
	getenv    func(string) string
	flags     *flag.FlagSet
	lang      *string
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer, getenv func(string) string) int {
	commands := map[string]func(*command, context.Context, []string) error{
		"run": (*command).run, "check": (*command).check, "example": (*command).example,
		"cert": (*command).cert, "mosquitto": (*command).mosquitto, "version": (*command).version,
	}
	if len(args) == 0 || strings.TrimLeft(args[0], "-") == "help" || args[0] == "-h" {
		fmt.Fprint(out, usage)
		if len(args) == 0 {
			return exitMistakes
		}
		return exitGood
	}
	do, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(errs, "rackvakt-collector: unknown command %q\n\n%s", args[0], usage)
		return exitMistakes
	}
	c := &command{out: out, errs: errs, getenv: getenv, flags: flag.NewFlagSet("rackvakt-collector "+args[0], flag.ContinueOnError)}
	c.lang = c.flags.String("lang", string(alarm.LangOf(getenv)), "language of what people read: sv or en")
	return exitCode(do(c, ctx, args[1:]), errs)
}

// errUsage is a mistake on the command line that was already printed.
var errUsage = errors.New("usage")

func exitCode(err error, errs io.Writer) int {
	var problems strictyaml.Problems
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return exitGood
	case errors.Is(err, errUsage):
		return exitMistakes
	case errors.As(err, &problems):
		fmt.Fprintln(errs, problems)
		return exitMistakes
	}
	fmt.Fprintln(errs, "rackvakt-collector:", err)
	return exitFailed
}

// parse reads the flags and up to most other arguments; a mistake has been told
// when it returns errUsage.
func (c *command) parse(args []string, most int) ([]string, error) {
	c.flags.SetOutput(c.errs)
	if err := c.flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, errUsage
	}
	rest := c.flags.Args()
	if *c.lang != string(alarm.Swedish) && *c.lang != string(alarm.English) {
		fmt.Fprintf(c.errs, "-lang %s: want sv or en\n", *c.lang)
		return nil, errUsage
	}
	if len(rest) > most {
		fmt.Fprintf(c.errs, "%s: unexpected %q\n", c.flags.Name(), rest[most])
		c.flags.Usage()
		return nil, errUsage
	}
	return rest, nil
}

// say returns the text in the reader's language.
func (c *command) say(sv, en string) string {
	return alarm.Text{SV: sv, EN: en}.In(alarm.Lang(*c.lang))
}

func (c *command) version(_ context.Context, args []string) error {
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "rackvakt-collector %s (built %s)\n", version, built)
	return err
}

func (c *command) example(_ context.Context, args []string) error {
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	_, err := io.WriteString(c.out, collector.Example)
	return err
}

const defaultConfig = "/etc/rackvakt/rackvakt-collector.yaml"

func (c *command) check(_ context.Context, args []string) error {
	file := c.flags.String("config", defaultConfig, "configuration `file`")
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	o, err := collector.Load(*file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, c.say("%s: rätt. Vårdenheter: %d\n", "%s: good. Sites: %d\n"), *file, len(o.Sites))
	return err
}

func (c *command) run(ctx context.Context, args []string) error {
	file := c.flags.String("config", defaultConfig, "configuration `file`")
	debug := c.flags.Bool("debug", false, "log every step")
	if _, err := c.parse(args, 0); err != nil {
		return err
	}
	o, err := collector.Load(*file)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if *debug {
		level = slog.LevelDebug
	}
	service := host.NotifierFrom(c.getenv)
	s := collector.Settings{Options: o, File: *file, Reload: hangups(ctx),
		Log:   slog.New(slog.NewTextHandler(c.errs, &slog.HandlerOptions{Level: level})),
		Ready: service.Ready, Alive: service.Alive}
	err = collector.Run(ctx, s)
	return errors.Join(err, service.Stopping())
}

// hangups turns SIGHUP into values until ctx ends.
func hangups(ctx context.Context) <-chan struct{} {
	signals, asks := make(chan os.Signal, 1), make(chan struct{}, 1)
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		defer signal.Stop(signals)
		for {
			select {
			case <-ctx.Done():
				return
			case <-signals:
				select {
				case asks <- struct{}{}:
				default: // one is waiting already
				}
			}
		}
	}()
	return asks
}
