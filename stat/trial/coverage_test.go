package trial

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
)

// effort is how many simulated companies a coverage test looks at. The quick
// one is small enough for every run; LIFTMARK_COVERAGE=full is the real one.
type effort struct {
	seeds, draws int
	low, high    float64 // bounds of the observed coverage of 95 % intervals
}

// howMuch: with 60 draws the outer percentiles lie too far in, so that a 95 %
// interval covers about 92 %; 60 seeds add a standard error of 3.5 points. A
// right interval falls below 80 % less than once in a thousand.
func howMuch() effort {
	if os.Getenv("LIFTMARK_COVERAGE") == "full" {
		return effort{seeds: 1000, draws: 300, low: 0.93, high: 0.97}
	}
	return effort{seeds: 60, draws: 60, low: 0.80, high: 1}
}

func TestIntervalsCoverTheTruthAndTheNaiveDoesNot(t *testing.T) {
	for number, tt := range []struct {
		name   string
		effect float64
		opt    Options
	}{
		{"effect, as started", -0.8, Options{}},
		{"no effect, as started", 0, Options{}},
		{"effect on the treated", -0.8, Options{Target: OnTreated, Calendar: Spline}},
		{"effect, sustained", -0.8, Options{Strategy: Sustained}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := world{periods: 18, horizon: 6, start: -2.6, confounding: 0.5, effect: tt.effect}
			opt := tt.opt
			opt.Horizon, opt.Last, opt.MinEvents = w.horizon, w.periods-1-w.horizon, 1
			rng := rand.New(rand.NewPCG(99, 0))
			truth := w.truth(w.panel(60000, rng), opt, rng)
			if tt.effect == 0 {
				truth = 0 // exactly
			}
			w.cover(t, truth, opt, uint64(number))
		})
	}
}

// cover runs the study on many simulated companies, others for each case.
func (w world) cover(t *testing.T, truth float64, opt Options, number uint64) {
	e := howMuch()
	covered, naiveCovered, bias := 0, 0, 0.0
	for seed := range e.seeds {
		opt.Draws, opt.Seed = e.draws, uint64(seed)
		panel := w.panel(400, rand.New(rand.NewPCG(uint64(seed), number)))
		got, err := Run(context.Background(), panel, opt)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		bias += (got.RiskDifference.Value - truth) / float64(e.seeds)
		if got.RiskDifference.Interval.Contains(truth) {
			covered++
		}
		if got.Naive.RiskDifference.Interval.Contains(truth) {
			naiveCovered++
		}
	}
	share, naive := float64(covered)/float64(e.seeds), float64(naiveCovered)/float64(e.seeds)
	t.Logf("truth %.4f, bias %.4f, coverage %.3f, naive coverage %.3f", truth, bias, share, naive)
	if share < e.low || share > e.high {
		t.Errorf("intervals cover the truth in %.1f %% of runs", 100*share)
	}
	if naive > 0.2 {
		t.Errorf("the naive comparison covers the truth in %.1f %% of runs: the simulation has lost its biases", 100*naive)
	}
}
