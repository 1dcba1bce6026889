package output

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"rackvakt/sensors/contact"
)

// Button is the role of the mute button's line; a simulated board knows it. It is
// no contact that is reported.
const Button contact.Role = "button"

// watchButton is the mute button's session.
func (o *Outputs) watchButton(ctx context.Context, up func(source string)) (err error) {
	line, err := o.hw.OpenLine(o.opt.Mute.request())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, line.Close()) }()
	if _, err := line.Level(); err != nil {
		return err
	}
	up(line.Source())
	alive := time.NewTicker(always)
	defer alive.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-alive.C:
			if _, err := line.Level(); err != nil {
				return err
			}
		case e, ok := <-line.Edges():
			if !ok {
				return fmt.Errorf("edges of the button ended: %w", syscall.ENODEV)
			}
			if e.Active {
				o.pressed()
			}
		}
	}
}

func (o *Outputs) pressed() {
	select {
	case o.press <- struct{}{}:
	default: // one waits already
	}
}
