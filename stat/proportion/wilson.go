package proportion

import (
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Wilson estimates a share (0–1) from successes among trials with the score
// interval, without continuity correction. The interval stays inside [0, 1]
// and has a width even at 0 or trials successes. SE is √(p(1-p)/n), which is 0
// there: use the interval, not the SE, near the ends.
//
// Errors: ErrTooFew if trials is 0, ErrInvalid if successes are negative or
// exceed trials. Wilson panics if level is outside (0, 1).
//
// Source: Wilson (1927), JASA 22:209-212.
func Wilson(successes, trials int, level float64) (stat.Estimate, error) {
	z := stat.Critical(level)
	if err := checkCount("share", successes, trials); err != nil {
		return stat.Estimate{}, err
	}
	n := float64(trials)
	p := float64(successes) / n
	mid := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	iv := stat.Interval{Low: max(0, mid-half), High: min(1, mid+half), Level: level}
	if successes == 0 {
		iv.Low = 0 // exact there; rounding leaves 1e-17
	}
	if successes == trials {
		iv.High = 1
	}
	return stat.Estimate{Value: p, SE: math.Sqrt(p * (1 - p) / n), Interval: iv}, nil
}
