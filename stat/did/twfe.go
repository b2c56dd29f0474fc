package did

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// TwoWay is a regression of the outcome on unit and period effects and one dummy for
// treated rows.
type TwoWay struct {
	// Value is the coefficient of treatment and SE its cluster-robust standard error
	// (CR1 as fixest counts: G/(G−1)·(n−1)/(n−K), K without the effects of units that
	// lie within clusters).
	Value, SE float64
	// HC1 is the standard error that takes rows as independent, for comparison: it is
	// too small where the rows of a unit go together.
	HC1 float64
	// Test has interval and p-value on Clusters − 1 degrees of freedom; nil when
	// Refused says why the standard error is not to be trusted.
	Test    *stat.Test
	Refused error

	Rows, Units, Clusters int
	TreatedClusters       int // clusters with a unit that starts within the panel's time
	Weights               CellWeights
	// Warning says why the coefficient may not be an average of the effects; empty
	// when all units that start do so together.
	Warning string
}

// TwoWayFixedEffects regresses the outcome on unit effects, period effects and a
// dummy for treated rows. It is what many reports show, and is here to compare with:
// when units start at different times, units already treated serve as controls, and
// effects that grow or differ enter with the wrong weight, even the wrong sign. See
// Weights, Bacon and, for an answer, Estimate.
//
// Rows may be missing. Covariates are ignored. A unit treated all along counts as
// treated. level, in (0, 1), is the coverage of the interval.
//
// Errors: those of Panel.Balanced; ErrTooFew without treated rows or untreated ones,
// ErrCollinear when treatment is a sum of unit and period effects, ErrNoVariance
// when the fit is perfect.
//
// With fewer than two clusters that start (or that do not) the standard error is
// far too small and Test is nil: see RankTest.
func TwoWayFixedEffects(p Panel, level float64) (*TwoWay, error) {
	stat.CheckLevel(level)
	f, err := newFrame(p)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	d := f.treated()
	fit, err := f.fit(regression.Design{Rows: len(d), Cols: 1, Values: d})
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	cov, err := fit.Clustered(regression.CR1, f.cluster)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	robust, err := fit.HC(regression.HC1)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	r := &TwoWay{Value: fit.Coef[0], SE: regression.StandardErrors(cov)[0], HC1: regression.StandardErrors(robust)[0], Rows: len(d), Units: f.units,
		Clusters: fit.Clusters(f.cluster), TreatedClusters: f.startingClusters()}
	if err := finiteOr("two-way fixed effects", r.Value, r.SE, r.HC1); err != nil {
		return nil, err
	}
	if !(r.SE > noSpread*math.Abs(r.Value)) || fit.RSS <= noSpread*noSpread*sumSquares(p.Outcome) {
		return nil, fmt.Errorf("two-way fixed effects: %w", stat.ErrNoVariance)
	}
	if r.Refused = f.refuse(r.Clusters, r.TreatedClusters); r.Refused == nil {
		test := stat.Student(r.Value, r.SE, float64(r.Clusters-1), level)
		r.Test = &test
	}
	if r.Weights, err = f.weights(d, r.Value); err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	r.Warning = f.warning(r.Weights)
	return r, nil
}
