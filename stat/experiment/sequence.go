package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Sequential is an estimate that may be looked at again and again while data
// arrive: with probability level the interval holds the truth at all looks at
// once, and P falls below 1 - level at any look with probability at most
// 1 - level if there is no effect. One may stop at any time, for any reason.
type Sequential struct {
	stat.Estimate         // Interval is the wide, time-uniform one; SE that of a single look
	LogLambda     float64 // log of the mixture likelihood ratio against no effect
	P             float64 // always-valid p-value of this look, min(1, 1/λ): keep the smallest over looks
}

// mixture is the normal-mixture interval and likelihood ratio of an estimate
// with variance v under a prior variance tau2 of the effect.
func mixture(value, v, tau2, level float64) (Sequential, error) {
	if !finite(value, v, tau2, 1/v, 1/tau2) {
		return Sequential{}, fmt.Errorf("estimate %v of variance %v, mixing variance %v: %w", value, v, tau2, stat.ErrNotFinite)
	}
	growth := math.Log1p(tau2 / v)
	shrink := 1 / (1 + v/tau2)
	radius := math.Sqrt(v / shrink * (growth + 2*math.Log(1/(1-level))))
	lambda := shrink*value*value/(2*v) - growth/2
	if value-radius >= value+radius {
		return Sequential{}, fmt.Errorf("variance %g is lost in rounding beside %g: %w", v, value, stat.ErrNoVariance)
	}
	if !finite(radius, lambda, value-radius, value+radius) {
		return Sequential{}, fmt.Errorf("interval of %g ± %g: %w", value, radius, stat.ErrNotFinite)
	}
	return Sequential{
		Estimate:  stat.Estimate{Value: value, SE: math.Sqrt(v), Interval: stat.Interval{Low: value - radius, High: value + radius, Level: level}},
		LogLambda: lambda, P: math.Min(1, math.Exp(-lambda)),
	}, nil
}

// MSPRT is the mixture sequential probability ratio test of no effect, for an
// estimate with a (nearly) known standard error: λ = √(v/(v+τ²))·exp(τ²·value²/
// (2v(v+τ²))) with v = se². tau is the standard deviation of effects that one
// expects, in the unit of the estimate, fixed before the data: the test stays
// valid for any tau, and is fastest when effects are about that large (see
// Tau).
//
// Errors: ErrInvalid unless se and tau are positive, ErrNotFinite. MSPRT panics
// if level is outside (0, 1).
//
// Source: Robbins (1970), Annals of Mathematical Statistics 41:1397-1409; Johari,
// Koomen, Pekelis and Walsh (2022), Operations Research 70:1806-1821.
func MSPRT(value, se, tau, level float64) (Sequential, error) {
	stat.CheckLevel(level)
	if !finite(value, se, tau) {
		return Sequential{}, fmt.Errorf("estimate %v ± %v with tau %v: %w", value, se, tau, stat.ErrNotFinite)
	}
	if se <= 0 || tau <= 0 {
		return Sequential{}, fmt.Errorf("standard error %g and tau %g: %w", se, tau, stat.ErrInvalid)
	}
	return mixture(value, se*se, tau*tau, level)
}

// Tau is the tau of MSPRT whose interval is narrowest when the standard error
// has come down to se, the one expected at the planned end. It panics if level
// is outside (0, 1).
//
// Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics
// 49:1055-1080, §3.5; Waudby-Smith et al. (2024).
func Tau(se, level float64) float64 {
	stat.CheckLevel(level)
	l := -2 * math.Log(1-level)
	return se * math.Sqrt(l+math.Log(l+1))
}

// ConfidenceSequence compares means while data arrive, with an interval that
// holds at all looks. planned is the number of units, in both arms together, at
// which it should be narrowest; keep it the same at every look. The price of
// looking is an interval about 1.5 times as wide as that of one look at the end.
//
// The guarantee is asymptotic, as the central limit theorem's: begin to look
// when each arm has about a hundred units. BoundedSequence holds from the first.
//
// Errors: ErrTooFew with fewer than two units in an arm, ErrNoVariance if no arm
// varies, ErrInvalid and ErrNotFinite for impossible moments. ConfidenceSequence
// panics if level is outside (0, 1) or planned is not positive.
//
// Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), Annals of
// Statistics 52:2613-2640.
func ConfidenceSequence(treated, control summary.Moments, planned int, level float64) (Sequential, error) {
	stat.CheckLevel(level)
	if planned < 1 {
		panic(fmt.Sprintf("experiment: a sequence planned for %d units", planned))
	}
	if err := checkArms(treated, control, 2); err != nil {
		return Sequential{}, err
	}
	nt, nc := float64(treated.N), float64(control.N)
	// Variances with divisor n, as the source has them.
	v := treated.Var*(nt-1)/(nt*nt) + control.Var*(nc-1)/(nc*nc)
	if v == 0 {
		return Sequential{}, fmt.Errorf("neither arm varies: %w", stat.ErrNoVariance)
	}
	tau := Tau(math.Sqrt(v*(nt+nc)/float64(planned)), level)
	return mixture(treated.Mean-control.Mean, v, tau*tau, level)
}

// BoundedSequence is ConfidenceSequence for outcomes known to lie in [least,
// greatest], 0 and 1 for shares, valid from the first unit and for any way of
// filling the arms: each arm's mean has its own time-uniform interval at half
// the error rate, from the sub-Gaussian bound. It is wider, the more so the
// further the variance is below its largest possible one. SE is that of a
// single look, 0 where the arms do not vary.
//
// Errors: ErrTooFew with an empty arm; ErrInvalid if the range is empty or a mean
// lies outside it; ErrNotFinite. BoundedSequence panics if level is outside
// (0, 1) or planned is not positive.
//
// Source: Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics
// 49:1055-1080.
func BoundedSequence(treated, control summary.Moments, least, greatest float64, planned int, level float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	if planned < 1 {
		panic(fmt.Sprintf("experiment: a sequence planned for %d units", planned))
	}
	if !finite(least, greatest, greatest-least) || least >= greatest {
		return stat.Estimate{}, fmt.Errorf("outcomes from %v to %v: %w", least, greatest, stat.ErrInvalid)
	}
	var ends [2]stat.Interval
	for i, m := range []summary.Moments{treated, control} {
		name := []string{"treated arm", "control arm"}[i]
		if err := checkArm(name, m, 1); err != nil {
			return stat.Estimate{}, err
		}
		if m.Mean < least || m.Mean > greatest {
			return stat.Estimate{}, fmt.Errorf("%s: mean %g outside %g to %g: %w", name, m.Mean, least, greatest, stat.ErrInvalid)
		}
		spread := (greatest - least) / 2
		each := 1 - (1-level)/2
		tau := Tau(spread/math.Sqrt(float64(planned)/2), each)
		s, err := mixture(m.Mean, spread*spread/float64(m.N), tau*tau, each)
		if err != nil {
			return stat.Estimate{}, fmt.Errorf("%s: %w", name, err)
		}
		ends[i] = stat.Interval{Low: math.Max(s.Interval.Low, least), High: math.Min(s.Interval.High, greatest)}
	}
	return stat.Estimate{
		Value: treated.Mean - control.Mean, SE: math.Hypot(treated.SE(), control.SE()),
		Interval: stat.Interval{Low: ends[0].Low - ends[1].High, High: ends[0].High - ends[1].Low, Level: level},
	}, nil
}
