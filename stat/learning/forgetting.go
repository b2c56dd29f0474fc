package learning

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Curve is how what is retained falls with time t since learning.
type Curve int

// The curves. Both are straight lines of log retention: in t, and in log(1+t).
const (
	Exponential Curve = iota // start · exp(-rate·t): the same share is lost in every unit of time
	Power                    // start · (1+t)^-rate: what has lasted lasts; depends on the unit of t
)

// Recall is a test of retention at one time since learning.
type Recall struct {
	Time  float64 // since learning, at least 0, in one unit throughout
	Right int     // questions (or people) right
	Asked int
}

// Forgetting is a fitted curve of forgetting.
type Forgetting struct {
	Curve Curve
	Start stat.Estimate // retained at time 0, a share
	Rate  stat.Estimate // per unit of time, or of log(1+t); 0 is no forgetting
	// HalfLife is the time until half of Start is left. High is +Inf if the
	// data do not rule out that nothing is forgotten.
	HalfLife stat.Interval
	Half     float64 // its estimate
	// LogLik is the binomial log likelihood (FitForgetting) or the Gaussian one
	// (FitSavings); AIC compares curves fitted to the same data.
	LogLik, AIC float64
	// Misfit is the residual deviance (binomial) or sum of squares, on DF
	// degrees of freedom.
	Misfit float64
	DF     int
}

// At is the share retained at a time.
func (f *Forgetting) At(t float64) float64 {
	return f.Start.Value * math.Exp(-f.Rate.Value*f.Curve.scale(t))
}

// scale is the time in which log retention is straight.
func (c Curve) scale(t float64) float64 {
	if c == Power {
		return math.Log1p(t)
	}
	return t
}

// unscale turns it back.
func (c Curve) unscale(x float64) float64 {
	if c == Power {
		return math.Expm1(x)
	}
	return x
}

func (c Curve) check() {
	if c != Exponential && c != Power {
		panic(fmt.Sprintf("learning: unknown curve %d", c))
	}
}

// finish fills in the half-life from the rate.
func (f *Forgetting) finish() error {
	if !(f.Rate.Value > 0) {
		return fmt.Errorf("retention does not fall (rate %.3g), so it has no half-life: %w", f.Rate.Value, stat.ErrInvalid)
	}
	high := math.Inf(1)
	if f.Rate.Interval.Low > 0 {
		high = f.Curve.unscale(math.Ln2 / f.Rate.Interval.Low)
	}
	f.Half = f.Curve.unscale(math.Ln2 / f.Rate.Value)
	f.HalfLife = stat.Interval{Low: f.Curve.unscale(math.Ln2 / f.Rate.Interval.High), High: high, Level: f.Rate.Interval.Level}
	f.AIC = 4 - 2*f.LogLik
	if math.IsInf(f.Half, 1) {
		return fmt.Errorf("half-life at the rate %.3g: %w", f.Rate.Value, stat.ErrNotFinite)
	}
	return nil
}
