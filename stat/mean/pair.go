package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// PairMoments are the sufficient statistics of a ratio of sums over N units,
// each with a numerator num and a denominator den (tickets and months of one
// account). Means and *central* second moments with divisor N-1 are used,
// because raw sums of squares lose all digits when values are large beside
// their spread. In SQL: count(*), avg(num), avg(den), var_samp(num),
// var_samp(den), covar_samp(num, den). One row is one unit: sum the rows of a
// unit before. For N = 1 the second moments (NULL in SQL) are 0.
type PairMoments struct {
	N                   int
	MeanNum, MeanDen    float64
	VarNum, VarDen, Cov float64
}

// Pairs computes the moments of num and den, one element a unit.
//
// Errors: ErrTooFew if there are no units, ErrNotFinite if a value is NaN or
// infinite or a sum overflows. Pairs panics if the slices differ in length.
func Pairs(num, den []float64) (PairMoments, error) {
	if len(num) != len(den) {
		panic(fmt.Sprintf("mean: %d numerators with %d denominators", len(num), len(den)))
	}
	n, err := summary.Of(num)
	if err != nil {
		return PairMoments{}, fmt.Errorf("numerators: %w", err)
	}
	d, err := summary.Of(den)
	if err != nil {
		return PairMoments{}, fmt.Errorf("denominators: %w", err)
	}
	m := PairMoments{N: n.N, MeanNum: n.Mean, MeanDen: d.Mean, VarNum: n.Var, VarDen: d.Var}
	if n.N > 1 {
		products := make([]float64, len(num))
		for i := range num {
			products[i] = (num[i] - n.Mean) * (den[i] - d.Mean)
		}
		m.Cov = summary.Sum(products) / float64(n.N-1)
	}
	return m, nil
}

// MergePairs gives the moments of the union of two disjoint sets of units, as
// when shards or segments are added up. Either may be empty (N = 0).
func MergePairs(a, b PairMoments) PairMoments {
	num := summary.Merge(summary.Moments{N: a.N, Mean: a.MeanNum, Var: a.VarNum}, summary.Moments{N: b.N, Mean: b.MeanNum, Var: b.VarNum})
	den := summary.Merge(summary.Moments{N: a.N, Mean: a.MeanDen, Var: a.VarDen}, summary.Moments{N: b.N, Mean: b.MeanDen, Var: b.VarDen})
	m := PairMoments{N: num.N, MeanNum: num.Mean, MeanDen: den.Mean, VarNum: num.Var, VarDen: den.Var, Cov: a.Cov + b.Cov}
	if a.N > 0 && b.N > 0 {
		na, nb := float64(a.N), float64(b.N)
		between := (b.MeanNum - a.MeanNum) * (b.MeanDen - a.MeanDen) * na * nb / (na + nb)
		m.Cov = (a.Cov*(na-1) + b.Cov*(nb-1) + between) / (na + nb - 1)
	}
	return m
}

// ratio is Σnum/Σden with the variance of its linearisation.
type ratio struct {
	value, variance float64
	n               int
}

// linearise gives the ratio of m and the variance of its first-order
// expansion, s²/(N × MeanDen²), where s² is the variance (divisor N-1) over
// units of num - ratio × den. A variance that is rounding noise counts as 0.
func linearise(m PairMoments) (ratio, error) {
	if err := checkPairs(m); err != nil {
		return ratio{}, err
	}
	r := ratio{value: m.MeanNum / m.MeanDen, n: m.N}
	scale := m.VarNum + r.value*r.value*m.VarDen
	s2 := scale - 2*r.value*m.Cov
	if s2 > 1e-13*scale {
		r.variance = s2 / float64(m.N) / (m.MeanDen * m.MeanDen)
	}
	if math.IsInf(r.value, 0) || math.IsInf(r.variance, 0) || math.IsNaN(r.variance) {
		return ratio{}, fmt.Errorf("ratio overflows: %w", stat.ErrNotFinite)
	}
	return r, nil
}

func checkPairs(m PairMoments) error {
	for _, v := range []float64{m.MeanNum, m.MeanDen, m.VarNum, m.VarDen, m.Cov} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("moments %+v: %w", m, stat.ErrNotFinite)
		}
	}
	switch {
	case m.N < 1:
		return fmt.Errorf("ratio over %d units: %w", m.N, stat.ErrTooFew)
	case m.VarNum < 0 || m.VarDen < 0:
		return fmt.Errorf("negative variance in %+v: %w", m, stat.ErrInvalid)
	case m.MeanDen == 0:
		return fmt.Errorf("ratio of %d units whose denominators sum to zero: %w", m.N, stat.ErrTooFew)
	case m.MeanDen < 0:
		return fmt.Errorf("denominators with mean %v: %w", m.MeanDen, stat.ErrInvalid)
	}
	return nil
}
