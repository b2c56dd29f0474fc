package series_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/stat/series"
)

// Three estimators, 300 placebos each: what the R package takes minutes for.
func BenchmarkPlaceboProp99(b *testing.B) {
	p, _, california := prop99(b)
	b.ReportAllocs()
	for b.Loop() {
		for kind := series.SyntheticDifference; kind <= series.PlainDifference; kind++ {
			w := estimate(b, p, []int{california}, kind)
			if _, err := w.Placebo(context.Background(), series.Replication{Replicates: 300, Seed: 1}, 0.95); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Accounts by month, as a customer base has them.
func BenchmarkSyntheticDIDOfAccounts(b *testing.B) {
	w := world{units: 10_000, periods: 36, before: 24, treated: 500, low: 0.6, high: 0.9, noise: 1}
	p, treated := w.draw(rand.New(rand.NewPCG(1, 2)))
	b.ReportAllocs()
	for b.Loop() {
		estimate(b, p, treated, series.SyntheticDifference)
	}
}

// Four years of months, autocorrelated errors: 60 likelihoods.
func BenchmarkSegmentedGLS(b *testing.B) {
	s := monthly(rand.New(rand.NewPCG(3, 4)), 48, 0.5)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := series.SegmentedGLS(s, series.REML, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}
