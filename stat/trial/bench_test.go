package trial

import (
	"context"
	"math/rand/v2"
	"testing"
)

// 5,000 units, 36 periods, 500 draws: the size of a large customer's study.
func BenchmarkRun(b *testing.B) {
	for _, bb := range []struct {
		name string
		opt  Options
	}{
		{"as started", Options{}},
		{"as started, spline", Options{Calendar: Spline}},
		{"trimmed", Options{Trim: 0.99}},
		{"sustained", Options{Strategy: Sustained}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			w := world{periods: 36, horizon: 12, start: -3.5, confounding: 0.4, effect: -0.5}
			panel := w.panel(5000, rand.New(rand.NewPCG(1, 1)))
			bb.opt.Horizon, bb.opt.Draws = 12, 500
			for b.Loop() {
				got, err := Run(context.Background(), panel, bb.opt)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(got.UnitTrials), "unit-trials")
			}
		})
	}
}
