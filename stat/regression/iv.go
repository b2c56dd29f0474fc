package regression

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// TwoStage is a fit by two-stage least squares (instrumental variables).
type TwoStage struct {
	Coef      []float64 // one per column of the design, outcome per unit of the column
	Residuals []float64 // outcome − design · Coef, every row
	N, DF     int       // rows in the fit; N less the columns
	RSS       float64   // weighted sum of squared residuals
	// First holds the first stages, one for each endogenous column: its least
	// squares on the exogenous columns followed by the instruments.
	First       []*Linear
	instruments int
	endogenous  []int
	y           []float64   // √weight · outcome
	x           [][]float64 // √weight · design
	basis       qr          // of exogenous columns and instruments
	scores
}

// Instrumented fits y on the design when some of its columns, the endogenous
// ones, are correlated with the error: training that the willing chose, say. z
// holds the excluded instruments (an invitation, an offer by lot), which move
// the endogenous columns and touch the outcome in no other way. Exogenous
// columns of the design stand for themselves. weights ≥ 0 as in WLS; nil means 1.
//
// With weak instruments the coefficient leans towards least squares and its
// interval covers too rarely: look at FirstStage, and use AndersonRubin.
//
// Errors: those of WLS; ErrTooFew with fewer instruments than endogenous
// columns; ErrCollinear naming a column that the exogenous ones and instruments
// determine twice, or an endogenous one that no instrument moves. It panics when
// lengths disagree or a column is not of the design.
//
// Source: Theil (1953); Angrist and Imbens (1995), JASA 90:431-442.
func Instrumented(y []float64, x Design, endogenous []int, z Design, weights []float64) (*TwoStage, error) {
	t, err := twoStage(y, x, endogenous, z, weights)
	if err != nil {
		return nil, fmt.Errorf("two-stage least squares: %w", err)
	}
	return t, nil
}

func twoStage(y []float64, x Design, endogenous []int, z Design, weights []float64) (*TwoStage, error) {
	x.mustFit(y, weights)
	z.mustFit(y, weights)
	if err := x.check(y, weights); err != nil {
		return nil, err
	}
	if err := z.check(nil, nil); err != nil {
		return nil, fmt.Errorf("instruments: %w", err)
	}
	all := firstStageDesign(x, endogenous, z)
	keep := used(x.Rows, weights)
	switch {
	case len(endogenous) == 0 || z.Cols < len(endogenous):
		return nil, fmt.Errorf("%d instruments for %d endogenous columns: %w", z.Cols, len(endogenous), stat.ErrTooFew)
	case len(keep) < all.Cols:
		return nil, fmt.Errorf("%d rows for %d exogenous columns and instruments: %w", len(keep), all.Cols, stat.ErrTooFew)
	}
	t := &TwoStage{N: len(keep), DF: len(keep) - x.Cols, instruments: z.Cols, endogenous: slices.Clone(endogenous), y: pick(y, keep)}
	for _, j := range endogenous {
		first, err := WLS(x.column(j), all, weights)
		if err != nil {
			return nil, fmt.Errorf("first stage: %w", err)
		}
		t.First = append(t.First, first)
	}
	t.basis = t.First[0].qr
	if weights != nil {
		t.weights = pick(weights, keep)
	}
	root := rootsOf(t.weights)
	t.x = x.columns(keep, root)
	scaleBy(t.y, root)
	return t, t.second(y, x, keep)
}

// second regresses the outcome on the design with its endogenous columns
// replaced by what the first stage predicts.
func (t *TwoStage) second(y []float64, x Design, keep []int) error {
	predicted := make([][]float64, x.Cols)
	for j, column := range t.x {
		predicted[j] = slices.Clone(column)
	}
	for k, j := range t.endogenous {
		for i, left := range t.First[k].resid {
			predicted[j][i] -= left
		}
	}
	f, err := factor(predicted)
	if err != nil {
		return fmt.Errorf("second stage: the instruments do not tell this column from others: %w", err)
	}
	t.Coef = f.regress(slices.Clone(t.y))
	t.Residuals = residuals(y, x, t.Coef)
	resid := slices.Clone(t.y)
	for j, column := range t.x {
		addScaled(resid, -t.Coef[j], column)
	}
	t.RSS = dot(resid, resid)
	t.scores = scores{qr: f, resid: resid, keep: keep, coef: t.Coef, weights: t.weights, kind: instrumented}
	return mustBeFinite(append(t.Coef, t.RSS)...)
}

// firstStageDesign is the exogenous columns followed by the instruments.
func firstStageDesign(x Design, endogenous []int, z Design) Design {
	for _, j := range endogenous {
		if j < 0 || j >= x.Cols {
			panic(fmt.Sprintf("regression: endogenous column %d of a design with %d", j, x.Cols))
		}
	}
	var own []int
	for j := range x.Cols {
		if !slices.Contains(endogenous, j) {
			own = append(own, j)
		}
	}
	all := Design{Rows: x.Rows, Cols: len(own) + z.Cols}
	all.Values = make([]float64, 0, all.Rows*all.Cols)
	for i := range x.Rows {
		row := x.Row(i)
		for _, j := range own {
			all.Values = append(all.Values, row[j])
		}
		all.Values = append(all.Values, z.Row(i)...)
	}
	return all
}

func (d Design) column(j int) []float64 {
	out := make([]float64, d.Rows)
	for i := range out {
		out[i] = d.Row(i)[j]
	}
	return out
}

// Classical is the covariance of the coefficients under equal variances.
//
// Errors: ErrTooFew without residual degrees of freedom.
func (t *TwoStage) Classical() (*mat.SymDense, error) {
	if t.DF < 1 {
		return nil, fmt.Errorf("covariance of %d rows and %d columns: %w", t.N, len(t.Coef), stat.ErrTooFew)
	}
	return sized(t.qr.wrap(scaledIdentity(len(t.Coef), t.RSS/float64(t.DF))))
}

// FirstStage says how strongly the instruments move an endogenous column.
type FirstStage struct {
	WaldTest // that no instrument moves it, given the exogenous columns
	// Effective is the F statistic of Montiel Olea and Pflueger, for a single
	// endogenous column: below about 10 the instruments are weak, whatever the
	// errors; below 23 the bias may reach a tenth of its worst (for many
	// instruments). With one instrument it equals F.
	Effective float64
}

// FirstStage tests the instruments of endogenous column k (its place in the list
// given) under a covariance of First[k]: Classical, HC1, or clustered as the
// second stage is. df are those that go with it.
//
// Errors: those of Wald.
// Source: Montiel Olea and Pflueger (2013), JBES 31:358-369; Kleibergen and Paap
// (2006), J. Econometrics 133:97-126, whose F for a single endogenous column this
// is under a robust covariance.
func (t *TwoStage) FirstStage(k int, cov *mat.SymDense, df float64) (FirstStage, error) {
	first := t.First[k]
	p, m := len(first.Coef), t.instruments
	columns := make([]int, m)
	for i := range columns {
		columns[i] = p - m + i
	}
	test, err := Wald(first.Coef, cov, Zero(p, columns...), df)
	if err != nil {
		return FirstStage{}, fmt.Errorf("first stage: %w", err)
	}
	// The instruments' own variation given the exogenous columns is R₂₂ᵀR₂₂.
	r := mat.DenseCopyOf(first.qr.r).Slice(p-m, p, p-m, p)
	var own, spread mat.Dense
	own.Mul(r.T(), r)
	spread.Mul(mat.DenseCopyOf(cov).Slice(p-m, p, p-m, p), &own)
	pi := mat.NewVecDense(m, slices.Clone(first.Coef[p-m:]))
	out := FirstStage{WaldTest: test, Effective: mat.Inner(pi, &own, pi) / mat.Trace(&spread)}
	if err := mustBeFinite(out.F, out.Effective); err != nil {
		return FirstStage{}, fmt.Errorf("first stage: %w", err)
	}
	return out, nil
}
