package regression

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// exact is a factorisation in double-double arithmetic, for small designs whose
// columns nearly depend on each other: the digits that the condition number
// costs are then digits that double-double has to spare.
type exact struct {
	q [][]double
	r [][]double // r[j][k], k ≤ j: coefficient of q[k] in column j
}

// factorExact returns ErrCollinear, naming the column, when less than
// exactTolerance of a column is left: what rounding of the data leaves.
func factorExact(cols [][]float64) (*exact, error) {
	e := &exact{}
	for j, column := range cols {
		v := make([]double, len(column))
		for i, x := range column {
			v[i] = double{x, 0}
		}
		length := innerExact(v, v).root()
		along := e.project(v)
		left := innerExact(v, v).root()
		if !(left.hi > exactTolerance*length.hi) {
			return nil, fmt.Errorf("column %d: %w", j, stat.ErrCollinear)
		}
		for i := range v {
			v[i] = v[i].over(left)
		}
		e.q, e.r = append(e.q, v), append(e.r, append(along, left))
	}
	return e, nil
}

// project takes the columns of Q out of v and returns what it took.
func (e *exact) project(v []double) []double {
	along := make([]double, 0, len(e.q)+1)
	for _, q := range e.q {
		a := innerExact(q, v)
		for i := range v {
			v[i] = v[i].minus(a.times(q[i]))
		}
		along = append(along, a)
	}
	return along
}

func innerExact(a, b []double) double {
	var s double
	for i := range a {
		s = s.plus(a[i].times(b[i]))
	}
	return s
}

// regress is qr.regress: coefficients out, residuals left in y.
func (e *exact) regress(y []float64) []float64 {
	v := make([]double, len(y))
	for i, x := range y {
		v[i] = double{x, 0}
	}
	b := e.solve(e.project(v))
	for i := range v {
		y[i] = v[i].value()
	}
	return values(b)
}

func values(v []double) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		out[i] = x.value()
	}
	return out
}

func (e *exact) solve(c []double) []double {
	b := make([]double, len(c))
	for j := len(c) - 1; j >= 0; j-- {
		b[j] = c[j]
		for k := j + 1; k < len(c); k++ {
			b[j] = b[j].minus(e.r[k][j].times(b[k]))
		}
		b[j] = b[j].over(e.r[j][j])
	}
	return b
}

// round gives the factorisation in float64: every number correctly rounded, or
// nearly so, which the plain algorithm cannot promise.
func (e *exact) round() qr {
	p := len(e.q)
	f := qr{q: make([][]float64, p), r: mat.NewTriDense(p, mat.Upper, nil), inverse: mat.NewTriDense(p, mat.Upper, nil), exact: e}
	for j := range p {
		f.q[j] = values(e.q[j])
		unit := make([]double, p)
		unit[j] = double{1, 0}
		for k, x := range e.solve(unit)[:j+1] {
			f.r.SetTri(k, j, e.r[j][k].value())
			f.inverse.SetTri(k, j, x.value())
		}
	}
	return f
}
