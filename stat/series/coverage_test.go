package series_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
)

// world is a panel whose units follow a shared course, a random walk with drift,
// to different degrees, beside levels and noise of their own.
type world struct {
	units, periods, before, treated int
	// low and high bound the share of the course that the treated take; controls
	// take 0 to 1. Unless the treated take half on average, trends are not parallel.
	low, high   float64
	step, drift float64 // of the course, per period
	noise       float64
	effect      float64
}

// draw makes a panel whose first units are the treated.
func (w world) draw(rng *rand.Rand) (p series.Panel, treated []int) {
	p = series.Panel{Outcome: make([][]float64, w.units), Before: w.before}
	course := make([]float64, w.periods)
	for t := range course {
		course[t] = w.drift + w.step*rng.NormFloat64()
		if t > 0 {
			course[t] += course[t-1]
		}
	}
	for i := range p.Outcome {
		share, level := rng.Float64(), 50+5*rng.Float64()
		row := make([]float64, w.periods)
		if i < w.treated {
			treated = append(treated, i)
			share = w.low + (w.high-w.low)*share
		}
		for t := range row {
			row[t] = level + share*course[t] + w.noise*rng.NormFloat64()
			if i < w.treated && t >= w.before {
				row[t] += w.effect
			}
		}
		p.Outcome[i] = row
	}
	return p, treated
}

// One treated unit, drawn from those that follow the shared course closely, and
// one drawn at random.
func TestCoverageOfSyntheticDIDWithOneTreated(t *testing.T) {
	closely := world{units: 31, periods: 30, before: 24, treated: 1, low: 0.6, high: 0.9, step: 2, drift: 0.3, noise: 0.5, effect: 2}
	random := closely
	random.low, random.high = 0, 1
	sim := evidence.Simulate(t, "Synthetic difference-in-differences, every control as placebo", evidence.Draws{Quick: 60, Full: 4000, Seed: 1}, func(rng *rand.Rand, hold func(string, bool)) error {
		for name, w := range evidence.InOrder(map[string]world{"1 of 31 units": random, "1 of 31 units, trends not parallel": closely}) {
			p, treated := w.draw(rng)
			fit, err := series.SyntheticDID(p, treated, series.SyntheticDifference)
			if err != nil {
				return err
			}
			u, err := fit.PlaceboEach(context.Background(), 0.95)
			if err != nil {
				return err
			}
			hold(name, u.Effect.Interval.Contains(w.effect))
		}
		return nil
	})
	sim.Nominal("1 of 31 units", 0.95, 0)
	sim.Nominal("1 of 31 units, trends not parallel", 0.95, 0)
}

// Trends that differ by a factor: the plain comparison counts the difference as
// effect, the weighted one finds controls that run alongside.
func TestCoverageOfSyntheticDIDWithSeveralTreated(t *testing.T) {
	for name, w := range evidence.InOrder(map[string]world{
		"treated at random":              {units: 60, periods: 42, before: 36, treated: 12, low: 0, high: 1, step: 1, noise: 0.5, effect: 2},
		"trends not parallel":            {units: 60, periods: 42, before: 36, treated: 10, low: 0.6, high: 0.9, step: 2, noise: 0.5, effect: 2},
		"trends apart, 10 months before": {units: 60, periods: 16, before: 10, treated: 10, low: 0.6, high: 0.9, step: 0.2, drift: 0.4, noise: 1, effect: 2},
	}) {
		sim := coverage(t, name, w)
		switch name {
		case "treated at random":
			for _, method := range []string{"jackknife", "bootstrap", "placebo"} {
				sim.Nominal(method+", "+name, 0.95, 0)
			}
			// Twelve treated units, whose spread a normal interval takes for known.
			sim.Nominal("plain, "+name, 0.95, 0.03)
		case "trends not parallel":
			// The penalty spreads the weights, which leaves a tenth of the course in the
			// difference: a bias that no standard error knows of.
			for _, method := range []string{"jackknife", "bootstrap", "placebo"} {
				sim.Nominal(method+", "+name, 0.95, 0.05)
			}
			sim.ShownToFail("plain, "+name, 0.8)
		default:
			for _, method := range []string{"jackknife", "bootstrap", "placebo", "plain"} {
				sim.ShownToFail(method+", "+name, 0.9)
			}
		}
	}
}

// coverage of the intervals for several treated units.
func coverage(t *testing.T, name string, w world) *evidence.Simulation {
	return evidence.Simulate(t, "Synthetic difference-in-differences", evidence.Draws{Quick: 20, Full: 1000, Seed: 2}, func(rng *rand.Rand, hold func(string, bool)) error {
		p, treated := w.draw(rng)
		fit, err := series.SyntheticDID(p, treated, series.SyntheticDifference)
		if err != nil {
			return err
		}
		plain, err := series.SyntheticDID(p, treated, series.PlainDifference)
		if err != nil {
			return err
		}
		draws := series.Replication{Replicates: 50, Seed: rng.Uint64()}
		for method, interval := range evidence.InOrder(map[string]func() (*series.Uncertainty, error){
			"jackknife": func() (*series.Uncertainty, error) { return fit.Jackknife(0.95) },
			"bootstrap": func() (*series.Uncertainty, error) { return fit.Bootstrap(context.Background(), draws, 0.95) },
			"placebo":   func() (*series.Uncertainty, error) { return fit.Placebo(context.Background(), draws, 0.95) },
			"plain":     func() (*series.Uncertainty, error) { return plain.Jackknife(0.95) },
		}) {
			u, err := interval()
			if err != nil {
				return err
			}
			hold(method+", "+name, u.Effect.Interval.Contains(w.effect))
		}
		return nil
	})
}

// A treated unit that is one of twenty alike: the placebo ranks it first by
// chance alone, one time in twenty.
func TestSizeOfPlaceboInSpace(t *testing.T) {
	w := world{units: 20, periods: 24, before: 16, treated: 1, low: 0, high: 1, step: 1, noise: 1}
	sim := evidence.Simulate(t, "Synthetic control, placebos in space", evidence.Draws{Quick: 200, Full: 4000, Seed: 3}, func(rng *rand.Rand, hold func(string, bool)) error {
		p, _ := w.draw(rng)
		for name, d := range evidence.InOrder(map[string]series.Donors{"": {}, ", ridge": {Ridge: 10}}) {
			r, err := series.PlaceboInSpace(context.Background(), p, 0, d, 0)
			if errors.Is(err, stat.ErrNoOverlap) {
				return nil // refused, so that nothing is claimed
			}
			if err != nil {
				return err
			}
			hold("rejects at 5 %, 20 units"+name, r.P <= 0.05)
			interval, err := r.Interval(0.95)
			if err != nil {
				return err
			}
			hold("interval, 20 units"+name, interval.Contains(0))
		}
		return nil
	})
	for _, name := range []string{"", ", ridge"} {
		sim.Nominal("rejects at 5 %, 20 units"+name, 0.05, 0)
		sim.Nominal("interval, 20 units"+name, 0.95, 0)
	}
}
