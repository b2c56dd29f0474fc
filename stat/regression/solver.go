package regression

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// Solver fits many outcomes by least squares on one weighted design, which it
// factors once.
type Solver struct {
	qr   qr
	keep []int
	root []float64 // √weight of each kept row; nil: 1
	cols int
}

// NewSolver factors the design. Weights are those of WLS, as are the errors.
func NewSolver(x Design, weights []float64) (*Solver, error) {
	x.mustFit(make([]float64, x.Rows), weights)
	return newSolver(nil, x, weights)
}

// newSolver is NewSolver for a design whose lengths are known to agree; it also
// checks an outcome that is not nil.
func newSolver(y []float64, x Design, weights []float64) (*Solver, error) {
	if err := x.check(y, weights); err != nil {
		return nil, fmt.Errorf("least squares: %w", err)
	}
	keep := used(x.Rows, weights)
	if len(keep) < x.Cols {
		return nil, fmt.Errorf("least squares with %d rows and %d columns: %w", len(keep), x.Cols, stat.ErrTooFew)
	}
	root := roots(keep, weights)
	f, err := factor(x.columns(keep, root))
	if err != nil {
		return nil, fmt.Errorf("least squares: %w", err)
	}
	return &Solver{qr: f, keep: keep, root: root, cols: x.Cols}, nil
}

// Coef returns the coefficients of y, which has one finite value per row of the
// design. It panics when the number of rows differs.
func (s *Solver) Coef(y []float64) []float64 {
	return s.qr.regress(s.scaled(y))
}

// scaled returns the kept rows of y times the roots of their weights.
func (s *Solver) scaled(y []float64) []float64 {
	rows := pick(y, s.keep)
	scaleBy(rows, s.root)
	return rows
}

// InverseGram returns (XᵀWX)⁻¹·v for a vector v with one value per column.
func (s *Solver) InverseGram(v []float64) []float64 {
	half := make([]float64, s.cols) // R⁻ᵀ·v
	for j := range s.cols {
		half[j] = v[j]
		for k := range j {
			half[j] -= s.qr.r.At(k, j) * half[k]
		}
		half[j] /= s.qr.r.At(j, j)
	}
	return s.qr.solve(half)
}
