package money

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// NPV is the net present value of an initial flow, paid now and not
// discounted, and of flows at the end of periods 1, 2, …: initial +
// Σ flows[t] / (1+rate)^(t+1). With yearly flows and a rate per year this is
// the year-end convention. Without flows it is initial.
//
// Errors: ErrInvalid if rate is -1 or less, ErrNotFinite if an input is NaN or
// infinite or the sum overflows.
func NPV(rate, initial float64, flows []float64) (float64, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	if err := checkFlows(append([]float64{initial}, flows...)); err != nil {
		return 0, err
	}
	v := presentValue(rate, initial, flows)
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return 0, fmt.Errorf("present value at rate %v overflows: %w", rate, stat.ErrNotFinite)
	}
	return v, nil
}

func presentValue(rate, initial float64, flows []float64) float64 {
	v := 0.0
	for i := len(flows) - 1; i >= 0; i-- {
		v = (v + flows[i]) / (1 + rate)
	}
	return initial + v
}

// Annuity is the present value of 1 paid at the end of each of n periods:
// (1 - (1+rate)^-n) / rate, which is n at rate 0.
//
// Errors: ErrInvalid if rate is -1 or less or n negative, ErrNotFinite if rate
// is, or if the value overflows.
func Annuity(rate float64, n int) (float64, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	if n < 0 {
		return 0, fmt.Errorf("annuity of %d periods: %w", n, stat.ErrInvalid)
	}
	if rate == 0 {
		return float64(n), nil
	}
	v := -math.Expm1(-float64(n)*math.Log1p(rate)) / rate
	if math.IsInf(v, 0) {
		return 0, fmt.Errorf("annuity of %d periods at rate %v overflows: %w", n, rate, stat.ErrNotFinite)
	}
	return v, nil
}
