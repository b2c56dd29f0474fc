package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Linear is a least-squares fit.
type Linear struct {
	Coef      []float64 // one per column of the design, outcome per unit of the column
	Residuals []float64 // outcome − fitted, every row, also those of weight 0
	N, DF     int       // rows in the fit; N less the columns
	RSS       float64   // weighted residual sum of squares
	// R2 is the share of the outcome's variation that the columns explain: about
	// its mean if a column is constant, about zero otherwise. 0 if it does not vary.
	R2 float64
	scores
}

// OLS fits y on the design by ordinary least squares.
//
// Errors: ErrNotFinite, ErrTooFew with fewer rows than columns, ErrCollinear
// naming the column.
func OLS(y []float64, x Design) (*Linear, error) { return WLS(y, x, nil) }

// WLS fits y on the design with weights ≥ 0, inverse to each row's variance; nil
// means 1. Rows of weight 0 are left out and do not count. Scaling all weights
// changes no coefficient and no covariance.
//
// Errors: those of OLS, and ErrInvalid for a negative weight. WLS panics when
// lengths disagree.
func WLS(y []float64, x Design, weights []float64) (*Linear, error) {
	x.mustFit(y, weights)
	s, err := newSolver(y, x, weights)
	if err != nil {
		return nil, err
	}
	keep, resid := s.keep, s.scaled(y)
	coef := s.qr.regress(resid)
	l := &Linear{
		Coef: coef, Residuals: residuals(y, x, coef), N: len(keep), DF: len(keep) - x.Cols,
		RSS: dot(resid, resid), scores: scores{qr: s.qr, resid: resid, keep: keep, coef: coef},
	}
	if weights != nil {
		l.weights = pick(weights, keep)
	}
	l.R2 = l.explained(y, x.hasConstant(keep), weights)
	if err := mustBeFinite(append(coef, l.RSS, l.R2)...); err != nil {
		return nil, fmt.Errorf("least squares: %w", err)
	}
	return l, nil
}

// explained is R²: the variation of the fitted values over that of the outcome.
func (l *Linear) explained(y []float64, constant bool, weights []float64) float64 {
	var center, mass, fitted, total float64
	if constant {
		for _, i := range l.keep {
			center += weightOf(weights, i) * y[i]
			mass += weightOf(weights, i)
		}
		center /= mass
	}
	for _, i := range l.keep {
		at := y[i] - center
		total += weightOf(weights, i) * at * at
		at -= l.Residuals[i]
		fitted += weightOf(weights, i) * at * at
	}
	if total == 0 {
		return 0
	}
	return min(1, fitted/total)
}

// Classical is the covariance of the coefficients under equal (or, with weights,
// known relative) variances: RSS/DF · (XᵀWX)⁻¹.
//
// Errors: ErrTooFew without residual degrees of freedom.
func (l *Linear) Classical() (*mat.SymDense, error) {
	if l.DF < 1 {
		return nil, fmt.Errorf("covariance of %d rows and %d columns: %w", l.N, len(l.Coef), stat.ErrTooFew)
	}
	return sized(l.qr.wrap(scaledIdentity(len(l.Coef), l.RSS/float64(l.DF))))
}

func roots(keep []int, weights []float64) []float64 {
	if weights == nil {
		return nil
	}
	root := make([]float64, len(keep))
	for k, i := range keep {
		root[k] = math.Sqrt(weights[i])
	}
	return root
}

func residuals(y []float64, x Design, coef []float64) []float64 {
	r := make([]float64, len(y))
	inBlocks(len(y), func(_, low, high int) {
		for i := low; i < high; i++ {
			r[i] = y[i] - dot(x.Row(i), coef)
		}
	})
	return r
}

func scaledIdentity(p int, scale float64) *mat.SymDense {
	m := mat.NewSymDense(p, nil)
	for j := range p {
		m.SetSym(j, j, scale)
	}
	return m
}
