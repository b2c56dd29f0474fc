package experiment

import "math"

// invert finds where a rising function reaches p between low and high, to the
// given absolute precision or as near as numbers go, by the Illinois form of
// false position; every third step halves, so that flat stretches do not hold
// it up. Beyond the ends it gives the nearer one.
func invert(f func(float64) float64, p, low, high, precision float64) float64 {
	below, above := f(low)-p, f(high)-p
	if below >= 0 {
		return low
	}
	if above <= 0 {
		return high
	}
	for step := 1; high-low > precision && step < 300; step++ {
		x := low + (high-low)*(below/(below-above))
		if margin := (high - low) * 1e-4; step%3 == 0 {
			x = low + (high-low)/2
		} else {
			x = math.Min(math.Max(x, low+margin), high-margin)
		}
		if !(x > low && x < high) {
			break
		}
		if y := f(x) - p; y < 0 {
			low, below, above = x, y, above/2
		} else {
			high, above, below = x, y, below/2
		}
	}
	return low + (high-low)/2
}
