package balance

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Range is the smallest and largest score of an arm.
type Range struct{ Low, High float64 }

// Bin is one bar of an overlap histogram: scores from Low (included) to High
// (excluded, but for the last).
type Bin struct {
	Low, High         float64
	Treated, Controls int
}

// Overlap says how far the arms have scores in common.
type Overlap struct {
	Treated, Control Range
	// TreatedOutside is the share of treated units with a score that no control
	// reaches on that side: below the controls' smallest or above their largest.
	// The effect on them is a guess of the model. ControlsOutside is its mirror.
	TreatedOutside, ControlsOutside float64
	// CStatistic is the chance that a treated unit scores higher than a control,
	// ties counting half: 0.5 when the score says nothing, 1 when it tells the
	// arms apart and there is nobody to compare.
	CStatistic float64
	// Common is the area the two histograms share: 1 when they are the same,
	// 0 when they have no bin in common. It depends on the number of bins.
	Common float64
	Bins   []Bin
}

// OverlapOf describes the overlap of a score, such as a propensity score, with
// a histogram of bins between its smallest and largest value.
//
// Errors: ErrTooFew with fewer than two units in an arm, ErrNotFinite naming
// the row. A score that does not vary has one bin. OverlapOf panics when
// lengths differ or bins is below 1.
//
// Source: Austin and Stuart (2015), Statistics in Medicine 34:3661-3679; the
// c-statistic, Hanley and McNeil (1982), Radiology 143:29-36.
func OverlapOf(treated []bool, score []float64, bins int) (Overlap, error) {
	if len(score) != len(treated) || bins < 1 {
		panic(fmt.Sprintf("balance: %d scores for %d units in %d bins", len(score), len(treated), bins))
	}
	var o Overlap
	inf := math.Inf(1)
	o.Treated, o.Control = Range{inf, -inf}, Range{inf, -inf}
	var n [2]int
	for i, v := range score {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Overlap{}, fmt.Errorf("score of row %d: %w", i, stat.ErrNotFinite)
		}
		r := &o.Control
		if treated[i] {
			r = &o.Treated
		}
		r.Low, r.High = math.Min(r.Low, v), math.Max(r.High, v)
		n[arm(treated[i])]++
	}
	if n[0] < 2 || n[1] < 2 {
		return Overlap{}, fmt.Errorf("overlap of %d treated and %d controls: %w", n[1], n[0], stat.ErrTooFew)
	}
	o.outside(treated, score, n)
	o.CStatistic = cStatistic(treated, score, n)
	return o, o.histogram(treated, score, bins, n)
}

func (o *Overlap) outside(treated []bool, score []float64, n [2]int) {
	var out [2]int
	for i, v := range score {
		other := o.Treated
		if treated[i] {
			other = o.Control
		}
		if v < other.Low || v > other.High {
			out[arm(treated[i])]++
		}
	}
	o.TreatedOutside = float64(out[1]) / float64(n[1])
	o.ControlsOutside = float64(out[0]) / float64(n[0])
}

// histogram counts the bins and the area that the arms share.
func (o *Overlap) histogram(treated []bool, score []float64, bins int, n [2]int) error {
	low, high := math.Min(o.Treated.Low, o.Control.Low), math.Max(o.Treated.High, o.Control.High)
	if math.IsInf(high-low, 0) {
		return fmt.Errorf("scores from %v to %v: %w", low, high, stat.ErrNotFinite)
	}
	if high == low {
		bins = 1
	}
	width := (high - low) / float64(bins)
	o.Bins = make([]Bin, bins)
	for k := range o.Bins {
		o.Bins[k].Low, o.Bins[k].High = low+float64(k)*width, low+float64(k+1)*width
	}
	o.Bins[bins-1].High = high
	for i, v := range score {
		k := 0
		if width > 0 {
			k = min(int((v-low)/width), bins-1)
		}
		if treated[i] {
			o.Bins[k].Treated++
		} else {
			o.Bins[k].Controls++
		}
	}
	for _, b := range o.Bins {
		o.Common += math.Min(float64(b.Treated)/float64(n[1]), float64(b.Controls)/float64(n[0]))
	}
	o.Common = math.Min(o.Common, 1)
	return nil
}

// cStatistic is Mann and Whitney's count over all pairs.
func cStatistic(treated []bool, score []float64, n [2]int) float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	var wins float64
	below := 0
	for start := 0; start < len(order); {
		end := start
		var tied [2]int
		for ; end < len(order) && score[order[end]] == score[order[start]]; end++ {
			tied[arm(treated[order[end]])]++
		}
		wins += float64(tied[1]) * (float64(below) + float64(tied[0])/2)
		below += tied[0]
		start = end
	}
	return wins / float64(n[0]) / float64(n[1])
}
