package proportion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/proportion"
)

// coverage draws 4,000 samples and counts how often the 95 % interval holds
// the truth. The Monte-Carlo standard error is 0.35 points.
func coverage(draws int, covers func(rng *rand.Rand) bool) float64 {
	rng := rand.New(rand.NewPCG(20, 26))
	hits := 0
	for range draws {
		if covers(rng) {
			hits++
		}
	}
	return float64(hits) / float64(draws)
}

func binomial(rng *rand.Rand, n int, p float64) int {
	x := 0
	for range n {
		if rng.Float64() < p {
			x++
		}
	}
	return x
}

func TestCoverage(t *testing.T) {
	for _, tt := range []struct {
		name      string
		low, high float64
		covers    func(rng *rand.Rand) bool
	}{
		// Counts are discrete: coverage swings around the nominal level.
		{"Wilson, 60 trials at 12 %", 0.93, 0.97, func(rng *rand.Rand) bool {
			e, err := proportion.Wilson(binomial(rng, 60, 0.12), 60, 0.95)
			return err == nil && e.Interval.Contains(0.12)
		}},
		{"Newcombe, 80 and 50 trials", 0.93, 0.97, func(rng *rand.Rand) bool {
			e, err := proportion.Newcombe(binomial(rng, 80, 0.3), 80, binomial(rng, 50, 0.45), 50, 0.95)
			return err == nil && e.Interval.Contains(0.3-0.45)
		}},
		{"risk ratio, 200 trials", 0.93, 0.97, func(rng *rand.Rand) bool {
			e, err := proportion.RiskRatio(binomial(rng, 200, 0.2), 200, binomial(rng, 200, 0.3), 200, 0.95)
			return err == nil && e.Interval.Contains(0.2/0.3)
		}},
		{"NPS, 30 answers", 0.93, 0.97, func(rng *rand.Rand) bool {
			var c proportion.NPSCounts
			for range 30 {
				switch u := rng.Float64(); {
				case u < 0.5:
					c.Promoters++
				case u < 0.8:
					c.Passives++
				default:
					c.Detractors++
				}
			}
			e, err := proportion.NPS(c, 0.95)
			return err == nil && e.Interval.Contains(30)
		}},
	} {
		if got := coverage(4000, tt.covers); !(got >= tt.low && got <= tt.high) {
			t.Errorf("%s: coverage %.3f, want %.2f to %.2f", tt.name, got, tt.low, tt.high)
		} else {
			t.Logf("%s: coverage %.3f", tt.name, got)
		}
	}
}
