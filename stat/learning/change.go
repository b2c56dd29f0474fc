package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Population is what is known of everyone, trained or not, on a test that is
// taken twice: its mean, in points, and the correlation of the two takings.
type Population struct {
	Mean        float64
	Correlation float64 // 0 to 1, of people to whom nothing happened in between
}

// Changes is a change of scores, and the part of it that was to be expected.
type Changes struct {
	Observed stat.Test // mean of after − before, in points
	// Expected is the change that regression to the mean brings without any
	// learning: people chosen for low scores have bad luck among them, and it
	// does not repeat itself. In points.
	Expected float64
	// Beyond is the mean of after less what (before, correlation) predicts: the
	// change that regression to the mean does not explain.
	Beyond stat.Test
}

// Change compares scores before and after of the same people, and says how
// much of the change regression to the mean explains. The population's values
// are taken as known.
//
// Errors: ErrTooFew with fewer than three people, ErrNotFinite naming the
// person, ErrInvalid for a correlation outside [0, 1], ErrNoVariance if all
// changes are equal. Change panics if lengths differ or level is outside (0, 1).
//
// Source: Barnett, van der Pols and Dobson (2005), International Journal of
// Epidemiology 34:215-220.
// Not an effect: whatever else happened in between is in Beyond too.
func Change(before, after []float64, p Population, level float64) (Changes, error) {
	stat.CheckLevel(level)
	if len(before) != len(after) {
		panic(fmt.Sprintf("learning: %d scores before, %d after", len(before), len(after)))
	}
	if len(before) < 3 {
		return Changes{}, fmt.Errorf("change of %d people: %w", len(before), stat.ErrTooFew)
	}
	if !(p.Correlation >= 0 && p.Correlation <= 1) {
		return Changes{}, fmt.Errorf("correlation of two takings is %v: %w", p.Correlation, stat.ErrInvalid)
	}
	if err := finite("population mean", []float64{p.Mean}); err != nil {
		return Changes{}, err
	}
	raw, beyond := make([]float64, len(before)), make([]float64, len(before))
	for i, b := range before {
		raw[i] = after[i] - b
		beyond[i] = after[i] - (p.Mean + p.Correlation*(b-p.Mean))
	}
	observed, err := meanTest("change", raw, level)
	if err != nil {
		return Changes{}, err
	}
	rest, err := meanTest("change beyond regression to the mean", beyond, level)
	if err != nil {
		return Changes{}, err
	}
	return Changes{Observed: observed, Expected: observed.Value - rest.Value, Beyond: rest}, nil
}

// meanTest is Student's interval and test of a mean.
func meanTest(what string, x []float64, level float64) (stat.Test, error) {
	m, err := summary.Of(x)
	if err != nil {
		return stat.Test{}, fmt.Errorf("%s: %w", what, err)
	}
	se := m.SE()
	if !(se > 0) || math.IsInf(m.Mean/se, 0) {
		return stat.Test{}, fmt.Errorf("%s of each person is %v: %w", what, m.Mean, stat.ErrNoVariance)
	}
	return stat.Student(m.Mean, se, float64(m.N-1), level), nil
}
