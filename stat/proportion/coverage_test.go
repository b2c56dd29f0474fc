package proportion_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

func binomial(rng *rand.Rand, n int, p float64) int {
	x := 0
	for range n {
		if rng.Float64() < p {
			x++
		}
	}
	return x
}

// wald is the textbook interval p ± 1.96 √(p(1-p)/n), the one to avoid.
func wald(x, n int) stat.Interval {
	p := float64(x) / float64(n)
	half := 1.959963984540054 * math.Sqrt(p*(1-p)/float64(n))
	return stat.Interval{Low: p - half, High: p + half, Level: 0.95}
}

// answers draws n answers: shares of promoters and passives, detractors the rest.
func answers(rng *rand.Rand, n int, promoters, passives float64) proportion.NPSCounts {
	var c proportion.NPSCounts
	for range n {
		switch u := rng.Float64(); {
		case u < promoters:
			c.Promoters++
		case u < promoters+passives:
			c.Passives++
		default:
			c.Detractors++
		}
	}
	return c
}

// pairs draws n units that are yes with chance p before, keep their answer with
// chance stay, and otherwise are yes with chance q.
func pairs(rng *rand.Rand, n int, p, q, stay float64) proportion.PairedCounts {
	var c proportion.PairedCounts
	for range n {
		before := rng.Float64() < p
		after := before
		if rng.Float64() >= stay {
			after = rng.Float64() < q
		}
		switch {
		case before && after:
			c.Both++
		case after:
			c.OnlyAfter++
		case before:
			c.OnlyBefore++
		default:
			c.Neither++
		}
	}
	return c
}

// covers reports whether an interval holds the truth. A sample without an
// interval counts as not covered: that is what its reader gets.
func covers(hold func(string, bool), scenario string, iv stat.Interval, err error, truth float64) {
	hold(scenario, err == nil && iv.Contains(truth))
}

func TestOneShareCoverage(t *testing.T) {
	const common, rare = "60 trials at 12 %", "100 trials at 1 %"
	s := func(method string, interval func(x, n int) (stat.Estimate, error)) *evidence.Simulation {
		return evidence.Simulate(t, method, evidence.Draws{Quick: 2000, Full: 20000, Seed: 41}, func(rng *rand.Rand, hold func(string, bool)) error {
			x := binomial(rng, 60, 0.12)
			e, err := interval(x, 60)
			covers(hold, common, e.Interval, err, 0.12)
			x = binomial(rng, 100, 0.01)
			e, err = interval(x, 100)
			covers(hold, rare, e.Interval, err, 0.01)
			return nil
		})
	}
	// Counts are discrete: coverage jumps about its level as the truth moves.
	// Summed over all outcomes in R, both cover 0.956 of 60 trials at 12 %, and
	// of 100 at 1 % Wilson 0.921, Jeffreys 0.982.
	wilson := s("Wilson interval", func(x, n int) (stat.Estimate, error) { return proportion.Wilson(x, n, 0.95) })
	wilson.Nominal(common, 0.95, 0.02)
	wilson.Nominal(rare, 0.95, 0.04)
	jeffreys := s("Jeffreys interval", func(x, n int) (stat.Estimate, error) { return proportion.Jeffreys(x, n, 0.95) })
	jeffreys.Nominal(common, 0.95, 0.025)
	jeffreys.Nominal(rare, 0.95, 0.04)
	exact := s("Clopper-Pearson interval", func(x, n int) (stat.Estimate, error) { return proportion.ClopperPearson(x, n, 0.95) })
	exact.AtLeast(common, 0.95)
	exact.AtLeast(rare, 0.95)
	plain := s("Wald interval (not in the library)", func(x, n int) (stat.Estimate, error) { return stat.Estimate{Interval: wald(x, n)}, nil })
	plain.ShownToFail(rare, 0.7)
}

func TestTwoShareCoverage(t *testing.T) {
	const usual, rare, small = "80 and 50 trials at 30 and 45 %", "2,000 trials at 0.2 and 0.4 %", "10 and 12 trials at 50 %"
	arms := []struct {
		scenario   string
		n1, n2     int
		p1, p2     float64
		noRatioToo bool
	}{{usual, 80, 50, 0.3, 0.45, false}, {rare, 2000, 2000, 0.002, 0.004, true}, {small, 10, 12, 0.5, 0.5, true}}
	run := func(method string, interval func(x1, n1, x2, n2 int) (stat.Interval, error), truth func(p1, p2 float64) float64) *evidence.Simulation {
		return evidence.Simulate(t, method, evidence.Draws{Quick: 1000, Full: 10000, Seed: 42}, func(rng *rand.Rand, hold func(string, bool)) error {
			for _, a := range arms {
				iv, err := interval(binomial(rng, a.n1, a.p1), a.n1, binomial(rng, a.n2, a.p2), a.n2)
				if err == nil || !a.noRatioToo { // a ratio without events in an arm is refused, and says so
					covers(hold, a.scenario, iv, err, truth(a.p1, a.p2))
				}
			}
			return nil
		})
	}
	difference := func(p1, p2 float64) float64 { return p1 - p2 }
	newcombe := run("Newcombe interval", func(x1, n1, x2, n2 int) (stat.Interval, error) {
		e, err := proportion.Newcombe(x1, n1, x2, n2, 0.95)
		return e.Interval, err
	}, difference)
	newcombe.Nominal(usual, 0.95, 0.01) // discrete counts
	newcombe.Nominal(rare, 0.95, 0.03)  // conservative: a handful of events
	newcombe.Nominal(small, 0.95, 0.02)
	caffo := run("Agresti-Caffo interval", func(x1, n1, x2, n2 int) (stat.Interval, error) {
		e, err := proportion.AgrestiCaffo(x1, n1, x2, n2, 0.95)
		return e.Interval, err
	}, difference)
	caffo.Nominal(usual, 0.95, 0.01)
	caffo.Nominal(rare, 0.95, 0.03) // conservative, as Newcombe's
	caffo.Nominal(small, 0.95, 0.02)
	risk := run("Risk ratio, Katz interval", func(x1, n1, x2, n2 int) (stat.Interval, error) {
		r, err := proportion.RiskRatio(x1, n1, x2, n2, 0.95)
		return r.Interval, err
	}, func(p1, p2 float64) float64 { return p1 / p2 })
	risk.Nominal(usual, 0.95, 0.01)
	risk.Nominal(rare, 0.95, 0.03)  // conservative with four and eight events
	risk.Nominal(small, 0.95, 0.03) // conservative, too
	odds := func(p1, p2 float64) float64 { return p1 / (1 - p1) / (p2 / (1 - p2)) }
	woolf := run("Odds ratio, Woolf interval", func(x1, n1, x2, n2 int) (stat.Interval, error) {
		r, err := proportion.OddsRatio(x1, n1, x2, n2, 0.95)
		return r.Interval, err
	}, odds)
	woolf.Nominal(usual, 0.95, 0.01)
	woolf.Nominal(rare, 0.95, 0.03)
	woolf.Nominal(small, 0.95, 0.03)
	exact := run("Odds ratio, exact interval", func(x1, n1, x2, n2 int) (stat.Interval, error) {
		f, err := proportion.FisherExact(x1, n1, x2, n2, 0.95)
		return f.Interval, err
	}, odds)
	for _, scenario := range []string{usual, rare, small} {
		exact.AtLeast(scenario, 0.95)
	}
}

func TestSizes(t *testing.T) {
	const usual, rare = "60 and 90 trials at 30 %", "1,000 trials at 0.3 %"
	s := evidence.Simulate(t, "Test of two shares, size", evidence.Draws{Quick: 1500, Full: 10000, Seed: 43}, func(rng *rand.Rand, hold func(string, bool)) error {
		for _, a := range []struct {
			scenario string
			n1, n2   int
			p        float64
		}{{usual, 60, 90, 0.3}, {rare, 1000, 1000, 0.003}} {
			x1, x2 := binomial(rng, a.n1, a.p), binomial(rng, a.n2, a.p)
			plain, err := proportion.SameShare([]int{x1, x2}, []int{a.n1, a.n2})
			hold("chi-squared, "+a.scenario, err == nil && plain.P <= 0.05)
			yates, err := proportion.Yates(x1, a.n1, x2, a.n2)
			hold("Yates, "+a.scenario, err == nil && yates.P <= 0.05)
			fisher, err := proportion.FisherExact(x1, a.n1, x2, a.n2, 0.95)
			hold("Fisher, "+a.scenario, err == nil && fisher.P <= 0.05)
		}
		table := make([][]int, 3)
		for i := range table {
			c := answers(rng, 80, 0.5, 0.3)
			table[i] = []int{c.Promoters, c.Passives, c.Detractors}
		}
		three, err := proportion.Independence(table)
		hold("chi-squared, three groups by three outcomes", err == nil && three.P <= 0.05)
		paired, err := proportion.McNemar(pairs(rng, 60, 0.4, 0.4, 0.5))
		hold("McNemar, 60 pairs", err == nil && paired.P <= 0.05)
		hold("McNemar, mid-p, 60 pairs", err == nil && paired.PMid <= 0.05)
		hold("McNemar, exact, 60 pairs", err == nil && paired.PExact <= 0.05)
		return nil
	})
	s.Nominal("chi-squared, "+usual, 0.05, 0.005) // discrete counts
	s.AtMost("chi-squared, "+rare, 0.05)
	s.Nominal("chi-squared, three groups by three outcomes", 0.05, 0)
	for _, scenario := range []string{usual, rare} {
		s.AtMost("Yates, "+scenario, 0.05)
		s.AtMost("Fisher, "+scenario, 0.05)
	}
	s.Nominal("McNemar, 60 pairs", 0.05, 0.01) // about 14 discordant pairs: discrete
	s.AtMost("McNemar, mid-p, 60 pairs", 0.05)
	s.AtMost("McNemar, exact, 60 pairs", 0.05)
}

func TestPairedCoverage(t *testing.T) {
	// Before 40 %; half keep their answer, the others are yes at 70 %: after is
	// 0.5·0.4 + 0.5·0.7 = 55 %.
	s := evidence.Simulate(t, "Paired difference", evidence.Draws{Quick: 2000, Full: 10000, Seed: 44}, func(rng *rand.Rand, hold func(string, bool)) error {
		c := pairs(rng, 50, 0.4, 0.7, 0.5)
		e, err := proportion.PairedDifference(c, 0.95)
		covers(hold, "Tango's interval, 50 pairs", e.Interval, err, 0.15)
		unpaired, err := proportion.Newcombe(c.Both+c.OnlyAfter, 50, c.Both+c.OnlyBefore, 50, 0.95)
		covers(hold, "Newcombe as if unpaired, 50 pairs", unpaired.Interval, err, 0.15)
		few, err := proportion.PairedDifference(pairs(rng, 15, 0.1, 0.1, 0.8), 0.95)
		covers(hold, "Tango's interval, 15 pairs, hardly any change", few.Interval, err, 0)
		return nil
	})
	s.Nominal("Tango's interval, 50 pairs", 0.95, 0.01)
	s.AtLeast("Tango's interval, 15 pairs, hardly any change", 0.95)
	s.AtLeast("Newcombe as if unpaired, 50 pairs", 0.98) // ignores the pairing: too wide
}

// Four strata with base rates from 10 to 60 % and a common odds ratio of 2; arms
// are uneven across strata, so the crude odds ratio is confounded.
func TestMantelHaenszelCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Odds ratio over strata", evidence.Draws{Quick: 1000, Full: 10000, Seed: 45}, func(rng *rand.Rand, hold func(string, bool)) error {
		for _, ratio := range []float64{2, 1} {
			var strata []proportion.Stratum
			var x1, n1, x2, n2 int
			for i, p := range []float64{0.1, 0.2, 0.4, 0.6} {
				odds := ratio * p / (1 - p)
				c := proportion.Stratum{N1: 60 - 15*i, N2: 20 + 20*i}
				c.X1, c.X2 = binomial(rng, c.N1, odds/(1+odds)), binomial(rng, c.N2, p)
				strata = append(strata, c)
				x1, n1, x2, n2 = x1+c.X1, n1+c.N1, x2+c.X2, n2+c.N2
			}
			m, err := proportion.MantelHaenszel(strata, 0.95)
			if ratio == 1 {
				hold("Cochran-Mantel-Haenszel test, size", err == nil && m.P <= 0.05)
				continue
			}
			covers(hold, "Mantel-Haenszel, four strata", m.Interval, err, 2)
			crude, err := proportion.OddsRatio(x1, n1, x2, n2, 0.95)
			covers(hold, "strata ignored", crude.Interval, err, 2)
		}
		return nil
	})
	s.Nominal("Mantel-Haenszel, four strata", 0.95, 0)
	s.Nominal("Cochran-Mantel-Haenszel test, size", 0.05, 0)
	s.ShownToFail("strata ignored", 0.5)
}

func TestScoreCoverage(t *testing.T) {
	s := evidence.Simulate(t, "Score", evidence.Draws{Quick: 1500, Full: 10000, Seed: 46}, func(rng *rand.Rand, hold func(string, bool)) error {
		thirty := answers(rng, 30, 0.5, 0.3)
		e, err := proportion.NPS(thirty, 0.95)
		covers(hold, "NPS, 30 answers", e.Interval, err, 30)
		d, err := proportion.NPSDifference(thirty, answers(rng, 45, 0.3, 0.4), 0.95)
		covers(hold, "NPS difference, 30 and 45 answers", d.Interval, err, 30-0)
		glad, err := proportion.NPSDifference(answers(rng, 25, 0.9, 0.08), answers(rng, 25, 0.8, 0.1), 0.95)
		covers(hold, "NPS difference, 25 answers of happy customers", glad.Interval, err, 88-70)
		a, b := make([]int, 5), make([]int, 5)
		for range 40 { // scores 1 to 5; the first group's two top boxes hold 70 %, the second's 55 %
			a[scoreOf(rng, 0.05, 0.1, 0.15, 0.4)]++
			b[scoreOf(rng, 0.1, 0.15, 0.2, 0.35)]++
		}
		share, err := proportion.CSAT(a, 2, 0.95)
		covers(hold, "CSAT, 40 answers", share.Interval, err, 0.7)
		average, err := proportion.CSATMean(a, 0.95)
		covers(hold, "CSAT mean, 40 answers", average.Interval, err, 3.8)
		top, err := proportion.CSATDifference(a, b, 2, 0.95)
		covers(hold, "CSAT difference, 40 answers each", top.Interval, err, 0.15)
		means, err := proportion.CSATMeanDifference(a, b, 0.95)
		covers(hold, "CSAT mean difference, 40 answers each", means.Interval, err, 3.8-3.4)
		return nil
	})
	for _, scenario := range []string{"NPS, 30 answers", "NPS difference, 30 and 45 answers", "CSAT, 40 answers", "CSAT difference, 40 answers each"} {
		s.Nominal(scenario, 0.95, 0.02) // discrete counts
	}
	s.Nominal("NPS difference, 25 answers of happy customers", 0.95, 0.03) // a handful of detractors: conservative
	s.Nominal("CSAT mean, 40 answers", 0.95, 0.01)
	s.Nominal("CSAT mean difference, 40 answers each", 0.95, 0.01)
}

// scoreOf draws a box from 0; the last takes what the shares leave.
func scoreOf(rng *rand.Rand, shares ...float64) int {
	u := rng.Float64()
	for i, s := range shares {
		if u -= s; u < 0 {
			return i
		}
	}
	return len(shares)
}
