// Package summary describes one sample: its moments, plain and weighted, and
// its quantiles. Everything else in the library that needs a mean or a
// variance takes it from here. It does not compare samples (see mean,
// proportion, balance).
package summary

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// checkFinite gives ErrNotFinite, naming the position, for the first NaN or
// infinity in x.
func checkFinite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s %d is %v: %w", what, i, v, stat.ErrNotFinite)
		}
	}
	return nil
}
