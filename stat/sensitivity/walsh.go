package sensitivity

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Effect bounds the additive effect of treatment, in the unit of the outcome,
// at a hidden bias of gamma: the range of Hodges–Lehmann estimates that some
// bias of that size could have produced. At gamma 1 both are the median of the
// pairwise means of the differences.
//
// Effect panics unless gamma is in [1, 1e6].
//
// Source: Rosenbaum (1993), JASA 88:1250-1253.
func (p *Pairs) Effect(gamma float64) (low, high float64) {
	checkGamma(gamma)
	return p.hodgesLehmann(gamma / (1 + gamma)), p.hodgesLehmann(1 / (1 + gamma))
}

// hodgesLehmann is the shift at which the signed-rank sum equals its
// expectation when each sign is positive with probability share.
func (p *Pairs) hodgesLehmann(share float64) float64 {
	m := p.walshCount()
	above := share * float64(m)
	k := int(math.Round(above))
	if math.Abs(above-float64(k)) > 1e-9*above {
		return p.walsh(m - int(above))
	}
	return (p.walsh(m-k+1) + p.walsh(m-k)) / 2
}

// Interval holds, at a hidden bias of at most gamma, the additive effect of
// treatment with at least the level's coverage: the shifts that neither
// one-sided signed-rank test rejects in its worst case. The distribution is
// exact up to 400 pairs, normal beyond; it treats ties as if broken.
//
// Errors: ErrTooFew if no outcome of so few pairs could be significant at that
// bias. Interval panics if level is outside (0, 1) or gamma outside [1, 1e6].
//
// Source: Rosenbaum (2002), section 4.3.5.
func (p *Pairs) Interval(gamma, level float64) (stat.Interval, error) {
	checkGamma(gamma)
	stat.CheckLevel(level)
	m := p.walshCount()
	reject := p.rejectFrom(gamma/(1+gamma), (1-level)/2)
	if reject > m {
		return stat.Interval{}, fmt.Errorf("interval from %d pairs at a hidden bias of %v: even pairs that all agree would not be significant: %w", p.N, gamma, stat.ErrTooFew)
	}
	return stat.Interval{Low: p.walsh(m - reject + 1), High: p.walsh(reject), Level: level}, nil
}

// rejectFrom is the smallest signed-rank sum of untied pairs whose worst-case
// tail is at most alpha, one above the largest sum if there is none.
func (p *Pairs) rejectFrom(share, alpha float64) int {
	m := p.walshCount()
	if p.N > maxExact {
		n := float64(p.N)
		sd := math.Sqrt(share * (1 - share) * n * (n + 1) * (2*n + 1) / 6)
		return min(m+1, int(math.Ceil(share*float64(m)+stat.Critical(1-2*alpha)*sd)))
	}
	ranks := make([]int, p.N)
	for i := range ranks {
		ranks[i] = i + 1
	}
	for c, tail := range rankSumTails(ranks, share) {
		if tail <= alpha {
			return c
		}
	}
	return m + 1
}

func (p *Pairs) walshCount() int { return p.N * (p.N + 1) / 2 }

// walsh is the k-th smallest (from 1) of the means of all pairs of differences,
// each difference with itself included. It bisects on the representation of
// the value, so it needs no memory for the n(n+1)/2 means and is exact.
func (p *Pairs) walsh(k int) float64 {
	k = max(1, min(k, p.walshCount()))
	low, high := orderedBits(p.sorted[0]), orderedBits(p.sorted[p.N-1])
	for low < high {
		mid := low + (high-low)/2
		if p.atMost(fromOrderedBits(mid)) >= k {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return fromOrderedBits(low)
}

// atMost counts the pairwise means of at most x.
func (p *Pairs) atMost(x float64) int {
	count, j := 0, p.N-1
	for i := 0; i <= j; i++ {
		for j >= i && (p.sorted[i]+p.sorted[j])/2 > x {
			j--
		}
		count += max(0, j-i+1)
	}
	return count
}

// orderedBits maps a number to an integer of the same order.
func orderedBits(x float64) uint64 {
	b := math.Float64bits(x + 0) // +0: no negative zero
	if b>>63 == 1 {
		return ^b
	}
	return b | 1<<63
}

func fromOrderedBits(b uint64) float64 {
	if b>>63 == 1 {
		return math.Float64frombits(b &^ (1 << 63))
	}
	return math.Float64frombits(^b)
}
