package summary

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// WeightedMoments summarises a sample whose observations carry reliability
// weights (how much each counts, not how often it occurs). Multiplying all
// weights by a constant changes Weight alone.
type WeightedMoments struct {
	N      int     // observations with a positive weight
	Weight float64 // sum of the weights
	Mean   float64 // in the unit of the observations
	Var    float64 // unbiased under reliability weights, unit squared; 0 when ESS is 1
	ESS    float64 // Kish effective sample size, (Σw)²/Σw²
}

// SD is the standard deviation, in the unit of the observations.
func (m WeightedMoments) SD() float64 { return math.Sqrt(m.Var) }

// OfWeighted computes the weighted moments of x under weights w:
// Var = Σw(x-mean)² / (Σw - Σw²/Σw), which is R's cov.wt(method = "unbiased")
// and equals Of's variance when the weights are equal.
//
// Errors: ErrTooFew if no weight is positive, ErrInvalid if one is negative,
// ErrNotFinite if a value or weight is NaN or infinite or a sum overflows.
// OfWeighted panics if the slices differ in length.
func OfWeighted(x, w []float64) (WeightedMoments, error) {
	if len(x) != len(w) {
		panic(fmt.Sprintf("summary: %d values with %d weights", len(x), len(w)))
	}
	if err := checkFinite("observation", x); err != nil {
		return WeightedMoments{}, err
	}
	m, sumSquares, err := weightTotals(w)
	if err != nil {
		return WeightedMoments{}, err
	}
	var s adder
	for i, v := range x {
		s.add(w[i] / m.Weight * v)
	}
	m.Mean = s.total()
	var d2 adder
	for i, v := range x {
		d2.add(w[i] * (v - m.Mean) * (v - m.Mean))
	}
	if m.N > 1 {
		m.Var = d2.total() / (m.Weight - sumSquares/m.Weight)
	}
	if math.IsNaN(m.Mean+m.Var) || math.IsInf(m.Mean+m.Var, 0) {
		return WeightedMoments{}, fmt.Errorf("weighted moments overflow: %w", stat.ErrNotFinite)
	}
	return m, nil
}

// ESS is the Kish effective sample size of weights w, (Σw)²/Σw²: the number of
// equally weighted observations that would estimate a mean as precisely.
//
// Errors: as for OfWeighted.
func ESS(w []float64) (float64, error) {
	m, _, err := weightTotals(w)
	return m.ESS, err
}

func weightTotals(w []float64) (WeightedMoments, float64, error) {
	if err := checkFinite("weight", w); err != nil {
		return WeightedMoments{}, 0, err
	}
	var m WeightedMoments
	var total, squares adder
	for i, v := range w {
		if v < 0 {
			return m, 0, fmt.Errorf("weight %d is %v: %w", i, v, stat.ErrInvalid)
		}
		if v > 0 {
			m.N++
		}
		total.add(v)
		squares.add(v * v)
	}
	if m.N == 0 {
		return m, 0, fmt.Errorf("no positive weight: %w", stat.ErrTooFew)
	}
	m.Weight = total.total()
	m.ESS = m.Weight / squares.total() * m.Weight
	if math.IsInf(m.ESS, 0) || math.IsNaN(m.ESS) {
		return m, 0, fmt.Errorf("weights overflow: %w", stat.ErrNotFinite)
	}
	return m, squares.total(), nil
}
