package did

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// LeaveOneOut is an overall effect estimated again without each cohort.
type LeaveOneOut struct {
	All     Effect
	Without []LeftOut // by cohort
	// Low and High are the smallest and the largest of the effects without a cohort.
	Low, High float64
	// SameSign says whether all of them, and All, have one sign.
	SameSign bool
}

// LeftOut is the overall effect without the units of a cohort.
type LeftOut struct {
	Cohort int
	Units  int    // left out
	Effect Effect // where Err is nil
	Err    error  // wraps an error of package stat: no effect can be estimated without them
	// Shift is how far leaving the cohort out moves the effect, in standard errors of All.
	Shift float64
}

// LeaveCohortsOut estimates an overall effect again and again without one cohort, to
// see whether a single wave of starts makes the result. overall is (*GroupTime).Simple,
// ByCohort or the like. Options.Draws is not used. Work is that of Estimate times the
// cohorts.
//
// Errors: those of Estimate and of overall on the whole panel; ErrTooFew with fewer
// than two cohorts; the context's error.
//
// A result that hangs on one cohort may still be right; it has been seen once only.
func LeaveCohortsOut(ctx context.Context, p Panel, o Options, overall func(*GroupTime) (*Aggregate, error)) (*LeaveOneOut, error) {
	o.Draws = 0
	all, err := overallOf(ctx, p, o, overall)
	if err != nil {
		return nil, fmt.Errorf("leaving cohorts out: %w", err)
	}
	cohorts, units := p.cohorts()
	if len(cohorts) < 2 {
		return nil, fmt.Errorf("leaving cohorts out: %d cohorts: %w", len(cohorts), stat.ErrTooFew)
	}
	r := &LeaveOneOut{All: all, Low: math.Inf(1), High: math.Inf(-1), SameSign: true}
	for _, c := range cohorts {
		left := LeftOut{Cohort: c, Units: units[c]}
		left.Effect, left.Err = overallOf(ctx, p.without(c), o, overall)
		if errors.Is(left.Err, context.Canceled) || errors.Is(left.Err, context.DeadlineExceeded) {
			return nil, fmt.Errorf("leaving cohorts out: %w", left.Err)
		}
		if left.Err == nil {
			left.Shift = (left.Effect.ATT - all.ATT) / all.SE
			r.Low, r.High = math.Min(r.Low, left.Effect.ATT), math.Max(r.High, left.Effect.ATT)
			r.SameSign = r.SameSign && left.Effect.ATT*all.ATT > 0
		}
		r.Without = append(r.Without, left)
	}
	if math.IsInf(r.Low, 1) {
		return nil, fmt.Errorf("leaving cohorts out: %w", r.Without[0].Err)
	}
	return r, nil
}

func overallOf(ctx context.Context, p Panel, o Options, overall func(*GroupTime) (*Aggregate, error)) (Effect, error) {
	r, err := Estimate(ctx, p, o)
	if err != nil {
		return Effect{}, err
	}
	a, err := overall(r)
	if err != nil {
		return Effect{}, err
	}
	return a.Overall, nil
}

// cohorts lists the starts within the panel's time, and how many units each has.
func (p Panel) cohorts() ([]int, map[int]int) {
	units := make(map[int]int)
	if len(p.Period) == 0 {
		return nil, units
	}
	first, last := slices.Min(p.Period), slices.Max(p.Period)
	for _, s := range p.Start {
		if s > first && s <= last {
			units[s]++
		}
	}
	var out []int
	for s := range units {
		out = append(out, s)
	}
	slices.Sort(out)
	return out, units
}

// without leaves out the rows of a cohort's units.
func (p Panel) without(start int) Panel {
	return p.filter(func(row int) bool { return p.Start[p.Unit[row]] != start })
}

// filter keeps the rows that satisfy a condition. Units keep their numbers.
func (p Panel) filter(keep func(row int) bool) Panel {
	q := p
	q.Unit, q.Period, q.Outcome = nil, nil, nil
	for i := range p.Unit {
		if keep(i) {
			q.Unit, q.Period, q.Outcome = append(q.Unit, p.Unit[i]), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
		}
	}
	return q
}
