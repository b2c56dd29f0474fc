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
	if err := x.check(nil, weights); err != nil {
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
	work := make([]float64, len(s.keep))
	for k, i := range s.keep {
		work[k] = y[i]
	}
	scaleBy(work, s.root)
	return s.qr.regress(work)
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
