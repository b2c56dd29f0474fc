package weighting_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// family is what the reference files hold for one sample and score.
type family struct {
	Naive float64
	Logit struct {
		Coef, SE []float64
		LogLik   float64
	}
	First10 []float64 `json:"ps_first10"`
	IPW     struct {
		Est         float64
		Known       float64 `json:"se_hc0_weights_known"`
		SE          float64 `json:"se_mestimation"`
		ESS         float64 `json:"ess_control"`
		LargestPart float64 `json:"max_w_share"`
	} `json:"ipw_att"`
	OR   float64 `json:"or_att"`
	AIPW struct {
		Est    float64
		Plugin float64 `json:"se_plugin_influence"`
	} `json:"aipw_att"`
	ATE struct {
		HT     float64 `json:"horvitz_thompson"`
		Hajek  float64
		AIPW   float64
		AIPWSE float64 `json:"aipw_se"`
	}
	DRDID struct {
		DR, Reg estimate
		IPW     estimate `json:"ipw_hajek"`
	} `json:"drdid_zero_baseline"`
	Entropy *struct {
		Est   float64
		Known float64 `json:"se_hc0"`
		ESS   float64 `json:"ess_control"`
	} `json:"entropy_balance_att"`
}

type estimate struct{ Est, SE float64 }

// The references rest on R's glm at its default settings, which stops when the
// deviance changes by less than 1e-8 of itself: its coefficients are right to
// 5 to 10 digits and its standard errors to 4, and what is computed from them
// to 7 or more. TestStackedEquationsLalonde compares with scores run to
// convergence.
func TestAgainstSharedReferences(t *testing.T) {
	var matchit struct{ Family family }
	reference.JSON(t, reference.Path(t, "lalonde-matchit", "reference-lalonde-matchit.json"), &matchit)
	var cps struct {
		Linear family `json:"observational_linear_ps"`
		DW     family `json:"observational_dw_ps"`
	}
	reference.JSON(t, reference.Path(t, "nsw-cps", "reference-nsw-cps.json"), &cps)
	for _, tt := range []struct {
		data   string
		sample weighting.Sample
		want   family
		tol    float64
	}{
		{"Lalonde (MatchIt)", lalonde.PSID(t), matchit.Family, 1e-7},
		{"NSW and CPS", lalonde.CPS(t), cps.Linear, 2e-8},
		{"NSW and CPS, Dehejia–Wahba score", lalonde.CPSDehejiaWahba(t), cps.DW, 3e-7},
	} {
		t.Run(tt.data, func(t *testing.T) { agreeWithFamily(t, tt.data, tt.sample, tt.want, tt.tol) })
	}
}

func agreeWithFamily(t *testing.T, data string, s weighting.Sample, want family, tol float64) {
	agree := func(method, source string, tol float64, pairs ...float64) {
		var got, expected []float64
		for k := 0; k < len(pairs); k += 2 {
			got, expected = append(got, pairs[k]), append(expected, pairs[k+1])
		}
		evidence.Claim{Method: method, Data: data, Source: source}.Agree(t, got, expected, tol)
	}
	score, err := weighting.Propensity(s.Treated, s.Covariates)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "Propensity score", Data: data, Source: "R 4.2 glm"}
	claim.Agree(t, score.Model.Coef, want.Logit.Coef, 1e-5)
	claim.Agree(t, regression.StandardErrors(score.Model.Classical()), want.Logit.SE, 3e-4) // one iteration behind
	claim.Agree(t, score.E[:10], want.First10, 1e-7)

	ipw := must(weighting.IPW(s, weighting.Options{Estimand: weighting.ATT}, 0.95))(t)
	agree("IPW, ATT", "R 4.2, stacked equations", tol, ipw.Value, want.IPW.Est, ipw.SE, want.IPW.SE,
		ipw.ESS.Control, want.IPW.ESS, ipw.MaxShare.Control, want.IPW.LargestPart)
	agree("IPW, ATT, weights taken as known", "R sandwich 3.0 HC0", tol, ipw.KnownWeightsSE, want.IPW.Known)
	agree("IPW, ATT", "R DRDID 1.2.3", tol, ipw.Value, want.DRDID.IPW.Est, ipw.SE, want.DRDID.IPW.SE)

	ht := must(weighting.IPW(s, weighting.Options{Normalisation: weighting.HorvitzThompson}, 0.95))(t)
	hajek := must(weighting.IPW(s, weighting.Options{}, 0.95))(t)
	agree("IPW, ATE", "R 4.2", tol, ht.Value, want.ATE.HT, hajek.Value, want.ATE.Hajek)

	aipw := must(weighting.AIPW(s, weighting.AIPWOptions{Options: weighting.Options{Estimand: weighting.ATT}}, 0.95))(t)
	agree("AIPW, ATT", "R DRDID 1.2.3", tol, aipw.Value, want.DRDID.DR.Est, aipw.SE, want.DRDID.DR.SE)
	agree("AIPW, ATT, models taken as known", "R 4.2", tol, aipw.Value, want.AIPW.Est, aipw.KnownWeightsSE, want.AIPW.Plugin)

	ate := must(weighting.AIPW(s, weighting.AIPWOptions{Options: weighting.Options{Normalisation: weighting.HorvitzThompson}}, 0.95))(t)
	n := float64(len(s.Treated)) // the reference divides by n−1
	agree("AIPW, ATE", "R 4.2", tol, ate.Value, want.ATE.AIPW, ate.KnownWeightsSE*ate.KnownWeightsSE*n/(n-1), want.ATE.AIPWSE*want.ATE.AIPWSE)

	or := must(weighting.Standardise(s, weighting.ATT, weighting.LinearOutcome, 0.95))(t)
	agree("Regression adjustment, ATT", "R DRDID 1.2.3", tol, or.Value, want.DRDID.Reg.Est, or.SE, want.DRDID.Reg.SE, or.Value, want.OR)

	if want.Entropy != nil {
		eb := must(weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: weighting.ATT}, 0.95))(t)
		agree("Entropy balancing, ATT", "R ebal 0.1-8", 1e-6, eb.Value, want.Entropy.Est, eb.KnownWeightsSE, want.Entropy.Known, eb.ESS.Control, want.Entropy.ESS)
	}
}

// The weights, used in a regression on the arm by whoever takes them away. The
// file holds two runs of entropy balancing that differ by 4e-5 of the effect:
// R's ebal, whose means agree to 2e-12 and with which TestAgainstSharedReferences
// compares, and WeightIt, whose optimiser stopped earlier. So five digits are
// asked of the second.
func TestWeightsInRegression(t *testing.T) {
	type weighted struct {
		Est float64
		HC0 float64 `json:"se_HC0"`
		HC3 float64 `json:"se_HC3"`
		ESS float64 `json:"ess_control"`
	}
	var ref struct {
		GLM  weighted `json:"weightit_glm"`
		Ebal weighted `json:"weightit_ebal"`
	}
	reference.JSON(t, reference.Path(t, "lalonde-matchit", "reference-lalonde-matchit.json"), &ref)
	s := lalonde.PSID(t)
	for _, tt := range []struct {
		method string
		effect *weighting.Effect
		want   weighted
		tol    float64
	}{
		{"IPW, ATT, weights in a regression", must(weighting.IPW(s, weighting.Options{Estimand: weighting.ATT}, 0.95))(t), ref.GLM, 1e-8},
		{"Entropy balancing, ATT, weights in a regression", must(weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: weighting.ATT}, 0.95))(t), ref.Ebal, 5e-5},
	} {
		fit := must(regression.WLS(s.Outcome, regression.WithIntercept(len(s.Treated), arm(s)), tt.effect.Weights))(t)
		hc0, hc3 := regression.StandardErrors(must(fit.HC(regression.HC0))(t)), regression.StandardErrors(must(fit.HC(regression.HC3))(t))
		evidence.Claim{Method: tt.method, Data: "Lalonde (MatchIt)", Source: "R WeightIt 0.13.1, sandwich 3.0-2"}.Agree(t,
			[]float64{fit.Coef[1], hc0[1], hc3[1], tt.effect.ESS.Control}, []float64{tt.want.Est, tt.want.HC0, tt.want.HC3, tt.want.ESS}, tt.tol)
	}
}

// arm is 1 for the treated.
func arm(s weighting.Sample) []float64 {
	out := make([]float64, len(s.Treated))
	for i, treated := range s.Treated {
		if treated {
			out[i] = 1
		}
	}
	return out
}

// Churn of 5,517 telecom customers with and without technical support.
func TestTelco(t *testing.T) {
	var ref struct {
		IPW float64 `json:"ipw_ate_churn"`
	}
	reference.JSON(t, reference.Path(t, "telco-churn", "reference-telco.json"), &ref)
	c := reference.CSV(t, reference.Path(t, "telco-churn", "telco.csv"))
	tenure, monthly, senior := c.Floats(t, "tenure"), c.Floats(t, "MonthlyCharges"), c.Floats(t, "SeniorCitizen")
	var churned, supported []float64
	columns := make([][]float64, 8)
	is := func(name, value string, i int) float64 {
		if c[name][i] == value {
			return 1
		}
		return 0
	}
	for i := range tenure {
		if tenure[i] == 0 || c["TechSupport"][i] == "No internet service" {
			continue
		}
		churned, supported = append(churned, is("Churn", "Yes", i)), append(supported, is("TechSupport", "Yes", i))
		for j, v := range []float64{monthly[i], is("Contract", "One year", i), is("Contract", "Two year", i), senior[i], is("Partner", "Yes", i),
			is("Dependents", "Yes", i), is("InternetService", "DSL", i), is("PaperlessBilling", "Yes", i)} {
			columns[j] = append(columns[j], v)
		}
	}
	e := must(weighting.IPW(lalonde.Sample(churned, supported, columns...), weighting.Options{}, 0.95))(t)
	evidence.Claim{Method: "IPW, ATE", Data: "Telco churn", Source: "R 4.2"}.Agree(t, []float64{e.Value}, []float64{ref.IPW}, 2e-8) // glm at its default settings
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
