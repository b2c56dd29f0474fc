package series

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Uncertainty is how sure a weighted difference is. Intervals are
// normal, but for PlaceboEach.
type Uncertainty struct {
	Effect stat.Test
	// ByPeriod are the differences by period with their standard errors; a
	// pointwise band, not a simultaneous one. A period that alone carries the
	// weight before is what the others are compared with: its Estimate is zero
	// and has no interval (Level 0).
	ByPeriod   []stat.Estimate
	Replicates int
}

// Placebo takes the standard error from the controls: each replicate draws as
// many of them as there are treated units, calls them treated, and estimates
// their effect, which is none, with the other controls and the penalties of the
// original. It is the only one of the three that works with one treated unit,
// and it holds if the treated are as noisy as the controls.
//
// Errors: ErrTooFew unless there are more controls than treated, ErrNoVariance
// if all replicates agree, ErrNoConvergence, the context's error. Placebo panics
// if level is outside (0, 1).
//
// Source: Arkhangelsky et al. (2021), algorithm 4.
func (w *WeightedDifference) Placebo(ctx context.Context, r Replication, level float64) (*Uncertainty, error) {
	stat.CheckLevel(level)
	if w.Controls <= w.Treated {
		return nil, fmt.Errorf("placebo: %d controls for %d treated units: %w", w.Controls, w.Treated, stat.ErrTooFew)
	}
	draws, err := replicate(ctx, r, "placebo", w.placebo)
	if err != nil {
		return nil, fmt.Errorf("placebo: %w", err)
	}
	return w.uncertainty(draws, math.Inf(1), level)
}

// EachPlacebo is the uncertainty that every control shows once in the place of
// the treated unit.
type EachPlacebo struct {
	Uncertainty
	// Units are the controls, Placebos the effects found on them, in truth none.
	Units    []int
	Placebos []float64
	// Rank of the treated's effect in size among all, 1 the largest, ties at the
	// worse end; P is Rank over the number of units, never below 1 over it.
	Rank int
	P    float64
}

// PlaceboEach is Placebo with one treated unit and every control drawn once: the
// value that Placebo nears with many replicates, without their noise. Intervals
// are t on one degree of freedom less than there are controls.
//
// Errors: ErrTooFew with several treated units; those of Placebo.
func (w *WeightedDifference) PlaceboEach(ctx context.Context, level float64) (*EachPlacebo, error) {
	stat.CheckLevel(level)
	if w.Treated != 1 {
		return nil, fmt.Errorf("each placebo with %d treated units: use Placebo: %w", w.Treated, stat.ErrTooFew)
	}
	controls, err := w.panel.split(w.treated)
	if err != nil {
		return nil, err
	}
	draws, err := parallel(ctx, len(controls), func(k int) ([]float64, error) {
		others := slices.Delete(slices.Clone(controls), k, k+1)
		return w.again(others, controls[k:k+1])
	})
	if err != nil {
		return nil, fmt.Errorf("each placebo: %w", err)
	}
	u, err := w.uncertainty(draws, float64(len(controls)-1), level)
	if err != nil {
		return nil, fmt.Errorf("each placebo: %w", err)
	}
	e := &EachPlacebo{Uncertainty: *u, Units: controls, Rank: 1}
	for _, draw := range draws {
		e.Placebos = append(e.Placebos, draw[0])
		if math.Abs(draw[0]) >= math.Abs(w.Effect) {
			e.Rank++
		}
	}
	e.P = float64(e.Rank) / float64(len(controls)+1)
	return e, nil
}

// placebo is one replicate: the outcome panel of the controls alone, of which
// the last Treated in a random order are called treated.
func (w *WeightedDifference) placebo(rng *rand.Rand) ([]float64, error) {
	order := rng.Perm(w.Controls)
	controls, err := w.panel.split(w.treated)
	if err != nil {
		return nil, err
	}
	units := make([]int, w.Controls)
	for k, i := range order {
		units[k] = controls[i]
	}
	return w.again(units[:w.Controls-w.Treated], units[w.Controls-w.Treated:])
}

// again estimates with other controls and treated units, under the same
// penalties: the effect, then the difference of each period.
func (w *WeightedDifference) again(controls, treated []int) ([]float64, error) {
	a := &WeightedDifference{UnitPenalty: w.UnitPenalty, PeriodPenalty: w.PeriodPenalty, panel: w.panel, treated: treated, kind: w.kind}
	if err := a.fit(controls); err != nil {
		return nil, err
	}
	return append([]float64{a.Effect}, a.ByPeriod...), nil
}

// Bootstrap draws units with replacement; samples without a treated unit or with
// fewer than two controls are drawn again.
//
// Errors: ErrTooFew with one treated unit, whose noise no resampling of units
// can show; ErrNoVariance, ErrNoConvergence, the context's error. With fewer
// than about ten treated units intervals are too short. Bootstrap panics if
// level is outside (0, 1).
//
// Source: Arkhangelsky et al. (2021), algorithm 2.
func (w *WeightedDifference) Bootstrap(ctx context.Context, r Replication, level float64) (*Uncertainty, error) {
	stat.CheckLevel(level)
	if w.Treated < 2 {
		return nil, fmt.Errorf("bootstrap with one treated unit: use Placebo: %w", stat.ErrTooFew)
	}
	is := make([]bool, len(w.panel.Outcome))
	for _, i := range w.treated {
		is[i] = true
	}
	draws, err := replicate(ctx, r, "bootstrap", func(rng *rand.Rand) ([]float64, error) {
		return w.again(sampleUnits(rng, is))
	})
	if err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	return w.uncertainty(draws, math.Inf(1), level)
}

// sampleUnits draws units with replacement until both kinds are among them.
func sampleUnits(rng *rand.Rand, isTreated []bool) (controls, treated []int) {
	for len(controls) < 2 || len(treated) == 0 {
		controls, treated = controls[:0], treated[:0]
		for range isTreated {
			if i := rng.IntN(len(isTreated)); isTreated[i] {
				treated = append(treated, i)
			} else {
				controls = append(controls, i)
			}
		}
	}
	return controls, treated
}

func (w *WeightedDifference) uncertainty(draws [][]float64, df, level float64) (*Uncertainty, error) {
	u := &Uncertainty{ByPeriod: make([]stat.Estimate, len(w.ByPeriod)), Replicates: len(draws)}
	for k := range draws[0] {
		se, err := spread(draws, k)
		if err != nil {
			return nil, err
		}
		if err := w.assign(u, k, se, df, level); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// spread is the standard deviation, divisor n, of an output over the replicates.
func spread(draws [][]float64, output int) (float64, error) {
	column := make([]float64, len(draws))
	for r := range draws {
		column[r] = draws[r][output]
	}
	moments, err := summary.Of(column)
	if err != nil {
		return 0, err
	}
	return moments.SD() * math.Sqrt(float64(len(draws)-1)/float64(len(draws))), nil
}

// assign gives output k (0: the effect, then the periods) its standard error.
func (w *WeightedDifference) assign(u *Uncertainty, k int, se, df, level float64) error {
	value := w.Effect
	if k > 0 {
		value = w.ByPeriod[k-1]
	}
	switch {
	case se > 0 && k == 0:
		u.Effect = stat.Student(value, se, df, level)
	case se > 0:
		u.ByPeriod[k-1] = stat.Student(value, se, df, level).Estimate
	case k == 0:
		return fmt.Errorf("replicates of the effect are all the same: %w", stat.ErrNoVariance)
	}
	return nil
}

// Jackknife leaves out one unit at a time and keeps the weights of the others,
// scaled to add up to one. It is quick, needs no seed, and is conservative.
//
// Errors: ErrTooFew with one treated unit or when one control carries all the
// weight; ErrNoVariance. Jackknife panics if level is outside (0, 1).
//
// Source: Arkhangelsky et al. (2021), algorithm 3.
func (w *WeightedDifference) Jackknife(level float64) (*Uncertainty, error) {
	stat.CheckLevel(level)
	if w.Treated < 2 {
		return nil, fmt.Errorf("jackknife with one treated unit: use Placebo: %w", stat.ErrTooFew)
	}
	n := len(w.panel.Outcome)
	draws := make([][]float64, n)
	for i := range n {
		if w.Units[i] > 1-rounding {
			return nil, fmt.Errorf("jackknife: control %d carries all the weight: %w", i, stat.ErrTooFew)
		}
		draws[i] = w.leave(i)
	}
	u, err := w.uncertainty(draws, math.Inf(1), level)
	if err != nil {
		return nil, fmt.Errorf("jackknife: %w", err)
	}
	// uncertainty gives √(mean square); the jackknife's is √((n−1)/n · Σ square).
	factor := math.Sqrt(float64(n - 1))
	u.Effect = stat.Normal(w.Effect, u.Effect.SE*factor, level)
	for t, e := range u.ByPeriod {
		if e.SE == 0 {
			continue
		}
		u.ByPeriod[t] = stat.Normal(e.Value, e.SE*factor, level).Estimate
	}
	return u, nil
}

// leave is the estimate without a unit, at the same weights.
func (w *WeightedDifference) leave(unit int) []float64 {
	a := &WeightedDifference{Units: make([]float64, len(w.Units)), Periods: w.Periods, panel: w.panel}
	for i, v := range w.Units {
		a.Units[i] = v / (1 - w.Units[unit])
	}
	a.Units[unit] = 0
	var treated []int
	for _, i := range w.treated {
		if i != unit {
			treated = append(treated, i)
		}
	}
	a.compare(w.panel.average(treated))
	return append([]float64{a.Effect}, a.ByPeriod...)
}
