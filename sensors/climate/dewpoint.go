package climate

import "math"

// Constants of the Magnus formula for saturation over water, es = 6.112 hPa
// exp(aT/(b+T)): Sonntag (1990), as in WMO-No. 8 (2018) annex 4.B; valid from -45
// to 60 degrees, within 0.6 % of the exact pressure.
const (
	magnusA    = 17.62
	magnusB    = 243.12
	magnusLow  = -45_000
	magnusHigh = 60_000
	// driest is the humidity below which no dew point is told, 0.001 %: there the
	// uncertainty of any of the chips is a multiple of the value.
	driest = 1_000
)

// dewPoint solves the formula for the temperature at which the air would be
// saturated; why is "" or says why there is none.
func dewPoint(s sample) (milli int64, why string) {
	switch {
	case s.temperature < magnusLow || s.temperature > magnusHigh:
		return 0, noDewPoint
	case s.humidity < driest:
		return 0, tooDry
	}
	return dewAt(s.temperature, s.humidity), ""
}

func dewAt(temperature, humidity int64) int64 {
	t := float64(temperature) / 1000
	g := math.Log(float64(humidity)/100_000) + magnusA*t/(magnusB+t)
	return int64(math.Round(1000 * magnusB * g / (magnusA - g)))
}

// dewUncertainty is how far the dew point may be off: the largest distance to the
// dew point of any corner of what temperature and humidity may be. The formula is
// monotonic in both.
func dewUncertainty(s sample, offT, offRH int64) int64 {
	at := dewAt(s.temperature, s.humidity)
	wet := dewAt(s.temperature+offT, min(s.humidity+offRH, 100_000))
	dry := dewAt(s.temperature-offT, max(s.humidity-offRH, driest))
	return max(wet-at, at-dry)
}

// saturation is the pressure of water vapour over water, relative to that at 0
// degrees.
func saturation(milli int64) float64 {
	t := float64(milli) / 1000
	return math.Exp(magnusA * t / (magnusB + t))
}
