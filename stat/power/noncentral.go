package power

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// normalUpper is P(Z > z), precise in the tail.
func normalUpper(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

// nearNormal is the number of degrees of freedom from which two terms beyond
// the normal give quantile and tails of t to 12 digits.
const nearNormal = 1e6

// criticalT is the two-sided critical value of t at 1-level. The library's
// quantile is polished by Newton's method, being good to 8 digits.
func criticalT(df, level float64) float64 {
	alpha := (1 - level) / 2
	if df >= nearNormal {
		z := -normalQuantile(alpha)
		z2 := z * z
		return z * (1 + (z2+1)/(4*df) + (5*z2*z2+16*z2+3)/(96*df*df))
	}
	t := distuv.StudentsT{Sigma: 1, Nu: df}
	c := -t.Quantile(alpha)
	for range 2 {
		step := (mathext.RegIncBeta(df/2, 0.5, df/(df+c*c))/2 - alpha) / t.Prob(c)
		if !(math.Abs(step) < 1e-3*c) {
			break
		}
		c += step
	}
	return c
}

// tails gives the chance that a noncentral t with noncentrality ncp lies
// above c and that it lies below -c.
func tails(c, df, ncp float64) (above, below float64) {
	return noncentralT(c, df, ncp), noncentralT(c, df, -ncp)
}

// noncentralT is P((Z + ncp)/S > c) with S² a χ² on df degrees of freedom over
// df: the normal tail at c·s - ncp averaged over S. The average is an integral
// over u = log s, where the density exp(df·(u - (e²ᵘ-1)/2)) is smooth for any
// df, by Gauss–Legendre panels between the points where it has fallen by e⁻⁴⁵.
// The same nodes normalise it.
func noncentralT(c, df, ncp float64) float64 {
	const nodes, fall = 20, 45
	drop := fall / df
	low, high := -fallPoint(drop, -1), fallPoint(drop, 1)
	panels := 12 + int(math.Min((high-low)*(1+math.Abs(ncp)), 200))
	var x, w [nodes]float64
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	var mass, tail float64
	half := (high - low) / float64(2*panels)
	for k := range panels {
		middle := low + half*float64(2*k+1)
		for i := range x {
			u := middle + half*x[i]
			density := w[i] * math.Exp(df*(u-math.Expm1(2*u)/2))
			mass += density
			tail += density * normalUpper(c*math.Exp(u)-ncp)
		}
	}
	return tail / mass
}

// fallPoint is the |u| on the side of sign where u - (e²ᵘ-1)/2 = -drop.
func fallPoint(drop, sign float64) float64 {
	low, high := 0.0, math.Sqrt(drop)+drop+1
	for range 60 {
		u := (low + high) / 2
		if math.Expm1(2*sign*u)/2-sign*u < drop {
			low = u
		} else {
			high = u
		}
	}
	return high
}

// noncentralF is P(F > c) for a noncentral F on a and b degrees of freedom with
// noncentrality lambda: the Poisson mixture, over j, of I_x(b/2, a/2+j) with
// x = b/(b+a·c). All terms are positive and each follows from the one before,
// I_x(p, q+1) = I_x(p, q) + xᵖ(1-x)^q/(q·B(p, q)), so nothing cancels.
func noncentralF(c, a, b, lambda float64) float64 {
	const huge = 1e8
	if lambda > huge { // the root of the numerator is normal to eight digits
		return noncentralT(math.Sqrt(a*c), b, math.Sqrt(lambda+a-1))
	}
	b = math.Min(b, 1e7) // beyond, F is χ²/a to seven digits and the beta function loses more
	p, x, mean := b/2, b/(b+a*c), lambda/2
	j := math.Max(0, math.Floor(mean-12*math.Sqrt(mean)-20))
	q := a/2 + j
	central := mathext.RegIncBeta(p, q, x)
	growth := math.Exp(p*math.Log(x) + q*math.Log1p(-x) - mathext.Lbeta(p, q) - math.Log(q))
	gamma, _ := math.Lgamma(j + 1)
	weight := math.Exp(j*math.Log(math.Max(mean, math.SmallestNonzeroFloat64)) - mean - gamma)
	var sum float64
	for last := mean + 12*math.Sqrt(mean) + 40; j <= last; j++ {
		sum += weight * central
		central += growth
		growth *= (1 - x) * (p + q) / (q + 1)
		weight *= mean / (j + 1)
		q++
	}
	return math.Min(sum, 1)
}
