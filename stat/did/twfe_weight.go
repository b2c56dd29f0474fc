package did

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// CellWeights tells how the two-way coefficient weights the effects of cohorts and
// periods: it estimates Σ weight·effect over treated cells, and weights can be
// negative (de Chaisemartin and D'Haultfœuille 2020, Am. Econ. Rev. 110:2964-2996).
type CellWeights struct {
	Cells       []CellWeight // by cohort, then period; their weights sum to 1
	Negative    int          // cells of negative weight
	NegativeSum float64      // the sum of negative weights
	// Spread is the smallest standard deviation of effects across cells with which the
	// average effect on the treated can be 0 although the coefficient is what it is.
	Spread float64
}

// CellWeight is the weight of the effect on a cohort in a period.
type CellWeight struct {
	Cohort, Period int
	Weight         float64
	Rows           int
}

// weights finds the weights of cohorts and periods in the coefficient: each cell's sum
// of what unit and period effects leave of treatment, as a share of all cells'.
func (f *frame) weights(d []float64, coef float64) (CellWeights, error) {
	e, err := f.residual(d)
	if err != nil {
		return CellWeights{}, err
	}
	cells, shares := f.treatedCells(d, e)
	var total, variance float64
	for _, c := range cells {
		total += c.Weight
	}
	out := CellWeights{Cells: cells}
	for i := range cells {
		c := &cells[i]
		c.Weight /= total
		variance += (c.Weight - shares[i]) * (c.Weight - shares[i]) / shares[i]
		out.NegativeSum += math.Min(c.Weight, 0)
		if c.Weight < -1e-12 {
			out.Negative++
		}
	}
	if variance > 1e-24 {
		out.Spread = math.Abs(coef) / math.Sqrt(variance)
	}
	return out, nil
}

// treatedCells sums residuals e over the treated rows of each cohort and period, and
// gives each cell's share of the treated rows' weight.
func (f *frame) treatedCells(d, e []float64) ([]CellWeight, []float64) {
	var rows []int
	for i := range d {
		if d[i] == 1 {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		return cmp.Or(cmp.Compare(f.Start[f.Unit[a]], f.Start[f.Unit[b]]), cmp.Compare(f.Period[a], f.Period[b]))
	})
	var cells []CellWeight
	var shares []float64
	var mass float64
	for _, i := range rows {
		cohort, period, w := f.Start[f.Unit[i]], f.Period[i], 1.0
		if f.w != nil {
			w = f.w[i]
		}
		if n := len(cells); n == 0 || cells[n-1].Cohort != cohort || cells[n-1].Period != period {
			cells, shares = append(cells, CellWeight{Cohort: cohort, Period: period}), append(shares, 0)
		}
		last := &cells[len(cells)-1]
		last.Weight += w * e[i]
		last.Rows++
		shares[len(shares)-1] += w
		mass += w
	}
	for i := range shares {
		shares[i] /= mass
	}
	return cells, shares
}

// warning says what is wrong with a two-way coefficient.
func (f *frame) warning(w CellWeights) string {
	first, last := math.MaxInt, math.MinInt
	always := 0
	for u, s := range f.Start {
		if f.starts(u) {
			first, last = min(first, s), max(last, s)
		} else if len(f.rows[u]) > 0 && s <= f.calendar.sorted[0] {
			always++
		}
	}
	if first >= last && always == 0 {
		return ""
	}
	return fmt.Sprintf("units already treated serve as controls; %d of %d effects enter with a negative weight (sum %.3f)",
		w.Negative, len(w.Cells), w.NegativeSum)
}
