package climate

// trend is how near to the power-on value a chip must have been for that value to
// be believed, 0.001 degree.
const trend = 10_000

// blankTrend and blankTrendRH are the same for a register that holds its power-on
// value in the middle of what a closet has, 0.001 °C and %.
const (
	blankTrend   = 1_000
	blankTrendRH = 3_000
)

const (
	// spikeT and spikeRH are how far a sample must stand out from both its
	// neighbours to be a spike, 0.001 °C and %.
	spikeT  = 3_000
	spikeRH = 10_000
	// spikesSeen samples are looked back on; spikesMany spikes in them are told.
	spikesSeen = 50
	spikesMany = 5
	// restarts is how many samples of 0.0 in a row are no power-on value any more:
	// a chip that answers so long has converted.
	restarts = 3
)

// filter holds the last samples of one chip and says what to believe.
type filter struct {
	driver Driver
	// recent holds up to three samples, oldest first.
	recent []sample
	// zeros counts power-on values in a row.
	zeros int
	// spikes has a bit for each of the last samples, the newest lowest.
	spikes uint64
}

// take judges one sample and returns the median of the last three, once there
// are three.
func (f *filter) take(s sample) (out sample, ready bool, err error) {
	if err := f.judge(s); err != nil {
		return sample{}, false, err
	}
	f.recent = append(f.recent, s)
	if len(f.recent) > 3 {
		f.recent = f.recent[1:]
	}
	if len(f.recent) < 3 {
		return sample{}, false, nil
	}
	a, b, c := f.recent[0], f.recent[1], f.recent[2]
	f.spikes <<= 1
	if stands(a.temperature, b.temperature, c.temperature, spikeT) || stands(a.humidity, b.humidity, c.humidity, spikeRH) {
		f.spikes |= 1
	}
	return sample{
		temperature: median(a.temperature, b.temperature, c.temperature),
		humidity:    median(a.humidity, b.humidity, c.humidity),
		hasHumidity: s.hasHumidity,
	}, true, nil
}

// stands reports whether the middle one stands out from both its neighbours to
// the same side.
func stands(a, b, c, by int64) bool { return b-max(a, c) > by || min(a, c)-b > by }

// spiky reports whether spikes are too many to be chance.
func (f *filter) spiky() bool {
	n := 0
	for i := range spikesSeen {
		n += int(f.spikes >> i & 1)
	}
	return n >= spikesMany
}

// judge refuses what the chip cannot have measured.
func (f *filter) judge(s sample) error {
	c := chips[f.driver]
	if c.hasStart && s.temperature == c.startsAt && !f.near(c.startsAt, trend) {
		if f.zeros++; f.zeros < restarts || c.startsAt != 0 {
			return powerOn
		}
	} else {
		f.zeros = 0
	}
	if f.blank(s) {
		return powerOn
	}
	switch {
	case s.temperature < c.low || s.temperature > c.high:
		return outOfRange
	case s.hasHumidity && (s.humidity < 0 || s.humidity > 100_000):
		return outOfRange
	}
	return nil
}

// blank reports whether a register was not written since the chip was reset: both
// at once are no chance, and one is believed where the sample before lies beside it.
func (f *filter) blank(s sample) bool {
	if s.blankT && s.blankH || (s.blankT || s.blankH) && len(f.recent) == 0 {
		return true
	}
	return s.blankT && !f.near(s.temperature, blankTrend) || s.blankH && !within(f.recent[len(f.recent)-1].humidity, s.humidity, blankTrendRH)
}

// near reports whether the sample before makes a temperature plausible.
func (f *filter) near(v, by int64) bool {
	return len(f.recent) > 0 && within(f.recent[len(f.recent)-1].temperature, v, by)
}

func within(a, b, by int64) bool { return a > b-by && a < b+by }

func median(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }
