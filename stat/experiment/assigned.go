package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/proportion"
	"github.com/liftmark/liftmark/stat/summary"
)

// MeanEffect is a difference of means between the arms as assigned: treated -
// control in the unit of the outcome.
type MeanEffect struct {
	stat.Test
	// Relative is the lift, treated/control - 1, with its delta-method interval.
	// HasRelative is false, and Relative empty, where the control mean is not
	// clearly different from zero, which a ratio cannot be taken of.
	Relative    stat.Test
	HasRelative bool
}

// CompareMeans compares units as assigned, whether or not they took the
// treatment: intention to treat. The standard error is Neyman's (unequal
// variances, Welch's degrees of freedom), valid for the effect on the units of
// the experiment whatever the shape of the outcome, given enough of them.
//
// Errors: ErrTooFew with fewer than two units in an arm, ErrNoVariance if
// neither arm varies, ErrInvalid and ErrNotFinite for impossible moments.
// CompareMeans panics if level is outside (0, 1).
//
// Source: Neyman (1923), translated in Statistical Science 5:465-472 (1990);
// Welch (1947), Biometrika 34:28-35.
// Not for people of accounts that were assigned whole; see ClusterRandomised.
func CompareMeans(treated, control summary.Moments, level float64) (MeanEffect, error) {
	stat.CheckLevel(level)
	if err := checkArms(treated, control, 2); err != nil {
		return MeanEffect{}, err
	}
	test, err := mean.Welch(treated, control, level)
	if err != nil {
		return MeanEffect{}, err
	}
	if test, err = student(test.Value, test.SE, test.DF, level); err != nil {
		return MeanEffect{}, err
	}
	out := MeanEffect{Test: test}
	if lift, err := Lift(treated, control, level); err == nil {
		out.Relative, out.HasRelative = lift, true
	}
	return out, nil
}

// Lift is the relative difference of means, treated/control - 1 (0.1 is 10 %
// more), with the delta method's standard error and normal interval, as in
// GrowthBook.
//
// Errors: as for CompareMeans, and ErrInvalid if the control mean is not
// clearly different from zero (its own interval holds zero).
func Lift(treated, control summary.Moments, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	if err := checkArms(treated, control, 2); err != nil {
		return stat.Test{}, err
	}
	if math.Abs(control.Mean) <= stat.Critical(level)*control.SE() || control.Mean == 0 {
		return stat.Test{}, fmt.Errorf("lift over a control mean of %g ± %g: %w", control.Mean, control.SE(), stat.ErrInvalid)
	}
	ratio := treated.Mean / control.Mean
	se := math.Hypot(treated.SE(), ratio*control.SE()) / math.Abs(control.Mean)
	return student((treated.Mean-control.Mean)/control.Mean, se, math.Inf(1), level)
}

// Count is a share as it was counted: successes (churned accounts) among trials.
type Count struct{ Successes, Trials int }

func (c Count) check(name string) error {
	if c.Trials < 0 || c.Successes < 0 || c.Successes > c.Trials {
		return fmt.Errorf("%s: %d successes of %d trials: %w", name, c.Successes, c.Trials, stat.ErrInvalid)
	}
	if c.Trials == 0 {
		return fmt.Errorf("%s without trials: %w", name, stat.ErrTooFew)
	}
	return nil
}

func checkCounts(treated, control Count) error {
	if err := treated.check("treated arm"); err != nil {
		return err
	}
	return control.check("control arm")
}

// ShareEffect is a difference of shares between the arms as assigned.
type ShareEffect struct {
	stat.Estimate         // treated - control in [-1, 1], Newcombe's interval, unpooled SE
	Z, P          float64 // test of equal shares with pooled variance; Z² is Pearson's χ² without correction
	// Relative is the ratio of the shares with its log-normal interval.
	// HasRelative is false where an arm has no success.
	Relative    proportion.Ratio
	HasRelative bool
}

// CompareShares compares the shares of units as assigned: intention to treat.
// Interval and test answer slightly different questions and can disagree when P
// is near 1 - level; report the interval.
//
// Errors: ErrTooFew if an arm is empty, ErrNoVariance if all units of both arms
// had the same outcome, ErrInvalid for impossible counts. CompareShares panics
// if level is outside (0, 1).
//
// Source: Newcombe (1998), Statistics in Medicine 17:873-890.
func CompareShares(treated, control Count, level float64) (ShareEffect, error) {
	stat.CheckLevel(level)
	if err := checkCounts(treated, control); err != nil {
		return ShareEffect{}, err
	}
	x1, n1, x0, n0 := treated.Successes, treated.Trials, control.Successes, control.Trials
	pooled := float64(x1+x0) / float64(n1+n0)
	if x1+x0 == 0 || x1+x0 == n1+n0 {
		return ShareEffect{}, fmt.Errorf("all %d units had the same outcome: %w", n1+n0, stat.ErrNoVariance)
	}
	estimate, err := proportion.Newcombe(x1, n1, x0, n0, level)
	if err != nil {
		return ShareEffect{}, err
	}
	z := estimate.Value / math.Sqrt(pooled*(1-pooled)*(1/float64(n1)+1/float64(n0)))
	out := ShareEffect{Estimate: estimate, Z: z, P: stat.NormalP(z)}
	if ratio, err := proportion.RiskRatio(x1, n1, x0, n0, level); err == nil {
		out.Relative, out.HasRelative = ratio, true
	}
	return out, nil
}
