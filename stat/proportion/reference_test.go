package proportion_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

// refs is testdata/reference.json.
type refs struct {
	Shares []struct {
		X, N                      int
		Level                     float64
		Clopper, Jeffreys, Wilson []float64
	}
	Fisher []struct {
		X1, N1, X2, N2 int
		Level, P       float64
		OR, Low, High  any // "Inf" without a bound
		ROr            any `json:"r_or"`
	}
	Chi []struct {
		Table              [][]int
		Chisq, P, Smallest float64
		DF                 int
	}
	Two []struct {
		X1, N1, X2, N2 int
		OR             float64
		LogSE          float64 `json:"log_se"`
		CI             []float64
		Yates          float64
		PYates         float64 `json:"p_yates"`
	}
	Smokers struct {
		X, N     []int
		Chisq, P float64
		DF       int
	}
	Caffo []struct {
		X1, N1, X2, N2 int
		Level          float64
		CI             []float64
	}
	Paired []struct {
		Cells   []int
		Diff    float64
		Tango   []float64
		Chisq   float64
		P       float64
		ChisqCC float64 `json:"chisq_cc"`
		PCC     float64 `json:"p_cc"`
		PExact  float64 `json:"p_exact"`
		PMid    float64 `json:"p_mid"`
	}
	UCB struct {
		Strata  [][]int
		OR      float64
		CI      []float64
		Chisq   float64
		P       float64
		ChisqCC float64 `json:"chisq_cc"`
		PCC     float64 `json:"p_cc"`
	}
	CSAT struct {
		A, B            []int
		Diff, SE, DF, P float64
		CI              []float64
	}
	NPS struct {
		A, B     []int
		Diff, SE float64
		CI       []float64
	}
}

func load(t *testing.T) refs {
	t.Helper()
	var r refs
	reference.JSON(t, "testdata/reference.json", &r)
	return r
}

func ends(i stat.Interval) []float64 { return []float64{i.Low, i.High} }

// number reads a value that R writes as "Inf" without a bound.
func number(t *testing.T, v any) float64 {
	t.Helper()
	switch v := v.(type) {
	case float64:
		return v
	case string:
		if v == "Inf" {
			return math.Inf(1)
		}
	}
	t.Fatalf("not a number: %v", v)
	return 0
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestSharesAgainstR(t *testing.T) {
	claim := func(method, source string) evidence.Claim {
		return evidence.Claim{Method: method, Data: "3 of 25 to 2 of a million, levels 90 to 99.9 %", Source: source}
	}
	for _, r := range load(t).Shares {
		estimate := must[stat.Estimate](t)
		claim("Clopper-Pearson interval", "R 4.2 binom.test").Agree(t, ends(estimate(proportion.ClopperPearson(r.X, r.N, r.Level)).Interval), r.Clopper, 1e-8)
		claim("Jeffreys interval", "R 4.2 qbeta").Agree(t, ends(estimate(proportion.Jeffreys(r.X, r.N, r.Level)).Interval), r.Jeffreys, 1e-8)
		claim("Wilson interval", "R 4.2 prop.test").Agree(t, ends(estimate(proportion.Wilson(r.X, r.N, r.Level)).Interval), r.Wilson, 1e-11)
	}
}

func TestFisherAgainstR(t *testing.T) {
	for _, r := range load(t).Fisher {
		got, err := proportion.FisherExact(r.X1, r.N1, r.X2, r.N2, r.Level)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Fisher's exact test", Data: "nine tables", Source: "R 4.2 fisher.test"}.Agree(t, []float64{got.P}, []float64{r.P}, 1e-9)
		evidence.Claim{Method: "Conditional odds ratio and exact interval", Data: "nine tables", Source: "R 4.2 uniroot of dhyper to full precision"}.
			Agree(t, append(ends(got.Interval), got.OddsRatio), []float64{number(t, r.Low), number(t, r.High), number(t, r.OR)}, 1e-9)
		// fisher.test itself stops its search at 1e-4 of the ratio or its inverse.
		if theirs := number(t, r.ROr); theirs != got.OddsRatio && !(math.Abs(theirs/got.OddsRatio-1) <= 2e-3) {
			t.Errorf("%d of %d, %d of %d: odds ratio %v, fisher.test has %v", r.X1, r.N1, r.X2, r.N2, got.OddsRatio, theirs)
		}
	}
}

func TestChiSquaredAgainstR(t *testing.T) {
	refs := load(t)
	for _, r := range refs.Chi {
		got, err := proportion.Independence(r.Table)
		if err != nil || got.DF != r.DF {
			t.Fatalf("%+v, %v", got, err)
		}
		evidence.Claim{Method: "Chi-squared test of independence", Data: "HairEyeColor, Titanic, 2 by 2", Source: "R 4.2 chisq.test"}.
			Agree(t, []float64{got.Statistic, got.P, got.SmallestExpected}, []float64{r.Chisq, r.P, r.Smallest}, 1e-12)
	}
	got, err := proportion.SameShare(refs.Smokers.X, refs.Smokers.N)
	if err != nil || got.DF != refs.Smokers.DF {
		t.Fatalf("%+v, %v", got, err)
	}
	evidence.Claim{Method: "Equality of k shares", Data: "Fleiss' smokers", Source: "R 4.2 prop.test"}.
		Agree(t, []float64{got.Statistic, got.P}, []float64{refs.Smokers.Chisq, refs.Smokers.P}, 1e-12)
	for _, r := range refs.Two {
		yates, err := proportion.Yates(r.X1, r.N1, r.X2, r.N2)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Yates' test", Data: "three tables", Source: "R 4.2 prop.test"}.
			Agree(t, []float64{yates.Statistic, yates.P}, []float64{r.Yates, r.PYates}, 1e-11)
		or := must[proportion.Ratio](t)(proportion.OddsRatio(r.X1, r.N1, r.X2, r.N2, 0.95))
		evidence.Claim{Method: "Odds ratio, Woolf interval", Data: "three tables", Source: "R 4.2 glm, logit"}.
			Agree(t, append(ends(or.Interval), or.Value, or.LogSE), append(r.CI, r.OR, r.LogSE), 1e-8)
	}
}

func TestAgrestiCaffoAgainstR(t *testing.T) {
	for _, r := range load(t).Caffo {
		got := must[stat.Estimate](t)(proportion.AgrestiCaffo(r.X1, r.N1, r.X2, r.N2, r.Level))
		evidence.Claim{Method: "Agresti-Caffo interval", Data: "four tables", Source: "R 4.2 prop.test of the adjusted counts"}.
			Agree(t, ends(got.Interval), r.CI, 1e-12)
	}
}

func TestPairedAgainstR(t *testing.T) {
	for _, r := range load(t).Paired {
		c := proportion.PairedCounts{Both: r.Cells[0], OnlyAfter: r.Cells[1], OnlyBefore: r.Cells[2], Neither: r.Cells[3]}
		test := must[proportion.Paired](t)(proportion.McNemar(c))
		evidence.Claim{Method: "McNemar's test: plain, corrected, exact, mid-p", Data: "six tables", Source: "R 4.2 mcnemar.test, binom.test"}.
			Agree(t, []float64{test.Statistic, test.P, test.StatisticCorrected, test.PCorrected, test.PExact, test.PMid},
				[]float64{r.Chisq, r.P, r.ChisqCC, r.PCC, r.PExact, r.PMid}, 1e-9)
		d := must[stat.Estimate](t)(proportion.PairedDifference(c, 0.95))
		evidence.Claim{Method: "Paired difference, Tango's interval", Data: "six tables", Source: "R 4.2 uniroot of the score"}.
			Agree(t, append(ends(d.Interval), d.Value), append(r.Tango, r.Diff), 1e-8)
	}
}

// Airway hyper-responsiveness of 21 children before and after a transplantation
// (1 both, 7 only after, 1 only before, 12 neither; Bentur et al. 2009), the
// example of Fagerland, Lydersen and Laake (2013), BMC Medical Research
// Methodology 13:91. By hand: χ² = 36/8 and 25/8, exact 18/256, mid-p 10/256.
// Tango's interval: R 4.2, uniroot of the score.
func TestPairedPublished(t *testing.T) {
	c := proportion.PairedCounts{Both: 1, OnlyAfter: 7, OnlyBefore: 1, Neither: 12}
	test := must[proportion.Paired](t)(proportion.McNemar(c))
	d := must[stat.Estimate](t)(proportion.PairedDifference(c, 0.95))
	for _, v := range []struct {
		name      string
		got, want float64
	}{
		{"plain", test.P, 0.034}, {"corrected", test.PCorrected, 0.077}, {"exact", test.PExact, 0.070}, {"mid-p", test.PMid, 0.039},
		{"difference", d.Value, 0.286}, {"Tango low", d.Interval.Low, 0.026}, {"Tango high", d.Interval.High, 0.517},
	} {
		if !(math.Abs(v.got-v.want) <= 5e-4) {
			t.Errorf("%s: %v, want %v", v.name, v.got, v.want)
		}
	}
}

// Graduate admissions at Berkeley, 1973, by department (Bickel, Hammel and
// O'Connell 1975): the crude odds ratio of women is 0.54, within departments
// there is no such difference.
func TestMantelHaenszelAgainstR(t *testing.T) {
	r := load(t).UCB
	var strata []proportion.Stratum
	for _, s := range r.Strata {
		strata = append(strata, proportion.Stratum{X1: s[0], N1: s[1], X2: s[2], N2: s[3]})
	}
	got, err := proportion.MantelHaenszel(append(strata, proportion.Stratum{X1: 0, N1: 5, X2: 0, N2: 9}), 0.95)
	if err != nil || got.Strata != 6 || got.Skipped != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	evidence.Claim{Method: "Mantel-Haenszel odds ratio and test", Data: "UCBAdmissions", Source: "R 4.2 mantelhaen.test"}.
		Agree(t, append(ends(got.Interval), got.Value, got.Statistic, got.P, got.StatisticCorrected, got.PCorrected),
			append(r.CI, r.OR, r.Chisq, r.P, r.ChisqCC, r.PCC), 1e-11)
}

func TestScoreDifferencesAgainstR(t *testing.T) {
	refs := load(t)
	d := must[stat.Test](t)(proportion.CSATMeanDifference(refs.CSAT.A, refs.CSAT.B, 0.95))
	evidence.Claim{Method: "CSAT mean difference", Data: "100 and 90 answers", Source: "R 4.2 t.test"}.
		Agree(t, append(ends(d.Interval), d.Value, d.SE, d.DF, d.P), append(refs.CSAT.CI, refs.CSAT.Diff, refs.CSAT.SE, refs.CSAT.DF, refs.CSAT.P), 1e-11)
	group := func(c []int) proportion.NPSCounts {
		return proportion.NPSCounts{Promoters: c[0], Passives: c[1], Detractors: c[2]}
	}
	n := must[stat.Estimate](t)(proportion.NPSDifference(group(refs.NPS.A), group(refs.NPS.B), 0.95))
	evidence.Claim{Method: "NPS difference", Data: "90 and 100 answers", Source: "the formula in R 4.2"}.
		Agree(t, append(ends(n.Interval), n.Value, n.SE), append(refs.NPS.CI, refs.NPS.Diff, refs.NPS.SE), 1e-12)
}

// prop2 is what ../shared/data/ab.R writes for two shares.
type prop2 struct {
	X, N           []int
	Diff, Chisq, P float64
	PYates         float64     `json:"p_yates"`
	Newcombe       []float64   `json:"newcombe_ci"`
	SE             float64     `json:"se_unpooled"`
	Lift           float64     `json:"rel_lift"`
	FisherP        float64     `json:"fisher_p"`
	FisherOR       float64     `json:"fisher_or"`
	FisherCI       []float64   `json:"fisher_ci"`
	LiftLog        []float64   `json:"rel_lift_ci_log"`
	Wilson         [][]float64 `json:"wilson_each"`
	Clopper        [][]float64 `json:"clopper_each"`
}

// Real comparisons of two shares: players retained (Cookie Cats), churn with
// and without technical support (Telco), students who passed (OULAD).
func TestTwoSharesOfRealData(t *testing.T) {
	var cats struct {
		Day1 prop2 `json:"retention_1"`
		Day7 prop2 `json:"retention_7"`
	}
	reference.JSON(t, reference.Path(t, "cookie-cats/reference-cookie-cats.json"), &cats)
	var telco struct {
		Churn prop2 `json:"churn_by_support"`
	}
	reference.JSON(t, reference.Path(t, "telco-churn/reference-telco.json"), &telco)
	var oulad struct {
		Pass prop2 `json:"pass_by_disability"`
		BBB  prop2 `json:"bbb_2013J_vs_2014J_pass"`
	}
	reference.JSON(t, reference.Path(t, "oulad/reference-oulad.json"), &oulad)
	for _, r := range []struct {
		data string
		prop2
	}{
		{"Cookie Cats, day 1", cats.Day1}, {"Cookie Cats, day 7", cats.Day7}, {"Telco churn", telco.Churn},
		{"OULAD, disability", oulad.Pass}, {"OULAD, 2013 and 2014", oulad.BBB},
	} {
		agreeTwoShares(t, r.data, r.prop2)
	}
}

func agreeTwoShares(t *testing.T, data string, r prop2) {
	t.Helper()
	x1, n1, x2, n2 := r.X[0], r.N[0], r.X[1], r.N[1]
	estimate := must[stat.Estimate](t)
	agree := func(method string, got, want []float64, tol float64) {
		t.Helper()
		evidence.Claim{Method: method, Data: data, Source: "R 4.2.2"}.Agree(t, got, want, tol)
	}
	same := must[proportion.ChiSquared](t)(proportion.SameShare(r.X, r.N))
	yates := must[proportion.ChiSquared](t)(proportion.Yates(x1, n1, x2, n2))
	agree("Chi-squared test of two shares", []float64{same.Statistic, same.P, yates.P}, []float64{r.Chisq, r.P, r.PYates}, 1e-11)
	d := estimate(proportion.Newcombe(x1, n1, x2, n2, 0.95))
	agree("Newcombe interval", append(ends(d.Interval), d.Value), append(r.Newcombe, r.Diff), 1e-10)
	rr := must[proportion.Ratio](t)(proportion.RiskRatio(x1, n1, x2, n2, 0.95))
	agree("Risk ratio, Katz interval", ends(rr.Interval), []float64{1 + r.LiftLog[0], 1 + r.LiftLog[1]}, 1e-12)
	f := must[proportion.Fisher](t)(proportion.FisherExact(x1, n1, x2, n2, 0.95))
	agree("Fisher's exact test", []float64{f.P}, []float64{r.FisherP}, 1e-8)
	// fisher.test stops its search at 1e-4; TestFisherAgainstR has the rest.
	for i, got := range append(ends(f.Interval), f.OddsRatio) {
		if want := append(r.FisherCI, r.FisherOR)[i]; !(math.Abs(got/want-1) <= 2e-3) {
			t.Errorf("%s, odds ratio %d: %v, fisher.test has %v", data, i, got, want)
		}
	}
	for i := range r.X {
		agree("Wilson interval", ends(estimate(proportion.Wilson(r.X[i], r.N[i], 0.95)).Interval), r.Wilson[i], 1e-12)
		agree("Clopper-Pearson interval", ends(estimate(proportion.ClopperPearson(r.X[i], r.N[i], 0.95)).Interval), r.Clopper[i], 1e-9)
	}
}
