package regression

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Satterthwaite gives each coefficient the degrees of freedom of the t
// distribution that its CR2 standard error has, if errors are equal and
// independent: twice the squared mean of the variance estimate over its
// variance. They may be far fewer than the clusters, when clusters differ in
// size or few of them hold what the coefficient rests on.
//
// Errors: those of Clustered for CR2.
// Source: Bell and McCaffrey (2002), Survey Methodology 28:169-181; Imbens and
// Kolesár (2016), Rev. Econ. Stat. 98:701-712.
func (s scores) Satterthwaite(cluster []int) ([]float64, error) {
	index, groups, err := s.adjustable(CR2, cluster)
	if err != nil {
		return nil, err
	}
	p := len(s.qr.q)
	spreads := make([]*spread, p)
	for j := range spreads {
		spreads[j] = newSpread(newAdjuster(s).j, [][]float64{mat.Row(nil, j, s.qr.inverse)})
	}
	s.spreads(index, groups, spreads)
	df := make([]float64, p)
	for j, sp := range spreads {
		mean := sp.mean(0, 0)
		df[j] = 2 * mean * mean / sp.variance(0, 0)
	}
	if err := mustBeFinite(df...); err != nil {
		return nil, fmt.Errorf("degrees of freedom: %w", err)
	}
	return df, nil
}

// spreads passes every cluster by all of the spreads.
func (s scores) spreads(index []int, groups int, all []*spread) {
	adjust := newAdjuster(s)
	for _, rows := range grouped(index, groups) {
		c := adjust.cluster(rows)
		for _, sp := range all {
			sp.add(c)
		}
	}
}

// spread gathers the mean and the variance, if errors are equal and
// independent, of the CR2 covariance V of some contrasts. A contrast s is given
// about Q. In V(s,t) = Σ over clusters g of (p(s,g)·ε)(p(t,g)·ε) the vectors p
// have inner products
//
//	p(s,g)·p(t,h) = own(s,t,g)·[g=h] + u(s,g)ᵀ·J·u(t,h)
//
// so that sums over pairs of clusters come from U(s,t) = Σ u(s,g)·u(t,g)ᵀ.
type spread struct {
	j         *mat.Dense
	contrasts []*mat.VecDense
	outer     [][]*mat.Dense // U(s,t)
	own       [][]float64    // Σ own(s,t,g)
	plain     [][]float64    // Σ own(s,s,g)·own(t,t,g)
	squares   [][]float64    // Σ own(s,t,g)²
	mixed     [][]float64    // Σ own(s,s,g)·k(t,t,g) + own(t,t,g)·k(s,s,g), k = uᵀJu
	crossed   [][]float64    // Σ own(s,t,g)·(k(s,t,g) + k(t,s,g))
}

func newSpread(j *mat.Dense, contrasts [][]float64) *spread {
	q := len(contrasts)
	table := func() [][]float64 {
		t := make([][]float64, q)
		for i := range t {
			t[i] = make([]float64, q)
		}
		return t
	}
	sp := &spread{j: j, own: table(), plain: table(), squares: table(), mixed: table(), crossed: table()}
	size, _ := j.Dims()
	for _, c := range contrasts {
		sp.contrasts = append(sp.contrasts, mat.NewVecDense(len(c), c))
		row := make([]*mat.Dense, q)
		for t := range row {
			row[t] = mat.NewDense(size, size, nil)
		}
		sp.outer = append(sp.outer, row)
	}
	return sp
}

func (sp *spread) add(c adjusted) {
	q := len(sp.contrasts)
	u, ju, own := make([]*mat.VecDense, q), make([]*mat.VecDense, q), make([]*mat.VecDense, q)
	for s, v := range sp.contrasts {
		u[s], ju[s], own[s] = &mat.VecDense{}, &mat.VecDense{}, &mat.VecDense{}
		u[s].MulVec(c.image, v)
		ju[s].MulVec(sp.j, u[s])
		own[s].MulVec(c.own, v)
	}
	at := func(s, t int) float64 { return mat.Dot(own[s], sp.contrasts[t]) }
	k := func(s, t int) float64 { return mat.Dot(u[s], ju[t]) }
	for s := range q {
		for t := range q {
			sp.own[s][t] += at(s, t)
			sp.plain[s][t] += at(s, s) * at(t, t)
			sp.squares[s][t] += at(s, t) * at(s, t)
			sp.mixed[s][t] += at(s, s)*k(t, t) + at(t, t)*k(s, s)
			sp.crossed[s][t] += at(s, t) * (k(s, t) + k(t, s))
			sp.outer[s][t].RankOne(sp.outer[s][t], 1, u[s], u[t])
		}
	}
}

// mean is the mean of V(s,t) over the error variance.
func (sp *spread) mean(s, t int) float64 {
	var ju mat.Dense
	ju.Mul(sp.j, sp.outer[t][s])
	return sp.own[s][t] + mat.Trace(&ju)
}

// variance is the variance of V(s,t) over the squared error variance.
func (sp *spread) variance(s, t int) float64 {
	straight := sp.plain[s][t] + sp.mixed[s][t] + sp.trace(sp.outer[s][t], sp.outer[t][s])
	across := sp.squares[s][t] + sp.crossed[s][t] + sp.trace(sp.outer[t][s], sp.outer[t][s])
	return straight + across
}

// trace is tr(J·a·J·b).
func (sp *spread) trace(a, b *mat.Dense) float64 {
	var ja, jb, both mat.Dense
	ja.Mul(sp.j, a)
	jb.Mul(sp.j, b)
	both.Mul(&ja, &jb)
	return mat.Trace(&both)
}
