package contact

import "time"

// Bias is the resistor that the Pi puts on a line.
type Bias string

// Biases. The empty Bias is PullUp.
const (
	PullUp   Bias = "pull_up"   // contact between line and ground
	PullDown Bias = "pull_down" // contact between line and 3.3 V
	NoBias   Bias = "none"      // a pull-up stands outside
)

// Request says which line is wanted and how it is to be read.
type Request struct {
	// Name is the configured name of the contact; the kernel shows it as the
	// line's consumer.
	Name string
	// Role tells a simulated board what the contact stands for.
	Role Role
	// Chip is the label or name of the chip; "" searches all chips.
	Chip string
	// Line is the line's name, or its offset in decimal (only with a chip).
	Line string
	// ActiveLow says that the low level is the active one.
	ActiveLow bool
	Bias      Bias
	// Loop is where a supervised contact is read instead of Chip and Line; unused
	// for a GPIO line.
	Loop Loop
	// ClosedActive says that a loop's closed contact is the active side.
	ClosedActive bool
	// Debounce is done by the kernel, and for a loop by its reader; 0 is none.
	Debounce time.Duration
}

// Edge is one change of a line.
type Edge struct {
	// Active is the level after the edge.
	Active bool
	// Fault is what the line shows after the edge in place of a level; "" for a level.
	Fault Fault
	// Seq counts the edges of this line from 1; 0 where the kernel does not count.
	Seq uint32
	// Age is how long ago the kernel saw the edge; never negative.
	Age time.Duration
}

// Line is one open line.
type Line interface {
	// Level reads the line now; true is active. An error that is a Fault leaves the
	// line open: it works, and what it shows is no state of the contact.
	Level() (bool, error)
	// Edges delivers every edge. It is closed when the line is gone for good.
	Edges() <-chan Edge
	// Source names chip and line for people.
	Source() string
	// Close gives the line back; Edges is closed then.
	Close() error
}

// Opener opens lines. Errors wrap the kernel's errno: EBUSY for a line that
// another program holds, ENOENT for one that is not there, EACCES, ENODEV.
type Opener interface {
	OpenLine(Request) (Line, error)
}
