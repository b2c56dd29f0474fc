package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/internal/inverse"
	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Beta is a belief about a share: as if A-1 successes and B-1 failures had been
// seen. {1, 1} says nothing, {3, 97} about 3 %, as sure as a hundred units.
type Beta struct{ A, B float64 }

// Mean is the expected share.
func (b Beta) Mean() float64 { return b.A / (b.A + b.B) }

// Interval holds the share with the given probability, leaving out the same
// probability on either side. It panics if level is outside (0, 1).
func (b Beta) Interval(level float64) stat.Interval {
	stat.CheckLevel(level)
	return stat.Interval{Low: inverse.Beta(b.A, b.B, (1-level)/2), High: inverse.Beta(b.A, b.B, (1+level)/2), Level: level}
}

func (b Beta) sd() float64 {
	n := b.A + b.B
	return math.Sqrt(b.A / n * (b.B / n) / (n + 1))
}

// below and above are the chances that the share is at most and over x, each
// precise in its tail.
func (b Beta) below(x float64) float64 {
	return mathext.RegIncBeta(b.A, b.B, math.Min(math.Max(x, 0), 1))
}
func (b Beta) above(x float64) float64 {
	return mathext.RegIncBeta(b.B, b.A, math.Min(math.Max(1-x, 0), 1))
}

// average integrates f over the share's distribution by Gauss–Legendre panels
// on the log odds, where the density is smooth to the ends for any A and B, and
// normalises by the same nodes. kink is a share at which f is not smooth, or one
// outside (0, 1).
func (b Beta) average(f func(share float64) float64, kink float64) float64 {
	low, high := b.ends()
	peak := b.log(math.Log(b.A / b.B))
	var mass, total float64
	visit := func(u, weight float64) {
		density := weight * math.Exp(b.log(u)-peak)
		mass += density
		total += density * f(1/(1+math.Exp(-u)))
	}
	n := math.Max(8, (high-low)/2)
	if at := math.Log(kink / (1 - kink)); kink > 0 && kink < 1 && low < at && at < high {
		flattened(low, at, n, visit)
		flattened(at, high, n, visit)
	} else {
		panels(low, high, n, visit)
	}
	return total / mass
}

// flattened is panels after a change of variable, the integral of t³(1-t)³,
// that makes a root or a corner at either end smooth.
func flattened(low, high, n float64, visit func(x, weight float64)) {
	panels(0, 1, n, func(t, weight float64) {
		rest := t * (1 - t)
		s := t * t * t * t * (35 - 84*t + 70*t*t - 20*t*t*t)
		visit(low+(high-low)*s, (high-low)*140*rest*rest*rest*weight)
	})
}

// log is the log density of the log odds, but for a constant.
func (b Beta) log(u float64) float64 { return b.A*logistic(u) + b.B*logistic(-u) }

// ends are the log odds where the density has fallen by e⁻⁴⁰.
func (b Beta) ends() (low, high float64) {
	const fall = 40
	peak := math.Log(b.A / b.B)
	top := b.log(peak)
	low = peak - reach(func(d float64) float64 { return top - b.log(peak-d) }, fall)
	return low, peak + reach(func(d float64) float64 { return top - b.log(peak+d) }, fall)
}

// panels visits the nodes of n Gauss–Legendre panels of sixteen nodes.
func panels(low, high, n float64, visit func(x, weight float64)) {
	const nodes = 16
	var x, w [nodes]float64
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	n = math.Ceil(n)
	half := (high - low) / (2 * n)
	for k := range int(n) {
		for i := range x {
			visit(low+half*(float64(2*k+1)+x[i]), half*w[i])
		}
	}
}

// logistic is the log of 1/(1+e⁻ᵘ).
func logistic(u float64) float64 {
	if u < 0 {
		return u - math.Log1p(math.Exp(u))
	}
	return -math.Log1p(math.Exp(-u))
}

// reach is where a rising function reaches fall.
func reach(f func(float64) float64, fall float64) float64 {
	low, high := 0.0, 1e-9
	for f(high) < fall && high < 1e12 {
		low, high = high, 2*high
	}
	for range 40 {
		if d := (low + high) / 2; f(d) < fall {
			low = d
		} else {
			high = d
		}
	}
	return high
}

// ShareBelief is what is believed of two shares after the data.
type ShareBelief struct {
	Treated, Control                 Beta          // posterior of each share
	TreatedInterval, ControlInterval stat.Interval // credible
	Difference                       stat.Estimate // treated - control: posterior mean, standard deviation, credible interval
	Lift                             stat.Interval // credible, of treated/control - 1
	LiftMedian                       float64
	Better                           float64 // probability that the treated share is the larger
	// LossTreated is by how much the share falls, on average over the belief,
	// if treatment is chosen and is the worse: E[max(0, control - treated)].
	// LossControl is the same for keeping control.
	LossTreated, LossControl float64
}

// BayesShares starts from the same beta prior for either arm and updates it by
// the counts. Larger shares count as better: for churn swap the arms' meaning or
// count those who stay. Probabilities are exact, by numerical integration.
//
// Credible intervals cover in the frequentist sense only if the prior is right
// or the data outweigh it. Better at 95 % is not a test at 5 %, and watching it
// daily inflates false alarms as watching p does.
//
// Errors: ErrTooFew if an arm is empty; ErrInvalid for impossible counts or a
// prior whose parameters are not in [0.1, 10⁹]. BayesShares panics if level is
// outside (0, 1).
//
// Source: Gelman et al. (2013), Bayesian Data Analysis, ch. 2; expected loss:
// Stucchio (2015), Bayesian A/B Testing at VWO.
func BayesShares(treated, control Count, prior Beta, level float64) (ShareBelief, error) {
	stat.CheckLevel(level)
	if err := checkCounts(treated, control); err != nil {
		return ShareBelief{}, err
	}
	const least, greatest = 0.1, 1e9
	if !(math.Min(prior.A, prior.B) >= least && math.Max(prior.A, prior.B) <= greatest) || treated.Trials > greatest || control.Trials > greatest {
		return ShareBelief{}, fmt.Errorf("prior Beta(%v, %v) of %d and %d trials: %w", prior.A, prior.B, treated.Trials, control.Trials, stat.ErrInvalid)
	}
	t, c := prior.update(treated), prior.update(control)
	out := ShareBelief{
		Treated: t, Control: c, TreatedInterval: t.Interval(level), ControlInterval: c.Interval(level),
		Better:      byDifference(c, t, 0),
		LossTreated: loss(t, c), LossControl: loss(c, t),
	}
	sd := math.Hypot(t.sd(), c.sd())
	difference := func(p float64) float64 {
		middle := t.Mean() - c.Mean() + sd*distuv.UnitNormal.Quantile(p)
		return inverse.Around(func(d float64) float64 { return byDifference(t, c, d) }, p, middle, sd/4, 1e-13*sd)
	}
	logSD := math.Hypot(t.sd()/t.Mean(), c.sd()/c.Mean())
	lift := func(p float64) float64 {
		middle := math.Log(t.Mean()/c.Mean()) + logSD*distuv.UnitNormal.Quantile(p)
		return math.Expm1(inverse.Around(func(u float64) float64 { return byRatio(t, c, u) }, p, middle, logSD/4, 1e-13*logSD))
	}
	ends := stat.Interval{Low: difference((1 - level) / 2), High: difference((1 + level) / 2), Level: level}
	out.Difference = stat.Estimate{Value: t.Mean() - c.Mean(), SE: sd, Interval: ends}
	out.Lift = stat.Interval{Low: lift((1 - level) / 2), High: lift((1 + level) / 2), Level: level}
	out.LiftMedian = lift(0.5)
	if !finite(out.Better, out.LossTreated, out.LossControl, ends.Low, ends.High, out.Lift.Low, out.Lift.High, out.TreatedInterval.Low, out.ControlInterval.High) {
		return ShareBelief{}, fmt.Errorf("posteriors %v and %v: %w", t, c, stat.ErrNotFinite)
	}
	return out, nil
}

func (b Beta) update(c Count) Beta {
	return Beta{A: b.A + float64(c.Successes), B: b.B + float64(c.Trials-c.Successes)}
}

// loss is E[max(0, other - chosen)] = ∫ P(chosen ≤ x)·P(other > x) dx, whose
// integrand is never negative, so that small losses keep their digits.
func loss(chosen, other Beta) float64 {
	low, far := chosen.ends()
	near, high := other.ends()
	if low >= high {
		return 0
	}
	narrow := math.Min(far-low, high-near) / 8
	var total float64
	panels(low, high, math.Min(math.Max(math.Max(8, (high-low)/2), (high-low)/narrow), 400), func(u, weight float64) {
		x := 1 / (1 + math.Exp(-u))
		total += weight * x * (1 - x) * chosen.below(x) * other.above(x)
	})
	return total
}

// byDifference and byRatio are the distributions of treated - control and of
// the logarithm of treated/control: averages over the narrower belief of the
// wider one's distribution, which is then smooth between nodes, but where it
// ends.
func byDifference(treated, control Beta, d float64) float64 {
	if control.sd() <= treated.sd() {
		return control.average(func(x float64) float64 { return treated.below(x + d) }, inside(-d, 1-d))
	}
	return treated.average(func(x float64) float64 { return control.above(x - d) }, inside(d, 1+d))
}

func byRatio(treated, control Beta, log float64) float64 {
	ratio := math.Exp(log)
	if control.sd() <= treated.sd() {
		return control.average(func(x float64) float64 { return treated.below(x * ratio) }, 1/ratio)
	}
	return treated.average(func(x float64) float64 { return control.above(x / ratio) }, ratio)
}

// inside is the one of two numbers a unit apart that lies in (0, 1), if any.
func inside(a, b float64) float64 {
	if a > 0 {
		return a
	}
	return b
}

// NormalBelief is what is believed of an effect after the data.
type NormalBelief struct {
	stat.Estimate                    // posterior mean, standard deviation, credible interval
	Better                   float64 // probability that the effect is above 0
	LossTreated, LossControl float64 // E[max(0, -effect)] and E[max(0, effect)], as in ShareBelief
}

// NormalPrior is the belief about an effect before the data, in its unit. SD is
// +Inf for no belief at all. GrowthBook's default for a relative lift is {0, 0.3}.
type NormalPrior struct{ Mean, SD float64 }

// BayesNormal weighs an estimate and a prior by their precisions. The estimate
// may be any of the library whose error is normal: a difference of means, a Lift
// (GrowthBook's engine is this on Lift), an adjusted effect. The standard error
// counts as known: use it with thirty units an arm or more.
//
// Errors: ErrInvalid unless se and the prior's SD are positive; ErrNotFinite.
// BayesNormal panics if level is outside (0, 1).
//
// Source: Gelman et al. (2013), Bayesian Data Analysis, §2.5; GrowthBook,
// "Statistical details" of its Bayesian engine.
func BayesNormal(value, se float64, prior NormalPrior, level float64) (NormalBelief, error) {
	stat.CheckLevel(level)
	if !finite(value, se, prior.Mean) || math.IsNaN(prior.SD) {
		return NormalBelief{}, fmt.Errorf("estimate %v ± %v, prior %v ± %v: %w", value, se, prior.Mean, prior.SD, stat.ErrNotFinite)
	}
	if se <= 0 || prior.SD <= 0 {
		return NormalBelief{}, fmt.Errorf("standard error %g, prior's standard deviation %g: %w", se, prior.SD, stat.ErrInvalid)
	}
	weight := 1.0 // of the data
	if !math.IsInf(prior.SD, 1) {
		ratio := se / prior.SD
		weight = 1 / (1 + ratio*ratio)
	}
	mu, sd := weight*value+(1-weight)*prior.Mean, se*math.Sqrt(weight)
	half := stat.Critical(level) * sd
	if !(mu-half < mu+half) || !finite(mu, mu-half, mu+half, mu/sd) {
		return NormalBelief{}, fmt.Errorf("posterior %v ± %v: %w", mu, sd, stat.ErrNotFinite)
	}
	z := mu / sd
	return NormalBelief{
		Estimate:    stat.Estimate{Value: mu, SE: sd, Interval: stat.Interval{Low: mu - half, High: mu + half, Level: level}},
		Better:      distuv.UnitNormal.CDF(z),
		LossTreated: sd * shortfall(z), LossControl: sd * shortfall(-z),
	}, nil
}

// shortfall is E[max(0, -Z - z)] of a standard normal Z: φ(z) - z·P(Z > z), by
// its asymptotic series where that would cancel.
func shortfall(z float64) float64 {
	density := math.Exp(-z*z/2) / math.Sqrt(2*math.Pi)
	if z > 12 {
		z2 := 1 / (z * z)
		return density * z2 * (1 - 3*z2*(1-5*z2*(1-7*z2*(1-9*z2))))
	}
	return density - z*math.Erfc(z/math.Sqrt2)/2
}
