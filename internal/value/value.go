// Package value turns findings into money: cost lines and benefit lines in,
// ROI, benefit–cost ratio, net and present value and payback out, each as a
// median with a 90 % interval over draws.
//
// A benefit line takes its quantity from a finding's effect draws or from an
// assumption, and an assumption is stamped so wherever it shows. What the
// guard against double counting took away, what could not be priced, and how
// sure each line is are part of the result.
//
// The package knows no study and no warehouse: callers hand effects and
// recorded costs over as values. Amounts in a model file are major units
// (euros); results are whole minor units (cents) of the model's currency.
package value

import (
	"math"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Finding is what a study found, as far as pricing it needs.
type Finding struct {
	ID    string // study id
	KPI   string // KPI id
	Label string
	Unit  string // unit of Draws, such as "tickets per account-month"
	// Grade is A to D, or empty. CannotTell marks a finding whose verdict is
	// "cannot tell yet": its draws, if any, are priced but shown as such.
	Grade      string
	CannotTell bool
	// LowerIsBetter says that a negative effect is the benefit (churn, tickets).
	LowerIsBetter bool
	// Draws are draws of the effect per exposed unit, in Unit, from its
	// sampling distribution. Empty: there is no effect estimate.
	Draws []float64
	// Interval is the effect's interval as the study reports it. With Level 0
	// the central 95 % of Draws stands in.
	Interval stat.Interval
	// HorizonMonths is when an effect that builds up (a churn risk difference)
	// has reached Draws; 0 for a rate per month.
	HorizonMonths float64
	// Exposed is how many units the treatment reached; 0 if unknown.
	Exposed float64
}

// Inputs are what Evaluate needs beside the model.
type Inputs struct {
	Findings []Finding
	Recorded []CostLine // from RecordedCosts; each replaces planned lines of its category
	Draws    int        // 0 means 10,000
	Seed     uint64
}

const defaultDraws = 10_000

// name is what readers call the finding.
func (f Finding) name() string {
	if f.Label != "" {
		return f.Label
	}
	return f.ID
}

// check gives an invalid fault for draws or an interval that are not numbers.
func (f Finding) check() error {
	for i, d := range f.Draws {
		if math.IsNaN(d) || math.IsInf(d, 0) {
			return fault.New(fault.Invalid, "finding %s: draw %d of the effect is %v", f.ID, i, d)
		}
	}
	for _, v := range []float64{f.Interval.Low, f.Interval.High, f.HorizonMonths, f.Exposed} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fault.New(fault.Invalid, "finding %s: interval, horizon or exposed units are %v", f.ID, v)
		}
	}
	if f.HorizonMonths < 0 || f.Exposed < 0 {
		return fault.New(fault.Invalid, "finding %s: horizon of %v months, %v exposed units", f.ID, f.HorizonMonths, f.Exposed)
	}
	return nil
}

// bounds are the ends of the effect's interval.
func (f Finding) bounds() (low, high float64) {
	if f.Interval.Level > 0 {
		return f.Interval.Low, f.Interval.High
	}
	q, err := summary.Quantiles(f.Draws, 0.025, 0.975)
	if err != nil {
		panic("value: bounds of a finding without draws")
	}
	return q[0], q[1]
}

// sign turns an effect into a benefit.
func (f Finding) sign() float64 {
	if f.LowerIsBetter {
		return -1
	}
	return 1
}
