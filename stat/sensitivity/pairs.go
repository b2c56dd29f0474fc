package sensitivity

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// ZeroRule says what pairs without a difference do to the ranks of the others.
type ZeroRule int

// The rules. They agree when no difference is zero.
const (
	RankThenDrop ZeroRule = iota // zeros take the lowest ranks and then leave (Pratt); Rosenbaum's choice
	DropThenRank                 // zeros leave before ranking (Wilcoxon)
)

// Pairs are matched pairs whose differences, treated minus control, have been
// ranked by size.
type Pairs struct {
	N, Zeros   int       // pairs; pairs without a difference, which carry no sign
	sorted     []float64 // all differences, ascending
	ranks      []float64 // of the pairs with a difference
	statistic  float64   // Wilcoxon's signed-rank sum of the positive differences
	sum, sumSq float64   // of ranks and of their squares
}

// MatchedPairs ranks the differences treated minus control of matched pairs,
// one a pair, in the unit of the outcome. Tied sizes share the mean of their
// ranks.
//
// Errors: ErrTooFew with fewer than two pairs, ErrNotFinite naming the pair,
// ErrNoVariance if no pair differs.
//
// Source: Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.
// Not for pairs that share a unit (matching with replacement): their signs are
// not independent.
func MatchedPairs(differences []float64, zeros ZeroRule) (*Pairs, error) {
	if len(differences) < 2 {
		return nil, fmt.Errorf("bounds from %d matched pairs: %w", len(differences), stat.ErrTooFew)
	}
	for i, d := range differences {
		if math.IsNaN(d) || math.Abs(d) > math.MaxFloat64/4 {
			return nil, fmt.Errorf("difference of pair %d is %v: %w", i, d, stat.ErrNotFinite)
		}
	}
	p := &Pairs{N: len(differences), sorted: slices.Sorted(slices.Values(differences))}
	p.rank(differences, zeros)
	if p.Zeros == p.N {
		return nil, fmt.Errorf("all %d pairs have the difference 0: %w", p.N, stat.ErrNoVariance)
	}
	return p, nil
}

// rank fills the ranks by size and the sums made of them.
func (p *Pairs) rank(differences []float64, zeros ZeroRule) {
	bySize := slices.Clone(differences)
	slices.SortFunc(bySize, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	for p.Zeros < len(bySize) && bySize[p.Zeros] == 0 {
		p.Zeros++
	}
	offset := 0
	if zeros == DropThenRank {
		offset = p.Zeros
	}
	for i := p.Zeros; i < len(bySize); {
		end := i + 1
		for end < len(bySize) && math.Abs(bySize[end]) == math.Abs(bySize[i]) {
			end++
		}
		rank := float64(i+1+end)/2 - float64(offset)
		for ; i < end; i++ {
			p.add(rank, bySize[i] > 0)
		}
	}
}

func (p *Pairs) add(rank float64, positive bool) {
	p.ranks = append(p.ranks, rank)
	p.sum += rank
	p.sumSq += rank * rank
	if positive {
		p.statistic += rank
	}
}

// Bound is a test under a hidden bias of at most Gamma: two units of a pair may
// differ in their odds of treatment by that factor.
type Bound struct {
	Gamma     float64
	Statistic float64 // the observed test statistic, whatever Gamma
	Deviate   float64 // standard normal deviate of the statistic in the worst case
	// PHigh and PLow are the largest and smallest one-sided p-value that a
	// bias of Gamma could hide behind the data, for the alternative that
	// treatment raises the outcome. They are equal at Gamma 1.
	PHigh, PLow float64
}

// Test gives the bounds on the one-sided p-value of Wilcoxon's signed-rank test
// at a hidden bias of gamma, by the normal approximation without continuity
// correction. For an outcome that treatment should lower, rank the differences
// with their signs turned.
//
// Test panics unless gamma is in [1, 1e6].
//
// Source: Rosenbaum (2002), equations 4.8 to 4.11.
func (p *Pairs) Test(gamma float64) Bound {
	checkGamma(gamma)
	high, low := p.deviate(gamma/(1+gamma)), p.deviate(1/(1+gamma))
	return Bound{Gamma: gamma, Statistic: p.statistic, Deviate: high, PHigh: upperTail(high), PLow: upperTail(low)}
}

// deviate standardises the statistic where each sign is positive with
// probability share.
func (p *Pairs) deviate(share float64) float64 {
	return (p.statistic - share*p.sum) / math.Sqrt(share*(1-share)*p.sumSq)
}

// maxExact is how many pairs the exact distribution is computed for.
const maxExact = 400

// ExactP is the largest one-sided p-value at a hidden bias of gamma from the
// exact distribution of the signed-rank sum, ties and zeros as they are.
//
// Errors: ErrInvalid with more than 400 pairs, where Test is as good. ExactP
// panics unless gamma is in [1, 1e6].
func (p *Pairs) ExactP(gamma float64) (float64, error) {
	checkGamma(gamma)
	if len(p.ranks) > maxExact {
		return 0, fmt.Errorf("exact distribution of %d pairs, at most %d: %w", len(p.ranks), maxExact, stat.ErrInvalid)
	}
	doubled := make([]int, len(p.ranks))
	for i, r := range p.ranks {
		doubled[i] = int(2 * r)
	}
	tail := rankSumTails(doubled, gamma/(1+gamma))
	return math.Min(1, tail[int(2*p.statistic)]), nil
}

// rankSumTails gives P(sum ≥ s) for s = 0, 1, … of independent terms that equal
// their rank with probability share and are 0 otherwise.
func rankSumTails(ranks []int, share float64) []float64 {
	mass := []float64{1}
	for _, r := range ranks {
		next := make([]float64, len(mass)+r)
		for s, m := range mass {
			next[s] += m * (1 - share)
			next[s+r] += m * share
		}
		mass = next
	}
	for s := len(mass) - 2; s >= 0; s-- {
		mass[s] += mass[s+1]
	}
	return mass
}

// Limit is the hidden bias at which the one-sided test ceases to be significant
// at alpha: the largest Gamma with PHigh ≤ alpha. It is 1 if the test is not
// significant without any bias. Limit panics unless alpha is in (0, 0.5).
func (p *Pairs) Limit(alpha float64) float64 {
	checkAlpha(alpha)
	// The share at which (T - share·S)² = z² share (1-share) Q, smaller root.
	z := stat.Critical(1 - 2*alpha)
	q := z * z * p.sumSq
	a, b, c := p.sum*p.sum+q, 2*p.statistic*p.sum+q, p.statistic*p.statistic
	share := 2 * c / (b + math.Sqrt(math.Max(0, b*b-4*a*c)))
	return math.Max(1, share/(1-share))
}

// maxGamma is beyond any bias that is worth asking about.
const maxGamma = 1e6

func checkGamma(gamma float64) {
	if !(gamma >= 1 && gamma <= maxGamma) {
		panic(fmt.Sprintf("sensitivity: gamma %v is outside [1, %v]", gamma, maxGamma))
	}
}

func checkAlpha(alpha float64) {
	if !(alpha > 0 && alpha < 0.5) {
		panic(fmt.Sprintf("sensitivity: alpha %v is outside (0, 0.5)", alpha))
	}
}

func upperTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }
