package weighting_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// world draws samples with a known effect. Covariates are x1 ~ N(0, 1) and
// x2 ~ Bernoulli(1/2); the models are given both and no square.
type world struct {
	n       int
	slope   float64 // of x1 in the log odds of treatment: how weak the overlap is
	square  float64 // of x1² − 1 in the log odds: the score is wrong
	curve   float64 // of x1² − 1 in the outcome: the outcome model is wrong
	varies  float64 // of x1 in the effect, which is 1 at x1 = 0
	cluster int     // rows that share x1, arm and a random effect; 0: none
}

func (w world) logit(x1, x2 float64) float64 { return w.slope*x1 - 0.5*x2 + w.square*(x1*x1-1) }
func (w world) effect(x1 float64) float64    { return 1 + w.varies*x1 }

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (w world) draw(rng *rand.Rand) weighting.Sample {
	y, arm, x1, x2 := make([]float64, w.n), make([]float64, w.n), make([]float64, w.n), make([]float64, w.n)
	var shared [3]float64 // x1, uniform draw of the arm, random effect
	s := weighting.Sample{}
	for i := range w.n {
		if w.cluster == 0 || i%w.cluster == 0 {
			shared = [3]float64{rng.NormFloat64(), rng.Float64(), rng.NormFloat64()}
		}
		x1[i] = shared[0]
		if w.cluster == 0 || i%w.cluster == 0 {
			x2[i] = float64(rng.IntN(2))
		} else {
			x2[i] = x2[i-1]
		}
		if shared[1] < expit(w.logit(x1[i], x2[i])) {
			arm[i] = 1
		}
		y[i] = x1[i] + x2[i] + w.curve*(x1[i]*x1[i]-1) + w.effect(x1[i])*arm[i] + rng.NormFloat64()
		if w.cluster > 0 {
			y[i] += shared[2]
			s.Cluster = append(s.Cluster, i/w.cluster)
		}
	}
	out := lalonde.Sample(y, arm, x1, x2)
	out.Cluster = s.Cluster
	return out
}

// truth integrates the effect over the population of an estimand.
func (w world) truth(of weighting.Estimand) float64 {
	var sum, whole float64
	for k := -4000; k <= 4000; k++ {
		x1 := float64(k) / 500
		for x2 := range 2 {
			e := expit(w.logit(x1, float64(x2)))
			h := map[weighting.Estimand]float64{weighting.ATE: 1, weighting.ATT: e, weighting.ATC: 1 - e, weighting.ATO: e * (1 - e)}[of]
			h *= math.Exp(-x1 * x1 / 2)
			sum, whole = sum+h*w.effect(x1), whole+h
		}
	}
	return sum / whole
}

type estimator struct {
	name string
	of   weighting.Estimand
	run  func(weighting.Sample) (*weighting.Effect, error)
}

func ipwOf(name string, opt weighting.Options) estimator {
	return estimator{name, opt.Estimand, func(s weighting.Sample) (*weighting.Effect, error) { return weighting.IPW(s, opt, 0.95) }}
}

func aipwOf(name string, opt weighting.AIPWOptions) estimator {
	return estimator{name, opt.Estimand, func(s weighting.Sample) (*weighting.Effect, error) { return weighting.AIPW(s, opt, 0.95) }}
}

func ebalOf(name string, of weighting.Estimand) estimator {
	return estimator{name, of, func(s weighting.Sample) (*weighting.Effect, error) {
		return weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: of}, 0.95)
	}}
}

func standardiseOf(name string, of weighting.Estimand) estimator {
	return estimator{name, of, func(s weighting.Sample) (*weighting.Effect, error) {
		return weighting.Standardise(s, of, weighting.LinearOutcome, 0.95)
	}}
}

var overlap = estimator{"Overlap weights", weighting.ATO, func(s weighting.Sample) (*weighting.Effect, error) { return weighting.Overlap(s, 0.95) }}

func estimators() []estimator {
	return []estimator{
		ipwOf("IPW, ATE", weighting.Options{}),
		ipwOf("IPW, ATT", weighting.Options{Estimand: weighting.ATT}),
		ipwOf("IPW, ATC", weighting.Options{Estimand: weighting.ATC}),
		overlap,
		ebalOf("Entropy balancing, ATE", weighting.ATE),
		ebalOf("Entropy balancing, ATT", weighting.ATT),
		standardiseOf("Regression adjustment, ATE", weighting.ATE),
		standardiseOf("Regression adjustment, ATT", weighting.ATT),
		aipwOf("AIPW, ATE", weighting.AIPWOptions{}),
		aipwOf("AIPW, ATT", weighting.AIPWOptions{Options: weighting.Options{Estimand: weighting.ATT}}),
		aipwOf("AIPW, ATE, cross-fitted", weighting.AIPWOptions{Folds: 5}),
		aipwOf("AIPW, ATT, cross-fitted", weighting.AIPWOptions{Folds: 5, Options: weighting.Options{Estimand: weighting.ATT}}),
	}
}

// simulate reports whether the interval of each estimate in a world covers its
// truth, and whether the one with weights taken as known does.
func simulate(t *testing.T, e estimator, w world, n evidence.Draws, scenario string) *evidence.Simulation {
	t.Helper()
	truth := w.truth(e.of)
	return evidence.Simulate(t, e.name, n, func(rng *rand.Rand, hold func(string, bool)) error {
		got, err := e.run(w.draw(rng))
		if refused(err) {
			return nil
		}
		if err != nil {
			return err
		}
		hold(scenario, got.Interval.Contains(truth))
		hold(scenario+", weights taken as known", stat.Normal(got.Value, got.KnownWeightsSE, 0.95).Interval.Contains(truth))
		return nil
	})
}

// quick is how many samples a short run draws: a third where each is fitted
// five times.
func quick(e estimator, n int) int {
	if strings.Contains(e.name, "cross-fitted") {
		return n / 3
	}
	return n
}

// refused says whether an estimator said that it cannot answer.
func refused(err error) bool {
	return errors.Is(err, stat.ErrNoOverlap) || errors.Is(err, stat.ErrNoConvergence)
}

// Every interval, under moderate overlap and an effect that differs between
// the populations.
func TestCoverageModerateOverlap(t *testing.T) {
	w := world{n: 500, slope: 0.7, varies: 0.5}
	for k, e := range estimators() {
		draws := evidence.Draws{Quick: quick(e, 80), Full: 4000, Seed: 100 + uint64(k)}
		simulate(t, e, w, draws, "500 units, moderate overlap").Nominal("500 units, moderate overlap", 0.95, 0)
	}
	for _, e := range []estimator{
		ipwOf("IPW, ATE, trimmed at 0.1", weighting.Options{Trim: weighting.Trim{Rule: weighting.FixedTrim, Bound: 0.1}}),
		ipwOf("IPW, ATE, trimmed by Crump and others", weighting.Options{Trim: weighting.Trim{Rule: weighting.CrumpTrim}}),
	} {
		draws := evidence.Draws{Quick: 100, Full: 4000, Seed: 150}
		simulate(t, e, world{n: 500, slope: 1}, draws, "500 units, the same effect for all").Nominal("500 units, the same effect for all", 0.95, 0)
	}
}

// The difference of the arms, with the best of intervals around it, is not the
// effect when the arms differ.
func TestNaiveDifferenceFails(t *testing.T) {
	w := world{n: 500, slope: 0.7}
	scenario := "500 units, confounded"
	evidence.Simulate(t, "Difference of the arms, unadjusted", evidence.Draws{Quick: 250, Full: 2000, Seed: 7}, func(rng *rand.Rand, hold func(string, bool)) error {
		s := w.draw(rng)
		arm := make([]float64, w.n)
		for i, treated := range s.Treated {
			if treated {
				arm[i] = 1
			}
		}
		fit, err := regression.OLS(s.Outcome, regression.WithIntercept(w.n, arm))
		if err != nil {
			return err
		}
		cov, err := fit.HC(regression.HC2)
		if err != nil {
			return err
		}
		hold(scenario, stat.Normal(fit.Coef[1], math.Sqrt(cov.At(1, 1)), 0.95).Interval.Contains(1))
		return nil
	}).ShownToFail(scenario, 0.2)
}

// AIPW needs one of its models, the others need theirs.
func TestDoubleRobustness(t *testing.T) {
	draws := evidence.Draws{Quick: 80, Full: 2000, Seed: 21}
	scoreWrong := world{n: 800, slope: 0.5, square: 0.6}
	outcomeWrong := world{n: 800, slope: 0.5, curve: 1}
	bothWrong := world{n: 800, slope: 0.5, square: 0.6, curve: 1}
	for _, e := range []estimator{aipwOf("AIPW, ATE", weighting.AIPWOptions{}),
		aipwOf("AIPW, ATT", weighting.AIPWOptions{Options: weighting.Options{Estimand: weighting.ATT}})} {
		simulate(t, e, scoreWrong, draws, "wrong score, right outcome model").Nominal("wrong score, right outcome model", 0.95, 0)
		simulate(t, e, outcomeWrong, draws, "right score, wrong outcome model").Nominal("right score, wrong outcome model", 0.95, 0)
		simulate(t, e, bothWrong, draws, "both models wrong").ShownToFail("both models wrong", 0.5)
	}
	ipw, model := ipwOf("IPW, ATE", weighting.Options{}), standardiseOf("Regression adjustment, ATE", weighting.ATE)
	simulate(t, ipw, outcomeWrong, draws, "right score, curved outcome").Nominal("right score, curved outcome", 0.95, 0)
	simulate(t, ipw, bothWrong, draws, "wrong score, curved outcome").ShownToFail("wrong score, curved outcome", 0.5)
	simulate(t, model, bothWrong, draws, "wrong outcome model").ShownToFail("wrong outcome model", 0.5)
}

// Where some units are almost sure to be treated (scores from 0.001 to 0.999),
// weights explode and their standard errors do not notice. Overlap weights hold.
// So does regression adjustment, which extrapolates along a line that happens
// to be right here.
func TestCoverageWeakOverlap(t *testing.T) {
	w := world{n: 500, slope: 3}
	draws := evidence.Draws{Quick: 100, Full: 4000, Seed: 31}
	const weak = "500 units, weak overlap"
	simulate(t, overlap, w, draws, weak).Nominal(weak, 0.95, 0)
	simulate(t, standardiseOf("Regression adjustment, ATE", weighting.ATE), w, draws, weak).Nominal(weak, 0.95, 0)
	for _, e := range []estimator{ipwOf("IPW, ATE", weighting.Options{}), ipwOf("IPW, ATT", weighting.Options{Estimand: weighting.ATT})} {
		s := simulate(t, e, w, draws, weak)
		s.ShownToFail(weak, 0.88)
		s.ShownToFail(weak+", weights taken as known", 0.94)
	}
	simulate(t, ebalOf("Entropy balancing, ATT", weighting.ATT), w, draws, weak).ShownToFail(weak, 0.88)
	draws.Quick = 250
	ht := ipwOf("IPW, ATE, Horvitz–Thompson", weighting.Options{Normalisation: weighting.HorvitzThompson})
	simulate(t, ht, w, draws, weak).ShownToFail(weak, 0.92)
	simulate(t, aipwOf("AIPW, ATE", weighting.AIPWOptions{}), w, draws, weak).ShownToFail(weak, 0.95)
	if evidence.Full() {
		simulate(t, aipwOf("AIPW, ATE, cross-fitted", weighting.AIPWOptions{Folds: 5}), w, draws, weak).ShownToFail(weak, 0.95)
	}
	trimmed := ipwOf("IPW, ATE, trimmed at 0.1", weighting.Options{Trim: weighting.Trim{Rule: weighting.FixedTrim, Bound: 0.1}})
	simulate(t, trimmed, w, draws, weak).Nominal(weak, 0.95, 0)
}

// Rows of a cluster share covariates, arm and an effect on the outcome.
func TestCoverageClusters(t *testing.T) {
	w := world{n: 600, slope: 0.5, cluster: 6}
	draws := evidence.Draws{Quick: 100, Full: 4000, Seed: 41}
	const clustered, ignored = "100 clusters of 6", "100 clusters of 6, clustering ignored"
	for _, e := range estimators() {
		draws.Quick = quick(e, 60)
		// A first-order error of 100 clusters, half of them treated, is a little small.
		simulate(t, e, w, draws, clustered).Nominal(clustered, 0.95, 0.006)
	}
	e := ipwOf("IPW, ATE", weighting.Options{})
	draws.Quick = 300
	evidence.Simulate(t, e.name, draws, func(rng *rand.Rand, hold func(string, bool)) error {
		s := w.draw(rng)
		s.Cluster = nil
		got, err := e.run(s)
		if err != nil {
			return err
		}
		hold(ignored, got.Interval.Contains(1))
		return nil
	}).ShownToFail(ignored, 0.85)
}
