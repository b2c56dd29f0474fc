package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// EffectSize is a difference of means in standard deviations. Hedges is D with
// the upward bias of small samples removed. Interval is D's, by the noncentral
// t distribution: exact for normal data, and Hedges/D times it is Hedges'.
type EffectSize struct {
	D, Hedges float64
	DF        float64
	Interval  stat.Interval
}

// mostDeviations bounds t/√df, about half of d: groups so much further apart
// than their values are constants with rounding, and no effect of training.
const mostDeviations = 50

// CohenD is the difference of the means of independent samples, a - b, in
// units of their pooled standard deviation: for comparing outcomes without a
// natural unit. Where the unit means something (points, hours, euros), report
// the difference itself.
//
// Errors: ErrTooFew if either sample has fewer than two observations,
// ErrNoVariance if neither varies or they lie more than about a hundred
// deviations apart, ErrNotFinite. CohenD panics if level is outside (0, 1).
//
// Source: Hedges (1981), Journal of Educational Statistics 6:107-128; Steiger
// and Fouladi (1997), in What If There Were No Significance Tests?
func CohenD(a, b summary.Moments, level float64) (EffectSize, error) {
	stat.CheckLevel(level)
	if a.N < 2 || b.N < 2 {
		return EffectSize{}, fmt.Errorf("effect size of %d and %d observations: %w", a.N, b.N, stat.ErrTooFew)
	}
	na, nb := float64(a.N), float64(b.N)
	df := na + nb - 2
	sd := math.Sqrt(a.Var*((na-1)/df) + b.Var*((nb-1)/df))
	return effectSize(a.Mean-b.Mean, sd, math.Sqrt(na/(na+nb)*nb), df, level)
}

// CohenDz is the mean difference of pairs in units of the standard deviation of
// the differences: the effect size of Paired. It depends on how strongly the
// two measurements correlate, and so cannot be compared with CohenD.
//
// Errors: as for OneSample. CohenDz panics if level is outside (0, 1).
//
// Source: Lakens (2013), Frontiers in Psychology 4:863.
func CohenDz(differences summary.Moments, level float64) (EffectSize, error) {
	stat.CheckLevel(level)
	if differences.N < 2 {
		return EffectSize{}, fmt.Errorf("effect size of %d differences: %w", differences.N, stat.ErrTooFew)
	}
	n := float64(differences.N)
	return effectSize(differences.Mean, differences.SD(), math.Sqrt(n), n-1, level)
}

// effectSize standardises a difference; root times the effect size is its t.
func effectSize(difference, sd, root, df, level float64) (EffectSize, error) {
	if sd == 0 {
		return EffectSize{}, fmt.Errorf("difference %v in units of no deviation: %w", difference, stat.ErrNoVariance)
	}
	d := difference / sd
	t := d * root
	if math.IsNaN(d) || math.IsInf(sd, 0) {
		return EffectSize{}, fmt.Errorf("difference %v in units of %v: %w", difference, sd, stat.ErrNotFinite)
	}
	if math.Abs(t) > mostDeviations*math.Sqrt(df) {
		return EffectSize{}, fmt.Errorf("difference %v of groups with deviation %v: %w", difference, sd, stat.ErrNoVariance)
	}
	high, _ := math.Lgamma(df / 2)
	low, _ := math.Lgamma((df - 1) / 2)
	correction := math.Exp(high-low) / math.Sqrt(df/2) // 0 on one degree of freedom
	return EffectSize{
		D: d, Hedges: d * correction, DF: df,
		Interval: stat.Interval{
			Low:   noncentrality(t, df, (1+level)/2) / root,
			High:  noncentrality(t, df, (1-level)/2) / root,
			Level: level,
		},
	}, nil
}

// noncentrality finds the parameter under which a noncentral t on df degrees of
// freedom is at most t with chance p, by false position (Illinois).
func noncentrality(t, df, p float64) float64 {
	mix := newMixture(t, df)
	reach := 10 + 10*math.Abs(t)/math.Sqrt(df) // in standard errors
	low, high := t-reach, t+reach
	above, below := mix.atMost(low)-p, mix.atMost(high)-p // the chance falls with the parameter
	for range 200 {
		at := low + (high-low)*(above/(above-below))
		if !(at > low && at < high) {
			return at // an end is the root to the last bit
		}
		switch v := mix.atMost(at) - p; {
		case v == 0:
			return at
		case v > 0:
			low, above, below = at, v, below/2
		default:
			high, below, above = at, v, above/2
		}
		if high-low <= 1e-14*(1+math.Abs(high)) {
			break
		}
	}
	return (low + high) / 2
}

// mixture is the distribution of a noncentral t at one point t, for any
// parameter delta: the mean of Φ(t·s - delta) over s = √(χ²/df). With u = log s
// the integrand is analytic and falls off so fast that the trapezoidal rule
// gives all digits.
type mixture struct{ weight, at []float64 } // weights, and t·s

func newMixture(t, df float64) mixture {
	var m mixture
	sd := 1 / math.Sqrt(2*df) // of u
	step := math.Min(sd/8, 0.25/(1+math.Abs(t)))
	total := 0.0
	for u := -40/df - 9*sd; u <= 4*sd+math.Log1p(6*sd); u += step {
		w := math.Exp(df * (u - math.Expm1(2*u)/2)) // density of u, up to a constant
		if w < 1e-18 {
			continue
		}
		m.weight, m.at = append(m.weight, w), append(m.at, t*math.Exp(u))
		total += w
	}
	for i := range m.weight {
		m.weight[i] /= total
	}
	return m
}

// atMost is the chance of t or less.
func (m mixture) atMost(delta float64) float64 {
	sum := 0.0
	for i, w := range m.weight {
		sum += w * math.Erfc((delta-m.at[i])/math.Sqrt2) / 2
	}
	return sum
}
