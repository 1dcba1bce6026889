package climate_test

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"rackvakt/sensors/climate"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sensortest"
	"rackvakt/sensors/sensortest/chip"
)

// closet runs several probes that share peers, and keeps what they told last.
type closet struct {
	hw   sensortest.Hardware
	mu   sync.Mutex
	now  map[reading.Point]reading.Reading // guarded by mu
	says map[string]string                 // guarded by mu; problems by name/position
	// seen counts every quality and reason that was told of a point.
	seen map[string]int // guarded by mu
}

func (c *closet) sink(b reading.Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range b.Readings {
		c.now[r.Point] = r
		c.seen[strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Point, r.Quality, r.Reason))]++
	}
	for _, f := range b.Facts {
		if f.Label == reading.LabelProblem {
			c.says[f.Point.Device+"/"+f.Point.Object] = f.Text
		}
	}
}

// look returns what a probe shows: the value, or quality and reason.
func (c *closet) look(o climate.Options, k reading.Kind) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.now[o.Point(k)]
	if r.Known() {
		return string(k.Append(nil, r.Value))
	}
	return strings.TrimSpace(r.Quality.String() + " " + r.Reason)
}

func (c *closet) off(o climate.Options, k reading.Kind) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now[o.Point(k)].Uncertainty
}

func (c *closet) problem(o climate.Options) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.says[o.Key()]
}

// count says how often a quality and reason was told of a probe's value.
func (c *closet) count(o climate.Options, k reading.Kind, what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[o.Point(k).String()+" "+what]
}

// inCloset runs the probes in fake time until script returns.
func inCloset(t *testing.T, bus func(uint16, []byte, []byte) error, probes []climate.Options, script func(t *testing.T, c *closet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &closet{now: map[reading.Point]reading.Reading{}, says: map[string]string{}, seen: map[string]int{}}
		c.hw.Bus = bus
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		peers := climate.NewPeers()
		for _, o := range probes {
			p := climate.New(o, &c.hw, reading.NewWallclock("b", 0, nil), slog.New(slog.DiscardHandler)).Among(peers)
			all.Go(func() {
				if err := p.Run(ctx, c.sink); err != nil {
					t.Errorf("Run: %v", err)
				}
			})
		}
		script(t, c)
		synctest.Wait()
		cancel()
		all.Wait()
	})
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// heaters are the chips that can test themselves.
var heaters = []struct {
	driver climate.Driver
	plug   func() (c chip.Chip, set func(t, rh int64))
}{
	{climate.SHT4x, func() (chip.Chip, func(t, rh int64)) { c := chip.NewSHT4x(); return c, c.Set }},
	{climate.SHT3x, func() (chip.Chip, func(t, rh int64)) { c := chip.NewSHT3x(); return c, c.Set }},
	{climate.HDC302x, func() (chip.Chip, func(t, rh int64)) { c := chip.NewHDC302x(); return c, c.Set }},
}

// Damp air is believed where the heater shows that the sensor follows, and no warm
// value is told on the way.
func TestDampAirPassesTheHeaterTest(t *testing.T) {
	for _, h := range heaters {
		o := options(h.driver)
		o.Every = 15 * time.Second
		c, set := h.plug()
		set(20_000, 90_000)
		bus := &chip.Bus{}
		bus.Plug(0x44, c)
		inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
			for range 40 * 60 {
				time.Sleep(time.Minute)
				if v := c.look(o, reading.Temperature); v != "20" && v != "19.999" && v != "20.001" {
					t.Fatalf("%s: %s told", h.driver, v)
				}
			}
			want(t, "problem", c.problem(o), "")
			if late := c.count(o, reading.Humidity, "unknown no answer in time"); late != 0 {
				t.Errorf("%s: the test was taken for a slow read %d times", h.driver, late)
			}
			if n := c.count(o, reading.Humidity, "good"); n < 9_300 {
				t.Errorf("%s: %d humidities in 40 hours", h.driver, n)
			}
		})
		if s, ok := c.(*chip.SHT4x); ok && s.Heats() != 3 {
			t.Errorf("%d heater tests in 40 hours of damp air, want 3", s.Heats())
		}
	}
}

// A chip that cools slowly after the heater tells no warm value: here it has 30
// degrees more at first, and a third of it after each eight seconds.
func TestNothingWarmIsTold(t *testing.T) {
	o := options(climate.SHT4x)
	sht := chip.NewSHT4x()
	bus := &chip.Bus{}
	bus.Plug(0x44, sht)
	var heated time.Time // used by the probe's one goroutine
	warm := func(addr uint16, w, r []byte) error {
		if len(w) == 1 && w[0] == 0x2f {
			heated = time.Now().Add(1100 * time.Millisecond)
		}
		rest := 30_000 * math.Exp(-time.Since(heated).Seconds()/8)
		if heated.IsZero() || time.Now().Before(heated) {
			rest = 0
		}
		sht.Set(20_000+int64(rest), 90_000)
		return bus.Tx(addr, w, r)
	}
	inCloset(t, warm, []climate.Options{o}, func(t *testing.T, c *closet) {
		time.Sleep(11*time.Hour + 58*time.Minute)
		for range 20 * 60 {
			time.Sleep(time.Second)
			if v := c.look(o, reading.Temperature); v > "20.1" {
				t.Fatalf("%s told", v)
			}
		}
		if sht.Heats() != 1 {
			t.Errorf("%d heatings", sht.Heats())
		}
	})
}

// A sensor that does not follow its heater is at fault; its temperature is not. It
// is tested each hour, and believed again when it follows.
func TestHumidityCreep(t *testing.T) {
	o := options(climate.SHT4x)
	sht := chip.NewSHT4x()
	sht.Set(20_000, 90_000)
	bus := &chip.Bus{}
	bus.Plug(0x44, sht)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
		sht.StickHumidity(true)
		time.Sleep(11*time.Hour + 50*time.Minute)
		want(t, "before the test", c.look(o, reading.Humidity), "0.9")
		time.Sleep(15 * time.Minute)
		want(t, "humidity", c.look(o, reading.Humidity), "fault humidity creep")
		want(t, "dew point", c.look(o, reading.DewPoint), "fault humidity creep")
		want(t, "temperature", c.look(o, reading.Temperature), "20.001")
		sht.StickHumidity(false)
		time.Sleep(time.Hour)
		want(t, "after an hour", c.look(o, reading.Humidity), "0.9")
	})
}

// Where the heater does not warm, or there is none, creep is suspected: the value
// is told with more doubt.
func TestCreepSuspected(t *testing.T) {
	sht, bme := options(climate.SHT4x), options(climate.BME280)
	bme.Position = "room"
	cold, bosch := chip.NewSHT4x(), chip.NewBME280(chip.BoschExample())
	cold.BreakHeater(true)
	cold.Set(20_000, 90_000)
	bosch.Set(20_000, 90_000, 101_325)
	bus := &chip.Bus{}
	bus.Plug(0x44, cold)
	bus.Plug(0x76, bosch)
	inCloset(t, bus.Tx, []climate.Options{sht, bme}, func(t *testing.T, c *closet) {
		time.Sleep(time.Minute)
		if a, b := c.off(sht, reading.Humidity), c.off(bme, reading.Humidity); a != 3_600 || b != 3_000 {
			t.Errorf("at first ± %d and ± %d", a, b)
		}
		time.Sleep(12*time.Hour + 10*time.Minute)
		want(t, "SHT4x", c.problem(sht), "heater without effect")
		want(t, "BME280", c.problem(bme), "humidity creep suspected")
		if a, b := c.off(sht, reading.Humidity), c.off(bme, reading.Humidity); a != 6_600 || b != 6_000 {
			t.Errorf("damp for long ± %d and ± %d", a, b)
		}
		cold.Set(20_000, 60_000)
		bosch.Set(20_000, 60_000, 101_325)
		time.Sleep(time.Minute)
		want(t, "dry again", c.problem(sht)+c.problem(bme), "")
	})
}

// A bus that fails during the heater test is named, and the test is not repeated
// at once.
func TestHeaterTestFails(t *testing.T) {
	o := options(climate.SHT4x)
	sht := chip.NewSHT4x()
	sht.Set(20_000, 90_000)
	bus := &chip.Bus{}
	bus.Plug(0x44, sht)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
		time.Sleep(11*time.Hour + 59*time.Minute)
		for sht.Heats() == 0 {
			time.Sleep(100 * time.Millisecond)
		}
		bus.Break(0x44, chip.BadLast)
		time.Sleep(3 * time.Second)
		bus.Break(0x44, 0)
		time.Sleep(2 * time.Minute)
		want(t, "humidity", c.look(o, reading.Humidity), "0.9")
		if n := c.count(o, reading.Humidity, "fault crc mismatch"); n == 0 || sht.Heats() != 1 {
			t.Errorf("%d faults, %d heatings", n, sht.Heats())
		}
	})
}

// A heater that somebody else switched on makes the value a fault until the chip
// is cool.
func TestSelfHeating(t *testing.T) {
	o := options(climate.SHT3x)
	sht := chip.NewSHT3x()
	sht.Set(20_000, 50_000)
	bus := &chip.Bus{}
	bus.Plug(0x44, sht)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
		time.Sleep(time.Minute)
		bus.Write(0x44, []byte{0x30, 0x6d})
		time.Sleep(6 * time.Second)
		want(t, "heated", c.look(o, reading.Temperature), "fault self-heating")
		time.Sleep(14 * time.Second)
		want(t, "still warm", c.look(o, reading.Temperature), "fault self-heating")
		if sht.HeaterOn() {
			t.Error("the heater was left on")
		}
		time.Sleep(time.Minute)
		want(t, "cool", c.look(o, reading.Temperature), "20.001")
	})
}

// w1 gives DS18B20s their temperature in sixteenths of a degree.
func w1(c *closet, id string, celsius float64) {
	c.hw.SetW1(id, strconv.Itoa(int(math.Floor(celsius*16)*62.5))+"\n")
}

func pair() (a, b climate.Options) {
	a, b = options(climate.DS18B20), options(climate.DS18B20)
	b.Position, b.ID = "outlet", "28-0000071c7e3b"
	a.Every, b.Every = 20*time.Second, 20*time.Second
	return a, b
}

// A value that rests while another probe moves is stuck; it is believed again with
// its first change.
func TestStuckValue(t *testing.T) {
	a, b := pair()
	inCloset(t, nil, []climate.Options{a, b}, func(t *testing.T, c *closet) {
		w1(c, a.ID, 21)
		for h := range 14 {
			for m := range 60 {
				w1(c, b.ID, 28+2*math.Sin(float64(h*60+m)/100))
				time.Sleep(time.Minute)
			}
			if h == 10 {
				want(t, "after 11 hours", c.look(a, reading.Temperature), "21")
			}
		}
		want(t, "after 14 hours", c.look(a, reading.Temperature), "fault stuck value")
		if v := c.look(b, reading.Temperature); strings.Contains(v, "fault") {
			t.Errorf("the other is %q", v)
		}
		w1(c, a.ID, 21.0625)
		time.Sleep(2 * time.Minute)
		want(t, "moved", c.look(a, reading.Temperature), "21.062")
	})
}

// No false alarm: a resting room, with the other probe resting too, moving by its
// digits, or gone and back, is not stuck in a month.
func TestRestingIsNotStuck(t *testing.T) {
	a, b := pair()
	a.Every, b.Every = 5*time.Minute, 5*time.Minute
	rnd := rand.New(rand.NewPCG(5, 6))
	inCloset(t, nil, []climate.Options{a, b}, func(t *testing.T, c *closet) {
		for h := range 30 * 24 {
			w1(c, a.ID, 17.25)
			w1(c, b.ID, 28+float64(rnd.IntN(24))/16)
			if h%50 == 0 {
				c.hw.SetW1(a.ID, "")
			}
			time.Sleep(time.Hour)
		}
		for _, o := range []climate.Options{a, b} {
			if n := c.count(o, reading.Temperature, "fault stuck value"); n != 0 {
				t.Errorf("%s told stuck %d times", o.Position, n)
			}
		}
	})
}

// A humidity that rests while its chip's temperature moves is stuck; the
// temperature is not.
func TestStuckHumidity(t *testing.T) {
	o := options(climate.SHT4x)
	o.Every = 30 * time.Second
	sht := chip.NewSHT4x()
	bus := &chip.Bus{}
	bus.Plug(0x44, sht)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
		for m := range 13 * 60 {
			sht.Set(22_000+int64(3_000*math.Sin(float64(m)/60)), 45_000)
			time.Sleep(time.Minute)
		}
		want(t, "humidity", c.look(o, reading.Humidity), "fault stuck value")
		if v := c.look(o, reading.Temperature); strings.Contains(v, "fault") {
			t.Errorf("temperature is %q", v)
		}
		sht.Set(22_000, 46_000)
		time.Sleep(2 * time.Minute)
		want(t, "moved", c.look(o, reading.Humidity), "0.46001")
	})
}

// Two probes in the same air that differ are both flagged, after two minutes, and
// both still told.
func TestDisagreement(t *testing.T) {
	a, b := pair()
	b.AgreesWith, b.Within = a.Key(), 3_000
	inCloset(t, nil, []climate.Options{a, b}, func(t *testing.T, c *closet) {
		w1(c, a.ID, 21)
		w1(c, b.ID, 23.5)
		time.Sleep(10 * time.Minute)
		want(t, "agree", c.problem(a)+c.problem(b), "")
		w1(c, b.ID, 25)
		time.Sleep(time.Minute + 30*time.Second)
		want(t, "for a minute", c.problem(a)+c.problem(b), "")
		time.Sleep(2 * time.Minute)
		want(t, "inlet", c.problem(a), "disagrees with climate/outlet")
		want(t, "outlet", c.problem(b), "disagrees with climate/inlet")
		want(t, "inlet", c.look(a, reading.Temperature), "21")
		want(t, "outlet", c.look(b, reading.Temperature), "25")
		w1(c, b.ID, 22)
		time.Sleep(4 * time.Minute)
		want(t, "agree again", c.problem(a)+c.problem(b), "")
	})
}

// One spike is swallowed; many are a problem that is flagged, and over when they are.
func TestManySpikes(t *testing.T) {
	o := options(climate.DS18B20)
	inCloset(t, nil, []climate.Options{o}, func(t *testing.T, c *closet) {
		for n := range 60 {
			w1(c, o.ID, 21)
			if n%8 == 7 {
				w1(c, o.ID, 60)
			}
			time.Sleep(5 * time.Second)
			if v := c.look(o, reading.Temperature); n > 2 && v != "21" {
				t.Fatalf("%s told", v)
			}
		}
		want(t, "problem", c.problem(o), "spikes")
		w1(c, o.ID, 21)
		time.Sleep(10 * time.Minute)
		want(t, "problem", c.problem(o), "")
	})
}

// 0.0 degrees of a chip that has just begun is its power-on value; of one that
// keeps saying so, or came from there, it is frost.
func TestZeroDegrees(t *testing.T) {
	o := options(climate.MCP9808)
	mcp := chip.NewMCP9808()
	bus := &chip.Bus{}
	bus.Plug(0x18, mcp)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) {
		time.Sleep(time.Second)
		want(t, "at first", c.look(o, reading.Temperature), "fault power-on value")
		time.Sleep(time.Minute)
		want(t, "frost", c.look(o, reading.Temperature), "0")
		mcp.Set(22_000)
		time.Sleep(time.Minute)
		mcp.Set(0) // it lost its supply
		time.Sleep(4 * time.Second)
		mcp.Set(22_000)
		time.Sleep(time.Minute)
		if c.count(o, reading.Temperature, "fault power-on value") < 2 {
			t.Error("the restart was not named")
		}
	})
}

// A calibrated probe tells the corrected value with the calibration's uncertainty,
// and past the due date says so.
func TestCalibratedProbe(t *testing.T) {
	o := options(climate.MCP9808)
	o.Calibration = &climate.Calibration{
		Date: date(t, "1999-06-01"), Due: date(t, "2000-01-02"), Uncertainty: 100,
		Points: []climate.Comparison{{Shown: 300, True: 0}, {Shown: 50_400, True: 50_000}},
	}
	mcp := chip.NewMCP9808()
	mcp.Set(25_000)
	bus := &chip.Bus{}
	bus.Plug(0x18, mcp)
	inCloset(t, bus.Tx, []climate.Options{o}, func(t *testing.T, c *closet) { // fake time begins at 2000-01-01
		time.Sleep(time.Minute)
		want(t, "value", c.look(o, reading.Temperature), "24.651")
		want(t, "problem", c.problem(o), "")
		if off := c.off(o, reading.Temperature); off != 100 {
			t.Errorf("± %d", off)
		}
		time.Sleep(48 * time.Hour)
		want(t, "problem", c.problem(o), "calibration overdue")
		if off := c.off(o, reading.Temperature); off != 500 {
			t.Errorf("overdue: ± %d", off)
		}
	})
}

func date(t *testing.T, text string) (d climate.Date) {
	t.Helper()
	if err := d.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return d
}

// When the cooling is lost the time to 35 degrees is told, with the truth inside,
// and taken back when the cooling returns; at the outlet never.
func TestTimeToHot(t *testing.T) {
	a, b := options(climate.SHT4x), options(climate.SHT4x)
	b.Position, b.Address = "outlet", 0x45
	in, out := chip.NewSHT4x(), chip.NewSHT4x()
	bus := &chip.Bus{}
	bus.Plug(0x44, in)
	bus.Plug(0x45, out)
	rnd := rand.New(rand.NewPCG(7, 8))
	set := func(celsius float64) {
		in.Set(int64(1000*celsius+20*rnd.NormFloat64()), 40_000)
		out.Set(int64(1000*celsius+20*rnd.NormFloat64())+8_000, 30_000)
	}
	warming := func(at time.Duration) float64 { return 22 + 25*(1-math.Exp(-at.Minutes()/45)) }
	hot := time.Duration(45 * math.Log(25./12) * float64(time.Minute))
	inCloset(t, bus.Tx, []climate.Options{a, b}, func(t *testing.T, c *closet) {
		for range 720 {
			set(22)
			time.Sleep(5 * time.Second)
		}
		want(t, "steady", c.look(a, reading.TimeToHot), "unknown")
		told, inside := 0, 0
		for at := time.Duration(0); at < 25*time.Minute; at += 5 * time.Second {
			set(warming(at))
			time.Sleep(5 * time.Second)
			v, err := strconv.Atoi(c.look(a, reading.TimeToHot))
			if err != nil {
				continue
			}
			told++
			if math.Abs(float64(v)-(hot-at).Seconds()) <= float64(c.off(a, reading.TimeToHot))+5 {
				inside++
			}
		}
		t.Logf("told %d times, %d inside", told, inside)
		if told < 120 || inside*100 < 95*told {
			t.Errorf("told %d times, %d inside", told, inside)
		}
		for range 240 {
			set(27)
			time.Sleep(5 * time.Second)
		}
		want(t, "cooled", c.look(a, reading.TimeToHot), "unknown not rising")
		if n := c.count(a, reading.TimeToHot, "unknown not rising"); n != 1 {
			t.Errorf("taken back %d times", n)
		}
		want(t, "outlet", c.look(b, reading.TimeToHot), "unknown")
	})
}
