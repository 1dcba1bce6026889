// Command rackvakt-demo plays the main job on one machine: a collector and three
// closets as separate processes of the shipped programs, with everything around
// them simulated over real sockets on loopback. It tells what the collector's API
// says, and fails if anything of the story does not happen.
//
// It refuses to reach into the programs: it starts them, moves the world around
// them, and reads what they tell.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"rackvakt/cross/rig"
	"rackvakt/uplink/alarm"
	"rackvakt/uplink/web"
)

type (
	reading = web.Reading
	event   = web.Event
)

// options of one demo.
type options struct {
	bin, dir, lang string
	once           bool
	patience       time.Duration
	// before is called when all is running, before the story; tests break a hop there.
	before func(*story) error
}

func main() {
	o := options{patience: 60 * time.Second}
	flag.StringVar(&o.bin, "bin", "build", "`folder` of the programs; what is missing is built")
	flag.StringVar(&o.dir, "dir", "", "`folder` for configurations, logs and data (default: a new one)")
	flag.StringVar(&o.lang, "lang", string(alarm.LangOf(os.Getenv)), "sv or en")
	flag.BoolVar(&o.once, "once", false, "end after the story instead of waiting for Ctrl-C")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo failed:", err)
		os.Exit(1)
	}
}

// run plays one demo from start to clean end.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	bin, err := rig.Build(ctx, o.bin)
	if err != nil {
		return err
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "rackvakt-demo-"); err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	s := &story{r: &region{}, clinics: clinics(), out: out, lang: o.lang, patience: o.patience}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx, o.dir, bin); err != nil {
		return quiet(ctx, err)
	}
	s.say("Regionens sida: %s   (loggar och data: %s)", "The region's page: %s   (logs and data: %s)", s.r.page, o.dir)
	if o.before != nil {
		if err := o.before(s); err != nil {
			return err
		}
	}
	begin := time.Now()
	if err := s.play(ctx); err != nil {
		return quiet(ctx, errors.Join(err, s.check()))
	}
	s.memory()
	s.say("\nBerättelsen tog %v.", "\nThe story took %v.", since(begin))
	if !o.once {
		s.say("Allt fortsätter att gå. Avsluta med Ctrl-C.", "Everything goes on running. End it with Ctrl-C.")
		<-ctx.Done()
		s.memory()
	}
	return nil
}

// quiet forgets an error that only says that somebody pressed Ctrl-C.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *story) open(ctx context.Context, dir string, bin rig.Binaries) error {
	for _, c := range s.clinics {
		if err := c.open(ctx, dir); err != nil {
			return err
		}
	}
	if err := s.r.open(ctx, dir, bin, s.clinics); err != nil {
		return err
	}
	if err := s.r.start(ctx, bin, s.clinics); err != nil {
		return err
	}
	for _, c := range s.clinics {
		if err := c.start(ctx, bin, s.r.certs, s.r.brokerPort); err != nil {
			return err
		}
	}
	return nil
}

// memory prints what the processes hold in memory.
func (s *story) memory() {
	region, err := rig.RSS(s.r.collector.PID())
	monitor, err2 := rig.RSS(s.clinics[0].monitor.PID())
	if err := errors.Join(err, err2); err != nil {
		s.say("Minne: okänt (%v)", "Memory: unknown (%v)", err)
		return
	}
	s.say("\nMinne (RSS): rackvakt %.1f MB, rackvakt-collector %.1f MB", "\nMemory (RSS): rackvakt %.1f MB, rackvakt-collector %.1f MB", float64(monitor)/1e6, float64(region)/1e6)
}

func (s *story) close() error {
	var errs error
	for _, c := range s.clinics {
		errs = errors.Join(errs, c.close())
	}
	return errors.Join(errs, s.r.close())
}
