package regression

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Support says how many clusters a coefficient really rests on.
type Support struct {
	Clusters int // distinct labels
	// Effective is the number of equal clusters that would hold what the
	// coefficient rests on in the same concentration: 1/Σ share², where a cluster's
	// share is its part of the variation of the column that the other columns (and
	// absorbed effects) do not explain. One treated cluster among many gives
	// about 1.
	Effective float64
	Leading   int     // label of the cluster with the largest share
	Share     float64 // its share, in (0, 1]
}

const (
	fewestClusters = 3 // effective: below, no clustered p-value is given
	plainClusters  = 30
)

// FewClusters is the error of a test whose coefficient rests on too few clusters
// for any clustered standard error. It wraps stat.ErrTooFew.
type FewClusters struct{ Support }

func (e *FewClusters) Error() string {
	return fmt.Sprintf("the coefficient rests on %.1f clusters of %d (%.0f %% on cluster %d), too few for a clustered p-value; compare with the same effect for every cluster in turn (randomisation inference): %v",
		e.Effective, e.Clusters, 100*e.Share, e.Leading, stat.ErrTooFew)
}

func (e *FewClusters) Unwrap() error { return stat.ErrTooFew }

// Refuse gives a *FewClusters when the coefficient rests on fewer than three
// clusters, effectively: residuals of a cluster that alone is treated are nearly
// zero whatever its errors were, so that no formula can see their spread.
// Source: MacKinnon and Webb (2020), J. Econometrics 218:435-450.
func (s Support) Refuse() error {
	if s.Effective < fewestClusters {
		return &FewClusters{s}
	}
	return nil
}

// Plain says whether CR1 with a t distribution on clusters less one will do:
// about 30 effective clusters or more. With fewer, use CR2 with the degrees of
// freedom of Satterthwaite, or a wild cluster bootstrap.
func (s Support) Plain() bool { return s.Effective >= plainClusters }

// Support gives, for each coefficient, the clusters that it rests on.
//
// Errors: ErrTooFew with fewer than two clusters.
// Source: Carter, Schnepel and Steigerwald (2017), Rev. Econ. Stat. 99:698-709;
// MacKinnon, Nielsen and Webb (2023), J. Econometrics 232:272-299, on partial
// leverage.
func (s scores) Support(cluster []int) ([]Support, error) {
	index, groups := s.number(cluster)
	if groups < 2 {
		return nil, fmt.Errorf("%d cluster: %w", groups, stat.ErrTooFew)
	}
	first := make([]int, groups)
	for i := len(index) - 1; i >= 0; i-- {
		first[index[i]] = cluster[s.keep[i]]
	}
	out := make([]Support, len(s.qr.q))
	for j := range out {
		shares := s.shares(index, groups, mat.Row(nil, j, s.qr.inverse))
		out[j].Clusters = groups
		var squares float64
		for g, share := range shares {
			squares += share * share
			if share > out[j].Share {
				out[j].Share, out[j].Leading = share, first[g]
			}
		}
		out[j].Effective = 1 / squares
	}
	return out, nil
}

// shares are the parts of the clusters in the squared length of Q·contrast.
func (s scores) shares(index []int, groups int, contrast []float64) []float64 {
	shares := make([]float64, groups)
	var total float64
	for i, g := range index {
		var x float64
		for k, q := range s.qr.q {
			x += q[i] * contrast[k]
		}
		shares[g] += x * x
		total += x * x
	}
	for g := range shares {
		shares[g] /= total
	}
	return shares
}

// ClusterTest is the interval and test of one coefficient that holds with few
// clusters: CR2 with the degrees of freedom of Satterthwaite.
//
// Errors: *FewClusters when the coefficient rests on fewer than three clusters,
// effectively; ErrNoVariance when the residuals do not vary; those of Clustered
// for CR2. It panics if level is outside (0, 1) or there is no such column.
func (s scores) ClusterTest(column int, cluster []int, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	support, err := s.Support(cluster)
	if err != nil {
		return stat.Test{}, err
	}
	if err := support[column].Refuse(); err != nil {
		return stat.Test{}, err
	}
	cov, err := s.Clustered(CR2, cluster)
	if err != nil {
		return stat.Test{}, err
	}
	df, err := s.Satterthwaite(cluster)
	if err != nil {
		return stat.Test{}, err
	}
	return testOf(s.coef[column], cov.At(column, column), df[column], level)
}
