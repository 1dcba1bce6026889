package climate

import "math"

// trend is how near to the power-on value a DS18B20 must have been for 85 degrees
// to be believed, 0.001 degree.
const trend = 10_000

// filter holds the last samples of one chip and says what to believe.
type filter struct {
	driver Driver
	// recent holds up to three samples, oldest first.
	recent []sample
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
	return sample{
		temperature: median(a.temperature, b.temperature, c.temperature),
		humidity:    median(a.humidity, b.humidity, c.humidity),
		hasHumidity: s.hasHumidity,
	}, true, nil
}

// judge refuses what the chip cannot have measured.
func (f *filter) judge(s sample) error {
	c := chips[f.driver]
	switch {
	case f.driver == DS18B20 && s.temperature == w1PowerOn && !f.nearPowerOn():
		return powerOn
	case s.temperature < c.low || s.temperature > c.high:
		return outOfRange
	case s.hasHumidity && (s.humidity < 0 || s.humidity > 100_000):
		return outOfRange
	}
	return nil
}

// nearPowerOn reports whether the samples before make 85 degrees plausible.
func (f *filter) nearPowerOn() bool {
	if len(f.recent) == 0 {
		return false
	}
	last := f.recent[len(f.recent)-1].temperature
	return last > w1PowerOn-trend && last < w1PowerOn+trend
}

func median(a, b, c int64) int64 { return max(min(a, b), min(max(a, b), c)) }

// dewPoint computes the dew point over water by the Magnus formula with the
// constants of Sonntag (1990), valid from -45 to 60 degrees; false for air too
// dry to have one.
func dewPoint(s sample) (int64, bool) {
	const a, b = 17.62, 243.12
	if !s.hasHumidity || s.humidity < 1_000 {
		return 0, false
	}
	t := float64(s.temperature) / 1000
	g := math.Log(float64(s.humidity)/100_000) + a*t/(b+t)
	return int64(math.Round(1000 * b * g / (a - g))), true
}
