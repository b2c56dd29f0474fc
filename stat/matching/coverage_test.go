package matching_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/matching"
	"github.com/liftmark/liftmark/stat/weighting"
)

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// confounded draws n units with one covariate that drives treatment (about a
// quarter) and outcome; the effect is 1 for everyone.
func confounded(rng *rand.Rand, n int, slope, curve float64) weighting.Sample {
	y, arm, x1, x2 := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		x1[i], x2[i] = rng.NormFloat64(), float64(rng.IntN(2))
		if rng.Float64() < expit(-1.4+slope*x1[i]+0.4*x2[i]) {
			arm[i] = 1
		}
		y[i] = x1[i] + x2[i] + curve*(x1[i]*x1[i]-1) + arm[i] + rng.NormFloat64()
	}
	return lalonde.Sample(y, arm, x1, x2)
}

// Intervals after matching on an estimated score, under moderate overlap with
// three controls for each treated unit.
func TestCoverageMatching(t *testing.T) {
	const scenario = "600 units, a quarter treated, moderate overlap"
	draws := evidence.Draws{Quick: 150, Full: 4000, Seed: 3}
	logit := func(s weighting.Sample) ([]float64, error) {
		score, err := weighting.Propensity(s.Treated, s.Covariates)
		if err != nil {
			return nil, err
		}
		return score.Logit, nil
	}
	for _, tt := range []struct {
		method string
		run    func(weighting.Sample, []float64) (stat.Test, error)
	}{
		{"Nearest neighbour, controls used again (Abadie–Imbens)", func(s weighting.Sample, logit []float64) (stat.Test, error) {
			m, err := matching.Nearest(s.Treated, logit, matching.Options{Replace: true})
			if err != nil {
				return stat.Test{}, err
			}
			return m.AbadieImbens(s.Outcome, matching.AIOptions{}, 0.95)
		}},
		{"Nearest neighbour, bias-adjusted (Abadie–Imbens)", func(s weighting.Sample, logit []float64) (stat.Test, error) {
			m, err := matching.Nearest(s.Treated, logit, matching.Options{Replace: true, Ratio: 2, Ties: matching.AllTies})
			if err != nil {
				return stat.Test{}, err
			}
			return m.AbadieImbens(s.Outcome, matching.AIOptions{Covariates: s.Covariates, Neighbours: 2}, 0.95)
		}},
		{"Nearest neighbour, caliper, controls used once", func(s weighting.Sample, logit []float64) (stat.Test, error) {
			m, err := matching.Nearest(s.Treated, logit, matching.Options{Caliper: 0.1})
			if err != nil {
				return stat.Test{}, err
			}
			return m.Effect(s.Outcome, nil, 0.95)
		}},
		{"Regression in the matched sample", func(s weighting.Sample, logit []float64) (stat.Test, error) {
			m, err := matching.Nearest(s.Treated, logit, matching.Options{Caliper: 0.2})
			if err != nil {
				return stat.Test{}, err
			}
			return m.Regress(s.Outcome, s.Covariates, nil, 0.95)
		}},
	} {
		evidence.Simulate(t, tt.method, draws, func(rng *rand.Rand, hold func(string, bool)) error {
			s := confounded(rng, 600, 0.6, 0)
			score, err := logit(s)
			if err != nil {
				return err
			}
			got, err := tt.run(s, score)
			if err != nil {
				return err
			}
			hold(scenario, got.Interval.Contains(1))
			return nil
		}).Nominal(scenario, 0.95, 0)
	}
}

// With many classes and units the stratified error is right; with five, a
// tenth of the bias stays and large samples see it.
func TestCoverageSubclasses(t *testing.T) {
	sim := evidence.Simulate(t, "Subclassification", evidence.Draws{Quick: 60, Full: 1500, Seed: 5}, func(rng *rand.Rand, hold func(string, bool)) error {
		s := confounded(rng, 4000, 1, 0)
		score, err := weighting.Propensity(s.Treated, s.Covariates)
		if err != nil {
			return err
		}
		five, err := matching.Subclassify(s.Treated, score.Logit, s.Outcome, 5, 0.95)
		if err != nil {
			return err
		}
		hold("4,000 units, five classes", five.Interval.Contains(1))
		many, err := matching.Subclassify(s.Treated, score.Logit, s.Outcome, 40, 0.95)
		if errors.Is(err, stat.ErrTooFew) {
			return nil
		}
		if err != nil {
			return err
		}
		hold("4,000 units, 40 classes", many.Interval.Contains(1))
		return nil
	})
	sim.ShownToFail("4,000 units, five classes", 0.8)
	sim.Nominal("4,000 units, 40 classes", 0.95, 0)
}

// Drawing units with replacement and matching again does not give the standard
// error of matching with replacement: a drawn control is there twice or not at
// all, and its copies change who is nearest. In the example of Abadie and
// Imbens (2008, Econometrica 76:1537-1557, section 3) with ten controls for
// each treated unit, their limits give a bootstrap variance 1.62 times the
// true one: intervals cover 98.7 % instead of 95 %.
func TestBootstrapIsNotTheError(t *testing.T) {
	const scenario = "20 treated, 200 controls: too wide, 98.7 % in theory"
	const n1, n0, replicates = 20, 200, 100
	evidence.Simulate(t, "Matching, bootstrap of units", evidence.Draws{Quick: 150, Full: 1500, Seed: 9}, func(rng *rand.Rand, hold func(string, bool)) error {
		treated, x, y := make([]bool, n1+n0), make([]float64, n1+n0), make([]float64, n1+n0)
		for i := range treated {
			treated[i], x[i] = i < n1, rng.Float64()
			if !treated[i] {
				y[i] = rng.NormFloat64()
			}
		}
		point, err := mean(treated, x, y)
		if err != nil {
			return err
		}
		var squares float64
		bx, by := make([]float64, n1+n0), make([]float64, n1+n0)
		for range replicates {
			for i := range bx {
				k := rng.IntN(n1)
				if i >= n1 {
					k = n1 + rng.IntN(n0)
				}
				bx[i], by[i] = x[k], y[k]
			}
			v, err := mean(treated, bx, by)
			if err != nil {
				return err
			}
			squares += (v - point) * (v - point) / replicates
		}
		hold(scenario, math.Abs(point) <= 1.96*math.Sqrt(squares))
		return nil
	}).AtLeast(scenario, 0.975)
}

// mean is the effect after matching with replacement.
func mean(treated []bool, x, y []float64) (float64, error) {
	m, err := matching.Nearest(treated, x, matching.Options{Replace: true, Ties: matching.AllTies})
	if err != nil {
		return 0, err
	}
	got, err := m.AbadieImbens(y, matching.AIOptions{}, 0.95)
	return got.Value, err
}
