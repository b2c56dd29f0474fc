package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// LogLinear is a fitted Poisson regression: the logarithm of a row's expected
// count per unit of exposure is linear in the columns.
type LogLinear struct {
	Coef       []float64 // log rate per unit of the column; exp of it is a rate ratio
	Fitted     []float64 // expected count, every row, also those of weight 0
	N, DF      int       // rows in the fit; N less the columns
	LogLik     float64   // weighted log likelihood
	Deviance   float64   // twice what the log likelihood misses beside a perfect fit
	Dispersion float64   // Pearson's χ² over DF: about 1 if counts are Poisson, more if they vary more; 0 without DF
	Iterations int
	scores
}

// Poisson fits expected counts by maximum likelihood. y holds counts ≥ 0, which
// need not be whole: the coefficients are right whenever the expectation is,
// whatever the distribution (Gourieroux, Monfort and Trognon 1984), and then
// want a robust covariance. exposure > 0 is what a count is out of (months,
// customers, standard population); nil means 1. weights ≥ 0 multiply a row's log
// likelihood; nil means 1.
//
// Errors: ErrNotFinite; ErrInvalid for a negative count or weight or an exposure
// that is not positive; ErrTooFew with fewer rows than columns; ErrNoVariance
// when all counts are 0; ErrCollinear naming the column; ErrSeparation when a
// combination of columns marks rows whose counts are all 0, so that no finite
// rate fits best; ErrNoConvergence after 100 iterations. Poisson panics when
// lengths disagree.
//
// Source: McCullagh and Nelder (1989), Generalized Linear Models, ch. 6; on
// separation Correia, Guimarães and Zylkin (2020), Stata Journal 20:95-115.
// Classical intervals are not for counts that vary more than Poisson, as tickets
// and visits do: see Quasi, HC and Clustered.
func Poisson(y []float64, x Design, exposure, weights []float64) (*LogLinear, error) {
	x.mustFit(y, weights)
	if exposure != nil && len(exposure) != x.Rows {
		panic(fmt.Sprintf("regression: %d exposures for %d rows", len(exposure), x.Rows))
	}
	if err := checkCounts(y, x, exposure, weights); err != nil {
		return nil, fmt.Errorf("Poisson regression: %w", err)
	}
	keep := used(x.Rows, weights)
	if len(keep) < x.Cols {
		return nil, fmt.Errorf("Poisson regression with %d rows and %d columns: %w", len(keep), x.Cols, stat.ErrTooFew)
	}
	f, err := factor(x.columns(keep, nil))
	if err != nil {
		return nil, fmt.Errorf("Poisson regression: %w", err)
	}
	search := newNewton(counts{}, y, weights, keep, f)
	search.startAtCounts(exposure)
	if err := search.run(); err != nil {
		return nil, fmt.Errorf("Poisson regression: %w", err)
	}
	return search.logLinear(x, exposure)
}

func checkCounts(y []float64, x Design, exposure, weights []float64) error {
	if err := x.check(y, weights); err != nil {
		return err
	}
	any := x.Rows == 0
	for i, v := range y {
		if v < 0 {
			return fmt.Errorf("count %g of row %d: %w", v, i, stat.ErrInvalid)
		}
		any = any || (v > 0 && (weights == nil || weights[i] > 0))
	}
	for i, e := range exposure {
		if !finite(e) {
			return fmt.Errorf("exposure of row %d: %w", i, stat.ErrNotFinite)
		}
		if e <= 0 {
			return fmt.Errorf("exposure %g of row %d: %w", e, i, stat.ErrInvalid)
		}
	}
	if !any {
		return fmt.Errorf("all counts are 0: %w", stat.ErrNoVariance)
	}
	return nil
}

// startAtCounts begins the search at least squares of the logarithm of counts
// that are halfway to their mean.
func (s *newton) startAtCounts(exposure []float64) {
	var mean float64
	for _, v := range s.y {
		mean += v / float64(len(s.y))
	}
	target := make([]float64, len(s.y))
	for k, v := range s.y {
		target[k] = math.Log((v + mean) / 2)
	}
	if exposure != nil {
		for k, i := range s.keep {
			offset := math.Log(exposure[i])
			s.eta[k] = offset
			target[k] -= offset
		}
	}
	s.gamma = s.qr.inner(target)
	for i, a := range s.along(s.gamma) {
		s.eta[i] += a
	}
}

// counts is the family of Poisson regression.
type counts struct{}

func (counts) evaluate(y, eta, weight, mean, variance []float64) float64 {
	var sum float64
	for i, e := range eta {
		mean[i] = math.Exp(e)
		variance[i] = mean[i]
		sum += weight[i] * (y[i]*e - mean[i])
	}
	return sum
}

// A row without events is the likelier the lower its rate; any move makes one
// with events less likely in the end.
func (counts) toward(y, change float64) float64 {
	if y == 0 {
		return -change
	}
	return -math.Abs(change)
}

func (s *newton) logLinear(x Design, exposure []float64) (*LogLinear, error) {
	sc, err := s.scores(x)
	if err != nil {
		return nil, fmt.Errorf("Poisson regression: %w", err)
	}
	l := &LogLinear{Coef: sc.coef, Fitted: x.predictor(sc.coef), N: len(s.y), DF: len(s.y) - x.Cols,
		LogLik: s.loglik, Iterations: s.iterations, scores: sc}
	for i, eta := range l.Fitted {
		l.Fitted[i] = math.Exp(eta)
		if exposure != nil {
			l.Fitted[i] *= exposure[i]
		}
		if !finite(l.Fitted[i]) {
			return nil, fmt.Errorf("Poisson regression: expected count of row %d: %w", i, stat.ErrNotFinite)
		}
	}
	for i, v := range s.y {
		logGamma, _ := math.Lgamma(v + 1)
		l.LogLik -= s.w[i] * logGamma
		miss := v - s.mean[i]
		if v > 0 {
			l.Deviance += 2 * s.w[i] * (v*math.Log(v/s.mean[i]) - miss)
		} else {
			l.Deviance -= 2 * s.w[i] * miss
		}
		if l.DF > 0 {
			l.Dispersion += s.w[i] * miss * miss / s.mean[i] / float64(l.DF)
		}
	}
	if err := mustBeFinite(l.LogLik, l.Deviance, l.Dispersion); err != nil {
		return nil, fmt.Errorf("Poisson regression: %w", err)
	}
	return l, nil
}

// Classical is the covariance of the coefficients if counts are Poisson: the
// inverse of the information. Counts that vary more make it too small.
func (l *LogLinear) Classical() *mat.SymDense { return l.qr.wrap(scaledIdentity(len(l.Coef), 1)) }

// Quasi is the covariance of the coefficients if counts vary in proportion to
// their expectation (quasi-Poisson): Dispersion times Classical.
//
// Errors: ErrTooFew without residual degrees of freedom; ErrNoVariance when the
// counts fit perfectly.
func (l *LogLinear) Quasi() (*mat.SymDense, error) {
	if l.DF < 1 {
		return nil, fmt.Errorf("dispersion of %d rows and %d columns: %w", l.N, len(l.Coef), stat.ErrTooFew)
	}
	if l.Dispersion == 0 {
		return nil, fmt.Errorf("dispersion: %w", stat.ErrNoVariance)
	}
	return sized(l.qr.wrap(scaledIdentity(len(l.Coef), l.Dispersion)))
}
