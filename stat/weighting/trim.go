package weighting

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// TrimRule says which units leave the comparison because hardly anyone like
// them is in the other arm.
type TrimRule int

// The rules.
const (
	NoTrim    TrimRule = iota
	FixedTrim          // keep Bound ≤ e ≤ 1 − Bound
	// CrumpTrim finds the bound that makes the average effect among those kept
	// the most precise, from the scores alone (often near 0.1).
	CrumpTrim
	// RangeTrim keeps the scores that both arms have: from the larger of the
	// two smallest to the smaller of the two largest.
	RangeTrim
)

// Trim is a rule with its bound. Trimming changes the question: the effect is
// that of the units kept, who have to be described. After it the score is
// fitted again on them.
type Trim struct {
	Rule  TrimRule
	Bound float64 // of FixedTrim, in (0, 0.5)
}

// Kept is what a trimming rule leaves.
type Kept struct {
	Low, High float64 // scores that stay, ends included
	Keep      []bool  // one a row
	Trimmed   Arm[int]
}

// Trim applies a rule to the score. Outcomes play no part.
//
// Errors: ErrNoOverlap if fewer than two units of an arm stay. Trim panics if
// the bound of FixedTrim is outside (0, 0.5).
//
// Source: Crump, Hotz, Imbens and Mitnik (2009), Biometrika 96:187-199;
// for the common range, Dehejia and Wahba (1999), JASA 94:1053-1062.
func (s *Score) Trim(rule Trim) (Kept, error) {
	k := Kept{Low: 0, High: 1, Keep: make([]bool, len(s.E))}
	switch rule.Rule {
	case NoTrim:
	case FixedTrim:
		mustBound(rule.Bound)
		k.Low, k.High = rule.Bound, 1-rule.Bound
	case CrumpTrim:
		k.Low = crump(s.E)
		k.High = 1 - k.Low
	case RangeTrim:
		k.Low, k.High = s.commonRange()
	default:
		panic(fmt.Sprintf("weighting: unknown trimming rule %d", rule.Rule))
	}
	for i, e := range s.E {
		k.Keep[i] = e >= k.Low && e <= k.High
	}
	all, left := count(s.treated, nil), count(s.treated, k.Keep)
	k.Trimmed = Arm[int]{all.Treated - left.Treated, all.Control - left.Control}
	if left.Treated < 2 || left.Control < 2 {
		return Kept{}, fmt.Errorf("%d treated and %d controls have scores in [%.4g, %.4g]: %w",
			left.Treated, left.Control, k.Low, k.High, stat.ErrNoOverlap)
	}
	return k, nil
}

func mustBound(b float64) {
	if !(b > 0 && b < 0.5) {
		panic(fmt.Sprintf("weighting: bound %v is outside (0, 0.5)", b))
	}
}

// crump is the bound α: the variance g = 1/(e(1−e)) of a unit may be at most
// twice the average over those kept, and α(1−α) is the inverse of the largest.
func crump(e []float64) float64 {
	g := make([]float64, len(e))
	for i, p := range e {
		g[i] = 1 / (p * (1 - p))
	}
	slices.Sort(g)
	var sum, most float64
	for k, v := range g {
		sum += v
		if mean := sum / float64(k+1); v <= 2*mean {
			most = 2 * mean
		}
	}
	if most >= g[len(g)-1] && 2*sum/float64(len(g)) >= g[len(g)-1] {
		return 0
	}
	return 0.5 - math.Sqrt(0.25-1/most)
}

func (s *Score) commonRange() (low, high float64) {
	least, most := Arm[float64]{1, 1}, Arm[float64]{0, 0}
	for i, e := range s.E {
		a, b := least.of(s.treated[i]), most.of(s.treated[i])
		*a, *b = math.Min(*a, e), math.Max(*b, e)
	}
	return math.Max(least.Treated, least.Control), math.Min(most.Treated, most.Control)
}
