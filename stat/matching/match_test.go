package matching_test

import (
	"context"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/internal/reference/lalonde"
	"github.com/liftmark/liftmark/stat/matching"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// study is what testdata/match.R finds for one sample.
type study struct {
	Score, Logit                                                                 []float64
	Largest, Regression, Caliper, Smallest, Data, Replace, Closest, Exact, Ratio matched
	PooledCaliper                                                                matched `json:"pooled_caliper"`
	Mahalanobis                                                                  matched
	MahalanobisReplace                                                           matched `json:"mahalanobis_replace"`
	Ties, Within, Adjusted, Two                                                  estimate
	Subclass                                                                     estimate
}

type matched struct {
	Est, HC1, SE   float64
	Sets, Controls int
}

type matchReference struct {
	Simulated struct {
		Y, Treated, X1, X2, X3 []float64
		study
	}
	Lalonde study
	Beyond  struct{ Caliper, Largest float64 }
}

func TestAgainstR(t *testing.T) {
	var ref matchReference
	reference.JSON(t, "testdata/match.json", &ref)
	s := ref.Simulated
	simulated := lalonde.Sample(s.Y, s.Treated, s.X1, s.X2, s.X3)
	compareStudy(t, "simulated", simulated, strataOf(s.X2), 0.1, s.study)
	if ref.Beyond.Largest < ref.Beyond.Caliper {
		t.Error("R's matches beyond its caliper are the reason for matrices in testdata/match.R")
	}
}

func TestLalondeAgainstR(t *testing.T) {
	var ref matchReference
	reference.JSON(t, "testdata/match.json", &ref)
	s := lalonde.PSID(t)
	married := make([]float64, s.Covariates.Rows)
	for i := range married {
		married[i] = s.Covariates.Row(i)[5]
	}
	compareStudy(t, "Lalonde (MatchIt)", s, strataOf(married), 0.2, ref.Lalonde)
}

func strataOf(x []float64) []int {
	out := make([]int, len(x))
	for i, v := range x {
		out[i] = int(v)
	}
	return out
}

func compareStudy(t *testing.T, data string, s weighting.Sample, exact []int, limit float64, want study) {
	score := must(weighting.Propensity(s.Treated, s.Covariates))(t)
	if want.Score != nil {
		evidence.Claim{Method: "Propensity score", Data: data, Source: "R 4.2 glm, run to convergence"}.Agree(t, score.E, want.Score, 1e-8)
	}
	for _, tt := range []struct {
		method string
		score  []float64
		opt    matching.Options
		want   matched
	}{
		{"largest score first", score.E, matching.Options{}, want.Largest},
		{"smallest score first", score.E, matching.Options{Order: matching.SmallestFirst}, want.Smallest},
		{"in order of rows", score.E, matching.Options{Order: matching.DataOrder}, want.Data},
		{"closest pair first, caliper", score.Logit, matching.Options{Order: matching.ClosestFirst, Caliper: limit, CaliperIn: matching.ScoreUnits}, want.Closest},
		{"caliper in standard deviations", score.Logit, matching.Options{Caliper: 0.2}, want.Caliper},
		{"caliper in pooled standard deviations", score.Logit, matching.Options{Caliper: 0.2, CaliperIn: matching.SDPooled}, want.PooledCaliper},
		{"exact on a stratum, caliper", score.E, matching.Options{Exact: exact, Caliper: 0.1, CaliperIn: matching.ScoreUnits}, want.Exact},
		{"two controls", score.E, matching.Options{Ratio: 2}, want.Ratio},
		{"controls used again", score.E, matching.Options{Replace: true}, want.Replace},
	} {
		if tt.want.Sets == 0 {
			continue // too few controls for the ratio
		}
		m := must(matching.Nearest(s.Treated, tt.score, tt.opt))(t)
		compareMatched(t, "Nearest neighbour, "+tt.method, data, s, m, tt.want)
	}
	compareMahalanobis(t, data, s, want)

	pairs := must(matching.Nearest(s.Treated, score.E, matching.Options{}))(t)
	adjusted := must(pairs.Regress(s.Outcome, s.Covariates, nil, 0.95))(t)
	evidence.Claim{Method: "Regression in the matched sample", Data: data, Source: "R lm, sandwich 3.0 vcovCL"}.Agree(t,
		[]float64{adjusted.Value, adjusted.SE}, []float64{want.Regression.Est, want.Regression.SE}, 1e-8)
	compareAbadieImbens(t, data, s, score.E, want)
	classes := must(matching.Subclassify(s.Treated, score.E, s.Outcome, 5, 0.95))(t)
	evidence.Claim{Method: "Subclassification", Data: data, Source: "R 4.2, Neyman's formula"}.Agree(t,
		[]float64{classes.Value, classes.SE}, []float64{want.Subclass.Est, want.Subclass.SE}, 1e-8)
}

func compareMatched(t *testing.T, method, data string, s weighting.Sample, m *matching.Matched, want matched) {
	t.Helper()
	claim := evidence.Claim{Method: method, Data: data, Source: "R MatchIt 4.5, distances as a matrix"}
	if strings.Contains(method, "closest") {
		claim.Source = "R 4.2, brute force" // MatchIt 4.5 has no such order
	}
	value, hc1 := weightedHC1(t, s, m.Weights)
	claim.Agree(t, []float64{value, hc1, float64(len(m.Sets)), float64(m.ControlsUsed)},
		[]float64{want.Est, want.HC1, float64(want.Sets), float64(want.Controls)}, 1e-8)
	if want.SE > 0 {
		got := must(m.Effect(s.Outcome, nil, 0.95))(t)
		claim.Agree(t, []float64{got.Value, got.SE}, []float64{want.Est, want.SE}, 1e-8)
	}
}

func compareMahalanobis(t *testing.T, data string, s weighting.Sample, want study) {
	x := regression.Design{Rows: s.Covariates.Rows, Cols: s.Covariates.Cols - 1}
	for i := range x.Rows {
		x.Values = append(x.Values, s.Covariates.Row(i)[1:]...)
	}
	once := must(matching.Mahalanobis(context.Background(), s.Treated, x, matching.Options{Order: matching.DataOrder}))(t)
	compareMatched(t, "Mahalanobis distance", data, s, once, want.Mahalanobis)
	again := must(matching.Mahalanobis(context.Background(), s.Treated, x, matching.Options{Replace: true}))(t)
	compareMatched(t, "Mahalanobis distance, controls used again", data, s, again, want.MahalanobisReplace)
}

func compareAbadieImbens(t *testing.T, data string, s weighting.Sample, score []float64, want study) {
	covariates := regression.Design{Rows: s.Covariates.Rows, Cols: s.Covariates.Cols, Values: s.Covariates.Values}
	for _, tt := range []struct {
		method string
		ratio  int
		tol    float64
		opt    matching.AIOptions
		want   estimate
	}{
		{"Abadie–Imbens", 1, 1e-5, matching.AIOptions{}, want.Ties},
		{"Abadie–Imbens, variance from neighbours", 1, 1e-5, matching.AIOptions{Neighbours: 2}, want.Within},
		{"Abadie–Imbens, two controls", 2, 1e-12, matching.AIOptions{}, want.Two},
		{"Abadie–Imbens, bias-adjusted", 2, 1e-12, matching.AIOptions{Covariates: covariates}, want.Adjusted},
	} {
		opt := matching.Options{Replace: true, Ties: matching.AllTies, TieTolerance: tt.tol, Ratio: tt.ratio}
		m := must(matching.Nearest(s.Treated, score, opt))(t)
		got := must(m.AbadieImbens(s.Outcome, tt.opt, 0.95))(t)
		evidence.Claim{Method: tt.method, Data: data, Source: "R 4.2, published formulas by brute force"}.Agree(t,
			[]float64{got.Value, got.SE}, []float64{tt.want.Est, tt.want.SE}, 1e-8)
	}
}
