package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Welch compares the means of independent samples a and b whose variances may
// differ: Value is a.Mean - b.Mean in the unit of the observations.
//
// Errors: ErrTooFew if either sample has fewer than two observations,
// ErrNoVariance if neither varies (or less than the digits of Value can show),
// ErrNotFinite. Welch panics if level is outside (0, 1).
//
// Source: Welch (1947), Biometrika 34:28-35.
// Not for pre and post scores of the same learners, nor for people clustered
// in accounts; see ClusterDifference.
func Welch(a, b summary.Moments, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	if a.N < 2 || b.N < 2 {
		return stat.Test{}, fmt.Errorf("means of %d and %d observations: %w", a.N, b.N, stat.ErrTooFew)
	}
	va, vb := a.Var/float64(a.N), b.Var/float64(b.N)
	if va+vb == 0 {
		return stat.Test{}, fmt.Errorf("means of constant samples: %w", stat.ErrNoVariance)
	}
	df := satterthwaite(va, float64(a.N-1), vb, float64(b.N-1))
	return student(a.Mean-b.Mean, math.Sqrt(va+vb), df, level)
}
