package output

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// picture is what a display of 128 or 132 columns holds after what was sent: both
// controllers set page and column alike (B0h, 10h, 00h) and count the column up.
func (b *bench) picture() Bitmap {
	b.mu.Lock()
	defer b.mu.Unlock()
	var memory [Rows][132]byte
	page, column := 0, 0
	for _, s := range b.sent {
		for i, c := range s[1:] {
			switch {
			case s[0] == 0x40:
				memory[page][column+i] = c
			case len(s) != 4: // the set-up, or the end
			case c>>4 == 0xb:
				page = int(c & 0x0f)
			case c>>4 == 1:
				column = column&0x0f | int(c&0x0f)<<4
			case c>>4 == 0:
				column = column&0xf0 | int(c)
			}
		}
	}
	var out Bitmap
	first := 0
	if b.flipped() {
		first = 4
	}
	for n := range out {
		copy(out[n][:], memory[n][first:])
	}
	return out
}

// flipped reports whether an ST7567 was set up with its segments reversed, which
// shows columns 4 to 131.
func (b *bench) flipped() bool {
	return len(b.sent) > 0 && len(b.sent[0]) > 2 && b.sent[0][1] == 0xa3 && b.sent[0][2] == 0xa1
}

func (b *bench) take() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() { b.sent = nil }()
	return b.sent
}

func showing(driver string, flip bool) Options {
	o := DefaultOptions()
	o.Display.Driver, o.Display.Flip = driver, flip
	o.Display.DC, o.Display.Reset = Pin{Line: "GPIO6"}, Pin{Line: "GPIO5"}
	return o
}

func TestPicturesReachTheDisplay(t *testing.T) {
	pages := []Page{{}, {Title: "Läge", Lines: []string{"Allt är väl"}}, {Title: "Läge", Lines: []string{"Strömavbrott", "", "sedan 14:03"}}}
	for _, o := range []Options{showing(SSD1306, false), showing(SSD1306, true), showing(ST7567, false), showing(ST7567, true)} {
		run(t, o, func(b *bench, out *Outputs) {
			time.Sleep(time.Second)
			for _, p := range pages {
				out.Show(Show{Page: p})
				synctest.Wait()
				if b.picture() != Render(p) {
					t.Errorf("%s flip %v: shows %q", o.Display.Driver, o.Display.Flip, p)
				}
			}
		})
	}
}

// Only what changed is sent; once a minute everything, with the set-up before it.
func TestDisplayTraffic(t *testing.T) {
	run(t, showing(SSD1306, false), func(b *bench, out *Outputs) {
		out.Show(Show{Page: Page{Title: "Läge", Lines: []string{"a", "b"}}})
		synctest.Wait()
		b.take()
		out.Show(Show{Page: Page{Title: "Läge", Lines: []string{"a", "c"}}})
		synctest.Wait()
		sent := b.take()
		if len(sent) != 2 || !bytes.Equal(sent[0], []byte{0x00, 0xb2, 0x00, 0x10}) || len(sent[1]) != 1+Width || sent[1][0] != 0x40 {
			t.Errorf("%x", sent)
		}
		out.Show(Show{Page: Page{Title: "Läge", Lines: []string{"a", "c"}}})
		synctest.Wait()
		if sent := b.take(); sent != nil {
			t.Errorf("the same again sends %x", sent)
		}
		time.Sleep(anew)
		synctest.Wait()
		if sent := b.take(); len(sent) != 1+2*Rows || sent[0][1] != 0xa8 {
			t.Errorf("after a minute: %x", sent)
		}
	})
}

// SSD1306 Rev 1.1, figure 2 of its application note gives this order with the
// values of a panel of 64 rows, and AEh to switch off.
func TestSetUpOfSSD1306(t *testing.T) {
	var b *bench
	run(t, showing(SSD1306, false), func(it *bench, _ *Outputs) { b = it })
	want := []byte{0x00, 0xa8, 0x3f, 0xd3, 0x00, 0x40, 0xa1, 0xc8, 0xda, 0x12, 0x81, 0x7f, 0xa4, 0xa6, 0xd5, 0x80, 0x20, 0x02, 0x2e, 0x8d, 0x14, 0xaf}
	if !bytes.Equal(b.sent[0], want) {
		t.Errorf("set-up % x", b.sent[0])
	}
	if last := b.sent[len(b.sent)-1]; !bytes.Equal(last, []byte{0x00, 0xae}) {
		t.Errorf("end % x", last)
	}
}

func TestSetUpOfST7567(t *testing.T) {
	o := showing(ST7567, false)
	o.Display.Contrast = 33
	var b *bench
	run(t, o, func(it *bench, _ *Outputs) {
		b = it
		time.Sleep(time.Second)
		if got := millis(b.when("display-reset")); len(got) != 2 || got[0] != 0 || got[1] != 10 {
			t.Errorf("reset at %v", got)
		}
	})
	if req := b.requests["display-reset"]; !req.ActiveLow {
		t.Error("the chip is held in reset by a high level")
	}
	want := []byte{0x00, 0xa3, 0xa0, 0xc8, 0xa6, 0x40, 0x23, 0x81, 33, 0x2f, 0xa4, 0xaf}
	if !bytes.Equal(b.sent[0], want) {
		t.Errorf("set-up % x", b.sent[0])
	}
	if last := b.sent[len(b.sent)-1]; !bytes.Equal(last, []byte{0x00, 0xae, 0xa5}) {
		t.Errorf("end % x", last)
	}
}
