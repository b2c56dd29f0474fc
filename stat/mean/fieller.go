package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// FiellerSet says which values of a ratio the data leave, relative to an
// interval from Low to High.
type FiellerSet int

const (
	Between  FiellerSet = iota // Low to High: the denominator is clearly not zero
	Outside                    // below Low or above High: the denominator may be zero
	Anything                   // every ratio: numerator and denominator may both be zero
)

// RatioSet is a ratio of two means with Fieller's confidence set. For Outside
// the set is what the open interval leaves out; for Anything the interval is
// (-Inf, +Inf). Either is the data saying that they cannot bound the ratio.
type RatioSet struct {
	Value    float64
	DF       float64
	Set      FiellerSet
	Interval stat.Interval
}

// Contains says whether the confidence set holds the ratio x.
func (r RatioSet) Contains(x float64) bool {
	switch r.Set {
	case Outside:
		return x <= r.Interval.Low || x >= r.Interval.High
	case Anything:
		return true
	default:
		return r.Interval.Contains(x)
	}
}

// RatioOfMeans estimates a.Mean / b.Mean for independent samples: 0.8 is 20 %
// less. The set is Fieller's, with a t quantile on Satterthwaite's degrees of
// freedom at the estimated ratio; it keeps its level where the delta method
// fails, when b.Mean is only a few standard errors from zero.
//
// Errors: ErrTooFew if either sample has fewer than two observations,
// ErrNoVariance if neither varies, ErrInvalid if b.Mean is 0, ErrNotFinite.
// RatioOfMeans panics if level is outside (0, 1).
//
// Source: Fieller (1954), JRSS B 16:175-185.
func RatioOfMeans(a, b summary.Moments, level float64) (RatioSet, error) {
	stat.CheckLevel(level)
	if a.N < 2 || b.N < 2 {
		return RatioSet{}, fmt.Errorf("ratio of means of %d and %d observations: %w", a.N, b.N, stat.ErrTooFew)
	}
	va, vb := a.Var/float64(a.N), b.Var/float64(b.N)
	r := a.Mean / b.Mean
	df := satterthwaite(va, float64(a.N-1), r*r*vb, float64(b.N-1))
	return fieller(a.Mean, b.Mean, va, vb, 0, df, level)
}

// FiellerRatio estimates Σnum/Σden over independent units, like Ratio, with
// Fieller's set on N-1 degrees of freedom in place of the linearised interval:
// for few units, or denominators that vary much.
//
// Errors: ErrTooFew with fewer than two units, ErrNoVariance if every unit has
// the same ratio, ErrInvalid and ErrNotFinite for impossible moments.
// FiellerRatio panics if level is outside (0, 1).
//
// Source: Fieller (1954), JRSS B 16:175-185; Cochran (1977), Sampling
// Techniques, 3rd ed., §6.5.
func FiellerRatio(m PairMoments, level float64) (RatioSet, error) {
	stat.CheckLevel(level)
	r, err := linearise(m)
	if err != nil {
		return RatioSet{}, err
	}
	if m.N < 2 {
		return RatioSet{}, fmt.Errorf("ratio over %d unit: %w", m.N, stat.ErrTooFew)
	}
	if r.variance == 0 {
		return RatioSet{}, fmt.Errorf("all %d units have the ratio %v: %w", m.N, r.value, stat.ErrNoVariance)
	}
	n := float64(m.N)
	return fieller(m.MeanNum, m.MeanDen, m.VarNum/n, m.VarDen/n, m.Cov/n, n-1, level)
}

// fieller collects the ratios ρ with (a - ρb)² ≤ t² (va - 2ρ cov + ρ² vb), where
// va, vb and cov are the variances and the covariance of the means a and b.
func fieller(a, b, va, vb, cov, df, level float64) (RatioSet, error) {
	if b == 0 {
		return RatioSet{}, fmt.Errorf("ratio of %v to a mean of zero: %w", a, stat.ErrInvalid)
	}
	// In units of each mean's scale, so that squares neither over- nor underflow.
	sa, sb := math.Max(math.Abs(a), math.Sqrt(va)), math.Max(math.Abs(b), math.Sqrt(vb))
	if va/sa/sa+vb/sb/sb == 0 || math.IsNaN(df) {
		return RatioSet{}, fmt.Errorf("ratio of constants %v and %v: %w", a, b, stat.ErrNoVariance)
	}
	unit := sa / sb
	t := stat.Student(0, 1, df, level).Interval.High
	roots := quadratic{
		square:   b/sb*(b/sb) - t*t*(vb/sb/sb),
		half:     a/sa*(b/sb) - t*t*(cov/sa/sb),
		constant: a/sa*(a/sa) - t*t*(va/sa/sa),
	}
	set, low, high := roots.belowZero()
	out := RatioSet{Value: a / b, DF: df, Set: set, Interval: stat.Interval{Low: low * unit, High: high * unit, Level: level}}
	if math.IsNaN(low*unit) || math.IsNaN(high*unit) || math.IsInf(out.Value, 0) || math.IsInf(unit, 0) || unit == 0 {
		return RatioSet{}, fmt.Errorf("ratio of %v to %v: %w", a, b, stat.ErrNotFinite)
	}
	return out, nil
}

// quadratic is square·x² - 2·half·x + constant.
type quadratic struct{ square, half, constant float64 }

// belowZero gives where it is not positive.
func (q quadratic) belowZero() (set FiellerSet, low, high float64) {
	discriminant := q.half*q.half - q.square*q.constant
	if q.square <= 0 && discriminant <= 0 {
		return Anything, math.Inf(-1), math.Inf(1)
	}
	// The root further from zero first: no cancellation.
	far := q.half + math.Copysign(math.Sqrt(math.Max(0, discriminant)), q.half)
	x, y := far/q.square, q.constant/far
	if far == 0 {
		y = 0
	}
	if q.square == 0 {
		x = math.Copysign(math.Inf(1), -q.half) // the set is y and beyond
	}
	low, high = math.Min(x, y), math.Max(x, y)
	if q.square > 0 {
		return Between, low, high
	}
	return Outside, low, high
}
