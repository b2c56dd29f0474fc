package did

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"github.com/liftmark/liftmark/stat"
	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
)

// GroupTime is the set of effects by cohort and period, and what is needed to
// average them. It is not changed by any method and may be shared.
type GroupTime struct {
	Cells    []Cell // by cohort, then period
	Skipped  []Skipped
	Excluded Excluded
	Units    int // units that take part
	Clusters int // independent clusters among them; Units when units are independent
	// Late counts the units that start only after the panel ends. They are among
	// the never-treated.
	Late int
	// Critical is the value that replaces 1.96 in the cells' uniform intervals; 0
	// without a bootstrap.
	Critical float64

	layout     *layout
	options    Options
	plans      []plan      // of each cell
	influences []influence // of each cell
	shares     []share     // of each cohort with effects
	boot       *draws      // nil without a bootstrap
}

// share is a cohort's part of the units (by weight) and how each row moves it.
type share struct {
	cohort    int // first treated period
	value     float64
	influence influence
}

// Estimate computes the group-time effects of a panel.
//
// The panel may have gaps. A cell uses the units with an outcome in both of its
// periods; nothing is imputed, and a unit that lacks other periods stays. On a
// balanced panel this is what R's did does. On one with gaps, did either drops
// every unit with a gap (Panel.Balanced does the same) or, with
// allow_unbalanced_panel, compares all rows of the two periods as cross-sections;
// that uses rows without a partner, lets who is present differ between the two
// periods, and loses the precision of comparing units with themselves. The three
// answers agree only if gaps are unrelated to changes in the outcome.
//
// Standard errors come from influence functions, √(Σ IF²)/n without a
// small-sample factor, summed within clusters first. With few treated units or
// clusters they are too small: look at the counts.
//
// Errors: ErrNotFinite, ErrInvalid (a unit out of range, two rows for one unit and
// period, a negative weight), ErrTooFew (no unit starts within the panel's time),
// ErrNoOverlap (no controls: with NeverTreated, no never-treated units). If no
// cell could be estimated, the first cell's error. The context's error if it ends
// first.
func Estimate(ctx context.Context, p Panel, o Options) (*GroupTime, error) {
	o = o.settle()
	l, err := arrange(p, o)
	if err != nil {
		return nil, fmt.Errorf("group-time effects: %w", err)
	}
	return l.groupTime(ctx, o)
}

// groupTime estimates the effects of a layout.
func (l *layout) groupTime(ctx context.Context, o Options) (*GroupTime, error) {
	r := &GroupTime{Excluded: l.excluded, Units: l.n, Clusters: l.clusters, Late: l.late, layout: l, options: o}
	results, err := l.cells(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("group-time effects: %w", err)
	}
	if err := r.collect(results); err != nil {
		return nil, fmt.Errorf("group-time effects: %w", err)
	}
	r.weigh()
	if o.Draws > 0 {
		if err := r.bootstrap(ctx); err != nil {
			return nil, fmt.Errorf("group-time effects: bootstrap: %w", err)
		}
	}
	return r, nil
}

// result is the outcome of one plan: a cell with its influence function, or an error.
type result struct {
	plan plan
	cell Cell
	inf  influence
	err  error
}

// cells estimates every cell, in parallel over runs of cells that share a sample.
func (l *layout) cells(ctx context.Context, o Options) ([]result, error) {
	var results []result
	for g := range l.targets {
		for _, p := range l.plans(g, o) {
			results = append(results, result{plan: p})
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	group.SetLimit(workers)
	free := make(chan *scratch, workers)
	for range workers {
		free <- new(scratch)
	}
	for from := 0; from < len(results); {
		to := from + 1
		for to < len(results) && results[to].plan.sameUnits(results[from].plan) {
			to++
		}
		run := results[from:to]
		group.Go(func() error {
			work := <-free
			defer func() { free <- work }()
			return l.run(ctx, run, o, work)
		})
		from = to
	}
	return results, group.Wait()
}

// sameUnits says whether two cells compare the same units where no outcome is missing.
func (p plan) sameUnits(q plan) bool { return p.cohort == q.cohort && p.controls == q.controls }

// run estimates cells that compare the same units.
func (l *layout) run(ctx context.Context, results []result, o Options, work *scratch) error {
	var shared *comparison
	var sharedErr error
	for k := range results {
		if err := ctx.Err(); err != nil {
			return err
		}
		r := &results[k]
		p := r.plan
		if p.period == p.base {
			r.cell = l.cell(p, sample{})
			r.cell.Reference = true
			continue
		}
		if l.sections != nil {
			l.estimateSections(r, o.Method)
			continue
		}
		c, err := shared, sharedErr
		if full := l.complete[p.period] && l.complete[p.base]; !full || c == nil && err == nil {
			c, err = l.compare(l.sample(p, work), o.Method, work)
			shared, sharedErr = nil, nil // its columns are now lent to c
			if full {
				shared, sharedErr = c, err
			}
		}
		if r.err = err; err == nil {
			l.estimate(r, c, work)
		}
	}
	return nil
}

// noSpread is the share of the largest change below which a standard error is
// rounding: the changes do not vary.
const noSpread = 1e-12

func (l *layout) estimate(r *result, c *comparison, work *scratch) {
	r.cell = l.cell(r.plan, c.sample)
	dy := l.changes(r.plan, c.sample, work.take(changed, len(c.at)))
	largest := largestOf(dy)
	att, inf := c.effect(dy, work.take(moved, len(dy)))
	r.settle(l, att, l.spread(r.plan, c.sample, inf), largest)
}

// settle fills in the estimate of a cell. largest is the largest of the values that
// it is made of.
func (r *result) settle(l *layout, att float64, inf influence, largest float64) {
	r.inf = l.byCluster(inf)
	r.cell.ATT, r.cell.SE = att, r.inf.norm()/float64(l.n)
	switch {
	case !isFinite(att) || !isFinite(r.cell.SE):
		r.err = fmt.Errorf("outcomes of up to %g overflow: %w", largest, stat.ErrNotFinite)
	case r.cell.SE <= noSpread*largest:
		r.cell.SE, r.inf = 0, nil
	}
}

func largestOf(values []float64) float64 { return floats.Norm(values, math.Inf(1)) }

func (l *layout) cell(p plan, s sample) Cell {
	return Cell{Cohort: l.cohorts[p.cohort].start, Period: l.periods[p.period], Base: l.periods[p.base],
		Treated: s.treated, Controls: len(s.at) - s.treated}
}

// collect keeps the cells that could be estimated and lists the others.
func (r *GroupTime) collect(results []result) error {
	var first error
	varies := false
	z := stat.Critical(r.options.Level)
	for _, res := range results {
		if res.err != nil {
			start, period := r.layout.cohorts[res.plan.cohort].start, r.layout.periods[res.plan.period]
			err := fmt.Errorf("cohort %d in period %d: %w", start, period, res.err)
			r.Skipped = append(r.Skipped, Skipped{Cohort: start, Period: period, Err: err})
			if first == nil {
				first = err
			}
			continue
		}
		cell := res.cell
		if cell.SE > 0 {
			varies = true
			cell.Interval = around(cell.ATT, cell.SE, z, r.options.Level)
		}
		r.Cells = append(r.Cells, cell)
		r.plans = append(r.plans, res.plan)
		r.influences = append(r.influences, res.inf)
	}
	switch {
	case varies:
		return nil
	case first != nil:
		return first
	}
	return fmt.Errorf("no change varies among the treated or their controls: %w", stat.ErrNoVariance)
}

// weigh computes the cohorts' shares of the units, which weight the averages.
func (r *GroupTime) weigh() {
	l := r.layout
	total := float64(l.n)
	for _, c := range l.cohorts[:l.targets] {
		s := share{cohort: c.start}
		for i := c.from; i < c.to; i++ {
			s.value += l.weight(i) / total
		}
		moves := make([]float64, l.n)
		for i := range moves {
			moves[i] = -s.value
			if i >= c.from && i < c.to {
				moves[i] += l.weight(i)
			}
		}
		s.influence = l.byCluster(influence{{values: moves}})
		r.shares = append(r.shares, s)
	}
}

func (l *layout) weight(i int) float64 {
	if l.w == nil {
		return 1
	}
	return l.w[i]
}

func around(value, se, width, level float64) stat.Interval {
	return stat.Interval{Low: value - width*se, High: value + width*se, Level: level}
}
