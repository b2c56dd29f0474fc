package report

import (
	"math"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/value"
)

// purse writes amounts of one currency.
type purse struct {
	currency string
	minor    float64 // minor units in a major one
	level    float64 // of the intervals
}

func newPurse(r *value.Result) purse {
	return purse{currency: r.Currency, minor: math.Pow10(r.MinorDigits), level: r.IntervalLevel}
}

// major is an amount in the unit in which it is drawn.
func (p purse) major(minor int64) float64 { return float64(minor) / p.minor }

// digits are what an amount's interval supports; an amount without an interval
// is exact.
func (p purse) digits(m value.MoneyRange) int {
	if m.Low == m.High {
		return 0
	}
	return min(0, figure.Decimals(p.major(m.Low), p.major(m.High)))
}

func (p purse) write(minor int64, d int) string {
	return withCurrency(figure.Number(p.major(minor), d), p.currency)
}

// median is "EUR 123,000".
func (p purse) median(m value.MoneyRange) string { return p.write(m.Median, p.digits(m)) }

// interval is "EUR 98,000 to 151,000", or that the amount is certain.
func (p purse) interval(m value.MoneyRange) string {
	if m.Low == m.High {
		return "exact"
	}
	return p.write(m.Low, p.digits(m)) + " to " + figure.Number(p.major(m.High), p.digits(m))
}

// sentencePart is "EUR 123,000 (90 % interval EUR 98,000 to 151,000)".
func (p purse) sentencePart(m value.MoneyRange) string {
	if m.Low == m.High {
		return p.median(m)
	}
	return p.median(m) + " (" + intervalName(p.level) + " " + p.interval(m) + ")"
}

// roi writes returns on investment in per cent.
type roi struct {
	value.Range
	level float64
}

func (r roi) digits() int { return max(0, min(1, figure.Decimals(100*r.Low, 100*r.High))) }

func (r roi) median() string { return figure.Percent(r.Median, r.digits()) }

func (r roi) interval() string {
	return figure.Percent(r.Low, r.digits()) + " to " + figure.Percent(r.High, r.digits())
}

func (r roi) sentencePart() string {
	return "ROI " + r.median() + ", " + intervalName(r.level) + " " + r.interval()
}

// months writes a time to payback.
func months(m *float64) string {
	if m == nil {
		return "not within the horizon"
	}
	return figure.Number(*m, 1) + nbsp + "months"
}
