package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// NPSDifference estimates the difference of two net promoter scores, a - b in
// points (-200 to +200), of different people. The interval combines those of
// NPS by the square-and-add rule, as Newcombe does Wilson's, and so has a width
// even for unanimous answers. SE joins the adjusted SEs of NPS; the interval is
// not built from it.
//
// Errors: as for NPS, naming the group. NPSDifference panics if level is
// outside (0, 1).
//
// Source: Rocks (2016), The American Statistician 70:365-372; Zou and Donner
// (2008), Statistics in Medicine 27:1693-1702.
// Not for the same people asked twice; see mean.Paired of their NPSScore.
func NPSDifference(a, b NPSCounts, level float64) (stat.Estimate, error) {
	first, err := NPS(a, level)
	if err != nil {
		return stat.Estimate{}, fmt.Errorf("first group: %w", err)
	}
	second, err := NPS(b, level)
	if err != nil {
		return stat.Estimate{}, fmt.Errorf("second group: %w", err)
	}
	return squareAndAdd(first, second), nil
}

// CSATDifference estimates the difference of two shares of satisfied answers,
// a - b in [-1, 1], of different people, with Newcombe's interval.
//
// Errors: as for CSAT, naming the group. CSATDifference panics if the scales
// differ in length, top does not fit them or level is outside (0, 1).
func CSATDifference(a, b []int, top int, level float64) (stat.Estimate, error) {
	checkScales(a, b)
	first, err := CSAT(a, top, level)
	if err != nil {
		return stat.Estimate{}, fmt.Errorf("first group: %w", err)
	}
	second, err := CSAT(b, top, level)
	if err != nil {
		return stat.Estimate{}, fmt.Errorf("second group: %w", err)
	}
	return squareAndAdd(first, second), nil
}

// CSATMeanDifference compares two mean scores of different people, a - b in
// points of the scale, with Welch's t. It treats the distances between boxes
// as equal; mean.MannWhitney does not.
//
// Errors: ErrTooFew with fewer than two answers in a group, ErrNoVariance if
// neither group's answers vary, ErrInvalid for a negative count.
// CSATMeanDifference panics if the scales differ in length or level is outside
// (0, 1).
func CSATMeanDifference(a, b []int, level float64) (stat.Test, error) {
	checkScales(a, b)
	first, err := scoreMoments(a)
	if err != nil {
		return stat.Test{}, fmt.Errorf("first group: %w", err)
	}
	second, err := scoreMoments(b)
	if err != nil {
		return stat.Test{}, fmt.Errorf("second group: %w", err)
	}
	return mean.Welch(first, second, level)
}

func checkScales(a, b []int) {
	if len(a) != len(b) {
		panic(fmt.Sprintf("proportion: scales of %d and %d boxes", len(a), len(b)))
	}
}

// scoreMoments summarises answers of which counts[i] are i+1.
func scoreMoments(counts []int) (summary.Moments, error) {
	n, sum := 0.0, 0.0
	for i, c := range counts {
		if c < 0 {
			return summary.Moments{}, fmt.Errorf("%d answers of score %d: %w", c, i+1, stat.ErrInvalid)
		}
		n += float64(c)
		sum += float64(c) * float64(i+1)
	}
	if n == 0 {
		return summary.Moments{}, nil
	}
	m := summary.Moments{N: int(n), Mean: sum / n}
	squares := 0.0
	for i, c := range counts {
		d := float64(i+1) - m.Mean
		squares += float64(c) * d * d
	}
	if n > 1 {
		m.Var = squares / (n - 1)
	}
	return m, nil
}

// squareAndAdd is the interval of a difference made of the intervals of its
// two independent terms (the method of variance estimates recovery).
func squareAndAdd(a, b stat.Estimate) stat.Estimate {
	d := a.Value - b.Value
	return stat.Estimate{
		Value: d,
		SE:    math.Hypot(a.SE, b.SE),
		Interval: stat.Interval{
			Low:   d - math.Hypot(a.Value-a.Interval.Low, b.Interval.High-b.Value),
			High:  d + math.Hypot(a.Interval.High-a.Value, b.Value-b.Interval.Low),
			Level: a.Interval.Level,
		},
	}
}
