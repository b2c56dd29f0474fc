package money

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// IRR is the internal rate of return: the rate per period at which the present
// value of flows is zero; flows[0] is now, flows[1] at the end of period 1.
// It is searched between -99.99 % and 1e6 (100,000,000 %) per period.
//
// Errors: ErrTooFew unless there is an outflow and an inflow, ErrInvalid if
// the running sign changes more than once (several rates may then fit; use
// NPV), ErrNoConvergence if no rate in the range fits, ErrNotFinite.
func IRR(flows []float64) (float64, error) {
	if err := checkFlows(flows); err != nil {
		return 0, err
	}
	switch changes := signChanges(flows); {
	case changes == 0:
		return 0, fmt.Errorf("internal rate of flows of one sign: %w", stat.ErrTooFew)
	case changes > 1:
		return 0, fmt.Errorf("internal rate of flows that change sign %d times: %w", changes, stat.ErrInvalid)
	}
	// On log(1+rate) the present value is smooth over the whole range.
	f := func(logFactor float64) float64 {
		return presentValue(math.Expm1(logFactor), flows[0], flows[1:])
	}
	x, err := BreakEven(f, math.Log(1e-4), math.Log1p(1e6))
	if err != nil {
		return 0, fmt.Errorf("internal rate: %w", err)
	}
	return math.Expm1(x), nil
}

func signChanges(flows []float64) int {
	changes, last := 0, 0.0
	for _, f := range flows {
		if f == 0 {
			continue
		}
		if last != 0 && (f > 0) != (last > 0) {
			changes++
		}
		last = f
	}
	return changes
}
