package matching_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/matching"
)

// 50,000 units; R's MatchIt takes 0.8 s.
func BenchmarkNearest(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 50_000
	treated, score, y := make([]bool, n), make([]float64, n), make([]float64, n)
	for i := range n {
		score[i], y[i] = rng.NormFloat64(), rng.NormFloat64()
		treated[i] = rng.Float64() < expit(score[i]-1.5)
	}
	for name, opt := range map[string]matching.Options{
		"largest first": {}, "closest first": {Order: matching.ClosestFirst}, "used again": {Replace: true, Ties: matching.AllTies},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				m, err := matching.Nearest(treated, score, opt)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.AbadieImbens(y, matching.AIOptions{}, 0.95); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
