package series

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Placebos are synthetic controls of the treated unit and of every donor in its
// place, each without the treated unit among its donors.
type Placebos struct {
	Treated *Synthetic
	// Units are the donors that took the place, Fits their synthetic controls over
	// the panel without the treated unit.
	Units []int
	Fits  []*Synthetic
	// LeftOut are the donors whose fit before was too poor to be compared with.
	LeftOut []int
	// Rank of the treated's Ratio among all, 1 the largest, ties at the worse end;
	// P is Rank over the number of units compared, never below 1 over it.
	Rank int
	P    float64
}

// PlaceboInSpace gives the treatment to every donor in turn. If it did nothing,
// the treated unit is no more likely than another to have the largest Ratio.
// maxFit leaves out donors whose RMSPE before exceeds maxFit times that of the
// treated; 0 keeps all.
//
// Errors: those of SyntheticControl, without ErrNoOverlap for donors; ErrTooFew
// with fewer than three donors or when all are left out; ErrNoVariance when a
// fit before is exact, so that its ratio says nothing (set a Ridge, or use more
// periods than donors); ErrInvalid for a negative maxFit; the context's error.
//
// Source: Abadie, Diamond and Hainmueller (2010), section 2.4; (2015), American
// Journal of Political Science 59:495-510.
func PlaceboInSpace(ctx context.Context, p Panel, treated int, d Donors, maxFit float64) (*Placebos, error) {
	result, err := placeboInSpace(ctx, p, treated, d, maxFit)
	if err != nil {
		return nil, fmt.Errorf("placebo in space: %w", err)
	}
	return result, nil
}

func placeboInSpace(ctx context.Context, p Panel, treated int, d Donors, maxFit float64) (*Placebos, error) {
	if !(maxFit >= 0) {
		return nil, fmt.Errorf("largest fit %v: %w", maxFit, stat.ErrInvalid)
	}
	fit, err := SyntheticControl(p, treated, d)
	if err != nil {
		return nil, err
	}
	if fit.Ratio == 0 {
		return nil, fmt.Errorf("unit %d is matched exactly before: %w", treated, stat.ErrNoVariance)
	}
	rest, others := p.without(treated), d.without(treated)
	fits, err := parallel(ctx, len(rest.Outcome), func(k int) (*Synthetic, error) {
		return syntheticControl(rest, k, others)
	})
	if err != nil {
		return nil, err
	}
	result := &Placebos{Treated: fit}
	if err := result.compare(fits, treated, maxFit); err != nil {
		return nil, err
	}
	return result, nil
}

// without leaves out a unit's predictors.
func (d Donors) without(unit int) Donors {
	if d.Predictors != nil {
		d.Predictors = slices.Delete(slices.Clone(d.Predictors), unit, unit+1)
	}
	return d
}

// compare ranks the treated among the placebos whose fit is good enough. A
// placebo is numbered as in the panel with the treated unit.
func (r *Placebos) compare(fits []*Synthetic, treated int, maxFit float64) error {
	r.Rank = 1
	for k, fit := range fits {
		unit := k
		if k >= treated {
			unit++
		}
		switch {
		case maxFit > 0 && fit.PreRMSPE > maxFit*r.Treated.PreRMSPE:
			r.LeftOut = append(r.LeftOut, unit)
			continue
		case fit.Ratio == 0:
			return fmt.Errorf("unit %d is matched exactly before: %w", unit, stat.ErrNoVariance)
		case fit.Ratio >= r.Treated.Ratio:
			r.Rank++
		}
		r.Units, r.Fits = append(r.Units, unit), append(r.Fits, fit)
	}
	if len(r.Units) == 0 {
		return fmt.Errorf("no donor fits within %g times the treated: %w", maxFit, stat.ErrTooFew)
	}
	r.P = float64(r.Rank) / float64(len(r.Units)+1)
	return nil
}

// Interval holds the average effects that the placebos do not reject: those that
// leave the treated's mean gap after, relative to its RMSPE before, no larger
// than a share 1−level of the placebos have it. It is exact if the treated was
// chosen at random among the units, and wide when they are few.
//
// Errors: ErrTooFew unless the placebos number at least 1/(1−level) − 1: 19 for
// 95 %, below which nothing can be rejected. Interval panics if level is outside
// (0, 1).
//
// Source: the inversion of Firpo and Possebom (2018), Journal of Causal
// Inference 6, with the mean gap as the statistic.
func (r *Placebos) Interval(level float64) (stat.Interval, error) {
	stat.CheckLevel(level)
	n := len(r.Fits)
	keep := int((1-level)*float64(n+1) + 1e-9)
	if keep < 1 {
		return stat.Interval{}, fmt.Errorf("%d placebos for a level of %g: %w", n, level, stat.ErrTooFew)
	}
	size := make([]float64, n)
	for k, fit := range r.Fits {
		size[k] = math.Abs(fit.Effect) / fit.PreRMSPE
	}
	slices.Sort(size)
	half := size[n-keep] * r.Treated.PreRMSPE
	return stat.Interval{Low: r.Treated.Effect - half, High: r.Treated.Effect + half, Level: level}, nil
}

// PlaceboInTime pretends that the treatment began before its time: weights come
// from the first before periods, and the gaps of the periods from there to the
// true start should show nothing. Predictors that were measured later than
// before would tell it the future and should be left out.
//
// Errors: those of SyntheticControl; ErrTooFew unless before is at least 1 and
// below the true number of periods before.
//
// Source: Abadie, Diamond and Hainmueller (2015).
func PlaceboInTime(p Panel, treated, before int, d Donors) (*Synthetic, error) {
	if before < 1 || before >= p.Before {
		return nil, fmt.Errorf("placebo in time: %d of %d periods before: %w", before, p.Before, stat.ErrTooFew)
	}
	early := Panel{Outcome: make([][]float64, len(p.Outcome)), Before: before}
	for i, row := range p.Outcome {
		if len(row) < p.Before {
			return nil, fmt.Errorf("placebo in time: %d periods, %d before: %w", len(row), p.Before, stat.ErrTooFew)
		}
		early.Outcome[i] = row[:p.Before]
	}
	fit, err := SyntheticControl(early, treated, d)
	if err != nil {
		return nil, fmt.Errorf("placebo in time: %w", err)
	}
	return fit, nil
}

// WithoutDonor is the synthetic control when a donor is not to be had.
type WithoutDonor struct {
	Unit int
	*Synthetic
}

// LeaveOneDonorOut builds the synthetic control anew without each donor that has
// weight: an effect that hangs on one of them is that donor's story.
//
// Errors: those of SyntheticControl; ErrTooFew with fewer than three donors.
//
// Source: Abadie, Diamond and Hainmueller (2015).
func LeaveOneDonorOut(p Panel, treated int, d Donors) ([]WithoutDonor, error) {
	whole, err := SyntheticControl(p, treated, d)
	if err != nil {
		return nil, err
	}
	var results []WithoutDonor
	for i, w := range whole.Weights {
		if w == 0 {
			continue
		}
		at := treated
		if i < treated {
			at--
		}
		fit, err := syntheticControl(p.without(i), at, d.without(i))
		if err != nil {
			return nil, fmt.Errorf("synthetic control without donor %d: %w", i, err)
		}
		fit.Weights = slices.Insert(fit.Weights, i, 0)
		results = append(results, WithoutDonor{Unit: i, Synthetic: fit})
	}
	return results, nil
}
