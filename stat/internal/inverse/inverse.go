// Package inverse finds where functions that rise take a value: roots in
// general, and quantiles of the beta and F distributions to the digits that the
// distribution function has. It knows nothing of tests and designs; those of
// stat/experiment and stat/power ask it.
package inverse

import "math"

// Bracket holds a crossing of zero of a function that rises: Below ≤ 0 and
// Above ≥ 0 are its values at Low and High.
type Bracket struct{ Low, High, Below, Above float64 }

// Root narrows the bracket to the given precision, or as near as numbers go, by
// false position that weighs down an end which stays (Illinois), and halves when
// three steps have not halved.
func (b Bracket) Root(f func(float64) float64, precision float64) float64 {
	switch {
	case b.Below >= 0:
		return b.Low
	case b.Above <= 0:
		return b.High
	}
	width, stayed := b.High-b.Low, 0
	for step := 1; b.High-b.Low > precision; step++ {
		x := b.Low + (b.High-b.Low)*(b.Below/(b.Below-b.Above))
		if step%3 == 0 {
			if b.High-b.Low > width/2 {
				x = b.Low + (b.High-b.Low)/2
			}
			width = b.High - b.Low
		}
		x = math.Min(math.Max(x, b.Low+precision/3), b.High-precision/3)
		if !(x > b.Low && x < b.High) {
			break
		}
		switch y := f(x); {
		case y == 0:
			return x
		case y < 0:
			if b.Low, b.Below = x, y; stayed > 0 {
				b.Above /= 2
			}
			stayed = 1
		default:
			if b.High, b.Above = x, y; stayed < 0 {
				b.Below /= 2
			}
			stayed = -1
		}
	}
	return b.Low + (b.High-b.Low)/2
}

// Rising finds where f, which rises, reaches p between low and high, to the
// given precision. Beyond the ends it gives the nearer one.
func Rising(f func(float64) float64, p, low, high, precision float64) float64 {
	above := func(x float64) float64 { return f(x) - p }
	return Bracket{Low: low, High: high, Below: above(low), Above: above(high)}.Root(above, precision)
}

// Around is Rising for a function without ends, whose crossing is likely within
// width of middle: the bracket doubles until it holds it.
func Around(f func(float64) float64, p, middle, width, precision float64) float64 {
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
	return Rising(f, p, low, high, precision)
}
