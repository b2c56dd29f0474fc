package did

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/floats"
)

// Rank is where the coefficient of the one unit that starts stands among those that
// the others would have, had they started instead.
type Rank struct {
	Value   float64
	Placebo []float64 // of each unit with rows, in order of unit; the starting unit's own is Value
	Units   []int     // whose Placebo is
	// P is the share of all units whose coefficient is at least as large in size: at
	// least 1/len(Units), which is the smallest p-value there can be.
	P float64
}

// RankTest is randomisation inference for a panel in which one unit starts: it moves
// the start to every other unit in turn and compares the two-way coefficients. With
// one treated unit nothing else tells how much units differ by chance.
//
// Errors: those of Panel.Balanced; ErrTooFew unless there are three units with rows
// before and after the start; ErrInvalid unless exactly one unit starts and the
// others never do; ErrCollinear.
//
// P is exact when any unit might as well have been the one. Not a confidence
// interval: none is given.
//
// Source: Abadie, Diamond and Hainmueller (2010), JASA 105:493-505, for the idea.
func RankTest(p Panel) (*Rank, error) {
	r, err := rankTest(p)
	if err != nil {
		return nil, fmt.Errorf("rank test: %w", err)
	}
	return r, nil
}

func rankTest(p Panel) (*Rank, error) {
	f, err := newFrame(p)
	if err != nil {
		return nil, err
	}
	one, err := f.onlyStart()
	if err != nil {
		return nil, err
	}
	y, err := f.residual(f.Outcome)
	if err != nil {
		return nil, err
	}
	r := &Rank{}
	for u, rows := range f.rows {
		if len(rows) == 0 || !f.spans(u, f.Start[one]) {
			continue
		}
		value, err := f.placebo(u, f.Start[one], y)
		if err != nil {
			return nil, err
		}
		if u == one {
			r.Value = value
		}
		r.Placebo, r.Units = append(r.Placebo, value), append(r.Units, u)
	}
	if len(r.Units) < 3 || !f.spans(one, f.Start[one]) {
		return nil, fmt.Errorf("%d units have rows before and after the start: %w", len(r.Units), stat.ErrTooFew)
	}
	if floats.Norm(y, math.Inf(1)) <= noSpread*largestOf(f.Outcome) {
		return nil, fmt.Errorf("outcomes are unit and period effects alone: %w", stat.ErrNoVariance)
	}
	if err := finiteOr("coefficients", r.Placebo...); err != nil {
		return nil, err
	}
	for _, v := range r.Placebo {
		if math.Abs(v) >= math.Abs(r.Value)*(1-1e-9) {
			r.P += 1 / float64(len(r.Placebo))
		}
	}
	return r, nil
}

// onlyStart finds the one unit that starts.
func (f *frame) onlyStart() (int, error) {
	one, starting := -1, 0
	for u, rows := range f.rows {
		if len(rows) == 0 {
			continue
		}
		if f.starts(u) {
			one = u
			starting++
		} else if f.Start[u] <= f.calendar.sorted[0] {
			return 0, fmt.Errorf("unit %d is treated all along: %w", u, stat.ErrInvalid)
		}
	}
	if starting != 1 {
		return 0, fmt.Errorf("%d units start, not one: %w", starting, stat.ErrInvalid)
	}
	return one, nil
}

// spans says whether a unit has rows before and after a start.
func (f *frame) spans(u, start int) bool {
	rows := f.rows[u]
	return len(rows) > 0 && f.Period[rows[0]] < start && f.Period[rows[len(rows)-1]] >= start
}

// placebo is the two-way coefficient if unit u were the one that starts. y are the
// residuals of the outcome.
func (f *frame) placebo(u, start int, y []float64) (float64, error) {
	d := make([]float64, len(y))
	var above float64
	for _, i := range f.rows[u] {
		if f.Period[i] >= start {
			d[i] = 1
			above += y[i]
		}
	}
	e, err := f.residual(d)
	if err != nil {
		return 0, err
	}
	var below float64
	for _, i := range f.rows[u] {
		below += d[i] * e[i]
	}
	if below <= 1e-12 {
		return 0, fmt.Errorf("treatment of unit %d: %w", u, stat.ErrCollinear)
	}
	return above / below, nil
}
