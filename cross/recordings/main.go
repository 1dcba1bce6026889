// Command recordings polls every recorded device over UDP, as `rackvakt poll -json`
// does, compares what comes with what two independent readings agree on, and
// prints a table: facts in the truth, matched, and left out with reasons.
//
// The truth has another program's units and words: minutes for runtime, seconds
// under the name delay, dbm for optical_power, 0 for an absent counter or speed.
// They are converted here. The recordings are under another licence and no part
// of this repository: without them there is nothing to do, and it says so.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"text/tabwriter"
	"time"
)

func main() {
	dir := flag.String("dir", "../shared/recordings", "folder of the recordings")
	flag.Parse()
	if err := run(context.Background(), *dir); err != nil {
		fmt.Fprintln(os.Stderr, "recordings:", err)
		os.Exit(1)
	}
}

var errMissing = errors.New("facts are missing without a known reason")

func run(ctx context.Context, dir string) error {
	all, err := loadTruth(dir)
	if errors.Is(err, fs.ErrNotExist) {
		fmt.Printf("no recordings in %s: real devices are not tried\n", dir)
		return nil
	}
	if err != nil {
		return err
	}
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	total := newScore()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	heading(w)
	var notes []string
	for _, name := range names {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		s, err := try(ctx, dir, name, all[name])
		cancel()
		if err != nil {
			return fmt.Errorf("recording %s: %w", name, err)
		}
		s.row(w, name)
		total.add(s)
		notes = append(notes, s.notes(name)...)
	}
	total.row(w, "all")
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Println("\nmatched/facts; +n left out for a reason, !n missing without one:")
	for _, note := range notes {
		fmt.Println("  " + note)
	}
	if total.missing() > 0 {
		return errMissing
	}
	return nil
}
