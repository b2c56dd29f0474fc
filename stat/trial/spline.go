package trial

import (
	"math"
	"slices"
)

// splineKnots are the quantiles of the entries' periods at which the calendar
// spline bends; the outer two are its boundaries.
var splineKnots = [...]float64{0.05, 0.275, 0.5, 0.725, 0.95} // Harrell (2001), table 2.3

// splineBasis returns the columns of a natural (restricted) cubic spline of
// the period, linear beyond the outer knots: the period itself and one column
// per knot but two. Knots that coincide are merged, with their columns.
//
// Source: Harrell (2001), Regression Modeling Strategies, section 2.4.4.
func splineBasis(entries []entry) [][]float64 {
	periods := make([]float64, len(entries))
	for k, in := range entries {
		periods[k] = float64(in.period)
	}
	sorted := slices.Clone(periods)
	slices.Sort(sorted)
	var knots []float64
	for _, share := range splineKnots {
		at := int(math.Ceil(share*float64(len(sorted))-1e-9)) - 1 // type 1: copies of all entries move no knot
		knots = append(knots, sorted[max(at, 0)])
	}
	knots = slices.Compact(knots)
	if len(knots) == 1 {
		return nil
	}
	columns := [][]float64{periods}
	for j := range len(knots) - 2 {
		column := make([]float64, len(periods))
		for k, t := range periods {
			column[k] = restrictedCubic(t, j, knots)
		}
		columns = append(columns, column)
	}
	return columns
}

func restrictedCubic(t float64, j int, knots []float64) float64 {
	n := len(knots)
	last, before := knots[n-1], knots[n-2]
	span := (last - knots[0]) * (last - knots[0])
	return (cubed(t-knots[j]) - cubed(t-before)*(last-knots[j])/(last-before) + cubed(t-last)*(before-knots[j])/(last-before)) / span
}

// cubed is x³ for positive x, else 0.
func cubed(x float64) float64 {
	if x <= 0 {
		return 0
	}
	return x * x * x
}
