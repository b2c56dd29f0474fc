package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Ratio estimates Σnum/Σden over independent units, in num units per den unit.
// The standard error is the linearised one, robust to any dependence within a
// unit; it equals a den-weighted regression of num/den on a constant with
// errors clustered by unit and the factor N/(N-1). The interval is t with N-1
// degrees of freedom.
//
// Errors: ErrTooFew with fewer than two units or denominators that sum to
// zero, ErrNoVariance if every unit has the same ratio (all 0, all 100 %): no
// interval of zero width is given. In both cases Value is set beside the error
// when the ratio itself exists. ErrInvalid and ErrNotFinite for impossible
// moments. Ratio panics if level is outside (0, 1).
//
// Source: Cochran (1977), Sampling Techniques, 3rd ed., §6.4 and §6.5. With
// fewer than about 30 units or very skewed denominators the interval is
// optimistic; resample has the bootstrap.
func Ratio(m PairMoments, level float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	r, err := linearise(m)
	if err != nil {
		return stat.Estimate{}, err
	}
	if r.n < 2 {
		return stat.Estimate{Value: r.value}, fmt.Errorf("interval of a ratio over %d unit: %w", r.n, stat.ErrTooFew)
	}
	if r.variance == 0 {
		return stat.Estimate{Value: r.value}, fmt.Errorf("all %d units have the ratio %v: %w", r.n, r.value, stat.ErrNoVariance)
	}
	t, err := student(r.value, math.Sqrt(r.variance), float64(r.n-1), level)
	if err != nil {
		return stat.Estimate{Value: r.value}, err
	}
	return t.Estimate, nil
}

// RatioDifference compares two ratios over disjoint sets of units, Σnum/Σden
// of a less that of b, in num units per den unit, with linearised (delta
// method) standard errors and Satterthwaite degrees of freedom. With den = 1
// it is Welch's test.
//
// Errors: as for Ratio, naming the arm; ErrNoVariance only if neither arm
// varies. RatioDifference panics if level is outside (0, 1).
//
// Not for a unit that is in both arms (before and after); see
// ClusterDifference.
func RatioDifference(a, b PairMoments, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	ra, rb, err := twoRatios(a, b)
	if err != nil {
		return stat.Test{}, err
	}
	df := satterthwaite(ra.variance, float64(ra.n-1), rb.variance, float64(rb.n-1))
	return student(ra.value-rb.value, math.Sqrt(ra.variance+rb.variance), df, level)
}

// Relative is a relative change: Value 0.1 is 10 % more, -0.1 is 10 % less.
// LogSE is the standard error of log(1 + Value), on whose scale the interval
// is symmetric; it never reaches below -1.
type Relative struct {
	Value    float64
	LogSE    float64
	DF       float64
	Interval stat.Interval
}

// RelativeDifference compares two ratios over disjoint sets of units as
// a/b - 1, with the delta method on the log scale and Satterthwaite degrees of
// freedom.
//
// Errors: as for RatioDifference, and ErrTooFew if a ratio is zero, ErrInvalid
// if one is negative: neither has a logarithm. RelativeDifference panics if
// level is outside (0, 1).
func RelativeDifference(a, b PairMoments, level float64) (Relative, error) {
	stat.CheckLevel(level)
	ra, rb, err := twoRatios(a, b)
	if err != nil {
		return Relative{}, err
	}
	if ra.value < 0 || rb.value < 0 {
		return Relative{}, fmt.Errorf("relative change from %v to %v: %w", rb.value, ra.value, stat.ErrInvalid)
	}
	if ra.value == 0 || rb.value == 0 {
		return Relative{}, fmt.Errorf("relative change from %v to %v: %w", rb.value, ra.value, stat.ErrTooFew)
	}
	va, vb := ra.variance/(ra.value*ra.value), rb.variance/(rb.value*rb.value)
	df := satterthwaite(va, float64(ra.n-1), vb, float64(rb.n-1))
	logRatio := stat.Student(math.Log(ra.value/rb.value), math.Sqrt(va+vb), df, level)
	return Relative{
		Value: ra.value/rb.value - 1,
		LogSE: logRatio.SE,
		DF:    df,
		Interval: stat.Interval{
			Low:   math.Expm1(logRatio.Interval.Low),
			High:  math.Expm1(logRatio.Interval.High),
			Level: level,
		},
	}, nil
}

func twoRatios(a, b PairMoments) (ra, rb ratio, err error) {
	if ra, err = linearise(a); err != nil {
		return ra, rb, fmt.Errorf("first arm: %w", err)
	}
	if rb, err = linearise(b); err != nil {
		return ra, rb, fmt.Errorf("second arm: %w", err)
	}
	if ra.n < 2 || rb.n < 2 {
		return ra, rb, fmt.Errorf("ratios over %d and %d units: %w", ra.n, rb.n, stat.ErrTooFew)
	}
	if ra.variance+rb.variance == 0 {
		return ra, rb, fmt.Errorf("every unit of both arms has its arm's ratio: %w", stat.ErrNoVariance)
	}
	return ra, rb, nil
}
