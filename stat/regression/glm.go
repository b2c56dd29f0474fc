package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// family is a generalised linear model with its canonical link.
type family interface {
	// evaluate sets mean and variance for the linear predictor eta and returns the
	// weighted log likelihood, less what does not depend on eta.
	evaluate(y, eta, weight, mean, variance []float64) float64
	// toward says how far a change of the linear predictor moves a row with outcome
	// y towards a likelihood of 1: negative when it moves away.
	toward(y, change float64) float64
}

const (
	maxIterations  = 100
	separationFrom = 10    // iteration from which a step that keeps its length is suspect
	settled        = 1e-18 // squared length of a step, in standard errors at mean weight 1, that ends the search
)

// newton searches for the coefficients in the orthonormal basis Q of the design,
// where the search does not care how columns are scaled or correlated.
type newton struct {
	family
	qr             qr
	keep           []int
	y, w           []float64 // of the kept rows
	gamma          []float64 // coefficients of Q
	eta            []float64
	mean, variance []float64
	meanWeight     float64
	loglik         float64
	iterations     int
}

func newNewton(f family, y, weights []float64, keep []int, q qr) *newton {
	n := len(keep)
	s := &newton{family: f, qr: q, keep: keep, y: pick(y, keep), w: make([]float64, n),
		gamma: make([]float64, len(q.q)), eta: make([]float64, n), mean: make([]float64, n), variance: make([]float64, n)}
	for k, i := range keep {
		s.w[k] = 1
		if weights != nil {
			s.w[k] = weights[i]
		}
		s.meanWeight += s.w[k] / float64(n)
	}
	return s
}

// measure sets means and variances for the linear predictor eta and returns the
// log likelihood.
func (s *newton) measure(eta []float64) float64 {
	return sumBlocks(len(eta), 1, func(sum []float64, low, high int) {
		sum[0] = s.evaluate(s.y[low:high], eta[low:high], s.w[low:high], s.mean[low:high], s.variance[low:high])
	})[0]
}

func (s *newton) run() error {
	s.loglik = s.measure(s.eta)
	for s.iterations = 1; s.iterations <= maxIterations; s.iterations++ {
		gradient, hessian := s.derivatives()
		step, err := newtonStep(gradient, hessian)
		if err != nil {
			return err
		}
		along := s.along(step)
		if s.iterations >= separationFrom && s.separates(along) {
			return stat.ErrSeparation
		}
		s.advance(step, along)
		if dot(step, gradient) < settled*s.meanWeight {
			return nil
		}
	}
	return fmt.Errorf("after %d iterations: %w", maxIterations, stat.ErrNoConvergence)
}

func newtonStep(gradient []float64, hessian *mat.SymDense) ([]float64, error) {
	for _, g := range gradient {
		if !finite(g) {
			return nil, fmt.Errorf("score: %w", stat.ErrNotFinite)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(hessian) {
		return nil, fmt.Errorf("information is singular: %w", stat.ErrSeparation)
	}
	step := mat.NewVecDense(len(gradient), nil)
	if err := chol.SolveVecTo(step, mat.NewVecDense(len(gradient), gradient)); err != nil {
		return nil, fmt.Errorf("information is near singular: %w", stat.ErrSeparation)
	}
	return step.RawVector().Data, nil
}

// derivatives are the score and the information about gamma.
func (s *newton) derivatives() ([]float64, *mat.SymDense) {
	p := len(s.qr.q)
	sums := sumBlocks(len(s.y), p+p*p, func(sums []float64, low, high int) {
		part := make([]float64, high-low)
		for i := range part {
			part[i] = s.w[low+i] * (s.y[low+i] - s.mean[low+i])
		}
		for a, q := range s.qr.q {
			sums[a] = dot(q[low:high], part)
		}
		for a, q := range s.qr.q {
			for i := range part {
				part[i] = q[low+i] * s.w[low+i] * s.variance[low+i]
			}
			for b := a; b < p; b++ {
				sums[p+a*p+b] = dot(part, s.qr.q[b][low:high])
			}
		}
	})
	return sums[:p], mat.NewSymDense(p, sums[p:])
}

// along is the change of the linear predictor that a step makes.
func (s *newton) along(step []float64) []float64 {
	change := make([]float64, len(s.y))
	inBlocks(len(change), func(_, low, high int) {
		for k, q := range s.qr.q {
			addScaled(change[low:high], step[k], q[low:high])
		}
	})
	return change
}

// separates says whether a step moves every row towards its own outcome or not
// at all. When such a direction exists the likelihood rises along it for ever,
// in steps that do not shrink; when none exists steps shrink to nothing.
func (s *newton) separates(along []float64) bool {
	least, most := 0.0, 0.0
	for i, a := range along {
		toward := s.toward(s.y[i], a)
		least, most = math.Min(least, toward), math.Max(most, toward)
	}
	return most > 0.1 && least > -1e-6*most
}

// advance takes the step, halved until the likelihood does not fall.
func (s *newton) advance(step, along []float64) {
	eta := make([]float64, len(s.eta))
	for size := 1.0; size > 1e-10; size /= 2 {
		for i, e := range s.eta {
			eta[i] = e + size*along[i]
		}
		if loglik := s.measure(eta); loglik >= s.loglik-1e-12*math.Abs(s.loglik) {
			s.eta, s.loglik = eta, loglik
			addScaled(s.gamma, size, step)
			return
		}
	}
	s.measure(s.eta)
}

// scores are those of the end of the search, about the columns of the design.
func (s *newton) scores(x Design) (scores, error) {
	root, resid := make([]float64, len(s.y)), make([]float64, len(s.y))
	for i, v := range s.variance {
		root[i] = math.Sqrt(s.w[i] * math.Max(v, math.SmallestNonzeroFloat64))
		resid[i] = s.w[i] * (s.y[i] - s.mean[i]) / root[i]
	}
	f, err := factor(x.columns(s.keep, root))
	if err != nil {
		return scores{}, fmt.Errorf("information: %w", err)
	}
	out := scores{qr: f, resid: resid, keep: s.keep, coef: s.qr.solve(s.gamma), kind: likelihood}
	if err := mustBeFinite(append(out.coef, s.loglik)...); err != nil {
		return scores{}, err
	}
	_, err = sized(f.wrap(scaledIdentity(len(out.coef), 1)))
	return out, err
}

// predictor is the linear predictor of every row, without offsets.
func (d Design) predictor(coef []float64) []float64 {
	eta := make([]float64, d.Rows)
	inBlocks(d.Rows, func(_, low, high int) {
		for i := low; i < high; i++ {
			eta[i] = dot(d.Row(i), coef)
		}
	})
	return eta
}
