package regression

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Overidentified is a test that instruments agree with each other: Statistic
// has a χ² distribution on DF (instruments beyond the endogenous columns) if all
// of them are valid. It cannot see a fault that they share.
type Overidentified struct {
	Statistic, DF, P float64
}

// Sargan tests the instruments under equal variances: N times the R² of the
// residuals on exogenous columns and instruments.
//
// Errors: ErrTooFew with as many instruments as endogenous columns, which cannot
// disagree; ErrNoVariance when residuals are zero.
// Source: Sargan (1958), Econometrica 26:393-415.
func (t *TwoStage) Sargan() (Overidentified, error) {
	if err := t.mustOveridentify(); err != nil {
		return Overidentified{}, err
	}
	along := t.basis.inner(t.resid)
	return t.overidentified(float64(t.N) * dot(along, along) / t.RSS), nil
}

// Hansen tests the instruments under a heteroskedasticity-robust covariance, or
// a cluster-robust one if cluster is not nil: the J statistic of two-step
// efficient GMM that starts from this fit.
//
// Errors: those of Sargan; ErrTooFew with fewer clusters than moments.
// Source: Hansen (1982), Econometrica 50:1029-1054.
func (t *TwoStage) Hansen(cluster []int) (Overidentified, error) {
	if err := t.mustOveridentify(); err != nil {
		return Overidentified{}, err
	}
	var chol mat.Cholesky
	if !chol.Factorize(t.moments(t.resid, t.resid, cluster)) || chol.Cond() > 1e14 {
		return Overidentified{}, fmt.Errorf("overidentification: fewer clusters than moments: %w", stat.ErrTooFew)
	}
	// Moments about the orthonormal basis B: Bᵀ(y − Xb).
	p := len(t.x)
	slope, level := mat.NewDense(len(t.basis.q), p, nil), mat.NewVecDense(len(t.basis.q), t.basis.inner(t.y))
	for j, column := range t.x {
		slope.SetCol(j, t.basis.inner(column))
	}
	var weighted, gram mat.Dense
	var target, b, gap, solved mat.VecDense
	if err := chol.SolveTo(&weighted, slope); err != nil {
		return Overidentified{}, fmt.Errorf("overidentification: %w", stat.ErrCollinear)
	}
	gram.Mul(slope.T(), &weighted)
	target.MulVec(weighted.T(), level)
	if err := b.SolveVec(&gram, &target); err != nil {
		return Overidentified{}, fmt.Errorf("overidentification: %w", stat.ErrCollinear)
	}
	gap.MulVec(slope, &b)
	gap.SubVec(level, &gap)
	if err := chol.SolveVecTo(&solved, &gap); err != nil {
		return Overidentified{}, fmt.Errorf("overidentification: %w", stat.ErrCollinear)
	}
	return t.overidentified(mat.Dot(&gap, &solved)), nil
}

func (t *TwoStage) mustOveridentify() error {
	if t.instruments == len(t.endogenous) {
		return fmt.Errorf("overidentification: %d instruments for as many endogenous columns: %w", t.instruments, stat.ErrTooFew)
	}
	if total := dot(t.y, t.y); t.RSS <= 1e-24*total {
		return fmt.Errorf("overidentification: residuals are zero: %w", stat.ErrNoVariance)
	}
	return nil
}

func (t *TwoStage) overidentified(statistic float64) Overidentified {
	df := float64(t.instruments - len(t.endogenous))
	return Overidentified{Statistic: statistic, DF: df, P: waldOf(statistic/df, df, math.Inf(1)).P}
}

// moments is Σ (Bᵀe)(Bᵀf)ᵀ over rows, or clusters, made symmetric.
func (t *TwoStage) moments(e, f []float64, cluster []int) *mat.SymDense {
	index, groups := make([]int, len(t.keep)), len(t.keep)
	if cluster != nil {
		index, groups = t.number(cluster)
	} else {
		for i := range index {
			index[i] = i
		}
	}
	one := scores{qr: t.basis, resid: e}.clusterSums(index, groups)
	other := scores{qr: t.basis, resid: f}.clusterSums(index, groups)
	var product mat.Dense
	product.Mul(one.T(), other)
	m := len(t.basis.q)
	out := mat.NewSymDense(m, nil)
	for i := range m {
		for j := i; j < m; j++ {
			out.SetSym(i, j, (product.At(i, j)+product.At(j, i))/2)
		}
	}
	return out
}

// WuHausman tests that the endogenous columns are exogenous after all, so that
// least squares would do: an F test of the first-stage residuals added to the
// regression, under equal variances.
//
// Errors: ErrTooFew without degrees of freedom; ErrCollinear when the first stage
// leaves no residuals.
// Source: Hausman (1978), Econometrica 46:1251-1271.
func (t *TwoStage) WuHausman() (WaldTest, error) {
	columns := make([][]float64, 0, len(t.x)+len(t.First))
	for _, c := range t.x {
		columns = append(columns, slices.Clone(c))
	}
	var added []int
	for _, first := range t.First {
		added = append(added, len(columns))
		columns = append(columns, slices.Clone(first.resid))
	}
	p := len(columns)
	df := t.N - p
	if df < 1 {
		return WaldTest{}, fmt.Errorf("Wu–Hausman test of %d rows and %d columns: %w", t.N, p, stat.ErrTooFew)
	}
	f, err := factor(columns)
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wu–Hausman test: %w", err)
	}
	resid := slices.Clone(t.y)
	coef := f.regress(resid)
	cov := f.wrap(scaledIdentity(p, dot(resid, resid)/float64(df)))
	test, err := Wald(coef, cov, Zero(p, added...), float64(df))
	if err != nil {
		return WaldTest{}, fmt.Errorf("Wu–Hausman test: %w", err)
	}
	return test, nil
}
