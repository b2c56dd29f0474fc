package mean_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

type tReference struct {
	T, DF, P, SE float64
	CI           []float64
}

type rankReference struct {
	A, B, Before, After []float64
	Level, W, V, P      float64
	Shift               float64
	RShift              float64 `json:"r_shift"`
	CI                  []float64
	Zeros               int
}

type fReference struct{ F, DF1, DF2, P float64 }

type effectReference struct {
	A, B        []float64
	Level, D, G float64
	CI          []float64
}

// rTests is testdata/tests.json, written by tests.R.
type rTests struct {
	Paired struct {
		Before, After []float64
		tReference
	}
	One struct {
		X    []float64
		Null float64
		tReference
	}
	Welch struct {
		A, B  []float64
		Level float64
		tReference
	}
	MW, SR []rankReference
	Groups []struct {
		Groups       [][]float64
		Chisq, P     float64
		DF           int
		ANOVA, Welch fReference
	}
	Fieller []struct {
		A, B                        []float64
		Level, Ratio, DF, Low, High float64
	}
	SumRatio []struct {
		Num, Den         []float64
		Level, Low, High float64
	}
	Cohen   []effectReference
	CohenDz effectReference `json:"cohen_dz"`
}

func loadTests(t *testing.T) rTests {
	t.Helper()
	var r rTests
	reference.JSON(t, "testdata/tests.json", &r)
	return r
}

func claim(method, data string) evidence.Claim {
	return evidence.Claim{Method: method, Data: data, Source: "R 4.2"}
}

func ends(i stat.Interval) []float64 { return []float64{i.Low, i.High} }

func agreeT(t *testing.T, c evidence.Claim, got stat.Test, want tReference) {
	t.Helper()
	c.Agree(t, append(ends(got.Interval), got.Statistic, got.DF, got.P, got.SE), append(want.CI, want.T, want.DF, want.P, want.SE), 1e-10)
}

func TestStudentAgainstR(t *testing.T) {
	r := loadTests(t)
	paired, err := mean.Paired(r.Paired.Before, r.Paired.After, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	agreeT(t, claim("Paired t", "sleep"), paired, r.Paired.tReference)
	one, err := mean.OneSample(mustMoments(t, r.One.X), r.One.Null, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	want := r.One.tReference
	want.CI = []float64{want.CI[0] - r.One.Null, want.CI[1] - r.One.Null} // R's interval is of the mean
	agreeT(t, claim("One-sample t", "precip"), one, want)
	welch, err := mean.Welch(mustMoments(t, r.Welch.A), mustMoments(t, r.Welch.B), r.Welch.Level)
	if err != nil {
		t.Fatal(err)
	}
	agreeT(t, claim("Welch's t", "airquality, May and August"), welch, r.Welch.tReference)
}

func TestMannWhitneyAgainstR(t *testing.T) {
	for _, r := range loadTests(t).MW {
		got, err := mean.MannWhitney(r.A, r.B, r.Level)
		if err != nil {
			t.Fatal(err)
		}
		claim("Mann-Whitney test", "six pairs of samples, with and without ties").Agree(t, []float64{got.Statistic, got.P}, []float64{r.W, r.P}, 1e-11)
		claim("Hodges-Lehmann shift and interval", "six pairs of samples, with and without ties").Agree(t, append(ends(got.Interval), got.Shift), append(r.CI, r.Shift), 1e-10)
		if math.Abs(got.Shift-r.RShift) > 0.05 { // R's own, somewhere between the two middle differences
			t.Errorf("shift %v, wilcox.test has %v", got.Shift, r.RShift)
		}
	}
}

func TestSignedRankAgainstR(t *testing.T) {
	for _, r := range loadTests(t).SR {
		got, err := mean.SignedRank(r.Before, r.After, r.Level)
		if err != nil || got.Zeros != r.Zeros {
			t.Fatalf("%+v, %v", got, err)
		}
		claim("Wilcoxon's signed ranks", "five paired samples, with ties and zeros").Agree(t, []float64{got.Statistic, got.P}, []float64{r.V, r.P}, 1e-11)
		claim("Pseudomedian and interval", "five paired samples, with ties and zeros").Agree(t, append(ends(got.Interval), got.Shift), append(r.CI, r.Shift), 1e-10)
		if math.Abs(got.Shift-r.RShift) > 0.05 {
			t.Errorf("shift %v, wilcox.test has %v", got.Shift, r.RShift)
		}
	}
}

func TestGroupsAgainstR(t *testing.T) {
	for _, r := range loadTests(t).Groups {
		kruskal, err := mean.KruskalWallis(r.Groups...)
		if err != nil || kruskal.DF != r.DF {
			t.Fatalf("%+v, %v", kruskal, err)
		}
		const data = "airquality, chickwts, InsectSprays, PlantGrowth"
		claim("Kruskal-Wallis test", data).Agree(t, []float64{kruskal.Statistic, kruskal.P}, []float64{r.Chisq, r.P}, 1e-11)
		var moments []summary.Moments
		for _, g := range r.Groups {
			moments = append(moments, mustMoments(t, g))
		}
		anova, err1 := mean.ANOVA(moments...)
		welch, err2 := mean.WelchANOVA(moments...)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		agreeF(t, claim("Analysis of variance", data), anova, r.ANOVA)
		agreeF(t, claim("Welch's analysis of variance", data), welch, r.Welch)
	}
}

func agreeF(t *testing.T, c evidence.Claim, got mean.F, want fReference) {
	t.Helper()
	c.Agree(t, []float64{got.Statistic, got.DF1, got.DF2, got.P}, []float64{want.F, want.DF1, want.DF2, want.P}, 1e-9)
}

func TestFiellerAgainstR(t *testing.T) {
	r := loadTests(t)
	for _, r := range r.Fieller {
		got, err := mean.RatioOfMeans(mustMoments(t, r.A), mustMoments(t, r.B), r.Level)
		if err != nil || got.Set != mean.Between {
			t.Fatalf("%+v, %v", got, err)
		}
		evidence.Claim{Method: "Fieller's interval of a ratio of means", Data: "three pairs of samples", Source: "R 4.2 uniroot of the t statistic"}.
			Agree(t, append(ends(got.Interval), got.Value, got.DF), []float64{r.Low, r.High, r.Ratio, r.DF}, 1e-10)
	}
	for _, r := range r.SumRatio {
		got, err := mean.FiellerRatio(mustPairs(t, r.Num, r.Den), r.Level)
		if err != nil || got.Set != mean.Between {
			t.Fatalf("%+v, %v", got, err)
		}
		evidence.Claim{Method: "Fieller's interval of a ratio of sums", Data: "six accounts; cars", Source: "R 4.2 uniroot of the t statistic"}.
			Agree(t, ends(got.Interval), []float64{r.Low, r.High}, 1e-10)
	}
}

func TestEffectSizeAgainstR(t *testing.T) {
	r := loadTests(t)
	for _, r := range r.Cohen {
		got, err := mean.CohenD(mustMoments(t, r.A), mustMoments(t, r.B), r.Level)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Cohen's d, Hedges' g, interval", Data: "three pairs of samples", Source: "R 4.2 uniroot of pt(ncp)"}.
			Agree(t, append(ends(got.Interval), got.D, got.Hedges), append(r.CI, r.D, r.G), 1e-9)
	}
	d := make([]float64, len(r.Paired.Before))
	for i := range d {
		d[i] = r.Paired.After[i] - r.Paired.Before[i]
	}
	got, err := mean.CohenDz(mustMoments(t, d), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Cohen's dz and interval", Data: "sleep", Source: "R 4.2 uniroot of pt(ncp)"}.
		Agree(t, append(ends(got.Interval), got.D), append(r.CohenDz.CI, r.CohenDz.D), 1e-9)
}

// The unbounded sets, by hand. Numerator 1 ± 1, denominator 1 ± 1 with t = 2:
// |1 - r| ≤ 2√(1 + r²) is 0 ≤ 3r² + 2r + 3, true for every r. Numerator 10 ± 1,
// denominator 1 ± 1: (10 - r)² ≤ 4(1 + r²) is 0 ≤ 3r² + 20r - 96, true outside
// (-10 ± √388)/3.
func TestFiellerUnbounded(t *testing.T) {
	moments := func(value float64) summary.Moments { // standard error 1 on many degrees of freedom
		const n = 1 << 20
		return summary.Moments{N: n, Mean: value, Var: n}
	}
	level := math.Erf(2 / math.Sqrt2) // two standard errors
	every, err := mean.RatioOfMeans(moments(1), moments(1), level)
	if err != nil || every.Set != mean.Anything || !every.Contains(1e9) || !every.Contains(-3) {
		t.Errorf("%+v, %v", every, err)
	}
	outside, err := mean.RatioOfMeans(moments(10), moments(1), level)
	low, high := (-10-math.Sqrt(388))/3, (-10+math.Sqrt(388))/3
	if err != nil || outside.Set != mean.Outside || !reference.Near(outside.Interval.Low, low, 1e-4) || !reference.Near(outside.Interval.High, high, 1e-4) {
		t.Errorf("%+v, %v; want outside %v and %v", outside, err, low, high)
	}
	if outside.Contains(0) || !outside.Contains(high+1) || !outside.Contains(low-1) {
		t.Error("the set is not what lies outside the interval")
	}
}

// Tickets of a real help desk before and after 2012, and rounds of players in
// two versions of a game: thousands of values, many of them equal.
func TestMannWhitneyOfRealData(t *testing.T) {
	var cats struct {
		Rounds struct{ W, P float64 } `json:"rounds_wilcoxon"`
		Welch  tDifference            `json:"rounds_welch"`
		Cut    tDifference            `json:"rounds_welch_no_outlier"`
	}
	reference.JSON(t, reference.Path(t, "cookie-cats/reference-cookie-cats.json"), &cats)
	treated, control := cookieCats(t)
	welch, err := mean.Welch(mustMoments(t, treated), mustMoments(t, control), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	agreeWelch(t, "Cookie Cats, rounds", welch, cats.Welch)
	treated, control = under(treated, 40000), under(control, 40000)
	welch, err = mean.Welch(mustMoments(t, treated), mustMoments(t, control), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	agreeWelch(t, "Cookie Cats, without the outlier", welch, cats.Cut)
	got, err := mean.MannWhitney(control, treated, 0.95)
	if err != nil && !errors.Is(err, stat.ErrNoVariance) { // whole rounds: the interval may be one number
		t.Fatal(err)
	}
	claim("Mann-Whitney test", "Cookie Cats, 90,188 players").Agree(t, []float64{got.Statistic, got.P}, []float64{cats.Rounds.W, cats.Rounds.P}, 1e-10)

	var desk struct{ Wilcoxon struct{ W, P float64 } }
	reference.JSON(t, reference.Path(t, "helpdesk-tickets/reference-helpdesk.json"), &desk)
	early, late := helpdeskHours(t)
	hours, err := mean.MannWhitney(early, late, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim("Mann-Whitney test", "help desk, 3,804 tickets").Agree(t, []float64{hours.Statistic, hours.P}, []float64{desk.Wilcoxon.W, desk.Wilcoxon.P}, 1e-10)
}

type tDifference struct {
	Diff, T, DF, P float64
	CI             []float64
	D              float64 `json:"cohen_d"`
}

func agreeWelch(t *testing.T, data string, got stat.Test, want tDifference) {
	t.Helper()
	claim("Welch's t", data).Agree(t, append(ends(got.Interval), got.Value, got.Statistic, got.DF, got.P), append(want.CI, want.Diff, want.T, want.DF, want.P), 1e-9)
}

func under(x []float64, limit float64) []float64 {
	var out []float64
	for _, v := range x {
		if v < limit {
			out = append(out, v)
		}
	}
	return out
}

// Student's sleep, anorexia and immer are in reference-basics.json: data that R
// ships (sleep) or MASS does; sleep is in tests.json too.
func TestBasics(t *testing.T) {
	var ref struct {
		PrePost struct {
			Paired tDifference            `json:"sleep_paired"`
			Signed struct{ V, P float64 } `json:"sleep_wilcoxon_signed"`
		} `json:"pre_post"`
	}
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	r := loadTests(t).Paired
	paired, err := mean.Paired(r.Before, r.After, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	want := ref.PrePost.Paired
	claim("Paired t", "sleep, reference file").Agree(t, append(ends(paired.Interval), paired.Statistic, paired.DF, paired.P), append(want.CI, want.T, want.DF, want.P), 1e-11)
	signed, err := mean.SignedRank(r.Before, r.After, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim("Wilcoxon's signed ranks", "sleep, reference file").Agree(t, []float64{signed.Statistic, signed.P}, []float64{ref.PrePost.Signed.V, ref.PrePost.Signed.P}, 1e-11)
}
