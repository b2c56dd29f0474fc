package study

import (
	"context"
	"fmt"
	"math"
	"strings"
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
		return []Treatment{with(rule.Share/2, 0), with(math.Min(1, 2*rule.Share), 0)}
	case rule.People > 1:
		return []Treatment{with(0, max(1, rule.People/2)), with(0, 2*rule.People)}
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
// the rule is a choice, and an answer should not hang on it.
func (a *analysis) otherRule(ctx context.Context, f *Finding, estimate func(context.Context, *analysis) (float64, error)) (Check, error) {
	var said []string
	opposite, known := false, 0
	for _, rule := range otherRules(a.plan.Treatment) {
		b := *a
		b.c = a.c.under(rule)
		value, err := estimate(ctx, &b)
		if ctx.Err() != nil {
			return Check{}, ctx.Err()
		}
		if err != nil {
			said = append(said, fmt.Sprintf("with %s, too few accounts count as trained, or remain", rule.who()))
			continue
		}
		known++
		said = append(said, fmt.Sprintf("with %s it is %s", rule.who(), a.m.signed(value, a.m.decimals(*f.Effect))+" "+a.m.unit))
		opposite = opposite || excludesZero(*f.Effect) && (value < 0) != (f.Effect.Value < 0)
	}
	verdict := Passed
	switch {
	case known == 0:
		verdict = Impossible
	case opposite:
		verdict = Failed
	case !excludesZero(*f.Effect):
		verdict = Noted
	}
	return newCheck(checkRule, verdict, "Another rule for who counts as trained: %s.", strings.Join(said, "; ")), nil
}

// staggeredValue is the point estimate of a difference-in-differences.
func staggeredValue(ctx context.Context, a *analysis) (float64, error) {
	s, err := estimateStaggered(ctx, a.c.panelOf(a.series), a.staticCovariates(), a.didOptions(0))
	if err != nil {
		return 0, err
	}
	return s.overall.Overall.ATT, nil
}

// trialValue is the point estimate of target trials.
func trialValue(ctx context.Context, a *analysis) (float64, error) {
	e := a.eventPanelOf(a.timeCovariates())
	o := a.trialOptions(e, pointDraws)
	r, _, _, err := runTrial(ctx, e, o)
	if err != nil {
		return 0, err
	}
	return r.RiskDifference.Value, nil
}

// pointDraws is the least that package trial takes, for runs whose interval is
// not looked at.
const pointDraws = 20
