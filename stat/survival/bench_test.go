package survival

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Rows as gen_cox of the data folder's bench/gen.R draws them: whole days,
// five covariates, censoring by a uniform window.
func benchRows(n int) CoxData {
	rng := rand.New(rand.NewPCG(7, 7))
	d := CoxData{Names: []string{"x1", "x2", "x3", "x4", "x5"}, X: make([]float64, 0, 5*n)}
	for range n {
		x := [5]float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64(), float64(rng.IntN(2))}
		event := rng.ExpFloat64() / (0.002 * math.Exp(0.5*x[0]-0.3*x[1]+0.2*x[2]+0.4*x[4]))
		censored := 30 + 700*rng.Float64()
		d.Stop = append(d.Stop, math.Ceil(min(event, censored)))
		d.Event = append(d.Event, event <= censored)
		d.X = append(d.X, x[:]...)
	}
	return d
}

func BenchmarkCox1M(b *testing.B) {
	d := benchRows(1_000_000)
	for b.Loop() {
		fit, err := Cox(d, CoxOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := fit.Concordance(nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKaplanMeier1M(b *testing.B) {
	d := benchRows(1_000_000)
	for b.Loop() {
		if _, err := KaplanMeier(d.Data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLogRank1M(b *testing.B) {
	d := benchRows(1_000_000)
	group := make([]int, len(d.Stop))
	for i := range group {
		group[i] = int(d.X[5*i+4])
	}
	for b.Loop() {
		if _, err := LogRank(d.Data, group, nil, Even); err != nil {
			b.Fatal(err)
		}
	}
}
