package experiment_test

import (
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/experiment"
)

func BenchmarkBayesShares(b *testing.B) {
	for b.Loop() {
		if _, err := experiment.BayesShares(experiment.Count{Successes: 176, Trials: 200}, experiment.Count{Successes: 174, Trials: 210}, experiment.Beta{A: 1, B: 1}, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSpendAlpha(b *testing.B) {
	looks := equalLooks(28)
	for b.Loop() {
		if _, err := experiment.SpendAlpha(looks, 0.95, experiment.OBrienFleming); err != nil {
			b.Fatal(err)
		}
	}
}

// Lin's regression of 100,000 accounts on three covariates.
func BenchmarkLin(b *testing.B) {
	const n = 100_000
	rng := rand.New(rand.NewPCG(1, 2))
	y, treated := make([]float64, n), make([]bool, n)
	x := [][]float64{make([]float64, n), make([]float64, n), make([]float64, n)}
	for i := range n {
		y[i], treated[i] = rng.NormFloat64(), i%2 == 0
		for _, column := range x {
			column[i] = rng.NormFloat64()
			y[i] += column[i]
		}
	}
	for b.Loop() {
		if _, err := experiment.Lin(y, treated, x, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}
