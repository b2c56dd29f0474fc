package mean

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// ClusterSums is what one cluster (an account) contributes to a difference of
// means: how many observations it has in each arm, and their sum in the unit
// of the outcome. A cluster may be in one arm or in both.
type ClusterSums struct {
	TreatedN, ControlN     int
	TreatedSum, ControlSum float64
}

// ClusterTest is a stat.Test whose standard error allows any dependence within
// clusters. TreatedClusters and ControlClusters count the clusters with
// observations in the arm; they add up to Clusters when no cluster is in both.
type ClusterTest struct {
	stat.Test
	Clusters, TreatedClusters, ControlClusters int
}

// ClusterDifference compares the mean of treated observations with that of
// controls: Value is treated - control in the unit of the outcome. It equals
// the regression of the outcome on the arm with cluster-robust (CR1) standard
// errors: the sandwich with the factor G/(G-1) × (n-1)/(n-2), as in Stata and
// in R's sandwich::vcovCL(type = "HC1").
//
// Degrees of freedom: G-1 when some cluster is in both arms; otherwise, when
// the clusters themselves were treated, Satterthwaite's on the two arms'
// cluster variances, which is fewer when one arm has few clusters. CR1 is
// still optimistic with fewer than about ten clusters in an arm: say so, or
// use a wild cluster bootstrap.
//
// Errors: ErrTooFew with no observation in an arm, fewer than two clusters in
// an arm, or fewer than three observations; ErrNoVariance if no cluster
// deviates from its arms' means; ErrInvalid for a negative count or a sum
// without observations; ErrNotFinite. ClusterDifference panics if level is
// outside (0, 1).
//
// Source: Liang and Zeger (1986), Biometrika 73:13-22; Cameron and Miller
// (2015), Journal of Human Resources 50:317-372.
func ClusterDifference(clusters []ClusterSums, level float64) (ClusterTest, error) {
	stat.CheckLevel(level)
	total, out, err := totals(clusters)
	if err != nil {
		return ClusterTest{}, err
	}
	treated, control := total.TreatedSum/float64(total.TreatedN), total.ControlSum/float64(total.ControlN)
	var joint, onTreated, onControl float64 // sums of squared cluster scores
	for _, c := range clusters {
		t := (c.TreatedSum - float64(c.TreatedN)*treated) / float64(total.TreatedN)
		u := (c.ControlSum - float64(c.ControlN)*control) / float64(total.ControlN)
		joint += (t - u) * (t - u)
		onTreated += t * t
		onControl += u * u
	}
	if joint <= 1e-26*(treated*treated+control*control) {
		return ClusterTest{}, fmt.Errorf("no cluster deviates from its arm's mean: %w", stat.ErrNoVariance)
	}
	g, n := float64(out.Clusters), float64(total.TreatedN+total.ControlN)
	se := math.Sqrt(joint * g / (g - 1) * (n - 1) / (n - 2))
	df := g - 1
	if out.TreatedClusters+out.ControlClusters == out.Clusters {
		df = satterthwaite(onTreated, float64(out.TreatedClusters-1), onControl, float64(out.ControlClusters-1))
	}
	out.Test = stat.Student(treated-control, se, df, level)
	return out, nil
}

// totals adds the clusters up and counts those that have observations.
func totals(clusters []ClusterSums) (ClusterSums, ClusterTest, error) {
	var total ClusterSums
	var out ClusterTest
	for i, c := range clusters {
		if err := checkCluster(c); err != nil {
			return total, out, fmt.Errorf("cluster %d: %w", i, err)
		}
		if c.TreatedN > 0 {
			out.TreatedClusters++
		}
		if c.ControlN > 0 {
			out.ControlClusters++
		}
		if c.TreatedN+c.ControlN > 0 {
			out.Clusters++
		}
		total.TreatedN += c.TreatedN
		total.ControlN += c.ControlN
		total.TreatedSum += c.TreatedSum
		total.ControlSum += c.ControlSum
	}
	if out.TreatedClusters < 2 || out.ControlClusters < 2 || total.TreatedN+total.ControlN < 3 {
		return total, out, fmt.Errorf("%d treated and %d control clusters: %w", out.TreatedClusters, out.ControlClusters, stat.ErrTooFew)
	}
	if s := total.TreatedSum + total.ControlSum; math.IsInf(s, 0) || math.IsNaN(s) {
		return total, out, fmt.Errorf("sums overflow: %w", stat.ErrNotFinite)
	}
	return total, out, nil
}

func checkCluster(c ClusterSums) error {
	if s := c.TreatedSum + c.ControlSum; math.IsNaN(s) || math.IsInf(s, 0) {
		return fmt.Errorf("sums %v and %v: %w", c.TreatedSum, c.ControlSum, stat.ErrNotFinite)
	}
	if c.TreatedN < 0 || c.ControlN < 0 {
		return fmt.Errorf("%d and %d observations: %w", c.TreatedN, c.ControlN, stat.ErrInvalid)
	}
	if (c.TreatedN == 0 && c.TreatedSum != 0) || (c.ControlN == 0 && c.ControlSum != 0) {
		return fmt.Errorf("a sum without observations: %w", stat.ErrInvalid)
	}
	return nil
}
