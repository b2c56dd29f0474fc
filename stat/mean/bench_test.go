package mean_test

import (
	"github.com/liftmark/liftmark/stat/mean"
	"math/rand/v2"
	"testing"
)

func BenchmarkMannWhitney(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := make([]float64, 500000)
	y := make([]float64, 500000)
	for i := range x {
		x[i] = rng.ExpFloat64()
		y[i] = rng.ExpFloat64() * 1.01
	}
	for b.Loop() {
		if _, err := mean.MannWhitney(x, y, .95); err != nil {
			b.Fatal(err)
		}
	}
}
