package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/stat/trial"
	"gonum.org/v1/gonum/stat/distuv"
)

// The adjustment of trials sees six months; the months before them test it.
const (
	unseenFrom = 9   // first month of the unseen history, counted back from training
	unseenTo   = 6   // and its end, exclusive
	cheapDraws = 100 // bootstrap draws of a check
)

// checkTrials tries to break a target-trial estimate.
func (a *analysis) checkTrials(ctx context.Context, f *Finding, e *eventPanel, o trial.Options, r *trial.Result) error {
	st := a.stackOf(a.timeCovariates(), func(i int, m month) bool {
		return a.presentAfter(i, m) && int(m-a.c.accounts[i].joined) >= o.MinTenure-1
	})
	placebo, err := a.placeboTrials(ctx, st, e, o)
	if err != nil {
		return err
	}
	hidden, err := a.hiddenTrials(ctx, f, e, o)
	if err != nil {
		return err
	}
	co, err := a.coInterventions(ctx, st)
	if err != nil {
		return err
	}
	rule, err := a.otherRule(ctx, f, trialEffect)
	if err != nil {
		return err
	}
	f.Checks = append(f.Checks, a.trendTrials(st), placebo, balanceCheck(f.Balance, nil), overlapTrials(r),
		fewClusters(f.Arms), co, hidden,
		newCheck(checkMissing, Noted, "An account without records of its end counts as still there: follow-up ends with the data."),
		newCheck(checkRegressionToMean, Noted, "The outcome is an event, not a level that could return to normal; levels and trends before training are balanced."),
		rule)
	return nil
}

// presentAfter says whether an account is at risk at the end of a month.
func (a *analysis) presentAfter(i int, m month) bool {
	return a.fates[i].atRiskAfter(m) && m >= a.c.accounts[i].joined
}

func overlapTrials(r *trial.Result) Check {
	verdict := Passed
	if r.Control.ESS < minUnits || r.Treated.ESS < minUnits {
		verdict = Failed
	}
	return newCheck(checkOverlap, verdict, "After weighting, the %s account-trials compared with are worth %s equally weighted ones, the trained %s; the largest weight is %s.",
		figure.Count(r.Control.UnitTrials), figure.Number(r.Control.ESS, 0), figure.Number(r.Treated.ESS, 0), figure.Number(max(r.Control.Weights.Max, r.Treated.Weights.Max), 1))
}

// trendTrials compares trends in the months that the adjustment did not see.
func (a *analysis) trendTrials(s *stack) Check {
	return a.unseen(s, checkPreTrend, "trends", func(k kpiCovariate, e entry) float64 {
		late := k.series.mean(e.account, e.month-unseenTo, e.month-recentMonths)
		early := k.series.mean(e.account, e.month-unseenFrom, e.month-unseenTo)
		return scaleValue(late, k.log) - scaleValue(early, k.log)
	})
}

// placeboTrials tries the design where there can be no effect. For an event that
// does not end an account's time as a customer the date of training is moved
// back; one that does leaves nothing to compare before training, because
// accounts that train have not had it. Then the KPIs of months before training
// that the adjustment did not see take the outcome's place.
func (a *analysis) placeboTrials(ctx context.Context, s *stack, e *eventPanel, o trial.Options) (Check, error) {
	if a.def.Kind != "duration" {
		c := a.unseen(s, checkPlacebo, "levels", func(k kpiCovariate, e entry) float64 {
			return scaleValue(k.series.mean(e.account, e.month-unseenFrom, e.month-unseenTo), k.log)
		})
		c.Detail += " (Moving the date of training back cannot test this outcome: accounts that trained had, by that alone, not had the event before.)"
		return c, nil
	}
	moved := a.stayed(e)
	o.Lead, o.Strategy, o.Draws = placeboMonths, trial.AsStarted, cheapDraws
	r, _, _, err := runTrial(ctx, moved, o)
	if ctx.Err() != nil {
		return Check{}, ctx.Err()
	}
	if err != nil {
		return newCheck(checkPlacebo, Impossible, "A date of training %s earlier could not be tried: %v.", plural(placeboMonths, "month"), err), nil
	}
	effect := effectOf(r.RiskDifference)
	verdict, said := Passed, "there is none, as there should be"
	if excludesZero(effect) {
		verdict, said = Failed, "there seems to be one, which training cannot have caused"
	}
	c := newCheck(checkPlacebo, verdict, "Had accounts trained %s earlier, an effect before the real training would be %s: %s.", plural(placeboMonths, "month"), a.m.full(effect), said)
	c.Effect = &effect
	return c, nil
}

// stayed tells of each unit how long it was still a customer, event or not, and
// when it trained in that time.
func (a *analysis) stayed(e *eventPanel) *eventPanel {
	out := e.without(func(int) bool { return false })
	out.Units, out.Remained = slices.Clone(e.Units), make([]int, len(e.Units))
	for k, i := range e.accounts {
		last := a.c.months.to - 1
		if spells := a.c.accounts[i].spells; len(spells) > 0 && !spells[len(spells)-1].to.IsZero() {
			last = min(last, monthOf(spells[len(spells)-1].to, a.c.zone)-1)
		}
		u := &out.Units[k]
		out.Remained[k] = max(int(last-a.c.months.from), u.Exit-1)
		if st := a.c.rollout.starts[i]; st.ever && u.Treated == trial.Never && int(st.month-a.c.months.from) <= out.Remained[k] {
			u.Treated = max(int(st.month-a.c.months.from), u.Entry)
		}
	}
	return out
}

// unseen compares KPIs between the weighted arms in months before training that
// the adjustment did not look at. The limits are Bonferroni's over the KPIs. A
// difference below a tenth of a standard deviation passes, however sure it is.
func (a *analysis) unseen(s *stack, id, what string, value func(kpiCovariate, entry) float64) Check {
	if s.weights == nil {
		return newCheck(id, Impossible, "Who trains could not be modelled: %v.", s.problem)
	}
	if len(a.kpis) == 0 {
		return newCheck(id, Impossible, "The plan names no KPI among its covariates whose history could be compared.")
	}
	z := distuv.UnitNormal.Quantile(1 - alpha/2/float64(len(a.kpis)))
	verdict := Passed
	var said []string
	for _, k := range a.kpis {
		d, err := s.difference(func(e entry) float64 { return value(k, e) }, z)
		if err != nil {
			said = append(said, fmt.Sprintf("%s: too few accounts have so long a history", k.name))
			if verdict == Passed {
				verdict = Impossible
			}
			continue
		}
		said = append(said, fmt.Sprintf("%s by %s standard deviations (%d trained accounts)", k.name, figure.Number(d.smd, 2), d.treated))
		if excludesZero(d.effect) && math.Abs(d.smd) >= balanceLimit {
			verdict = Failed
		}
	}
	return newCheck(id, verdict, "In the months %d to %d before training, which the adjustment does not look at by themselves, the weighted arms' %s differed: %s. A tenth or more, beyond chance, would fail.",
		unseenFrom, nearest(id), what, strings.Join(said, "; "))
}

// nearest is the month, counted back from training, at which a check of the
// unseen history ends.
func nearest(id string) int {
	if id == checkPreTrend {
		return recentMonths + 1
	}
	return unseenTo + 1
}

// hiddenTrials leaves out each known reason for training in turn.
func (a *analysis) hiddenTrials(ctx context.Context, f *Finding, e *eventPanel, o trial.Options) (Check, error) {
	var strongest shift
	if excludesZero(*f.Effect) {
		o.Draws = pointDraws
		groups := map[string]bool{}
		for _, g := range e.groups {
			groups[g] = true
		}
		for _, g := range keysOf(groups) {
			r, _, _, err := runTrial(ctx, e.without(func(j int) bool { return e.groups[j] == g }), o)
			if ctx.Err() != nil {
				return Check{}, ctx.Err()
			}
			if err == nil {
				strongest.keep(g, r.RiskDifference.Value-f.Effect.Value)
			}
		}
	}
	return a.hidden(f, strongest, len(e.Names) > 0), nil
}
