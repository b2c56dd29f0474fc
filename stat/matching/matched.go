package matching

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// Set is a treated unit with the controls it is compared to, which count
// equally. Both are rows of the sample. Controls must not be modified.
type Set struct {
	Treated  int
	Controls []int
}

// Matched is a matched sample.
type Matched struct {
	Sets      []Set // by row of the treated unit
	Unmatched []int // rows of treated units without a match
	// Partial counts treated units with fewer controls than the ratio asked for.
	Partial int
	// Tied counts treated units for which more controls were equally near than
	// were needed. With FirstTie another order of the rows may give another
	// answer if it is above 0.
	Tied int
	// ControlsUsed counts different controls, ControlsReused those in more
	// than one set; MostUses is the largest number of sets that share one.
	ControlsUsed, ControlsReused, MostUses int
	// Weights has a value a row: 1 for matched treated units, for controls the
	// sum of their shares in the sets, 0 for the rest.
	Weights []float64

	treated []bool
	// near gives the controls nearest to a control, for its variance.
	near func(control, count int) []int
}

// newMatched counts what the sets hold. sets[i] belongs to the treated unit of
// the i-th row that is treated.
func newMatched(treated []bool, controls [][]int, ratio, tied int) (*Matched, error) {
	m := &Matched{treated: treated, Tied: tied, Weights: make([]float64, len(treated))}
	uses := make([]int, len(treated))
	for i, t := range treated {
		switch {
		case !t:
			continue
		case len(controls[i]) == 0:
			m.Unmatched = append(m.Unmatched, i)
			continue
		case len(controls[i]) < ratio:
			m.Partial++
		}
		m.Sets = append(m.Sets, Set{i, controls[i]})
		m.Weights[i] = 1
		share := 1 / float64(len(controls[i]))
		for _, c := range controls[i] {
			m.Weights[c] += share
			uses[c]++
		}
	}
	for _, u := range uses {
		m.MostUses = max(m.MostUses, u)
		if u > 0 {
			m.ControlsUsed++
		}
		if u > 1 {
			m.ControlsReused++
		}
	}
	if len(m.Sets) == 0 {
		return nil, fmt.Errorf("none of %d treated units has a control within reach: %w", len(m.Unmatched), stat.ErrNoOverlap)
	}
	return m, nil
}
