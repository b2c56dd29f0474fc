package experiment

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Cluster is a group of people (an account) that was assigned whole: the
// moments of the outcome over its people.
type Cluster struct {
	summary.Moments
	Treated bool
}

// ClusterEffect is the effect of a cluster-randomised experiment.
type ClusterEffect struct {
	stat.Test
	TreatedClusters, ControlClusters int
}

// arms are the clusters with people, by arm (0 control, 1 treated).
type arms [2][]Cluster

func byArm(clusters []Cluster, least int) (arms, error) {
	var out arms
	for i, c := range clusters {
		if err := checkArm(fmt.Sprintf("cluster %d", i), c.Moments, 0); err != nil {
			return out, err
		}
		switch {
		case c.N == 0:
		case c.Treated:
			out[1] = append(out[1], c)
		default:
			out[0] = append(out[0], c)
		}
	}
	if len(out[0]) < least || len(out[1]) < least {
		return out, fmt.Errorf("%d treated and %d control clusters, at least %d each are needed: %w", len(out[1]), len(out[0]), least, stat.ErrTooFew)
	}
	return out, nil
}

// people counts the people of clusters and gives their mean.
func people(clusters []Cluster) (n, mu float64) {
	for _, c := range clusters {
		n += float64(c.N)
	}
	for _, c := range clusters {
		mu += float64(c.N) / n * c.Mean
	}
	return n, mu
}

// ClusterRandomised compares the mean of treated people with that of controls
// when whole clusters were assigned. The standard error is the bias-reduced
// cluster-robust one (CR2) with Bell and McCaffrey's Satterthwaite degrees of
// freedom, which stays honest with few clusters of unequal size; it equals the
// regression of the outcome on the arm in R's clubSandwich. Clusters without
// people are left out.
//
// Errors: ErrTooFew with fewer than two clusters in an arm, ErrNoVariance if no
// cluster deviates from its arm's mean, ErrInvalid and ErrNotFinite naming the
// cluster. ClusterRandomised panics if level is outside (0, 1).
//
// Source: Bell and McCaffrey (2002), Survey Methodology 28:169-181; Pustejovsky
// and Tipton (2018), Journal of Business & Economic Statistics 36:672-683.
// With one very large cluster in an arm no method helps: ClusterMeans at least
// weighs it as one.
func ClusterRandomised(clusters []Cluster, level float64) (ClusterEffect, error) {
	stat.CheckLevel(level)
	by, err := byArm(clusters, 2)
	if err != nil {
		return ClusterEffect{}, err
	}
	var means [2]float64
	var variance, trace, square float64
	for arm, list := range by {
		n, mu := people(list)
		means[arm] = mu
		var deviations, cross, crossSquares float64
		for _, c := range list {
			f := float64(c.N) / n
			deviations += f * f * (c.Mean - mu) * (c.Mean - mu) / (1 - f)
			// The expected square of the cluster's term is f/n, the product of two
			// clusters' terms has -f·f'/(n√((1-f)(1-f'))).
			square += f * f / (n * n)
			cross += f * f / (1 - f)
			crossSquares += f * f * f * f / ((1 - f) * (1 - f))
		}
		variance += deviations
		trace += 1 / n
		square += (cross*cross - crossSquares) / (n * n)
	}
	if variance <= 1e-26*(means[0]*means[0]+means[1]*means[1]) {
		return ClusterEffect{}, fmt.Errorf("no cluster deviates from its arm's mean: %w", stat.ErrNoVariance)
	}
	test, err := student(means[1]-means[0], math.Sqrt(variance), trace*trace/square, level)
	if err != nil {
		return ClusterEffect{}, err
	}
	return ClusterEffect{Test: test, TreatedClusters: len(by[1]), ControlClusters: len(by[0])}, nil
}

// ClusterMeans compares the unweighted average of cluster means by Welch's t:
// every cluster counts the same, whatever its size, so the question is about
// the average account and not the average person. It is the most robust
// analysis with few clusters.
//
// Errors and panics: as for ClusterRandomised.
//
// Source: Donner and Klar (2000), Design and Analysis of Cluster Randomization
// Trials, ch. 7.
func ClusterMeans(clusters []Cluster, level float64) (ClusterEffect, error) {
	stat.CheckLevel(level)
	by, err := byArm(clusters, 2)
	if err != nil {
		return ClusterEffect{}, err
	}
	var moments [2]summary.Moments
	for arm, list := range by {
		values := make([]float64, len(list))
		for i, c := range list {
			values[i] = c.Mean
		}
		if moments[arm], err = summary.Of(values); err != nil {
			return ClusterEffect{}, err
		}
	}
	effect, err := CompareMeans(moments[1], moments[0], level)
	if err != nil {
		return ClusterEffect{}, err
	}
	return ClusterEffect{Test: effect.Test, TreatedClusters: len(by[1]), ControlClusters: len(by[0])}, nil
}

// ClusterPair is two clusters alike before assignment, one of which was picked
// at random for treatment.
type ClusterPair struct{ Treated, Control summary.Moments }

// PairedClusters averages the pairs' differences of means, weighted by the
// people in each pair, with a t interval on pairs - 1 degrees of freedom.
//
// Errors: ErrTooFew with fewer than two pairs or a cluster without people,
// ErrNoVariance if all weighted differences are equal, ErrInvalid and
// ErrNotFinite naming the pair. PairedClusters panics if level is outside (0, 1).
//
// Source: Imai, King and Nall (2009), Statistical Science 24:29-53.
func PairedClusters(pairs []ClusterPair, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	var total float64
	for k, p := range pairs {
		if err := checkArms(p.Treated, p.Control, 1); err != nil {
			return stat.Test{}, fmt.Errorf("pair %d: %w", k, err)
		}
		total += float64(p.Treated.N + p.Control.N)
	}
	if len(pairs) < 2 {
		return stat.Test{}, fmt.Errorf("%d pairs of clusters: %w", len(pairs), stat.ErrTooFew)
	}
	m := float64(len(pairs))
	weighted := make([]float64, len(pairs))
	for k, p := range pairs {
		weighted[k] = m * float64(p.Treated.N+p.Control.N) / total * (p.Treated.Mean - p.Control.Mean)
	}
	return MatchedPairs(weighted, level)
}
