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
	"regexp"
	"strings"
	"syscall"
	"time"
)

// options are the flags.
type options struct {
	short, verbose bool
	run            string
	dir            string
	limit          time.Duration
}

func main() {
	var o options
	flag.BoolVar(&o.short, "short", false, "leave out the cases that take long")
	flag.BoolVar(&o.verbose, "v", false, "print everything that the guest prints")
	flag.StringVar(&o.run, "run", "", "run the cases that match this regular `expression`")
	flag.StringVar(&o.dir, "dir", "build/hwtest", "`folder` for the kernel and what is built")
	flag.DurationVar(&o.limit, "limit", 9*time.Minute, "end everything after this time, which begins when the kernel is there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "hwtest:", err)
		os.Exit(1)
	}
}

// errFailed says that the table tells what failed.
var errFailed = errors.New("not every case passed")

func run(ctx context.Context, o options, out io.Writer) (err error) {
	if _, err := regexp.Compile(o.run); err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	if strings.ContainsAny(o.run, " \t\"") {
		return fmt.Errorf("-run %q: the kernel's command line takes no spaces and quotes", o.run)
	}
	if o.dir, err = filepath.Abs(o.dir); err != nil {
		return err
	}
	unlock, err := lock(o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	k, err := fetch(ctx, o.dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	start := time.Now()
	region, err := startRegion(ctx, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, region.stop()) }()
	if err := buildInitramfs(ctx, k, region); err != nil {
		return err
	}
	fmt.Fprintf(out, "built in %.0f s; booting %s\n", time.Since(start).Seconds(), k.release)
	rep, err := boot(ctx, o, k, region, out)
	err = errors.Join(err, rep.print(out, time.Since(start)))
	if err == nil && !rep.good(o.short) {
		err = errFailed
	}
	return err
}

// lock lets one run at a time use the folder, and waits for no other.
func lock(dir string) (func() error, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("another run uses %s: %w", dir, err), file.Close())
	}
	return file.Close, nil
}
