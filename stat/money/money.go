// Package money holds the arithmetic of an investment case: present values,
// internal rate of return, payback, annuities, the distributions that
// uncertain inputs are drawn from, tornado swings and break-even points.
//
// Amounts are plain float64 in any one currency unit; rounding and currency
// belong to the caller. Rates are fractions per period (0.1 is 10 %).
package money

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

func checkFlows(flows []float64) error {
	for i, f := range flows {
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("flow %d is %v: %w", i, f, stat.ErrNotFinite)
		}
	}
	return nil
}

// checkRate admits rates above -100 %: below it, a discount factor has no
// meaning.
func checkRate(rate float64) error {
	if math.IsNaN(rate) || math.IsInf(rate, 0) {
		return fmt.Errorf("rate %v: %w", rate, stat.ErrNotFinite)
	}
	if rate <= -1 {
		return fmt.Errorf("rate %v is not above -1: %w", rate, stat.ErrInvalid)
	}
	return nil
}
