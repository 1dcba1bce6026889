// Package board finds GPIO chips and lines, I2C buses and 1-Wire sensors and
// hands them to the drivers. It is the only importer of periph's host packages
// and of the GPIO character device; what those two get wrong is put right here
// (bus errors without errno, symlinked duplicate chips, lines by offset only).
//
// The simulated board stands in where there is no hardware. It carries the same
// lines and chips, moved through a control socket (sensors/sim), and emulates the
// chips by their datasheets so that the same drivers run.
//
// It refuses to interpret: a line has a level, a bus carries bytes. It does not
// call periph's host.Init, which closes file descriptor 0 on a Pi with a
// symlinked /dev/gpiochip4.
package board

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/spi"

	"rackvakt/sensors/contact"
	"rackvakt/sensors/output"
	"rackvakt/sensors/strictyaml"
)

// Board is the hardware that the drivers run on.
type Board interface {
	// OpenLine serves contact.Opener, for GPIO lines and for loops on an ADC.
	OpenLine(contact.Request) (contact.Line, error)
	// OpenBus and Sys serve climate.Hardware.
	OpenBus(bus string) (i2c.BusCloser, error)
	Sys() fs.FS
	// OpenOutput and OpenSPI, with the two above, serve output.Hardware.
	OpenOutput(output.Request) (output.Line, error)
	OpenSPI(port string) (spi.PortCloser, error)
	// List finds what is attached. It may take seconds (it asks every address).
	List(ctx context.Context) Inventory
	// Run serves what the board itself needs (the control socket of a simulated
	// one) until ctx ends; on real hardware it only waits.
	Run(ctx context.Context) error
}

// Kinds of board.
const (
	Auto  = "auto"  // the machine's own hardware, also if there is none
	Linux = "linux" // the same
	Sim   = "sim"   // the simulated board
)

// Options configures the board.
type Options struct {
	Kind string `yaml:"kind" example:"auto"`
	// SimSocket is the path of the simulated board's control socket; "" is none.
	SimSocket string `yaml:"sim_socket" example:"/run/rackvakt/sim.sock"`
}

// DefaultOptions returns the machine's own hardware.
func DefaultOptions() Options { return Options{Kind: Auto} }

// Validate reports every mistake in o.
func (o *Options) Validate(r *strictyaml.Report) {
	if o.Kind != Auto && o.Kind != Linux && o.Kind != Sim {
		r.Bad("kind", o.Kind, "auto, linux or sim", "auto")
	}
	if o.SimSocket != "" && o.Kind != Sim {
		r.Bad("sim_socket", o.SimSocket, "no socket, since kind is not sim", "")
	}
}

// New returns the configured board. It opens nothing yet. log may not be nil.
func New(o Options, log *slog.Logger) (Board, error) {
	switch o.Kind {
	case Auto, Linux:
		return newLinux(), nil
	case Sim:
		return newSimulated(o.SimSocket, log), nil
	}
	return nil, fmt.Errorf("board: unknown kind %q", o.Kind)
}

// Inventory is what was found attached.
type Inventory struct {
	Chips   []Chip   `json:"chips"`
	Buses   []Bus    `json:"buses"`
	OneWire []string `json:"one_wire"`
	// Problems are things that are there but cannot be read, in plain words.
	Problems []string `json:"problems,omitempty"`
}

// Empty reports whether nothing at all was found.
func (i Inventory) Empty() bool {
	return len(i.Chips) == 0 && len(i.Buses) == 0 && len(i.OneWire) == 0
}

// Chip is one GPIO chip.
type Chip struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Lines []Pin  `json:"lines"`
}

// Pin is one line of a chip.
type Pin struct {
	Offset int    `json:"offset"`
	Name   string `json:"name,omitempty"`
	// Used says that somebody holds the line; Consumer who.
	Used     bool   `json:"used"`
	Consumer string `json:"consumer,omitempty"`
	// Output says that the line is driven, by whomever.
	Output bool `json:"output,omitempty"`
}

// Bus is one I2C bus, N of /dev/i2c-N.
type Bus struct {
	Name    string   `json:"name"`
	Devices []Device `json:"devices"`
	// Problem says why the bus cannot be scanned; "" if it was.
	Problem string `json:"problem,omitempty"`
}

// Device is one address that answers.
type Device struct {
	Address uint16 `json:"address"`
	// Likely is the chip that usually answers there; "" if none is known.
	Likely string `json:"likely,omitempty"`
	// Driver is what a configuration calls the chip; "" if it is not known well enough.
	Driver string `json:"driver,omitempty"`
	// Kernel is the kernel's own driver that holds the address; "" if none does.
	Kernel string `json:"kernel,omitempty"`
	// Sure says that the chip gave its identity.
	Sure bool `json:"sure"`
}
