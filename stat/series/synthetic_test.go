package series_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
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

// Donors at 0 and 10 before meet the treated's 4 with weights 0.6 and 0.4; after,
// at 1 and 20, they foretell 0.6·1 + 0.4·20 = 8.6, and the treated has 10.
func TestSyntheticControlByHand(t *testing.T) {
	p := series.Panel{Outcome: [][]float64{{0, 1}, {4, 10}, {10, 20}}, Before: 1}
	s, err := series.SyntheticControl(p, 1, series.Donors{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "weights", s.Weights, []float64{0.6, 0, 0.4}, 1e-12)
	near(t, "gaps", s.Gap, []float64{0, 1.4}, 1e-12)
	within(t, "effect", s.Effect, 1.4, 1e-12)
	if s.Ratio != 0 || !s.Unique || s.Donors != 2 {
		t.Errorf("ratio %g after an exact fit, unique %v, %d donors", s.Ratio, s.Unique, s.Donors)
	}
	if _, err := series.PlaceboInSpace(context.Background(), p, 1, series.Donors{}, 0); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("placebo after an exact fit: %v", err)
	}
	// A third donor at 4 matches too: 0.6·w + 0.4·w' + the rest, in many ways. The
	// most even: weights a, b, c on 0, 10, 4 with 10b + 4c = 4, a + b + c = 1 and
	// the least a² + b² + c². With a = 0.6(1−c), b = 0.4(1−c): 0.52(1−c)² + c² is
	// least at c = 0.52/1.52.
	p.Outcome = append(p.Outcome, []float64{4, 9})
	s, err = series.SyntheticControl(p, 1, series.Donors{})
	if err != nil {
		t.Fatal(err)
	}
	c := 0.52 / 1.52
	near(t, "most even weights", s.Weights, []float64{0.6 * (1 - c), 0, 0.4 * (1 - c), c}, 1e-8)
	if s.Unique {
		t.Error("many weights match, said to be unique")
	}
}

func TestSyntheticControlRefuses(t *testing.T) {
	high := series.Panel{Outcome: [][]float64{{50, 51, 52}, {1, 2, 3}, {4, 3, 2}, {2, 2, 2}}, Before: 2}
	for name, tt := range map[string]struct {
		p    series.Panel
		d    series.Donors
		want error
	}{
		"above all donors":              {p: high, want: stat.ErrNoOverlap},
		"one donor":                     {p: series.Panel{Outcome: high.Outcome[1:3], Before: 2}, want: stat.ErrTooFew},
		"nothing before":                {p: series.Panel{Outcome: high.Outcome[1:], Before: 0}, want: stat.ErrTooFew},
		"nothing after":                 {p: series.Panel{Outcome: high.Outcome[1:], Before: 3}, want: stat.ErrTooFew},
		"negative ridge":                {p: series.Panel{Outcome: high.Outcome[1:], Before: 2}, d: series.Donors{Ridge: -1}, want: stat.ErrInvalid},
		"flat predictor":                {p: series.Panel{Outcome: high.Outcome[1:], Before: 2}, d: series.Donors{Predictors: [][]float64{{1}, {1}, {1}}}, want: stat.ErrNoVariance},
		"negative importance":           {p: series.Panel{Outcome: high.Outcome[1:], Before: 2}, d: series.Donors{Predictors: [][]float64{{1}, {2}, {3}}, Importance: []float64{-1}}, want: stat.ErrInvalid},
		"nothing that is of importance": {p: series.Panel{Outcome: high.Outcome[1:], Before: 2}, d: series.Donors{Predictors: [][]float64{{1}, {2}, {3}}, Importance: []float64{0}}, want: stat.ErrNoVariance},
	} {
		if _, err := series.SyntheticControl(tt.p, 0, tt.d); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// The placebo in time is the synthetic control of the shorter panel, and leaving
// a donor out that of the smaller one.
func TestPlaceboInTimeAndWithoutDonors(t *testing.T) {
	_, ref := simulation(t)
	p := series.Panel{Outcome: ref.Single.Outcome, Before: ref.Before}
	d := series.Donors{Ridge: ref.Single.Ridge}
	early := series.Panel{Before: 6}
	for _, row := range p.Outcome {
		early.Outcome = append(early.Outcome, row[:ref.Before])
	}
	want, err := series.SyntheticControl(early, 0, d)
	if err != nil {
		t.Fatal(err)
	}
	got, err := series.PlaceboInTime(p, 0, 6, d)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "gaps of the placebo in time", got.Gap, want.Gap, 0)
	if _, err := series.PlaceboInTime(p, 0, p.Before, d); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("placebo at the true date: %v", err)
	}
	without, err := series.LeaveOneDonorOut(p, 0, d)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := series.SyntheticControl(p, 0, d)
	if err != nil {
		t.Fatal(err)
	}
	left := 0
	for _, w := range whole.Weights {
		if w > 0 {
			left++
		}
	}
	if len(without) != left {
		t.Fatalf("%d donors left out, %d have weight", len(without), left)
	}
	for _, w := range without {
		if w.Weights[w.Unit] != 0 || len(w.Weights) != len(p.Outcome) || w.PreRMSPE < whole.PreRMSPE-1e-9 && d.Ridge == 0 {
			t.Errorf("without donor %d: weights %v", w.Unit, w.Weights)
		}
		near(t, "gap", w.Gap[:1], []float64{p.Outcome[0][0] - weightedSum(p, w.Weights, 0)}, 1e-12)
	}
}

func weightedSum(p series.Panel, weights []float64, period int) (sum float64) {
	for i, w := range weights {
		sum += w * p.Outcome[i][period]
	}
	return sum
}

// With 12 donors nothing can be rejected at 5 %, so there is no such interval; at
// 1 − 2/13 the second largest placebo bounds it.
func TestIntervalOfPlacebos(t *testing.T) {
	_, ref := simulation(t)
	p := series.Panel{Outcome: ref.Single.Outcome[:13], Before: ref.Before}
	r, err := series.PlaceboInSpace(context.Background(), p, 0, series.Donors{Ridge: 0.5}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Interval(0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("95 %% interval from 12 placebos: %v", err)
	}
	interval, err := r.Interval(1 - 2.0/13)
	if err != nil {
		t.Fatal(err)
	}
	var size []float64
	for _, fit := range r.Fits {
		size = append(size, math.Abs(fit.Effect)/fit.PreRMSPE)
	}
	slices.Sort(size)
	within(t, "upper end", interval.High, r.Treated.Effect+size[10]*r.Treated.PreRMSPE, 1e-12)
	few, err := series.PlaceboInSpace(context.Background(), p, 0, series.Donors{Ridge: 0.5}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(few.LeftOut)+len(few.Units) != 12 || len(few.LeftOut) == 0 {
		t.Errorf("%d left out, %d kept", len(few.LeftOut), len(few.Units))
	}
}
