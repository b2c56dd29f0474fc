package money

import (
	"cmp"
	"math"
	"slices"
)

// Input is one uncertain input of a tornado: its value in the middle and at
// the ends of the range to be tried, such as its median and its 5th and 95th
// percentile.
type Input struct {
	Name              string
	Low, Middle, High float64
}

// Bar is what moving one input does: the result at the input's low and high
// end, all others in the middle. Swing is their distance.
type Bar struct {
	Name          string
	AtLow, AtHigh float64
	Swing         float64
}

// Tornado moves one input at a time from its low to its high end and ranks the
// inputs by the swing of f, largest first, ties by name. f takes the inputs'
// values in the order of inputs and must not keep the slice. It shows what
// matters one by one, not how inputs act together.
func Tornado(inputs []Input, f func(values []float64) float64) []Bar {
	values := make([]float64, len(inputs))
	for i, in := range inputs {
		values[i] = in.Middle
	}
	bars := make([]Bar, len(inputs))
	for i, in := range inputs {
		values[i] = in.Low
		low := f(values)
		values[i] = in.High
		high := f(values)
		values[i] = in.Middle
		bars[i] = Bar{Name: in.Name, AtLow: low, AtHigh: high, Swing: math.Abs(high - low)}
	}
	slices.SortStableFunc(bars, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(b.Swing, a.Swing), cmp.Compare(a.Name, b.Name))
	})
	return bars
}
