package inverse

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Beta is the p-quantile of a beta distribution. The library's inverse, good to
// 8 digits, is polished by Newton's method; above the median it works from the
// other end.
func Beta(a, b, p float64) float64 {
	if p > 0.5 {
		return 1 - betaLower(b, a, 1-p)
	}
	return betaLower(a, b, p)
}

func betaLower(a, b, p float64) float64 {
	density := distuv.Beta{Alpha: a, Beta: b}
	x := mathext.InvRegIncBeta(a, b, p)
	for range 3 {
		step := (p - mathext.RegIncBeta(a, b, x)) / density.Prob(x)
		if !(math.Abs(step) < 0.01*math.Min(x, 1-x)) {
			break
		}
		x += step
	}
	return x
}

// F is the value that an F on a and b degrees of freedom exceeds with chance
// alpha, at most 1/2.
func F(a, b, alpha float64) float64 {
	x := betaLower(b/2, a/2, alpha) // F above c is a beta below b/(b+a·c); the small tail keeps its digits
	return b * (1 - x) / (a * x)
}
