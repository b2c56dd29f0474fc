package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// HC names a covariance that stays right when the variance of the outcome
// differs from row to row. u is a row's score, h its leverage, n the rows and p
// the parameters. Source: MacKinnon and White (1985), J. Econometrics 29:305-325.
type HC int

const (
	HC0 HC = iota // u²
	HC1           // u² · n/(n−p)
	HC2           // u²/(1−h)
	HC3           // u²/(1−h)²; the most careful in small samples
)

// fullLeverage is the leverage from which a row fits itself and HC2 and HC3
// divide by nothing.
const fullLeverage = 1 - 1e-10

// scores is what every robust covariance of a fit needs: the factored weighted
// design and, row by row, the residual on that scale, so that the row's score
// is resid·q.
type scores struct {
	qr       qr
	resid    []float64
	keep     []int     // original row of each row in the fit
	coef     []float64 // of the fit
	weights  []float64 // of WLS, whose working model for CR2 is equal variances all the same; nil: none
	effects  []labels  // absorbed factors
	absorbed int       // parameters that they use up
	kind     kind
}

// kind is the sort of a fit, as far as corrections for leverage go.
type kind int

const (
	leastSquares kind = iota
	likelihood        // logistic, Poisson: least squares at the last step of the search
	instrumented      // two-stage least squares
)

// HC is the heteroskedasticity-robust covariance of the coefficients, Cols × Cols.
// HC1 counts absorbed effects as parameters (fixest's "hetero"). With few rows
// to an effect, cluster by it instead: HC is then biased (Stock and Watson 2008,
// Econometrica 76:155-174).
//
// Errors: ErrTooFew for HC1 without residual degrees of freedom, ErrInvalid for
// HC2 and HC3 when a row has leverage 1 (it alone decides a coefficient), when
// effects are absorbed, whose part of the leverage is not known, and with
// instruments.
func (s scores) HC(kind HC) (*mat.SymDense, error) {
	n, k := len(s.resid), len(s.qr.q)+s.absorbed
	scale := 1.0
	if kind == HC1 {
		if n <= k {
			return nil, fmt.Errorf("HC1 of %d rows and %d parameters: %w", n, k, stat.ErrTooFew)
		}
		scale = float64(n) / float64(n-k)
	}
	omega, err := s.squares(kind)
	if err != nil {
		return nil, err
	}
	return sized(s.qr.wrap(s.weighted(omega, scale)))
}

// weighted is scale · QᵀΩQ for a diagonal Ω.
func (s scores) weighted(omega []float64, scale float64) *mat.SymDense {
	p := len(s.qr.q)
	sums := sumBlocks(len(omega), p*p, func(sums []float64, low, high int) {
		part := make([]float64, high-low)
		for a, q := range s.qr.q {
			for i := range part {
				part[i] = q[low+i] * omega[low+i]
			}
			for b := a; b < p; b++ {
				sums[a*p+b] = dot(part, s.qr.q[b][low:high])
			}
		}
	})
	meat := mat.NewSymDense(p, sums)
	meat.ScaleSym(scale, meat)
	return meat
}

// squares are the squared residuals, corrected for leverage where kind says so.
func (s scores) squares(kind HC) ([]float64, error) {
	omega := make([]float64, len(s.resid))
	for i, r := range s.resid {
		omega[i] = r * r
	}
	if kind != HC2 && kind != HC3 {
		return omega, nil
	}
	if len(s.effects) > 0 || s.kind == instrumented {
		return nil, fmt.Errorf("HC2 and HC3 with absorbed effects or instruments: %w", stat.ErrInvalid)
	}
	for i, h := range s.qr.leverages() {
		if h >= fullLeverage {
			return nil, fmt.Errorf("leverage of row %d is 1: %w", s.keep[i], stat.ErrInvalid)
		}
		omega[i] /= math.Pow(1-h, float64(kind-HC1))
	}
	return omega, nil
}

// StandardErrors are the square roots of the diagonal of a covariance.
func StandardErrors(cov *mat.SymDense) []float64 {
	se := make([]float64, cov.SymmetricDim())
	for j := range se {
		se[j] = math.Sqrt(math.Max(cov.At(j, j), 0))
	}
	return se
}
