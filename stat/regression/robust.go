package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// HC names a covariance that stays right when the variance of the outcome
// differs from row to row. u is a row's score, h its leverage, n the rows and p
// the columns. Source: MacKinnon and White (1985), J. Econometrics 29:305-325.
type HC int

const (
	HC0 HC = iota // u²
	HC1           // u² · n/(n−p)
	HC2           // u²/(1−h)
	HC3           // u²/(1−h)²; the most careful in small samples
)

// CR names a covariance that stays right when rows of the same cluster are
// dependent. Both lean on many clusters: with fewer than about 30, or clusters
// of very unequal size, intervals are too short.
// Source: Liang and Zeger (1986), Biometrika 73:13-22.
type CR int

const (
	CR0 CR = iota // no correction
	CR1           // times G/(G−1) · (n−1)/(n−p), as Stata and R's sandwich HC1
)

// fullLeverage is the leverage from which a row fits itself and HC2 and HC3
// divide by nothing.
const fullLeverage = 1 - 1e-10

// scores is what every robust covariance of a fit needs: the factored weighted
// design and, row by row, the residual on that scale, so that the row's score
// is resid·q.
type scores struct {
	qr    qr
	resid []float64
	keep  []int // original row of each row in the fit
}

// HC is the heteroskedasticity-robust covariance of the coefficients, Cols × Cols.
//
// Errors: ErrTooFew for HC1 without residual degrees of freedom, ErrInvalid for
// HC2 and HC3 when a row has leverage 1 (it alone decides a coefficient).
func (s scores) HC(kind HC) (*mat.SymDense, error) {
	n, p := len(s.resid), len(s.qr.q)
	scale := 1.0
	if kind == HC1 {
		if n <= p {
			return nil, fmt.Errorf("HC1 of %d rows and %d columns: %w", n, p, stat.ErrTooFew)
		}
		scale = float64(n) / float64(n-p)
	}
	omega, err := s.squares(kind)
	if err != nil {
		return nil, err
	}
	meat := mat.NewSymDense(p, nil)
	for a := range p {
		for b := a; b < p; b++ {
			var sum float64
			for i, o := range omega {
				sum += s.qr.q[a][i] * s.qr.q[b][i] * o
			}
			meat.SetSym(a, b, scale*sum)
		}
	}
	return s.qr.wrap(meat), nil
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
	for i, h := range s.qr.leverages() {
		if h >= fullLeverage {
			return nil, fmt.Errorf("leverage of row %d is 1: %w", s.keep[i], stat.ErrInvalid)
		}
		omega[i] /= math.Pow(1-h, float64(kind-HC1))
	}
	return omega, nil
}

// Clustered is the cluster-robust covariance of the coefficients, Cols × Cols.
// cluster labels each row of the design; equal labels are one cluster.
//
// Errors: ErrTooFew with fewer than two clusters, or for CR1 without residual
// degrees of freedom. Clustered panics when labels and rows differ in number.
func (s scores) Clustered(kind CR, cluster []int) (*mat.SymDense, error) {
	index, groups := s.number(cluster)
	n, p := len(s.resid), len(s.qr.q)
	if groups < 2 {
		return nil, fmt.Errorf("covariance of %d cluster: %w", groups, stat.ErrTooFew)
	}
	scale := 1.0
	if kind == CR1 {
		if n <= p {
			return nil, fmt.Errorf("CR1 of %d rows and %d columns: %w", n, p, stat.ErrTooFew)
		}
		g := float64(groups)
		scale = g / (g - 1) * float64(n-1) / float64(n-p)
	}
	sums := mat.NewDense(groups, p, nil)
	raw := sums.RawMatrix().Data
	for j, q := range s.qr.q {
		for i, r := range s.resid {
			raw[index[i]*p+j] += r * q[i]
		}
	}
	meat := mat.NewSymDense(p, nil)
	meat.SymOuterK(scale, sums.T())
	return s.qr.wrap(meat), nil
}

// Clusters counts the distinct labels among the rows that took part in the fit.
func (s scores) Clusters(cluster []int) int {
	_, groups := s.number(cluster)
	return groups
}

// number gives each row of the fit the index of its cluster, in order of
// appearance.
func (s scores) number(cluster []int) (index []int, groups int) {
	if n := s.keep[len(s.keep)-1]; n >= len(cluster) {
		panic(fmt.Sprintf("regression: %d cluster labels, row %d has none", len(cluster), n))
	}
	number := numberer(cluster, s.keep)
	index = make([]int, len(s.keep))
	for k, i := range s.keep {
		index[k] = int(number(cluster[i]))
		groups = max(groups, index[k]+1)
	}
	return index, groups
}

// StandardErrors are the square roots of the diagonal of a covariance.
func StandardErrors(cov *mat.SymDense) []float64 {
	se := make([]float64, cov.SymmetricDim())
	for j := range se {
		se[j] = math.Sqrt(math.Max(cov.At(j, j), 0))
	}
	return se
}
