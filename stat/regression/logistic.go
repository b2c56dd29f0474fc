package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/floats"
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

const (
	maxIterations  = 100
	separationFrom = 10    // iteration from which a step that keeps its length is suspect
	settled        = 1e-18 // squared length of a step, in standard errors at mean weight 1, that ends the search
)

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
	search := newNewton(y, weights, keep, f)
	if err := search.run(); err != nil {
		return nil, fmt.Errorf("logistic regression: %w", err)
	}
	return search.logit(x)
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

// newton searches for the coefficients in the orthonormal basis Q of the design,
// where the search does not care how columns are scaled or correlated.
type newton struct {
	qr         qr
	keep       []int
	y, w       []float64 // of the kept rows
	gamma      []float64 // coefficients of Q
	eta, prob  []float64
	meanWeight float64
	loglik     float64
	iterations int
}

func newNewton(y, weights []float64, keep []int, f qr) *newton {
	n := len(keep)
	s := &newton{qr: f, keep: keep, y: make([]float64, n), w: make([]float64, n),
		gamma: make([]float64, len(f.q)), eta: make([]float64, n), prob: make([]float64, n)}
	for k, i := range keep {
		s.y[k], s.w[k] = y[i], 1
		if weights != nil {
			s.w[k] = weights[i]
		}
		s.meanWeight += s.w[k] / float64(n)
	}
	s.loglik = s.evaluate(s.eta)
	return s
}

// evaluate sets the probabilities for the linear predictor eta and returns the
// log likelihood.
func (s *newton) evaluate(eta []float64) float64 {
	var sum float64
	for i, e := range eta {
		soft := math.Exp(-math.Abs(e)) // in (0, 1]: no overflow
		s.prob[i] = 1 / (1 + soft)
		if e < 0 {
			s.prob[i] = soft / (1 + soft)
		}
		sum += s.w[i] * (s.y[i]*e - math.Max(e, 0) - math.Log(1+soft))
	}
	return sum
}

func (s *newton) run() error {
	for s.iterations = 1; s.iterations <= maxIterations; s.iterations++ {
		gradient, hessian := s.derivatives()
		var chol mat.Cholesky
		if !chol.Factorize(hessian) {
			return fmt.Errorf("information is singular: %w", stat.ErrSeparation)
		}
		step := mat.NewVecDense(len(gradient), nil)
		if err := chol.SolveVecTo(step, mat.NewVecDense(len(gradient), gradient)); err != nil {
			return fmt.Errorf("information is near singular: %w", stat.ErrSeparation)
		}
		along := s.along(step.RawVector().Data)
		if s.iterations >= separationFrom && s.separates(along) {
			return stat.ErrSeparation
		}
		s.advance(step.RawVector().Data, along)
		if mat.Dot(step, mat.NewVecDense(len(gradient), gradient)) < settled*s.meanWeight {
			return nil
		}
	}
	return fmt.Errorf("after %d iterations: %w", maxIterations, stat.ErrNoConvergence)
}

// derivatives are the score and the information about gamma.
func (s *newton) derivatives() ([]float64, *mat.SymDense) {
	p, n := len(s.qr.q), len(s.y)
	score, weight := make([]float64, n), make([]float64, n)
	for i, pr := range s.prob {
		score[i] = s.w[i] * (s.y[i] - pr)
		weight[i] = s.w[i] * pr * (1 - pr)
	}
	gradient, hessian := make([]float64, p), mat.NewSymDense(p, nil)
	weighted := make([]float64, n)
	for a, q := range s.qr.q {
		gradient[a] = floats.Dot(q, score)
		floats.MulTo(weighted, q, weight)
		for b := a; b < p; b++ {
			hessian.SetSym(a, b, floats.Dot(weighted, s.qr.q[b]))
		}
	}
	return gradient, hessian
}

// along is the change of the linear predictor that a step makes.
func (s *newton) along(step []float64) []float64 {
	change := make([]float64, len(s.y))
	for k, q := range s.qr.q {
		floats.AddScaled(change, step[k], q)
	}
	return change
}

// separates says whether a step moves every row towards its own outcome or not
// at all. When such a direction exists the likelihood rises along it for ever,
// in steps that do not shrink; when none exists steps shrink to nothing.
func (s *newton) separates(along []float64) bool {
	least, most := 0.0, 0.0
	for i, a := range along {
		toward := (2*s.y[i] - 1) * a
		least, most = math.Min(least, toward), math.Max(most, toward)
	}
	return most > 0.1 && least > -1e-6*most
}

// advance takes the step, halved until the likelihood does not fall.
func (s *newton) advance(step, along []float64) {
	eta := make([]float64, len(s.eta))
	for size := 1.0; size > 1e-10; size /= 2 {
		floats.AddScaledTo(eta, s.eta, size, along)
		if loglik := s.evaluate(eta); loglik >= s.loglik-1e-12*math.Abs(s.loglik) {
			s.eta, s.loglik = eta, loglik
			floats.AddScaled(s.gamma, size, step)
			return
		}
	}
	s.evaluate(s.eta)
}

// logit turns the end of the search into a fit in the columns of the design.
func (s *newton) logit(x Design) (*Logit, error) {
	l := &Logit{Coef: s.qr.solve(s.gamma), Fitted: make([]float64, x.Rows), N: len(s.y),
		LogLik: s.loglik, Iterations: s.iterations}
	for i := range l.Fitted {
		l.Fitted[i] = logisticOf(floats.Dot(x.Row(i), l.Coef))
	}
	root, resid := make([]float64, l.N), make([]float64, l.N)
	for i, pr := range s.prob {
		root[i] = math.Sqrt(s.w[i] * math.Max(pr*(1-pr), math.SmallestNonzeroFloat64))
		resid[i] = s.w[i] * (s.y[i] - pr) / root[i]
	}
	f, err := factor(x.columns(s.keep, root))
	if err != nil {
		return nil, fmt.Errorf("logistic regression: information: %w", err)
	}
	l.scores = scores{qr: f, resid: resid, keep: s.keep, coef: l.Coef}
	return l, nil
}

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
