package mean

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// SignedRanks is a RankTest of paired differences. Statistic is the sum of the
// ranks, by absolute size, of the positive differences. Zeros counts pairs
// without a difference, which the test leaves out.
type SignedRanks struct {
	RankTest
	Zeros int
}

// SignedRank compares measurements of the same units by Wilcoxon's signed
// ranks: for paired changes with a few extreme ones. Shift is the
// pseudomedian of after - before, the median of all averages of two of the
// differences; test and interval follow R's wilcox.test(paired = TRUE,
// conf.int = TRUE), which drops zero differences and counts exactly below 50
// differences without ties. The differences should be roughly symmetric.
//
// Errors: ErrTooFew without pairs, ErrNoVariance if all differences are zero,
// ErrNotFinite. With Statistic, P and Shift set beside the error: ErrTooFew if
// no interval of the level exists (five pairs at 95 %), ErrNoVariance if ties
// leave it no width. SignedRank panics if the slices differ in length or level
// is outside (0, 1).
//
// Source: Wilcoxon (1945), Biometrics Bulletin 1:80-83; Hodges and Lehmann
// (1963), Annals of Mathematical Statistics 34:598-611.
func SignedRank(before, after []float64, level float64) (SignedRanks, error) {
	stat.CheckLevel(level)
	d, err := differences(before, after)
	if err != nil {
		return SignedRanks{}, err
	}
	if len(d) == 0 {
		return SignedRanks{}, fmt.Errorf("signed ranks of no pairs: %w", stat.ErrTooFew)
	}
	all := len(d)
	d = slices.DeleteFunc(d, func(v float64) bool { return v == 0 })
	if len(d) == 0 {
		return SignedRanks{}, fmt.Errorf("all %d differences are zero: %w", all, stat.ErrNoVariance)
	}
	slices.Sort(d)
	return signedRanks(d, all-len(d), level)
}

// signedRanks analyses sorted differences, none of them zero.
func signedRanks(d []float64, zeros int, level float64) (SignedRanks, error) {
	v, ties := positiveRanks(d)
	out := SignedRanks{Zeros: zeros}
	out.Statistic = v
	halves := make([]float64, len(d))
	for i, x := range d {
		halves[i] = x / 2
	}
	averages := walshAverages(halves)
	out.Shift = averages.median()
	n, pairs := float64(len(d)), averages.n
	var k int // critical value of the interval
	if out.Exact = len(d) < exactBelow && ties == 0 && zeros == 0; out.Exact {
		distribution := signedDistribution(len(d))
		out.P = distribution.twoSided(int(v))
		k = pairs - distribution.quantile((1-level)/2)
	} else {
		sd := func(ties float64) float64 { return math.Sqrt(n*(n+1)*(2*n+1)/24 - ties/48) }
		out.P = rankP(v-n*(n+1)/4, sd(ties))
		k = int(n*(n+1)/4 + 0.5 + stat.Critical(level)*sd(tieCorrection(d)))
	}
	var err error
	out.Interval, err = averages.within(k, level)
	return out, err
}

// positiveRanks adds the ranks by absolute size of the positive ones among
// sorted differences, equal sizes sharing their mean rank, and gives the tie
// correction of the sizes.
func positiveRanks(d []float64) (sum, ties float64) {
	sizes := make([]float64, len(d))
	for i, v := range d {
		sizes[i] = math.Abs(v)
	}
	slices.Sort(sizes)
	positive := d[firstPositive(d):]
	for i := 0; i < len(sizes); {
		j := i
		for j < len(sizes) && sizes[j] == sizes[i] {
			j++
		}
		rank := float64(i+1+j) / 2
		for len(positive) > 0 && positive[0] == sizes[i] {
			sum += rank
			positive = positive[1:]
		}
		i = j
	}
	return sum, tieCorrection(sizes)
}

func firstPositive(sorted []float64) int {
	at, _ := slices.BinarySearchFunc(sorted, 0.0, func(v, zero float64) int {
		if v > zero {
			return 1
		}
		return -1
	})
	return at
}
