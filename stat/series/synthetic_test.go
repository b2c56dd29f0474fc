package series_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/series"
)

// quadprog made the numbers that outcome-only synthetic controls are held to.
var quadprog = evidence.Claim{Method: "Synthetic control, outcomes before", Data: "Prop 99", Source: "R quadprog 1.5-8"}

func TestSyntheticControlOfProp99(t *testing.T) {
	p, states, california := prop99(t)
	ref := prop99Numbers(t).QP
	s, err := series.SyntheticControl(p, california, series.Donors{Ridge: ref.Ridge})
	if err != nil {
		t.Fatal(err)
	}
	var got, want []float64
	for i, state := range states {
		if w, listed := ref.Weights[state]; listed {
			got, want = append(got, s.Weights[i]), append(want, w)
		} else if s.Weights[i] > 0.01 {
			t.Errorf("%s weighs %g, quadprog less than 0.01", state, s.Weights[i])
		}
	}
	weights := quadprog
	weights.Method = "Synthetic control, weights"
	weights.Agree(t, got, want, 1e-7)
	got, want = nil, nil
	for period, gap := range s.Gap {
		got, want = append(got, gap), append(want, ref.Gap[strconv.Itoa(1970+period)])
	}
	quadprog.Agree(t, got, want, 1e-7)
	quadprog.Agree(t, []float64{s.Effect, s.PreRMSPE, s.PostRMSPE, s.Ratio}, []float64{ref.Effect, ref.PreRMSPE, ref.PostRMSPE, ref.Ratio}, 1e-8)
	if !s.Unique || len(s.Outside) > 0 {
		t.Errorf("unique %v, outside in %v", s.Unique, s.Outside)
	}
}

func TestPlaceboInSpaceOfProp99(t *testing.T) {
	p, states, california := prop99(t)
	ref := prop99Numbers(t).QP
	r, err := series.PlaceboInSpace(context.Background(), p, california, series.Donors{Ridge: ref.Ridge}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Rank != ref.Rank || len(r.Fits)+1 != ref.N {
		t.Errorf("rank %d of %d, want %d of %d", r.Rank, len(r.Fits)+1, ref.Rank, ref.N)
	}
	quadprog.Agree(t, []float64{r.P}, []float64{ref.P}, 1e-15)
	var got, want []float64
	for k, unit := range r.Units {
		got, want = append(got, r.Fits[k].Effect), append(want, ref.PlaceboATT[states[unit]])
	}
	placebo := quadprog
	placebo.Method = "Synthetic control, 38 placebos"
	placebo.Agree(t, got, want, 1e-6)
}

func TestSyntheticControlOnPredictors(t *testing.T) {
	_, ref := simulation(t)
	one := ref.Single
	p := series.Panel{Outcome: one.Outcome, Before: ref.Before}
	claim := evidence.Claim{Method: "Synthetic control, given importance of predictors", Data: "simulated panel", Source: "R quadprog 1.5-8"}
	s, err := series.SyntheticControl(p, 0, series.Donors{Predictors: one.Predictors, Importance: one.Importance})
	if err != nil {
		t.Fatal(err)
	}
	if s.Unique {
		t.Error("three predictors, treated within the hull of 13 donors: weights said to be unique")
	}
	near(t, "weights", s.Weights[1:], one.Weights, 1e-7)
	claim.Agree(t, s.Gap, one.Gap, 1e-6)
	claim.Agree(t, []float64{s.PreRMSPE * s.PreRMSPE}, []float64{one.MSPE}, 1e-7)

	far, err := series.SyntheticControl(p, 0, series.Donors{Predictors: one.Far, Importance: one.Importance})
	if err != nil {
		t.Fatal(err)
	}
	if !far.Unique {
		t.Error("treated outside the donors' hull: weights said to be ambiguous")
	}
	near(t, "weights of one outside the hull", far.Weights[1:], one.FarWeights, 1e-9)

	best, err := series.SyntheticControl(p, 0, series.Donors{Predictors: one.Predictors})
	if err != nil {
		t.Fatal(err)
	}
	if mspe := best.PreRMSPE * best.PreRMSPE; mspe > one.BestMSPE*(1+1e-6) {
		t.Errorf("search ends at a mean squared gap of %.12g, R's optim found %.12g", mspe, one.BestMSPE)
	}
	claim = evidence.Claim{Method: "Synthetic control with ridge", Data: "simulated panel", Source: "R quadprog 1.5-8"}
	ridge, err := series.SyntheticControl(p, 0, series.Donors{Ridge: one.Ridge})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ridge weights", ridge.Weights[1:], one.RidgeWeights, 1e-10)
	claim.Agree(t, ridge.Gap, one.RidgeGap, 1e-8)
}
