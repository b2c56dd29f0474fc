package regression

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Differences are the changes of a panel's units from one period to the next.
type Differences struct {
	Y        []float64
	X        Design // a column of ones (the change when nothing else changes), then the changes of the columns
	Rows     []int  // row of the later period of each change, by unit and period
	Unit     []int  // unit of each change
	Gaps     int    // pairs of rows of a unit that follow each other across a missing period, left out
	LoneRows int    // units with a single row, left out
}

// FirstDifferences takes, for each unit, the change from each period to the one
// right after it (period + 1). Least squares of Y on X, clustered by unit, is the
// first-difference estimate: with two periods it equals fixed effects, with more
// it trusts neighbouring periods rather than the whole history. Rows may be in
// any order.
//
// Errors: ErrNotFinite; ErrInvalid when a unit has a period twice; ErrTooFew
// when no unit has two neighbouring periods. It panics when lengths disagree.
func FirstDifferences(y []float64, x Design, unit, period []int) (Differences, error) {
	x.mustFit(y, nil)
	if len(unit) != x.Rows || len(period) != x.Rows {
		panic(fmt.Sprintf("regression: %d units and %d periods for %d rows", len(unit), len(period), x.Rows))
	}
	if err := x.check(y, nil); err != nil {
		return Differences{}, fmt.Errorf("first differences: %w", err)
	}
	order := used(x.Rows, nil)
	slices.SortFunc(order, func(a, b int) int {
		if unit[a] != unit[b] {
			return cmp.Compare(unit[a], unit[b])
		}
		return cmp.Compare(period[a], period[b])
	})
	d := Differences{X: Design{Cols: x.Cols + 1}}
	for k, i := range order {
		before := k > 0 && unit[order[k-1]] == unit[i]
		if !before {
			if k+1 == len(order) || unit[order[k+1]] != unit[i] {
				d.LoneRows++
			}
			continue
		}
		switch last := order[k-1]; {
		case period[last] == period[i]:
			return Differences{}, fmt.Errorf("first differences: unit %d has period %d in rows %d and %d: %w", unit[i], period[i], last, i, stat.ErrInvalid)
		case period[i]-period[last] != 1:
			d.Gaps++
		default:
			d.add(y, x, last, i, unit[i])
		}
	}
	if len(d.Y) == 0 {
		return Differences{}, fmt.Errorf("first differences: no unit has two neighbouring periods: %w", stat.ErrTooFew)
	}
	return d, nil
}

func (d *Differences) add(y []float64, x Design, from, to, unit int) {
	d.Y = append(d.Y, y[to]-y[from])
	d.Rows, d.Unit = append(d.Rows, to), append(d.Unit, unit)
	d.X.Rows++
	d.X.Values = append(d.X.Values, 1)
	for j, v := range x.Row(to) {
		d.X.Values = append(d.X.Values, v-x.Row(from)[j])
	}
}
