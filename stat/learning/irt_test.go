package learning_test

import (
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/learning"
)

type lsatModel struct {
	LogLik                                float64
	Intercept, Discrimination, Difficulty []float64
	SE                                    []float64 `json:"se_params"`
	EAP                                   []struct {
		Pattern  string
		N        int
		EAP, PSD float64
	}
}

type lsatReference struct {
	PCorrect []float64 `json:"p_correct"`
	Alpha    float64   `json:"cronbach_alpha"`
	ItemRest []float64 `json:"item_rest_correlation"`
	Rasch    lsatModel `json:"rasch_var1"`
	OnePL    lsatModel
	TwoPL    lsatModel
	CML      struct {
		Easiness []float64 `json:"easiness_sum0"`
		SE       []float64
		CLL      float64
	} `json:"rasch_cml_eRm"`
}

func lsat(t *testing.T) (learning.Answers, lsatReference) {
	var ref struct{ LSAT6 lsatReference }
	reference.JSON(t, reference.Path(t, "irt-lsat/reference-lsat6.json"), &ref)
	columns := reference.CSV(t, reference.Path(t, "irt-lsat/lsat6.csv"))
	a := learning.Answers{Persons: 1000, Items: 5, Marks: make([]int8, 5000)}
	for i, name := range []string{"Q1", "Q2", "Q3", "Q4", "Q5"} {
		for p, v := range columns.Ints(t, name) {
			a.Marks[p*5+i] = int8(v)
		}
	}
	return a, ref.LSAT6
}

func TestIRTReference(t *testing.T) {
	a, ref := lsat(t)
	for _, tt := range []struct {
		name  string
		model learning.Model
		want  lsatModel
	}{{"Rasch", learning.Rasch, ref.Rasch}, {"1PL", learning.OnePL, ref.OnePL}, {"2PL", learning.TwoPL, ref.TwoPL}} {
		fit := must(learning.FitIRT(t.Context(), a, tt.model, 0.95))
		got, want := []float64{fit.LogLik}, append([]float64{tt.want.LogLik}, tt.want.Difficulty...)
		var se, seWant, ability, abilityWant []float64
		for _, it := range fit.Items {
			got = append(got, it.Difficulty.Value)
			se = append(se, it.Intercept.SE)
		}
		for _, it := range fit.Items {
			got = append(got, it.Discrimination.Value)
			if tt.model != learning.Rasch {
				se = append(se, it.Discrimination.SE)
			}
		}
		if tt.model == learning.OnePL {
			se = se[:6]
		}
		want, seWant = append(want, tt.want.Discrimination...), tt.want.SE
		claim := func(what string) evidence.Claim {
			return evidence.Claim{Method: tt.name + ", " + what, Data: "LSAT6", Source: "R 4.2 reference script (optim, numDeriv)"}
		}
		claim("parameters and log likelihood").Agree(t, got, want, 1e-7)
		claim("standard errors").Agree(t, se, seWant, 1e-6)
		for _, e := range tt.want.EAP {
			row := learning.Answers{Persons: 1, Items: 5, Marks: marks(e.Pattern)}
			est := must(fit.Abilities(row))[0]
			ability, abilityWant = append(ability, est.Value, est.SE), append(abilityWant, e.EAP, e.PSD)
		}
		claim("abilities").Agree(t, ability, abilityWant, 1e-6)
	}
}

func TestRaschConditionalReference(t *testing.T) {
	a, ref := lsat(t)
	fit := must(learning.FitRasch(a, 0.95))
	got, want := []float64{fit.LogLik}, []float64{ref.CML.CLL}
	var se []float64
	for i, d := range fit.Difficulty {
		got, want, se = append(got, -d.Value), append(want, ref.CML.Easiness[i]), append(se, d.SE)
	}
	claim := evidence.Claim{Method: "Rasch, conditional maximum likelihood", Data: "LSAT6", Source: "R eRm 1.0-2"}
	claim.Agree(t, got, want, 1e-5)
	claim.Method += ", standard errors"
	// eRm's are from a numerical Hessian; TestRaschOwnReference has exact ones.
	claim.Agree(t, se, ref.CML.SE, 1e-4)
}

func marks(pattern string) []int8 {
	out := make([]int8, 0, len(pattern))
	for _, c := range pattern {
		out = append(out, int8(strings.IndexRune("-01", c)-1))
	}
	return out
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
