package experiment

import "math"

// invert finds where a rising function reaches p between low and high, to the
// given precision or as near as numbers go, by false position that weighs down
// an end which stays (Illinois), and halves when three steps have not halved.
// Beyond the ends it gives the nearer one.
func invert(f func(float64) float64, p, low, high, precision float64) float64 {
	below, above := f(low)-p, f(high)-p
	if below >= 0 {
		return low
	}
	if above <= 0 {
		return high
	}
	width, stayed := high-low, 0
	for step := 1; high-low > precision; step++ {
		x := low + (high-low)*(below/(below-above))
		if step%3 == 0 {
			if high-low > width/2 {
				x = low + (high-low)/2
			}
			width = high - low
		}
		x = math.Min(math.Max(x, low+precision/3), high-precision/3)
		if !(x > low && x < high) {
			break
		}
		y := f(x) - p
		switch {
		case y == 0:
			return x
		case y < 0:
			if low, below = x, y; stayed > 0 {
				above /= 2
			}
			stayed = 1
		default:
			if high, above = x, y; stayed < 0 {
				below /= 2
			}
			stayed = -1
		}
	}
	return low + (high-low)/2
}

// around is invert for a function without ends, whose crossing is likely
// within width of middle: the bracket doubles until it holds it.
func around(f func(float64) float64, p, middle, width, precision float64) float64 {
	low, high := middle-width, middle+width
	for range 60 {
		if f(low) <= p {
			break
		}
		low -= high - low
	}
	for range 60 {
		if f(high) >= p {
			break
		}
		high += high - low
	}
	return invert(f, p, low, high, precision)
}
