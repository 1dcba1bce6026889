package forecast

import (
	"math"
	"slices"
)

// rates are the k that are tried, 1/s: a straight line, and time constants from
// eight hours down to three minutes.
var rates = []float64{
	0, 1. / 28800, 1. / 14400, 1. / 9600, 1. / 7200, 1. / 5800, 1. / 4800, 1. / 4000, 1. / 3400, 1. / 2900, 1. / 2500,
	1. / 2150, 1. / 1850, 1. / 1600, 1. / 1400, 1. / 1200, 1. / 1050, 1. / 900, 1. / 780, 1. / 680, 1. / 580, 1. / 500,
	1. / 430, 1. / 370, 1. / 300, 1. / 240, 1. / 180,
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
	// standard deviations.
	asGood = 4
	// wild is where a residual stops to count.
	wild = 9
)

// fit returns every curve that the points do not contradict, the best first; false
// where none describes them or the best does not rise for certain. The neighbours
// in the table of those that fit are taken too: what is true lies between two rates.
func fit(ps []point, noise float64) ([]curve, bool) {
	all := make([]curve, len(rates))
	best := 0
	for i, k := range rates {
		all[i] = fitRate(ps, k, noise)
		if all[i].cost < all[best].cost {
			best = i
		}
	}
	if all[best].cost > wellFit*float64(len(ps)) || all[best].low <= 0 {
		return nil, false
	}
	fits := []curve{all[best]}
	for i := range all {
		next := all[max(i-1, 0)].cost
		next = min(next, all[i].cost, all[min(i+1, len(all)-1)].cost)
		if i != best && next <= all[best].cost+asGood {
			fits = append(fits, all[i])
		}
	}
	return fits, true
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
	open := 1.96 * math.Sqrt(f*(f-1)*(2*f+5)/18)
	m := float64(len(slopes))
	first := int(math.Floor((m - open) / 2))
	last := int(math.Ceil((m + open) / 2))
	return slopes[max(first, 0)], slopes[min(last, len(slopes)-1)]
}

// reaches returns the seconds till the limit with a slope; infinite where the
// curve stays below.
func (c curve) reaches(limit, slope float64) float64 {
	togo := limit - c.now
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
