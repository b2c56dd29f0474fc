package weighting_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// stacked is testdata/stacked.json: estimates from stacked estimating
// equations that R solved by Newton's method with exact derivatives.
type stacked struct {
	Simulated struct {
		Y, Churned, Treated, X1, X2, X3 []float64
		Cluster                         []int
		Results                         stackedResults
	}
	Lalonde stackedResults
}

type stackedResults struct {
	IPW map[string]struct {
		Hajek         solved
		HT, Truncated *solved
	}
	AIPW map[string]struct {
		Hajek, HT solved
		Logistic  *solved
	}
	Standardise map[string]struct {
		Linear   solved
		Logistic *solved
	}
	Entropy map[string]struct {
		First  solved
		Second *solved
	}
	Logit, Score []float64
	LogitSE      []float64 `json:"se_logit"`
	Crump        float64
	Trimmed      struct {
		Est, SE float64
		N       int
	}
	CStatistic float64 `json:"c_statistic"`
	Outside    float64
}

type solved struct {
	Est, SE float64
	Cluster *float64 `json:"se_cluster"`
}

func readStacked(t testing.TB) (ref stacked, simulated, churned weighting.Sample) {
	reference.JSON(t, "testdata/stacked.json", &ref)
	s := ref.Simulated
	simulated = lalonde.Sample(s.Y, s.Treated, s.X1, s.X2, s.X3)
	churned = simulated
	churned.Outcome = s.Churned
	return ref, simulated, churned
}

var estimands = map[string]weighting.Estimand{"ATE": weighting.ATE, "ATT": weighting.ATT, "ATC": weighting.ATC, "ATO": weighting.ATO}

// Full precision, on numbers in the repository and on Lalonde's, for every
// estimator, with and without clusters.
func TestStackedEquations(t *testing.T) {
	ref, simulated, churned := readStacked(t)
	compareStacked(t, "simulated", simulated, churned, ref.Simulated.Cluster, ref.Simulated.Results, 1e-8)
}

func TestStackedEquationsLalonde(t *testing.T) {
	ref, _, _ := readStacked(t)
	compareStacked(t, "Lalonde (MatchIt)", lalonde.PSID(t), weighting.Sample{}, nil, ref.Lalonde, 1e-8)
}

func compareStacked(t *testing.T, data string, s, binary weighting.Sample, cluster []int, want stackedResults, tol float64) {
	check := func(method string, s weighting.Sample, want solved, estimate func(weighting.Sample) (*weighting.Effect, error)) {
		t.Helper()
		claim := evidence.Claim{Method: method, Data: data, Source: "R 4.2, stacked equations by complex steps"}
		got := must(estimate(s))(t)
		claim.Agree(t, []float64{got.Value, got.SE}, []float64{want.Est, want.SE}, tol)
		if want.Cluster != nil {
			s.Cluster = cluster
			got = must(estimate(s))(t)
			claim.Agree(t, []float64{got.Value, got.SE}, []float64{want.Est, *want.Cluster}, tol)
		}
	}
	for name, of := range estimands {
		ipw := func(opt weighting.Options) func(weighting.Sample) (*weighting.Effect, error) {
			opt.Estimand = of
			return func(s weighting.Sample) (*weighting.Effect, error) { return weighting.IPW(s, opt, 0.95) }
		}
		if of == weighting.ATO {
			check("Overlap weights", s, want.IPW[name].Hajek, func(s weighting.Sample) (*weighting.Effect, error) { return weighting.Overlap(s, 0.95) })
			continue
		}
		check("IPW, "+name, s, want.IPW[name].Hajek, ipw(weighting.Options{}))
		check("IPW, "+name+", Horvitz–Thompson", s, *want.IPW[name].HT, ipw(weighting.Options{Normalisation: weighting.HorvitzThompson}))
		check("IPW, "+name+", truncated scores", s, *want.IPW[name].Truncated, ipw(weighting.Options{Truncate: 0.15}))

		aipw := func(opt weighting.AIPWOptions) func(weighting.Sample) (*weighting.Effect, error) {
			opt.Estimand = of
			return func(s weighting.Sample) (*weighting.Effect, error) { return weighting.AIPW(s, opt, 0.95) }
		}
		check("AIPW, "+name, s, want.AIPW[name].Hajek, aipw(weighting.AIPWOptions{}))
		check("AIPW, "+name+", Horvitz–Thompson", s, want.AIPW[name].HT,
			aipw(weighting.AIPWOptions{Options: weighting.Options{Normalisation: weighting.HorvitzThompson}}))
		standardise := func(model weighting.OutcomeModel) func(weighting.Sample) (*weighting.Effect, error) {
			return func(s weighting.Sample) (*weighting.Effect, error) { return weighting.Standardise(s, of, model, 0.95) }
		}
		check("Regression adjustment, "+name, s, want.Standardise[name].Linear, standardise(weighting.LinearOutcome))
		if logistic := want.AIPW[name].Logistic; logistic != nil {
			check("AIPW, "+name+", logistic outcome", binary, *logistic, aipw(weighting.AIPWOptions{Outcome: weighting.LogisticOutcome}))
			check("Regression adjustment, "+name+", logistic", binary, *want.Standardise[name].Logistic, standardise(weighting.LogisticOutcome))
		}
		entropy := func(moments int) func(weighting.Sample) (*weighting.Effect, error) {
			return func(s weighting.Sample) (*weighting.Effect, error) {
				return weighting.EntropyBalance(s, weighting.EntropyOptions{Estimand: of, Moments: moments}, 0.95)
			}
		}
		check("Entropy balancing, "+name, s, want.Entropy[name].First, entropy(1))
		if second := want.Entropy[name].Second; second != nil {
			check("Entropy balancing, "+name+", two moments", s, *second, entropy(2))
		}
	}
	compareScore(t, data, s, want)
}

// compareScore checks the score itself and the rules of trimming.
func compareScore(t *testing.T, data string, s weighting.Sample, want stackedResults) {
	score := must(weighting.Propensity(s.Treated, s.Covariates))(t)
	claim := evidence.Claim{Method: "Propensity score", Data: data, Source: "R 4.2 glm, run to convergence"}
	claim.Agree(t, score.Model.Coef, want.Logit, 1e-8)
	claim.Agree(t, regression.StandardErrors(score.Model.Classical()), want.LogitSE, 1e-8)
	claim.Agree(t, score.E[:10], want.Score, 1e-8)

	crump := must(score.Trim(weighting.Trim{Rule: weighting.CrumpTrim}))(t)
	evidence.Claim{Method: "Trimming bound of Crump and others", Data: data, Source: "R 4.2 uniroot"}.Agree(t,
		[]float64{crump.Low, 1 - crump.High}, []float64{want.Crump, want.Crump}, 1e-8)
	trimmed := must(weighting.IPW(s, weighting.Options{Trim: weighting.Trim{Rule: weighting.FixedTrim, Bound: 0.15}}, 0.95))(t)
	evidence.Claim{Method: "IPW, ATE, trimmed and refitted", Data: data, Source: "R 4.2, stacked equations by complex steps"}.Agree(t,
		[]float64{trimmed.Value, trimmed.SE, float64(trimmed.N.Treated + trimmed.N.Control)},
		[]float64{want.Trimmed.Est, want.Trimmed.SE, float64(want.Trimmed.N)}, 1e-8)
	if left := trimmed.Trimmed.Treated + trimmed.Trimmed.Control; left+want.Trimmed.N != len(s.Treated) {
		t.Errorf("%s: %d trimmed and %d kept of %d", data, left, want.Trimmed.N, len(s.Treated))
	}
}
