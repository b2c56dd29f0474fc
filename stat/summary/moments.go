package summary

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Moments summarises a sample of N observations. Mean is in the unit of the
// observations, Var (divisor N-1) in that unit squared; Var is 0 when N is 1.
type Moments struct {
	N         int
	Mean, Var float64
}

// SD is the standard deviation, in the unit of the observations.
func (m Moments) SD() float64 { return math.Sqrt(m.Var) }

// SE is the standard error of the mean, in the unit of the observations. It is
// 0 for a single observation or a constant sample, which says nothing about
// precision: check N and Var before using it.
func (m Moments) SE() float64 { return math.Sqrt(m.Var / float64(m.N)) }

// Of computes the moments of x in two compensated passes, so that a large
// common offset costs no digits beyond those the data themselves have lost.
//
// Errors: ErrTooFew if x is empty, ErrNotFinite if a value is NaN or infinite
// or the sums overflow.
//
// Source: the corrected two-pass algorithm of Chan, Golub and LeVeque (1983),
// The American Statistician 37:242-247.
func Of(x []float64) (Moments, error) {
	if len(x) == 0 {
		return Moments{}, fmt.Errorf("moments of an empty sample: %w", stat.ErrTooFew)
	}
	if err := checkFinite("observation", x); err != nil {
		return Moments{}, err
	}
	n := float64(len(x))
	mean := Sum(x) / n
	m := Moments{N: len(x), Mean: mean}
	if len(x) > 1 {
		d := deviationSum(x, mean)
		m.Var = (squaredDeviationSum(x, mean) - d*d/n) / (n - 1)
	}
	if math.IsInf(m.Mean, 0) || math.IsNaN(m.Mean) || math.IsInf(m.Var, 0) || math.IsNaN(m.Var) {
		return Moments{}, fmt.Errorf("moments overflow: %w", stat.ErrNotFinite)
	}
	return m, nil
}

// Merge gives the moments of the union of two disjoint samples. Either may be
// empty (N = 0).
func Merge(a, b Moments) Moments {
	if a.N == 0 {
		return b
	}
	if b.N == 0 {
		return a
	}
	na, nb := float64(a.N), float64(b.N)
	n := na + nb
	d := b.Mean - a.Mean
	ss := a.Var*(na-1) + b.Var*(nb-1) + d*d*na*nb/n
	return Moments{N: a.N + b.N, Mean: a.Mean + d*nb/n, Var: ss / (n - 1)}
}

// Sum adds x with Neumaier's compensation; the error does not grow with the
// number of terms. Values are taken as they are: a NaN gives NaN.
func Sum(x []float64) float64 {
	var s adder
	for _, v := range x {
		s.add(v)
	}
	return s.total()
}

func deviationSum(x []float64, mean float64) float64 {
	var s adder
	for _, v := range x {
		s.add(v - mean)
	}
	return s.total()
}

func squaredDeviationSum(x []float64, mean float64) float64 {
	var s adder
	for _, v := range x {
		s.add((v - mean) * (v - mean))
	}
	return s.total()
}

// adder is a compensated running sum.
type adder struct{ sum, lost float64 }

func (a *adder) add(v float64) {
	t := a.sum + v
	if math.Abs(a.sum) >= math.Abs(v) {
		a.lost += (a.sum - t) + v
	} else {
		a.lost += (v - t) + a.sum
	}
	a.sum = t
}

func (a *adder) total() float64 { return a.sum + a.lost }
