package study

import (
	"context"
	"fmt"
	"math"
	"strings"
)

// A laxer and a stricter share of seats are so many times the plan's.
const (
	laxer    = 2.0 / 3
	stricter = 3.0 / 2
)

// otherRules are laxer and stricter rules for when an account counts as trained.
func otherRules(rule Treatment) []Treatment {
	with := func(share float64, people int) Treatment {
		r := rule
		r.Share, r.People = share, people
		return r
	}
	switch {
	case rule.Share > 0:
		return []Treatment{with(laxer*rule.Share, 0), with(math.Min(1, stricter*rule.Share), 0)}
	case rule.People > 1:
		return []Treatment{with(0, rule.People-1), with(0, rule.People+1)}
	default:
		return []Treatment{with(0, 2)}
	}
}

// under gives the company as another rule dates it.
func (c *company) under(rule Treatment) *company {
	out := *c
	out.rollout = dateStarts(rule, c.accounts, c.firsts, c.people, c.zone)
	return &out
}

// otherRule estimates the effect again for other rules of who counts as trained:
// the rule is a choice, and an answer should not hang on it. It fails when an
// estimate clearly has the other sign. Nearer to zero is no contradiction: under
// a stricter rule, accounts with some training are among those compared with.
func (a *analysis) otherRule(ctx context.Context, f *Finding, estimate func(context.Context, *analysis) (Effect, error)) (Check, error) {
	var said []string
	known, verdict := 0, Passed
	for _, rule := range otherRules(a.plan.Treatment) {
		b := *a
		b.c = a.c.under(rule)
		e, err := estimate(ctx, &b)
		if ctx.Err() != nil {
			return Check{}, ctx.Err()
		}
		if err != nil {
			said = append(said, fmt.Sprintf("with %s, too few accounts count as trained, or remain", rule.who()))
			continue
		}
		known++
		said = append(said, fmt.Sprintf("with %s it is %s", rule.who(), a.m.full(e)))
		if (e.Value < 0) != (f.Effect.Value < 0) && verdict == Passed {
			verdict = Noted
		}
		if excludesZero(e) && excludesZero(*f.Effect) && (e.Value < 0) != (f.Effect.Value < 0) {
			verdict = Failed
		}
	}
	switch {
	case known == 0:
		verdict = Impossible
	case !excludesZero(*f.Effect):
		verdict = Noted
	}
	return newCheck(checkRule, verdict, "The effect under other rules for who counts as trained: %s.", strings.Join(said, "; ")), nil
}

// staggeredEffect is a difference-in-differences without bootstrap.
func staggeredEffect(ctx context.Context, a *analysis) (Effect, error) {
	s, err := estimateStaggered(ctx, a.c.panelOf(a.series), a.staticCovariates(), a.didOptions(0), 0)
	if err != nil {
		return Effect{}, err
	}
	return didEffect(s.overall.Overall), nil
}

// trialEffect is an estimate by target trials with few draws.
func trialEffect(ctx context.Context, a *analysis) (Effect, error) {
	e := a.eventPanelOf(a.timeCovariates())
	r, _, _, err := runTrial(ctx, e, a.trialOptions(e, cheapDraws))
	if err != nil {
		return Effect{}, err
	}
	return effectOf(r.RiskDifference), nil
}

// pointDraws is the least that package trial takes, for runs whose interval is
// not looked at.
const pointDraws = 20
