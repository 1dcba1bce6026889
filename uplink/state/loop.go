package state

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Store keeps alarms and cases over restarts. A save is durable when it returns.
type Store interface {
	LoadState(ctx context.Context) (Restored, error)
	SaveAlarm(ctx context.Context, a Alarm) error
	SaveCase(ctx context.Context, c Case) error
}

// Notifier takes a message over, durably; handing it the same one again is harmless.
type Notifier interface {
	Notify(ctx context.Context, n Notice) error
}

// Prober asks the probes of the region whether address answers (a refusal is an
// answer). An error means that the question could not be put.
type Prober interface {
	Alive(ctx context.Context, address string) (bool, error)
}

// Commander sends `cmd` answer down every open path of a closet.
type Commander interface {
	Answer(ctx context.Context, closet string) error
}

// Wiring is what a Loop needs from outside. Prober and Commander may be nil.
type Wiring struct {
	Store    Store
	Notifier Notifier
	Prober   Prober
	Commands Commander
	Log      *slog.Logger
}

// Loop runs one Machine: events in, time, questions out.
type Loop struct {
	w  Wiring
	mu sync.Mutex // guards m
	m  *Machine
}

// NewLoop returns a Loop over sites; Run starts it.
func NewLoop(o Options, t Tables, sites []Site, w Wiring) *Loop { return nil }

// Post hands one event in, in the order of the calls of one goroutine. It waits
// while the loop is busy and returns when ctx ends.
func (l *Loop) Post(ctx context.Context, ev Event) error { return nil }

// Run restores from the store and works until ctx ends. All goroutines it
// started have ended when it returns.
func (l *Loop) Run(ctx context.Context) error { return nil }

// View returns a copy of the present knowledge. It may be called from any goroutine.
func (l *Loop) View() View { return l.m.View(time.Now()) }
