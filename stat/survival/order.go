package survival

import (
	"math"
	"slices"
)

// keyed is a row with its time, as bits that order like the number.
type keyed struct {
	bits uint64
	row  int32
}

const (
	digitBits = 11
	fewRows   = 4096 // below it comparing is faster than counting
)

// ascending returns rows ordered by key, equal keys in the order given. Keys
// are finite. Counting digits takes time proportional to the rows; whole days
// and months have few digits that differ.
func ascending(rows []int, key []float64) []int {
	sorted := make([]keyed, len(rows))
	for k, i := range rows {
		sorted[k] = keyed{orderedBits(key[i]), int32(i)}
	}
	if len(rows) < fewRows {
		slices.SortStableFunc(sorted, func(a, b keyed) int {
			switch {
			case a.bits < b.bits:
				return -1
			case a.bits > b.bits:
				return 1
			}
			return 0
		})
	} else {
		sorted = countingSort(sorted)
	}
	out := make([]int, len(rows))
	for k, s := range sorted {
		out[k] = int(s.row)
	}
	return out
}

// orderedBits maps numbers to integers of the same order; −0 and 0 are equal.
func orderedBits(x float64) uint64 {
	bits := math.Float64bits(x + 0)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

// countingSort sorts by one digit after another, lowest first, and skips the
// digits that all keys share.
func countingSort(in []keyed) []keyed {
	out := make([]keyed, len(in))
	for shift := 0; shift < 64; shift += digitBits {
		var starts [1 << digitBits]int
		for _, v := range in {
			starts[v.bits>>shift&(1<<digitBits-1)]++
		}
		if starts[in[0].bits>>shift&(1<<digitBits-1)] == len(in) {
			continue
		}
		next := 0
		for d, n := range starts {
			starts[d] = next
			next += n
		}
		for _, v := range in {
			d := v.bits >> shift & (1<<digitBits - 1)
			out[starts[d]] = v
			starts[d]++
		}
		in, out = out, in
	}
	return in
}
