package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Logit is a fitted logistic regression.
type Logit struct {
	Coef       []float64 // log odds per unit of the column
	Fitted     []float64 // probability of outcome 1, every row, also those of weight 0
	N          int       // rows in the fit
	LogLik     float64   // weighted log likelihood
	Iterations int
	scores
}

// Logistic fits the probability that y is 1 by maximum likelihood (Newton's
// method, which for this model is iteratively reweighted least squares). y holds
// 0s and 1s; weights ≥ 0 multiply a row's log likelihood, nil means 1.
//
// Errors: ErrNotFinite; ErrInvalid for an outcome other than 0 and 1 or a
// negative weight; ErrTooFew with fewer rows than columns; ErrNoVariance when
// all outcomes are equal; ErrCollinear naming the column; ErrSeparation when a
// combination of columns predicts the outcome of some rows perfectly, so that no
// finite coefficient fits best; ErrNoConvergence after 100 iterations.
// Logistic panics when lengths disagree.
//
// Source: McCullagh and Nelder (1989), Generalized Linear Models, ch. 4; on
// separation Albert and Anderson (1984), Biometrika 71:1-10.
func Logistic(y []float64, x Design, weights []float64) (*Logit, error) {
	x.mustFit(y, weights)
	if err := checkBinary(y, x, weights); err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	keep := used(x.Rows, weights)
	if len(keep) < x.Cols {
		return nil, fmt.Errorf("logistic regression with %d rows and %d columns: %w", len(keep), x.Cols, stat.ErrTooFew)
	}
	f, err := factor(x.columns(keep, nil))
	if err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	search := newNewton(bernoulli{}, y, weights, keep, f)
	if err := search.run(); err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	s, err := search.scores(x)
	if err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	l := &Logit{Coef: s.coef, Fitted: x.predictor(s.coef), N: len(keep), LogLik: search.loglik,
		Iterations: search.iterations, scores: s}
	for i, eta := range l.Fitted {
		l.Fitted[i] = logisticOf(eta)
	}
	return l, nil
}

// checkBinary adds to Design.check that y holds both 0s and 1s among the rows
// with a weight, and nothing else.
func checkBinary(y []float64, x Design, weights []float64) error {
	if err := x.check(y, weights); err != nil {
		return err
	}
	var seen [2]bool
	for i, v := range y {
		if v != 0 && v != 1 {
			return fmt.Errorf("outcome %g of row %d is not 0 or 1: %w", v, i, stat.ErrInvalid)
		}
		if weights == nil || weights[i] > 0 {
			seen[int(v)] = true
		}
	}
	if x.Rows > 0 && seen[0] != seen[1] {
		return fmt.Errorf("all outcomes are equal: %w", stat.ErrNoVariance)
	}
	return nil
}

// bernoulli is the family of logistic regression.
type bernoulli struct{}

func (bernoulli) evaluate(y, eta, weight, mean, variance []float64) float64 {
	var sum float64
	for i, e := range eta {
		soft := math.Exp(-math.Abs(e)) // in (0, 1]: no overflow
		mean[i] = 1 / (1 + soft)
		if e < 0 {
			mean[i] = soft / (1 + soft)
		}
		variance[i] = soft / ((1 + soft) * (1 + soft))
		sum += weight[i] * (y[i]*e - math.Max(e, 0) - math.Log(1+soft))
	}
	return sum
}

func (bernoulli) toward(y, change float64) float64 { return (2*y - 1) * change }

// Classical is the covariance of the coefficients if the model is right: the
// inverse of the information.
func (l *Logit) Classical() *mat.SymDense { return l.qr.wrap(scaledIdentity(len(l.Coef), 1)) }

func logisticOf(eta float64) float64 {
	if eta < 0 {
		soft := math.Exp(eta)
		return soft / (1 + soft)
	}
	return 1 / (1 + math.Exp(-eta))
}
