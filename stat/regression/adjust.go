package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// adjuster makes the adjustment of Bell and McCaffrey cluster by cluster. Write
// F for the rows of X·R⁻¹ of a cluster and L for those times their weights: the
// residuals of the cluster have, if errors are equal and independent, the
// covariance B = I + E·J·Eᵀ, where
//
//	without weights  E = F,      J = −I
//	with weights     E = [F L],  J = [N −I; −I 0],  N = Σ FᵀW²F over all clusters.
//
// CR2 multiplies residuals by B^(−½), the symmetric root. B differs from I by a
// matrix of low rank, so that all work is in the few dimensions that E spans.
//
// Source: Bell and McCaffrey (2002), Survey Methodology 28:169-181; Pustejovsky
// and Tipton (2018), JBES 36:672-683.
type adjuster struct {
	s      scores
	j      *mat.Dense
	spread bool // with weights
}

// singular is the eigenvalue of B that counts as zero.
const singular = 1e-10

func newAdjuster(s scores) *adjuster {
	p := len(s.qr.q)
	a := &adjuster{s: s, spread: s.weights != nil}
	if !a.spread {
		a.j = mat.NewDense(p, p, nil)
		for k := range p {
			a.j.Set(k, k, -1)
		}
		return a
	}
	a.j = mat.NewDense(2*p, 2*p, nil)
	n := s.weighted(s.weights, 1) // FᵀW²F = Qᵀ·W·Q
	for k := range p {
		a.j.Set(k, p+k, -1)
		a.j.Set(p+k, k, -1)
		for l := range p {
			a.j.Set(k, l, n.At(k, l))
		}
	}
	return a
}

// adjusted is what a cluster adds: with A = B^(−½),
type adjusted struct {
	score []float64  // (A·L)ᵀ·residuals
	own   *mat.Dense // (A·L)ᵀ(A·L), p × p
	image *mat.Dense // Eᵀ·A·L, columns of E × p
}

// cluster adjusts the rows of one cluster.
func (a *adjuster) cluster(rows []int) adjusted {
	e, resid := a.columns(rows)
	basis, t := span(e)
	dim, width := t.Dims()
	var half, b mat.Dense
	half.Mul(t, a.j)
	b.Mul(&half, t.T())
	sym := mat.NewSymDense(dim, nil)
	for i := range dim {
		for k := i; k < dim; k++ {
			sym.SetSym(i, k, (b.At(i, k)+b.At(k, i))/2)
		}
		sym.SetSym(i, i, sym.At(i, i)+1)
	}
	root := inverseRoot(sym)
	p := len(a.s.qr.q)
	var al, own, image mat.Dense
	al.Mul(root, t.Slice(0, dim, width-p, width)) // L is the last p columns of E
	own.Mul(al.T(), &al)
	image.Mul(t.T(), &al)
	out := adjusted{score: make([]float64, p), own: &own, image: &image}
	for k, u := range basis {
		along := dot(u, resid)
		for j := range p {
			out.score[j] += al.At(k, j) * along
		}
	}
	return out
}

// columns are E and the unweighted residuals of the rows.
func (a *adjuster) columns(rows []int) (e [][]float64, resid []float64) {
	resid = pick(a.s.resid, rows)
	var last [][]float64
	for _, q := range a.s.qr.q {
		f := pick(q, rows)
		if a.spread {
			l := make([]float64, len(rows))
			for k, i := range rows {
				root := math.Sqrt(a.s.weights[i])
				l[k] = f[k] * root
				f[k] /= root
			}
			last = append(last, l)
		}
		e = append(e, f)
	}
	if a.spread {
		for k, i := range rows {
			resid[k] /= math.Sqrt(a.s.weights[i])
		}
	}
	return append(e, last...), resid
}

// span gives an orthonormal basis of the columns and their coordinates in it.
func span(columns [][]float64) (basis [][]float64, t *mat.Dense) {
	along := make([][]float64, len(columns))
	for j, c := range columns {
		v := append([]float64(nil), c...)
		length := math.Sqrt(dot(v, v))
		along[j] = make([]float64, len(basis), len(columns))
		for range 2 {
			for k, u := range basis {
				a := dot(u, v)
				addScaled(v, -a, u)
				along[j][k] += a
			}
		}
		left := math.Sqrt(dot(v, v))
		if left <= 1e-12*length || left == 0 || len(basis) == len(c) {
			continue
		}
		for i := range v {
			v[i] /= left
		}
		basis, along[j] = append(basis, v), append(along[j], left)
	}
	t = mat.NewDense(max(1, len(basis)), len(columns), nil)
	for j, a := range along {
		for k, x := range a {
			t.Set(k, j, x)
		}
	}
	return basis, t
}

// inverseRoot is m^(−½), where directions without variance stay without.
func inverseRoot(m *mat.SymDense) *mat.Dense {
	n := m.SymmetricDim()
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		panic("regression: no eigenvalues of a finite symmetric matrix")
	}
	var vectors, scaled, out mat.Dense
	eigen.VectorsTo(&vectors)
	scaled.CloneFrom(&vectors)
	for k, value := range eigen.Values(nil) {
		factor := 0.0
		if value > singular {
			factor = 1 / math.Sqrt(value)
		}
		for i := range n {
			scaled.Set(i, k, factor*vectors.At(i, k))
		}
	}
	out.Mul(&scaled, vectors.T())
	return &out
}

// adjustable numbers the clusters and refuses what CR2 and CR3 cannot do.
func (s scores) adjustable(kind CR, cluster []int) (index []int, groups int, err error) {
	switch {
	case kind == CR2 && s.kind == likelihood:
		return nil, 0, fmt.Errorf("CR2 is for least squares, take CR3: %w", stat.ErrInvalid)
	case s.kind == instrumented:
		return nil, 0, fmt.Errorf("CR2 and CR3 with instruments: %w", stat.ErrInvalid)
	}
	index, groups = s.number(cluster)
	if groups < 2 {
		return nil, 0, fmt.Errorf("covariance of %d cluster: %w", groups, stat.ErrTooFew)
	}
	for k, f := range s.effects {
		if !f.nestedIn(index) {
			return nil, 0, fmt.Errorf("CR2 and CR3 with factor %d absorbed, which is not nested in the clusters: %w", k, stat.ErrInvalid)
		}
	}
	return index, groups, nil
}

// adjustedSums are the scores of each cluster for CR2 or CR3.
func (s scores) adjustedSums(kind CR, index []int, groups int, cluster []int) (*mat.Dense, error) {
	sums := mat.NewDense(groups, len(s.qr.q), nil)
	adjust := newAdjuster(s)
	for g, rows := range grouped(index, groups) {
		if kind == CR2 {
			sums.SetRow(g, adjust.cluster(rows).score)
			continue
		}
		score, ok := s.jackknife(rows)
		if !ok {
			return nil, fmt.Errorf("a coefficient cannot be estimated without cluster %d: %w", cluster[s.keep[rows[0]]], stat.ErrInvalid)
		}
		sums.SetRow(g, score)
	}
	return sums, nil
}

// jackknife is (I − QᵀQ)⁻¹Qᵀe of a cluster's rows: R times the change of the
// coefficients when the cluster is left out.
func (s scores) jackknife(rows []int) ([]float64, bool) {
	p := len(s.qr.q)
	left := mat.NewSymDense(p, nil)
	score := mat.NewVecDense(p, nil)
	part := make([][]float64, p)
	resid := pick(s.resid, rows)
	for a, q := range s.qr.q {
		part[a] = pick(q, rows)
		score.SetVec(a, dot(part[a], resid))
	}
	for a := range p {
		for b := a; b < p; b++ {
			left.SetSym(a, b, -dot(part[a], part[b]))
		}
		left.SetSym(a, a, left.At(a, a)+1)
	}
	var chol mat.Cholesky
	if !chol.Factorize(left) || chol.Cond() > 1/singular {
		return nil, false
	}
	var out mat.VecDense
	if err := chol.SolveVecTo(&out, score); err != nil {
		return nil, false
	}
	return out.RawVector().Data, true
}
