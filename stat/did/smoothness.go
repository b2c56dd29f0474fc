package did

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Smoothness bounds an effect when the treated would have drifted away from the
// controls even without treatment, along a line whose slope changes by at most m
// from one period to the next (m ≥ 0 in the unit of the outcome). m = 0 allows any
// straight line: the pre-trend is projected on and taken off. target weights the
// effects after the reference (Points.Only, Points.Average); level is the coverage.
//
// The interval is the shortest of fixed length: among all estimators that are
// linear in the points and have a bounded bias it minimises the half-length
// cv(bias/SE)·SE, where cv is the quantile of |N(bias/SE, 1)|. The search is exact,
// along the path on which bias is traded for variance.
//
// Errors: ErrInvalid (event times that do not follow each other, a target of
// zeros), ErrTooFew (no event time before the reference, or none after),
// ErrNotFinite, ErrCollinear (a singular covariance). Smoothness panics if m < 0 or
// level is outside (0, 1).
//
// Coverage rests on the points being normal with a known covariance, as they are
// with many units. Not for an outcome that jumps before treatment: see
// RelativeMagnitudes.
//
// Source: Rambachan and Roth (2023), Rev. Econ. Stud. 90:2555-2591; Armstrong and
// Kolesár (2018), Econometrica 86:655-683.
func Smoothness(p Points, target []float64, m, level float64) (Bound, error) {
	stat.CheckLevel(level)
	if !(m >= 0) || math.IsInf(m, 0) {
		panic(fmt.Sprintf("did: smoothness limit %g", m))
	}
	if err := p.check(target); err != nil {
		return Bound{}, fmt.Errorf("smoothness bound: %w", err)
	}
	f := newFrontier(p, target)
	weights, half := f.shortest(m, level)
	value := floats.Dot(weights, p.Value)
	return Bound{Limit: m, Plain: p.plain(target, level), Value: value,
		Interval: stat.Interval{Low: value - half, High: value + half, Level: level}}, nil
}

// SmoothnessBreakdown is the smallest m at which Smoothness no longer excludes 0,
// to six digits. Errors are those of Smoothness.
func SmoothnessBreakdown(p Points, target []float64, level float64) (Breakdown, error) {
	stat.CheckLevel(level)
	if err := p.check(target); err != nil {
		return Breakdown{}, fmt.Errorf("smoothness breakdown: %w", err)
	}
	f := newFrontier(p, target)
	return breakdown(p.plain(target, level).SE/100, 1e-6, func(m float64) (bool, error) {
		weights, half := f.shortest(m, level)
		return math.Abs(floats.Dot(weights, p.Value)) <= half, nil
	})
}

// frontier holds the linear estimators of a target from which no other is better
// in both bias and variance.
//
// With τ the effects and δ the trend, the points are τ + δ. A line through the
// reference adds nothing to the bias if the weights v satisfy Σ v·s = 0 over event
// times s from the reference. The rest of the bias is then Σ wₖ·(δₖ₊₁ − 2δₖ + δₖ₋₁):
// before the reference wₖ is free but for w₀ = Σ target·s; after it the target
// alone decides.
type frontier struct {
	nodes [][]float64 // weights on the points
	bias  []float64   // worst bias of each for m = 1
	cov   mat.Symmetric
}

func newFrontier(p Points, target []float64) frontier {
	before := p.before()
	weights := func(w []float64) []float64 { // of w₀ … on the points
		out := make([]float64, len(p.At))
		at := func(k int) float64 {
			if k < len(w) {
				return w[k]
			}
			return 0
		}
		for s := 1; s <= before; s++ {
			out[before-s] = at(s-1) - 2*at(s) + at(s+1)
		}
		return out
	}
	w, fixed := make([]float64, before), 0.0
	for s, l := range target {
		w[0] += float64(s+1) * l
	}
	for k := 1; k < len(target); k++ {
		var after float64
		for s := k + 1; s <= len(target); s++ {
			after += float64(s-k) * target[s-1]
		}
		fixed += math.Abs(after)
	}
	start := weights(w)
	copy(start[before:], target)
	directions := make([][]float64, before-1)
	for k := range directions {
		unit := make([]float64, before)
		unit[k+1] = 1
		directions[k] = weights(unit)
	}
	return trace(p.Covariance, start, directions, fixed+math.Abs(w[0]))
}

// trace follows start + Σ uₖ·directionₖ from least bias to least variance.
func trace(cov mat.Symmetric, start []float64, directions [][]float64, bias float64) frontier {
	f := frontier{cov: cov}
	n := len(directions)
	if n == 0 {
		return frontier{nodes: [][]float64{start}, bias: []float64{bias}, cov: cov}
	}
	q, c := mat.NewSymDense(n, nil), make([]float64, n)
	for i, d := range directions {
		c[i] = inner(d, cov, start)
		for j := i; j < n; j++ {
			q.SetSym(i, j, inner(d, cov, directions[j]))
		}
	}
	for _, u := range lassoPath(q, c) {
		v := append([]float64(nil), start...)
		for k, x := range u {
			floats.AddScaled(v, x, directions[k])
		}
		f.nodes, f.bias = append(f.nodes, v), append(f.bias, bias+floats.Norm(u, 1))
	}
	return f
}

func inner(a []float64, m mat.Symmetric, b []float64) float64 {
	return mat.Inner(mat.NewVecDense(len(a), a), m, mat.NewVecDense(len(b), b))
}

// shortest finds the weights whose interval is shortest, and its half-length. The
// half-length is convex along the frontier.
func (f frontier) shortest(m, level float64) ([]float64, float64) {
	best, half := f.nodes[0], f.half(f.nodes[0], m*f.bias[0], level)
	for k := 1; k < len(f.nodes); k++ {
		weights, bias := f.along(k, m, level)
		if h := f.half(weights, bias, level); h < half {
			best, half = weights, h
		}
	}
	return best, half
}

// along minimises the half-length between two nodes, by bisection of its slope.
func (f frontier) along(k int, m, level float64) (weights []float64, bias float64) {
	from, step := f.nodes[k-1], floats.SubTo(make([]float64, len(f.nodes[k])), f.nodes[k], f.nodes[k-1])
	constant, linear, square := inner(from, f.cov, from), inner(from, f.cov, step), inner(step, f.cov, step)
	rise := m * (f.bias[k] - f.bias[k-1])
	grows := func(share float64) bool { // σ·cv(b/σ), with cv' the slope of cv
		se := math.Sqrt(math.Max(constant+2*share*linear+share*share*square, 0))
		ratio := (m*f.bias[k-1] + share*rise) / se
		c := foldedQuantile(ratio, level)
		slope := math.Tanh(c * ratio) // (φ(c−b) − φ(c+b)) / (φ(c−b) + φ(c+b))
		return (linear+share*square)/se*(c-ratio*slope)+slope*rise > 0
	}
	low, high := 0.0, 1.0
	if !grows(high) {
		low = high
	}
	for low < high {
		middle := (low + high) / 2
		if middle <= low || middle >= high || high-low < 1e-15 {
			break
		}
		if grows(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	weights = floats.AddScaledTo(make([]float64, len(from)), from, low, step)
	return weights, m*f.bias[k-1] + low*rise
}

// half is the half-length of an interval around weights'estimates with a bias of
// up to bias.
func (f frontier) half(weights []float64, bias, level float64) float64 {
	se := math.Sqrt(inner(weights, f.cov, weights))
	return se * foldedQuantile(bias/se, level)
}

// foldedQuantile is the quantile of |N(mean, 1)| for mean ≥ 0.
func foldedQuantile(mean, level float64) float64 {
	below := func(c float64) float64 { // probability outside [-c, c]
		return distuv.UnitNormal.Survival(c-mean) + distuv.UnitNormal.Survival(c+mean)
	}
	low := mean - distuv.UnitNormal.Quantile(1-level)
	high := mean + stat.Critical(level)
	if mean > 40 {
		return low
	}
	for range 200 {
		middle := (low + high) / 2
		if middle <= low || middle >= high {
			break
		}
		if below(middle) > 1-level {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
