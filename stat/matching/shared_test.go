package matching_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/matching"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

type estimate struct{ Est, SE float64 }

// family is what the reference files hold for one sample and score.
type family struct {
	Match struct {
		Subclass estimate `json:"subclass5"`
		AI       struct {
			Est float64
			SE  float64 `json:"se_AI"`
		} `json:"Matching_Match_ps_ties_AI"`
	}
}

// The file's nearest-neighbour results are not among these: the MatchIt that
// wrote them truncates distances (see testdata/match.R). TestLalondeAgainstR
// has the same matches by way of distance matrices.
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
	}{
		{"Lalonde (MatchIt)", lalonde.PSID(t), matchit.Family},
		{"NSW and CPS", lalonde.CPS(t), cps.Linear},
		{"NSW and CPS, Dehejia–Wahba score", lalonde.CPSDehejiaWahba(t), cps.DW},
	} {
		t.Run(tt.data, func(t *testing.T) { agreeWithFamily(t, tt.data, tt.sample, tt.want) })
	}
}

func agreeWithFamily(t *testing.T, data string, s weighting.Sample, want family) {
	score := must(weighting.Propensity(s.Treated, s.Covariates))(t)
	claim := func(method, source string, got, expected []float64) {
		t.Helper()
		evidence.Claim{Method: method, Data: data, Source: source}.Agree(t, got, expected, 1e-8)
	}
	tied := must(matching.Nearest(s.Treated, score.E, matching.Options{Replace: true, Ties: matching.AllTies, TieTolerance: 1e-5}))(t)
	ai := must(tied.AbadieImbens(s.Outcome, matching.AIOptions{}, 0.95))(t)
	claim("Abadie–Imbens", "R Matching 4.10", []float64{ai.Value, ai.SE}, []float64{want.Match.AI.Est, want.Match.AI.SE})

	classes := must(matching.Subclassify(s.Treated, score.E, s.Outcome, 5, 0.95))(t)
	claim("Subclassification", "R MatchIt 4.5", []float64{classes.Value}, []float64{want.Match.Subclass.Est})
	label := make([]int, len(s.Treated)) // the reference clusters by class
	for i, v := range score.E {
		for label[i] < 4 && v >= classes.Classes[label[i]].High {
			label[i]++
		}
	}
	fit := must(regression.WLS(s.Outcome, regression.WithIntercept(len(label), indicator(s.Treated)), classes.Weights))(t)
	cov := must(fit.Clustered(regression.CR1, label))(t)
	claim("Subclassification, regression clustered by class", "R sandwich 3.0 vcovCL", []float64{math.Sqrt(cov.At(1, 1))}, []float64{want.Match.Subclass.SE})
}

// weightedHC1 is the weighted regression that the reference uses after
// matching with replacement.
func weightedHC1(t *testing.T, s weighting.Sample, weights []float64) (value, se float64) {
	fit := must(regression.WLS(s.Outcome, regression.WithIntercept(len(s.Treated), indicator(s.Treated)), weights))(t)
	cov := must(fit.HC(regression.HC1))(t)
	return fit.Coef[1], math.Sqrt(cov.At(1, 1))
}

func indicator(treated []bool) []float64 {
	out := make([]float64, len(treated))
	for i, t := range treated {
		if t {
			out[i] = 1
		}
	}
	return out
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
