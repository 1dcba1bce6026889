package sense_test

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"unicode/utf8"

	"periph.io/x/conn/v3/i2c"

	"rackvakt/sensors/board"
	"rackvakt/sensors/climate"
	"rackvakt/sensors/contact"
	"rackvakt/sensors/reading"
	"rackvakt/sensors/sense"
	"rackvakt/sensors/sim"
)

var update = flag.Bool("update", false, "write the golden files")

func configured() ([]contact.Options, []climate.Options) {
	door, mains := contact.DefaultOptions(), contact.DefaultOptions()
	door.Name, door.Role, door.Line = "door", contact.Door, "door"
	mains.Name, mains.Role, mains.Line, mains.Chip = "mains", contact.Mains, "mains", "elsewhere"
	inlet, room := climate.DefaultOptions(), climate.DefaultOptions()
	inlet.Name, inlet.Position, inlet.Driver, inlet.Address = "climate", "inlet", climate.MCP9808, 0x1f
	room.Name, room.Driver = "climate", climate.SHT4x
	return []contact.Options{door, mains}, []climate.Options{inlet, room}
}

func simulated(t *testing.T) (out sense.Result) {
	synctest.Test(t, func(t *testing.T) {
		state := sim.NewState()
		if err := state.Set(map[string]string{"door": "open"}); err != nil {
			t.Fatal(err)
		}
		contacts, probes := configured()
		out = sense.Read(t.Context(), setup(board.NewSimulated(state), contacts, probes))
	})
	return out
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%s: %v, got\n%s\nwant\n%s", path, err, got, want)
	}
}

func print(t *testing.T, r sense.Result, lang string) string {
	t.Helper()
	var b strings.Builder
	if err := r.Print(&b, lang); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 100 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	return b.String()
}

func TestPrintSimulated(t *testing.T) {
	r := simulated(t)
	golden(t, "simulated.sv.txt", print(t, r, sense.Swedish))
	golden(t, "simulated.en.txt", print(t, r, sense.English))
	text, err := json.MarshalIndent(r.Readings, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "simulated.json", string(text)+"\n")
}

// bare is a machine without any of the hardware.
type bare struct{ board.Board }

func (bare) OpenLine(contact.Request) (contact.Line, error) { return nil, fs.ErrNotExist }
func (bare) OpenBus(string) (i2c.BusCloser, error)          { return nil, fs.ErrNotExist }
func (bare) Sys() fs.FS                                     { return fstest.MapFS{} }
func (bare) List(context.Context) board.Inventory           { return board.Inventory{} }
func (bare) Run(ctx context.Context) error                  { <-ctx.Done(); return nil }

func setup(b board.Board, contacts []contact.Options, probes []climate.Options) sense.Setup {
	return sense.Setup{Board: b, Contacts: contacts, Climate: probes, Clock: reading.NewWallclock("b", 0, nil)}
}

func TestPrintNothing(t *testing.T) {
	r := sense.Read(t.Context(), setup(bare{}, nil, nil))
	if !r.Nothing() {
		t.Errorf("%+v", r)
	}
	golden(t, "nothing.sv.txt", print(t, r, sense.Swedish))
	golden(t, "nothing.en.txt", print(t, r, sense.English))
}

func TestConfiguredWithoutHardware(t *testing.T) {
	contacts, probes := configured()
	r := sense.Read(t.Context(), setup(bare{}, contacts, probes))
	golden(t, "bare.sv.txt", print(t, r, sense.Swedish))
}
