package mean_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

func floats(data []byte) []float64 {
	x := make([]float64, min(len(data)/8, 80))
	for i := range x {
		x[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return x
}

func bytesOf(x ...float64) []byte {
	var out []byte
	for _, v := range x {
		out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
	}
	return out
}

// Any numbers give finite results or a typed error; only Fieller's set may be
// unbounded, and says so.
func FuzzMean(f *testing.F) {
	f.Add(bytesOf(), bytesOf())
	f.Add(bytesOf(1), bytesOf(2))
	f.Add(bytesOf(3, 3, 3, 3), bytesOf(3, 3, 3, 3))
	f.Add(bytesOf(1, 1, 1, 1, 1, 1), bytesOf(2, 2, 2, 2, 2, 2))
	f.Add(bytesOf(math.NaN(), 1), bytesOf(1, 2))
	f.Add(bytesOf(math.Inf(1), 1, 2), bytesOf(1, 2, math.Inf(-1)))
	f.Add(bytesOf(1e308, -1e308, 1e308), bytesOf(-1e308, 1e308, -1e308))
	f.Add(bytesOf(5e-324, 0, 1e-310), bytesOf(0, 5e-324, 2e-310))
	f.Add(bytesOf(1e-200, 2e-200, 1e-200, 4), bytesOf(1, 2, 3, 4))
	f.Add(bytesOf(1, 2, 3, 4, 5, 6, 7), bytesOf(2, 4, 3, 3, 9, 1, 0))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		x, y := floats(first), floats(second)
		mw, err := mean.MannWhitney(x, y, 0.95)
		evidence.Finite(t, "Mann-Whitney", err, mw.Statistic, mw.P, mw.Shift, mw.Superiority, mw.Interval.Low, mw.Interval.High)
		if err == nil && !(mw.Interval.Low < mw.Interval.High) {
			t.Fatalf("Mann-Whitney %+v", mw)
		}
		k, err := mean.KruskalWallis(x, y)
		evidence.Finite(t, "Kruskal-Wallis", err, k.Statistic, k.P)
		if n := min(len(x), len(y)); n > 0 {
			fuzzPairs(t, x[:n], y[:n])
		}
		a, err1 := summary.Of(x)
		b, err2 := summary.Of(y)
		if err1 == nil && err2 == nil {
			fuzzMoments(t, a, b)
		}
	})
}

func fuzzPairs(t *testing.T, x, y []float64) {
	t.Helper()
	sr, err := mean.SignedRank(x, y, 0.95)
	evidence.Finite(t, "signed ranks", err, sr.Statistic, sr.P, sr.Shift, sr.Interval.Low, sr.Interval.High)
	p, err := mean.Paired(x, y, 0.95)
	evidence.FiniteEstimate(t, "paired t", err, p.Estimate, p.P)
	m, err := mean.Pairs(x, y)
	evidence.Finite(t, "pairs", err, m.MeanNum, m.MeanDen, m.VarNum, m.VarDen, m.Cov)
	if err != nil {
		return
	}
	e, err := mean.Ratio(m, 0.95)
	evidence.FiniteEstimate(t, "ratio", err, e)
	set, err := mean.FiellerRatio(m, 0.95)
	fuzzSet(t, set, err)
	d, err := mean.RatioDifference(m, m, 0.95)
	evidence.Finite(t, "ratio difference", err, d.Value, d.SE, d.P)
	r, err := mean.RelativeDifference(m, m, 0.95)
	evidence.Finite(t, "relative difference", err, r.Value, r.LogSE, r.Interval.Low)
}

func fuzzMoments(t *testing.T, a, b summary.Moments) {
	t.Helper()
	w, err := mean.Welch(a, b, 0.95)
	evidence.FiniteEstimate(t, "Welch", err, w.Estimate, w.DF, w.P)
	o, err := mean.OneSample(a, 1, 0.95)
	evidence.FiniteEstimate(t, "one sample", err, o.Estimate, o.P)
	f, err := mean.ANOVA(a, b)
	evidence.Finite(t, "analysis of variance", err, f.Statistic, f.P)
	f, err = mean.WelchANOVA(a, b)
	evidence.Finite(t, "Welch's analysis of variance", err, f.Statistic, f.DF2, f.P)
	d, err := mean.CohenD(a, b, 0.95)
	evidence.Finite(t, "Cohen's d", err, d.D, d.Hedges, d.Interval.Low, d.Interval.High)
	d, err = mean.CohenDz(a, 0.95)
	evidence.Finite(t, "Cohen's dz", err, d.D, d.Hedges, d.Interval.Low, d.Interval.High)
	set, err := mean.RatioOfMeans(a, b, 0.95)
	fuzzSet(t, set, err)
}

func fuzzSet(t *testing.T, set mean.RatioSet, err error) {
	t.Helper()
	evidence.Finite(t, "Fieller", err, set.Value, set.DF)
	if err != nil {
		return
	}
	low, high := set.Interval.Low, set.Interval.High
	if math.IsNaN(low) || math.IsNaN(high) || !(low <= high) || (set.Set == mean.Between && math.IsInf(high-low, 0)) {
		t.Fatalf("Fieller %+v", set)
	}
}
