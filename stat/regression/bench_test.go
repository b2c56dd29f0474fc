package regression_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/regression"
)

// million is a million rows of an intercept and 10 covariates.
func million() (y, treated []float64, x regression.Design) {
	const n, p = 1_000_000, 11
	rng := rand.New(rand.NewPCG(1, 2))
	x = regression.Design{Rows: n, Cols: p, Values: make([]float64, n*p)}
	y, treated = make([]float64, n), make([]float64, n)
	for i := range n {
		row := x.Row(i)
		row[0] = 1
		var sum float64
		for j := 1; j < p; j++ {
			row[j] = rng.NormFloat64()
			sum += row[j] / 5
		}
		y[i] = sum + rng.NormFloat64()
		if rng.Float64() < 1/(1+math.Exp(1-sum)) {
			treated[i] = 1
		}
	}
	return y, treated, x
}

func BenchmarkOLSMillion(b *testing.B) {
	y, _, x := million()
	for b.Loop() {
		fit, err := regression.OLS(y, x)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := fit.HC(regression.HC1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPropensityMillion(b *testing.B) {
	_, treated, x := million()
	for b.Loop() {
		if _, err := regression.Logistic(treated, x, nil); err != nil {
			b.Fatal(err)
		}
	}
}
