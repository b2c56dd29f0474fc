package proportion_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

// basics is the part of R's reference-basics.json that this package answers.
type basics struct {
	PrePost struct {
		McNemar struct {
			Table        [][]int
			CC, Plain, P float64
			PCC          float64 `json:"p_cc"`
			PExact       float64 `json:"exact_p"`
		} `json:"mcnemar_approval_survey"`
	} `json:"pre_post"`
	Proportions struct {
		Wilson []struct {
			X, N                      int
			Wilson, Clopper, Jeffreys []float64
		}
		Newcombe prop2                      `json:"newcombe_56_70_vs_48_80"`
		Fleiss   struct{ Chisq, P float64 } `json:"fleiss_smokers_4group"`
	}
	NPS []struct {
		Promoters, Passives, Detractors int
		NPS                             float64
		Adjusted                        [2]float64 `json:"adj_wald_add3"`
	}
	CSAT struct {
		Counts   [][]int
		Chisq, P float64
		Top      []struct {
			P      float64
			Wilson [2]float64
		} `json:"top_box_high"`
	}
}

const tol = 1e-13 // the references carry 15 digits

func TestWilson(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	if len(ref.Proportions.Wilson) < 8 {
		t.Fatalf("%d Wilson references", len(ref.Proportions.Wilson))
	}
	for _, r := range ref.Proportions.Wilson {
		estimate := must[stat.Estimate](t)
		agree := func(method string, got stat.Interval, want []float64) {
			t.Helper()
			evidence.Claim{Method: method, Data: "0 of 10 to 81 of 263", Source: "R 4.2.2"}.Agree(t, ends(got), want, 1e-9)
		}
		agree("Wilson interval", estimate(proportion.Wilson(r.X, r.N, 0.95)).Interval, r.Wilson)
		agree("Clopper-Pearson interval", estimate(proportion.ClopperPearson(r.X, r.N, 0.95)).Interval, r.Clopper)
		jeffreys := r.Jeffreys // R's quantiles; the interval reaches 0 and 1 where there is no success or failure
		if r.X == 0 {
			jeffreys[0] = 0
		}
		if r.X == r.N {
			jeffreys[1] = 1
		}
		agree("Jeffreys interval", estimate(proportion.Jeffreys(r.X, r.N, 0.95)).Interval, jeffreys)
	}
}

func TestTwoShares(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	agreeTwoShares(t, "56 of 70, 48 of 80", ref.Proportions.Newcombe)
	want := ref.Proportions.Newcombe
	d := must[stat.Estimate](t)(proportion.Newcombe(56, 70, 48, 80, 0.95))
	rr := must[proportion.Ratio](t)(proportion.RiskRatio(56, 70, 48, 80, 0.95))
	evidence.Claim{Method: "Standard error of a difference, lift", Data: "56 of 70, 48 of 80", Source: "R 4.2.2"}.
		Agree(t, []float64{d.SE, rr.Value - 1}, []float64{want.SE, want.Lift}, 1e-12)
}

// Graduate admissions and an approval survey, from the shared file.
func TestSharedTables(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	m := ref.PrePost.McNemar
	test := must[proportion.Paired](t)(proportion.McNemar(proportion.PairedCounts{Both: m.Table[0][0], OnlyAfter: m.Table[0][1], OnlyBefore: m.Table[1][0], Neither: m.Table[1][1]}))
	evidence.Claim{Method: "McNemar's test", Data: "approval survey", Source: "R 4.2.2"}.
		Agree(t, []float64{test.StatisticCorrected, test.PCorrected, test.Statistic, test.P, test.PExact}, []float64{m.CC, m.PCC, m.Plain, m.P, m.PExact}, 1e-9)
	f := ref.Proportions.Fleiss
	same := must[proportion.ChiSquared](t)(proportion.SameShare([]int{83, 90, 129, 70}, []int{86, 93, 136, 82}))
	evidence.Claim{Method: "Equality of k shares", Data: "Fleiss' smokers, shared file", Source: "R 4.2.2"}.Agree(t, []float64{same.Statistic, same.P}, []float64{f.Chisq, f.P}, 1e-11)
	housing := must[proportion.ChiSquared](t)(proportion.Independence(ref.CSAT.Counts))
	evidence.Claim{Method: "Chi-squared test of independence", Data: "Copenhagen housing satisfaction", Source: "R 4.2.2"}.
		Agree(t, []float64{housing.Statistic, housing.P}, []float64{ref.CSAT.Chisq, ref.CSAT.P}, 1e-11)
}

// Published: Newcombe (1998), Statistics in Medicine 17:857-872 and 873-890.
func TestPublished(t *testing.T) {
	w, _ := proportion.Wilson(81, 263, 0.95)
	d, _ := proportion.Newcombe(56, 70, 48, 80, 0.95)
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"Wilson 81/263 low", w.Interval.Low, 0.2553}, {"Wilson 81/263 high", w.Interval.High, 0.3662},
		{"method 10 low", d.Interval.Low, 0.0524}, {"method 10 high", d.Interval.High, 0.3339},
	} {
		if !(math.Abs(c.got-c.want) <= 5e-5) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestErrors(t *testing.T) {
	_, none := proportion.Wilson(0, 0, 0.95)
	_, many := proportion.Wilson(4, 3, 0.95)
	_, negative := proportion.Newcombe(-1, 3, 1, 3, 0.95)
	_, emptyArm := proportion.Newcombe(1, 3, 0, 0, 0.95)
	_, noEvent := proportion.RiskRatio(0, 10, 5, 10, 0.95)
	_, all := proportion.RiskRatio(10, 10, 5, 5, 0.95)
	_, noAnswer := proportion.NPS(proportion.NPSCounts{}, 0.95)
	_, negativeCount := proportion.NPS(proportion.NPSCounts{Promoters: -1, Passives: 3}, 0.95)
	_, noScore := proportion.CSAT(make([]int, 5), 2, 0.95)
	_, oneScore := proportion.CSATMean([]int{0, 0, 0, 0, 1}, 0.95)
	same, allSame := proportion.CSATMean([]int{0, 0, 0, 7, 0}, 0.95)
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"no trials", none, stat.ErrTooFew}, {"more successes than trials", many, stat.ErrInvalid},
		{"negative successes", negative, stat.ErrInvalid}, {"empty arm", emptyArm, stat.ErrTooFew},
		{"ratio without events", noEvent, stat.ErrTooFew}, {"ratio of certainties", all, stat.ErrNoVariance},
		{"NPS of nothing", noAnswer, stat.ErrTooFew}, {"NPS of a negative count", negativeCount, stat.ErrInvalid},
		{"CSAT of nothing", noScore, stat.ErrTooFew}, {"mean of one", oneScore, stat.ErrTooFew},
		{"mean of equals", allSame, stat.ErrNoVariance},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if same.Value != 4 {
		t.Errorf("mean of equal answers is %v, want 4 beside the error", same.Value)
	}
}

func TestSwappingArmsFlipsTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n1, n2 := rapid.IntRange(1, 500).Draw(t, "n1"), rapid.IntRange(1, 500).Draw(t, "n2")
		x1, x2 := rapid.IntRange(0, n1).Draw(t, "x1"), rapid.IntRange(0, n2).Draw(t, "x2")
		level := rapid.Float64Range(0.5, 0.999).Draw(t, "level")
		d, err := proportion.Newcombe(x1, n1, x2, n2, level)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := proportion.Newcombe(x2, n2, x1, n1, level)
		if !reference.Near(d.Value, -r.Value, tol) || !reference.Near(d.Interval.Low, -r.Interval.High, tol) {
			t.Fatalf("%+v and swapped %+v", d, r)
		}
		if !(d.Interval.Low < d.Interval.High) || d.Interval.Low < -1-tol || d.Interval.High > 1+tol || !d.Interval.Contains(d.Value) {
			t.Fatalf("interval %+v", d)
		}
		if x1 == 0 || x2 == 0 || (x1 == n1 && x2 == n2) {
			return
		}
		a, _ := proportion.RiskRatio(x1, n1, x2, n2, level)
		b, _ := proportion.RiskRatio(x2, n2, x1, n1, level)
		if !reference.Near(a.Value*b.Value, 1, 1e-12) || !reference.Near(a.Interval.Low*b.Interval.High, 1, 1e-9) {
			t.Fatalf("ratio %+v and swapped %+v", a, b)
		}
	})
}
