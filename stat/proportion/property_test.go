package proportion_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

type twoShares struct{ x1, n1, x2, n2 int }

func drawTwo(t *rapid.T) twoShares {
	s := twoShares{n1: rapid.IntRange(1, 300).Draw(t, "n1"), n2: rapid.IntRange(1, 300).Draw(t, "n2")}
	s.x1, s.x2 = rapid.IntRange(0, s.n1).Draw(t, "x1"), rapid.IntRange(0, s.n2).Draw(t, "x2")
	return s
}

// near is agreement of two errors, or of two values with infinities allowed.
func near(a, b, tol float64) bool { return a == b || reference.Near(a, b, tol) }

// Counting failures instead of successes mirrors an interval of a share.
func TestShareIntervalsMirror(t *testing.T) {
	for name, interval := range map[string]func(x, n int, level float64) (stat.Estimate, error){
		"Wilson": proportion.Wilson, "Clopper-Pearson": proportion.ClopperPearson, "Jeffreys": proportion.Jeffreys,
	} {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(1, 2000).Draw(t, "n")
			x := rapid.IntRange(0, n).Draw(t, "x")
			level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
			a, err := interval(x, n, level)
			b, _ := interval(n-x, n, level)
			if err != nil || !near(a.Interval.Low, 1-b.Interval.High, 1e-9) || !near(a.Interval.High, 1-b.Interval.Low, 1e-9) {
				t.Fatalf("%s: %+v and mirrored %+v, %v", name, a, b, err)
			}
			if !(a.Interval.Low < a.Interval.High) || !a.Interval.Contains(a.Value) || a.Interval.Low < 0 || a.Interval.High > 1 {
				t.Fatalf("%s: %+v", name, a)
			}
			wider, _ := interval(x, n, (1+level)/2)
			if wider.Interval.Low > a.Interval.Low || wider.Interval.High < a.Interval.High {
				t.Fatalf("%s: a higher level is narrower: %+v and %+v", name, a, wider)
			}
		})
	}
}

// Swapping arms inverts ratios and mirrors differences; p-values stay.
func TestSwappingArms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawTwo(t)
		a, _ := proportion.AgrestiCaffo(s.x1, s.n1, s.x2, s.n2, 0.9)
		b, err := proportion.AgrestiCaffo(s.x2, s.n2, s.x1, s.n1, 0.9)
		if err != nil || !near(a.Interval.Low, -b.Interval.High, 1e-12) || !(a.SE > 0) || !(a.Interval.Low < a.Interval.High) {
			t.Fatalf("%+v and swapped %+v, %v", a, b, err)
		}
		f, err := proportion.FisherExact(s.x1, s.n1, s.x2, s.n2, 0.9)
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		g, _ := proportion.FisherExact(s.x2, s.n2, s.x1, s.n1, 0.9)
		if err != nil || !near(f.P, g.P, 1e-9) || !near(f.OddsRatio, 1/g.OddsRatio, 1e-9) || !near(f.Interval.Low, 1/g.Interval.High, 1e-9) || !(f.P > 0 && f.P <= 1) {
			t.Fatalf("%+v and swapped %+v, %v", f, g, err)
		}
		plain, _ := proportion.SameShare([]int{s.x1, s.x2}, []int{s.n1, s.n2})
		table, _ := proportion.Independence([][]int{{s.x2, s.n2 - s.x2}, {s.x1, s.n1 - s.x1}})
		yates, err := proportion.Yates(s.x1, s.n1, s.x2, s.n2)
		if err != nil || !near(plain.Statistic, table.Statistic, 1e-10) || yates.Statistic > plain.Statistic || yates.P < plain.P {
			t.Fatalf("%+v, as a table %+v, corrected %+v, %v", plain, table, yates, err)
		}
		or, err := proportion.OddsRatio(s.x1, s.n1, s.x2, s.n2, 0.9)
		if err != nil {
			return
		}
		ro, _ := proportion.OddsRatio(s.x2, s.n2, s.x1, s.n1, 0.9)
		// One stratum: Mantel-Haenszel's estimate is the plain odds ratio.
		mh, err := proportion.MantelHaenszel([]proportion.Stratum{{X1: s.x1, N1: s.n1, X2: s.x2, N2: s.n2}}, 0.9)
		if err != nil || !near(or.Value, 1/ro.Value, 1e-12) || !near(or.Interval.Low, 1/ro.Interval.High, 1e-10) || !near(mh.Value, or.Value, 1e-10) || !near(mh.LogSE, or.LogSE, 1e-9) {
			t.Fatalf("%+v, swapped %+v, one stratum %+v, %v", or, ro, mh, err)
		}
	})
}

// Swapping before and after mirrors; Tango's interval holds 0 exactly when
// McNemar's plain test does not reject, and lies within [-1, 1].
func TestPairedProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.IntRange(0, 60)
		c := proportion.PairedCounts{Both: draw.Draw(t, "both"), OnlyAfter: draw.Draw(t, "after"), OnlyBefore: draw.Draw(t, "before"), Neither: draw.Draw(t, "neither") + 1}
		back := proportion.PairedCounts{Both: c.Both, OnlyAfter: c.OnlyBefore, OnlyBefore: c.OnlyAfter, Neither: c.Neither}
		d, err := proportion.PairedDifference(c, 0.95)
		r, _ := proportion.PairedDifference(back, 0.95)
		if err != nil || !near(d.Interval.Low, -r.Interval.High, 1e-12) || !(d.Interval.Low < d.Interval.High) || d.Interval.Low < -1 || d.Interval.High > 1 || !d.Interval.Contains(d.Value) {
			t.Fatalf("%+v and back %+v, %v", d, r, err)
		}
		test, err := proportion.McNemar(c)
		if err != nil {
			return // nobody changed
		}
		if math.Abs(test.P-0.05) > 1e-9 && d.Interval.Contains(0) != (test.P > 0.05) {
			t.Fatalf("interval %+v, McNemar %+v", d.Interval, test)
		}
		if !(test.PMid <= test.PExact && test.P <= test.PCorrected && test.PMid > 0) {
			t.Fatalf("%+v", test)
		}
	})
}

// Doubling every stratum leaves the common odds ratio and halves the variance
// of its logarithm; order does not matter; empty strata are skipped.
func TestMantelHaenszelProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var strata []proportion.Stratum
		for range rapid.IntRange(1, 6).Draw(t, "strata") {
			s := drawTwo(t)
			strata = append(strata, proportion.Stratum{X1: s.x1, N1: s.n1, X2: s.x2, N2: s.n2})
		}
		want, err := proportion.MantelHaenszel(strata, 0.95)
		if err != nil {
			return
		}
		twice := append(append([]proportion.Stratum{{N1: 4}}, strata...), strata...)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(twice), func(i, j int) { twice[i], twice[j] = twice[j], twice[i] })
		got, err := proportion.MantelHaenszel(twice, 0.95)
		if err != nil || got.Skipped != 2*want.Skipped+1 || !near(got.Value, want.Value, 1e-10) || !near(got.LogSE*math.Sqrt2, want.LogSE, 1e-10) || !near(got.Statistic, 2*want.Statistic, 1e-8) {
			t.Fatalf("%+v, doubled %+v, %v", want, got, err)
		}
	})
}

func TestMoreErrors(t *testing.T) {
	fisher := func(x1, n1, x2, n2 int) error { _, err := proportion.FisherExact(x1, n1, x2, n2, 0.95); return err }
	table := func(rows ...[]int) error { _, err := proportion.Independence(rows); return err }
	odds := func(x1, n1, x2, n2 int) error { _, err := proportion.OddsRatio(x1, n1, x2, n2, 0.95); return err }
	strata := func(s ...proportion.Stratum) error { _, err := proportion.MantelHaenszel(s, 0.95); return err }
	_, nobodyChanged := proportion.McNemar(proportion.PairedCounts{Both: 3, Neither: 4})
	_, noPairs := proportion.PairedDifference(proportion.PairedCounts{}, 0.95)
	_, negativePairs := proportion.PairedDifference(proportion.PairedCounts{Both: -1}, 0.95)
	_, noExact := proportion.ClopperPearson(0, 0, 0.95)
	_, noSecond := proportion.NPSDifference(proportion.NPSCounts{Promoters: 1}, proportion.NPSCounts{}, 0.95)
	_, noAnswers := proportion.CSATDifference([]int{1, 2}, []int{0, 0}, 1, 0.95)
	_, sameAnswers := proportion.CSATMeanDifference([]int{0, 2}, []int{3, 0}, 0.95)
	_, oneSample := proportion.SameShare([]int{1}, []int{2})
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"no success at all", fisher(0, 5, 0, 9), stat.ErrNoVariance}, {"no trial", fisher(0, 0, 1, 2), stat.ErrTooFew}, {"impossible", fisher(6, 5, 1, 2), stat.ErrInvalid},
		{"empty column", table([]int{1, 0}, []int{2, 0}), stat.ErrNoVariance}, {"empty row", table([]int{1, 3}, []int{0, 0}), stat.ErrNoVariance},
		{"no table", table(), stat.ErrTooFew}, {"one column", table([]int{1}, []int{2}), stat.ErrTooFew}, {"negative", table([]int{1, -1}, []int{2, 3}), stat.ErrInvalid},
		{"empty cell", odds(3, 3, 1, 4), stat.ErrTooFew}, {"no strata", strata(), stat.ErrTooFew},
		{"nothing informative", strata(proportion.Stratum{X1: 0, N1: 3, X2: 0, N2: 5}), stat.ErrTooFew},
		{"infinite ratio", strata(proportion.Stratum{X1: 3, N1: 3, X2: 2, N2: 5}), stat.ErrTooFew},
		{"impossible stratum", strata(proportion.Stratum{X1: 3, N1: 2}), stat.ErrInvalid},
		{"nobody changed", nobodyChanged, stat.ErrTooFew}, {"no pairs", noPairs, stat.ErrTooFew}, {"negative pairs", negativePairs, stat.ErrInvalid},
		{"no trials", noExact, stat.ErrTooFew}, {"empty second group", noSecond, stat.ErrTooFew}, {"no answers", noAnswers, stat.ErrTooFew},
		{"equal answers", sameAnswers, stat.ErrNoVariance}, {"one sample", oneSample, stat.ErrTooFew},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}
