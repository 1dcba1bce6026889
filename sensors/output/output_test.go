package output

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func millis(times []time.Duration) []int64 {
	var out []int64
	for _, d := range times {
		out = append(out, d.Milliseconds())
	}
	return out
}

func TestRhythms(t *testing.T) {
	for _, c := range []struct {
		show Show
		line string
		want []int64 // changes in the first 2100 ms
		on   bool    // after them
	}{
		{Show{LED: Dark}, "led", nil, false},
		{Show{LED: Steady}, "led", []int64{0}, true},
		{Show{LED: Slow}, "led", []int64{0, 1000, 2000}, true},
		{Show{LED: Fast}, "led", []int64{0, 125, 250, 375, 500, 625, 750, 875, 1000, 1125, 1250, 1375, 1500, 1625, 1750, 1875, 2000}, true},
		{Show{LED: Double}, "led", []int64{0, 100, 250, 350, 1500, 1600, 1750, 1850}, false},
		{Show{Buzzer: Silent}, "buzzer", nil, false},
		{Show{Buzzer: Pulse}, "buzzer", []int64{0, 150, 2000}, true},
		{Show{Buzzer: Urgent}, "buzzer", []int64{0, 150, 250, 400, 500, 650, 1000, 1150, 1250, 1400, 1500, 1650, 2000}, true},
		{Show{LED: "no such", Buzzer: "no such"}, "led", nil, false},
	} {
		t.Run(fmt.Sprint(c.show), func(t *testing.T) {
			run(t, everything(), func(b *bench, out *Outputs) {
				out.Show(c.show)
				for range 21 { // what is told again goes on in its rhythm
					time.Sleep(100 * time.Millisecond)
					out.Show(c.show)
				}
				synctest.Wait()
				// The last change that a fast lamp made may fall on the same moment.
				got := slices.DeleteFunc(millis(b.when(c.line)), func(ms int64) bool { return ms > 2000 })
				if !slices.Equal(got, c.want) {
					t.Errorf("%v, want %v", got, c.want)
				}
				if on := b.now()[c.line]; c.show.LED != Fast && on != c.on {
					t.Errorf("on %v", on)
				}
			})
		})
	}
}

func TestAChangeIsShownAtOnce(t *testing.T) {
	run(t, everything(), func(b *bench, out *Outputs) {
		out.Show(Show{LED: Slow})
		time.Sleep(1500 * time.Millisecond)
		out.Show(Show{LED: Steady})
		synctest.Wait()
		if got := millis(b.when("led")); !slices.Equal(got, []int64{0, 1000, 1500}) {
			t.Error(got)
		}
	})
}

// The relay falls to the alarm's place whenever nobody drives it.
func TestRelay(t *testing.T) {
	for _, c := range []struct{ failSafe, alarm, energised bool }{
		{true, false, true}, {true, true, false}, {false, false, false}, {false, true, true},
	} {
		o := everything()
		o.Relay.FailSafe = c.failSafe
		run(t, o, func(b *bench, out *Outputs) {
			if b.now()["relay"] {
				t.Error("energised before anything was shown")
			}
			out.Show(Show{Alarm: c.alarm})
			synctest.Wait()
			if got := b.now()["relay"]; got != c.energised {
				t.Errorf("%+v: energised %v", c, got)
			}
		})
	}
}

// One broken output is named, tried again with growing pauses, and disturbs no
// other; when it is mended it shows what is to be shown then.
func TestABrokenOutputHarmsNobody(t *testing.T) {
	run(t, everything(), func(b *bench, out *Outputs) {
		out.Show(Show{LED: Steady, Page: Page{Title: "x"}})
		synctest.Wait()
		b.breaks("led", syscall.ENODEV)
		b.breaks("i2c", syscall.EREMOTEIO)
		out.Show(Show{LED: Slow, Buzzer: Pulse, Page: Page{Title: "y"}})
		time.Sleep(time.Second)
		if got := b.fact("led problem"); got != "line gone" {
			t.Errorf("led: %q", got)
		}
		if got := b.fact("display problem"); got != "no answer at address" {
			t.Errorf("display: %q", got)
		}
		if got := b.fact("buzzer problem"); got != "" {
			t.Errorf("buzzer: %q", got)
		}
		if got := millis(b.when("buzzer")); !slices.Equal(got, []int64{0, 150}) {
			t.Errorf("the buzzer is disturbed: %v", got)
		}
		time.Sleep(time.Hour)
		b.mu.Lock()
		if n := b.opened["led"]; n < 60 || n > 70 {
			t.Errorf("led opened %d times in an hour", n)
		}
		b.mu.Unlock()
		b.breaks("led", nil)
		b.breaks("i2c", nil)
		time.Sleep(lastPause)
		if b.fact("led problem") != "" || b.fact("display problem") != "" || b.fact("led source") != "bench led" {
			t.Errorf("%v", b.facts)
		}
		if b.when("led") == nil {
			t.Error("the mended lamp does not blink")
		}
		if got := b.picture(); got.Text()[0] != "y" {
			t.Errorf("the mended display shows %q", got.Text())
		}
		b.breaks("led", syscall.ENODEV)
		time.Sleep(always)
		if got := b.fact("led problem"); got != "line gone" {
			t.Errorf("broken a second time: %q", got)
		}
	})
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{syscall.EBUSY, "line held by another program"}, {syscall.EACCES, "no permission"}, {fs.ErrPermission, "no permission"},
		{syscall.ENOENT, "no such line"}, {syscall.ENODEV, "line gone"}, {syscall.ENXIO, "no answer at address"},
		{syscall.EREMOTEIO, "no answer at address"}, {syscall.ETIMEDOUT, "no answer in time"}, {errors.New("odd"), "open: odd"},
	} {
		if got := reason(fmt.Errorf("open: %w", c.err)); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
	for _, driver := range []string{SSD1306, ST7567} {
		run(t, showing(driver, false), func(b *bench, out *Outputs) {
			time.Sleep(time.Second)
			b.breaks("bus", fs.ErrNotExist)
			b.breaks("i2c", syscall.ENODEV)
			b.breaks("display-dc", syscall.ENODEV)
			out.Show(Show{Page: Page{Title: "x"}})
			time.Sleep(firstPause)
			synctest.Wait()
			if got := b.fact("display problem"); got != "no such bus" {
				t.Errorf("%s on a bus that is gone: %q", driver, got)
			}
		})
	}
}

func TestButton(t *testing.T) {
	run(t, everything(), func(b *bench, out *Outputs) {
		pressed := func() bool {
			synctest.Wait()
			select {
			case <-out.Pressed():
				return true
			default:
				return false
			}
		}
		if pressed() {
			t.Error("pressed by nobody")
		}
		b.Move(true)
		if !pressed() {
			t.Error("a press is not told")
		}
		b.Move(false)
		if pressed() {
			t.Error("a release is told as a press")
		}
		for range 3 {
			b.Move(true)
			b.Move(false)
		}
		if !pressed() || pressed() {
			t.Error("presses that nobody took are not one")
		}
		if _, req := b.Opened(); req.Role != Button || !req.ActiveLow || req.Line != "GPIO27" {
			t.Errorf("%+v", req)
		}
		b.Break(syscall.ENODEV)
		time.Sleep(always)
		synctest.Wait()
		if got := b.fact("mute problem"); got != "line gone" {
			t.Errorf("a button that is gone: %q", got)
		}
		b.Break(nil)
		time.Sleep(lastPause)
		b.Move(true)
		if !pressed() {
			t.Error("a button that is back is not heard")
		}
	})
}
