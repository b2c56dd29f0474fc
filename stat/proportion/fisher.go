package proportion

import (
	"fmt"
	"math"
	"sort"

	"github.com/liftmark/liftmark/stat"
)

// Fisher is Fisher's exact comparison of two shares. OddsRatio is the
// conditional maximum-likelihood estimate, which is closer to 1 than the plain
// odds ratio of the table.
type Fisher struct {
	OddsRatio float64
	Interval  stat.Interval // of the odds ratio
	P         float64       // two-sided
}

// FisherExact compares the shares x1/n1 and x2/n2 given how many succeeded in
// all, without any large-sample approximation: for small counts and rare
// events. P adds the probabilities of all tables that are no more likely than
// the observed one, as R's fisher.test; the interval is made of two one-sided
// exact tests of size (1-level)/2, so that P and interval can disagree at the
// margin. Both are conservative.
//
// An empty cell leaves the odds ratio without a finite bound on one side:
// OddsRatio is then 0 with Low 0, or +Inf with High +Inf.
//
// Errors: ErrTooFew if a sample is empty, ErrInvalid for impossible counts,
// ErrNoVariance if every trial of both samples succeeded, or none: the test
// would say p = 1 and know nothing. FisherExact panics if level is outside
// (0, 1).
//
// Source: Fisher (1935), JRSS 98:39-82; Cornfield (1956), Proceedings of the
// Third Berkeley Symposium 4:135-148.
func FisherExact(x1, n1, x2, n2 int, level float64) (Fisher, error) {
	stat.CheckLevel(level)
	if err := checkArms(x1, n1, x2, n2); err != nil {
		return Fisher{}, err
	}
	h := newHypergeometric(n1, n2, x1+x2)
	if h.low == h.high {
		return Fisher{}, fmt.Errorf("%d of %d and %d of %d: all outcomes are alike: %w", x1, n1, x2, n2, stat.ErrNoVariance)
	}
	out := Fisher{P: h.twoSided(x1), Interval: stat.Interval{Low: 0, High: math.Inf(1), Level: level}}
	tail := (1 - level) / 2
	if x1 > h.low {
		out.Interval.Low = oddsWhere(func(odds float64) bool { return 1-h.below(x1-1, odds) < tail })
	}
	if x1 < h.high {
		out.Interval.High = oddsWhere(func(odds float64) bool { return h.below(x1, odds) > tail })
	}
	switch x1 {
	case h.low: // stays 0
	case h.high:
		out.OddsRatio = math.Inf(1)
	default:
		out.OddsRatio = oddsWhere(func(odds float64) bool { return h.mean(odds) < float64(x1) })
	}
	return out, nil
}

// oddsWhere finds the odds ratio at which small, true of small odds ratios and
// false of large ones, changes, by bisection of its logarithm.
func oddsWhere(small func(odds float64) bool) float64 {
	low, high := -700.0, 700.0
	for {
		mid := (low + high) / 2
		if mid <= low || mid >= high {
			return math.Exp(mid)
		}
		if small(math.Exp(mid)) {
			low = mid
		} else {
			high = mid
		}
	}
}

// hypergeometric is the distribution of the first sample's successes given the
// number of successes in both.
type hypergeometric struct {
	n1, n2, successes int
	low, high         int
}

func newHypergeometric(n1, n2, successes int) hypergeometric {
	return hypergeometric{n1, n2, successes, max(0, successes-n2), min(n1, successes)}
}

// step is the ratio of the probability of x to that of x-1.
func (h hypergeometric) step(x int, odds float64) float64 {
	up := float64(h.n1-x+1) * float64(h.successes-x+1)
	return odds * (up / (float64(x) * float64(h.n2-h.successes+x)))
}

// each visits outcomes outwards from the most likely, whose weight is 1, as
// far as weights are above floor times that.
func (h hypergeometric) each(odds, floor float64, visit func(x int, weight float64)) {
	mode := h.low + sort.Search(h.high-h.low, func(i int) bool { return h.step(h.low+i+1, odds) < 1 })
	visit(mode, 1)
	for x, w := mode+1, 1.0; x <= h.high; x++ {
		if w *= h.step(x, odds); w <= floor {
			break
		}
		visit(x, w)
	}
	for x, w := mode-1, 1.0; x >= h.low; x-- {
		if w /= h.step(x+1, odds); w <= floor {
			break
		}
		visit(x, w)
	}
}

// negligible weights change no double of a sum of a million terms.
const negligible = 1e-24

// below is the chance of x or less.
func (h hypergeometric) below(x int, odds float64) float64 {
	total, below := 0.0, 0.0
	h.each(odds, negligible, func(i int, w float64) {
		total += w
		if i <= x {
			below += w
		}
	})
	return below / total
}

func (h hypergeometric) mean(odds float64) float64 {
	total, sum := 0.0, 0.0
	h.each(odds, negligible, func(i int, w float64) {
		total += w
		sum += w * float64(i)
	})
	return sum / total
}

// twoSided adds the outcomes that are no more likely than x when the odds are
// equal. Weights within 1e-7 count as equal, as in R.
func (h hypergeometric) twoSided(x int) float64 {
	total, weight := 0.0, 0.0
	h.each(1, 0, func(i int, w float64) {
		total += w
		if i == x {
			weight = w
		}
	})
	extreme := 0.0
	h.each(1, 0, func(_ int, w float64) {
		if w <= weight*(1+1e-7) {
			extreme += w
		}
	})
	return math.Min(1, extreme/total)
}
