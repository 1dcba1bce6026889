package reading

import "time"

// Stamp is one moment as the Pi knew it. Order and age come from Boot and Mono;
// Wall is what people read, and only as good as Synced says.
type Stamp struct {
	// Boot is the kernel's boot id (/proc/sys/kernel/random/boot_id).
	Boot string
	// Mono is the time since that boot (CLOCK_BOOTTIME); it never goes back.
	Mono time.Duration
	// Wall is the system clock in UTC. Zero where only Mono is known.
	Wall time.Time
	// Synced says that the system clock was synchronised at that moment.
	Synced bool
}

// IsZero reports whether s was never set.
func (s Stamp) IsZero() bool { return s.Boot == "" && s.Mono == 0 && s.Wall.IsZero() }

// Since returns the time from earlier to s. Within one boot it is exact; across
// boots it rests on the wall clock and is never negative.
func (s Stamp) Since(earlier Stamp) time.Duration {
	if s.Boot == earlier.Boot {
		return s.Mono - earlier.Mono
	}
	if d := s.Wall.Sub(earlier.Wall); d > 0 {
		return d
	}
	return 0
}

// Add returns s moved by d on both scales.
func (s Stamp) Add(d time.Duration) Stamp {
	s.Mono += d
	s.Wall = s.Wall.Add(d)
	return s
}

// Clock tells the present moment.
type Clock interface {
	Now() Stamp
}

// Wallclock is the Clock of one process: Mono advances with Go's monotonic
// clock from the uptime that it was started with, so it runs inside a synctest
// bubble too. The zero value is not usable; call NewWallclock.
type Wallclock struct {
	boot   string
	start  time.Time
	uptime time.Duration
	synced func() bool
}

// NewWallclock returns a Clock for the given boot id; uptime is the machine's
// uptime now; synced tells whether the system clock is synchronised (nil: always).
func NewWallclock(boot string, uptime time.Duration, synced func() bool) *Wallclock {
	if synced == nil {
		synced = func() bool { return true }
	}
	return &Wallclock{boot: boot, start: time.Now(), uptime: uptime, synced: synced}
}

// Now returns the present moment. It may be called from any goroutine.
func (c *Wallclock) Now() Stamp {
	now := time.Now()
	return Stamp{
		Boot:   c.boot,
		Mono:   c.uptime + now.Sub(c.start),
		Wall:   now.UTC().Round(0),
		Synced: c.synced(),
	}
}
