package mean

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// pairs are numbers made of two observations each: the differences a - b of
// two samples, or the averages of a sample with itself. There are too many to
// write down; they are counted.
type pairs struct {
	n        int     // how many
	min, max float64 // the range they lie in
	split    func(limit float64) split
}

// split is how many pairs are at most a limit, with the pairs next to it: the
// largest that is (or -Inf) and the smallest that is not (or +Inf).
type split struct {
	count        int
	below, above float64
}

// pairDifferences are a[i] - b[j]; both slices are sorted.
func pairDifferences(a, b []float64) pairs {
	return pairs{
		n: len(a) * len(b), min: a[0] - b[len(b)-1], max: a[len(a)-1] - b[0],
		split: func(limit float64) split {
			s := split{below: math.Inf(-1), above: math.Inf(1)}
			j := 0
			for _, v := range a {
				for j < len(b) && v-b[j] > limit {
					j++
				}
				s.count += len(b) - j
				if j < len(b) {
					s.below = max(s.below, v-b[j])
				}
				if j > 0 {
					s.above = min(s.above, v-b[j-1])
				}
			}
			return s
		},
	}
}

// walshAverages are (x[i] + x[j])/2 for i ≤ j; halves holds x/2, sorted.
func walshAverages(halves []float64) pairs {
	n := len(halves)
	return pairs{
		n: n * (n + 1) / 2, min: 2 * halves[0], max: 2 * halves[n-1],
		split: func(limit float64) split {
			s := split{below: math.Inf(-1), above: math.Inf(1)}
			j := n - 1
			for i, v := range halves {
				for j >= i && v+halves[j] > limit {
					j--
				}
				if next := max(i, j+1); next < n {
					s.above = min(s.above, v+halves[next])
				}
				if j < i {
					break // from here on, all are above
				}
				s.count += j - i + 1
				s.below = max(s.below, v+halves[j])
			}
			return s
		},
	}
}

// smallest gives the k-th smallest, k from 1, without memory: a bracket of two
// pairs closes by interpolating in the count, a little to the left and to the
// right of k in turn, and by halving the number of doubles left every fifth
// time. That takes about twenty counts for any number of pairs, and never more
// than some hundreds.
func (p pairs) smallest(k int) float64 {
	low, lowCount := p.min, 0 // low is a pair, and lowCount are smaller
	high, highCount := p.max, p.n
	for round := 1; low != high; round++ {
		window := float64(highCount - lowCount)
		aim := float64(k-lowCount) + math.Copysign(math.Sqrt(window), float64(round%2)-0.5)
		guess := low + (high-low)*(aim/window)
		if round%5 == 0 || !(guess >= low && guess < high) {
			guess = double(order(low) + (order(high)-order(low))/2)
		}
		if at := p.split(guess); at.count >= k {
			high, highCount = at.below, at.count
		} else {
			low, lowCount = at.above, at.count
		}
	}
	return high + 0 // no negative zero
}

// median is the middle one, or the mean of the two middle ones.
func (p pairs) median() float64 {
	lower := p.smallest((p.n + 1) / 2)
	if p.n%2 == 1 {
		return lower
	}
	return lower/2 + p.smallest(p.n/2+1)/2
}

// within is the interval from the (n-k)-th to the (k+1)-th smallest: those that
// a rank test with critical value k leaves.
func (p pairs) within(k int, level float64) (stat.Interval, error) {
	if k >= p.n {
		return stat.Interval{}, fmt.Errorf("no interval of level %v from %d pairs: %w", level, p.n, stat.ErrTooFew)
	}
	iv := stat.Interval{Low: p.smallest(p.n - k), High: p.smallest(k + 1), Level: level}
	if iv.Low == iv.High {
		return stat.Interval{}, fmt.Errorf("so many ties that the interval would be %v alone: %w", iv.Low, stat.ErrNoVariance)
	}
	return iv, nil
}

// order maps doubles to integers of the same order, double back.
func order(v float64) uint64 {
	b := math.Float64bits(v)
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func double(o uint64) float64 {
	if o>>63 == 1 {
		return math.Float64frombits(o &^ (1 << 63))
	}
	return math.Float64frombits(^o)
}

// sorted is a sorted copy of a finite sample.
func sorted(what string, x []float64) ([]float64, error) {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("%s: observation %d is %v: %w", what, i, v, stat.ErrNotFinite)
		}
	}
	out := slices.Clone(x)
	slices.Sort(out)
	return out, nil
}

// tieCorrection is Σ(t³ - t) over groups of t equal values of a sorted sample.
func tieCorrection(sorted []float64) float64 {
	sum := 0.0
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		sum += t*t*t - t
		i = j
	}
	return sum
}
