package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Proportions compares the shares of two independent arms by the normal test
// with pooled variance: n is the number of treated units, effect the difference
// treated - control in [-1, 1].
type Proportions struct {
	Control float64 // share of the control arm, in (0, 1)
	Ratio   float64 // controls per treated unit; 0: 1
	Fall    bool    // Detectable looks for a fall (churn) instead of a rise
}

// Power is normal-approximate: fine where both arms expect at least about ten
// of either outcome.
//
// Errors: ErrInvalid if a share is outside [0, 1] or the ratio is not positive,
// ErrTooFew with less than one unit in an arm, ErrNotFinite. Power panics if level is outside (0, 1).
//
// Source: Fleiss, Levin and Paik (2003), Statistical Methods for Rates and
// Proportions, ch. 4; for equal arms R's power.prop.test.
func (p Proportions) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	k, err := p.check(n, effect, p.Ratio)
	if err != nil {
		return 0, err
	}
	treated := p.Control + effect
	pooled := (treated + k*p.Control) / (1 + k)
	null := math.Sqrt(pooled * (1 - pooled) * (1 + 1/k))
	spread := math.Sqrt(treated*(1-treated) + p.Control*(1-p.Control)/k)
	return normalUpper((stat.Critical(level)*null - math.Sqrt(n)*math.Abs(effect)) / spread), nil
}

func (p Proportions) span() (least, greatest float64) {
	least = 1
	if p.Ratio > 0 && p.Ratio < 1 {
		least = 1 / p.Ratio
	}
	if p.Fall {
		return least, -p.Control
	}
	return least, 1 - p.Control
}

func (p Proportions) check(n, effect, given float64) (k float64, err error) {
	if k, err = ratio(given); err != nil {
		return 0, err
	}
	if err := finite("n", n, "effect", effect, "share of controls", p.Control); err != nil {
		return 0, err
	}
	const rounding = 1e-12
	if treated := p.Control + effect; p.Control <= 0 || p.Control >= 1 || treated < -rounding || treated > 1+rounding {
		return 0, fmt.Errorf("shares %g and %g: %w", treated, p.Control, stat.ErrInvalid)
	}
	if n < 1 || n*k < 1-rounding {
		return 0, fmt.Errorf("%g treated units and %g controls: %w", n, n*k, stat.ErrTooFew)
	}
	return k, nil
}

// Arcsine is Proportions with variances made equal by the arcsine root
// (Cohen's h), which R's pwr uses.
type Arcsine Proportions

// Power is that of a normal test on 2·arcsin√share. Errors as for Proportions.
//
// Source: Cohen (1988), Statistical Power Analysis, ch. 6.
func (a Arcsine) Power(n, effect, level float64) (float64, error) {
	right, _, err := a.chances(n, effect, level)
	return right, err
}

// WrongSign is the chance of a significant result of the opposite sign. Errors
// as for Power.
func (a Arcsine) WrongSign(n, effect, level float64) (float64, error) {
	_, wrong, err := a.chances(n, effect, level)
	return wrong, err
}

func (a Arcsine) span() (least, greatest float64) { return Proportions(a).span() }

func (a Arcsine) chances(n, effect, level float64) (right, wrong float64, err error) {
	stat.CheckLevel(level)
	k, err := Proportions(a).check(n, effect, a.Ratio)
	if err != nil {
		return 0, 0, err
	}
	treated := math.Min(math.Max(a.Control+effect, 0), 1)
	h := math.Abs(2*math.Asin(math.Sqrt(treated)) - 2*math.Asin(math.Sqrt(a.Control)))
	c, mean := stat.Critical(level), h*math.Sqrt(n*k/(1+k))
	return normalUpper(c - mean), normalUpper(c + mean), nil
}
