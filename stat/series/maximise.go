package series

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// bound keeps an autocorrelation off ±1, where the likelihood has no meaning.
const bound = 0.999

// maximise finds the autocorrelation of the largest likelihood: the best of a
// grid, since a short series can have two peaks, then golden section around it.
// inside says that it is off the bounds.
func maximise(likelihood func(phi float64) float64) (phi float64, inside bool) {
	const steps = 16
	at := func(k int) float64 { return bound * math.Tanh(3.8*float64(k)/steps) / math.Tanh(3.8) }
	best, top := 0, math.Inf(-1)
	for k := -steps; k <= steps; k++ {
		if v := likelihood(at(k)); v > top {
			best, top = k, v
		}
	}
	if best == -steps || best == steps {
		return at(best), false
	}
	return golden(likelihood, at(best-1), at(best+1)), true
}

// golden narrows a bracket of a maximum to rounding, and ends on a parabola
// through three points wide enough apart for the values to differ: sections alone
// would stop at half the digits.
func golden(f func(float64) float64, low, high float64) float64 {
	ratio := (math.Sqrt(5) - 1) / 2
	a, b := high-ratio*(high-low), low+ratio*(high-low)
	fa, fb := f(a), f(b)
	for high-low > 1e-5 {
		if fa > fb {
			high, b, fb = b, a, fa
			a = high - ratio*(high-low)
			fa = f(a)
		} else {
			low, a, fa = a, b, fb
			b = low + ratio*(high-low)
			fb = f(b)
		}
	}
	middle := (low + high) / 2
	for range 2 {
		middle += summit(f, middle, 1e-3*math.Min(1, bound-math.Abs(middle)))
	}
	return middle
}

// summit is how far the top of the quartic through five points, h apart around x,
// lies from x: one Newton step with derivatives good to h⁴.
func summit(f func(float64) float64, x, h float64) float64 {
	l2, l1, m, r1, r2 := f(x-2*h), f(x-h), f(x), f(x+h), f(x+2*h)
	slope := (l2 - 8*l1 + 8*r1 - r2) / (12 * h)
	bend := (-l2 + 16*l1 - 30*m + 16*r1 - r2) / (12 * h * h)
	if !(bend < 0) || math.Abs(slope/bend) > h {
		return 0
	}
	return -slope / bend
}

// logDeterminant of a covariance; NaN if it is not positive definite.
func logDeterminant(covariance *mat.SymDense) float64 {
	var c mat.Cholesky
	if !c.Factorize(covariance) {
		return math.NaN()
	}
	return c.LogDet()
}
