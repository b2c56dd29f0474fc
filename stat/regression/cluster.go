package regression

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// CR names a covariance that stays right when rows of the same cluster are
// dependent. CR0 and CR1 lean on many clusters: with fewer than about 30, or
// clusters of very unequal size, their intervals are too short. CR2 with the
// degrees of freedom of Satterthwaite holds with far fewer.
// Source: Liang and Zeger (1986), Biometrika 73:13-22; Bell and McCaffrey (2002),
// Survey Methodology 28:169-181.
type CR int

const (
	CR0 CR = iota // no correction
	CR1           // times G/(G−1) · (n−1)/(n−p), as Stata and R's sandwich HC1
	CR2           // residuals of a cluster adjusted for its leverage: unbiased if errors are equal and independent
	CR3           // the jackknife over clusters, without the factor (G−1)/G; errs to the careful side
)

// Clustered is the cluster-robust covariance of the coefficients, Cols × Cols.
// cluster labels each row of the design; equal labels are one cluster. In CR1,
// p counts absorbed effects too, except those of factors that are nested in the
// clusters, which together count as one: R's fixest's default, and reghdfe's.
// ClusteredCounting has the other conventions. The t distribution that goes
// with CR0 and CR1 has G−1 degrees of freedom; with CR2, see Satterthwaite.
//
// For weighted least squares CR2 takes equal variances as its working model, as
// clubSandwich does for lm. With absorbed effects CR2 and CR3 are right only
// when every factor is nested in the clusters (Pustejovsky and Tipton 2018, JBES
// 36:672-683, theorem 2): give the others as columns of dummies. For logistic and
// Poisson fits CR3 leaves out each cluster for one step of the search
// (MacKinnon, Nielsen and Webb 2023), and there is no CR2.
//
// Errors: ErrTooFew with fewer than two clusters, or for CR1 without residual
// degrees of freedom; ErrInvalid for CR3 when a coefficient cannot be estimated
// without one of the clusters, for CR2 and CR3 with an absorbed factor that is not
// nested, with instruments, and for CR2 of a logistic or Poisson fit. Clustered panics when labels and rows differ in number.
func (s scores) Clustered(kind CR, cluster []int) (*mat.SymDense, error) {
	switch kind {
	case CR0:
		return s.clustered(cluster, func(int, []int) (float64, error) { return 1, nil })
	case CR1:
		return s.ClusteredCounting(CountNested, cluster)
	}
	index, groups, err := s.adjustable(kind, cluster)
	if err != nil {
		return nil, err
	}
	sums, err := s.adjustedSums(kind, index, groups, cluster)
	if err != nil {
		return nil, err
	}
	return sized(s.outer(sums, 1))
}

// Counting says which absorbed effects count as parameters in the factor
// G/(G−1) · (n−1)/(n−p) of a clustered covariance.
type Counting int

const (
	CountNested Counting = iota // those of factors not nested in the clusters, and one for the others (fixest's default, reghdfe, xtreg)
	CountFull                   // all of them (areg, and lm with dummies)
	CountNone                   // none of them
)

// ClusteredCounting is CR1 with a chosen count of absorbed effects. The errors
// are those of Clustered.
func (s scores) ClusteredCounting(count Counting, cluster []int) (*mat.SymDense, error) {
	return s.clustered(cluster, func(groups int, index []int) (float64, error) {
		return s.smallSample(groups, s.parameters(count, index))
	})
}

// smallSample is G/(G−1) · (n−1)/(n−k).
func (s scores) smallSample(groups, k int) (float64, error) {
	n, g := len(s.resid), float64(groups)
	if n <= k {
		return 0, fmt.Errorf("CR1 of %d rows and %d parameters: %w", n, k, stat.ErrTooFew)
	}
	return g / (g - 1) * float64(n-1) / float64(n-k), nil
}

// parameters counts the columns and the absorbed effects that count beside any
// of the clusterings.
func (s scores) parameters(count Counting, clusterings ...[]int) int {
	k := len(s.qr.q)
	if count == CountNone {
		return k
	}
	k += s.absorbed
	for _, f := range s.effects {
		for _, index := range clusterings {
			if count == CountNested && f.nestedIn(index) {
				k -= f.levels - 1
				break
			}
		}
	}
	return k
}

// clustered is CR0 times a factor that depends on the clusters.
func (s scores) clustered(cluster []int, factor func(groups int, index []int) (float64, error)) (*mat.SymDense, error) {
	index, groups := s.number(cluster)
	if groups < 2 {
		return nil, fmt.Errorf("covariance of %d cluster: %w", groups, stat.ErrTooFew)
	}
	scale, err := factor(groups, index)
	if err != nil {
		return nil, err
	}
	return sized(s.outer(s.clusterSums(index, groups), scale))
}

// clusterSums are the scores of each cluster, row by row.
func (s scores) clusterSums(index []int, groups int) *mat.Dense {
	p := len(s.qr.q)
	sums := make([]float64, groups*p)
	for j, q := range s.qr.q {
		for i, r := range s.resid {
			sums[index[i]*p+j] += r * q[i]
		}
	}
	return mat.NewDense(groups, p, sums)
}

// outer turns scores by cluster into a covariance of the coefficients.
func (s scores) outer(sums *mat.Dense, scale float64) *mat.SymDense {
	_, p := sums.Dims()
	meat := mat.NewSymDense(p, nil)
	meat.SymOuterK(scale, sums.T())
	return s.qr.wrap(meat)
}

// Clusters counts the distinct labels among the rows that took part in the fit.
func (s scores) Clusters(cluster []int) int {
	_, groups := s.number(cluster)
	return groups
}

// number gives each row of the fit the index of its cluster, in order of
// appearance.
func (s scores) number(cluster []int) (index []int, groups int) {
	if n := s.keep[len(s.keep)-1]; n >= len(cluster) {
		panic(fmt.Sprintf("regression: %d cluster labels, row %d has none", len(cluster), n))
	}
	number := numberer(cluster, s.keep)
	index = make([]int, len(s.keep))
	for k, i := range s.keep {
		index[k] = int(number(cluster[i]))
		groups = max(groups, index[k]+1)
	}
	return index, groups
}

// grouped lists the rows of each cluster.
func grouped(index []int, groups int) [][]int {
	size := make([]int, groups)
	for _, g := range index {
		size[g]++
	}
	flat, rows := make([]int, len(index)), make([][]int, groups)
	for g, n := range size {
		rows[g], flat = flat[:0:n], flat[n:]
	}
	for i, g := range index {
		rows[g] = append(rows[g], i)
	}
	return rows
}
