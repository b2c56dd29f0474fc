package summary

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Autocorrelation is the correlation of a series with itself lag steps later,
// in [-1, 1]: Σ(x[i]-m)(x[i+lag]-m) / Σ(x[i]-m)², with the mean m of the whole
// series and values in order of time at equal distances. It is what NIST
// certifies and R's acf prints; dividing by the whole sum of squares pulls it
// towards 0 in short series.
//
// Errors: ErrTooFew unless the series is longer than lag, ErrNoVariance if it
// is constant, ErrNotFinite if a value is NaN or infinite or a sum overflows.
// Autocorrelation panics if lag is negative.
//
// Source: Box, Jenkins and Reinsel (2008), Time Series Analysis, 4th ed., §2.1.5.
func Autocorrelation(x []float64, lag int) (float64, error) {
	if lag < 0 {
		panic(fmt.Sprintf("summary: autocorrelation at lag %d", lag))
	}
	m, err := Of(x)
	if err != nil {
		return 0, fmt.Errorf("autocorrelation: %w", err)
	}
	if len(x) <= lag || len(x) < 2 {
		return 0, fmt.Errorf("autocorrelation at lag %d of %d values: %w", lag, len(x), stat.ErrTooFew)
	}
	if m.Var == 0 {
		return 0, fmt.Errorf("autocorrelation of %d values of %v: %w", len(x), m.Mean, stat.ErrNoVariance)
	}
	scale := m.SD()                                   // in units of it, so that no square underflows
	rest := deviationSum(x, m.Mean) / float64(len(x)) // what the mean, rounded to a double, leaves
	deviation := func(v float64) float64 { return (v - m.Mean - rest) / scale }
	var products, squares adder
	for i, v := range x {
		d := deviation(v)
		squares.add(d * d)
		if i >= lag {
			products.add(deviation(x[i-lag]) * d)
		}
	}
	return math.Max(-1, math.Min(1, products.total()/squares.total())), nil
}
