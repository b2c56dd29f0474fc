package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// TwoWay is the covariance of the coefficients when rows depend on each other
// that share a label of a (accounts, say) or of b (months): the sum of the
// covariances clustered by each, less that clustered by both together. With CR1
// each of the three has its own factor G/(G−1), as in R's sandwich; for fits
// with absorbed effects, those nested in a or b do not count as parameters. The
// t distribution that goes with it has min(G)−1 degrees of freedom.
//
// It leans on many clusters both ways. Where the difference has a negative
// eigenvalue, that is set to zero, as its authors propose.
//
// Errors: ErrTooFew with fewer than two clusters of either, or for CR1 without
// residual degrees of freedom; ErrInvalid for CR2 and CR3. TwoWay panics when
// labels and rows differ in number.
//
// Source: Cameron, Gelbach and Miller (2011), JBES 29:238-249.
func (s scores) TwoWay(kind CR, a, b []int) (*mat.SymDense, error) {
	if kind != CR0 && kind != CR1 {
		return nil, fmt.Errorf("CR2 and CR3 of two clusterings: %w", stat.ErrInvalid)
	}
	first, groupsA := s.number(a)
	second, groupsB := s.number(b)
	both, groupsBoth := pairs(first, second, groupsB)
	k := s.parameters(CountNested, first, second)
	p := len(s.qr.q)
	sum := mat.NewSymDense(p, nil)
	for _, c := range []struct {
		index  []int
		groups int
		sign   float64
	}{{first, groupsA, 1}, {second, groupsB, 1}, {both, groupsBoth, -1}} {
		if c.groups < 2 {
			return nil, fmt.Errorf("covariance of %d cluster: %w", c.groups, stat.ErrTooFew)
		}
		scale := 1.0
		if kind == CR1 {
			var err error
			if scale, err = s.smallSample(c.groups, k); err != nil {
				return nil, err
			}
		}
		var meat mat.SymDense
		meat.SymOuterK(c.sign*scale, s.clusterSums(c.index, c.groups).T())
		sum.AddSym(sum, &meat)
	}
	return sized(s.qr.wrap(positive(sum)))
}

// pairs numbers the pairs of two numberings.
func pairs(a, b []int, groupsB int) (index []int, groups int) {
	pair, keep := make([]int, len(a)), make([]int, len(a))
	for i := range a {
		pair[i], keep[i] = a[i]*groupsB+b[i], i
	}
	l := label(pair, keep)
	index = make([]int, len(a))
	for i, id := range l.of {
		index[i] = int(id)
	}
	return index, l.levels
}

// positive sets negative eigenvalues to zero.
func positive(m *mat.SymDense) *mat.SymDense {
	var eigen mat.EigenSym
	if !eigen.Factorize(m, true) {
		return m
	}
	values := eigen.Values(nil)
	if values[0] >= -1e-14*math.Abs(values[len(values)-1]) {
		return m
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	out := mat.NewSymDense(len(values), nil)
	for k, value := range values {
		if value > 0 {
			out.SymRankOne(out, value, vectors.ColView(k))
		}
	}
	return out
}
