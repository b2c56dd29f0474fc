package sensitivity

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Without is the estimate with one unit, segment or period left out.
type Without struct {
	Name string
	stat.Estimate
}

// LeaveOneOutCheck says how much an estimate hangs on single units.
type LeaveOneOutCheck struct {
	Low, High    float64 // range of the estimates with one left out, in the unit of the estimate
	Influential  string  // whose absence moves the estimate most
	Shift        float64 // how far it moves it: estimate without − estimate of all
	SignChanges  []string
	Decisive     []string // whose absence brings 0 into an interval that left it out
	LargestShift float64  // |Shift| in standard errors of the estimate of all
}

// LeaveOneOut compares an estimate with those that leave out one unit, segment
// or period each. Ties of influence go to the first.
//
// Errors: ErrTooFew with fewer than two left out; ErrNotFinite or ErrNoVariance
// naming an estimate without a finite value or a positive standard error.
// Not a test: with few units some always matter; it names them.
func LeaveOneOut(all stat.Estimate, without []Without) (LeaveOneOutCheck, error) {
	if len(without) < 2 {
		return LeaveOneOutCheck{}, fmt.Errorf("%d estimates with one left out: %w", len(without), stat.ErrTooFew)
	}
	if err := checkEstimate("all", all); err != nil {
		return LeaveOneOutCheck{}, err
	}
	check := LeaveOneOutCheck{Low: math.Inf(1), High: math.Inf(-1), Influential: without[0].Name}
	for _, w := range without {
		if err := checkEstimate("all without "+w.Name, w.Estimate); err != nil {
			return LeaveOneOutCheck{}, err
		}
		check.add(all, w)
	}
	check.LargestShift = math.Abs(check.Shift) / all.SE
	return check, nil
}

func (c *LeaveOneOutCheck) add(all stat.Estimate, w Without) {
	c.Low, c.High = math.Min(c.Low, w.Value), math.Max(c.High, w.Value)
	if shift := w.Value - all.Value; math.Abs(shift) > math.Abs(c.Shift) {
		c.Influential, c.Shift = w.Name, shift
	}
	if w.Value*all.Value < 0 || (w.Value == 0) != (all.Value == 0) {
		c.SignChanges = append(c.SignChanges, w.Name)
	}
	if !all.Interval.Contains(0) && w.Interval.Contains(0) {
		c.Decisive = append(c.Decisive, w.Name)
	}
}
