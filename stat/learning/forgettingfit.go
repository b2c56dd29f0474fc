package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// FitForgetting fits a curve to counts of right answers at several times since
// learning, by maximum likelihood of the binomial model with log link. Answers
// are independent: with several per person, or the same people at every time,
// intervals are too narrow.
//
// Errors: ErrTooFew with fewer than three tests or two different times;
// ErrNotFinite; ErrInvalid naming a test with a negative time or impossible
// counts, or when retention does not fall, so that it has no half-life;
// ErrNoVariance if all or no answers are right; ErrNoConvergence when the best
// curve would retain more than everything. FitForgetting panics if level is
// outside (0, 1) or the curve is unknown.
//
// Source: Rubin and Wenzel (1996), Psychological Review 103:734-760, on which
// curves fit; Wacholder (1986), American Journal of Epidemiology 123:174-184,
// on the log link.
func FitForgetting(tests []Recall, curve Curve, level float64) (*Forgetting, error) {
	stat.CheckLevel(level)
	curve.check()
	if err := checkRecall(tests); err != nil {
		return nil, err
	}
	b := &binomialLog{tests: tests, curve: curve}
	if err := b.maximise(); err != nil {
		return nil, err
	}
	if b.a >= 0 { // without a test at time 0 nothing has kept it below
		return nil, errAllAtFirst
	}
	var0, var1 := b.variances()
	f := &Forgetting{Curve: curve, LogLik: b.loglik(b.a, b.r) + chooses(tests), Misfit: b.deviance(), DF: len(tests) - 2}
	f.Rate = stat.Normal(b.r, math.Sqrt(var1), level).Estimate
	f.Start = startEstimate(b.a, math.Sqrt(var0), level)
	return f, f.finish()
}

var errAllAtFirst = fmt.Errorf("forgetting curve: the best one retains everything at first, its intervals do not hold: %w", stat.ErrNoConvergence)

// startEstimate carries a, the logarithm of the share retained at first, to the
// share. The interval is symmetric on the scale log(-a), which keeps it between
// 0 and 1.
func startEstimate(a, se, level float64) stat.Estimate {
	share := math.Exp(a)
	wide := math.Exp(stat.Critical(level) * se / -a)
	return stat.Estimate{Value: share, SE: share * se, Interval: stat.Interval{Low: math.Exp(a * wide), High: math.Exp(a / wide), Level: level}}
}

func checkRecall(tests []Recall) error {
	right, asked, times := 0, 0, map[float64]bool{}
	for k, r := range tests {
		if math.IsNaN(r.Time) || math.IsInf(r.Time, 0) {
			return fmt.Errorf("time of test %d is %v: %w", k, r.Time, stat.ErrNotFinite)
		}
		if r.Time < 0 || r.Asked < 1 || r.Right < 0 || r.Right > r.Asked {
			return fmt.Errorf("test %d: %d of %d right at time %v: %w", k, r.Right, r.Asked, r.Time, stat.ErrInvalid)
		}
		right, asked, times[r.Time] = right+r.Right, asked+r.Asked, true
	}
	if len(tests) < 3 || len(times) < 2 {
		return fmt.Errorf("%d tests at %d times: %w", len(tests), len(times), stat.ErrTooFew)
	}
	if right == 0 || right == asked {
		return fmt.Errorf("%d of %d answers right: %w", right, asked, stat.ErrNoVariance)
	}
	return nil
}

// binomialLog is the likelihood of log p = a - r·x.
type binomialLog struct {
	tests []Recall
	curve Curve
	a, r  float64
}

// loglik is -Inf where a probability would reach 1 with wrong answers.
func (b *binomialLog) loglik(a, r float64) float64 {
	var sum float64
	for _, t := range b.tests {
		logP := a - r*b.curve.scale(t.Time)
		if logP > 0 || logP == 0 && t.Right < t.Asked {
			return math.Inf(-1)
		}
		sum += float64(t.Right) * logP
		if t.Right < t.Asked {
			sum += float64(t.Asked-t.Right) * math.Log(-math.Expm1(logP))
		}
	}
	return sum
}

// derivatives are the gradient by a and by r and the negative Hessian; expected
// says whether it is that of the expectation.
func (b *binomialLog) derivatives(expected bool) (ga, gr, haa, har, hrr float64) {
	for _, t := range b.tests {
		x := b.curve.scale(t.Time)
		p := math.Exp(b.a - b.r*x)
		q := -math.Expm1(b.a - b.r*x)
		n, right := float64(t.Asked), float64(t.Right)
		g := (right - n*p) / q
		h := (n - right) * p / (q * q)
		if expected {
			h = n * p / q
		}
		ga, gr = ga+g, gr-g*x
		haa, har, hrr = haa+h, har-h*x, hrr+h*x*x
	}
	return ga, gr, haa, har, hrr
}

// maximise takes Newton steps that stay below a retention of 1. The likelihood
// is concave.
func (b *binomialLog) maximise() error {
	b.start()
	for range 200 {
		ga, gr, haa, har, hrr := b.derivatives(false)
		det := haa*hrr - har*har
		if !(det > 1e-14*haa*hrr) {
			return fmt.Errorf("forgetting curve: tests do not determine it: %w", stat.ErrNoConvergence)
		}
		da, dr := (hrr*ga-har*gr)/det, (haa*gr-har*ga)/det
		if math.Abs(da)+math.Abs(dr)*b.largestX() < 1e-12*(1+math.Abs(b.a)) {
			return nil
		}
		before, scale := b.loglik(b.a, b.r), 1.0
		for scale > 1e-12 && !(b.loglik(b.a+scale*da, b.r+scale*dr) >= before-1e-13*math.Abs(before)) {
			scale /= 2
		}
		if scale <= 1e-12 {
			break
		}
		b.a, b.r = b.a+scale*da, b.r+scale*dr
	}
	return errAllAtFirst
}

// start is a flat curve at the overall share.
func (b *binomialLog) start() {
	var right, asked float64
	for _, t := range b.tests {
		right, asked = right+float64(t.Right), asked+float64(t.Asked)
	}
	b.a, b.r = math.Log(right/asked), 0
}

func (b *binomialLog) largestX() float64 {
	var most float64
	for _, t := range b.tests {
		most = math.Max(most, b.curve.scale(t.Time))
	}
	return most
}

// variances of a and r from the expected information, as R's glm.
func (b *binomialLog) variances() (a, r float64) {
	_, _, haa, har, hrr := b.derivatives(true)
	det := haa*hrr - har*har
	return hrr / det, haa / det
}

// deviance is twice the log likelihood that a curve through every test has more.
func (b *binomialLog) deviance() float64 {
	var full float64
	for _, t := range b.tests {
		right, wrong, n := float64(t.Right), float64(t.Asked-t.Right), float64(t.Asked)
		if right > 0 {
			full += right * math.Log(right/n)
		}
		if wrong > 0 {
			full += wrong * math.Log(wrong/n)
		}
	}
	return math.Max(0, 2*(full-b.loglik(b.a, b.r)))
}

// chooses is the sum of the logarithms of the binomial coefficients.
func chooses(tests []Recall) float64 {
	lgamma := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	var sum float64
	for _, t := range tests {
		n, k := float64(t.Asked), float64(t.Right)
		sum += lgamma(n+1) - lgamma(k+1) - lgamma(n-k+1)
	}
	return sum
}
