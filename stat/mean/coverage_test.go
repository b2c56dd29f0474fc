package mean_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/mean"
)

// Accounts with their own rate (gamma-like), their own months, and Poisson
// events: the ratio's target is the common mean rate.
func drawAccounts(rng *rand.Rand, n int, rate float64) (num, den []float64) {
	num, den = make([]float64, n), make([]float64, n)
	for i := range n {
		den[i] = float64(3 + rng.IntN(22))
		own := rate * (rng.ExpFloat64() + rng.ExpFloat64() + rng.ExpFloat64()) / 3
		for t := rng.ExpFloat64(); t < own*den[i]; t += rng.ExpFloat64() {
			num[i]++
		}
	}
	return num, den
}

// Coverage of the nominal 95 % intervals over 2,000 draws (Monte-Carlo
// standard error 0.5 points).
func TestCoverage(t *testing.T) {
	const draws = 2000
	rng := rand.New(rand.NewPCG(11, 22))
	hits := map[string]int{}
	for range draws {
		a, _ := mean.Pairs(drawAccounts(rng, 80, 0.3))
		b, _ := mean.Pairs(drawAccounts(rng, 60, 0.5))
		if e, err := mean.Ratio(a, 0.95); err == nil && e.Interval.Contains(0.3) {
			hits["ratio, 80 accounts"]++
		}
		if e, err := mean.RatioDifference(a, b, 0.95); err == nil && e.Interval.Contains(0.3-0.5) {
			hits["difference, 80 and 60 accounts"]++
		}
		if e, err := mean.RelativeDifference(a, b, 0.95); err == nil && e.Interval.Contains(0.3/0.5-1) {
			hits["relative, 80 and 60 accounts"]++
		}
		clusters := make([]mean.ClusterSums, 30)
		for i := range clusters {
			account := rng.NormFloat64()
			for range 2 + rng.IntN(10) {
				y := 5 + account + rng.NormFloat64()
				if i < 14 {
					clusters[i].TreatedN++
					clusters[i].TreatedSum += y + 0.4
				} else {
					clusters[i].ControlN++
					clusters[i].ControlSum += y
				}
			}
		}
		if e, err := mean.ClusterDifference(clusters, 0.95); err == nil && e.Interval.Contains(0.4) {
			hits["clusters, 14 and 16 accounts"]++
		}
	}
	if len(hits) != 4 {
		t.Fatalf("%d of 4 methods covered at all", len(hits))
	}
	for name, n := range hits {
		got := float64(n) / draws
		t.Logf("%s: coverage %.3f", name, got)
		if !(got >= 0.93 && got <= 0.97) {
			t.Errorf("%s: coverage %.3f, want 0.93 to 0.97", name, got)
		}
	}
}
