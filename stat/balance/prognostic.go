package balance

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Prognostic adds to covariates the prognostic score: the outcome that a
// regression among controls predicts from them for everyone. Its balance says
// what the covariates' imbalances amount to in the outcome; of all single
// numbers it goes best with the bias that is left. The name of the column is
// "prognostic score".
//
// The outcome of controls is used, that of the treated is not.
//
// Errors: those of regression.OLS on the controls; ErrNotFinite if a score overflows. Prognostic panics when
// lengths differ.
//
// Source: Stuart, Lee and Leacy (2013), Journal of Clinical Epidemiology
// 66:S84-S90; Hansen (2008), Biometrika 95:481-488.
func Prognostic(treated []bool, outcome []float64, covariates []Covariate) ([]Covariate, error) {
	columns := make([][]float64, len(covariates))
	for j, c := range covariates {
		columns[j] = c.Values
	}
	x := regression.WithIntercept(len(treated), columns...)
	controls := make([]float64, len(treated))
	for i, t := range treated {
		if !t {
			controls[i] = 1
		}
	}
	fit, err := regression.WLS(outcome, x, controls)
	if err != nil {
		return nil, fmt.Errorf("prognostic score (column 0 is the intercept): %w", err)
	}
	score := make([]float64, len(treated))
	for i := range score {
		for j, b := range fit.Coef {
			score[i] += b * x.Row(i)[j]
		}
		if math.IsNaN(score[i]) || math.IsInf(score[i], 0) {
			return nil, fmt.Errorf("prognostic score of row %d overflows: %w", i, stat.ErrNotFinite)
		}
	}
	return append(append([]Covariate(nil), covariates...), Covariate{"prognostic score", score}), nil
}
