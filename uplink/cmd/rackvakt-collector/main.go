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
	"syscall"
	_ "time/tzdata" // Swedish time also where the system has no zone files

	"rackvakt/sensors/host"
	"rackvakt/sensors/strictyaml"
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

Exit codes: 0 good, 1 failed, 2 mistakes in the configuration or on the command line.
Every command takes -h.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	commands := map[string]func(context.Context, []string, io.Writer, io.Writer) error{
		"run": runCollector, "check": check, "cert": certificates, "mosquitto": mosquitto, "version": printVersion,
		"example": func(_ context.Context, _ []string, out, _ io.Writer) error {
			_, err := io.WriteString(out, collector.Example)
			return err
		},
	}
	if len(args) == 0 || args[0] == "-h" || args[0] == "--help" || args[0] == "help" {
		fmt.Fprint(out, usage)
		if len(args) == 0 {
			return exitMistakes
		}
		return exitGood
	}
	do, ok := commands[args[0]]
	if !ok {
		fmt.Fprintf(errs, "unknown command %q\n\n%s", args[0], usage)
		return exitMistakes
	}
	return exitCode(do(ctx, args[1:], out, errs), errs)
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

// parse reads flags; a mistake was printed by the flag package and is errUsage.
func parse(f *flag.FlagSet, args []string, errs io.Writer) error {
	f.SetOutput(errs)
	err := f.Parse(args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	return errUsage
}

func printVersion(_ context.Context, _ []string, out, _ io.Writer) error {
	_, err := fmt.Fprintf(out, "rackvakt-collector %s (built %s)\n", version, built)
	return err
}

const defaultConfig = "/etc/rackvakt/rackvakt-collector.yaml"

func check(_ context.Context, args []string, out, errs io.Writer) error {
	f := flag.NewFlagSet("check", flag.ContinueOnError)
	file := f.String("config", defaultConfig, "configuration `file`")
	if err := parse(f, args, errs); err != nil {
		return err
	}
	o, err := collector.Load(*file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: good, %d sites\n", *file, len(o.Sites))
	return err
}

func runCollector(ctx context.Context, args []string, _, errs io.Writer) error {
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	file := f.String("config", defaultConfig, "configuration `file`")
	debug := f.Bool("debug", false, "log every step")
	if err := parse(f, args, errs); err != nil {
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
	service := host.NotifierFrom(os.Getenv)
	s := collector.Settings{Options: o, File: *file, Reload: hangups(ctx),
		Log:   slog.New(slog.NewTextHandler(errs, &slog.HandlerOptions{Level: level})),
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
