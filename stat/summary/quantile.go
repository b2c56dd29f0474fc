package summary

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Quantile gives the p-quantile of x (p in [0, 1]; 0.5 is the median) by
// linear interpolation between order statistics at position (n-1)p: type 7 of
// Hyndman and Fan, the default of R and of DuckDB's quantile_cont. x is not
// changed.
//
// Errors: ErrTooFew if x is empty, ErrNotFinite if a value is NaN or infinite.
// Quantile panics if p is outside [0, 1].
//
// Source: Hyndman and Fan (1996), The American Statistician 50:361-365.
func Quantile(x []float64, p float64) (float64, error) {
	q, err := Quantiles(x, p)
	if err != nil {
		return 0, err
	}
	return q[0], nil
}

// Quantiles gives several quantiles of x at the cost of one sort, in the order
// of ps. Contract as for Quantile.
func Quantiles(x []float64, ps ...float64) ([]float64, error) {
	if len(x) == 0 {
		return nil, fmt.Errorf("quantile of an empty sample: %w", stat.ErrTooFew)
	}
	if err := checkFinite("observation", x); err != nil {
		return nil, err
	}
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	out := make([]float64, len(ps))
	for i, p := range ps {
		out[i] = QuantileSorted(sorted, p)
	}
	return out, nil
}

// QuantileSorted is Quantile for values already sorted in ascending order and
// known to be finite. It panics if sorted is empty or p is outside [0, 1].
func QuantileSorted(sorted []float64, p float64) float64 {
	if len(sorted) == 0 || !(p >= 0 && p <= 1) {
		panic(fmt.Sprintf("summary: quantile %v of %d values", p, len(sorted)))
	}
	at := float64(len(sorted)-1) * p
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	frac := at - float64(low)
	return sorted[low]*(1-frac) + sorted[low+1]*frac
}
