package mean_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// drawn is a sample of n values.
func drawn(n int, value func() float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = value()
	}
	return x
}

func momentsOf(x []float64) summary.Moments {
	m, err := summary.Of(x)
	if err != nil {
		panic(err)
	}
	return m
}

// covers reports whether an interval holds the truth; no interval does not.
func covers(hold func(string, bool), scenario string, iv stat.Interval, err error, truth float64) {
	hold(scenario, err == nil && iv.Contains(truth))
}

func rejects(hold func(string, bool), scenario string, p float64, err error) {
	hold(scenario, err == nil && p <= 0.05)
}

func TestTwoSampleCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Means of two samples", evidence.Draws{Quick: 1000, Full: 10000, Seed: 51}, func(rng *rand.Rand, hold func(string, bool)) error {
		normal := func(mu, sd float64) func() float64 {
			return func() float64 { return mu + sd*rng.NormFloat64() }
		}
		lognormal := func() float64 { return math.Exp(rng.NormFloat64()) }
		welch := func(scenario string, a, b []float64, truth float64) {
			w, err := mean.Welch(momentsOf(a), momentsOf(b), 0.95)
			covers(hold, "Welch, "+scenario, w.Interval, err, truth)
		}
		a, b := drawn(8, normal(1, 4)), drawn(30, normal(0, 1))
		welch("8 and 30 normal values, variances 16 and 1", a, b, 1)
		pooled := momentsOf(append(append([]float64{}, centre(a)...), centre(b)...))
		se := pooled.SD() * math.Sqrt(37./36*(1./8+1./30))
		hold("pooled t, 8 and 30 normal values, variances 16 and 1", math.Abs(momentsOf(a).Mean-momentsOf(b).Mean-1) <= 2.028*se)
		welch("5 and 5 normal values", drawn(5, normal(3, 1)), drawn(5, normal(0, 1)), 3)
		skewed, others := drawn(60, lognormal), drawn(80, lognormal)
		welch("60 and 80 log-normal values", skewed, others, 0)
		welch("15 and 200 log-normal values", drawn(15, lognormal), drawn(200, lognormal), 0)

		a, b = drawn(30, normal(10, 2)), drawn(40, normal(8, 2))
		f, err := mean.RatioOfMeans(momentsOf(a), momentsOf(b), 0.95)
		hold("Fieller, means five standard errors and more from zero", err == nil && f.Contains(10./8))
		d, err := mean.CohenD(momentsOf(a), momentsOf(b), 0.95)
		covers(hold, "Cohen's d, 30 and 40 normal values", d.Interval, err, 1)
		near, far := momentsOf(drawn(12, normal(1, 2))), momentsOf(drawn(12, normal(3, 2)))
		f, err = mean.RatioOfMeans(far, near, 0.95)
		hold("Fieller, denominator 1.7 standard errors from zero", err == nil && f.Contains(3))
		delta := far.Mean / near.Mean * math.Sqrt(far.Var/12/far.Mean/far.Mean+near.Var/12/near.Mean/near.Mean)
		hold("delta method, denominator 1.7 standard errors from zero", math.Abs(far.Mean/near.Mean-3) <= 1.96*delta)
		return nil
	})
	for _, scenario := range []string{
		"Welch, 8 and 30 normal values, variances 16 and 1", "Cohen's d, 30 and 40 normal values",
		"Fieller, means five standard errors and more from zero", "Fieller, denominator 1.7 standard errors from zero",
	} {
		s.Nominal(scenario, 0.95, 0.005)
	}
	s.AtLeast("Welch, 5 and 5 normal values", 0.95) // Satterthwaite is cautious with five
	s.Nominal("Welch, 60 and 80 log-normal values", 0.95, 0.015)
	s.ShownToFail("Welch, 15 and 200 log-normal values", 0.93) // a heavy tail hides from fifteen values
	s.ShownToFail("pooled t, 8 and 30 normal values, variances 16 and 1", 0.85)
	s.ShownToFail("delta method, denominator 1.7 standard errors from zero", 0.93)
}

// centre takes the mean off.
func centre(x []float64) []float64 {
	m := momentsOf(x).Mean
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - m
	}
	return out
}

func TestPairedCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Pairs", evidence.Draws{Quick: 1000, Full: 10000, Seed: 52}, func(rng *rand.Rand, hold func(string, bool)) error {
		const n = 25
		before, after, rough := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n {
			learner := 8 * rng.NormFloat64()
			before[i] = 60 + learner + 4*rng.NormFloat64()
			after[i] = 63 + learner + 4*rng.NormFloat64()
			rough[i] = math.Round(after[i]/5) * 5
		}
		p, err := mean.Paired(before, after, 0.95)
		covers(hold, "paired t, 25 learners", p.Interval, err, 3)
		w, err := mean.Welch(momentsOf(after), momentsOf(before), 0.95)
		covers(hold, "Welch as if unpaired, 25 learners", w.Interval, err, 3)
		r, err := mean.SignedRank(before, after, 0.95)
		covers(hold, "signed ranks, 25 learners", r.Interval, err, 3)
		d := make([]float64, n)
		for i := range d {
			d[i] = after[i] - before[i]
		}
		z, err := mean.CohenDz(momentsOf(d), 0.95)
		covers(hold, "Cohen's dz, 25 learners", z.Interval, err, 3/math.Sqrt(32))
		o, err := mean.OneSample(momentsOf(before), 60, 0.95)
		covers(hold, "one-sample t, 25 learners", o.Interval, err, 0)
		same := make([]float64, n) // no change, in steps of five points
		for i := range same {
			same[i] = rough[i] + 5*math.Round(1.2*rng.NormFloat64())
		}
		r, err = mean.SignedRank(rough, same, 0.95)
		rejects(hold, "signed ranks, whole steps with ties and zeros", r.P, err)
		p, err = mean.Paired(rough, same, 0.95)
		rejects(hold, "paired t, whole steps", p.P, err)
		return nil
	})
	for _, scenario := range []string{"paired t, 25 learners", "signed ranks, 25 learners", "Cohen's dz, 25 learners", "one-sample t, 25 learners"} {
		s.Nominal(scenario, 0.95, 0.005)
	}
	s.AtLeast("Welch as if unpaired, 25 learners", 0.98) // five times too much variance: blunt, not wrong
	s.Nominal("signed ranks, whole steps with ties and zeros", 0.05, 0.005)
	s.Nominal("paired t, whole steps", 0.05, 0.005)
}

func TestRankCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Ranks", evidence.Draws{Quick: 600, Full: 5000, Seed: 53}, func(rng *rand.Rand, hold func(string, bool)) error {
		shifted := func(n int, shift float64) []float64 {
			return drawn(n, func() float64 { return shift + rng.ExpFloat64() })
		}
		mw := func(scenario string, a, b []float64, truth float64) {
			r, err := mean.MannWhitney(a, b, 0.95)
			covers(hold, scenario+", interval", r.Interval, err, truth)
		}
		mw("9 and 12 exponential values", shifted(9, 1), shifted(12, 0), 1)
		mw("60 and 90 exponential values", shifted(60, 0.3), shifted(90, 0), 0.3)
		scores := func(n int) []float64 { // 0 to 10, most of them 8 to 10
			return drawn(n, func() float64 { return math.Max(0, 10-math.Floor(2*rng.ExpFloat64())) })
		}
		a, b := scores(40), scores(70)
		tied, err := mean.MannWhitney(a, b, 0.95)
		if errors.Is(err, stat.ErrNoVariance) {
			err = nil // no interval, but a p-value
		}
		rejects(hold, "scores from 0 to 10, heavy ties, size", tied.P, err)
		few, err := mean.MannWhitney(shifted(6, 0), shifted(7, 0), 0.95)
		rejects(hold, "6 and 7 values, exact, size", few.P, err)
		groups := [][]float64{scores(30), scores(40), scores(25)}
		k, err := mean.KruskalWallis(groups...)
		rejects(hold, "Kruskal-Wallis, three groups of scores, size", k.P, err)
		uneven := []summary.Moments{
			momentsOf(drawn(40, rng.NormFloat64)), momentsOf(drawn(30, rng.NormFloat64)),
			momentsOf(drawn(10, func() float64 { return 4 * rng.NormFloat64() })),
		}
		f, err := mean.WelchANOVA(uneven...)
		rejects(hold, "Welch's analysis of variance, variances 1, 1 and 16, size", f.P, err)
		f, err = mean.ANOVA(uneven...)
		rejects(hold, "plain analysis of variance, variances 1, 1 and 16, size", f.P, err)
		f, err = mean.ANOVA(uneven[0], uneven[1], momentsOf(drawn(12, rng.NormFloat64)))
		rejects(hold, "analysis of variance, equal variances, size", f.P, err)
		return nil
	})
	s.Nominal("9 and 12 exponential values, interval", 0.95, 0.01) // exact, so the level jumps
	s.Nominal("60 and 90 exponential values, interval", 0.95, 0)
	s.Nominal("scores from 0 to 10, heavy ties, size", 0.05, 0.005)
	s.AtMost("6 and 7 values, exact, size", 0.05)
	s.Nominal("Kruskal-Wallis, three groups of scores, size", 0.05, 0.005)
	s.Nominal("Welch's analysis of variance, variances 1, 1 and 16, size", 0.05, 0.01)
	s.Nominal("analysis of variance, equal variances, size", 0.05, 0)
	s.AtLeast("plain analysis of variance, variances 1, 1 and 16, size", 0.15) // shown to fail
}

// Accounts with their own rate (gamma-like), their own months, and Poisson
// events: the ratio's target is the common mean rate.
func drawAccounts(rng *rand.Rand, n int, rate float64) (num, den []float64) {
	num, den = make([]float64, n), make([]float64, n)
	for i := range n {
		den[i] = float64(3 + rng.IntN(22))
		own := rate * (rng.ExpFloat64() + rng.ExpFloat64() + rng.ExpFloat64()) / 3
		for t := rng.ExpFloat64(); t < own*den[i]; t += rng.ExpFloat64() {
			num[i]++
		}
	}
	return num, den
}

// accounts draws people with an outcome that accounts share, the first accounts
// treated, and the same rows without their accounts.
func accounts(rng *rand.Rand, treated, control int, effect float64) (clusters []mean.ClusterSums, rows [2][]float64) {
	clusters = make([]mean.ClusterSums, treated+control)
	for i := range clusters {
		account := rng.NormFloat64()
		for range 2 + rng.IntN(10) {
			y := 5 + account + rng.NormFloat64()
			if i < treated {
				clusters[i].TreatedN++
				clusters[i].TreatedSum += y + effect
				rows[0] = append(rows[0], y+effect)
			} else {
				clusters[i].ControlN++
				clusters[i].ControlSum += y
				rows[1] = append(rows[1], y)
			}
		}
	}
	return clusters, rows
}

func TestRatioAndClusterCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Accounts", evidence.Draws{Quick: 1000, Full: 10000, Seed: 54}, func(rng *rand.Rand, hold func(string, bool)) error {
		a, err := mean.Pairs(drawAccounts(rng, 80, 0.3))
		if err != nil {
			return err
		}
		b, err := mean.Pairs(drawAccounts(rng, 60, 0.5))
		if err != nil {
			return err
		}
		one, err := mean.Ratio(a, 0.95)
		covers(hold, "ratio, 80 accounts", one.Interval, err, 0.3)
		set, err := mean.FiellerRatio(a, 0.95)
		hold("ratio, Fieller, 80 accounts", err == nil && set.Contains(0.3))
		d, err := mean.RatioDifference(a, b, 0.95)
		covers(hold, "difference, 80 and 60 accounts", d.Interval, err, 0.3-0.5)
		r, err := mean.RelativeDifference(a, b, 0.95)
		covers(hold, "relative, 80 and 60 accounts", r.Interval, err, 0.3/0.5-1)
		clusters, rows := accounts(rng, 14, 16, 0.4)
		c, err := mean.ClusterDifference(clusters, 0.95)
		covers(hold, "clusters, 14 and 16 accounts", c.Interval, err, 0.4)
		w, err := mean.Welch(momentsOf(rows[0]), momentsOf(rows[1]), 0.95)
		covers(hold, "Welch on people, 14 and 16 accounts", w.Interval, err, 0.4)
		clusters, _ = accounts(rng, 4, 20, 0.4)
		c, err = mean.ClusterDifference(clusters, 0.95)
		covers(hold, "clusters, 4 and 20 accounts", c.Interval, err, 0.4)
		return nil
	})
	for _, scenario := range []string{"ratio, 80 accounts", "ratio, Fieller, 80 accounts", "difference, 80 and 60 accounts", "relative, 80 and 60 accounts", "clusters, 14 and 16 accounts"} {
		s.Nominal(scenario, 0.95, 0.015) // skewed rates, unequal sizes: a point or so short
	}
	s.ShownToFail("Welch on people, 14 and 16 accounts", 0.8)
	s.Nominal("clusters, 4 and 20 accounts", 0.95, 0.05) // four treated clusters are too few, as documented
}
