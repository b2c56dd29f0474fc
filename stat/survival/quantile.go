package survival

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Moment is a time that a curve may not have reached while it was observed.
// Time means nothing when Reached is false.
type Moment struct {
	Time    float64
	Reached bool
}

// Quantile is the time by which a share of units has had the event, with the
// limits of its interval. Any of the three may not have been reached.
type Quantile struct {
	Share     float64 // 0.5 for the median
	Moment            // first time at which the curve is at or below 1 − Share
	Low, High Moment
	Level     float64
}

// Quantile inverts the curve and the limits of its pointwise interval
// (Brookmeyer & Crowley 1982). Where the curve is level at exactly 1 − share
// the middle of that step is taken. It panics if share or level is outside
// (0, 1).
func (c *Curve) Quantile(share, level float64, scale Transform) Quantile {
	if !(share > 0 && share < 1) {
		panic(fmt.Sprintf("survival: share %v is not in (0, 1)", share))
	}
	z := stat.Critical(level)
	low, high := make([]float64, len(c.Times)), make([]float64, len(c.Times))
	for k, s := range c.Surv {
		limits, ok := survInterval(s, math.Sqrt(c.greenwood[k]), z, scale)
		if !ok {
			limits.Low, limits.High = math.NaN(), math.NaN()
		}
		low[k], high[k] = limits.Low, limits.High
	}
	return Quantile{
		Share: share, Level: level,
		Moment: c.falls(c.Surv, 1-share), Low: c.falls(low, 1-share), High: c.falls(high, 1-share),
	}
}

// Median is Quantile at one half.
func (c *Curve) Median(level float64, scale Transform) Quantile {
	return c.Quantile(0.5, level, scale)
}

// falls finds when the step function y (NaN where undefined) is first at or
// below target. Rounding of products must not move a step, hence the tolerance.
func (c *Curve) falls(y []float64, target float64) Moment {
	const tolerance = 1.5e-8 // square root of the float64 precision, as R does
	for k, v := range y {
		if math.IsNaN(v) || v >= target+tolerance {
			continue
		}
		if math.Abs(v-target) < tolerance {
			for later := k + 1; later < len(y); later++ {
				if y[later] < v {
					return Moment{(c.Times[k] + c.Times[later]) / 2, true}
				}
			}
		}
		return Moment{c.Times[k], true}
	}
	return Moment{}
}

// RMST is the restricted mean: the expected event-free time within [0, tau],
// the area under the curve, in the unit of the times.
//
// Errors: ErrInvalid if tau is not above 0, or lies beyond LastTime while
// units are still event-free there (the area would be invented); ErrTooFew if
// no event happened by tau, so that no standard error exists, and ErrNoVariance if the
// only events took all that were at risk; ErrNotFinite if the times are so long that its square overflows.
//
// Source: Irwin (1949); variance as in Klein & Moeschberger (2003), section 4.5.
func (c *Curve) RMST(tau, level float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	last := len(c.Times) - 1
	if !(tau > 0) || math.IsInf(tau, 0) {
		return stat.Estimate{}, fmt.Errorf("restricted mean to %v: %w", tau, stat.ErrInvalid)
	}
	if tau > c.Times[last] && c.Surv[last] > 0 {
		return stat.Estimate{}, fmt.Errorf("restricted mean to %v, observed to %v: %w", tau, c.Times[last], stat.ErrInvalid)
	}
	end := c.step(tau)
	if end < 0 || c.CumHazard[end] == 0 {
		return stat.Estimate{}, fmt.Errorf("restricted mean to %v: no event by then: %w", tau, stat.ErrTooFew)
	}
	area, variance, right := 0.0, 0.0, tau
	for k := end; k >= 0; k-- {
		area += (right - c.Times[k]) * c.Surv[k]
		right = c.Times[k]
		if n, e := c.AtRisk[k], c.Events[k]; e > 0 && n > e {
			variance += area * area * e / (n * (n - e))
		}
	}
	if !finite(variance) {
		return stat.Estimate{}, fmt.Errorf("variance of the restricted mean to %v: %w", tau, stat.ErrNotFinite)
	}
	if variance == 0 {
		return stat.Estimate{}, fmt.Errorf("restricted mean to %v: all at risk had the event at once: %w", tau, stat.ErrNoVariance)
	}
	return stat.Normal(area+right, math.Sqrt(variance), level).Estimate, nil
}

// RMSTDifference is the restricted mean to tau of a minus that of b, which
// must be independent samples, with the p-value of no difference.
//
// Errors: those of RMST, naming the curve.
func RMSTDifference(a, b *Curve, tau, level float64) (diff stat.Estimate, p float64, err error) {
	first, err := a.RMST(tau, level)
	if err != nil {
		return stat.Estimate{}, 0, fmt.Errorf("first curve: %w", err)
	}
	second, err := b.RMST(tau, level)
	if err != nil {
		return stat.Estimate{}, 0, fmt.Errorf("second curve: %w", err)
	}
	test := stat.Normal(first.Value-second.Value, math.Hypot(first.SE, second.SE), level)
	return test.Estimate, test.P, nil
}
