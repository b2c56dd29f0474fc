package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Design is a covariate matrix of Rows × Cols, row-major: Values[i*Cols+j] is
// column j of row i. An intercept is a column of ones like any other.
type Design struct {
	Rows, Cols int
	Values     []float64
}

// WithIntercept makes a design of a column of ones (column 0) followed by the
// given columns, which are copied. Without columns, rows says how long the
// intercept is; with columns it must be their common length.
func WithIntercept(rows int, columns ...[]float64) Design {
	cols := len(columns) + 1
	d := Design{Rows: rows, Cols: cols, Values: make([]float64, rows*cols)}
	for i := range rows {
		d.Values[i*cols] = 1
	}
	for j, column := range columns {
		if len(column) != rows {
			panic(fmt.Sprintf("regression: column %d has %d rows, want %d", j, len(column), rows))
		}
		for i, v := range column {
			d.Values[i*cols+j+1] = v
		}
	}
	return d
}

// Row is row i, not a copy.
func (d Design) Row(i int) []float64 { return d.Values[i*d.Cols : (i+1)*d.Cols] }

// mustFit panics when the shapes of a call disagree, which is misuse.
func (d Design) mustFit(y, weights []float64) {
	switch {
	case d.Rows < 0 || d.Cols < 1 || len(d.Values) != d.Rows*d.Cols:
		panic(fmt.Sprintf("regression: %d values for a %d × %d design", len(d.Values), d.Rows, d.Cols))
	case len(y) != d.Rows:
		panic(fmt.Sprintf("regression: %d outcomes for %d rows", len(y), d.Rows))
	case weights != nil && len(weights) != d.Rows:
		panic(fmt.Sprintf("regression: %d weights for %d rows", len(weights), d.Rows))
	}
}

// check reports the first value that is not finite and the first weight below 0.
func (d Design) check(y, weights []float64) error {
	for i, v := range d.Values {
		if !finite(v) {
			return fmt.Errorf("covariate %d of row %d: %w", i%d.Cols, i/d.Cols, stat.ErrNotFinite)
		}
	}
	for i, v := range y {
		if !finite(v) {
			return fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
	}
	for i, w := range weights {
		if !finite(w) {
			return fmt.Errorf("weight of row %d: %w", i, stat.ErrNotFinite)
		}
		if w < 0 {
			return fmt.Errorf("weight %g of row %d: %w", w, i, stat.ErrInvalid)
		}
	}
	return nil
}

// hasConstant says whether a column is the same in all kept rows, and not 0.
func (d Design) hasConstant(keep []int) bool {
	for j := range d.Cols {
		at := func(k int) float64 { return d.Values[keep[k]*d.Cols+j] }
		k := 0
		for k < len(keep) && at(k) == at(0) {
			k++
		}
		if k == len(keep) && at(0) != 0 {
			return true
		}
	}
	return false
}

// used lists the rows with a positive weight. Rows of weight 0 take no part in
// a fit and do not count as observations.
func used(rows int, weights []float64) []int {
	keep := make([]int, 0, rows)
	for i := range rows {
		if weights == nil || weights[i] > 0 {
			keep = append(keep, i)
		}
	}
	return keep
}

// columns copies the kept rows, each times its scale (nil: 1), column by column.
func (d Design) columns(keep []int, scale []float64) [][]float64 {
	cols := make([][]float64, d.Cols)
	flat := make([]float64, d.Cols*len(keep))
	for j := range cols {
		cols[j] = flat[j*len(keep) : (j+1)*len(keep)]
		for k, i := range keep {
			cols[j][k] = d.Values[i*d.Cols+j]
		}
		for k, s := range scale {
			cols[j][k] *= s
		}
	}
	return cols
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
