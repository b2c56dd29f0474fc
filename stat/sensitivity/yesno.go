package sensitivity

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// YesNo are matched pairs with a yes/no outcome, of which only those count in
// which exactly one unit has the outcome.
type YesNo struct {
	TreatedOnly, ControlOnly int // pairs in which only that unit has it
}

// MatchedYesNo counts discordant pairs.
//
// Errors: ErrInvalid for a negative count, ErrTooFew without any discordant pair.
//
// Source: Rosenbaum (2002), Observational Studies, 2nd ed., section 4.3.2.
func MatchedYesNo(treatedOnly, controlOnly int) (YesNo, error) {
	y := YesNo{TreatedOnly: treatedOnly, ControlOnly: controlOnly}
	if treatedOnly < 0 || controlOnly < 0 {
		return y, fmt.Errorf("%d and %d discordant pairs: %w", treatedOnly, controlOnly, stat.ErrInvalid)
	}
	if treatedOnly+controlOnly == 0 {
		return y, fmt.Errorf("no pair differs in the outcome: %w", stat.ErrTooFew)
	}
	return y, nil
}

// Test gives the exact bounds on the one-sided p-value of McNemar's test at a
// hidden bias of gamma, for the alternative that treatment raises the chance
// of the outcome; exchange the counts for one that it should lower. Deviate is
// that of the binomial mean and variance, without continuity correction.
//
// Test panics unless gamma is in [1, 1e6].
func (y YesNo) Test(gamma float64) Bound {
	checkGamma(gamma)
	n, t, share := float64(y.TreatedOnly+y.ControlOnly), float64(y.TreatedOnly), gamma/(1+gamma)
	return Bound{
		Gamma: gamma, Statistic: t,
		Deviate: (t - n*share) / math.Sqrt(n*share*(1-share)),
		PHigh:   y.tail(share), PLow: y.tail(1 / (1 + gamma)),
	}
}

// tail is the binomial probability of at least TreatedOnly among the pairs.
func (y YesNo) tail(share float64) float64 {
	if y.TreatedOnly == 0 {
		return 1
	}
	return mathext.RegIncBeta(float64(y.TreatedOnly), float64(y.ControlOnly+1), share)
}

// Limit is the hidden bias at which the one-sided test ceases to be significant
// at alpha: the largest Gamma with PHigh ≤ alpha; 1 if it is not significant
// without any bias. Limit panics unless alpha is in (0, 0.5).
func (y YesNo) Limit(alpha float64) float64 {
	checkAlpha(alpha)
	low, high := 0.5, 1.0
	for range 60 {
		if mid := (low + high) / 2; y.tail(mid) <= alpha {
			low = mid
		} else {
			high = mid
		}
	}
	return low / (1 - low)
}
