package trial

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

// The least and the most of 30 draws hold 93.5 % of further draws, and where few
// of a kind start each that does has a large weight. Hence the allowances. The
// quick run looks at smaller companies, and few of them.
func effort() (units, draws int, allowance float64) {
	if evidence.Full() {
		return 800, 200, 0.02
	}
	return 400, 30, 0.06
}

func samples(seed uint64) evidence.Draws { return evidence.Draws{Quick: 32, Full: 1000, Seed: seed} }

// truthOf simulates what a large company would show.
func truthOf(w world, o Options) truths {
	units := 8_000
	if evidence.Full() {
		units = 200_000
	}
	rng := rand.New(rand.NewPCG(99, 0))
	return w.truth(w.panel(units, rng), o, rng)
}

func TestIntervalsCoverTheTruthAndTheNaiveDoesNot(t *testing.T) {
	for number, tt := range []struct {
		name   string
		effect float64
		opt    Options
	}{
		{"as started, eligible", -0.8, Options{}},
		{"as started, eligible, no effect", 0, Options{}},
		{"as started, on the treated, spline", -0.8, Options{Target: OnTreated, Calendar: Spline}},
		{"sustained, eligible", -0.8, Options{Strategy: Sustained}},
		{"sustained, on the treated", -0.8, Options{Strategy: Sustained, Target: OnTreated}},
	} {
		w := world{periods: 14, horizon: 5, start: -2.4, confounding: 0.5, effect: tt.effect}
		opt := tt.opt
		opt.Horizon, opt.Last, opt.MinEvents = w.horizon, w.periods-1-w.horizon, 1
		truth := truthOf(w, opt)
		if tt.effect == 0 {
			truth.riskDifference, truth.riskRatio, truth.rmstDifference = 0, 1, 0 // exactly
		}
		w.cover(t, tt.name, truth, opt, uint64(number))
	}
}

// cover runs the study on many simulated companies, others for each case.
func (w world) cover(t *testing.T, name string, truth truths, opt Options, number uint64) {
	t.Helper()
	units, draws, allowance := effort()
	sim := evidence.Simulate(t, "Sequential target trials, "+name, samples(number), func(rng *rand.Rand, hold func(string, bool)) error {
		o := opt
		o.Draws, o.Seed = draws, rng.Uint64()
		got, err := Run(context.Background(), w.panel(units, rng), o)
		var few *CountError
		if errors.As(err, &few) {
			return nil // an answer, but not an interval
		}
		if err != nil {
			return err
		}
		hold("risk difference", got.RiskDifference.Interval.Contains(truth.riskDifference))
		hold("risk ratio", got.RiskRatio.Interval.Contains(truth.riskRatio))
		hold("RMST difference", got.RMSTDifference.Interval.Contains(truth.rmstDifference))
		hold("risk of the treated", got.Treated.Risk.Interval.Contains(truth.treatedRisk))
		hold("risk of the controls", got.Control.Risk.Interval.Contains(truth.controlRisk))
		hold("naive cohort", got.Naive.RiskDifference.Interval.Contains(truth.riskDifference))
		return nil
	})
	for _, what := range []string{"risk difference", "risk ratio", "RMST difference", "risk of the treated", "risk of the controls"} {
		sim.Nominal(what, 0.95, allowance)
	}
	sim.ShownToFail("naive cohort", 0.40)
}

// With some 20 treated units that have the event intervals still hold; most
// misses are on one side, as the page says, and Options.MinEvents guards against less.
func TestSmallCompanies(t *testing.T) {
	_, draws, allowance := effort()
	w := world{periods: 14, horizon: 5, start: -2.4, confounding: 0.5, effect: -0.8}
	opt := Options{Horizon: 5, Last: 8, Draws: draws}
	truth := truthOf(w, opt)
	sim := evidence.Simulate(t, "Sequential target trials, about 20 treated units with the event", samples(60), func(rng *rand.Rand, hold func(string, bool)) error {
		o := opt
		o.Seed = rng.Uint64()
		got, err := Run(context.Background(), w.panel(400, rng), o)
		var few *CountError
		if errors.As(err, &few) {
			return nil
		}
		if err != nil {
			return err
		}
		hold("risk difference", got.RiskDifference.Interval.Contains(truth.riskDifference))
		return nil
	})
	sim.Nominal("risk difference", 0.95, allowance)
}

// Where clusters share their luck, units taken for independent promise too much.
func TestClustersWiden(t *testing.T) {
	_, draws, allowance := effort()
	w := world{periods: 10, horizon: 4, start: -2, confounding: 0.4, effect: 0}
	sim := evidence.Simulate(t, "Sequential target trials, accounts of four people who start and leave together", samples(40), func(rng *rand.Rand, hold func(string, bool)) error {
		accounts := w.panel(100, rng)
		var rows, cluster []int
		for i := range accounts.Units {
			rows, cluster = append(rows, i, i, i, i), append(cluster, i, i, i, i)
		}
		people := accounts.reorder(rows)
		o := Options{Horizon: 4, Last: 5, MinEvents: 1, MinUnits: 2, Draws: draws, Seed: rng.Uint64()}
		blind, errBlind := Run(context.Background(), people, o)
		people.Cluster = cluster
		right, err := Run(context.Background(), people, o)
		if err != nil || errBlind != nil {
			return nil // too few accounts with the event in an arm
		}
		hold("bootstrap of accounts", right.RiskDifference.Interval.Contains(0))
		hold("bootstrap of people", blind.RiskDifference.Interval.Contains(0))
		return nil
	})
	sim.Nominal("bootstrap of accounts", 0.95, allowance+0.02) // a hundred clusters, some 30 of them treated
	sim.ShownToFail("bootstrap of people", 0.90)
}
