package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// RankTest is a test on ranks and the shift that goes with it, in the unit of
// the observations. P is exact, or normal with corrections for ties and
// continuity.
type RankTest struct {
	Statistic, P float64
	Exact        bool
	Shift        float64
	Interval     stat.Interval // of the shift
}

// TwoSampleRanks is a RankTest of two samples. Statistic is the number of pairs
// in which the first sample's value is the larger, ties counting a half.
// Superiority is that as a share of all pairs: the chance that a random member
// of the first sample exceeds one of the second.
type TwoSampleRanks struct {
	RankTest
	Superiority float64
}

// exactBelow is R's limit: a sample of fewer values, without ties, has its
// exact distribution.
const exactBelow = 50

// MannWhitney compares independent samples by ranks: for skewed numbers such as
// hours to resolution, where a few large values swamp a mean. Shift is the
// Hodges-Lehmann estimate, the median of all differences a[i] - b[j], and its
// interval that of the test, as R's wilcox.test(conf.int = TRUE) gives them
// without its root search's error of 1e-4. The interval reads as a shift only
// if the two distributions have about the same shape.
//
// Time is O(n log n); nothing of the size of all pairs is kept.
//
// Errors: ErrTooFew with an empty sample; ErrNoVariance if all values are
// equal; ErrNotFinite if a value or a difference is not finite. With Statistic,
// P, Superiority and Shift set beside the error: ErrTooFew if no interval of
// the level exists (three against three at 95 %), ErrNoVariance if ties leave
// it no width. MannWhitney panics if level is outside (0, 1).
//
// Source: Mann and Whitney (1947), Annals of Mathematical Statistics 18:50-60;
// Hodges and Lehmann (1963), same journal 34:598-611.
// Not for the same units measured twice; see SignedRank.
func MannWhitney(a, b []float64, level float64) (TwoSampleRanks, error) {
	stat.CheckLevel(level)
	a, b, err := twoSorted(a, b)
	if err != nil {
		return TwoSampleRanks{}, err
	}
	m, n := float64(len(a)), float64(len(b))
	all := merge(a, b)
	ties := tieCorrection(all)
	if all[0] == all[len(all)-1] {
		return TwoSampleRanks{}, fmt.Errorf("all %d values are %v: %w", len(all), all[0], stat.ErrNoVariance)
	}
	differences := pairDifferences(a, b)
	w := wins(a, b)
	out := TwoSampleRanks{Superiority: w / m / n}
	out.Statistic, out.Shift = w, differences.median()
	var k int // critical value of the interval
	if out.Exact = len(a) < exactBelow && len(b) < exactBelow && ties == 0; out.Exact {
		distribution := winsDistribution(len(a), len(b))
		out.P = distribution.twoSided(int(w))
		k = len(a)*len(b) - distribution.quantile((1-level)/2)
	} else {
		out.P = rankP(w-m*n/2, winsSD(m, n, ties))
		k = int(m*n/2 + 0.5 + stat.Critical(level)*winsSD(m, n, tieCorrection(a)+tieCorrection(b)))
	}
	out.Interval, err = differences.within(k, level)
	return out, err
}

func twoSorted(a, b []float64) (_, _ []float64, err error) {
	if len(a) == 0 || len(b) == 0 {
		return nil, nil, fmt.Errorf("ranks of %d and %d observations: %w", len(a), len(b), stat.ErrTooFew)
	}
	if a, err = sorted("first sample", a); err != nil {
		return nil, nil, err
	}
	if b, err = sorted("second sample", b); err != nil {
		return nil, nil, err
	}
	if math.IsInf(a[0]-b[len(b)-1], 0) || math.IsInf(a[len(a)-1]-b[0], 0) {
		return nil, nil, fmt.Errorf("differences overflow: %w", stat.ErrNotFinite)
	}
	return a, b, nil
}

// merge joins two sorted samples into one.
func merge(a, b []float64) []float64 {
	out := make([]float64, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if a[0] <= b[0] {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// wins counts the pairs with a larger, ties half, of sorted samples.
func wins(a, b []float64) float64 {
	below, notAbove, twice := 0, 0, 0
	for _, v := range a {
		for below < len(b) && b[below] < v {
			below++
		}
		notAbove = max(notAbove, below)
		for notAbove < len(b) && b[notAbove] <= v {
			notAbove++
		}
		twice += below + notAbove
	}
	return float64(twice) / 2
}

// winsSD is the standard deviation of wins when the samples come from one
// distribution.
func winsSD(m, n, ties float64) float64 {
	return math.Sqrt(m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1))))
}

// rankP is the two-sided p-value of a rank statistic with the given deviation
// from its mean, brought half a unit closer.
func rankP(deviation, sd float64) float64 {
	return stat.NormalP(math.Max(0, math.Abs(deviation)-0.5) / sd)
}
