package survival

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// CoxCurve is the event-free probability that a fitted model predicts for one
// unit whose covariates do not change. Slices have the length of Times, the
// event times of its stratum.
type CoxCurve struct {
	Times     []float64
	CumHazard []float64 // after each time
	Surv      []float64 // exp(−CumHazard)
	SE        []float64 // of CumHazard: of the baseline and of the coefficients
}

// Predict returns the curve for covariates x, in the order and units of
// CoxData.X, in a stratum (0 without strata). Covariates far outside the data
// give a curve all the same: it is an extrapolation. With a cluster-robust fit
// the coefficients' part of SE is robust, the baseline's is not.
//
// Errors: ErrInvalid for an unknown stratum; ErrNotFinite naming the covariate,
// or for covariates so far outside that the hazard overflows; ErrTooFew for a
// stratum without events. Predict panics unless there is one value for each
// covariate.
//
// Source: Tsiatis (1981), Annals of Statistics 9:93-108; Therneau & Grambsch
// (2000), Modeling Survival Data, section 10.2, for Efron's variance.
func (f *CoxFit) Predict(x []float64, stratum int) (*CoxCurve, error) {
	r := f.risk
	sameLength("x", len(x), r.p)
	s := slices.Index(r.stratumLabel, stratum)
	if s < 0 {
		return nil, fmt.Errorf("prediction in stratum %d of %v: %w", stratum, r.stratumLabel, stat.ErrInvalid)
	}
	z, eta := make([]float64, r.p), 0.0
	for j, v := range x {
		if !finite(v) {
			return nil, fmt.Errorf("prediction for %s %v: %w", r.names[j], v, stat.ErrNotFinite)
		}
		z[j] = (v - r.mean[j]) / r.scale[j]
		eta += z[j] * f.beta[j]
	}
	r.predict(f.beta)
	jumps := slices.DeleteFunc(r.jumps(), func(j hazardJump) bool { return j.stratum != s })
	if len(jumps) == 0 {
		return nil, fmt.Errorf("prediction in stratum %d: no event: %w", stratum, stat.ErrTooFew)
	}
	slices.Reverse(jumps) // times were descending
	c := f.accumulate(jumps, z, math.Exp(eta))
	if !finite(c.CumHazard[len(jumps)-1]) || slices.ContainsFunc(c.SE, func(se float64) bool { return !finite(se) }) {
		return nil, fmt.Errorf("prediction of e^%.4g times the hazard of the mean covariates: %w", eta, stat.ErrNotFinite)
	}
	return c, nil
}

// accumulate sums the jumps for standardised covariates z, whose hazard is
// rate times that of the mean covariates.
func (f *CoxFit) accumulate(jumps []hazardJump, z []float64, rate float64) *CoxCurve {
	c := new(CoxCurve)
	run, variance := running{drift: make([]float64, len(z))}, 0.0
	away := make([]float64, len(z)) // how the hazard moves with the coefficients
	for k := range jumps {
		run.add(&jumps[k])
		variance += jumps[k].variance
		for a := range z {
			away[a] = (z[a]*run.hazard - run.drift[a]) * f.risk.scale[a]
		}
		hazard := run.hazard * rate
		c.Times = append(c.Times, jumps[k].time)
		c.CumHazard = append(c.CumHazard, hazard)
		c.Surv = append(c.Surv, math.Exp(-hazard))
		c.SE = append(c.SE, rate*math.Sqrt(variance+f.quadratic(away)))
	}
	return c
}

// quadratic is vᵀ·Cov·v.
func (f *CoxFit) quadratic(v []float64) float64 {
	total := 0.0
	for a := range v {
		for b := range v {
			total += v[a] * f.Cov.At(a, b) * v[b]
		}
	}
	return total
}

// At returns the predicted event-free probability at time t with a pointwise
// interval. The second result is false before the first event, where it is 1
// without an interval, and where it has become 0. It panics if level is outside
// (0, 1).
func (c *CoxCurve) At(t, level float64, scale Transform) (stat.Estimate, bool) {
	z := stat.Critical(level)
	k, exact := slices.BinarySearch(c.Times, t)
	if !exact {
		k--
	}
	if k < 0 {
		return stat.Estimate{Value: 1}, false
	}
	e := stat.Estimate{Value: c.Surv[k], SE: c.Surv[k] * c.SE[k]}
	var ok bool
	e.Interval, ok = survInterval(c.Surv[k], c.SE[k], z, scale)
	e.Interval.Level = level
	return e, ok
}
