package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ramp is a number that goes from one value to another in a straight line, from
// start on, and then stays. The zero ramp is 0.
type ramp struct {
	from, to int64
	start    time.Time
	takes    time.Duration
}

// longest is more than any demonstration lasts.
const longest = 30 * 24 * time.Hour

func (r ramp) at(now time.Time) int64 {
	gone := now.Sub(r.start)
	switch {
	case r.takes <= 0 || gone >= r.takes:
		return r.to
	case gone <= 0:
		return r.from
	}
	return r.from + int64(float64(r.to-r.from)*gone.Seconds()/r.takes.Seconds())
}

// ramp reads FROM..TO/TIME; without FROM it starts at present.
func (sh shape) ramp(spec string, present int64, now time.Time) (ramp, error) {
	ends, long, _ := strings.Cut(spec, "/")
	from, to, both := strings.Cut(ends, "..")
	takes, err := time.ParseDuration(long)
	if !both || err != nil || takes <= 0 || takes > longest {
		return ramp{}, fmt.Errorf("%q is no ramp like ramp:22..36/10m", "ramp:"+spec)
	}
	r := ramp{from: present, start: now, takes: takes}
	if from != "" {
		if r.from, err = sh.number(from); err != nil {
			return ramp{}, err
		}
	}
	r.to, err = sh.number(to)
	return r, err
}

// decimal writes 0.001 of a unit: 22500 is 22.5.
func decimal(milli int64) string { return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64) }
