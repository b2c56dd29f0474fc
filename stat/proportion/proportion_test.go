package proportion_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

// basics is the part of R's reference-basics.json that this package answers.
type basics struct {
	Proportions struct {
		Wilson []struct {
			X, N   int
			Wilson [2]float64
		}
		Newcombe struct {
			Diff    float64
			CI      [2]float64 `json:"newcombe_ci"`
			SE      float64    `json:"se_unpooled"`
			Lift    float64    `json:"rel_lift"`
			LiftLog [2]float64 `json:"rel_lift_ci_log"`
		} `json:"newcombe_56_70_vs_48_80"`
	}
	NPS []struct {
		Promoters, Passives, Detractors int
		NPS                             float64
		Adjusted                        [2]float64 `json:"adj_wald_add3"`
	}
	CSAT struct {
		Counts [][]int
		Top    []struct {
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
		got, err := proportion.Wilson(r.X, r.N, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if !reference.Near(got.Interval.Low, r.Wilson[0], tol) || !reference.Near(got.Interval.High, r.Wilson[1], tol) {
			t.Errorf("%d of %d: %+v, want %v", r.X, r.N, got.Interval, r.Wilson)
		}
	}
}

func TestTwoShares(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	want := ref.Proportions.Newcombe
	d, err := proportion.Newcombe(56, 70, 48, 80, 0.95)
	if err != nil || !reference.Near(d.Value, want.Diff, tol) || !reference.Near(d.SE, want.SE, tol) ||
		!reference.Near(d.Interval.Low, want.CI[0], tol) || !reference.Near(d.Interval.High, want.CI[1], tol) {
		t.Errorf("difference %+v, %v; want %+v", d, err, want)
	}
	rr, err := proportion.RiskRatio(56, 70, 48, 80, 0.95)
	if err != nil || !reference.Near(rr.Value-1, want.Lift, tol) ||
		!reference.Near(rr.Interval.Low-1, want.LiftLog[0], tol) || !reference.Near(rr.Interval.High-1, want.LiftLog[1], tol) {
		t.Errorf("ratio %+v, %v; want %+v", rr, err, want)
	}
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
