package regression

import (
	"errors"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

const (
	// collinearTolerance is the share of a column's length that must be left after
	// the earlier columns are taken out of it. Exact combinations leave rounding
	// (about 1e-16); a column that leaves less than this has no digits to estimate
	// a coefficient from.
	collinearTolerance = 1e-10
	// exactTolerance is the same where double-double arithmetic keeps the digits.
	exactTolerance = 1e-12
	// nearlyCollinear is the share below which a small design is factored in
	// double-double arithmetic, and a large one with care.
	nearlyCollinear = 1e-2
	// exactWork is the most rows × columns² that double-double arithmetic takes on:
	// about 10 ms.
	exactWork = 1 << 19
)

// qr is a matrix X as Q·R: Q has orthonormal columns, R is upper triangular.
// Q is explicit: its squared row lengths are leverages.
type qr struct {
	q       [][]float64 // columns
	r       *mat.TriDense
	inverse *mat.TriDense // R⁻¹
	exact   *exact        // nil unless columns nearly depend on each other
}

// factor overwrites the columns with Q. It returns ErrCollinear, naming the
// first column that depends on those before it.
//
// Many rows take the way of two Cholesky factorisations, which is parallel and
// as accurate when no column nearly depends on others (Yamamoto, Nakatsukasa,
// Yanagisawa and Fukaya 2015, ETNA 44:306-326). Others take Gram–Schmidt done
// twice, which is as orthogonal as Householder reflections (Giraud, Langou,
// Rozložník and van den Eshof 2005, Numer. Math. 101:87-100), and small designs
// with such columns are done again in double-double arithmetic.
func factor(cols [][]float64) (qr, error) {
	p := len(cols)
	rows := len(cols[0])
	if rows >= parallelRows {
		if f, ok := choleskyTwice(cols); ok {
			return f, nil
		}
	}
	if rows*p*p > exactWork {
		return gramSchmidt(cols)
	}
	original := make([][]float64, p)
	for j, c := range cols {
		original[j] = append([]float64(nil), c...)
	}
	f, err := gramSchmidt(cols)
	if err == nil && f.leastShare() > nearlyCollinear || errors.Is(err, stat.ErrNotFinite) {
		return f, err
	}
	e, err := factorExact(original)
	if err != nil {
		return qr{}, err
	}
	return e.round(), nil
}

// leastShare is the least share of a column's length that is left after the
// columns before it are taken out.
func (f qr) leastShare() float64 {
	least := 1.0
	for j := range f.q {
		var length float64
		for k := range j + 1 {
			length = math.Hypot(length, f.r.At(k, j))
		}
		least = math.Min(least, f.r.At(j, j)/length)
	}
	return least
}

func gramSchmidt(cols [][]float64) (qr, error) {
	p := len(cols)
	f := qr{q: cols, r: mat.NewTriDense(p, mat.Upper, nil)}
	for j, column := range cols {
		length := math.Sqrt(dot(column, column))
		for range 2 {
			for k := range j {
				along := dot(f.q[k], column)
				addScaled(column, -along, f.q[k])
				f.r.SetTri(k, j, f.r.At(k, j)+along)
			}
		}
		left := math.Sqrt(dot(column, column))
		if !finite(length) {
			return qr{}, fmt.Errorf("column %d is too large: %w", j, stat.ErrNotFinite)
		}
		if !(left > collinearTolerance*length) {
			return qr{}, fmt.Errorf("column %d: %w", j, stat.ErrCollinear)
		}
		f.r.SetTri(j, j, left)
		for i := range column {
			column[i] /= left
		}
	}
	f.invert()
	return f, nil
}

// choleskyTwice factors well-conditioned columns; for others it leaves them as
// they are and says no.
func choleskyTwice(cols [][]float64) (qr, bool) {
	p := len(cols)
	first, ok := upper(gram(cols), p, nearlyCollinear)
	if !ok {
		return qr{}, false
	}
	divide(cols, first)
	second, ok := upper(gram(cols), p, 0.5)
	if !ok { // cannot be: the columns are orthonormal to about 1e-12
		multiply(cols, first)
		return qr{}, false
	}
	divide(cols, second)
	f := qr{q: cols, r: mat.NewTriDense(p, mat.Upper, nil)}
	f.r.MulTri(second, first)
	f.invert()
	return f, true
}

// gram is XᵀX, upper half, row-major.
func gram(cols [][]float64) []float64 {
	p := len(cols)
	return sumBlocks(len(cols[0]), p*p, func(sums []float64, low, high int) {
		for a, col := range cols {
			for b := a; b < p; b++ {
				sums[a*p+b] = dot(col[low:high], cols[b][low:high])
			}
		}
	})
}

// upper is the Cholesky factor R of a Gram matrix, RᵀR, unless a column leaves
// less than the least share of its length.
func upper(gram []float64, p int, least float64) (*mat.TriDense, bool) {
	r := mat.NewTriDense(p, mat.Upper, nil)
	for j := range p {
		for i := range j + 1 {
			s := gram[i*p+j]
			for k := range i {
				s -= r.At(k, i) * r.At(k, j)
			}
			if i < j {
				r.SetTri(i, j, s/r.At(i, i))
				continue
			}
			if length := gram[j*p+j]; !(length > 0 && s > least*least*length) || math.IsInf(length, 0) {
				return nil, false
			}
			r.SetTri(j, j, math.Sqrt(s))
		}
	}
	return r, true
}

// divide overwrites X with X·R⁻¹.
func divide(cols [][]float64, r *mat.TriDense) {
	inBlocks(len(cols[0]), func(_, low, high int) {
		for j, column := range cols {
			part := column[low:high]
			for k := range j {
				addScaled(part, -r.At(k, j), cols[k][low:high])
			}
			scale := 1 / r.At(j, j)
			for i := range part {
				part[i] *= scale
			}
		}
	})
}

// multiply overwrites X with X·R.
func multiply(cols [][]float64, r *mat.TriDense) {
	for j := len(cols) - 1; j >= 0; j-- {
		for i := range cols[j] {
			cols[j][i] *= r.At(j, j)
		}
		for k := range j {
			addScaled(cols[j], r.At(k, j), cols[k])
		}
	}
}

func (f *qr) invert() {
	p := len(f.q)
	f.inverse = mat.NewTriDense(p, mat.Upper, nil)
	unit := make([]float64, p)
	for j := range p {
		clear(unit)
		unit[j] = 1
		for k, x := range f.solve(unit)[:j+1] {
			f.inverse.SetTri(k, j, x)
		}
	}
}

// regress takes the columns of Q out of y, in place, and returns the
// coefficients of y on X. What is left in y are the residuals.
func (f qr) regress(y []float64) []float64 {
	if f.exact != nil {
		return f.exact.regress(y)
	}
	along := make([]float64, len(f.q))
	for range 2 {
		part := f.inner(y)
		inBlocks(len(y), func(_, low, high int) {
			for k, q := range f.q {
				addScaled(y[low:high], -part[k], q[low:high])
			}
		})
		for k, a := range part {
			along[k] += a
		}
	}
	return f.solve(along)
}

// inner is Qᵀy.
func (f qr) inner(y []float64) []float64 {
	return sumBlocks(len(y), len(f.q), func(sums []float64, low, high int) {
		for k, q := range f.q {
			sums[k] = dot(q[low:high], y[low:high])
		}
	})
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
func (f qr) wrap(m mat.Symmetric) *mat.SymDense {
	p := len(f.q)
	var half, full mat.Dense
	half.Mul(f.inverse, m)
	full.Mul(&half, f.inverse.T())
	out := mat.NewSymDense(p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			out.SetSym(i, j, (full.At(i, j)+full.At(j, i))/2)
		}
	}
	return out
}

// sized gives a covariance on, or ErrNotFinite when its numbers have no float64.
func sized(cov *mat.SymDense) (*mat.SymDense, error) {
	for _, v := range cov.RawSymmetric().Data {
		if !finite(v) {
			return nil, fmt.Errorf("covariance: values are too large or too small: %w", stat.ErrNotFinite)
		}
	}
	return cov, nil
}

// mustBeFinite is the same for numbers of a fit.
func mustBeFinite(numbers ...float64) error {
	for _, v := range numbers {
		if !finite(v) {
			return fmt.Errorf("values are too large or too small: %w", stat.ErrNotFinite)
		}
	}
	return nil
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
