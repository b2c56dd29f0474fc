package mean_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
)

func drawClusters(t *rapid.T) []mean.ClusterSums {
	clusters := make([]mean.ClusterSums, rapid.IntRange(6, 30).Draw(t, "clusters"))
	shared := rapid.Bool().Draw(t, "clusters in both arms")
	for i := range clusters {
		if shared || i%2 == 0 {
			clusters[i].TreatedN = rapid.IntRange(1, 9).Draw(t, "treated")
			clusters[i].TreatedSum = float64(rapid.IntRange(-100, 100).Draw(t, "treated sum"))
		}
		if shared || i%2 == 1 {
			clusters[i].ControlN = rapid.IntRange(1, 9).Draw(t, "control")
			clusters[i].ControlSum = float64(rapid.IntRange(-100, 100).Draw(t, "control sum"))
		}
	}
	return clusters
}

// Swapping arms flips the sign; another unit or a common shift leaves p alone;
// order and clusters without observations do not matter.
func TestClusterDifferenceProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		clusters := drawClusters(t)
		want, err := mean.ClusterDifference(clusters, 0.95)
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		k, shift := rapid.Float64Range(0.1, 50).Draw(t, "unit"), float64(rapid.IntRange(-20, 20).Draw(t, "shift"))
		swapped, changed := slices.Clone(clusters), slices.Clone(clusters)
		for i, c := range clusters {
			swapped[i] = mean.ClusterSums{TreatedN: c.ControlN, ControlN: c.TreatedN, TreatedSum: c.ControlSum, ControlSum: c.TreatedSum}
			changed[i].TreatedSum = k * (c.TreatedSum + shift*float64(c.TreatedN))
			changed[i].ControlSum = k * (c.ControlSum + shift*float64(c.ControlN))
		}
		slices.Reverse(changed)
		s, err1 := mean.ClusterDifference(swapped, 0.95)
		u, err2 := mean.ClusterDifference(append(changed, mean.ClusterSums{}), 0.95)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if !reference.Near(s.Value, -want.Value, 1e-9) || !reference.Near(s.SE, want.SE, 1e-9) || !reference.Near(s.DF, want.DF, 1e-8) {
			t.Fatalf("%+v and swapped %+v", want, s)
		}
		if !reference.Near(u.Value, k*want.Value, 1e-8) || !reference.Near(u.SE, k*want.SE, 1e-8) || !reference.Near(u.P, want.P, 1e-6) || u.Clusters != want.Clusters {
			t.Fatalf("%+v and in another unit %+v", want, u)
		}
	})
}
