package mean_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// wholes draws a sample of whole numbers, in which ties are common and sums
// exact, or of fractions.
func wholes(t *rapid.T, name string, least int) []float64 {
	x := rapid.SliceOfN(rapid.IntRange(-40, 40), least, 60).Draw(t, name)
	fine := rapid.Bool().Draw(t, name+" fine")
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
		if fine {
			out[i] += float64(i) / 64
		}
	}
	return out
}

// in changes the unit of a sample: exact in binary.
func in(x []float64, unit, shift float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = unit*v + shift
	}
	return out
}

func usable(t *rapid.T, err error) bool {
	if err != nil && !errors.Is(err, stat.ErrNoVariance) && !errors.Is(err, stat.ErrTooFew) {
		t.Fatal(err)
	}
	return err == nil
}

// Ranks: swapping samples mirrors, units scale, common shifts and order do not
// matter, and brute force over all pairs gives the same shift and interval.
func TestMannWhitneyProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := wholes(t, "a", 4), wholes(t, "b", 4)
		want, err := mean.MannWhitney(a, b, 0.9)
		if !usable(t, err) {
			return
		}
		back, err1 := mean.MannWhitney(b, a, 0.9)
		if err1 != nil || back.P != want.P || back.Shift != -want.Shift || back.Interval.Low != -want.Interval.High || !reference.Near(back.Superiority, 1-want.Superiority, 1e-12) {
			t.Fatalf("%+v and swapped %+v, %v", want, back, err1)
		}
		x, y := in(a, 4, 100), in(b, 4, 100)
		slices.Reverse(x)
		slices.Sort(y)
		other, err2 := mean.MannWhitney(x, y, 0.9)
		if err2 != nil || other.P != want.P || other.Shift != 4*want.Shift || other.Interval.High != 4*want.Interval.High {
			t.Fatalf("%+v and in another unit %+v, %v", want, other, err2)
		}
		var all []float64
		wins := 0.0
		for _, v := range a {
			for _, w := range b {
				all = append(all, v-w)
				switch {
				case v > w:
					wins++
				case v == w:
					wins += 0.5
				}
			}
		}
		slices.Sort(all)
		middle := all[(len(all)-1)/2]/2 + all[len(all)/2]/2
		if wins != want.Statistic || middle != want.Shift || !slices.Contains(all, want.Interval.Low) || !slices.Contains(all, want.Interval.High) {
			t.Fatalf("%+v, by all pairs %v wins, shift %v", want, wins, middle)
		}
	})
}

func TestSignedRankProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := wholes(t, "before", 6)
		after := make([]float64, len(before))
		for i := range after {
			after[i] = before[i] + float64(rapid.IntRange(-9, 12).Draw(t, "change"))
		}
		want, err := mean.SignedRank(before, after, 0.9)
		if !usable(t, err) {
			return
		}
		back, err1 := mean.SignedRank(after, before, 0.9)
		if err1 != nil || !reference.Near(back.P, want.P, 1e-12) || back.Shift != -want.Shift || back.Interval.Low != -want.Interval.High || back.Zeros != want.Zeros {
			t.Fatalf("%+v and swapped %+v, %v", want, back, err1)
		}
		other, err2 := mean.SignedRank(in(before, 8, 3), in(after, 8, 3), 0.9)
		if err2 != nil || other.P != want.P || other.Shift != 8*want.Shift || other.Interval.Low != 8*want.Interval.Low {
			t.Fatalf("%+v and in another unit %+v, %v", want, other, err2)
		}
		var averages []float64
		for i := range before {
			for j := 0; j <= i; j++ {
				if d, e := after[i]-before[i], after[j]-before[j]; d != 0 && e != 0 {
					averages = append(averages, (d+e)/2)
				}
			}
		}
		slices.Sort(averages)
		if middle := averages[(len(averages)-1)/2]/2 + averages[len(averages)/2]/2; middle != want.Shift {
			t.Fatalf("shift %v, by all averages %v", want.Shift, middle)
		}
	})
}

// Student, Welch, d and the analyses of variance: arms, units and groups.
func TestMeansProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := wholes(t, "a", 3), wholes(t, "b", 3)
		a, b := momentsOf(x), momentsOf(y)
		w, err := mean.Welch(a, b, 0.95)
		if !usable(t, err) {
			return
		}
		back, _ := mean.Welch(b, a, 0.95)
		u, _ := mean.Welch(momentsOf(in(x, 16, 5)), momentsOf(in(y, 16, 5)), 0.95)
		if !reference.Near(back.Value, -w.Value, 1e-12) || !reference.Near(back.P, w.P, 1e-12) || !reference.Near(u.Value, 16*w.Value, 1e-9) || !reference.Near(u.P, w.P, 1e-9) {
			t.Fatalf("%+v, swapped %+v, in another unit %+v", w, back, u)
		}
		d, err1 := mean.CohenD(a, b, 0.95)
		e, err2 := mean.CohenD(b, a, 0.95)
		if err1 != nil || err2 != nil || !reference.Near(d.D, -e.D, 1e-12) || !reference.Near(d.Interval.Low, -e.Interval.High, 1e-7) || !(math.Abs(d.Hedges) <= math.Abs(d.D)) || !d.Interval.Contains(d.D) {
			t.Fatalf("%+v and swapped %+v, %v, %v", d, e, err1, err2)
		}
		// Two groups: F is t² of the pooled t; Welch's F is Welch's t².
		f, err1 := mean.ANOVA(a, b)
		g, err2 := mean.WelchANOVA(b, a)
		pooled := d.D * d.D * float64(a.N) * float64(b.N) / float64(a.N+b.N)
		if err1 != nil || !reference.Near(f.Statistic, pooled, 1e-8) {
			t.Fatalf("F %+v, pooled t² %v, %v", f, pooled, err1)
		}
		if err2 == nil && (!reference.Near(g.Statistic, w.Statistic*w.Statistic, 1e-8) || !reference.Near(g.P, w.P, 1e-8)) {
			t.Fatalf("Welch's F %+v, t %+v", g, w)
		}
		k, err := mean.KruskalWallis(x, y)
		r, err1 := mean.KruskalWallis(in(y, 2, 1), in(x, 2, 1))
		if err != nil || err1 != nil || !reference.Near(k.Statistic, r.Statistic, 1e-9) {
			t.Fatalf("%+v and swapped %+v, %v, %v", k, r, err, err1)
		}
	})
}

// A ratio's set holds r exactly when a test of numerator = r × denominator does
// not reject, whatever shape it has; the inverse ratio has the inverse set.
func TestFiellerProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean1, mean2 := rapid.Float64Range(-5, 5).Draw(t, "a"), rapid.Float64Range(-5, 5).Draw(t, "b")
		const n = 20
		a := summary.Moments{N: n, Mean: mean1, Var: rapid.Float64Range(0.1, 60).Draw(t, "variance of a")}
		b := summary.Moments{N: n, Mean: mean2, Var: rapid.Float64Range(0.1, 60).Draw(t, "variance of b")}
		if math.Abs(mean2) < 1e-3 {
			return
		}
		got, err := mean.RatioOfMeans(a, b, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		critical := stat.Student(0, 1, got.DF, 0.95).Interval.High
		for _, r := range []float64{-30, -1, -0.1, 0, 0.3, 1, 4, 50} {
			statistic := math.Abs(mean1-r*mean2) / math.Sqrt((a.Var+r*r*b.Var)/n)
			if math.Abs(statistic-critical) > 1e-9 && got.Contains(r) != (statistic < critical) {
				t.Fatalf("%+v: holds %v: %v; statistic %v of %v", got, r, got.Contains(r), statistic, critical)
			}
		}
		if !got.Contains(got.Value) || !(got.Interval.Low < got.Interval.High) {
			t.Fatalf("%+v", got)
		}
	})
}

func TestMoreErrors(t *testing.T) {
	mw := func(a, b []float64) error { _, err := mean.MannWhitney(a, b, 0.95); return err }
	sr := func(a, b []float64) error { _, err := mean.SignedRank(a, b, 0.95); return err }
	paired := func(a, b []float64) error { _, err := mean.Paired(a, b, 0.95); return err }
	kruskal := func(groups ...[]float64) error { _, err := mean.KruskalWallis(groups...); return err }
	anova := func(groups ...summary.Moments) error { _, err := mean.ANOVA(groups...); return err }
	welch := func(groups ...summary.Moments) error { _, err := mean.WelchANOVA(groups...); return err }
	fieller := func(a, b summary.Moments) error { _, err := mean.RatioOfMeans(a, b, 0.95); return err }
	cohen := func(a, b summary.Moments) error { _, err := mean.CohenD(a, b, 0.95); return err }
	some, flat, one := summary.Moments{N: 5, Mean: 2, Var: 3}, summary.Moments{N: 5, Mean: 2}, summary.Moments{N: 1, Mean: 2}
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"no sample", mw(nil, []float64{1}), stat.ErrTooFew}, {"all tied", mw([]float64{3, 3}, []float64{3}), stat.ErrNoVariance},
		{"three against three", mw([]float64{1, 2, 3}, []float64{4, 5, 6}), stat.ErrTooFew},
		{"two constants", mw([]float64{1, 1, 1, 1, 1, 1, 1}, []float64{2, 2, 2, 2, 2, 2, 2}), stat.ErrNoVariance},
		{"NaN", mw([]float64{1, nan}, []float64{4}), stat.ErrNotFinite}, {"overflow", mw([]float64{1e308}, []float64{-1e308}), stat.ErrNotFinite},
		{"no pairs", sr(nil, nil), stat.ErrTooFew}, {"no change", sr([]float64{1, 2}, []float64{1, 2}), stat.ErrNoVariance},
		{"five pairs", sr([]float64{0, 0, 0, 0, 0}, []float64{1, 2, 3, 4, 5}), stat.ErrTooFew}, {"infinite", sr([]float64{1}, []float64{inf}), stat.ErrNotFinite},
		{"one pair", paired([]float64{1}, []float64{2}), stat.ErrTooFew}, {"equal changes", paired([]float64{1, 2}, []float64{2, 3}), stat.ErrNoVariance},
		{"NaN pair", paired([]float64{1, nan}, []float64{2, 3}), stat.ErrNotFinite},
		{"one group", kruskal([]float64{1, 2}), stat.ErrTooFew}, {"empty group", kruskal([]float64{1, 2}, nil), stat.ErrTooFew},
		{"tied groups", kruskal([]float64{2, 2}, []float64{2}), stat.ErrNoVariance}, {"NaN group", kruskal([]float64{2, nan}, []float64{2}), stat.ErrNotFinite},
		{"one group of moments", anova(some), stat.ErrTooFew}, {"singletons", anova(one, one), stat.ErrTooFew}, {"constant groups", anova(flat, flat), stat.ErrNoVariance},
		{"Welch, one group", welch(some), stat.ErrTooFew}, {"Welch, singleton", welch(some, one), stat.ErrTooFew}, {"Welch, constant", welch(some, flat), stat.ErrNoVariance},
		{"ratio of one", fieller(one, some), stat.ErrTooFew}, {"ratio to zero", fieller(some, summary.Moments{N: 5, Var: 1}), stat.ErrInvalid}, {"ratio of constants", fieller(flat, flat), stat.ErrNoVariance},
		{"effect of one", cohen(one, some), stat.ErrTooFew}, {"effect of constants", cohen(flat, flat), stat.ErrNoVariance},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	// The test stands where the interval does not: exact p = 2/20, by hand.
	if r, _ := mean.MannWhitney([]float64{1, 2, 3}, []float64{4, 5, 6}, 0.95); !reference.Near(r.P, 0.1, 1e-14) || r.Shift != -3 || !r.Exact {
		t.Errorf("%+v", r)
	}
}
