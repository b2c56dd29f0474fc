package experiment_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// shuffled picks k of n at random.
func shuffled(rng *rand.Rand, n, k int) []bool {
	out := make([]bool, n)
	for _, i := range rng.Perm(n)[:k] {
		out[i] = true
	}
	return out
}

func divide(y []float64, treated []bool) (t, c summary.Moments, err error) {
	var a, b []float64
	for i, v := range y {
		if treated[i] {
			a = append(a, v)
		} else {
			b = append(b, v)
		}
	}
	if t, err = summary.Of(a); err != nil {
		return t, c, err
	}
	c, err = summary.Of(b)
	return t, c, err
}

func TestAssignedCoverage(t *testing.T) {
	sim := evidence.Simulate(t, "as assigned", evidence.Draws{Quick: 1000, Full: 5000, Seed: 51}, func(rng *rand.Rand, hold func(string, bool)) error {
		y, null, treated := make([]float64, 90), make([]float64, 90), shuffled(rng, 90, 36)
		for i := range y {
			null[i] = 4 + rng.NormFloat64() + 0.5*rng.ExpFloat64()
			y[i] = null[i]
			if treated[i] {
				y[i] += 1 + 0.5*rng.NormFloat64()
			}
		}
		a, b, err := divide(y, treated)
		if err != nil {
			return err
		}
		effect, err := experiment.CompareMeans(a, b, 0.95)
		if err != nil {
			return err
		}
		hold("means, 36 and 54", effect.Interval.Contains(1))
		hold("lift, 36 and 54", effect.Relative.Interval.Contains(1/4.5))
		if a, b, err = divide(null, treated); err != nil {
			return err
		}
		if effect, err = experiment.CompareMeans(a, b, 0.95); err != nil {
			return err
		}
		hold("means, no effect: rejected", effect.P < 0.05)
		return holdShares(rng, hold)
	})
	sim.Nominal("means, 36 and 54", 0.95, 0)
	sim.Nominal("lift, 36 and 54", 0.95, 0.005) // normal, not t
	sim.Nominal("means, no effect: rejected", 0.05, 0)
	sim.Nominal("shares, 80 and 120", 0.95, 0.01) // Newcombe's is discrete, slightly conservative
	sim.Nominal("shares, no effect: rejected", 0.05, 0.01)
	sim.Nominal("ratio of shares, 80 and 120", 0.95, 0.01)
}

func holdShares(rng *rand.Rand, hold func(string, bool)) error {
	count := func(n int, p float64) experiment.Count {
		c := experiment.Count{Trials: n}
		for range n {
			if rng.Float64() < p {
				c.Successes++
			}
		}
		return c
	}
	control := count(120, 0.3)
	effect, err := experiment.CompareShares(count(80, 0.2), control, 0.95)
	if err != nil {
		return err
	}
	hold("shares, 80 and 120", effect.Interval.Contains(-0.1))
	hold("ratio of shares, 80 and 120", effect.Relative.Interval.Contains(2.0/3))
	null, err := experiment.CompareShares(count(80, 0.3), control, 0.95)
	if err != nil {
		return err
	}
	hold("shares, no effect: rejected", null.P < 0.05)
	return nil
}

func TestSampleRatioSize(t *testing.T) {
	sim := evidence.Simulate(t, "sample-ratio test", evidence.Draws{Quick: 1000, Full: 10000, Seed: 52}, func(rng *rand.Rand, hold func(string, bool)) error {
		for _, c := range []struct {
			name string
			n    int
			plan []float64
			true []float64
		}{
			{"300 units, half and half: rejected", 300, []float64{1, 1}, []float64{1, 1}},
			{"400 units, 50/30/20: rejected", 400, []float64{5, 3, 2}, []float64{5, 3, 2}},
			{"9 units, exact: rejected", 9, []float64{1, 1}, []float64{1, 1}},
			{"3,000 units, one in ten treated lost: noticed", 3000, []float64{1, 1}, []float64{0.9, 1}},
		} {
			counts := make([]int, len(c.plan))
			var total float64
			for _, p := range c.true {
				total += p
			}
			for range c.n {
				u, k := rng.Float64()*total, 0
				for u > c.true[k] {
					u -= c.true[k]
					k++
				}
				counts[k]++
			}
			got, err := experiment.SampleRatio(counts, c.plan)
			if err != nil {
				return err
			}
			hold(c.name, got.P < 0.05)
		}
		return nil
	})
	sim.Nominal("300 units, half and half: rejected", 0.05, 0.01) // counts are lumpy
	sim.Nominal("400 units, 50/30/20: rejected", 0.05, 0.01)
	sim.AtMost("9 units, exact: rejected", 0.05)
	sim.AtLeast("3,000 units, one in ten treated lost: noticed", 0.75)
}

// Sixty accounts, 24 treated; last year's KPI explains two thirds of this
// year's variance, and in one scenario the effect grows with it. The truth is
// the average effect on the accounts of the experiment.
func TestAdjustedCoverage(t *testing.T) {
	const n, k = 60, 24
	sim := evidence.Simulate(t, "covariate adjustment", evidence.Draws{Quick: 600, Full: 5000, Seed: 53}, func(rng *rand.Rand, hold func(string, bool)) error {
		x1, x2, treated := make([]float64, n), make([]float64, n), shuffled(rng, n, k)
		same, varied := make([]float64, n), make([]float64, n)
		var truth float64
		for i := range n {
			x1[i], x2[i] = rng.NormFloat64(), rng.ExpFloat64()
			base := 10 + 1.4*x1[i] - 0.6*x2[i] + rng.NormFloat64()
			effect := 1 + x1[i]
			truth += effect / n
			same[i], varied[i] = base, base
			if treated[i] {
				same[i]++
				varied[i] += effect
			}
		}
		for name, f := range map[string]func([]float64, []bool, [][]float64, float64) (experiment.Adjusted, error){
			"CUPED": experiment.CUPEDRows, "ANCOVA": experiment.ANCOVA, "Lin": experiment.Lin,
		} {
			a, err := f(same, treated, [][]float64{x1, x2}, 0.95)
			if err != nil {
				return err
			}
			b, err := f(varied, treated, [][]float64{x1, x2}, 0.95)
			if err != nil {
				return err
			}
			hold(name+", 24 of 60, one effect", a.Interval.Contains(1))
			hold(name+", 24 of 60, effect grows with the covariate", b.Interval.Contains(truth))
		}
		return nil
	})
	for _, name := range []string{"CUPED", "ANCOVA", "Lin"} {
		sim.Nominal(name+", 24 of 60, one effect", 0.95, 0.01) // HC2 and pooled slopes at this size
		sim.AtLeast(name+", 24 of 60, effect grows with the covariate", 0.94)
	}
}

func TestStratifiedCoverage(t *testing.T) {
	sim := evidence.Simulate(t, "strata and pairs", evidence.Draws{Quick: 600, Full: 5000, Seed: 54}, func(rng *rand.Rand, hold func(string, bool)) error {
		var strata []experiment.Stratum
		for s := range 4 {
			level, spread := 3*float64(s), 0.5+float64(s)
			n := 12 + 6*s
			y := make([]float64, n)
			treated := shuffled(rng, n, n/3)
			for i := range y {
				y[i] = level + spread*rng.NormFloat64()
				if treated[i] {
					y[i]++
				}
			}
			a, b, err := divide(y, treated)
			if err != nil {
				return err
			}
			strata = append(strata, experiment.Stratum{Treated: a, Control: b})
		}
		got, err := experiment.Stratified(strata, 0.95)
		if err != nil {
			return err
		}
		hold("four blocks of 12 to 30", got.Interval.Contains(1))
		d := make([]float64, 12)
		for i := range d {
			d[i] = 1 + rng.NormFloat64()
		}
		pairs, err := experiment.MatchedPairs(d, 0.95)
		if err != nil {
			return err
		}
		hold("twelve pairs", pairs.Interval.Contains(1))
		return nil
	})
	sim.Nominal("four blocks of 12 to 30", 0.95, 0)
	sim.Nominal("twelve pairs", 0.95, 0)
}

// betaOf draws from a beta by Jöhnk's method.
func betaOf(rng *rand.Rand, a, b float64) float64 {
	gamma := func(shape float64) float64 { // Marsaglia and Tsang, for shape ≥ 1
		d := shape - 1.0/3
		for {
			x := rng.NormFloat64()
			v := math.Pow(1+x/math.Sqrt(9*d), 3)
			if v > 0 && math.Log(rng.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
				return d * v
			}
		}
	}
	x := gamma(a)
	return x / (x + gamma(b))
}

// The effect on compliers is 1. A strong offer moves 60 % of the accounts, a
// weak one 6 %; who takes the course anyway differs in outcome.
func TestComplierCoverage(t *testing.T) {
	sim := evidence.Simulate(t, "complier effect", evidence.Draws{Quick: 600, Full: 5000, Seed: 56}, func(rng *rand.Rand, hold func(string, bool)) error {
		for _, c := range []struct {
			name   string
			n      int
			offers float64
		}{{"strong offer, 100 and 100", 200, 0.6}, {"weak offer, 100 and 100", 200, 0.06}} {
			treated, control, err := offer(rng, c.n, c.offers)
			if err != nil {
				return err
			}
			got, err := experiment.CACE(treated, control, 0.95)
			if err != nil {
				continue // uptake equal to the unit: no estimate
			}
			hold(c.name+", Wald", got.Interval.Contains(1))
			hold(c.name+", Anderson–Rubin", got.Region.Contains(1))
		}
		return nil
	})
	sim.Nominal("strong offer, 100 and 100, Wald", 0.95, 0.01)
	sim.Nominal("strong offer, 100 and 100, Anderson–Rubin", 0.95, 0)
	sim.Nominal("weak offer, 100 and 100, Anderson–Rubin", 0.95, 0)
	sim.ShownToFail("weak offer, 100 and 100, Wald", 0.95)
}

// offer draws units whose keenness raises both uptake and outcome.
func offer(rng *rand.Rand, n int, moves float64) (treated, control mean.PairMoments, err error) {
	var y, d [2][]float64
	for i := range n {
		u, arm := rng.NormFloat64(), i%2
		threshold := 0.5 - moves*float64(arm) // share who take it: 0.5, and more when offered
		take := 0.0
		if math.Erfc(u/math.Sqrt2)/2 < 1-threshold {
			take = 1
		}
		y[arm], d[arm] = append(y[arm], take-2.5*u+0.3*rng.NormFloat64()), append(d[arm], take)
	}
	if control, err = mean.Pairs(y[0], d[0]); err != nil {
		return treated, control, err
	}
	treated, err = mean.Pairs(y[1], d[1])
	return treated, control, err
}

// Accounts answer the survey more often when trained; outcomes that are seen
// only because of training are high. The truth is the effect on those seen
// either way, 0.5; comparing answers alone misses it.
func TestLeeCoverage(t *testing.T) {
	sim := evidence.Simulate(t, "bounds", evidence.Draws{Quick: 600, Full: 5000, Seed: 57}, func(rng *rand.Rand, hold func(string, bool)) error {
		const n = 400
		y, seen, treated, taken, y01 := make([]float64, n), make([]bool, n), make([]bool, n), make([]bool, n), make([]float64, n)
		for i := range n {
			treated[i] = i%2 == 0
			kind := rng.Float64() // 60 % always answer, 20 % if trained, 20 % never
			y[i] = rng.NormFloat64()
			if kind > 0.6 {
				y[i] += 2
			}
			if treated[i] {
				y[i] += 0.5
			}
			seen[i] = kind < 0.6 || kind < 0.8 && treated[i]
			taken[i] = treated[i] && kind < 0.8
			p := 0.3
			if taken[i] {
				p = 0.5
			}
			if rng.Float64() < p {
				y01[i] = 1
			}
		}
		lee, err := experiment.LeeBounds(y, seen, treated, 0.95)
		if err != nil {
			return err
		}
		hold("Lee bounds, 400 accounts", lee.Interval.Contains(0.5))
		everybody, err := experiment.PopulationBounds(y01, treated, taken, 0, 1, 0.95)
		if err != nil {
			return err
		}
		hold("population bounds, 400 accounts", everybody.Interval.Contains(0.2)) // the same for all
		a, b, err := divide(kept(y, seen), keptBool(treated, seen))
		if err != nil {
			return err
		}
		answers, err := experiment.CompareMeans(a, b, 0.95)
		if err != nil {
			return err
		}
		hold("answers alone", answers.Interval.Contains(0.5))
		return nil
	})
	sim.AtLeast("Lee bounds, 400 accounts", 0.95)
	sim.AtLeast("population bounds, 400 accounts", 0.95)
	sim.ShownToFail("answers alone", 0.95)
}

func kept(x []float64, keep []bool) (out []float64) {
	for i, v := range x {
		if keep[i] {
			out = append(out, v)
		}
	}
	return out
}

func keptBool(x, keep []bool) (out []bool) {
	for i, v := range x {
		if keep[i] {
			out = append(out, v)
		}
	}
	return out
}

// When effects are drawn from the prior, credible intervals hold them at their
// level and the chance to be better is what it says.
func TestBayesianCalibration(t *testing.T) {
	prior := experiment.Beta{A: 6, B: 14}
	sim := evidence.Simulate(t, "Bayesian comparison, prior true", evidence.Draws{Quick: 100, Full: 3000, Seed: 58}, func(rng *rand.Rand, hold func(string, bool)) error {
		pt, pc := betaOf(rng, prior.A, prior.B), betaOf(rng, prior.A, prior.B)
		var counts [2]experiment.Count
		for arm, p := range []float64{pt, pc} {
			counts[arm].Trials = 40 + 20*arm
			for range counts[arm].Trials {
				if rng.Float64() < p {
					counts[arm].Successes++
				}
			}
		}
		got, err := experiment.BayesShares(counts[0], counts[1], prior, 0.9)
		if err != nil {
			return err
		}
		hold("share, 40 trials", got.TreatedInterval.Contains(pt))
		hold("difference of shares", got.Difference.Interval.Contains(pt-pc))
		hold("lift of shares", got.Lift.Contains(pt/pc-1))
		if got.Better > 0.6 && got.Better < 0.9 { // on average ¾ of these treated shares are the larger
			hold("chance to be better between 0.6 and 0.9", pt > pc)
		}
		effect := 0.1 + 0.5*rng.NormFloat64()
		belief, err := experiment.BayesNormal(effect+0.3*rng.NormFloat64(), 0.3, experiment.NormalPrior{Mean: 0.1, SD: 0.5}, 0.9)
		if err != nil {
			return err
		}
		hold("normal effect", belief.Interval.Contains(effect))
		wrong, err := experiment.BayesNormal(1+0.3*rng.NormFloat64(), 0.3, experiment.NormalPrior{SD: 0.2}, 0.9)
		if err != nil {
			return err
		}
		hold("normal effect of 1, sceptical prior", wrong.Interval.Contains(1))
		return nil
	})
	for _, name := range []string{"share, 40 trials", "difference of shares", "lift of shares", "normal effect"} {
		sim.Nominal(name, 0.9, 0)
	}
	sim.Nominal("chance to be better between 0.6 and 0.9", 0.75, 0.02)
	sim.ShownToFail("normal effect of 1, sceptical prior", 0.9)
}
