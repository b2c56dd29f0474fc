package regression

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Absorption says which fixed effects a fit takes out of the outcome and the
// covariates before they meet.
type Absorption struct {
	Factors [][]int   // one slice a factor (units, months, …), one label a row; equal labels share an effect
	Weights []float64 // ≥ 0, as in WLS; nil means 1
	// KeepSingletons keeps rows that are alone in a level of a factor. They have
	// nothing to say of any coefficient and make clustered standard errors too
	// small (Correia 2015); R's fixest keeps them, Stata's reghdfe drops them.
	KeepSingletons bool
}

// Panel is a least-squares fit with absorbed fixed effects.
type Panel struct {
	Coef       []float64 // one per column of the design
	Rows       []int     // the rows in the fit, ascending
	Residuals  []float64 // outcome − fitted with effects, one for each of Rows
	Singletons []int     // rows left out because they alone held a level, ascending
	Levels     []int     // levels left of each factor
	Absorbed   int       // parameters that the factors use up together
	N, DF      int       // rows in the fit; N less columns and Absorbed
	RSS        float64   // weighted residual sum of squares
	R2Within   float64   // share of the outcome's variation within the effects that the columns explain
	Iterations int       // most iterations that a column took; 0 with one factor
	scores
}

// FixedEffects fits y on the design and one effect for each level of each
// factor, without forming a column for any of them: with units and months as
// factors this is the two-way fixed-effects regression. The design holds no
// intercept and nothing that is constant within a factor.
//
// Rows that are alone in a level are left out, again and again until none is,
// and listed; use Absorption to keep them. Work is linear in rows, and memory in
// rows × columns.
//
// Errors: ErrNotFinite; ErrInvalid for a negative weight; ErrTooFew when
// nothing is left or the effects use up all rows; ErrCollinear naming the
// column, also for one that the effects explain; ErrNoConvergence when factors
// are so thinly linked that their effects cannot be told apart. It panics when
// lengths disagree or no factor is given.
//
// Source: Guimarães and Portugal (2010), Stata Journal 10:628-649; Correia
// (2017), Linear models with high-dimensional fixed effects. Not for staggered
// starts with effects that differ between cohorts or grow: see package did.
func FixedEffects(y []float64, x Design, factors [][]int, weights []float64) (*Panel, error) {
	return Absorption{Factors: factors, Weights: weights}.Fit(y, x)
}

// Fit is FixedEffects with the options of a.
func (a Absorption) Fit(y []float64, x Design) (*Panel, error) {
	x.mustFit(y, a.Weights)
	a.mustFit(x.Rows)
	if err := x.check(y, a.Weights); err != nil {
		return nil, fmt.Errorf("fixed effects: %w", err)
	}
	p := a.prepare(x.Rows)
	if p.N == 0 {
		return nil, fmt.Errorf("fixed effects: no row shares its levels with another: %w", stat.ErrTooFew)
	}
	if err := p.fit(y, x); err != nil {
		return nil, fmt.Errorf("fixed effects: %w", err)
	}
	return p, nil
}

func (a Absorption) mustFit(rows int) {
	if len(a.Factors) == 0 {
		panic("regression: fixed effects without a factor")
	}
	for k, f := range a.Factors {
		if len(f) != rows {
			panic(fmt.Sprintf("regression: factor %d has %d labels for %d rows", k, len(f), rows))
		}
	}
}

// prepare chooses the rows and counts what the factors cost.
func (a Absorption) prepare(rows int) *Panel {
	p := &Panel{Rows: used(rows, a.Weights)}
	if !a.KeepSingletons {
		p.Rows, p.Singletons = dropSingletons(a.Factors, p.Rows)
	}
	p.N = len(p.Rows)
	for _, f := range a.Factors {
		l := label(f, p.Rows)
		p.effects, p.Levels = append(p.effects, l), append(p.Levels, l.levels)
	}
	if a.Weights != nil {
		p.weights = make([]float64, p.N)
		for k, i := range p.Rows {
			p.weights[k] = a.Weights[i]
		}
	}
	p.Absorbed = rank(p.effects)
	return p
}

// fit demeans the outcome (last column) and the covariates and regresses.
func (p *Panel) fit(y []float64, x Design) error {
	columns := append(x.columns(p.Rows, nil), pick(y, p.Rows))
	before := make([]float64, x.Cols)
	for j := range before {
		before[j] = sumSquares(columns[j], p.weights)
	}
	var err error
	if p.Iterations, err = demean(columns, p.effects, p.weights); err != nil {
		return err
	}
	for j, size := range before {
		if left := sumSquares(columns[j], p.weights); left <= collinearWithEffects*collinearWithEffects*size {
			return fmt.Errorf("column %d does not vary within the fixed effects: %w", j, stat.ErrCollinear)
		}
	}
	p.DF = p.N - x.Cols - p.Absorbed
	if p.DF < 0 {
		return fmt.Errorf("%d rows for %d columns and %d effects: %w", p.N, x.Cols, p.Absorbed, stat.ErrTooFew)
	}
	return p.regress(columns[:x.Cols], columns[x.Cols])
}

// collinearWithEffects is the share of a column's length that must be left
// within the effects. Columns that the effects explain leave what the iteration
// leaves, about 1e-12.
const collinearWithEffects = 1e-9

func (p *Panel) regress(columns [][]float64, y []float64) error {
	total := sumSquares(y, p.weights)
	root := rootsOf(p.weights)
	for _, c := range append(columns, y) {
		scaleBy(c, root)
	}
	f, err := factor(columns)
	if err != nil {
		return err
	}
	p.Coef = f.regress(y)
	p.RSS = dot(y, y)
	if total > 0 {
		p.R2Within = max(0, 1-p.RSS/total)
	}
	p.Residuals = make([]float64, p.N)
	for i, e := range y {
		p.Residuals[i] = e
		if root != nil {
			p.Residuals[i] /= root[i]
		}
	}
	p.scores = scores{qr: f, resid: y, keep: p.Rows, coef: p.Coef, weights: p.weights, effects: p.effects, absorbed: p.Absorbed}
	return mustBeFinite(append(p.Coef, p.RSS, p.R2Within)...)
}

// Classical is the covariance of the coefficients under equal (or, with
// weights, known relative) variances: RSS/DF · (X̃ᵀWX̃)⁻¹ for the demeaned X̃.
//
// Errors: ErrTooFew without residual degrees of freedom.
func (p *Panel) Classical() (*mat.SymDense, error) {
	if p.DF < 1 {
		return nil, fmt.Errorf("covariance of %d rows, %d columns and %d effects: %w", p.N, len(p.Coef), p.Absorbed, stat.ErrTooFew)
	}
	return sized(p.qr.wrap(scaledIdentity(len(p.Coef), p.RSS/float64(p.DF))))
}
