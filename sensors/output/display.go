package output

import (
	"context"
	"errors"
	"time"
)

// anew is how often a display is set up and drawn as a whole again, so that one
// that lost its supply, or was pulled out and put back, comes to life.
const anew = time.Minute

// screen drives the display.
type screen struct {
	opt  Display
	hw   Hardware
	show *cell[Page]
	// drawn is what the display holds.
	drawn Bitmap
}

func newScreen(opt Display, hw Hardware) *screen {
	return &screen{opt: opt, hw: hw, show: newCell[Page]()}
}

// controller is one kind of display.
type controller interface {
	// begin sets the display up and switches it on, whatever state it is in.
	begin() error
	// band writes one band of a picture.
	band(n int, dots []byte) error
	// end switches the display off and gives back what it took.
	end() error
	source() string
}

func (s *screen) open(ctx context.Context) (controller, error) {
	if s.opt.Driver == ST7567 {
		return openST7567(ctx, s.opt, s.hw)
	}
	return openSSD1306(s.opt, s.hw)
}

// drive is the display's session.
func (s *screen) drive(ctx context.Context, up func(source string)) (err error) {
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.end()) }()
	if err := s.whole(c); err != nil {
		return err
	}
	up(c.source())
	return s.follow(ctx, c)
}

// follow draws what changes until the display fails or ctx ends.
func (s *screen) follow(ctx context.Context, c controller) error {
	again := time.NewTicker(anew)
	defer again.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
			err = s.whole(c)
		case <-s.show.changed:
			err = s.draw(c, false)
		}
		if err != nil {
			return err
		}
	}
}

// whole sets the display up and draws everything.
func (s *screen) whole(c controller) error {
	if err := c.begin(); err != nil {
		return err
	}
	return s.draw(c, true)
}

// draw draws the bands that differ from what is drawn, or all.
func (s *screen) draw(c controller, all bool) error {
	next := Render(s.show.get())
	for n := range next {
		if !all && next[n] == s.drawn[n] {
			continue
		}
		if err := c.band(n, next[n][:]); err != nil {
			return err
		}
		s.drawn[n] = next[n]
	}
	return nil
}
