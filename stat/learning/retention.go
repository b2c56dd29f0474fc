package learning

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// Retention is how much of what people knew at the end of a course they know
// later.
type Retention struct {
	Kept   stat.Estimate // Σ later / Σ at the end, a share; above 1 if they went on learning
	Change stat.Test     // mean of later − at the end, in points
	People int
}

// Retained compares the scores of the same people at the end of a course and
// at a later check, in points from 0.
//
// Errors: ErrTooFew with fewer than three people, ErrNotFinite, ErrInvalid
// naming a negative score, ErrNoVariance if all ended with zero or everyone
// kept the same share. Retained panics if lengths differ or level is outside
// (0, 1).
//
// Not if those who took the check chose to: they are the ones who remember.
func Retained(end, later []float64, level float64) (Retention, error) {
	stat.CheckLevel(level)
	if len(end) != len(later) {
		panic(fmt.Sprintf("learning: %d scores at the end, %d later", len(end), len(later)))
	}
	if len(end) < 3 {
		return Retention{}, fmt.Errorf("retention of %d people: %w", len(end), stat.ErrTooFew)
	}
	const anything = 1e100
	if err := withinMarks("score at the end of person", end, anything); err != nil {
		return Retention{}, err
	}
	if err := withinMarks("later score of person", later, anything); err != nil {
		return Retention{}, err
	}
	kept, err := ratio("retention", later, end, level)
	if err != nil {
		return Retention{}, err
	}
	fall := make([]float64, len(end))
	for p := range fall {
		fall[p] = later[p] - end[p]
	}
	change, err := meanTest("change", fall, level)
	return Retention{Kept: kept.Estimate, Change: change, People: len(end)}, err
}
