package study

import (
	"context"
	"math"
	"slices"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/stat/did"
)

const (
	alpha         = 0.05
	placeboMonths = 3 // how much earlier the placebo date lies
	recentLeads   = 9 // months before training whose level the last of them is compared with
	minLeads      = 2 // months before training that a trend takes, beside the one compared with
)

// checkStaggered tries to break a difference-in-differences estimate.
func (a *analysis) checkStaggered(ctx context.Context, f *Finding, p *panel, s *staggered, columns []covariate) error {
	rows := p.has()
	st := a.stackOf(constant(columns, a.plan.Covariates.Fields), func(i int, m month) bool { return rows[i] && a.c.customerFor(i, m) })
	f.addBalance(st)
	placebo, err := a.placeboDate(ctx, p, columns, s.rank)
	if err != nil {
		return err
	}
	hidden, err := a.hiddenStaggered(ctx, f, p, s, columns)
	if err != nil {
		return err
	}
	co, err := a.coInterventions(ctx, st)
	if err != nil {
		return err
	}
	missing, err := a.missing(ctx, columns, s.rank)
	if err != nil {
		return err
	}
	rule, err := a.otherRule(ctx, f, staggeredEffect)
	if err != nil {
		return err
	}
	f.Checks = append(f.Checks, a.preTrend(p, s), placebo, balanceCheck(f.Balance, st.problem), overlap(st),
		fewClusters(f.Arms), co, hidden, missing, a.regressionToMean(p, s), a.oneCohort(s), rule)
	return nil
}

// constant reads columns that are the same in every month.
func constant(columns []covariate, fields []string) []timeCovariate {
	var out []timeCovariate
	for _, c := range columns {
		out = append(out, timeCovariate{c.name, groupOf(c.name, fields), func(i int, _ month) float64 { return c.values[i] }})
	}
	return out
}

// isLead says whether an event time lies before the month of training, and
// before the month that it is compared with.
func isLead(e did.Effect) bool { return !e.Reference && e.At+sinceShift < 0 && e.SE > 0 }

// preTrend tests jointly that trained accounts moved like the others in the
// months before training.
func (a *analysis) preTrend(p *panel, s *staggered) Check {
	leads := slices.DeleteFunc(slices.Clone(s.events.Effects), func(e did.Effect) bool { return !isLead(e) })
	if len(leads) == 0 {
		return newCheck(checkPreTrend, Impossible, "Too few months before training to see a trend.")
	}
	test, err := s.events.Joint(isLead)
	if err != nil {
		return newCheck(checkPreTrend, Impossible, "%s before training are too few, or too alike, for a joint test.", p.months(len(leads)))
	}
	worst := leads[0]
	for _, e := range leads {
		if math.Abs(e.ATT) > math.Abs(worst.ATT) {
			worst = e
		}
	}
	e := didEffect(worst)
	verdict, said := Passed, "moved like the others"
	if test.P < alpha {
		verdict, said = Failed, "did not move like the others"
	}
	c := newCheck(checkPreTrend, verdict, "In the %s before training, accounts that later trained %s (joint test, p = %s). The largest difference was %s, %s before training.",
		p.months(len(leads)), said, pText(test.P), a.m.full(e), p.months(-(worst.At + sinceShift)))
	c.Effect, c.P = &e, &test.P
	return c
}

func didEffect(e did.Effect) Effect {
	return Effect{Value: e.ATT, SE: e.SE, Low: e.Interval.Low, High: e.Interval.High, Level: level}
}

func pText(p float64) string {
	if p < 0.001 {
		return "below 0.001"
	}
	return figure.Number(p, 3)
}

// placeboDate pretends that accounts trained some months earlier and looks at
// the months until they really did: there must be no effect.
func (a *analysis) placeboDate(ctx context.Context, p *panel, columns []covariate, rank int) (Check, error) {
	back := placeboMonths / p.step
	o := a.didOptions(0)
	o.Anticipation = 0 // no month of training to leave out: the date is made up
	s, err := estimateStaggered(ctx, p.before(back), columns, o, rank)
	if ctx.Err() != nil {
		return Check{}, ctx.Err()
	}
	if err != nil {
		return newCheck(checkPlacebo, Impossible, "Too few months before training to try a date %s earlier.", plural(placeboMonths, "month")), nil
	}
	e := didEffect(s.overall.Overall)
	verdict, said := Passed, "there is none, as there should be"
	if excludesZero(e) {
		verdict, said = Failed, "there seems to be one, which training cannot have caused"
	}
	c := newCheck(checkPlacebo, verdict, "Had accounts trained %s earlier, an effect before the real training would be %s: %s.", plural(placeboMonths, "month"), a.m.full(e), said)
	c.Effect = &e
	return c, nil
}

// before moves every start back and drops the rows from the real start on.
func (p *panel) before(periods int) *panel {
	out := &panel{step: p.step, origin: p.origin, start: slices.Clone(p.start)}
	for u, s := range p.start {
		if s != did.Never {
			out.start[u] = s - periods - anticipation // which didPanel adds again
		}
	}
	for k, u := range p.units {
		if s := p.start[u]; s == did.Never || p.periods[k] < s {
			out.row(u, p.periods[k], p.values[k])
		}
	}
	return out
}

// regressionToMean asks whether the month that effects are measured from was an
// ordinary one: accounts that train after a peak would fall back anyway.
func (a *analysis) regressionToMean(p *panel, s *staggered) Check {
	var keep []int
	for i, e := range s.events.Effects {
		if at := e.At + sinceShift; isLead(e) && at*p.step >= -recentLeads {
			keep = append(keep, i)
		}
	}
	if len(keep) < minLeads {
		return newCheck(checkRegressionToMean, Impossible, "Too few months before training to know an ordinary one.")
	}
	value, variance := 0.0, 0.0
	n := float64(len(keep))
	for _, i := range keep {
		value -= s.events.Effects[i].ATT / n
		for _, j := range keep {
			variance += s.events.Covariance.At(i, j) / (n * n)
		}
	}
	se := math.Sqrt(variance)
	e := Effect{Value: value, SE: se, Low: value - z95*se, High: value + z95*se, Level: level}
	verdict, said := Passed, "so there was no dip or peak to return from"
	if excludesZero(e) {
		verdict, said = Failed, "so part of the later change may be a return to normal"
	}
	c := newCheck(checkRegressionToMean, verdict, "The last %s before training, against the %s before, moved by %s more than among other accounts, %s.", p.last(), p.months(len(keep)), a.m.full(e), said)
	c.Effect = &e
	return c
}

// oneCohort leaves out each month's starters in turn.
func (a *analysis) oneCohort(s *staggered) Check {
	by, err := s.cells.ByCohort()
	if err != nil || len(by.Effects) < 3 {
		return newCheck(checkLeaveOneOut, Impossible, "Too few months in which accounts trained to leave one out.")
	}
	total, weight := 0.0, 0.0
	for _, e := range by.Effects {
		total += float64(e.Treated) * e.ATT
		weight += float64(e.Treated)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, e := range by.Effects {
		rest := (total - float64(e.Treated)*e.ATT) / (weight - float64(e.Treated))
		low, high = min(low, rest), max(high, rest)
	}
	all := total / weight
	verdict, said := Passed, "no single month's starters decide the sign"
	if excludesZero(didEffect(s.overall.Overall)) && (low < 0) != (high < 0) {
		verdict, said = Failed, "the sign depends on one month's starters"
	}
	d := decimals(a.m.scale*low, a.m.scale*high)
	return newCheck(checkLeaveOneOut, verdict, "Leaving out the starters of one month at a time moves the average over cohorts from %s to between %s and %s: %s.",
		a.m.signed(all, d), a.m.signed(low, d), a.m.signed(high, d), said)
}

// hiddenStaggered leaves out each known reason for training in turn.
func (a *analysis) hiddenStaggered(ctx context.Context, f *Finding, p *panel, s *staggered, columns []covariate) (Check, error) {
	groups := map[string]bool{}
	for _, c := range columns {
		groups[groupOf(c.name, a.plan.Covariates.Fields)] = true
	}
	strongest := shift{}
	if s.adjusted && excludesZero(*f.Effect) {
		for _, g := range keysOf(groups) {
			rest := slices.DeleteFunc(slices.Clone(columns), func(c covariate) bool { return groupOf(c.name, a.plan.Covariates.Fields) == g })
			r, err := runStaggered(ctx, p, rest, a.didOptions(0), s.method)
			if ctx.Err() != nil {
				return Check{}, ctx.Err()
			}
			if err == nil {
				strongest.keep(g, r.overall.Overall.ATT-f.Effect.Value)
			}
		}
	}
	return a.hidden(f, strongest, s.adjusted), nil
}

// shift is by how much an estimate moves when a covariate is left out.
type shift struct {
	covariate string
	by        float64
}

func (s *shift) keep(covariate string, by float64) {
	if s.covariate == "" || math.Abs(by) > math.Abs(s.by) {
		s.covariate, s.by = covariate, by
	}
}
