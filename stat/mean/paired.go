package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// OneSample compares the mean of a sample with a fixed value: Value is m.Mean -
// null in the unit of the observations, with Student's t.
//
// Errors: ErrTooFew with fewer than two observations, ErrNoVariance if they do
// not vary, or less than the digits of Value can show; ErrNotFinite. OneSample
// panics if level is outside (0, 1).
//
// Source: Student (1908), Biometrika 6:1-25.
func OneSample(m summary.Moments, null, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	if m.N < 2 {
		return stat.Test{}, fmt.Errorf("mean of %d observations: %w", m.N, stat.ErrTooFew)
	}
	if m.Var == 0 {
		return stat.Test{}, fmt.Errorf("all %d observations are %v: %w", m.N, m.Mean, stat.ErrNoVariance)
	}
	return student(m.Mean-null, m.SE(), float64(m.N-1), level)
}

// Paired compares measurements of the same units, after - before in their
// unit, with Student's t on the differences: before[i] and after[i] belong to
// the same learner. Pairing removes what differs between learners.
//
// Everybody moves back towards the average when chosen for a low score: a
// change without a comparison group is a change, not an effect.
//
// Errors: ErrTooFew with fewer than two pairs, ErrNoVariance if all differences
// are equal, ErrNotFinite. Paired panics if the slices differ in length or
// level is outside (0, 1).
//
// Source: Student (1908), Biometrika 6:1-25.
func Paired(before, after []float64, level float64) (stat.Test, error) {
	d, err := differences(before, after)
	if err != nil {
		return stat.Test{}, err
	}
	m, err := summary.Of(d)
	if err != nil {
		return stat.Test{}, fmt.Errorf("differences: %w", err)
	}
	return OneSample(m, 0, level)
}

// differences are after - before, all finite.
func differences(before, after []float64) ([]float64, error) {
	if len(before) != len(after) {
		panic(fmt.Sprintf("mean: %d values before with %d after", len(before), len(after)))
	}
	d := make([]float64, len(before))
	for i := range d {
		d[i] = after[i] - before[i]
		if math.IsNaN(d[i]) || math.IsInf(d[i], 0) {
			return nil, fmt.Errorf("pair %d is %v and %v: %w", i, before[i], after[i], stat.ErrNotFinite)
		}
	}
	return d, nil
}

// student is stat.Student for an estimate that may have over- or underflowed, or
// whose standard error is lost among the digits of its value.
func student(value, se, df, level float64) (stat.Test, error) {
	t := stat.Student(value, se, df, level)
	for _, v := range []float64{value, se, t.Statistic, t.Interval.Low, t.Interval.High} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return stat.Test{}, fmt.Errorf("difference %v with standard error %v: %w", value, se, stat.ErrNotFinite)
		}
	}
	if !(t.Interval.Low < t.Interval.High) {
		return stat.Test{}, fmt.Errorf("standard error %v is below the last digit of %v: %w", se, value, stat.ErrNoVariance)
	}
	return t, nil
}
