package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/internal/inverse"
)

// Means compares the means of two independent arms by a t test: n is the
// number of treated units, effect a difference in the unit of SD.
type Means struct {
	SD        float64 // standard deviation of the outcome in the treated arm
	ControlSD float64 // in the control arm; 0: the same, and the pooled t test; else Welch's
	Ratio     float64 // controls per treated unit; 0: 1
}

// Power is exact for equal standard deviations (noncentral t); for unequal ones
// the t has Welch's degrees of freedom at the true variances.
//
// Errors: ErrInvalid for a standard deviation or ratio that is not positive,
// ErrTooFew without degrees of freedom, ErrNotFinite. Power panics if level is
// outside (0, 1).
//
// Source: Cohen (1988), Statistical Power Analysis, ch. 2; R's power.t.test.
func (m Means) Power(n, effect, level float64) (float64, error) {
	right, _, err := m.chances(n, effect, level)
	return right, err
}

// WrongSign is the chance of a significant result of the opposite sign.
// Errors as for Power. Source: Gelman and Carlin (2014), Perspectives on
// Psychological Science 9:641-651 (type S errors).
func (m Means) WrongSign(n, effect, level float64) (float64, error) {
	_, wrong, err := m.chances(n, effect, level)
	return wrong, err
}

func (m Means) span() (least, greatest float64) {
	k, err := ratio(m.Ratio)
	if err != nil {
		return 1, math.Inf(1) // Power says what is wrong
	}
	if m.ControlSD == 0 {
		return 2 / (1 + k), math.Inf(1)
	}
	return math.Max(1, 1/k), math.Inf(1)
}

func (m Means) chances(n, effect, level float64) (right, wrong float64, err error) {
	stat.CheckLevel(level)
	k, err := ratio(m.Ratio)
	if err != nil {
		return 0, 0, err
	}
	if err := finite("n", n, "effect", effect, "standard deviation", m.SD, "standard deviation of controls", m.ControlSD); err != nil {
		return 0, 0, err
	}
	if m.SD <= 0 || m.ControlSD < 0 {
		return 0, 0, fmt.Errorf("standard deviations %g and %g: %w", m.SD, m.ControlSD, stat.ErrInvalid)
	}
	if least, _ := m.span(); n < least {
		return 0, 0, fmt.Errorf("%g treated units and %g controls: %w", n, k*n, stat.ErrTooFew)
	}
	if m.ControlSD == 0 {
		return student(math.Abs(effect/m.SD)*math.Sqrt(n*k/(1+k)), n*(1+k)-2, level)
	}
	s := m.ControlSD / m.SD
	vt, vc := 1/n, s*s/(n*k)
	share := vt / (vt + vc)
	df := 1 / (share*share/(n-1) + (1-share)*(1-share)/(n*k-1))
	return student(math.Abs(effect/m.SD)/math.Sqrt(vt+vc), df, level)
}

// leastDF keeps the quantile of t within floating point.
const leastDF = 0.2

// student is the chance of significance, right and wrong, of a t test with the
// given noncentrality.
func student(ncp, df, level float64) (right, wrong float64, err error) {
	if !(df >= leastDF) {
		return (1 - level) / 2, (1 - level) / 2, nil // as no data: the test rejects by its size alone
	}
	c := criticalT(df, level)
	if math.IsInf(ncp, 0) || math.IsNaN(ncp) || math.IsNaN(c) || math.IsInf(c, 0) {
		return 0, 0, fmt.Errorf("a t test on %g degrees of freedom with noncentrality %g: %w", df, ncp, stat.ErrNotFinite)
	}
	right, wrong = tails(c, df, ncp)
	return right, wrong, nil
}

// Paired compares two measurements of the same units, or the units of matched
// pairs, by a paired t test: n is the number of pairs, effect a mean difference
// in the unit of SD.
type Paired struct {
	SD float64 // standard deviation of the differences: √(2(1-r)) of one measurement's with correlation r
}

// Power is exact for normal differences. Errors as for Means.
func (p Paired) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	if err := finite("n", n, "effect", effect, "standard deviation", p.SD); err != nil {
		return 0, err
	}
	if p.SD <= 0 {
		return 0, fmt.Errorf("standard deviation %g: %w", p.SD, stat.ErrInvalid)
	}
	if n < 1 {
		return 0, fmt.Errorf("%g pairs: %w", n, stat.ErrTooFew)
	}
	right, _, err := student(math.Abs(effect/p.SD)*math.Sqrt(n), n-1, level)
	return right, err
}

func (p Paired) span() (least, greatest float64) { return 1, math.Inf(1) }

// ANOVA asks whether the means of several groups differ at all, by the F test
// of one-way analysis of variance: n is the number of units in each group,
// effect Cohen's f, the standard deviation of the groups' means over that
// within groups (0.1 small, 0.25 medium, 0.4 large).
type ANOVA struct{ Groups int }

// Power is exact for normal outcomes of equal variance (noncentral F).
//
// Errors: ErrTooFew with fewer than two groups or less than one residual degree
// of freedom; ErrNotFinite. Power panics if level is outside (0, 1).
//
// Source: Cohen (1988), Statistical Power Analysis, ch. 8.
func (a ANOVA) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	if err := finite("n", n, "effect", effect); err != nil {
		return 0, err
	}
	groups := float64(a.Groups)
	if least, _ := a.span(); a.Groups < 2 || n < least {
		return 0, fmt.Errorf("%d groups of %g units: %w", a.Groups, n, stat.ErrTooFew)
	}
	d1, d2, lambda := groups-1, groups*(n-1), groups*n*effect*effect
	c := inverse.F(d1, d2, 1-level)
	if err := finite("critical value", c, "noncentrality", lambda); err != nil {
		return 0, err
	}
	return noncentralF(c, d1, d2, lambda), nil
}

func (a ANOVA) span() (least, greatest float64) { return 1 + 1/float64(max(a.Groups, 1)), math.Inf(1) }
