package trial

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// drawn is what one bootstrap sample gave. naive is empty where the naive
// comparison was impossible.
type drawn struct {
	found, naive curves
	err          error
}

// bootstrap resamples clusters and estimates again. Draw d has a random source
// of its own, so that the order of work does not matter.
func bootstrap(ctx context.Context, main *replicate) ([]drawn, error) {
	e := main.model.emulation
	draws := make([]drawn, e.opt.Draws)
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(draws)) {
		group.Go(func() {
			r := newReplicate(e)
			for d := int(next.Add(1)) - 1; d < len(draws) && ctx.Err() == nil; d = int(next.Add(1)) - 1 {
				draws[d] = r.draw(uint64(d), main.model)
			}
		})
	}
	group.Wait()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	return estimable(draws)
}

// estimable leaves out the draws that failed, if they are few.
func estimable(draws []drawn) ([]drawn, error) {
	kept := slices.DeleteFunc(slices.Clone(draws), func(d drawn) bool { return d.err != nil })
	failed := len(draws) - len(kept)
	if failed*10 <= len(draws) {
		return kept, nil
	}
	first := slices.IndexFunc(draws, func(d drawn) bool { return d.err != nil })
	return nil, fmt.Errorf("%d of %d bootstrap draws cannot be estimated, the first because of: %w (%w)", failed, len(draws), draws[first].err, stat.ErrTooFew)
}

func (r *replicate) draw(d uint64, start *propensity) drawn {
	rng := rand.New(rand.NewPCG(r.model.opt.Seed, d))
	clear(r.count)
	for range r.count {
		r.count[rng.IntN(len(r.count))]++
	}
	found, err := r.run(start)
	if err != nil {
		return drawn{err: err}
	}
	naive, _ := r.naiveCurves() // empty if impossible
	return drawn{found: found, naive: naive}
}

// addIntervals gives every estimate its draws, standard error and interval.
func (res *Result) addIntervals(draws []drawn, level float64) {
	h := res.Horizon
	set := func(e *Effect, of func(drawn) float64) { e.describe(draws, level, of) }
	set(&res.Treated.Risk, func(d drawn) float64 { return 1 - d.found.treated[h] })
	set(&res.Control.Risk, func(d drawn) float64 { return 1 - d.found.control[h] })
	set(&res.Treated.RMST, func(d drawn) float64 { return restrictedMean(d.found.treated) })
	set(&res.Control.RMST, func(d drawn) float64 { return restrictedMean(d.found.control) })
	set(&res.RiskRatio, func(d drawn) float64 { return (1 - d.found.treated[h]) / (1 - d.found.control[h]) })
	set(&res.RMSTDifference, func(d drawn) float64 { return restrictedMean(d.found.treated) - restrictedMean(d.found.control) })
	for n := range h {
		set(&res.RiskDifferences[n], func(d drawn) float64 { return d.found.control[n+1] - d.found.treated[n+1] })
	}
	res.RiskDifference = res.RiskDifferences[h-1]
	for n := range h + 1 {
		var treated, control Effect
		set(&treated, func(d drawn) float64 { return d.found.treated[n] })
		set(&control, func(d drawn) float64 { return d.found.control[n] })
		res.Treated.Curve[n].Interval, res.Control.Curve[n].Interval = treated.Interval, control.Interval
	}
	res.naiveInterval(draws, level)
	res.Draws = len(draws)
}

// naiveInterval drops the naive comparison where a draw had none: its interval
// would be of other samples than the rest.
func (res *Result) naiveInterval(draws []drawn, level float64) {
	if res.Naive == nil {
		return
	}
	if slices.ContainsFunc(draws, func(d drawn) bool { return d.naive.treated == nil }) {
		res.Naive = nil
		return
	}
	h := res.Horizon
	res.Naive.RiskDifference.describe(draws, level, func(d drawn) float64 { return d.naive.control[h] - d.naive.treated[h] })
}

func (e *Effect) describe(draws []drawn, level float64, of func(drawn) float64) {
	e.Draws = make([]float64, len(draws))
	for k, d := range draws {
		e.Draws[k] = of(d)
	}
	sorted := slices.Clone(e.Draws)
	slices.Sort(sorted)
	tail := (1 - level) / 2
	e.Interval = stat.Interval{Low: percentile(sorted, tail), High: percentile(sorted, 1-tail), Level: level}
	if sorted[0] == sorted[len(sorted)-1] { // no draw has an event yet: nothing is known of the uncertainty
		e.Interval.Level = 0
	}
	moments, err := summary.Of(e.Draws)
	if err != nil {
		panic(fmt.Sprintf("trial: draws of an estimate: %v", err)) // estimable draws are finite and at least 18
	}
	e.SE = moments.SD()
}

// percentile is the value in place p·(n+1) of n sorted draws, the first or the
// last where there is none: as likely as p to exceed another draw. In place
// p·(n−1)+1, as quantiles of a sample are usually taken, an interval of 95 % would
// hold but 93 of 100 further draws when there are 100, 94 when there are 200.
//
// Source: Davison and Hinkley (1997), Bootstrap Methods and their Application, §2.4.
func percentile(sorted []float64, p float64) float64 {
	n := float64(len(sorted))
	place := min(max(p*(n+1), 1), n)
	return summary.QuantileSorted(sorted, (place-1)/(n-1))
}
