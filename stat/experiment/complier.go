package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// Shape says what a confidence region looks like.
type Shape int

const (
	Between  Shape = iota // from Low to High
	Outside               // up to Low, and from High: two half-lines
	Anything              // every number: the data say nothing
)

// Region is a confidence region of the given level, in the unit of the
// estimate. Low and High are 0 where the shape is Anything.
type Region struct {
	Shape            Shape
	Low, High, Level float64
}

// Contains says whether x lies in the region.
func (r Region) Contains(x float64) bool {
	switch r.Shape {
	case Between:
		return r.Low <= x && x <= r.High
	case Outside:
		return x <= r.Low || x >= r.High
	}
	return true
}

// ComplierEffect is the effect on those who take the treatment because it is
// offered to them.
type ComplierEffect struct {
	stat.Test        // Wald estimate with its delta-method error: wrong when F is small
	Region    Region // Anderson–Rubin, right however weak the offer: the one to report
	Assigned  stat.Test
	Compliers float64 // share who take it when offered less share who take it anyway
	F         float64 // first-stage statistic of the offer; +Inf when everyone complies
}

// CACE divides the difference that the offer made to outcomes by the
// difference it made to uptake: the average causal effect on compliers, in the unit
// of the outcome per unit of the treatment received. MeanNum is the outcome's
// mean in the arm, MeanDen that of the treatment received (0 or 1, or hours).
//
// It equals two-stage least squares with the assignment as instrument and HC2
// errors on n-2 degrees of freedom. It assumes that the offer works only through
// uptake and makes nobody avoid the treatment. Region inverts a test of
// outcome - effect·treatment and covers also where F is below 10; the Wald
// interval does not.
//
// Errors: ErrTooFew with fewer than two units in an arm; ErrNoOverlap if the
// offer did not change uptake at all; ErrNoVariance if outcomes do not vary;
// ErrInvalid and ErrNotFinite for impossible moments. CACE panics if level
// is outside (0, 1).
//
// Source: Imbens and Angrist (1994), Econometrica 62:467-475; Anderson and
// Rubin (1949), Annals of Mathematical Statistics 20:46-63; Fieller (1954).
func CACE(treated, control mean.PairMoments, level float64) (ComplierEffect, error) {
	stat.CheckLevel(level)
	if err := checkPairs("treated arm", treated); err != nil {
		return ComplierEffect{}, err
	}
	if err := checkPairs("control arm", control); err != nil {
		return ComplierEffect{}, err
	}
	nt, nc := float64(treated.N), float64(control.N)
	dy, dd := treated.MeanNum-control.MeanNum, treated.MeanDen-control.MeanDen
	vy, vd, cov := treated.VarNum/nt+control.VarNum/nc, treated.VarDen/nt+control.VarDen/nc, treated.Cov/nt+control.Cov/nc
	if dd == 0 {
		return ComplierEffect{}, fmt.Errorf("the offer left uptake at %g: %w", control.MeanDen, stat.ErrNoOverlap)
	}
	df := nt + nc - 2
	assigned, err := student(dy, math.Sqrt(vy), df, level)
	if err != nil {
		return ComplierEffect{}, fmt.Errorf("effect of the offer: %w", err)
	}
	ratio := dy / dd
	v := vy - 2*ratio*cov + ratio*ratio*vd
	if v <= 1e-14*(vy+ratio*ratio*vd) {
		return ComplierEffect{}, fmt.Errorf("uptake explains the outcome fully: %w", stat.ErrNoVariance)
	}
	test, err := student(ratio, math.Sqrt(v)/math.Abs(dd), df, level)
	if err != nil {
		return ComplierEffect{}, err
	}
	c := (test.Interval.High - test.Interval.Low) / 2 / test.SE
	region, err := fieller(dy, dd, vy, vd, cov, c, level)
	if err != nil {
		return ComplierEffect{}, err
	}
	return ComplierEffect{Test: test, Region: region, Assigned: assigned, Compliers: dd, F: dd / vd * dd}, nil
}

// fieller solves (y - r·d)² ≤ c²·Var(y - r·d) for the ratio r.
func fieller(y, d, vy, vd, cov, c, level float64) (Region, error) {
	a, b, k := d*d-c*c*vd, y*d-c*c*cov, y*y-c*c*vy // a·r² - 2b·r + k ≤ 0
	root := b*b - a*k
	switch {
	case !finite(a, b, k, root):
		return Region{}, fmt.Errorf("confidence region of %g/%g: %w", y, d, stat.ErrNotFinite)
	case a == 0, a < 0 && root <= 0:
		return Region{Shape: Anything, Level: level}, nil
	}
	far := b + math.Copysign(math.Sqrt(math.Max(root, 0)), b) // without cancellation
	one, two := far/a, k/far
	if far == 0 {
		one, two = 0, 0
	}
	r := Region{Low: math.Min(one, two), High: math.Max(one, two), Level: level}
	if a < 0 {
		r.Shape = Outside
	}
	if !finite(r.Low, r.High) {
		return Region{}, fmt.Errorf("confidence region of %g/%g: %w", y, d, stat.ErrNotFinite)
	}
	return r, nil
}

// Bounds are the limits within which an effect must lie, given what was not
// observed, and an interval that covers the effect, wherever in them it is.
type Bounds struct {
	Low, High     float64
	LowSE, HighSE float64
	Interval      stat.Interval
}

// bound makes bounds of two estimates. The interval is Imbens and Manski's: it
// covers the effect, not the whole range, with the level.
func bound(low, lowSE, high, highSE, level float64) (Bounds, error) {
	wide := math.Max(lowSE, highSE)
	if !finite(low, lowSE, high, highSE) {
		return Bounds{}, fmt.Errorf("bounds %v and %v: %w", low, high, stat.ErrNotFinite)
	}
	if wide == 0 {
		return Bounds{}, fmt.Errorf("bounds %g and %g without variance: %w", low, high, stat.ErrNoVariance)
	}
	gap := math.Max(high-low, 0) / wide
	one, two := 0.0, stat.Critical(level)
	for range 80 {
		c := (one + two) / 2
		if (math.Erf((c+gap)/math.Sqrt2)+math.Erf(c/math.Sqrt2))/2 < level {
			one = c
		} else {
			two = c
		}
	}
	return Bounds{
		Low: low, High: high, LowSE: lowSE, HighSE: highSE,
		Interval: stat.Interval{Low: low - two*lowSE, High: high + two*highSE, Level: level},
	}, nil
}

// PopulationBounds bounds the effect of receiving the treatment on everybody in
// the experiment, takers or not, when the outcome lies in [least, greatest] and
// only the treated arm could take it. Takers show what treatment does; for the
// others anything in the range is possible. The interval covers the effect.
//
// Errors: ErrTooFew with fewer than two units in an arm; ErrInvalid if a control
// took the treatment, an outcome is outside the range, or the range is empty;
// ErrNoVariance; ErrNotFinite. PopulationBounds panics if level is outside
// (0, 1) or lengths differ.
//
// Source: Manski (1990), American Economic Review 80:319-323; Imbens and Manski
// (2004), Econometrica 72:1845-1857.
func PopulationBounds(y []float64, assigned, received []bool, least, greatest, level float64) (Bounds, error) {
	stat.CheckLevel(level)
	if len(received) != len(y) {
		panic(fmt.Sprintf("experiment: %d outcomes, %d treatments received", len(y), len(received)))
	}
	if !finite(least, greatest) || least >= greatest {
		return Bounds{}, fmt.Errorf("outcomes from %v to %v: %w", least, greatest, stat.ErrInvalid)
	}
	_, control, err := split(y, assigned)
	if err != nil {
		return Bounds{}, err
	}
	var worst, best []float64
	for i, v := range y {
		switch {
		case v < least || v > greatest:
			return Bounds{}, fmt.Errorf("outcome %g of row %d is outside %g to %g: %w", v, i, least, greatest, stat.ErrInvalid)
		case !assigned[i] && received[i]:
			return Bounds{}, fmt.Errorf("row %d received what it was not offered: %w", i, stat.ErrInvalid)
		case received[i]:
			worst, best = append(worst, v), append(best, v)
		case assigned[i]:
			worst, best = append(worst, least), append(best, greatest)
		}
	}
	if len(worst) < 2 || control.N < 2 {
		return Bounds{}, fmt.Errorf("%d treated and %d control units: %w", len(worst), control.N, stat.ErrTooFew)
	}
	low, err := summary.Of(worst)
	if err != nil {
		return Bounds{}, err
	}
	high, err := summary.Of(best)
	if err != nil {
		return Bounds{}, err
	}
	return bound(low.Mean-control.Mean, math.Hypot(low.SE(), control.SE()), high.Mean-control.Mean, math.Hypot(high.SE(), control.SE()), level)
}
