package proportion_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/proportion"
)

// Any counts give finite numbers or a typed error; an odds ratio may be
// unbounded on one side, as FisherExact documents.
func FuzzProportion(f *testing.F) {
	f.Add(0, 0, 0, 0, 0.95)
	f.Add(0, 1, 0, 1, 0.5)
	f.Add(1, 1, 1, 1, 0.99)
	f.Add(0, 10, 5, 10, 0.95)
	f.Add(5, 5, 0, 5, 0.95)
	f.Add(-1, 3, 4, 2, 0.9)
	f.Add(3, 1<<40, 2, 1<<41, 0.95)
	f.Add(1<<61, 1<<62, 7, math.MaxInt, 1e-9)
	f.Add(999999, 1000000, 3, 1000000, 0.999999999)
	f.Fuzz(func(t *testing.T, x1, n1, x2, n2 int, level float64) {
		if !(level > 1e-12 && level < 1-1e-12) {
			return // a level outside (0, 1) is misuse
		}
		e, err := proportion.Wilson(x1, n1, level)
		evidence.FiniteEstimate(t, "Wilson", err, e)
		e, err = proportion.Jeffreys(x1, n1, level)
		evidence.FiniteEstimate(t, "Jeffreys", err, e)
		e, err = proportion.ClopperPearson(x1, n1, level)
		evidence.FiniteEstimate(t, "Clopper-Pearson", err, e)
		e, err = proportion.Newcombe(x1, n1, x2, n2, level)
		evidence.FiniteEstimate(t, "Newcombe", err, e)
		e, err = proportion.AgrestiCaffo(x1, n1, x2, n2, level)
		evidence.FiniteEstimate(t, "Agresti-Caffo", err, e)
		r, err := proportion.RiskRatio(x1, n1, x2, n2, level)
		evidence.Finite(t, "risk ratio", err, r.Value, r.LogSE, r.Interval.Low, r.Interval.High)
		r, err = proportion.OddsRatio(x1, n1, x2, n2, level)
		evidence.Finite(t, "odds ratio", err, r.Value, r.LogSE, r.Interval.Low, r.Interval.High)
		mh, err := proportion.MantelHaenszel([]proportion.Stratum{{X1: x1, N1: n1, X2: x2, N2: n2}, {X1: 1, N1: 2, X2: 1, N2: 2}}, level)
		evidence.Finite(t, "Mantel-Haenszel", err, mh.Value, mh.LogSE, mh.Interval.Low, mh.Interval.High, mh.P, mh.PCorrected)
		c, err := proportion.SameShare([]int{x1, x2, 1}, []int{n1, n2, 3})
		evidence.Finite(t, "same share", err, c.Statistic, c.P, c.SmallestExpected)
		c, err = proportion.Yates(x1, n1, x2, n2)
		evidence.Finite(t, "Yates", err, c.Statistic, c.P)
		fuzzPaired(t, proportion.PairedCounts{Both: x1, OnlyAfter: n1, OnlyBefore: x2, Neither: n2}, level)
		fuzzScores(t, [4]int{x1, n1, x2, n2}, level)
		if max(n1, n2) < 1e6 { // exact: time grows with the square root of the counts
			h, err := proportion.FisherExact(x1, n1, x2, n2, level)
			evidence.Finite(t, "Fisher", err, h.P, h.Interval.Low)
			if err == nil && (math.IsNaN(h.OddsRatio) || math.IsNaN(h.Interval.High) || !(h.Interval.Low < h.Interval.High)) {
				t.Fatalf("Fisher %+v", h)
			}
		}
	})
}

func fuzzPaired(t *testing.T, c proportion.PairedCounts, level float64) {
	t.Helper()
	test, err := proportion.McNemar(c)
	evidence.Finite(t, "McNemar", err, test.P, test.PCorrected, test.PExact, test.PMid)
	e, err := proportion.PairedDifference(c, level)
	evidence.FiniteEstimate(t, "paired difference", err, e)
}

func fuzzScores(t *testing.T, n [4]int, level float64) {
	t.Helper()
	a, b := proportion.NPSCounts{Promoters: n[0], Passives: n[1], Detractors: n[2]}, proportion.NPSCounts{Promoters: n[1], Detractors: n[3]}
	e, err := proportion.NPS(a, level)
	evidence.FiniteEstimate(t, "NPS", err, e)
	e, err = proportion.NPSDifference(a, b, level)
	evidence.FiniteEstimate(t, "NPS difference", err, e)
	scores, others := n[:], []int{1, 2, 0, 1}
	e, err = proportion.CSAT(scores, 2, level)
	evidence.FiniteEstimate(t, "CSAT", err, e)
	e, err = proportion.CSATMean(scores, level)
	evidence.FiniteEstimate(t, "CSAT mean", err, e)
	e, err = proportion.CSATDifference(scores, others, 2, level)
	evidence.FiniteEstimate(t, "CSAT difference", err, e)
	m, err := proportion.CSATMeanDifference(scores, others, level)
	evidence.FiniteEstimate(t, "CSAT mean difference", err, m.Estimate, m.P)
}
