package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Stratum is one group of units that were alike before assignment (a plan, a
// size, a region), by arm.
type Stratum struct{ Treated, Control summary.Moments }

// Stratified averages the strata's differences of means, each weighted by its
// number of units: treated - control in the unit of the outcome. It is both the
// analysis of an experiment that was randomised within strata (blocked) and
// post-stratification of one that was not; in the second case the standard error
// is conditional on how many units of each stratum fell in each arm. Degrees
// of freedom are Satterthwaite's.
//
// Errors: ErrTooFew without strata, or, naming the stratum (from 0), with fewer
// than two units of an arm in it: merge it with another, never drop it;
// ErrNoVariance if nothing varies within strata and arms; ErrInvalid and
// ErrNotFinite for impossible moments. Stratified panics if level is outside
// (0, 1).
//
// Source: Miratrix, Sekhon and Yu (2013), JRSS B 75:369-396; Imbens and Rubin
// (2015), Causal Inference, ch. 9.
// Pairs have one unit an arm: see MatchedPairs.
func Stratified(strata []Stratum, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	var total float64
	for k, s := range strata {
		if err := checkArms(s.Treated, s.Control, 2); err != nil {
			return stat.Test{}, fmt.Errorf("stratum %d: %w", k, err)
		}
		total += float64(s.Treated.N + s.Control.N)
	}
	if len(strata) == 0 {
		return stat.Test{}, fmt.Errorf("no strata: %w", stat.ErrTooFew)
	}
	var value float64
	var parts variances
	for _, s := range strata {
		weight := float64(s.Treated.N+s.Control.N) / total
		value += weight * (s.Treated.Mean - s.Control.Mean)
		parts.add(weight*weight*s.Treated.Var/float64(s.Treated.N), float64(s.Treated.N-1))
		parts.add(weight*weight*s.Control.Var/float64(s.Control.N), float64(s.Control.N-1))
	}
	return parts.test(value, level)
}

// variances adds up independent variance estimates.
type variances struct {
	terms, dfs []float64
	sum        float64
}

func (v *variances) add(variance, df float64) {
	v.terms, v.dfs = append(v.terms, variance), append(v.dfs, df)
	v.sum += variance
}

// test is that of an estimate whose variance is the sum, with Satterthwaite's
// degrees of freedom.
func (v *variances) test(value, level float64) (stat.Test, error) {
	var inverse float64
	for i, term := range v.terms {
		if share := term / v.sum; share > 0 {
			inverse += share * share / v.dfs[i]
		}
	}
	return student(value, math.Sqrt(v.sum), 1/inverse, level)
}

// MatchedPairs averages the differences, treated - control, of pairs of units
// one of which was picked at random for treatment. The standard error is that of
// the paired t test, which never understates the uncertainty of the average
// effect on the units of the experiment.
//
// Errors: ErrTooFew with fewer than two pairs, ErrNoVariance if all differences
// are equal, ErrNotFinite naming the pair. MatchedPairs panics if level is
// outside (0, 1).
//
// Source: Imai (2008), Statistics in Medicine 27:4857-4873.
func MatchedPairs(differences []float64, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	for i, d := range differences {
		if !finite(d) {
			return stat.Test{}, fmt.Errorf("difference %v of pair %d: %w", d, i, stat.ErrNotFinite)
		}
	}
	if len(differences) < 2 {
		return stat.Test{}, fmt.Errorf("%d pairs: %w", len(differences), stat.ErrTooFew)
	}
	m, err := summary.Of(differences)
	if err != nil {
		return stat.Test{}, err
	}
	return student(m.Mean, m.SE(), float64(m.N-1), level)
}
