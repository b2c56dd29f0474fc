package weighting

import (
	"errors"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Effect is an estimated effect: treated less untreated, in the outcome's unit.
type Effect struct {
	// SE counts the estimation of score and models (stacked estimating
	// equations, no small-sample factor; with clusters G/(G−1) and G−1 degrees
	// of freedom).
	stat.Test
	Estimand Estimand
	Mean     Arm[float64] // estimated mean outcome of the target population, treated and not
	// KnownWeightsSE is the standard error that takes weights and models as
	// given in advance, as a weighted regression with robust errors prints it.
	// It is here for comparison: it can be too wide or too narrow.
	KnownWeightsSE float64

	N       Arm[int]  // units that took part
	Trimmed Arm[int]  // units that a trimming rule left out
	Clipped Arm[int]  // units whose weight was cut to a bound
	Weights []float64 // one a row of the sample; 0 for those left out
	ESS     Arm[float64]
	// MaxShare is the largest weight's share of its arm: the effect of one
	// unit on the estimate.
	MaxShare Arm[float64]
	// Influence is each row's effect on the estimate, times the rows that took
	// part: SE is √ΣInfluence²/N without clusters. 0 for rows left out.
	Influence []float64
}

// Normalisation says what a weighted sum is divided by.
type Normalisation int

// The normalisations.
const (
	Hajek           Normalisation = iota // the sum of the arm's weights: a weighted mean
	HorvitzThompson                      // the size of the target population; unstable when weights are large
)

// diagnose sets effective sizes and largest shares from the weights.
func (e *Effect) diagnose(treated []bool) error {
	var sum, squares, most Arm[float64]
	for i, w := range e.Weights {
		a, b, c := sum.of(treated[i]), squares.of(treated[i]), most.of(treated[i])
		*a, *b, *c = *a+w, *b+w*w, math.Max(*c, w)
	}
	if math.IsInf(squares.Treated+squares.Control, 0) {
		return fmt.Errorf("weights overflow: %w", stat.ErrNoOverlap)
	}
	e.ESS = Arm[float64]{share(sum.Treated*sum.Treated, squares.Treated), share(sum.Control*sum.Control, squares.Control)}
	e.MaxShare = Arm[float64]{share(most.Treated, sum.Treated), share(most.Control, sum.Control)}
	return nil
}

// share is a/b, 0 for an arm without weights.
func share(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// expand gives rows that were left out their place, with weight and influence 0.
func (e *Effect) expand(keep []bool) {
	weights, influence := make([]float64, len(keep)), make([]float64, len(keep))
	k := 0
	for i, kept := range keep {
		if kept {
			weights[i], influence[i] = e.Weights[k], e.Influence[k]
			k++
		}
	}
	e.Weights, e.Influence = weights, influence
}

// overlapError adds ErrNoOverlap to a separation: who is treated is certain.
func overlapError(err error) error {
	if errors.Is(err, stat.ErrSeparation) {
		return fmt.Errorf("%w: %w", stat.ErrNoOverlap, err)
	}
	return err
}
