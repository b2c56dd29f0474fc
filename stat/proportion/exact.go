package proportion

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
)

// ClopperPearson estimates a share (0–1) with the exact binomial interval: the
// shares that neither one-sided test of size (1-level)/2 rejects. It holds the
// truth in at least a share level of samples, whatever the truth, and pays for
// the promise with width; Wilson keeps its level on average. SE is √(p(1-p)/n).
//
// Errors: as for Wilson. ClopperPearson panics if level is outside (0, 1).
//
// Source: Clopper and Pearson (1934), Biometrika 26:404-413.
func ClopperPearson(successes, trials int, level float64) (stat.Estimate, error) {
	x, n := float64(successes), float64(trials)
	return betaInterval(successes, trials, level, [2]float64{x, n - x + 1}, [2]float64{x + 1, n - x})
}

// Jeffreys estimates a share (0–1) with the equal-tailed interval of the
// posterior under the prior Beta(1/2, 1/2). It reaches 0 without a success and
// 1 without a failure. Value is successes/trials and SE √(p(1-p)/n), not the
// posterior's.
//
// Errors: as for Wilson. Jeffreys panics if level is outside (0, 1).
//
// Source: Brown, Cai and DasGupta (2001), Statistical Science 16:101-133, §3.1.2.
func Jeffreys(successes, trials int, level float64) (stat.Estimate, error) {
	shape := [2]float64{float64(successes) + 0.5, float64(trials-successes) + 0.5}
	return betaInterval(successes, trials, level, shape, shape)
}

// betaInterval reads the two ends off beta distributions with the given shapes.
func betaInterval(successes, trials int, level float64, low, high [2]float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	if err := checkCount("share", successes, trials); err != nil {
		return stat.Estimate{}, err
	}
	iv := stat.Interval{Low: 0, High: 1, Level: level}
	if successes > 0 {
		iv.Low = betaQuantile((1-level)/2, low)
	}
	if successes < trials {
		iv.High = betaQuantile((1+level)/2, high)
	}
	p := float64(successes) / float64(trials)
	return stat.Estimate{Value: p, SE: math.Sqrt(p * (1 - p) / float64(trials)), Interval: iv}, nil
}

// betaQuantile inverts the distribution function of Beta(shape) by bisection
// over the doubles from 0 to 1, whose order is that of their bits.
func betaQuantile(p float64, shape [2]float64) float64 {
	low, high := uint64(0), math.Float64bits(1)
	for high-low > 1 {
		mid := low + (high-low)/2
		if mathext.RegIncBeta(shape[0], shape[1], math.Float64frombits(mid)) < p {
			low = mid
		} else {
			high = mid
		}
	}
	return math.Float64frombits(high)
}
