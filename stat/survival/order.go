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
	digitMask = 1<<digitBits - 1
	digits    = (64 + digitBits - 1) / digitBits
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

// sortByDigits orders numbers as countingSort does rows. The input is used as
// scratch space.
func sortByDigits(in []float64) []float64 {
	out := make([]float64, len(in))
	counts := digitCounts(in)
	for d := range counts {
		shift, starts := d*digitBits, &counts[d]
		if starts[orderedBits(in[0])>>shift&digitMask] == len(in) {
			continue
		}
		cumulate(starts)
		for _, v := range in {
			digit := orderedBits(v) >> shift & digitMask
			out[starts[digit]] = v
			starts[digit]++
		}
		in, out = out, in
	}
	return in
}

// digitCounts counts the values of each digit, lowest digit first.
func digitCounts(in []float64) *[digits][digitMask + 1]int {
	counts := new([digits][digitMask + 1]int)
	for _, v := range in {
		bits := orderedBits(v)
		for d := range counts {
			counts[d][bits&digitMask]++
			bits >>= digitBits
		}
	}
	return counts
}

// cumulate turns counts into the places at which each value starts.
func cumulate(counts *[digitMask + 1]int) {
	next := 0
	for d, n := range counts {
		counts[d] = next
		next += n
	}
}

// countingSort sorts by one digit after another, lowest first, and skips the
// digits that all keys share.
func countingSort(in []keyed) []keyed {
	out := make([]keyed, len(in))
	for shift := 0; shift < 64; shift += digitBits {
		var starts [digitMask + 1]int
		for _, v := range in {
			starts[v.bits>>shift&(digitMask)]++
		}
		if starts[in[0].bits>>shift&(digitMask)] == len(in) {
			continue
		}
		cumulate(&starts)
		for _, v := range in {
			d := v.bits >> shift & (1<<digitBits - 1)
			out[starts[d]] = v
			starts[d]++
		}
		in, out = out, in
	}
	return in
}
