package forecast

import (
	"math"
	"slices"
)

// rates are the k that are tried, 1/s: a straight line, and time constants from
// eight hours down to three minutes.
var rates = []float64{
	0, 1. / 28800, 1. / 14400, 1. / 9600, 1. / 7200, 1. / 5400, 1. / 4200, 1. / 3300, 1. / 2700, 1. / 2100,
	1. / 1700, 1. / 1400, 1. / 1100, 1. / 900, 1. / 720, 1. / 580, 1. / 460, 1. / 370, 1. / 300, 1. / 240, 1. / 180,
}

// curve is one rise that fits: slopes are those of now, 0.001 °C a second.
type curve struct {
	rate, slope, low, high float64
	now                    float64 // 0.001 °C
	off                    float64 // 0.001 °C: how far now may be off
	cost                   float64
}

// Bounds of the fit, in squares of the noise.
const (
	// wellFit is the mean square above which no curve describes the points.
	wellFit = 2.25
	// asGood is how much worse than the best a rate may be and still count: two
	// standard deviations, twice over since neighbours in the filter share samples.
	asGood = 8
	// wild is where a residual stops to count.
	wild = 9
)

// fit returns every curve that the points do not contradict, the best first; false
// where none describes them or the best does not rise for certain.
func fit(ps []point, noise float64) ([]curve, bool) {
	all := make([]curve, len(rates))
	for i, k := range rates {
		all[i] = fitRate(ps, k, noise)
	}
	slices.SortStableFunc(all, func(a, b curve) int {
		switch {
		case a.cost < b.cost:
			return -1
		case a.cost > b.cost:
			return 1
		}
		return 0
	})
	best := all[0]
	if best.cost > wellFit*float64(len(ps)) || best.low <= 0 {
		return nil, false
	}
	for i, c := range all {
		if c.cost > best.cost+asGood {
			return all[:i], true
		}
	}
	return all, true
}

// fitRate fits one rate: in u = (1 - exp(-kt))/k the curve is a straight line.
func fitRate(ps []point, k, noise float64) curve {
	last := ps[len(ps)-1].at
	u := make([]float64, len(ps))
	for i, p := range ps {
		u[i] = warped(p.at-last, k)
	}
	slopes := make([]float64, 0, len(ps)*(len(ps)-1)/2)
	for i := range ps {
		for j := i + 1; j < len(ps); j++ {
			slopes = append(slopes, (ps[j].v-ps[i].v)/(u[j]-u[i]))
		}
	}
	slices.Sort(slopes)
	c := curve{rate: k, slope: slopes[len(slopes)/2]}
	c.low, c.high = sen(slopes, len(ps))
	rest := make([]float64, len(ps))
	for i, p := range ps {
		rest[i] = p.v - c.slope*u[i]
	}
	c.now = median(rest)
	c.off = 2 * noise / math.Sqrt(float64(len(ps)))
	for _, r := range rest {
		c.cost += min((r-c.now)*(r-c.now)/(noise*noise), wild)
	}
	return c
}

// warped is (1 - exp(-kt))/k, and t for k = 0.
func warped(t, k float64) float64 {
	if k == 0 {
		return t
	}
	return -math.Expm1(-k*t) / k
}

// sen returns the bounds of the slope from the sorted slopes of all pairs of n
// points: the ranks that Kendall's statistic leaves open at 99 %, since the points
// are not wholly independent.
func sen(slopes []float64, n int) (low, high float64) {
	f := float64(n)
	open := 2.576 * math.Sqrt(f*(f-1)*(2*f+5)/18)
	m := float64(len(slopes))
	first := int(math.Floor((m - open) / 2))
	last := int(math.Ceil((m + open) / 2))
	return slopes[max(first, 0)], slopes[min(last, len(slopes)-1)]
}

// reaches returns the seconds till the limit with a slope; infinite where the
// curve stays below.
func (c curve) reaches(limit, slope float64) float64 {
	togo := limit - c.now
	switch {
	case slope > c.slope:
		togo -= c.off
	case slope < c.slope:
		togo += c.off
	}
	if togo <= 0 {
		return 0
	}
	if slope <= 0 || c.rate*togo >= slope {
		return math.Inf(1)
	}
	if c.rate == 0 {
		return togo / slope
	}
	return -math.Log1p(-c.rate*togo/slope) / c.rate
}

// roughness estimates the noise of points on a smooth curve from their second
// differences: median of their size, times 1.4826, by the root of 6.
func roughness(ps []point) float64 {
	var bends []float64
	for i := 1; i+1 < len(ps); i++ {
		bends = append(bends, math.Abs(ps[i-1].v-2*ps[i].v+ps[i+1].v))
	}
	return 1.4826 * median(bends) / math.Sqrt(6)
}
