package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/stat/sensitivity"

	"github.com/liftmark/liftmark/internal/metric"
)

const (
	balanceLimit = 0.1 // standard deviations
	largestShare = 0.1 // of the controls' weight that one account may have
	manyUnits    = 40  // in the smaller arm, below which intervals lean on few accounts
	missingMuch  = 0.1 // share of account-months without a value
	missingApart = 0.1 // and the change of that by training that is too much
)

// addBalance shows how alike the arms are before and after weighting.
func (f *Finding) addBalance(s *stack) {
	if s.problem != nil {
		return
	}
	t, err := s.table(s.columns)
	if err != nil {
		s.problem = err
		return
	}
	for _, r := range t.Rows {
		f.Balance = append(f.Balance, Balance{Covariate: r.Name, Before: r.Before.SMD, After: r.After.SMD})
	}
}

// balanceCheck wants every covariate within a tenth of a standard deviation.
func balanceCheck(table []Balance, problem error) Check {
	if len(table) == 0 {
		why := "The plan names no covariate that varies."
		if problem != nil {
			why = fmt.Sprintf("Who trains could not be modelled: %v.", problem)
		}
		return newCheck(checkBalance, Impossible, "%s", why)
	}
	worst, before := table[0], 0.0
	var over []string
	for _, b := range table {
		if math.Abs(b.After) > math.Abs(worst.After) {
			worst = b
		}
		before = max(before, math.Abs(b.Before))
		if math.Abs(b.After) >= balanceLimit {
			over = append(over, b.Covariate)
		}
	}
	detail := fmt.Sprintf("After weighting, the arms differ by at most %s standard deviations (%s; before: up to %s), over %s.",
		figure.Number(math.Abs(worst.After), 2), worst.Covariate, figure.Number(before, 2), plural(len(table), "covariate"))
	if len(over) > 0 {
		return newCheck(checkBalance, Failed, "%s Beyond %s: %s.", detail, figure.Number(balanceLimit, 1), figure.List(over))
	}
	return newCheck(checkBalance, Passed, "%s", detail)
}

// overlap asks whether trained accounts have comparable others at all.
func overlap(s *stack) Check {
	if s.weights == nil {
		return newCheck(checkOverlap, Impossible, "Who trains could not be modelled: %v.", s.problem)
	}
	effective, largest := s.controls()
	verdict := Passed
	if effective < minUnits || largest > largestShare {
		verdict = Failed
	}
	return newCheck(checkOverlap, verdict, "After weighting, the accounts compared with are worth %s equally weighted ones; the heaviest carries %s of the weight.",
		figure.Number(effective, 0), figure.Share(largest))
}

func fewClusters(arms []Arm) Check {
	smallest := slices.MinFunc(arms, func(a, b Arm) int { return a.Units - b.Units })
	text := fmt.Sprintf("The smaller arm (%s) has %s.", smallest.Name, plural(smallest.Units, "account"))
	switch {
	case smallest.Units < minUnits:
		return newCheck(checkFewClusters, Failed, "%s Intervals from fewer than %d are too short.", text, minUnits)
	case smallest.Units < manyUnits:
		return newCheck(checkFewClusters, Noted, "%s Intervals from fewer than %d may be somewhat short.", text, manyUnits)
	}
	return newCheck(checkFewClusters, Passed, "%s", text)
}

// gaps is the share of whole account-months as a customer without a value of the
// outcome, after training and without it.
func (a *analysis) gaps() (trained, others float64, possible bool) {
	var without, all [2]float64
	a.eachMonth(func(i int, m month) {
		arm := 0
		if st := a.c.rollout.starts[i]; st.ever && m > st.month {
			arm = 1
		}
		all[arm]++
		if _, den := a.series.at(i, m); den == 0 {
			without[arm]++
		}
	})
	if all[0] == 0 || all[1] == 0 {
		return 0, 0, false
	}
	return without[1] / all[1], without[0] / all[0], true
}

// eachMonth visits the months in which an account was a customer throughout.
func (a *analysis) eachMonth(visit func(i int, m month)) {
	for i := range a.c.accounts {
		for m := a.c.months.from; m < a.c.months.to; m++ {
			if a.c.customerFor(i, m) {
				visit(i, m)
			}
		}
	}
}

// missing says how often the outcome lacks a value. Where that is more than
// rare, having a value at all is studied like an outcome: if training changed
// it, the months with a value are not the same kind of months any more.
func (a *analysis) missing(ctx context.Context, columns []covariate, rank int) (Check, error) {
	trained, others, possible := a.gaps()
	if !possible {
		return newCheck(checkMissing, Impossible, "One arm has no whole month as a customer."), nil
	}
	text := fmt.Sprintf("%s of the account-months after training and %s of the others have no value of %s.", figure.Share(trained), figure.Share(others), a.def.Name)
	if math.Max(trained, others) <= missingMuch {
		return newCheck(checkMissing, Passed, "%s", text), nil
	}
	p := a.c.emptyPanel(1)
	a.eachMonth(func(i int, m month) {
		_, den := a.series.at(i, m)
		p.row(i, p.period(m), b2i(den > 0))
	})
	s, err := estimateStaggered(ctx, p, columns, a.didOptions(0), rank)
	if ctx.Err() != nil {
		return Check{}, ctx.Err()
	}
	if err != nil {
		return newCheck(checkMissing, Impossible, "%s Whether training changed that cannot be told: %v.", text, err), nil
	}
	e := didEffect(s.overall.Overall)
	c := newCheck(checkMissing, Noted, "%s Training changed that by %s percentage points (95 %% interval %s to %s); the effect is on account-months with a value.",
		text, figure.Number(100*e.Value, 1), figure.Number(100*e.Low, 1), figure.Number(100*e.High, 1))
	if excludesZero(e) && math.Abs(e.Value) > missingApart {
		c.Verdict = Failed
	}
	c.Effect = &e
	return c, nil
}

func b2i(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// hidden asks how strong an unknown reason for training would have to be, on
// the scale of the known ones.
func (a *analysis) hidden(f *Finding, strongest shift, adjusted bool) Check {
	e := *f.Effect
	if !excludesZero(e) {
		return newCheck(checkHidden, Noted, "The interval holds zero: there is no effect for a hidden cause to explain away.")
	}
	var parts []string
	if text := eValue(f.Relative); text != "" {
		parts = append(parts, text)
	}
	if !adjusted || strongest.covariate == "" {
		parts = append(parts, "The plan gives no covariate to measure it by.")
		return newCheck(checkHidden, Impossible, "%s", strings.Join(parts, " "))
	}
	distance := math.Min(math.Abs(e.Low), math.Abs(e.High))
	d := decimals(a.m.scale*e.Low, a.m.scale*e.High) + 1
	verdict, said := Passed, "farther than one more cause as strong as that would move it"
	if distance <= math.Abs(strongest.by) {
		verdict, said = Failed, "no farther than one more cause as strong as that would move it"
	}
	parts = append(parts, fmt.Sprintf("Leaving out the strongest known reason (%s) moves the estimate by %s; the interval ends %s from zero, %s.",
		strongest.covariate, a.m.amount(strongest.by, d), a.m.amount(distance, d), said))
	return newCheck(checkHidden, verdict, "%s", strings.Join(parts, " "))
}

// eValue words the E-value of a relative change, "" when it has none.
func eValue(relative *Effect) string {
	if relative == nil || relative.Low <= -1 {
		return ""
	}
	v, err := sensitivity.Of(sensitivity.RiskRatio, 1+relative.Value, 1+relative.Low, 1+relative.High)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("To explain the estimate away, a hidden cause would have to go with training and with the outcome by a risk ratio of %s each (%s for the interval to reach zero).",
		figure.Number(v.Point, 2), figure.Number(v.Limit, 2))
}

// coInterventions asks of every other change in the time of the roll-out whether
// it reached trained accounts more, or less, than others. One that reached all
// alike is absorbed: every comparison is made within a calendar month.
func (a *analysis) coInterventions(ctx context.Context, s *stack) (Check, error) {
	others, err := a.src.Interventions(ctx)
	if err != nil {
		return Check{}, fmt.Errorf("interventions: %w", err)
	}
	var notes, bad []string
	for _, iv := range others {
		if !a.duringRollout(iv) {
			continue
		}
		text, differs, err := a.reach(ctx, s, iv)
		if err != nil {
			return Check{}, err
		}
		if notes = append(notes, text); differs {
			bad = append(bad, iv.Name)
		}
	}
	switch {
	case len(bad) > 0:
		return newCheck(checkCoIntervention, Failed, "%s", strings.Join(notes, " ")), nil
	case len(notes) > 0:
		return newCheck(checkCoIntervention, Noted, "%s", strings.Join(notes, " ")), nil
	}
	return newCheck(checkCoIntervention, Passed, "No other change is on record between the first training and the end of the data."), nil
}

// duringRollout says whether a change fell between a year before the first
// training, when effects are measured from, and the end of the data.
func (a *analysis) duringRollout(iv metric.Intervention) bool {
	first := a.c.months.to
	for _, st := range a.c.rollout.starts {
		if st.ever {
			first = min(first, st.month)
		}
	}
	begins := (first - leadMonths).start(a.c.zone)
	return iv.From.Before(a.c.to) && (iv.To == nil || iv.To.After(begins)) && !iv.From.Before(begins)
}

const scopeApart = 0.1 // difference between the arms from which a change is not absorbed

// reach compares the share of trained and of other accounts that a change
// reached, as they are and, where it differs, after the adjustment.
func (a *analysis) reach(ctx context.Context, s *stack, iv metric.Intervention) (text string, differs bool, err error) {
	name := fmt.Sprintf("“%s” (%s, from %s)", iv.Name, iv.Kind, day(iv.From, a.c.zone))
	if iv.Scope == "" || iv.Scope == "all" {
		return name + " reached all accounts at once; comparisons within a month absorb it.", false, nil
	}
	rows, err := a.src.Accounts(ctx, iv.Scope)
	if err != nil {
		return "", false, fmt.Errorf("scope of intervention %q: %w", iv.Name, err)
	}
	in := make([]float64, len(a.c.accounts))
	for _, row := range rows {
		if i, known := a.c.index[row.ID]; known {
			in[i] = 1
		}
	}
	trained, others := a.reached(in, monthOf(iv.From, a.c.zone))
	text = fmt.Sprintf("%s reached %s of the accounts that trained and %s of the others", name, figure.Share(trained), figure.Share(others))
	if math.Abs(trained-others) <= scopeApart {
		return text + ", nearly alike; comparisons within a month absorb it.", false, nil
	}
	if after, ok := s.adjustedDifference(in); ok && math.Abs(after) <= scopeApart {
		return text + fmt.Sprintf("; after the adjustment the difference is %s, so it is absorbed.", points(after)), false, nil
	}
	return text + ": its effect cannot be told from that of training.", true, nil
}

func points(x float64) string { return figure.Number(100*x, 1) + " percentage points" }

// reached is the share of trained and of never trained accounts, among those
// that were customers in the month, that are marked.
func (a *analysis) reached(mark []float64, m month) (trained, others float64) {
	var sum, n [2]float64
	m = min(max(m, a.c.months.from), a.c.months.to-1)
	for i := range a.c.accounts {
		if !a.c.customerFor(i, m) {
			continue
		}
		arm := 0
		if a.c.rollout.starts[i].ever {
			arm = 1
		}
		sum[arm] += mark[i]
		n[arm]++
	}
	return sum[1] / math.Max(n[1], 1), sum[0] / math.Max(n[0], 1)
}

// adjustedDifference compares a mark of accounts between the weighted arms.
func (s *stack) adjustedDifference(mark []float64) (float64, bool) {
	if s.weights == nil {
		return 0, false
	}
	var sum, n [2]float64
	for k, e := range s.entries {
		arm := 0
		if e.treated {
			arm = 1
		}
		sum[arm] += s.weights[k] * mark[e.account]
		n[arm] += s.weights[k]
	}
	return sum[1]/n[1] - sum[0]/n[0], true
}
