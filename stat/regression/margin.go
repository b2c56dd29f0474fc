package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Ratio turns a difference of logarithms (of odds, rates or risks) into a ratio:
// exp of the value and of the interval's ends, with the standard error of the
// delta method. Without an effect it is 1.
func Ratio(log stat.Test) stat.Estimate {
	value := math.Exp(log.Value)
	return stat.Estimate{Value: value, SE: value * log.SE, Interval: stat.Interval{
		Low: math.Exp(log.Interval.Low), High: math.Exp(log.Interval.High), Level: log.Interval.Level}}
}

// Standardised compares the mean risk of the same rows with and without an
// indicator, as the model gives it.
type Standardised struct {
	With, Without stat.Estimate // mean probability of outcome 1, 0–1
	Difference    stat.Test     // With − Without
	LogRatio      stat.Test     // of the two; see Ratio
}

// Standardise sets a column of 0s and 1s to 1 in every row of x, then to 0, and
// compares the mean of the two probabilities: the effect in risk instead of
// odds, standardised to the covariates of x (g-computation). weights ≥ 0 are
// those of the mean; nil means 1. cov is a covariance of the coefficients:
// Classical, or HC or Clustered for one that holds when the model does not.
// Intervals are by the delta method, of normally distributed estimates, and take
// the covariates of x as given.
//
// Products of the column with others must not be in the design: they would
// keep their old values.
//
// Errors: ErrInvalid when the column holds anything but 0 and 1; ErrTooFew when
// no row has a weight; ErrNoVariance when the covariance says nothing. It
// panics when shapes disagree or level is outside (0, 1).
func (l *Logit) Standardise(x Design, column int, weights []float64, cov *mat.SymDense, level float64) (Standardised, error) {
	stat.CheckLevel(level)
	l.mustMatch(x, weights, cov)
	for i := range x.Rows {
		if v := x.Row(i)[column]; v != 0 && v != 1 {
			return Standardised{}, fmt.Errorf("standardise: column %d of row %d is %g, not 0 or 1: %w", column, i, v, stat.ErrInvalid)
		}
	}
	with, without := l.meanRisk(x, column, 1, weights), l.meanRisk(x, column, 0, weights)
	if !(with.mass > 0) {
		return Standardised{}, fmt.Errorf("standardise: no row has a weight: %w", stat.ErrTooFew)
	}
	difference, ratio := make([]float64, x.Cols), make([]float64, x.Cols)
	for j := range difference {
		difference[j] = with.gradient[j] - without.gradient[j]
		ratio[j] = with.gradient[j]/with.mean - without.gradient[j]/without.mean
	}
	var out Standardised
	var err error
	test := func(value float64, gradient []float64) (t stat.Test) {
		if err == nil {
			t, err = testOf(value, form(gradient, cov), math.Inf(1), level)
		}
		return t
	}
	out.With, out.Without = test(with.mean, with.gradient).Estimate, test(without.mean, without.gradient).Estimate
	out.Difference = test(with.mean-without.mean, difference)
	out.LogRatio = test(math.Log(with.mean/without.mean), ratio)
	if err != nil {
		return Standardised{}, fmt.Errorf("standardise: %w", err)
	}
	return out, nil
}

// MarginalEffect is the mean, over the rows of x, of the change of the
// probability per unit of a column at that row: for a column that is not an
// indicator, what Standardise is for one that is. Arguments and errors are those
// of Standardise; the column may hold anything.
func (l *Logit) MarginalEffect(x Design, column int, weights []float64, cov *mat.SymDense, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	l.mustMatch(x, weights, cov)
	var mass, slope float64
	gradient := make([]float64, x.Cols)
	for i, eta := range x.predictor(l.Coef) {
		w := weightOf(weights, i)
		p := logisticOf(eta)
		v := w * p * (1 - p)
		mass, slope = mass+w, slope+v
		gradient[column] += v
		addScaled(gradient, v*(1-2*p)*l.Coef[column], x.Row(i))
	}
	if !(mass > 0) {
		return stat.Test{}, fmt.Errorf("marginal effect: no row has a weight: %w", stat.ErrTooFew)
	}
	for j := range gradient {
		gradient[j] /= mass
	}
	test, err := testOf(l.Coef[column]*slope/mass, form(gradient, cov), math.Inf(1), level)
	if err != nil {
		return stat.Test{}, fmt.Errorf("marginal effect: %w", err)
	}
	return test, nil
}

func (l *Logit) mustMatch(x Design, weights []float64, cov *mat.SymDense) {
	if x.Cols != len(l.Coef) || cov.SymmetricDim() != x.Cols || (weights != nil && len(weights) != x.Rows) {
		panic(fmt.Sprintf("regression: %d coefficients with a %d × %d design, %d weights and %d variances",
			len(l.Coef), x.Rows, x.Cols, len(weights), cov.SymmetricDim()))
	}
}

type meanRisk struct {
	mean, mass float64
	gradient   []float64
}

// meanRisk is the mean probability with a column set to a value everywhere, and
// its derivative by the coefficients.
func (l *Logit) meanRisk(x Design, column int, value float64, weights []float64) meanRisk {
	m := meanRisk{gradient: make([]float64, x.Cols)}
	row := make([]float64, x.Cols)
	for i := range x.Rows {
		copy(row, x.Row(i))
		row[column] = value
		w := weightOf(weights, i)
		p := logisticOf(dot(row, l.Coef))
		m.mass += w
		m.mean += w * p
		addScaled(m.gradient, w*p*(1-p), row)
	}
	m.mean /= m.mass
	for j := range m.gradient {
		m.gradient[j] /= m.mass
	}
	return m
}

func weightOf(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

// form is gᵀ·V·g.
func form(g []float64, v *mat.SymDense) float64 {
	x := mat.NewVecDense(len(g), g)
	return mat.Inner(x, v, x)
}
