package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
)

// Gains says how much of what people did not know before they knew after, as
// shares of the possible: 1 is all.
type Gains struct {
	// Class is the gain of the group, (mean after − mean before) / (full −
	// mean before): Hake's <g>.
	Class stat.Test
	// Person is the mean of each person's gain or loss: (after − before) over
	// (full − before) for those who gained, over before for those who lost
	// (normalised change). Bounded by ±1, so that no single learner decides.
	Person stat.Test
	// People whose change has no denominator, at full marks or at zero both
	// times, are left out of Person; they are in Class.
	FullBoth, ZeroBoth int
	People             int
}

// NormalisedGain gives, from each person's score before and after in points
// from 0 to full, Hake's class-average gain, with an interval from the delta
// method, and the mean normalised change. Both use Student's t with one degree
// of freedom less than people.
//
// Errors: ErrTooFew with fewer than three people, or two with a change that has
// a denominator; ErrNotFinite; ErrInvalid naming a person whose score is not
// between 0 and full; ErrNoVariance if everyone has full marks before or if
// changes do not vary. NormalisedGain panics if lengths differ, level is
// outside (0, 1) or full is not in (0, 1e100].
//
// Source: Hake (1998), American Journal of Physics 66:64-74; Marx and Cummings
// (2007), American Journal of Physics 75:87-91.
// Not the effect of a course: people also learn without it, and those chosen
// for low scores rise by themselves; see Change.
func NormalisedGain(before, after []float64, full, level float64) (Gains, error) {
	stat.CheckLevel(level)
	if len(before) != len(after) || !(full > 0) || full > 1e100 {
		panic(fmt.Sprintf("learning: %d and %d scores of at most %v", len(before), len(after), full))
	}
	if len(before) < 3 {
		return Gains{}, fmt.Errorf("gain of %d people: %w", len(before), stat.ErrTooFew)
	}
	if err := withinMarks("score before of person", before, full); err != nil {
		return Gains{}, err
	}
	if err := withinMarks("score after of person", after, full); err != nil {
		return Gains{}, err
	}
	g := Gains{People: len(before)}
	class, err := classGain(before, after, full, level)
	if err != nil {
		return Gains{}, err
	}
	g.Class = class
	changes := g.changes(before, after, full)
	if len(changes) < 2 {
		return Gains{}, fmt.Errorf("%d people whose change has a denominator: %w", len(changes), stat.ErrTooFew)
	}
	g.Person, err = meanTest("normalised change", changes, level)
	return g, err
}

// classGain is a ratio of sums over people: points gained of points missing.
func classGain(before, after []float64, full, level float64) (stat.Test, error) {
	gained, missing := make([]float64, len(before)), make([]float64, len(before))
	for p, b := range before {
		gained[p], missing[p] = after[p]-b, full-b
	}
	return ratio("gain of the group", gained, missing, level)
}

// ratio is the ratio of two sums over people as a test.
func ratio(what string, num, den []float64, level float64) (stat.Test, error) {
	m, err := mean.Pairs(num, den)
	if err != nil {
		return stat.Test{}, fmt.Errorf("%s: %w", what, err)
	}
	if m.MeanDen == 0 {
		return stat.Test{}, fmt.Errorf("%s: nothing to divide by, all %d denominators are 0: %w", what, len(den), stat.ErrNoVariance)
	}
	e, err := mean.Ratio(m, level)
	if err != nil {
		return stat.Test{}, fmt.Errorf("%s: %w", what, err)
	}
	if !(e.SE > 1e-14*math.Abs(e.Value)) || math.IsInf(e.Value/e.SE, 0) {
		return stat.Test{}, fmt.Errorf("%s is %v for everyone: %w", what, e.Value, stat.ErrNoVariance)
	}
	return stat.Student(e.Value, e.SE, float64(len(num)-1), level), nil
}

func (g *Gains) changes(before, after []float64, full float64) []float64 {
	var out []float64
	for p, b := range before {
		switch a := after[p]; {
		case a == b && b == full:
			g.FullBoth++
		case a == b && b == 0:
			g.ZeroBoth++
		case a > b:
			out = append(out, (a-b)/(full-b))
		case a < b:
			out = append(out, (a-b)/b)
		default:
			out = append(out, 0)
		}
	}
	return out
}

func withinMarks(what string, x []float64, full float64) error {
	if err := finite(what, x); err != nil {
		return err
	}
	for p, v := range x {
		if v < 0 || v > full {
			return fmt.Errorf("%s %d is %v, not between 0 and %v: %w", what, p, v, full, stat.ErrInvalid)
		}
	}
	return nil
}
