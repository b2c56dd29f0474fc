package matching

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// AIOptions choose the variance and the bias adjustment of AbadieImbens.
type AIOptions struct {
	// Neighbours says how the outcome's variance is estimated: 0 takes it as
	// the same everywhere (the default of R's Matching), from the differences
	// within sets; a positive number compares each shared control with so many
	// controls nearest to it.
	Neighbours int
	// Covariates, if any (Rows > 0), adjust for the distance that is left
	// within sets, by a regression among the matched controls. With more than
	// one continuous covariate matching needs it: its bias fades more slowly
	// than its standard error.
	Covariates regression.Design
}

// AbadieImbens is the mean, over the sets, of a treated unit's outcome less
// the mean of its controls', with the standard error for controls that may be
// used again: a control that stands for many treated units counts for its own
// noise as often. The interval is normal.
//
// The error takes the distance as given: for an estimated propensity score it
// leaves out that estimation, which can make it too wide or too narrow (Abadie
// and Imbens 2016, Econometrica 84:781-807).
//
// Errors: ErrTooFew with fewer than two sets; ErrNotFinite; ErrNoVariance if
// the outcome does not vary; for the adjustment those of regression.WLS.
// AbadieImbens panics when lengths disagree, Neighbours is negative, or level
// is outside (0, 1).
//
// Source: Abadie and Imbens (2006), Econometrica 74:235-267, theorem 7; for
// the adjustment, (2011), JBES 29:1-11.
func (m *Matched) AbadieImbens(outcome []float64, opt AIOptions, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	m.mustFit(outcome, max(opt.Covariates.Rows, len(m.treated)), nil)
	if opt.Neighbours < 0 {
		panic(fmt.Sprintf("matching: %d neighbours", opt.Neighbours))
	}
	t, err := m.abadieImbens(outcome, opt, level)
	if err != nil {
		return stat.Test{}, fmt.Errorf("effect in the matched sample: %w", err)
	}
	return t, nil
}

func (m *Matched) abadieImbens(outcome []float64, opt AIOptions, level float64) (stat.Test, error) {
	if len(m.Sets) < 2 {
		return stat.Test{}, fmt.Errorf("%d set: %w", len(m.Sets), stat.ErrTooFew)
	}
	if err := checkFinite("outcome", outcome); err != nil {
		return stat.Test{}, err
	}
	drift, err := m.drift(outcome, opt.Covariates)
	if err != nil {
		return stat.Test{}, fmt.Errorf("bias adjustment: %w", err)
	}
	differences, mean := m.differences(outcome, drift)
	var squares float64
	for _, d := range differences {
		squares += (d - mean) * (d - mean)
	}
	n := float64(len(differences))
	pairs := m.pairSquares(outcome, drift, mean)
	noise := func(int) float64 { return pairs / 2 }
	if opt.Neighbours > 0 {
		noise = func(control int) float64 { return m.noise(outcome, control, opt.Neighbours) }
	}
	v := squares
	for control, extra := range m.reuse() {
		if extra > 0 {
			v += extra * noise(control)
		}
	}
	return test(mean, v/n/n, math.Inf(1), level)
}

// differences are the sets' effects, each less what drift says that the
// distance between its units is worth.
func (m *Matched) differences(outcome, drift []float64) (each []float64, mean float64) {
	each = make([]float64, len(m.Sets))
	for k, s := range m.Sets {
		var sum float64
		for _, c := range s.Controls {
			sum += outcome[c] + drift[s.Treated] - drift[c]
		}
		each[k] = outcome[s.Treated] - sum/float64(len(s.Controls))
		mean += each[k] / float64(len(m.Sets))
	}
	return each, mean
}

// pairSquares is the squared difference between a treated unit and one of its
// controls from the mean, averaged over controls and sets: twice the
// outcome's variance.
func (m *Matched) pairSquares(outcome, drift []float64, mean float64) float64 {
	var squares float64
	for _, s := range m.Sets {
		for _, c := range s.Controls {
			d := outcome[s.Treated] - outcome[c] - drift[s.Treated] + drift[c] - mean
			squares += d * d / float64(len(s.Controls)) / float64(len(m.Sets))
		}
	}
	return squares
}

// drift is the outcome without treatment that a regression among the matched
// controls predicts from the covariates, 0 without covariates.
func (m *Matched) drift(outcome []float64, x regression.Design) ([]float64, error) {
	out := make([]float64, len(outcome))
	if x.Rows == 0 {
		return out, nil
	}
	weights := make([]float64, len(outcome))
	for i, t := range m.treated {
		if !t {
			weights[i] = m.Weights[i]
		}
	}
	fit, err := regression.WLS(outcome, x, weights)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i] = outcome[i] - fit.Residuals[i]
	}
	return out, nil
}

// reuse is, for each row, K² − K' of Abadie and Imbens: the squared sum of its
// shares in the sets, less the sum of their squares. It is 0 for a unit that
// is in one set.
func (m *Matched) reuse() []float64 {
	squares := make([]float64, len(m.treated))
	for _, s := range m.Sets {
		share := 1 / float64(len(s.Controls))
		for _, c := range s.Controls {
			squares[c] += share * share
		}
	}
	for i, t := range m.treated {
		squares[i] = m.Weights[i]*m.Weights[i] - squares[i]
		if t || squares[i] < 1e-12*m.Weights[i]*m.Weights[i] {
			squares[i] = 0
		}
	}
	return squares
}

// noise is the outcome's variance around a control: the squared difference to
// the mean of the nearest controls, J/(J+1) times.
func (m *Matched) noise(outcome []float64, control, count int) float64 {
	near := m.near(control, count)
	if len(near) == 0 {
		return 0
	}
	var mean float64
	for _, c := range near {
		mean += outcome[c] / float64(len(near))
	}
	j, d := float64(len(near)), outcome[control]-mean
	return j / (j + 1) * d * d
}
