package summary

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// SMD is the standardised mean difference (a.Mean - b.Mean) / s with the
// pooled s = √((a.Var + b.Var)/2): a difference in standard deviations, free
// of unit and of sample size. Package balance has the weighted form and other
// denominators.
//
// Errors: ErrTooFew if either sample has fewer than two observations,
// ErrNoVariance if neither varies.
//
// Source: Austin (2009), Statistics in Medicine 28:3083-3107.
func SMD(a, b Moments) (float64, error) {
	if a.N < 2 || b.N < 2 {
		return 0, fmt.Errorf("standardised difference of samples of %d and %d: %w", a.N, b.N, stat.ErrTooFew)
	}
	s := math.Sqrt((a.Var + b.Var) / 2)
	if s == 0 {
		return 0, fmt.Errorf("standardised difference of constants: %w", stat.ErrNoVariance)
	}
	return (a.Mean - b.Mean) / s, nil
}
