package did

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// inequalities tests whether a value θ of the target fits a set of trends
// {δ : A·δ ≤ 0}, with the effects that the target leaves open as nuisance.
//
// Under θ, E[y − θ·slope] ≤ X·τ for some τ. The statistic is the least η with
// y − θ·slope − X·τ ≤ η·sd for some τ, which by duality is the largest
// γ·(y − θ·slope) over γ ≥ 0 with γ·X = 0 and γ·sd = 1. Given the vertex γ and what
// is independent of the statistic, the statistic is normal with mean at most 0, cut
// off at the values at which another vertex would have won. The hybrid first
// rejects what exceeds the least favourable quantile.
//
// Source: Andrews, Roth and Pakes (2023), Rev. Econ. Stud. 90:2763-2791; with
// these sets, Rambachan and Roth (2023), Rev. Econ. Stud. 90:2555-2591.
type inequalities struct {
	y, slope []float64
	cov      *mat.SymDense // of y
	root     *mat.Dense    // A·L with L·Lᵀ the covariance of the points
	dual     *program
	hybrid   float64 // least favourable quantile; +Inf: no first stage
	size     float64 // of the second stage

	gamma, best, pull, rest, moved []float64
}

// newInequalities makes the test of A·δ ≤ 0, where a is A over all points, of which
// those from before on are after the reference. ok is false if it has no vertex.
func newInequalities(a [][]float64, p Points, target []float64) (*inequalities, bool) {
	rows, before := len(a), p.before()
	full := mat.NewDense(rows, len(p.At), nil)
	for i, row := range a {
		full.SetRow(i, row)
	}
	q := &inequalities{y: make([]float64, rows), slope: make([]float64, rows), hybrid: math.Inf(1)}
	for i, row := range a {
		q.y[i] = floats.Dot(row, p.Value)
		q.slope[i] = floats.Dot(row[before:], target) / floats.Dot(target, target)
	}
	var chol mat.Cholesky
	chol.Factorize(p.Covariance)
	var lower mat.TriDense
	chol.LTo(&lower)
	q.root = mat.NewDense(rows, len(p.At), nil)
	q.root.Mul(full, &lower)
	q.cov = mat.NewSymDense(rows, nil)
	q.cov.SymOuterK(1, q.root)
	q.gamma, q.best = make([]float64, rows), make([]float64, rows)
	q.pull, q.rest, q.moved = make([]float64, rows), make([]float64, rows), make([]float64, rows)
	constraints := [][]float64{make([]float64, rows)}
	for i := range rows {
		constraints[0][i] = math.Sqrt(q.cov.At(i, i))
	}
	for _, direction := range complement(target) {
		column := make([]float64, rows)
		for i, row := range a {
			column[i] = floats.Dot(row[before:], direction)
		}
		constraints = append(constraints, column)
	}
	right := make([]float64, len(constraints))
	right[0] = 1
	var ok bool
	q.dual, ok = newProgram(constraints, right)
	return q, ok
}

// complement spans the vectors orthogonal to v (Householder's reflection of v onto
// an axis carries the other axes there).
func complement(v []float64) [][]float64 {
	n := len(v)
	h := slices.Clone(v)
	h[0] += sgn(v[0]) * floats.Norm(v, 2)
	square := floats.Dot(h, h)
	out := make([][]float64, 0, n-1)
	for k := 1; k < n; k++ {
		axis := make([]float64, n)
		axis[k] = 1
		floats.AddScaled(axis, -2*h[k]/square, h)
		out = append(out, axis)
	}
	return out
}

// settle sets the size of the test, of which a tenth goes to the first stage. The
// quantile of the first stage is drawn, in pairs of opposite sign, so that mirrored
// data have the mirrored interval.
func (q *inequalities) settle(level float64, draws int, rng *rand.Rand) {
	first := (1 - level) / 10
	q.size = (1 - level - first) / (1 - first)
	normal, y := make([]float64, q.root.RawMatrix().Cols), make([]float64, len(q.y))
	statistics := make([]float64, draws)
	for k := range statistics {
		for i := range normal {
			if normal[i] = -normal[i]; k%2 == 0 {
				normal[i] = rng.NormFloat64()
			}
		}
		for i := range y {
			y[i] = floats.Dot(q.root.RawRowView(i), normal)
		}
		statistics[k] = q.dual.maximise(y, q.gamma)
	}
	slices.Sort(statistics)
	q.hybrid = quantile(statistics, 1-first)
}

// rejects tests a value of the target.
func (q *inequalities) rejects(theta float64) bool {
	copy(q.moved, q.y)
	floats.AddScaled(q.moved, -theta, q.slope)
	eta := q.dual.maximise(q.moved, q.best)
	if eta > q.hybrid {
		return true
	}
	gamma := mat.NewVecDense(len(q.best), q.best)
	pull := mat.NewVecDense(len(q.pull), q.pull)
	pull.MulVec(q.cov, gamma)
	variance := mat.Dot(gamma, pull)
	if eta <= 1e-12 || variance <= 1e-24 { // sd are 1 in the unit of η
		return eta > 1e-9 && variance <= 1e-24
	}
	floats.Scale(1/variance, q.pull)
	copy(q.rest, q.moved)
	floats.AddScaled(q.rest, -eta, q.pull)
	sd := math.Sqrt(variance)
	high := eta + 60*sd
	low, capped := eta-60*sd, math.Min(high, q.hybrid)
	return truncatedTail(eta/sd, q.reach(low, eta)/sd, q.reach(capped, eta)/sd) < q.size
}

// reach is how far from eta towards z the vertex stays the best one: z itself, or
// where another takes over. Each step intersects with the vertex that is better at
// z, so that z moves in from outside and ends after finitely many.
func (q *inequalities) reach(z, eta float64) float64 {
	y := q.moved
	for range 200 {
		for i := range y {
			y[i] = q.rest[i] + z*q.pull[i]
		}
		value := q.dual.maximise(y, q.gamma)
		if value-z <= 1e-10*(1+math.Abs(z)) {
			return z
		}
		level, slope := floats.Dot(q.gamma, q.rest), floats.Dot(q.gamma, q.pull)
		next := level / (1 - slope)
		if (next-z)*(eta-z) <= 0 || math.Abs(next-z) <= 1e-13*(1+math.Abs(z)) {
			return z
		}
		if (next-eta)*(z-eta) < 0 { // rounding carried it past
			return eta
		}
		z = next
	}
	return z
}

// truncatedTail is P(Z ≥ x | low ≤ Z ≤ high) for standard normal Z and x > 0.
func truncatedTail(x, low, high float64) float64 {
	if x >= high {
		return 0
	}
	if low >= x {
		return 1
	}
	base := logSurvival(x)
	top := 1 - math.Exp(logSurvival(high)-base)
	if low < 0 {
		whole := 0.5*math.Erfc(low/math.Sqrt2) - 0.5*math.Erfc(high/math.Sqrt2)
		return math.Exp(base) * top / whole
	}
	return top / (math.Exp(logSurvival(low)-base) - math.Exp(logSurvival(high)-base))
}

// logSurvival is log P(Z > x).
func logSurvival(x float64) float64 {
	if x < 30 {
		return math.Log(0.5 * math.Erfc(x/math.Sqrt2))
	}
	// Mills' ratio: (1/x)(1 − 1/x² + 3/x⁴ − 15/x⁶)
	s := 1 / (x * x)
	return -x*x/2 - math.Log(x*math.Sqrt(2*math.Pi)) + math.Log1p(-s*(1-3*s*(1-5*s)))
}
