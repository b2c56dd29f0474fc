package weighting_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/weighting"
)

// manyColumns draws n units with ten covariates.
func manyColumns(n int) weighting.Sample {
	rng := rand.New(rand.NewPCG(1, 2))
	columns := make([][]float64, 10)
	for j := range columns {
		columns[j] = make([]float64, n)
	}
	y, arm := make([]float64, n), make([]float64, n)
	for i := range n {
		var eta float64
		for j := range columns {
			columns[j][i] = rng.NormFloat64()
			eta += 0.15 * columns[j][i]
		}
		if rng.Float64() < expit(eta-0.5) {
			arm[i] = 1
		}
		y[i] = eta + arm[i] + rng.NormFloat64()
	}
	return lalonde.Sample(y, arm, columns...)
}

// One million units with ten covariates.
func BenchmarkPropensity(b *testing.B) {
	s := manyColumns(1_000_000)
	for b.Loop() {
		if _, err := weighting.Propensity(s.Treated, s.Covariates); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEstimators(b *testing.B) {
	s := manyColumns(100_000)
	for _, e := range estimators() {
		b.Run(e.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := e.run(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
