package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

func finite(values ...float64) bool {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// checkArm reports moments of an arm that cannot be, or fewer observations than
// least.
func checkArm(name string, m summary.Moments, least int) error {
	switch {
	case !finite(m.Mean, m.Var):
		return fmt.Errorf("%s: mean %v, variance %v: %w", name, m.Mean, m.Var, stat.ErrNotFinite)
	case m.Var < 0 || m.N < 0 || m.N <= 1 && m.Var != 0:
		return fmt.Errorf("%s: variance %g of %d observations: %w", name, m.Var, m.N, stat.ErrInvalid)
	case m.N < least:
		return fmt.Errorf("%s: %d observations, at least %d are needed: %w", name, m.N, least, stat.ErrTooFew)
	}
	return nil
}

func checkArms(treated, control summary.Moments, least int) error {
	if err := checkArm("treated arm", treated, least); err != nil {
		return err
	}
	return checkArm("control arm", control, least)
}

// numerator is the outcome of an arm whose units carry a second number.
func numerator(m mean.PairMoments) summary.Moments {
	return summary.Moments{N: m.N, Mean: m.MeanNum, Var: m.VarNum}
}

func checkPairs(name string, m mean.PairMoments) error {
	if err := checkArm(name+", outcome", numerator(m), 2); err != nil {
		return err
	}
	if err := checkArm(name+", second number", summary.Moments{N: m.N, Mean: m.MeanDen, Var: m.VarDen}, 2); err != nil {
		return err
	}
	if !finite(m.Cov) {
		return fmt.Errorf("%s: covariance %v: %w", name, m.Cov, stat.ErrNotFinite)
	}
	if limit := math.Sqrt(m.VarNum) * math.Sqrt(m.VarDen); math.Abs(m.Cov) > limit*(1+1e-9) {
		return fmt.Errorf("%s: covariance %g beyond variances %g and %g: %w", name, m.Cov, m.VarNum, m.VarDen, stat.ErrInvalid)
	}
	return nil
}

// split divides outcomes by arm and gives their moments.
func split(y []float64, treated []bool) (t, c summary.Moments, err error) {
	if len(y) != len(treated) {
		panic(fmt.Sprintf("experiment: %d outcomes for %d arms", len(y), len(treated)))
	}
	var a, b []float64
	for i, v := range y {
		if !finite(v) {
			return t, c, fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
		if treated[i] {
			a = append(a, v)
		} else {
			b = append(b, v)
		}
	}
	if len(a) == 0 || len(b) == 0 {
		return t, c, fmt.Errorf("%d treated and %d control rows: %w", len(a), len(b), stat.ErrTooFew)
	}
	if t, err = summary.Of(a); err != nil {
		return t, c, fmt.Errorf("treated arm: %w", err)
	}
	if c, err = summary.Of(b); err != nil {
		return t, c, fmt.Errorf("control arm: %w", err)
	}
	return t, c, nil
}

// student is stat.Student, or an error where rounding or overflow left nothing
// to report.
func student(value, se, df, level float64) (stat.Test, error) {
	if se == 0 {
		return stat.Test{}, fmt.Errorf("standard error of %g: %w", value, stat.ErrNoVariance)
	}
	if !finite(value, se) || !(df > 0) {
		return stat.Test{}, fmt.Errorf("estimate %v ± %v on %v degrees of freedom: %w", value, se, df, stat.ErrNotFinite)
	}
	t := stat.Student(value, se, df, level)
	if t.Interval.Low >= t.Interval.High {
		return stat.Test{}, fmt.Errorf("standard error %g is lost in rounding beside %g: %w", se, value, stat.ErrNoVariance)
	}
	if !finite(t.Interval.Low, t.Interval.High, t.Statistic, t.P) {
		return stat.Test{}, fmt.Errorf("interval of %g ± %g on %g degrees of freedom: %w", value, se, df, stat.ErrNotFinite)
	}
	return t, nil
}
