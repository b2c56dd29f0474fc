package heterogeneity_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/heterogeneity"
	"github.com/liftmark/liftmark/stat/regression"
)

// drawSegments are k segments with true effects from N(1, tau²) and standard
// errors between 0.3 and 1.
func drawSegments(rng *rand.Rand, k int, tau float64) (truth []float64, s []heterogeneity.Segment) {
	for range k {
		se := 0.3 + 0.7*rng.Float64()
		theta := 1 + tau*rng.NormFloat64()
		truth = append(truth, theta)
		s = append(s, heterogeneity.Segment{Value: theta + se*rng.NormFloat64(), SE: se})
	}
	return truth, s
}

func TestSegmentCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Segments with shrinkage", evidence.Draws{Quick: 250, Full: 10000, Seed: 41}, func(rng *rand.Rand, hold func(string, bool)) error {
		for _, world := range []struct {
			name string
			tau  float64
		}{{"12 segments that differ", 0.5}, {"12 segments that do not differ", 0}} {
			name, tau := world.name, world.tau
			truth, segments := drawSegments(rng, 12, tau)
			p := must(heterogeneity.Shrink(segments, 0.95))
			any := rng.IntN(12)
			best, bestShrunk := 0, 0
			for i := range segments {
				if segments[i].Value > segments[best].Value {
					best = i
				}
				if p.Segments[i].Estimate.Value > p.Segments[bestShrunk].Estimate.Value {
					bestShrunk = i
				}
			}
			hold(name+": shrunken interval of a segment covers", p.Segments[any].Interval.Contains(truth[any]))
			hold(name+": shrunken interval of the best segment covers", p.Segments[bestShrunk].Interval.Contains(truth[bestShrunk]))
			naive := stat.Normal(segments[best].Value, segments[best].SE, 0.95)
			hold(name+": own interval of the best segment covers", naive.Interval.Contains(truth[best]))
			_, prob, err := heterogeneity.Interaction(segments)
			hold(name+": interaction test rejects at 5 %", prob <= 0.05)
			if err != nil {
				return err
			}
		}
		return nil
	})
	s.Nominal("12 segments that differ: shrunken interval of a segment covers", 0.95, 0.01)
	s.Nominal("12 segments that differ: shrunken interval of the best segment covers", 0.95, 0.01)
	s.ShownToFail("12 segments that differ: own interval of the best segment covers", 0.93)
	// Without differences the posterior still allows for some.
	s.AtLeast("12 segments that do not differ: shrunken interval of a segment covers", 0.95)
	s.AtLeast("12 segments that do not differ: shrunken interval of the best segment covers", 0.95)
	s.ShownToFail("12 segments that do not differ: own interval of the best segment covers", 0.93)
	s.Nominal("12 segments that do not differ: interaction test rejects at 5 %", 0.05, 0)
}

func TestPoolCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Random effects", evidence.Draws{Quick: 300, Full: 10000, Seed: 42}, func(rng *rand.Rand, hold func(string, bool)) error {
		_, segments := drawSegments(rng, 6, 0.6)
		for name, between := range evidence.InOrder(map[string]heterogeneity.Between{"REML": heterogeneity.REML, "DerSimonian–Laird": heterogeneity.DerSimonianLaird}) {
			p := must(heterogeneity.Pool(segments, between, 0.95))
			hold("6 segments, "+name+": Hartung–Knapp interval covers the mean", p.Mean.Interval.Contains(1))
			hold("6 segments, "+name+": Wald interval covers the mean", p.Wald.Interval.Contains(1))
		}
		_, many := drawSegments(rng, 15, 0.6)
		p := must(heterogeneity.Shrink(many, 0.95))
		hold("15 segments: interval of a new segment holds it", p.New.Interval.Contains(1+0.6*rng.NormFloat64()))
		return nil
	})
	for _, name := range []string{"REML", "DerSimonian–Laird"} {
		s.Nominal("6 segments, "+name+": Hartung–Knapp interval covers the mean", 0.95, 0.01)
		s.ShownToFail("6 segments, "+name+": Wald interval covers the mean", 0.95)
	}
	s.Nominal("15 segments: interval of a new segment holds it", 0.95, 0.015)
}

// email simulates an experiment on mail to customers, shaped like Hillstrom's
// (visits after a mail; recency, history and newcomers as covariates), with
// known effects. size rows in clusters of each; effect of recency slope.
func email(rng *rand.Rand, size, each int, slope float64) (heterogeneity.Experiment, []float64) {
	d := heterogeneity.Experiment{Covariates: regression.Design{Rows: size, Cols: 3}}
	truth := make([]float64, size)
	var shared float64
	for i := range size {
		if i%each == 0 {
			shared = 0.7 * rng.NormFloat64()
		}
		recency, history, newcomer := rng.NormFloat64(), rng.Float64(), float64(rng.IntN(2))
		treated := rng.IntN(2) == 1
		truth[i] = 0.5 + slope*recency
		y := 1 + 0.5*recency + history - 0.3*newcomer + rng.NormFloat64()
		if each > 1 {
			y += shared
		}
		if treated {
			y += truth[i]
		}
		d.Outcome, d.Treated = append(d.Outcome, y), append(d.Treated, treated)
		d.Covariates.Values = append(d.Covariates.Values, recency, history, newcomer)
		d.Cluster = append(d.Cluster, i/each)
	}
	if each == 1 {
		d.Cluster = nil
	}
	return d, truth
}

var plans = map[string]heterogeneity.Plan{
	"DR-learner, linear": {Learner: heterogeneity.DRLearner, Base: heterogeneity.LinearBase, Folds: 3, Seed: 5},
	"T-learner, linear":  {Learner: heterogeneity.TLearner, Base: heterogeneity.LinearBase, Folds: 3, Seed: 5},
	"DR-learner, tree":   {Learner: heterogeneity.DRLearner, Base: heterogeneity.TreeBase, Folds: 3, Seed: 5, Tree: heterogeneity.TreeRules{MaxDepth: 2, MinLeaf: 20}},
	"T-learner, tree":    {Learner: heterogeneity.TLearner, Base: heterogeneity.TreeBase, Folds: 3, Seed: 5, Tree: heterogeneity.TreeRules{MaxDepth: 2, MinLeaf: 20}},
}

func TestNoHeterogeneity(t *testing.T) {
	for name, plan := range plans {
		s := evidence.Simulate(t, name, evidence.Draws{Quick: 120, Full: 4000, Seed: 43}, func(rng *rand.Rand, hold func(string, bool)) error {
			for scenario, each := range evidence.InOrder(map[string]int{"no differences, 500 people": 1, "no differences, 125 accounts of 4 people": 4}) {
				d, _ := email(rng, 500, each, 0)
				p := must(heterogeneity.Validate(context.Background(), d, plan))
				c, err := p.Calibration(0.95)
				if err != nil && !errors.Is(err, stat.ErrNoVariance) {
					return err
				}
				hold(scenario+": calibration test rejects at 5 %", err == nil && c.P <= 0.05)
				if each == 1 {
					g := must(p.Groups(4, 0.95))
					hold(scenario+": spread of four groups is called real at 5 %", g.Spread.P <= 0.05)
				}
			}
			return nil
		})
		s.Nominal("no differences, 500 people: calibration test rejects at 5 %", 0.05, 0.01)
		s.Nominal("no differences, 125 accounts of 4 people: calibration test rejects at 5 %", 0.05, 0.01)
		s.Nominal("no differences, 500 people: spread of four groups is called real at 5 %", 0.05, 0.01)
	}
}

func TestKnownHeterogeneity(t *testing.T) {
	for name, plan := range plans {
		s := evidence.Simulate(t, name, evidence.Draws{Quick: 80, Full: 3000, Seed: 44}, func(rng *rand.Rand, hold func(string, bool)) error {
			d, truth := email(rng, 600, 1, 0.8)
			p := must(heterogeneity.Validate(context.Background(), d, plan))
			g := must(p.Groups(4, 0.95))
			want := groupTruth(p, truth, 4)
			for k := range want {
				hold("600 people, effect by recency: interval of a group covers", g.Effect[k].Interval.Contains(want[k]))
			}
			hold("600 people, effect by recency: interval of the spread covers", g.Spread.Interval.Contains(want[0]-want[3]))
			hold("600 people, effect by recency: calibration test rejects", must(p.Calibration(0.95)).P <= 0.05)
			b := must(p.Projection(p.Covariates, 0.95))
			hold("600 people, effect by recency: projection on recency covers", b[1].Interval.Contains(0.8))
			hold("600 people, effect by recency: projection on newcomers covers", b[3].Interval.Contains(0))
			return nil
		})
		// The truth is that of the people at hand, a little surer than that of
		// the population that the standard error is for.
		s.Nominal("600 people, effect by recency: interval of a group covers", 0.95, 0.015)
		s.Nominal("600 people, effect by recency: interval of the spread covers", 0.95, 0.015)
		s.Nominal("600 people, effect by recency: projection on recency covers", 0.95, 0.01)
		s.Nominal("600 people, effect by recency: projection on newcomers covers", 0.95, 0.01)
		s.AtLeast("600 people, effect by recency: calibration test rejects", 0.9)
	}
}

// groupTruth averages the true effects of the people in each group, those tied
// at an edge in proportion.
func groupTruth(p *heterogeneity.Predictions, truth []float64, q int) []float64 {
	known := *p
	known.Score = make([]float64, len(p.Score))
	for i, r := range p.Row {
		known.Score[i] = truth[r]
	}
	out := make([]float64, q)
	for k, e := range must(known.Groups(q, 0.95)).Effect {
		out[k] = e.Value
	}
	return out
}

// A fixed ranking, as of a model trained last year, has a known Qini: with
// effects 0.5 + 0.8x, x standard normal and ranked by x it is 0.8·E[x(Φ(x) − ½)]
// = 0.8/(2√π); AUTOC is 0.8·E[x·(−log(1−Φ(x)))] − 0 = 0.8·0.9032, by numerical
// integration (R: integrate(function(x) -x*log(pnorm(-x))*dnorm(x), -Inf, Inf)
// gives 0.903197285568625).
func TestUpliftCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Uplift curve", evidence.Draws{Quick: 100, Full: 2000, Seed: 45}, func(rng *rand.Rand, hold func(string, bool)) error {
		for scenario, each := range evidence.InOrder(map[string]int{"450 people": 1, "150 accounts of 3 people": 3}) {
			p := ranking(rng, 450, each, 0.8)
			u := must(p.Uplift(context.Background(), heterogeneity.UpliftPlan{Points: 2, Replicates: 100, Seed: 6}, 0.95))
			hold(scenario+": Qini interval covers", u.Qini.Interval.Contains(0.8/(2*math.Sqrt(math.Pi))))
			hold(scenario+": AUTOC interval covers", u.AUTOC.Interval.Contains(0.8*autoc))
			// Half of the people, those above the median: ½·0.5 + 0.8·φ(0).
			hold(scenario+": interval of the gain from treating half covers", u.Gain[0].Interval.Contains(0.25+0.8/math.Sqrt(2*math.Pi)))
			null := ranking(rng, 450, each, 0)
			v := must(null.Uplift(context.Background(), heterogeneity.UpliftPlan{Points: 2, Replicates: 100, Seed: 6}, 0.95))
			hold(scenario+": without differences Qini rejects at 5 %", v.Qini.P <= 0.05)
		}
		return nil
	})
	for _, scenario := range []string{"450 people", "150 accounts of 3 people"} {
		s.Nominal(scenario+": Qini interval covers", 0.95, 0.01)
		// The top share's mean is heavy in few people.
		s.Nominal(scenario+": AUTOC interval covers", 0.95, 0.02)
		s.Nominal(scenario+": interval of the gain from treating half covers", 0.95, 0.01)
		s.Nominal(scenario+": without differences Qini rejects at 5 %", 0.05, 0.01)
	}
}

const autoc = 0.903197285568625

// ranking is people scored with noise and ranked by x; their accounts share
// noise.
func ranking(rng *rand.Rand, n, each int, slope float64) *heterogeneity.Predictions {
	p := &heterogeneity.Predictions{}
	var shared float64
	for i := range n {
		if i%each == 0 {
			shared = rng.NormFloat64()
		}
		x := rng.NormFloat64()
		noise := 2 * rng.NormFloat64()
		if each > 1 {
			noise += shared
		}
		p.Row, p.Fold, p.Cluster = append(p.Row, i), append(p.Fold, 0), append(p.Cluster, i/each)
		p.Effect, p.Score = append(p.Effect, x), append(p.Score, 0.5+slope*x+noise)
	}
	return p
}
