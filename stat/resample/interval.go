package resample

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// SE is the standard error of output k: the standard deviation of its
// replicates, in the output's unit.
//
// Errors: ErrTooFew with fewer than two replicates, ErrNoVariance if all are
// the same.
func (d *Draws) SE(k int) (float64, error) {
	m, err := summary.Of(d.Values[k])
	if err != nil {
		return 0, fmt.Errorf("output %d: %w", k, err)
	}
	if m.N < 2 {
		return 0, fmt.Errorf("standard error from %d replicate: %w", m.N, stat.ErrTooFew)
	}
	if m.Var == 0 {
		return 0, fmt.Errorf("all %d replicates of output %d are %v: %w", m.N, k, m.Mean, stat.ErrNoVariance)
	}
	return m.SD(), nil
}

// Normal is the normal interval of output k: the original value less the bias
// of the replicates, ± the normal quantile times their standard error.
//
// Errors: as for SE; ErrNotFinite if an end overflows. Normal panics if level is outside (0, 1).
//
// Source: Davison and Hinkley (1997), Bootstrap Methods and their Application,
// §5.2.
func (d *Draws) Normal(k int, level float64) (stat.Interval, error) {
	z := stat.Critical(level)
	se, err := d.SE(k)
	if err != nil {
		return stat.Interval{}, err
	}
	m, _ := summary.Of(d.Values[k])
	mid := 2*d.Original[k] - m.Mean
	return between(mid-z*se, mid+z*se, level)
}

// Basic is the percentile interval of output k reflected at the original value:
// it treats the replicates' errors as those of the original. It can leave the
// range of the statistic (a share below 0), which Percentile and BCa cannot.
//
// Errors: as for Percentile; ErrNotFinite if an end overflows. Basic panics if
// level is outside (0, 1).
//
// Source: Davison and Hinkley (1997), §5.2.
func (d *Draws) Basic(k int, level float64) (stat.Interval, error) {
	p, err := d.Percentile(k, level)
	if err != nil {
		return stat.Interval{}, err
	}
	return between(2*d.Original[k]-p.High, 2*d.Original[k]-p.Low, level)
}

// Studentised is the bootstrap-t interval of output k, whose standard error the
// statistic gives as output se: the original ± quantiles of (replicate -
// original)/its own standard error, times the original's. It corrects for
// skewness where a good standard error is at hand.
//
// Errors: as for Percentile; ErrNoVariance if a standard error is not positive;
// ErrNotFinite if an end overflows. Studentised panics if level is outside
// (0, 1).
//
// Source: Efron (1982), The Jackknife, the Bootstrap and Other Resampling
// Plans, §10.10; Hall (1988), Annals of Statistics 16:927-953.
func (d *Draws) Studentised(k, se int, level float64) (stat.Interval, error) {
	t := Draws{Original: []float64{0}, Values: [][]float64{make([]float64, len(d.Values[k]))}}
	for r, v := range d.Values[k] {
		if !(d.Values[se][r] > 0) {
			return stat.Interval{}, fmt.Errorf("standard error of replicate %d is %v: %w", r, d.Values[se][r], stat.ErrNoVariance)
		}
		t.Values[0][r] = (v - d.Original[k]) / d.Values[se][r]
	}
	if !(d.Original[se] > 0) {
		return stat.Interval{}, fmt.Errorf("standard error of the data is %v: %w", d.Original[se], stat.ErrNoVariance)
	}
	q, err := t.Percentile(0, level)
	if err != nil {
		return stat.Interval{}, fmt.Errorf("studentised %w", err)
	}
	return between(d.Original[k]-q.High*d.Original[se], d.Original[k]-q.Low*d.Original[se], level)
}

// between is the interval from low to high, unless one of them overflowed.
func between(low, high, level float64) (stat.Interval, error) {
	if math.IsInf(low-high, 0) || math.IsNaN(low-high) {
		return stat.Interval{}, fmt.Errorf("interval from %v to %v: %w", low, high, stat.ErrNotFinite)
	}
	return stat.Interval{Low: low, High: high, Level: level}, nil
}

// Percentile is the interval between the (1-level)/2 and (1+level)/2 quantiles
// (type 7) of output k's replicates.
//
// Errors: ErrTooFew with fewer replicates than 10/(1-level), whose tails hold
// nothing; ErrNoVariance if the replicates are all the same. Percentile panics
// if level is outside (0, 1).
func (d *Draws) Percentile(k int, level float64) (stat.Interval, error) {
	return d.quantiles(k, (1-level)/2, (1+level)/2, level)
}

// BCa is the bias-corrected and accelerated interval of output k: percentiles
// shifted for the bias of the replicates and for the skewness of influence,
// the first-order effect of each unit on the output (Jackknife gives it; its
// scale is immaterial).
//
// Errors: as for Percentile; ErrTooFew if all replicates lie on one side of
// the original value, or if a unit or two have nearly all the influence, so
// that the shift has no meaning; ErrNoVariance if influence does not vary. BCa
// panics if level is outside (0, 1).
//
// Source: Efron (1987), JASA 82:171-185.
func (d *Draws) BCa(k int, influence []float64, level float64) (stat.Interval, error) {
	stat.CheckLevel(level)
	a, err := Acceleration(influence)
	if err != nil {
		return stat.Interval{}, err
	}
	below := 0.0
	for _, v := range d.Values[k] {
		switch {
		case v < d.Original[k]:
			below++
		case v == d.Original[k]:
			below += 0.5
		}
	}
	n := float64(len(d.Values[k]))
	if below == 0 || below == n {
		return stat.Interval{}, fmt.Errorf("all replicates lie on one side of %v: %w", d.Original[k], stat.ErrTooFew)
	}
	z0 := distuv.UnitNormal.Quantile(below / n)
	shift := func(p float64) float64 {
		z := z0 + distuv.UnitNormal.Quantile(p)
		return distuv.UnitNormal.CDF(z0 + z/(1-a*z))
	}
	if z := math.Abs(z0) + stat.Critical(level); math.Abs(a)*z >= 1 {
		return stat.Interval{}, fmt.Errorf("acceleration %v: a unit or two decide the value: %w", a, stat.ErrTooFew)
	}
	return d.quantiles(k, shift((1-level)/2), shift((1+level)/2), level)
}

func (d *Draws) quantiles(k int, low, high, level float64) (stat.Interval, error) {
	stat.CheckLevel(level)
	if n := len(d.Values[k]); float64(n) < 10/(1-level) {
		return stat.Interval{}, fmt.Errorf("interval of level %v from %d replicates: %w", level, n, stat.ErrTooFew)
	}
	if _, err := d.SE(k); err != nil {
		return stat.Interval{}, err
	}
	q, err := summary.Quantiles(d.Values[k], low, high)
	if err != nil {
		return stat.Interval{}, fmt.Errorf("output %d: %w", k, err)
	}
	return stat.Interval{Low: q[0], High: q[1], Level: level}, nil
}

// Acceleration is ΣL³ / (6 (ΣL²)^1.5) of the influence values L, centred.
//
// Errors: ErrTooFew, ErrNotFinite, ErrNoVariance.
func Acceleration(influence []float64) (float64, error) {
	m, err := summary.Of(influence)
	if err != nil {
		return 0, fmt.Errorf("influence: %w", err)
	}
	if m.Var == 0 {
		return 0, fmt.Errorf("no unit has influence: %w", stat.ErrNoVariance)
	}
	scale := m.SD()
	s2, s3 := 0.0, 0.0
	for _, v := range influence {
		l := (v - m.Mean) / scale
		s2 += l * l
		s3 += l * l * l
	}
	return s3 / (6 * math.Pow(s2, 1.5)), nil
}

// Jackknife gives the influence of each unit on each output, [output][unit]:
// (n-1) × (mean of the leave-one-out values - the value without the unit). It
// computes f once a unit: for many units prefer an analytic influence.
//
// Errors: ErrTooFew with fewer than three units; f's error without a unit,
// naming it.
func Jackknife(units, outputs int, f Statistic) ([][]float64, error) {
	if units < 3 {
		return nil, fmt.Errorf("jackknife of %d units: %w", units, stat.ErrTooFew)
	}
	influence := make([][]float64, outputs)
	for k := range influence {
		influence[k] = make([]float64, units)
	}
	sample := identity(units)[1:] // without unit 0
	for i := range units {
		out, err := evaluate(f, sample, outputs)
		if err != nil {
			return nil, fmt.Errorf("without unit %d: %w", i, err)
		}
		for k, v := range out {
			influence[k][i] = v
		}
		if i < len(sample) {
			sample[i] = i // unit i back in, unit i+1 out
		}
	}
	for _, l := range influence {
		mean := summary.Sum(l) / float64(units)
		for i, v := range l {
			l[i] = float64(units-1) * (mean - v)
		}
	}
	return influence, nil
}
