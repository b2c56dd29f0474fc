package experiment

import (
	"math"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// betaQuantile is the p-quantile of a beta distribution. The library's inverse
// is polished by Newton's method, being good to 8 digits; above the median it
// works from the other end.
func betaQuantile(a, b, p float64) float64 {
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

// fQuantile is the upper alpha quantile of F on a and b degrees of freedom.
func fQuantile(a, b, alpha float64) float64 {
	x := betaLower(b/2, a/2, alpha) // F above c is a beta below b/(b+a·c)
	return b * (1 - x) / (a * x)
}
