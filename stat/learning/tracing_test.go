package learning_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/learning"
)

type glopsReference struct {
	Sets map[string]struct {
		LogLik float64 `json:"loglik_at_L.4_T.15_G.2_S.1"`
		Trace  []struct {
			Correct int8
			Before  float64 `json:"p_know_before"`
			PC      float64 `json:"p_correct"`
			After   float64 `json:"p_know_after"`
			Next    float64 `json:"p_know_next"`
		} `json:"trace_first_student_at_same"`
		MLE struct{ Prior, Learn, Guess, Slip, LogLik float64 }
	}
}

// glops reads answers in order, one slice a student.
func glops(t *testing.T, set string) [][]int8 {
	columns := reference.CSV(t, reference.Path(t, "bkt-glops", set+".csv"))
	var people [][]int8
	last, correct := "", columns.Ints(t, "correct")
	for i, id := range columns["user_id"] {
		if id != last {
			people = append(people, nil)
			last = id
		}
		people[len(people)-1] = append(people[len(people)-1], int8(correct[i]))
	}
	return people
}

func TestTracingReference(t *testing.T) {
	var ref glopsReference
	reference.JSON(t, reference.Path(t, "bkt-glops/reference-bkt.json"), &ref)
	for set, want := range ref.Sets {
		people := glops(t, set)
		at := learning.Tracing{Prior: 0.4, Learn: 0.15, Guess: 0.2, Slip: 0.1}
		claim := func(what string) evidence.Claim {
			return evidence.Claim{Method: "Bayesian knowledge tracing, " + what, Data: "GLOPs " + set, Source: "R 4.2 reference script"}
		}
		got, wanted := []float64{must(at.LogLik(people))}, []float64{want.LogLik}
		steps := must(at.Trace(people[0]))
		for i, s := range want.Trace {
			got = append(got, steps[i].Known, steps[i].Correct, steps[i].After, steps[i].Next)
			wanted = append(wanted, s.Before, s.PC, s.After, s.Next)
		}
		claim("likelihood and trace").Agree(t, got, wanted, 1e-10)
		fit := must(learning.FitTracing(t.Context(), people, 0.95))
		claim("log likelihood at the maximum").Agree(t, []float64{fit.LogLik}, []float64{want.MLE.LogLik}, 1e-9)
		claim("maximum").Agree(t, []float64{fit.Prior, fit.Learn, fit.Guess, fit.Slip}, []float64{want.MLE.Prior, want.MLE.Learn, want.MLE.Guess, want.MLE.Slip}, 1e-4)
	}
}
