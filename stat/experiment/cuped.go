package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/summary"
)

// Adjusted is a difference of means, treated - control in the unit of the
// outcome, after taking out what the covariates predict.
type Adjusted struct {
	stat.Test
	Theta     []float64 // slope of the outcome on each covariate
	Reduction float64   // share of the outcome's variance that the covariates explain, 0–1
}

// CUPED compares the arms on outcome - θ·(covariate - its mean), where the
// covariate is the same KPI before the experiment and θ its slope in both arms
// together. MeanNum is the outcome's mean and MeanDen the covariate's, so that
// moments come from SQL. The interval narrows by the factor √(1-Reduction).
//
// θ takes in the difference between the arms, which biases the effect by a
// factor of about 1 - 1/n; ANCOVA and Lin do not, and below a hundred units
// are the better choice. The covariate must have been fixed before assignment.
//
// Errors: ErrTooFew with fewer than two units in an arm; ErrNoVariance if the
// covariate is constant or explains the outcome fully; ErrInvalid and
// ErrNotFinite for impossible moments. CUPED panics if level is outside (0, 1).
//
// Source: Deng, Xu, Kohavi and Walker (2013), WSDM, 123-132.
func CUPED(treated, control mean.PairMoments, level float64) (Adjusted, error) {
	stat.CheckLevel(level)
	if err := checkPairs("treated arm", treated); err != nil {
		return Adjusted{}, err
	}
	if err := checkPairs("control arm", control); err != nil {
		return Adjusted{}, err
	}
	both := mean.MergePairs(treated, control)
	if both.VarDen == 0 || both.VarNum == 0 {
		return Adjusted{}, fmt.Errorf("covariate of variance %g, outcome of %g: %w", both.VarDen, both.VarNum, stat.ErrNoVariance)
	}
	theta := both.Cov / both.VarDen
	if !finite(theta) {
		return Adjusted{}, fmt.Errorf("slope on a covariate of variance %g: %w", both.VarDen, stat.ErrNotFinite)
	}
	adjust := func(m mean.PairMoments) summary.Moments {
		v := m.VarNum - 2*theta*m.Cov + theta*theta*m.VarDen
		return summary.Moments{N: m.N, Mean: m.MeanNum - theta*(m.MeanDen-both.MeanDen), Var: math.Max(v, 0)}
	}
	test, err := compareAdjusted(adjust(treated), adjust(control), both.VarNum, level)
	if err != nil {
		return Adjusted{}, err
	}
	r := both.Cov / (math.Sqrt(both.VarNum) * math.Sqrt(both.VarDen))
	return Adjusted{Test: test, Theta: []float64{theta}, Reduction: math.Min(r*r, 1)}, nil
}

// compareAdjusted is Welch's test of adjusted outcomes, which must have kept
// some of the variance the outcome had.
func compareAdjusted(treated, control summary.Moments, before, level float64) (stat.Test, error) {
	if treated.Var+control.Var <= 1e-13*before {
		return stat.Test{}, fmt.Errorf("nothing of the outcome's variance is left: %w", stat.ErrNoVariance)
	}
	test, err := mean.Welch(treated, control, level)
	if err != nil {
		return stat.Test{}, err
	}
	return student(test.Value, test.SE, test.DF, level)
}

// CUPEDRows is CUPED with several covariates, from rows: y one outcome a unit,
// covariates one column each. Slopes are those of a regression of the outcome
// on all of them over both arms.
//
// Errors: as for CUPED; ErrCollinear, naming the column (1 is the first
// covariate), and ErrTooFew with fewer rows than columns. CUPEDRows panics if
// level is outside (0, 1) or lengths differ.
func CUPEDRows(y []float64, treated []bool, covariates [][]float64, level float64) (Adjusted, error) {
	stat.CheckLevel(level)
	t, c, err := split(y, treated)
	if err != nil {
		return Adjusted{}, err
	}
	if err := checkArms(t, c, 2); err != nil {
		return Adjusted{}, err
	}
	fit, err := regression.OLS(y, regression.WithIntercept(len(y), covariates...))
	if err != nil {
		return Adjusted{}, err
	}
	at, ac, err := split(fit.Residuals, treated)
	if err != nil {
		return Adjusted{}, err
	}
	total := summary.Merge(t, c)
	test, err := compareAdjusted(at, ac, total.Var, level)
	if err != nil {
		return Adjusted{}, err
	}
	left := summary.Merge(at, ac).Var / total.Var
	return Adjusted{Test: test, Theta: fit.Coef[1:], Reduction: math.Max(1-left, 0)}, nil
}

// ANCOVA estimates the effect by least squares of the outcome on the arm and
// the covariates, with HC2 standard errors and n-2-k degrees of freedom. Theta
// holds the covariates' slopes, the same in both arms. It never biases a large
// experiment, but with arms of unequal size and an effect that varies with a
// covariate it can be less precise than no adjustment: Lin cannot.
//
// Errors: ErrTooFew without residual degrees of freedom; ErrCollinear, naming
// the column (0 the intercept, 1 the arm, 2 the first covariate); ErrNoVariance
// if nothing is left to estimate the error from; ErrInvalid if a row alone
// decides a coefficient; ErrNotFinite. ANCOVA panics if level is outside (0, 1)
// or lengths differ.
//
// Source: Freedman (2008), Advances in Applied Mathematics 40:180-193;
// MacKinnon and White (1985), J. Econometrics 29:305-325.
func ANCOVA(y []float64, treated []bool, covariates [][]float64, level float64) (Adjusted, error) {
	return regress(y, treated, covariates, false, level)
}

// Lin estimates the effect by least squares of the outcome on the arm, the
// centred covariates and their products with the arm, with HC2 standard errors:
// each arm gets its own slopes. In large experiments it is never less precise
// than CompareMeans, whatever the truth. Theta holds the control arm's slopes.
// Needs several units per covariate in each arm.
//
// Errors and panics: as for ANCOVA.
//
// Source: Lin (2013), Annals of Applied Statistics 7:295-318; R estimatr's
// lm_lin.
func Lin(y []float64, treated []bool, covariates [][]float64, level float64) (Adjusted, error) {
	return regress(y, treated, covariates, true, level)
}

func regress(y []float64, treated []bool, covariates [][]float64, interact bool, level float64) (Adjusted, error) {
	stat.CheckLevel(level)
	t, c, err := split(y, treated)
	if err != nil {
		return Adjusted{}, err
	}
	design, err := armDesign(treated, covariates, interact)
	if err != nil {
		return Adjusted{}, err
	}
	fit, err := regression.OLS(y, design)
	if err != nil {
		return Adjusted{}, err
	}
	total := summary.Merge(t, c).Var
	if fit.DF < 1 {
		return Adjusted{}, fmt.Errorf("%d rows and %d coefficients: %w", fit.N, len(fit.Coef), stat.ErrTooFew)
	}
	if !(fit.RSS > 1e-20*total*float64(len(y))) {
		return Adjusted{}, fmt.Errorf("the covariates explain the outcome fully: %w", stat.ErrNoVariance)
	}
	cov, err := fit.HC(regression.HC2)
	if err != nil {
		return Adjusted{}, err
	}
	test, err := student(fit.Coef[1], math.Sqrt(cov.At(1, 1)), float64(fit.DF), level)
	if err != nil {
		return Adjusted{}, err
	}
	within := float64(t.N-1)*t.Var + float64(c.N-1)*c.Var
	return Adjusted{
		Test: test, Theta: fit.Coef[2 : 2+len(covariates)],
		Reduction: math.Min(math.Max(1-fit.RSS/within, 0), 1),
	}, nil
}

// armDesign is the design of intercept, arm, centred covariates and, if asked
// for, their products with the arm.
func armDesign(treated []bool, covariates [][]float64, interact bool) (regression.Design, error) {
	arm := make([]float64, len(treated))
	for i, t := range treated {
		if t {
			arm[i] = 1
		}
	}
	columns := [][]float64{arm}
	var products [][]float64
	for j, column := range covariates {
		if len(column) != len(treated) {
			panic(fmt.Sprintf("experiment: covariate %d has %d rows, want %d", j, len(column), len(treated)))
		}
		m, err := summary.Of(column)
		if err != nil {
			return regression.Design{}, fmt.Errorf("covariate %d: %w", j, err)
		}
		centred, product := make([]float64, len(column)), make([]float64, len(column))
		for i, v := range column {
			centred[i] = v - m.Mean
			product[i] = arm[i] * centred[i]
		}
		columns, products = append(columns, centred), append(products, product)
	}
	if interact {
		columns = append(columns, products...)
	}
	return regression.WithIntercept(len(treated), columns...), nil
}
