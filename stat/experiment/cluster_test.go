package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/summary"
)

// Few accounts of 3 to 40 people, intraclass correlation 0.15.
func TestClusterCoverage(t *testing.T) {
	sizes := []int{3, 40, 10, 25, 6, 18, 12, 30}
	sim := evidence.Simulate(t, "cluster randomisation", evidence.Draws{Quick: 600, Full: 5000, Seed: 55}, func(rng *rand.Rand, hold func(string, bool)) error {
		var clusters []experiment.Cluster
		var y []float64
		var treated []bool
		for i := range 16 {
			shared := math.Sqrt(0.15) * rng.NormFloat64()
			values := make([]float64, sizes[i/2])
			for j := range values {
				values[j] = shared + math.Sqrt(0.85)*rng.NormFloat64()
			}
			m, err := summary.Of(values)
			if err != nil {
				return err
			}
			clusters = append(clusters, experiment.Cluster{Moments: m, Treated: i%2 == 0})
			for _, v := range values {
				y, treated = append(y, v), append(treated, i%2 == 0)
			}
		}
		robust, err1 := experiment.ClusterRandomised(clusters, 0.95)
		means, err2 := experiment.ClusterMeans(clusters, 0.95)
		a, b, err3 := divide(y, treated)
		if err := firstOf(err1, err2, err3); err != nil {
			return err
		}
		naive, err := experiment.CompareMeans(a, b, 0.95)
		if err != nil {
			return err
		}
		hold("8 and 8 accounts of 3 to 40, CR2", robust.Interval.Contains(0))
		hold("8 and 8 accounts of 3 to 40, cluster means", means.Interval.Contains(0))
		hold("8 and 8 accounts of 3 to 40, people as if independent", naive.Interval.Contains(0))
		return holdPairsAndICC(rng, clusters, sizes, hold)
	})
	sim.Nominal("8 and 8 accounts of 3 to 40, CR2", 0.95, 0.015) // its working model has no correlation
	sim.Nominal("8 and 8 accounts of 3 to 40, cluster means", 0.95, 0.01)
	sim.ShownToFail("8 and 8 accounts of 3 to 40, people as if independent", 0.95)
	sim.Nominal("eight pairs of accounts", 0.95, 0.01)
	sim.Nominal("ICC, 30 accounts of 8", 0.95, 0)
	sim.Nominal("ICC, 16 accounts of 3 to 40", 0.95, 0.025) // exact for equal sizes only
	sim.Nominal("ICC, 30 accounts of 8, churned or not", 0.95, 0.025)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func holdPairsAndICC(rng *rand.Rand, clusters []experiment.Cluster, sizes []int, hold func(string, bool)) error {
	unequal, err := experiment.ICC(clusters, 0.95)
	if err != nil {
		return err
	}
	hold("ICC, 16 accounts of 3 to 40", unequal.Interval.Contains(0.15))
	var pairs []experiment.ClusterPair
	for i := range sizes {
		pair := math.Sqrt(0.3) * rng.NormFloat64()
		t, c := clusters[2*i].Moments, clusters[2*i+1].Moments
		t.Mean += pair + 0.5
		c.Mean += pair
		pairs = append(pairs, experiment.ClusterPair{Treated: t, Control: c})
	}
	paired, err := experiment.PairedClusters(pairs, 0.95)
	if err != nil {
		return err
	}
	hold("eight pairs of accounts", paired.Interval.Contains(0.5))
	equal, binary := make([]experiment.Cluster, 30), make([]experiment.Cluster, 30)
	for i := range equal {
		// Shares of accounts are beta(1.2, 2.8): mean 0.3, correlation 1/5.
		shared, share := math.Sqrt(0.1)*rng.NormFloat64(), betaOf(rng, 1.2, 2.8)
		values, events := make([]float64, 8), make([]float64, 8)
		for j := range values {
			values[j] = shared + math.Sqrt(0.9)*rng.NormFloat64()
			if rng.Float64() < share {
				events[j] = 1
			}
		}
		a, err1 := summary.Of(values)
		b, err2 := summary.Of(events)
		if err := firstOf(err1, err2); err != nil {
			return err
		}
		equal[i], binary[i] = experiment.Cluster{Moments: a, Treated: i < 15}, experiment.Cluster{Moments: b, Treated: i < 15}
	}
	normal, err1 := experiment.ICC(equal, 0.95)
	shares, err2 := experiment.ICC(binary, 0.95)
	if err := firstOf(err1, err2); err != nil {
		return err
	}
	hold("ICC, 30 accounts of 8", normal.Interval.Contains(0.1))
	hold("ICC, 30 accounts of 8, churned or not", shares.Interval.Contains(0.2))
	return nil
}
