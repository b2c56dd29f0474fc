package survival

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// BaselineStep is the cumulative hazard, just after an event time, of a unit
// whose covariates are all 0, in a stratum.
type BaselineStep struct {
	Stratum   int // label given in CoxData.Strata, 0 without strata
	Time      float64
	CumHazard float64
}

// BaselineHazard returns the cumulative baseline hazard at each event time,
// strata in label order and times ascending: Breslow's estimate with Breslow
// ties, Efron's with Efron's. A unit with covariates x has hazard
// CumHazard·exp(Σ Coef·x); the probability of being event-free is exp(−that).
// Where 0 lies far outside the data the number is an extrapolation, though its
// product with exp(Σ Coef·x) is not.
//
// Errors: ErrNotFinite where 0 lies so far outside that the number overflows;
// Predict then serves for covariates within the data.
func (f *CoxFit) BaselineHazard() ([]BaselineStep, error) {
	r := f.risk
	r.predict(f.beta)
	center := 0.0
	for j, b := range f.beta {
		center += b / r.scale[j] * r.mean[j]
	}
	jumps := r.jumps()
	slices.Reverse(jumps)
	slices.SortStableFunc(jumps, func(a, b hazardJump) int { return a.stratum - b.stratum })
	out := make([]BaselineStep, len(jumps))
	total := 0.0
	for k, j := range jumps {
		if k == 0 || jumps[k-1].stratum != j.stratum {
			total = 0
		}
		total += j.hazard
		out[k] = BaselineStep{Stratum: r.stratumLabel[j.stratum], Time: j.time, CumHazard: total * math.Exp(-center)}
		if !finite(out[k].CumHazard) {
			return nil, fmt.Errorf("baseline hazard at time %v, e^%.4g times that of the mean covariates: %w", j.time, -center, stat.ErrNotFinite)
		}
	}
	return out, nil
}
