package metric

import (
	"math"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// minorPerMajor is how many minor units make one major unit.
func minorPerMajor(digits int) float64 { return math.Pow10(digits) }

// money gives what amounts of a fact are multiplied with to be in minor units
// of the reporting currency, nil when they already are.
//
// Errors: fault.Invalid, naming the currencies that lack a rate.
func (l *lookups) money(fact string) (plan.Expr, error) {
	codes, unnamed, err := l.currencies(fact)
	if err != nil {
		return nil, err
	}
	l.usesMoney = true
	if unnamed {
		l.unnamed = append(l.unnamed, fact)
	}
	if l.base == "" && len(codes) == 1 {
		l.base = codes[0]
	}
	var from, to []any
	var missing []string
	for _, code := range codes {
		if code == l.base {
			from, to = append(from, code), append(to, 1.0)
			continue
		}
		rate, ok := l.service.options.Rates[code]
		if !ok || !(rate > 0) || l.base == "" {
			missing = append(missing, code)
			continue
		}
		from, to = append(from, code), append(to, rate*minorPerMajor(l.digits()-record.MinorDigits(code)))
	}
	if len(missing) > 0 {
		return nil, l.missingRates(fact, missing)
	}
	if len(from) == 0 || len(from) == 1 && from[0] == any(l.base) {
		return nil, nil
	}
	return plan.Choose{X: plan.Coalesce{plan.Column("currency"), plan.Value{V: l.base}}, From: l.withBase(from), To: l.withBaseRate(from, to)}, nil
}

// withBase makes sure that rows without a currency find the reporting one.
func (l *lookups) withBase(from []any) []any {
	if slices.Contains(from, any(l.base)) {
		return from
	}
	return append(slices.Clone(from), any(l.base))
}

func (l *lookups) withBaseRate(from, to []any) []any {
	if slices.Contains(from, any(l.base)) {
		return to
	}
	return append(slices.Clone(to), any(1.0))
}

func (l *lookups) missingRates(fact string, codes []string) error {
	if l.base == "" {
		return fault.New(fault.Invalid, "%s has amounts in %s; choose the currency to report in and give a rate for each other one", fact, strings.Join(codes, ", "))
	}
	return fault.New(fault.Invalid, "%s has amounts in %s, and the report is in %s; give the price of one unit of each in %s", fact, strings.Join(codes, ", "), l.base, l.base)
}
