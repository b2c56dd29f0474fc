package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
)

// Coefficient is a named coefficient with its interval and the test that it is
// zero.
type Coefficient struct {
	Name string
	stat.Test
}

// Coefficients gives the interval and test of each coefficient under a chosen
// covariance. names has one per column, or is nil; df one for all or one per
// column, +Inf for the normal distribution.
//
// Errors: ErrNoVariance naming the coefficient whose variance is not positive,
// ErrTooFew for degrees of freedom that are not, ErrNotFinite. It panics when
// lengths disagree or level is outside (0, 1).
func Coefficients(names []string, coef []float64, cov *mat.SymDense, df []float64, level float64) ([]Coefficient, error) {
	stat.CheckLevel(level)
	p := len(coef)
	if cov.SymmetricDim() != p || (names != nil && len(names) != p) || (len(df) != 1 && len(df) != p) {
		panic(fmt.Sprintf("regression: %d coefficients with %d names, %d variances and %d degrees of freedom",
			p, len(names), cov.SymmetricDim(), len(df)))
	}
	out := make([]Coefficient, p)
	for j, b := range coef {
		out[j].Name = fmt.Sprintf("column %d", j)
		if names != nil {
			out[j].Name = names[j]
		}
		test, err := testOf(b, cov.At(j, j), df[j%len(df)], level)
		if err != nil {
			return nil, fmt.Errorf("coefficient %s: %w", out[j].Name, err)
		}
		out[j].Test = test
	}
	return out, nil
}

func testOf(value, variance, df, level float64) (stat.Test, error) {
	switch {
	case !finite(value) || !finite(variance) || math.IsNaN(df):
		return stat.Test{}, stat.ErrNotFinite
	case variance <= 0:
		return stat.Test{}, stat.ErrNoVariance
	case df <= 0:
		return stat.Test{}, fmt.Errorf("%g degrees of freedom: %w", df, stat.ErrTooFew)
	}
	return stat.Student(value, math.Sqrt(variance), df, level), nil
}

// Restriction says that Σ Weights·coefficients is Value.
type Restriction struct {
	Weights []float64 // one per column
	Value   float64
}

// Zero restricts each of the columns, of cols in all, to a coefficient of 0.
func Zero(cols int, columns ...int) []Restriction {
	out := make([]Restriction, len(columns))
	for k, j := range columns {
		out[k].Weights = make([]float64, cols)
		out[k].Weights[j] = 1
	}
	return out
}

// WaldTest is the test that several restrictions hold at once. F has an F
// distribution on DF1 (the restrictions) and DF2 degrees of freedom; with DF2
// +Inf, F·DF1 has a χ² distribution on DF1.
type WaldTest struct {
	F, DF1, DF2, P float64
}

// Wald tests that the restrictions hold together, under a chosen covariance with
// df degrees of freedom: N less columns for the classical and HC covariances,
// clusters less one for CR1, +Inf for large samples.
//
// Errors: ErrTooFew without restrictions or degrees of freedom; ErrCollinear
// when a restriction follows from others, or the covariance has no variance for
// it; ErrNotFinite. Wald panics when lengths disagree.
func Wald(coef []float64, cov *mat.SymDense, restrictions []Restriction, df float64) (WaldTest, error) {
	q, err := quadratic(coef, cov, restrictions)
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wald test: %w", err)
	}
	if !(df > 0) {
		return WaldTest{}, fmt.Errorf("Wald test on %g degrees of freedom: %w", df, stat.ErrTooFew)
	}
	return waldOf(q/float64(len(restrictions)), float64(len(restrictions)), df), nil
}

func waldOf(f, df1, df2 float64) WaldTest {
	w := WaldTest{F: f, DF1: df1, DF2: df2}
	if math.IsInf(df2, 1) {
		w.P = mathext.GammaIncRegComp(df1/2, df1*f/2)
	} else {
		w.P = mathext.RegIncBeta(df2/2, df1/2, df2/(df2+df1*f))
	}
	return w
}

// quadratic is (Cb−c)ᵀ(C·V·Cᵀ)⁻¹(Cb−c).
func quadratic(coef []float64, cov mat.Symmetric, restrictions []Restriction) (float64, error) {
	if len(restrictions) == 0 {
		return 0, fmt.Errorf("no restrictions: %w", stat.ErrTooFew)
	}
	c, gap := stack(coef, restrictions)
	for _, g := range gap {
		if !finite(g) {
			return 0, stat.ErrNotFinite
		}
	}
	chol, err := factorised(c, cov)
	if err != nil {
		return 0, err
	}
	var solved mat.VecDense
	v := mat.NewVecDense(len(gap), gap)
	if err := chol.SolveVecTo(&solved, v); err != nil {
		return 0, fmt.Errorf("restrictions that follow from others: %w", stat.ErrCollinear)
	}
	return mat.Dot(v, &solved), nil
}

// factorised is the Cholesky factor of C·V·Cᵀ.
func factorised(c *mat.Dense, cov mat.Symmetric) (*mat.Cholesky, error) {
	rows, _ := c.Dims()
	var half, full mat.Dense
	half.Mul(c, cov)
	full.Mul(&half, c.T())
	sym := mat.NewSymDense(rows, nil)
	for i := range rows {
		for k := i; k < rows; k++ {
			sym.SetSym(i, k, (full.At(i, k)+full.At(k, i))/2)
		}
	}
	// Units differ between coefficients: scale to correlations before judging.
	scale := make([]float64, rows)
	for i := range scale {
		scale[i] = math.Sqrt(sym.At(i, i))
		if !(scale[i] > 0) || !finite(scale[i]) {
			return nil, fmt.Errorf("restriction %d has no variance: %w", i, stat.ErrCollinear)
		}
	}
	correlation := mat.NewSymDense(rows, nil)
	for i := range rows {
		for k := i; k < rows; k++ {
			correlation.SetSym(i, k, sym.At(i, k)/scale[i]/scale[k])
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(correlation) || chol.Cond() > 1e12 {
		return nil, fmt.Errorf("restrictions that follow from others: %w", stat.ErrCollinear)
	}
	if !chol.Factorize(sym) {
		return nil, fmt.Errorf("restrictions that follow from others: %w", stat.ErrCollinear)
	}
	return &chol, nil
}

func stack(coef []float64, restrictions []Restriction) (c *mat.Dense, gap []float64) {
	c = mat.NewDense(len(restrictions), len(coef), nil)
	gap = make([]float64, len(restrictions))
	for k, r := range restrictions {
		if len(r.Weights) != len(coef) {
			panic(fmt.Sprintf("regression: restriction %d has %d weights for %d coefficients", k, len(r.Weights), len(coef)))
		}
		c.SetRow(k, r.Weights)
		gap[k] = dot(r.Weights, coef) - r.Value
	}
	return c, gap
}

// ClusterWald tests that the restrictions hold together under CR2, with the
// degrees of freedom that its spread has if errors are equal and independent
// ("HTZ"): it holds its size with few clusters, where F on G−1 degrees of
// freedom rejects far too often. With one restriction it is the t test on the
// degrees of freedom of Satterthwaite.
//
// Errors: those of Wald and of Clustered for CR2; ErrTooFew when the clusters
// leave no degrees of freedom for so many restrictions.
// Source: Pustejovsky and Tipton (2018), JBES 36:672-683; Zhang (2012).
func (s scores) ClusterWald(restrictions []Restriction, cluster []int) (WaldTest, error) {
	cov, err := s.Clustered(CR2, cluster)
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wald test: %w", err)
	}
	q, err := quadratic(s.coef, cov, restrictions)
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wald test: %w", err)
	}
	c, _ := stack(s.coef, restrictions)
	eta, err := s.spreadDF(c, cluster)
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wald test: %w", err)
	}
	k := float64(len(restrictions))
	if eta-k+1 <= 0 {
		return WaldTest{}, fmt.Errorf("Wald test of %g restrictions with %.2g degrees of freedom in the covariance: %w", k, eta, stat.ErrTooFew)
	}
	return waldOf((eta-k+1)/(eta*k)*q, k, eta-k+1), nil
}

// spreadDF is the degrees of freedom of the Wishart distribution whose spread
// is that of the CR2 covariance of the restrictions.
func (s scores) spreadDF(c *mat.Dense, cluster []int) (float64, error) {
	index, groups, err := s.adjustable(CR2, cluster)
	if err != nil {
		return 0, err
	}
	adjust := newAdjuster(s)
	k, p := c.Dims()
	var about mat.Dense // contrasts about Q
	about.Mul(c, s.qr.inverse)
	middle := mat.NewSymDense(p, nil) // QᵀWQ: the covariance of Qᵀ√W·errors
	if s.weights != nil {
		middle = s.weighted(s.weights, 1)
	} else {
		for j := range p {
			middle.SetSym(j, j, 1)
		}
	}
	chol, err := factorised(&about, middle)
	if err != nil {
		return 0, err
	}
	var lower mat.TriDense
	chol.LTo(&lower)
	var standard mat.Dense // contrasts with independent estimates of variance 1
	if err := standard.Solve(&lower, &about); err != nil {
		return 0, fmt.Errorf("restrictions that follow from others: %w", stat.ErrCollinear)
	}
	contrasts := make([][]float64, k)
	for i := range contrasts {
		contrasts[i] = mat.Row(nil, i, &standard)
	}
	sp := newSpread(adjust.j, contrasts)
	s.spreads(index, groups, []*spread{sp})
	var total float64
	for i := range k {
		for l := range k {
			total += sp.variance(i, l)
		}
	}
	return float64(k*(k+1)) / total, nil
}
