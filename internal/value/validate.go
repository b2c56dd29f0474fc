package value

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/stat/money"
)

const maxHorizonMonths = 240

// problems collects what is wrong with a model.
type problems []string

func (p *problems) add(format string, args ...any) { *p = append(*p, fmt.Sprintf(format, args...)) }

func (p *problems) check(ok bool, format string, args ...any) {
	if !ok {
		p.add(format, args...)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return fault.New(fault.Invalid, "%w", errors.New(strings.Join(p, "; ")))
}

// Validate reports everything that makes the model impossible to evaluate, in
// one error of kind invalid, or nil.
func (m Model) Validate() error {
	var p problems
	p.check(validCurrency(m.Currency), "currency %q is not an ISO 4217 code such as EUR", m.Currency)
	p.check(m.HorizonMonths >= 1 && m.HorizonMonths <= maxHorizonMonths, "horizon_months is %d: want 1 to %d", m.HorizonMonths, maxHorizonMonths)
	p.check(m.DiscountRate >= 0 && m.DiscountRate < 1, "discount_rate is %v: write 10 %% a year as 0.10", m.DiscountRate)
	p.quantity("exposed.accounts", m.Exposed.Accounts, 0, math.Inf(1))
	p.quantity("exposed.learners", m.Exposed.Learners, 0, math.Inf(1))
	for i, c := range m.Costs {
		p.cost(fmt.Sprintf("cost %d (%s)", i+1, c.Label), c)
	}
	for i, b := range m.Benefits {
		p.benefit(fmt.Sprintf("benefit %d (%s)", i+1, b.Label), b, m)
	}
	for i, t := range m.Intangibles {
		p.check(t.Label != "", "intangible %d has no label", i+1)
	}
	p.labels(m)
	p.twice(m.Benefits)
	return p.err()
}

// quantity checks that q, if given, is a number within [low, high] throughout
// the middle 99.9 % of its draws.
func (p *problems) quantity(what string, q *Quantity, low, high float64) {
	if q == nil {
		return
	}
	if q.Dist == nil {
		p.add("%s has no value", what)
		return
	}
	from, to := q.Quantile(0.0005), q.Quantile(0.9995)
	switch {
	case math.IsNaN(from+to) || math.IsInf(from, 0) || math.IsInf(to, 0):
		p.add("%s%s is not a finite number", what, at(q))
	case from < low && math.IsInf(high, 1):
		p.add("%s%s goes down to %v: it must not be negative (a lognormal or triangular never is)", what, at(q), from)
	case from < low || to > high:
		p.add("%s%s is %v to %v: want %v to %v", what, at(q), from, to, low, high)
	}
}

func at(q *Quantity) string {
	if q.Line == 0 {
		return ""
	}
	return fmt.Sprintf(" (line %d)", q.Line)
}

func (p *problems) cost(what string, c CostLine) {
	p.check(c.Label != "", "%s has no label", what)
	p.check(slices.Contains([]Category{Creation, Delivery, Platform, StaffTime, LearnerTime, OtherCost}, c.Category),
		"%s: category %q is not creation, delivery, platform, staff_time, learner_time or other", what, c.Category)
	p.quantity(what+": amount", &c.Amount, 0, math.Inf(1))
	p.check(slices.Contains([]string{"", "once", "month", "year"}, c.Every), "%s: every %q is not once, month or year", what, c.Every)
	p.check(slices.Contains([]string{"", "total", "account", "learner"}, c.Per), "%s: per %q is not total, account or learner", what, c.Per)
}

func (p *problems) benefit(what string, b BenefitLine, m Model) {
	p.check(b.Label != "", "%s has no label", what)
	p.check(slices.Contains([]Kind{RetainedRevenue, Expansion, SupportCostAvoided, Productivity, TrainingRevenue, CustomBenefit}, b.Kind),
		"%s: unknown kind %q", what, b.Kind)
	p.check((b.Finding != "") != (b.Assumed != nil), "%s: give a finding or assumed, exactly one", what)
	p.quantity(what+": assumed", b.Assumed, math.Inf(-1), math.Inf(1))
	p.quantity(what+": units", b.Units, 0, math.Inf(1))
	p.quantity(what+": value_per_unit", &b.ValuePerUnit, 0, math.Inf(1))
	p.quantity(what+": margin", b.Margin, 0, 1)
	p.check(b.Months >= 0 && b.Months <= m.HorizonMonths, "%s: months is %d, the horizon is %d", what, b.Months, m.HorizonMonths)
	p.check(b.ReachedAfter >= 0 && b.ReachedAfter <= maxHorizonMonths, "%s: reached_after is %v months", what, b.ReachedAfter)
	p.check(!b.IncludesChurn || b.Kind == Expansion, "%s: includes_churn is for expansion lines", what)
	switch b.Accrual {
	case Monthly, Cumulative, Once:
	case "":
		p.check(b.Kind != CustomBenefit, "%s: a custom line must state accrual: monthly, cumulative or once", what)
	default:
		p.add("%s: accrual %q is not monthly, cumulative or once", what, b.Accrual)
	}
}

// checkExposed reports the lines that are about exposed accounts or learners of
// which neither the model nor the caller stated the number.
func (m Model) checkExposed() error {
	var p problems
	for i, c := range m.Costs {
		what := fmt.Sprintf("cost %d (%s)", i+1, c.Label)
		p.check(c.Per != "account" || m.Exposed.Accounts != nil, "%s is per account: state exposed.accounts", what)
		p.check(c.Per != "learner" || m.Exposed.Learners != nil, "%s is per learner: state exposed.learners", what)
	}
	for i, b := range m.Benefits {
		p.check(b.Assumed == nil || b.Units != nil || m.Exposed.Accounts != nil, "benefit %d (%s): state units or exposed.accounts", i+1, b.Label)
	}
	return p.err()
}

// labels must be unique: results, tornado and random streams go by them.
func (p *problems) labels(m Model) {
	seen := map[string]bool{}
	see := func(label string) {
		p.check(label == "" || !seen[label], "two lines are called %q", label)
		seen[label] = true
	}
	for _, c := range m.Costs {
		see(c.Label)
	}
	for _, b := range m.Benefits {
		see(b.Label)
	}
}

// twice refuses two lines that price one finding as the same kind of benefit
// for the same accounts.
func (p *problems) twice(lines []BenefitLine) {
	type key struct {
		kind                Kind
		finding, population string
	}
	seen := map[key]string{}
	for _, b := range lines {
		if b.Finding == "" {
			continue
		}
		k := key{b.Kind, b.Finding, b.Population}
		first, ok := seen[k]
		p.check(!ok, "%q and %q price finding %s twice as %s", first, b.Label, b.Finding, b.Kind)
		seen[k] = b.Label
	}
}

// known says whether d has no spread.
func known(d money.Dist) bool { return d.Quantile(0.05) == d.Quantile(0.95) }
