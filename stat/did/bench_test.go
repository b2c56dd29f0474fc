package did_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/did"
)

// generated is a panel of units over periods 1 … T in eight cohorts and the
// never-treated: x1 moves who starts when and the trend, x2 is noise, effects start
// at 0.3 and grow by 0.05 a period.
func generated(units, periods int, seed uint64) did.Panel {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := did.Panel{Start: make([]int, units), Covariates: [][]float64{make([]float64, units), make([]float64, units)}}
	season := make([]float64, periods+1)
	for t := 1; t <= periods; t++ {
		season[t] = season[t-1] + 0.05 + 0.1*rng.NormFloat64()
	}
	rows := units * periods
	p.Unit, p.Period, p.Outcome = make([]int, 0, rows), make([]int, 0, rows), make([]float64, 0, rows)
	for u := range units {
		x := rng.NormFloat64()
		p.Covariates[0][u] = x
		if rng.Float64() < 0.4 {
			p.Covariates[1][u] = 1
		}
		p.Start[u] = drawStart(rng, x)
		level := rng.NormFloat64() + 0.5*x
		for t := 1; t <= periods; t++ {
			y := level + season[t] + 0.02*float64(t)*x + rng.NormFloat64()
			if t >= p.Start[u] {
				y += 0.3 + 0.05*float64(t-p.Start[u])
			}
			p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, t), append(p.Outcome, y)
		}
	}
	return p
}

func drawStart(rng *rand.Rand, x float64) int {
	never, each := math.Exp(1.6), math.Exp(0.25*x)
	v := rng.Float64() * (never + 8*each)
	if v < never {
		return did.Never
	}
	return 6 + 2*min(int((v-never)/each), 7)
}

const benchUnits, benchPeriods = 100_000, 24

func benchmark(b *testing.B, covariates bool, o func() did.Options) {
	p := generated(benchUnits, benchPeriods, 20240601)
	if !covariates {
		p.Covariates = nil
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := did.Estimate(context.Background(), p, o())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.Dynamic(did.Window{}); err != nil {
			b.Fatal(err)
		}
		if _, err := r.PreTrend(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(p.Outcome))*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkAnalytic(b *testing.B) {
	benchmark(b, false, func() did.Options { return did.Options{} })
}

func BenchmarkDoublyRobust(b *testing.B) {
	benchmark(b, true, func() did.Options { return did.Options{} })
}

func BenchmarkDoublyRobustNotYetTreated(b *testing.B) {
	benchmark(b, true, func() did.Options { return did.Options{Control: did.NotYetTreated} })
}

func BenchmarkBootstrap(b *testing.B) {
	benchmark(b, false, func() did.Options { return did.Options{Draws: 1000, Source: rand.NewPCG(1, 2)} })
}
