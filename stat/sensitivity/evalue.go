package sensitivity

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// EValue says how strongly an unmeasured confounder would have to be
// associated with both treatment and outcome, as risk ratios and beyond the
// measured covariates, to explain the estimate away (Point), or to move the
// interval so that it holds no effect (Limit). Both are at least 1; Limit is 1
// if the interval holds no effect already.
type EValue struct {
	Point, Limit float64
}

// Scale is the kind of effect that an E-value is asked for. Scales other than
// RiskRatio are first turned into an approximate risk ratio.
type Scale int

// The scales of ratio effects.
const (
	RiskRatio       Scale = iota // a ratio of risks or rates, or an odds or hazard ratio of a rare outcome
	CommonOddsRatio              // an odds ratio, outcome in more than about 15 %: √OR
	CommonHazard                 // a hazard ratio, outcome in more than about 15 %: (1-0.5^√HR)/(1-0.5^√(1/HR))
)

// Of gives the E-value of a ratio effect with the interval [low, high] on the
// same scale; 1 is no effect.
//
// Errors: ErrInvalid unless 0 < low ≤ value ≤ high and risk ratios lie between
// 1e-150 and 1e150, ErrNotFinite. Of panics on
// an unknown scale.
//
// Source: VanderWeele and Ding (2017), Annals of Internal Medicine
// 167:268-274; the conversions are their table 2.
func Of(scale Scale, value, low, high float64) (EValue, error) {
	for _, v := range []float64{value, low, high} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return EValue{}, fmt.Errorf("the E-value of %v (%v to %v): %w", value, low, high, stat.ErrNotFinite)
		}
	}
	if !(low > 0 && low <= value && value <= high) {
		return EValue{}, fmt.Errorf("the E-value of %v (%v to %v) is not 0 < low ≤ value ≤ high: %w", value, low, high, stat.ErrInvalid)
	}
	rr, l, h := toRiskRatio(scale, value), toRiskRatio(scale, low), toRiskRatio(scale, high)
	if !(l > 1/largest && h < largest) {
		return EValue{}, fmt.Errorf("the E-value of %v (%v to %v), a ratio that no data give: %w", value, low, high, stat.ErrInvalid)
	}
	out := EValue{Point: bias(rr), Limit: 1}
	switch {
	case l > 1:
		out.Limit = bias(l)
	case h < 1:
		out.Limit = bias(h)
	}
	return out, nil
}

// OfSMD gives the E-value of a standardised mean difference d with standard
// error se, through the approximation RR ≈ exp(0.91 d) with limits
// exp(0.91 d ± 1.78 se), a 95 % interval.
//
// Errors: ErrNotFinite, ErrInvalid if se is negative.
//
// Source: VanderWeele and Ding (2017), as for Of.
func OfSMD(d, se float64) (EValue, error) {
	if se < 0 {
		return EValue{}, fmt.Errorf("the E-value with standard error %v: %w", se, stat.ErrInvalid)
	}
	return Of(RiskRatio, math.Exp(0.91*d), math.Exp(0.91*d-1.78*se), math.Exp(0.91*d+1.78*se))
}

func toRiskRatio(scale Scale, v float64) float64 {
	switch scale {
	case RiskRatio:
		return v
	case CommonOddsRatio:
		return math.Sqrt(v)
	case CommonHazard:
		return (1 - math.Pow(0.5, math.Sqrt(v))) / (1 - math.Pow(0.5, math.Sqrt(1/v)))
	}
	panic(fmt.Sprintf("sensitivity: unknown scale %d", scale))
}

// bias is the E-value of a risk ratio: rr + √(rr(rr-1)) with rr turned above 1.
func bias(rr float64) float64 {
	if rr < 1 {
		rr = 1 / rr
	}
	return rr + math.Sqrt(rr*(rr-1))
}
