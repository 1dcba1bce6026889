package board

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/warthog618/go-gpiocdev"

	"rackvakt/sensors/adc"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/sim"
)

// A contact that does not take its edges loses the newest ones; their numbers are
// missing then, and the library's goroutine is never held up.
func TestFullQueueLosesEdgesWithTheirNumbers(t *testing.T) {
	w := &watched{edges: make(chan contact.Edge, 2)}
	for n := range uint32(4) {
		w.event(gpiocdev.LineEvent{Type: gpiocdev.LineEventRisingEdge, LineSeqno: n + 1})
	}
	for _, want := range []uint32{1, 2} {
		if e := <-w.edges; e.Seq != want || !e.Active {
			t.Errorf("%+v, want number %d", e, want)
		}
	}
	w.event(gpiocdev.LineEvent{Type: gpiocdev.LineEventFallingEdge, LineSeqno: 5})
	if e := <-w.edges; e.Seq != 5 || e.Active {
		t.Errorf("%+v, want number 5 after 2", e)
	}
}

// A supervised contact goes to its ADC and never to a GPIO chip.
func TestLoopIsOpenedOnItsBus(t *testing.T) {
	l := &linux{sys: fstest.MapFS{}, dev: t.TempDir()}
	l.loops = adc.New(l)
	o := contactOptions("door", contact.Door, "closed")
	o.Supervised.Bus = "7"
	_, err := l.OpenLine(o.Request())
	var path *fs.PathError
	if !errors.As(err, &path) || path.Path != l.dev+"/i2c-7" {
		t.Errorf("%v", err)
	}
}

// The simulated board has no ADC: a supervised contact is a line there.
func TestLoopOnTheSimulatedBoard(t *testing.T) {
	o := contactOptions("door", contact.Door, "closed")
	o.Line, o.Supervised.Bus = "", "1"
	line, err := NewSimulated(sim.NewState()).OpenLine(o.Request())
	if err != nil {
		t.Fatal(err)
	}
	if active, err := line.Level(); active || err != nil {
		t.Errorf("%v, %v", active, err)
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
}
