package mean_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/mean"
)

// BenchmarkMannWhitney compares half a million values with as many, with shift
// and interval: 2.5e11 pairs, of which none is written down.
func BenchmarkMannWhitney(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	x, y := drawn(500000, rng.ExpFloat64), drawn(500000, func() float64 { return 1.01 * rng.ExpFloat64() })
	for b.Loop() {
		if _, err := mean.MannWhitney(x, y, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignedRank has a million pairs.
func BenchmarkSignedRank(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, y := drawn(1000000, rng.ExpFloat64), drawn(1000000, rng.ExpFloat64)
	for b.Loop() {
		if _, err := mean.SignedRank(x, y, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}
