package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// collinearTolerance is the share of a column's length that must be left after
// the earlier columns are taken out of it. Exact combinations leave rounding
// (about 1e-16); a column that leaves less than this has no digits to estimate
// a coefficient from.
const collinearTolerance = 1e-10

// qr is a matrix X as Q·R: Q has orthonormal columns, R is upper triangular.
// It is made by Gram–Schmidt done twice, which is as orthogonal as Householder
// reflections (Giraud, Langou, Rozložník and van den Eshof 2005, Numer. Math.
// 101:87-100) and leaves Q explicit, whose squared row lengths are leverages.
type qr struct {
	q [][]float64 // columns
	r *mat.TriDense
}

// factor overwrites the columns with Q. It returns ErrCollinear, naming the
// first column that depends on those before it.
func factor(cols [][]float64) (qr, error) {
	p := len(cols)
	f := qr{q: cols, r: mat.NewTriDense(p, mat.Upper, nil)}
	for j, column := range cols {
		length := floats.Norm(column, 2)
		for range 2 {
			f.project(j, column)
		}
		left := floats.Norm(column, 2)
		if length == 0 || left <= collinearTolerance*length {
			return qr{}, fmt.Errorf("column %d: %w", j, stat.ErrCollinear)
		}
		f.r.SetTri(j, j, left)
		floats.Scale(1/left, column)
	}
	return f, nil
}

// project takes the first j columns of Q out of column and adds what it took
// to column j of R.
func (f qr) project(j int, column []float64) {
	for k := range j {
		along := floats.Dot(f.q[k], column)
		floats.AddScaled(column, -along, f.q[k])
		f.r.SetTri(k, j, f.r.At(k, j)+along)
	}
}

// regress takes the columns of Q out of y, in place, and returns the
// coefficients of y on X. What is left in y are the residuals.
func (f qr) regress(y []float64) []float64 {
	along := make([]float64, len(f.q))
	for range 2 {
		for k, q := range f.q {
			a := floats.Dot(q, y)
			floats.AddScaled(y, -a, q)
			along[k] += a
		}
	}
	return f.solve(along)
}

// solve returns b with R·b = c.
func (f qr) solve(c []float64) []float64 {
	b := make([]float64, len(c))
	for j := len(c) - 1; j >= 0; j-- {
		b[j] = c[j]
		for k := j + 1; k < len(c); k++ {
			b[j] -= f.r.At(j, k) * b[k]
		}
		b[j] /= f.r.At(j, j)
	}
	return b
}

// wrap returns R⁻¹·m·R⁻ᵀ, which turns a matrix about Q into one about X.
func (f qr) wrap(m *mat.SymDense) *mat.SymDense {
	p := len(f.q)
	half := f.solveColumns(m) // R⁻¹·m
	full := f.solveColumns(half.T())
	out := mat.NewSymDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			out.SetSym(i, j, (full.At(i, j)+full.At(j, i))/2)
		}
	}
	return out
}

func (f qr) solveColumns(m mat.Matrix) *mat.Dense {
	p := len(f.q)
	out := mat.NewDense(p, p, nil)
	for j := range p {
		out.SetCol(j, f.solve(mat.Col(nil, j, m)))
	}
	return out
}

// leverages are the squared row lengths of Q: the diagonal of the hat matrix.
func (f qr) leverages() []float64 {
	h := make([]float64, len(f.q[0]))
	for _, q := range f.q {
		for i, v := range q {
			h[i] += v * v
		}
	}
	for i := range h {
		h[i] = math.Min(h[i], 1)
	}
	return h
}
