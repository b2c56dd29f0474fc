package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Panel holds the outcomes of units over equally spaced periods. Every unit has
// every period; fill or leave out units with holes before, and say so.
type Panel struct {
	// Outcome is [unit][period], all in one unit of measure.
	Outcome [][]float64
	// Before counts the periods before the treatment: the first of each row. The
	// others are treated, so a transition belongs to neither and should be left out.
	Before int
}

func (p Panel) periods() int { return len(p.Outcome[0]) }

// after counts the periods from the treatment on.
func (p Panel) after() int { return p.periods() - p.Before }

// check says what is wrong with the panel. Rows of unequal length are misuse.
func (p Panel) check(leastBefore int) error {
	if len(p.Outcome) == 0 {
		return fmt.Errorf("panel without units: %w", stat.ErrTooFew)
	}
	for i, row := range p.Outcome {
		if len(row) != p.periods() {
			panic(fmt.Sprintf("series: unit %d has %d periods, unit 0 has %d", i, len(row), p.periods()))
		}
		for t, y := range row {
			if math.IsNaN(y) || math.IsInf(y, 0) {
				return fmt.Errorf("outcome of unit %d in period %d is %v: %w", i, t, y, stat.ErrNotFinite)
			}
			if math.Abs(y) > largest {
				return fmt.Errorf("outcome of unit %d in period %d is %g, whose square overflows: %w", i, t, y, stat.ErrInvalid)
			}
		}
	}
	if p.Before < leastBefore {
		return fmt.Errorf("%d periods before the treatment, %d are needed: %w", p.Before, leastBefore, stat.ErrTooFew)
	}
	if p.after() < 1 {
		return fmt.Errorf("no period after the treatment among %d: %w", p.periods(), stat.ErrTooFew)
	}
	return nil
}

// largest is the size up to which fourth powers, added up, stay finite.
const largest = 1e70

// split tells treated units from the others. It panics when a treated unit is
// not in the panel or is named twice.
func (p Panel) split(treated []int) (controls []int, err error) {
	is := make([]bool, len(p.Outcome))
	for _, i := range treated {
		if i < 0 || i >= len(is) || is[i] {
			panic(fmt.Sprintf("series: treated unit %d is not one of %d, or named twice", i, len(is)))
		}
		is[i] = true
	}
	for i := range is {
		if !is[i] {
			controls = append(controls, i)
		}
	}
	if len(treated) == 0 {
		return nil, fmt.Errorf("no treated unit: %w", stat.ErrTooFew)
	}
	if len(controls) < 2 {
		return nil, fmt.Errorf("%d units without treatment, two are needed: %w", len(controls), stat.ErrTooFew)
	}
	return controls, nil
}

// average is the mean outcome of units in each period.
func (p Panel) average(units []int) []float64 {
	mean := make([]float64, p.periods())
	for _, i := range units {
		for t, y := range p.Outcome[i] {
			mean[t] += y / float64(len(units))
		}
	}
	return mean
}

// weighted is Σ weight·outcome in each period.
func (p Panel) weighted(weights []float64) []float64 {
	out := make([]float64, p.periods())
	for i, w := range weights {
		if w == 0 {
			continue
		}
		for t, y := range p.Outcome[i] {
			out[t] += w * y
		}
	}
	return out
}

// without leaves out a unit.
func (p Panel) without(unit int) Panel {
	rest := make([][]float64, 0, len(p.Outcome)-1)
	for i, row := range p.Outcome {
		if i != unit {
			rest = append(rest, row)
		}
	}
	return Panel{Outcome: rest, Before: p.Before}
}

func meanOf(values []float64) float64 { return sum(values) / float64(len(values)) }

// rms is the root of the mean square.
func rms(values []float64) float64 { return math.Sqrt(dot(values, values) / float64(len(values))) }

// centred is values less their mean.
func centred(values []float64) []float64 {
	mean := meanOf(values)
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = v - mean
	}
	return out
}
