package survival

import "sort"

// spellIndex places spells on the times of a curve, so that the influence of
// each on an estimate can be summed in one pass.
type spellIndex struct {
	d           Data
	stop, start []int32 // last time at or before the spell's stop, start; −1 if none
	kind        []int32 // 0 censored, otherwise the number of the cause from 1
	cluster     []int32
	clusters    int
}

// newSpellIndex: cluster may be nil, each spell is its own then.
func newSpellIndex(d Data, times []float64, kind []int32, cluster []int) *spellIndex {
	n := len(d.Stop)
	x := &spellIndex{d: d, stop: place(d.Stop, times), kind: kind, clusters: n}
	if d.Start != nil {
		x.start = place(d.Start, times)
	}
	if cluster != nil {
		labels, number := dense(cluster)
		x.cluster, x.clusters = number, len(labels)
	}
	return x
}

// place finds, for each value, the last time at or before it.
func place(values, times []float64) []int32 {
	out := make([]int32, len(values))
	for i, v := range values {
		out[i] = int32(sort.Search(len(times), func(k int) bool { return times[k] > v })) - 1
	}
	return out
}

// variance is the infinitesimal jackknife: the sum over clusters of the square
// of their summed influence. At time k an event of a kind moves the estimate by
// score(kind, k) per unit of weight, and being at risk by −drift[k]. Times
// after last do not count.
//
// Source: Efron (1982), The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6.
func (x *spellIndex) variance(last int, score func(kind int32, k int) float64, drift []float64) float64 {
	running := make([]float64, last+2) // of times before k
	for k := range last + 1 {
		running[k+1] = running[k] + drift[k]
	}
	sums := make([]float64, x.clusters)
	for i, stop := range x.stop {
		end := min(int(stop), last)
		u := -running[end+1]
		if x.start != nil {
			u += running[min(int(x.start[i]), last)+1]
		}
		if x.kind[i] > 0 && int(stop) <= last {
			u += score(x.kind[i], int(stop))
		}
		c := i
		if x.cluster != nil {
			c = int(x.cluster[i])
		}
		sums[c] += x.d.weight(i) * u
	}
	total := 0.0
	for _, u := range sums {
		total += u * u
	}
	return total
}
