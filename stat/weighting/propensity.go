package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Score is a fitted propensity score: the probability of treatment given the
// covariates.
type Score struct {
	E     []float64 // probability of treatment, one a row, inside (0, 1)
	Logit []float64 // its log odds, log(E/(1−E)): the linear predictor
	Model *regression.Logit

	x       regression.Design
	treated []bool
}

// Propensity fits the probability of treatment given the covariates by
// logistic regression. Covariates are those from before treatment that drive
// both who is treated and the outcome; what treatment itself changes must stay
// out, and what only drives treatment costs precision.
//
// Errors: those of regression.Logistic; ErrTooFew with fewer than two units in
// an arm; ErrNoOverlap, with ErrSeparation, when a combination of covariates
// tells treated units from controls perfectly, or a probability is 0 or 1 to
// the last digit, naming the row. Propensity panics when lengths disagree.
//
// Source: Rosenbaum and Rubin (1983), Biometrika 70:41-55.
// Not to be judged by how well it predicts; see package balance.
func Propensity(treated []bool, covariates regression.Design) (*Score, error) {
	if covariates.Rows != len(treated) {
		panic(fmt.Sprintf("weighting: %d arms for %d rows of covariates", len(treated), covariates.Rows))
	}
	if err := checkRows(treated, covariates); err != nil {
		return nil, fmt.Errorf("propensity score: %w", err)
	}
	return propensity(treated, covariates, nil)
}

// propensity fits on the rows of weight 1 (nil: all) and predicts for all.
func propensity(treated []bool, x regression.Design, weights []float64) (*Score, error) {
	fit, err := regression.Logistic(indicator(treated), x, weights)
	if err != nil {
		return nil, fmt.Errorf("propensity score: %w", overlapError(err))
	}
	s := &Score{Model: fit, E: make([]float64, x.Rows), Logit: linear(x, fit.Coef), x: x, treated: treated}
	for i, eta := range s.Logit {
		s.E[i] = expit(eta)
		if !(s.E[i] > 0 && s.E[i] < 1) {
			return nil, fmt.Errorf("propensity score of row %d is %v: %w", i, s.E[i], stat.ErrNoOverlap)
		}
	}
	return s, nil
}

// linear is x·coef, summed in the order of the columns, so that equal rows have
// equal values to the last bit.
func linear(x regression.Design, coef []float64) []float64 {
	out := make([]float64, x.Rows)
	for i := range out {
		var sum float64
		for j, v := range x.Row(i) {
			sum += v * coef[j]
		}
		out[i] = sum
	}
	return out
}

func expit(eta float64) float64 {
	if eta < 0 {
		soft := math.Exp(eta)
		return soft / (1 + soft)
	}
	return 1 / (1 + math.Exp(-eta))
}

func indicator(treated []bool) []float64 {
	out := make([]float64, len(treated))
	for i, t := range treated {
		if t {
			out[i] = 1
		}
	}
	return out
}
