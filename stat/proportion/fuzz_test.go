package proportion_test

import (
	"math"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

// Any counts give finite numbers or a typed error; an odds ratio may be
// unbounded on one side, as FisherExact documents. With 2⁴⁰ trials or hardly any
// level an interval can be narrower than numbers lie apart.
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
		estimate := widthOf(t, level, x1, n1, x2, n2)
		e, err := proportion.Wilson(x1, n1, level)
		estimate("Wilson", err, e)
		e, err = proportion.Jeffreys(x1, n1, level)
		estimate("Jeffreys", err, e)
		e, err = proportion.ClopperPearson(x1, n1, level)
		estimate("Clopper-Pearson", err, e)
		e, err = proportion.Newcombe(x1, n1, x2, n2, level)
		estimate("Newcombe", err, e)
		e, err = proportion.AgrestiCaffo(x1, n1, x2, n2, level)
		estimate("Agresti-Caffo", err, e)
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
		fuzzPaired(t, proportion.PairedCounts{Both: x1, OnlyAfter: n1, OnlyBefore: x2, Neither: n2}, level, estimate)
		fuzzScores([4]int{x1, n1, x2, n2}, level, estimate)
		if max(n1, n2) < 1e6 { // exact: time grows with the square root of the counts
			h, err := proportion.FisherExact(x1, n1, x2, n2, level)
			evidence.Finite(t, "Fisher", err, h.P, h.Interval.Low)
			if err == nil && (math.IsNaN(h.OddsRatio) || math.IsNaN(h.Interval.High) || !(h.Interval.Low < h.Interval.High)) {
				t.Fatalf("Fisher %+v", h)
			}
		}
	})
}

type estimateCheck func(what string, err error, e stat.Estimate, more ...float64)

// widthOf also asks for a width of the interval where numbers allow one.
func widthOf(t *testing.T, level float64, counts ...int) estimateCheck {
	return func(what string, err error, e stat.Estimate, more ...float64) {
		t.Helper()
		if level > 0.01 && slices.Max(counts) < 1<<40 {
			evidence.FiniteEstimate(t, what, err, e, more...)
		} else {
			evidence.Finite(t, what, err, append(more, e.Value, e.SE, e.Interval.Low, e.Interval.High)...)
		}
	}
}

func fuzzPaired(t *testing.T, c proportion.PairedCounts, level float64, estimate estimateCheck) {
	t.Helper()
	test, err := proportion.McNemar(c)
	evidence.Finite(t, "McNemar", err, test.P, test.PCorrected, test.PExact, test.PMid)
	e, err := proportion.PairedDifference(c, level)
	estimate("paired difference", err, e)
}

func fuzzScores(n [4]int, level float64, estimate estimateCheck) {
	a, b := proportion.NPSCounts{Promoters: n[0], Passives: n[1], Detractors: n[2]}, proportion.NPSCounts{Promoters: n[1], Detractors: n[3]}
	e, err := proportion.NPS(a, level)
	estimate("NPS", err, e)
	e, err = proportion.NPSDifference(a, b, level)
	estimate("NPS difference", err, e)
	scores, others := n[:], []int{1, 2, 0, 1}
	e, err = proportion.CSAT(scores, 2, level)
	estimate("CSAT", err, e)
	e, err = proportion.CSATMean(scores, level)
	estimate("CSAT mean", err, e)
	e, err = proportion.CSATDifference(scores, others, 2, level)
	estimate("CSAT difference", err, e)
	m, err := proportion.CSATMeanDifference(scores, others, level)
	estimate("CSAT mean difference", err, m.Estimate, m.P)
}
