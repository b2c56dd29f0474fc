package study

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

const (
	level        = 0.95
	leadMonths   = 12 // months before training that the event study shows and the pre-trend test joins
	lagMonths    = 24 // months after it that the event study shows
	minBehind    = 5  // trained accounts behind a point of the event study
	skippedLimit = 0.05
)

// The month of training is a mixture: it counts as a month in which units may
// already react (anticipation 1), and the first whole month after it is the
// first treated one. Event time of package did plus 1 is months since training.
const (
	anticipation = 1
	sinceShift   = 1
)

// staggered is a difference-in-differences estimate and how it was adjusted.
type staggered struct {
	cells    *did.GroupTime
	overall  *did.Aggregate
	events   *did.Aggregate
	method   did.Method
	adjusted bool // whether covariates entered
	note     string
	rank     int // of the attempt that gave it
}

// didPanel arranges rows for package did; starts are shifted to the first whole
// month after training, covariates may be nil.
func (p *panel) didPanel(columns []covariate) did.Panel {
	out := did.Panel{Start: make([]int, len(p.start)), Unit: p.units, Period: p.periods, Outcome: p.values}
	for i, s := range p.start {
		if out.Start[i] = s; s != did.Never {
			out.Start[i] = s + anticipation
		}
	}
	for _, c := range columns {
		out.Covariates = append(out.Covariates, c.values)
	}
	return out
}

// attempt is a way to use the covariates.
type attempt struct {
	method   did.Method
	adjusted bool
	note     string
}

// attempts are tried in turn. Cohorts too small for a model of who trains fall
// back on outcome regression, which needs enough controls only, and at last on
// no covariates; the note says so.
func attempts() []attempt {
	return []attempt{
		{did.DoublyRobust, true, ""},
		{did.OutcomeRegression, true, "The accounts that train in one month are too few for a model of who trains, so covariates enter through the model of the outcome alone (outcome regression)."},
		{did.DoublyRobust, false, "Covariates could not be used: there are too few accounts for a model with them."},
	}
}

// estimateStaggered takes the first attempt, counted from rank on, that loses
// hardly any of the cells that can be compared without covariates. A check
// starts from the rank of the estimate that it checks.
func estimateStaggered(ctx context.Context, p *panel, columns []covariate, o did.Options, rank int) (*staggered, error) {
	quick := o
	quick.Draws = 0
	best, err := did.Estimate(ctx, p.didPanel(nil), quick)
	if err != nil {
		return nil, err
	}
	for i, a := range attempts() {
		if i < rank {
			continue
		}
		used := columns
		if !a.adjusted {
			used = nil
		}
		s, err := runStaggered(ctx, p, used, o, a.method)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !a.adjusted {
			if err == nil && len(columns) > 0 {
				s.note, s.rank = a.note, i
			}
			return s, err
		}
		if err == nil && lost(best, s.cells) <= skippedLimit {
			s.adjusted = len(used) > 0
			if s.adjusted {
				s.note, s.rank = a.note, i
			}
			return s, nil
		}
	}
	panic("study: the last attempt always returns")
}

func runStaggered(ctx context.Context, p *panel, columns []covariate, o did.Options, method did.Method) (*staggered, error) {
	o.Method = method
	if o.Draws > 0 { // a source is spent by a run: each attempt has its own
		o.Source = rand.NewPCG(o.Source.Uint64(), uint64(method))
	}
	cells, err := did.Estimate(ctx, p.didPanel(columns), o)
	if err != nil {
		return nil, err
	}
	s := &staggered{cells: cells, method: method}
	if s.overall, err = cells.Simple(); err != nil {
		return nil, err
	}
	from, to := -leadMonths/p.step-sinceShift, lagMonths/p.step-sinceShift
	if s.events, err = cells.Dynamic(did.Window{From: &from, To: &to}); err != nil {
		return nil, err
	}
	return s, nil
}

// lost is the share of treated account-months after training that the plain
// estimate compares and the other cannot.
func lost(plain, other *did.GroupTime) float64 {
	rows := func(r *did.GroupTime) (n float64) {
		for _, c := range r.Cells {
			if c.Period >= c.Cohort {
				n += float64(c.Treated)
			}
		}
		return n
	}
	return 1 - rows(other)/rows(plain)
}

// options of the main estimate.
func (a *analysis) didOptions(draws int) did.Options {
	o := did.Options{Control: did.NotYetTreated, Base: did.Universal, Anticipation: anticipation, Level: level, Draws: draws}
	if draws > 0 {
		o.Source = a.source(streamDiD)
	}
	return o
}

// runStaggered estimates the outcome as a panel and fills the finding.
func (a *analysis) runStaggered(ctx context.Context, f *Finding) error {
	columns := a.staticCovariates()
	p := a.c.panelOf(a.series)
	s, err := estimateStaggered(ctx, p, columns, a.didOptions(a.plan.Draws), 0)
	if err != nil {
		return fmt.Errorf("difference-in-differences of %s: %w", a.ref.key(), err)
	}
	a.describeStaggered(f, p, s)
	return a.checkStaggered(ctx, f, p, s, columns)
}

func (a *analysis) describeStaggered(f *Finding, p *panel, s *staggered) {
	o := s.overall.Overall
	f.Effect = &Effect{Value: o.ATT, SE: o.SE, Low: o.Interval.Low, High: o.Interval.High, Level: level}
	f.Draws, f.units = s.overall.Draws, s.cells.Units
	observed := a.observedAfter(p, s)
	f.Relative = relativeTo(*f.Effect, observed)
	treatedRows, controlRows := a.rowsOf(p)
	f.Arms = []Arm{
		{Name: armTrained, Units: o.Treated, Rows: treatedRows, Level: observed},
		{Name: armUntrained, Units: o.Controls, Rows: controlRows, Level: observed - o.ATT},
	}
	f.EventStudy = eventPoints(p, s.events)
	f.Caveats = append(f.Caveats, p.notes()...)
	f.Caveats = append(f.Caveats, excludedNotes(p, s.cells)...)
	if s.note != "" {
		f.Caveats = append(f.Caveats, s.note)
	}
}

// The names of the arms.
const (
	armTrained   = "trained"
	armUntrained = "not (yet) trained"
)

// observedAfter is the outcome of trained accounts as it was, averaged over the
// cells that the overall effect averages, with its weights: cohort by size.
func (a *analysis) observedAfter(p *panel, s *staggered) float64 {
	type key struct{ cohort, period int }
	sum, n := map[key]float64{}, map[key]float64{}
	size := map[int]float64{}
	for i, u := range p.units {
		if start := p.start[u]; start != did.Never && p.periods[i] > start {
			k := key{start + anticipation, p.periods[i]}
			sum[k] += p.values[i]
			n[k]++
			size[k.cohort] = max(size[k.cohort], n[k])
		}
	}
	var total, weight float64
	for _, c := range s.cells.Cells {
		k := key{c.Cohort, c.Period}
		if c.Period >= c.Cohort && n[k] > 0 {
			w := size[c.Cohort]
			total += w * sum[k] / n[k]
			weight += w
		}
	}
	return total / weight
}

// rowsOf counts rows after training and without it.
func (a *analysis) rowsOf(p *panel) (trained, untrained int) {
	for i, u := range p.units {
		switch start := p.start[u]; {
		case start == did.Never || p.periods[i] < start:
			untrained++
		case p.periods[i] > start:
			trained++
		}
	}
	return trained, untrained
}

// relativeTo turns an effect into a share of the level without it, which is the
// observed level less the effect. The observed level is taken as known. Nil when
// the level without training is not clearly above zero.
func relativeTo(e Effect, observed float64) *Effect {
	if observed-e.High <= 0 || observed-e.Value <= 0 {
		return nil
	}
	of := func(x float64) float64 { return x / (observed - x) }
	base := observed - e.Value
	return &Effect{Value: of(e.Value), SE: e.SE * observed / (base * base), Low: of(e.Low), High: of(e.High), Level: e.Level}
}

// eventPoints leaves out points with hardly any trained account behind them,
// which are wide enough to hide the others.
func eventPoints(p *panel, events *did.Aggregate) []EventPoint {
	var out []EventPoint
	most := 0
	for _, e := range events.Effects {
		most = max(most, e.Treated)
	}
	for _, e := range events.Effects {
		if !e.Reference && e.Treated < min(minBehind, most) {
			continue
		}
		out = append(out, EventPoint{
			Period: (e.At + sinceShift) * p.step, Reference: e.Reference, Treated: e.Treated, Controls: e.Controls,
			Effect:  Effect{Value: e.ATT, SE: e.SE, Low: e.Interval.Low, High: e.Interval.High, Level: level},
			BandLow: e.Uniform.Low, BandHigh: e.Uniform.High,
		})
	}
	return out
}

func excludedNotes(p *panel, r *did.GroupTime) []string {
	var out []string
	if n := r.Excluded.AlwaysTreated; n > 0 {
		out = append(out, fmt.Sprintf("%s trained by the first %s of the data and are left out: there is nothing before.", plural(n, "account")+" had", p.months(1)))
	}
	if n := len(r.Excluded.Periods); n > 0 {
		out = append(out, fmt.Sprintf("The last %s cannot be used: by then every account had trained and none is left to compare with.", p.months(n)))
	}
	empty, unfit := skipped(r)
	all := plural(len(r.Skipped)+len(r.Cells), "pair") + " of starting and calendar period"
	if empty > 0 {
		out = append(out, fmt.Sprintf("Of the %s, %d could not be compared because no account has a value in both periods that it takes.", all, empty))
	}
	if unfit > 0 {
		out = append(out, fmt.Sprintf("Of the %s, %d were left out because their accounts are too few for a model with the covariates.", all, unfit))
	}
	return out
}

// skipped counts the cells without data, and those that the covariates broke.
func skipped(r *did.GroupTime) (empty, unfit int) {
	for _, s := range r.Skipped {
		if errors.Is(s.Err, stat.ErrTooFew) || errors.Is(s.Err, stat.ErrNoOverlap) {
			empty++
		} else {
			unfit++
		}
	}
	return empty, unfit
}
