package series

import (
	"math"
	"slices"
)

// system solves for the inner products of the members of a corral, each with the
// ridge added to its own.
type system interface {
	// add takes point j beside the members; false if it depends on them.
	add(j int, members []int) bool
	// cut keeps the first n members.
	cut(n int)
	// solve applies the inverse to b.
	solve(b []float64, members []int) []float64
}

// lower is a Cholesky factor: the lower triangle, a row at a time.
type lower [][]float64

// leastPivot is the smallest share of a point's squared length, off the span of
// the others, that rounding lets us tell from none.
const leastPivot = 1e-13

// extend adds a row for a symmetric matrix that has grown by cross, whose last
// value is on the diagonal; false if the matrix is singular to rounding.
func (l *lower) extend(cross []float64) bool {
	n := len(*l)
	row := slices.Clone(cross)
	for i, r := range *l {
		row[i] = (row[i] - dot(row[:i], r[:i])) / r[i]
	}
	pivot := row[n] - dot(row[:n], row[:n])
	if pivot <= leastPivot*row[n] {
		return false
	}
	row[n] = math.Sqrt(pivot)
	*l = append(*l, row)
	return true
}

// solve applies the inverse to b, in place.
func (l lower) solve(b []float64) {
	for i, row := range l {
		b[i] = (b[i] - dot(row[:i], b[:i])) / row[i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		b[i] /= l[i][i]
		for k := range i {
			b[k] -= l[i][k] * b[i]
		}
	}
}

// narrow factors the inner products themselves. shift is added to all of them,
// which changes no affine combination and makes them positive definite exactly
// when the points are in general position.
type narrow struct {
	*cloud
	shift  float64
	factor lower
}

func (s *narrow) add(j int, members []int) bool {
	cross := make([]float64, len(members)+1)
	for i, m := range members {
		cross[i] = dot(s.at(j), s.at(m)) + s.shift
	}
	cross[len(members)] = dot(s.at(j), s.at(j)) + s.ridge + s.shift
	return s.factor.extend(cross)
}

func (s *narrow) cut(n int) { s.factor = s.factor[:n] }

func (s *narrow) solve(b []float64, _ []int) []float64 {
	x := slices.Clone(b)
	s.factor.solve(x)
	return x
}

// wideRidge is the least share of the reach at which a ridge makes wide exact
// enough to be refined.
const wideRidge = 1e-6

// wide is for many points of few dimensions under a ridge: the inverse of
// ridge + PᵀP is (1 − Pᵀ(ridge + PPᵀ)⁻¹P) / ridge, whose inner matrix has a row a
// dimension.
type wide struct {
	*cloud
	factor lower // nil until the members stand
}

func (s *wide) add(int, []int) bool { s.factor = nil; return true }

func (s *wide) cut(int) { s.factor = nil }

func (s *wide) solve(b []float64, members []int) []float64 {
	if s.factor == nil {
		s.build(members)
	}
	along := make([]float64, s.dim)
	for i, m := range members {
		for k, p := range s.at(m) {
			along[k] += b[i] * p
		}
	}
	s.factor.solve(along)
	x := make([]float64, len(b))
	for i, m := range members {
		x[i] = (b[i] - dot(s.at(m), along)) / s.ridge
	}
	return x
}

// build factors ridge + PPᵀ over the members.
func (s *wide) build(members []int) {
	outer := make([][]float64, s.dim)
	for k := range outer {
		outer[k] = make([]float64, k+1)
		outer[k][k] = s.ridge
	}
	for _, m := range members {
		p := s.at(m)
		for k, row := range outer {
			for l := range row {
				row[l] += p[k] * p[l]
			}
		}
	}
	for _, row := range outer {
		s.factor.extend(row)
	}
}
