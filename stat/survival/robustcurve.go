package survival

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// RobustCurve is a Kaplan–Meier curve whose standard errors hold for weights
// that are not counts (inverse probabilities of treatment or censoring, survey
// weights) and for spells that belong together (an account's people). The
// uncertainty of weights that were estimated is not included; for inverse
// probability weights leaving it out is usually conservative.
type RobustCurve struct {
	Curve    *Curve // its own intervals take the weights for counts
	Clusters int    // independent units
	spells   *spellIndex
}

// RobustKaplanMeier estimates the curve of d with weights of any scale. cluster
// labels spells that belong together; nil: every spell is independent.
//
// Errors: those of KaplanMeier; ErrTooFew with fewer than two clusters.
//
// Source: Xie & Liu (2005), Statistics in Medicine 24:3089-3110, for the
// weighted curve; the variance is the infinitesimal jackknife, as in R's
// survfit with weights or a cluster.
func RobustKaplanMeier(d Data, cluster []int) (*RobustCurve, error) {
	if cluster != nil {
		sameLength("cluster", len(cluster), len(d.Stop))
	}
	c, err := KaplanMeier(d)
	if err != nil {
		return nil, err
	}
	kind := make([]int32, len(d.Event))
	for i, e := range d.Event {
		if e {
			kind[i] = 1
		}
	}
	r := &RobustCurve{Curve: c, spells: newSpellIndex(d, c.Times, kind, cluster)}
	if r.Clusters = r.spells.clusters; r.Clusters < 2 {
		return nil, fmt.Errorf("kaplan–meier curve of %d cluster: %w", r.Clusters, stat.ErrTooFew)
	}
	return r, nil
}

// At returns the curve at time t >= 0 with a pointwise interval, in time
// proportional to the spells. Beyond LastTime it carries the last value on. It
// panics if level is outside (0, 1).
func (r *RobustCurve) At(t, level float64, scale Transform) Point {
	p := r.Curve.At(t, level, scale)
	p.SE = 0
	if k := r.Curve.step(t); k >= 0 && p.Surv > 0 {
		p.SE = p.Surv * math.Sqrt(r.variance(k, func(int) float64 { return 1 }))
	}
	if p.Interval, p.HasInterval = (stat.Interval{}), false; p.SE > 0 {
		p.Interval, p.HasInterval = survInterval(p.Surv, p.SE/p.Surv, stat.Critical(level), scale)
	}
	p.Interval.Level = level
	return p
}

// variance sums the influence of the spells on an estimate that moves by
// −pull(k)·d/(n(n−d)) when the curve falls at time k by d of n.
func (r *RobustCurve) variance(last int, pull func(k int) float64) float64 {
	c := r.Curve
	own, drift := make([]float64, last+1), make([]float64, last+1)
	for k := range own {
		if n, e := c.AtRisk[k], c.Events[k]; n > e {
			own[k] = pull(k) / (n - e)
			drift[k] = own[k] * e / n
		}
	}
	return r.spells.variance(last, func(_ int32, k int) float64 { return own[k] }, drift)
}

// RMST is Curve.RMST with the robust standard error.
//
// Errors: as Curve.RMST.
func (r *RobustCurve) RMST(tau, level float64) (stat.Estimate, error) {
	c := r.Curve
	m, err := c.RMST(tau, level)
	if err != nil {
		return stat.Estimate{}, err
	}
	end := c.step(tau)
	area, right := make([]float64, end+1), tau // under the curve from each time to tau
	for k := end; k >= 0; k-- {
		area[k] = (right - c.Times[k]) * c.Surv[k]
		if k < end {
			area[k] += area[k+1]
		}
		right = c.Times[k]
	}
	se := math.Sqrt(r.variance(end, func(k int) float64 { return area[k] }))
	if se == 0 || !finite(se) {
		return stat.Estimate{}, fmt.Errorf("restricted mean to %v: robust error is %v: %w", tau, se, stat.ErrNoVariance)
	}
	return stat.Normal(m.Value, se, level).Estimate, nil
}
