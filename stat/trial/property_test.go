package trial

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/regression"
	"pgregory.net/rapid"
)

// drawnCompany is a random small company and a strategy to study it with.
func drawnCompany(t *rapid.T) (Panel, Options) {
	w := world{periods: 10, horizon: 3, start: -1.5, confounding: rapid.Float64Range(-0.5, 0.5).Draw(t, "confounding"), effect: rapid.Float64Range(-1, 1).Draw(t, "effect")}
	o := Options{Horizon: 3, Draws: 20, Seed: 1, MinUnits: 2, MinEvents: 1}
	o.Strategy = Strategy(rapid.IntRange(0, 1).Draw(t, "strategy"))
	o.Target = Target(rapid.IntRange(0, 1).Draw(t, "target"))
	o.Calendar = Calendar(rapid.IntRange(0, 1).Draw(t, "calendar"))
	o.Trim = rapid.SampledFrom([]float64{0, 0.9}).Draw(t, "trim")
	return w.panel(150, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))), o
}

func mustRun(t *rapid.T, p Panel, o Options) *Result {
	t.Helper()
	got, err := Run(context.Background(), p, o)
	if err != nil {
		evidence.Discard(t, err)
	}
	return got
}

// mustEstimate is mustRun without the bootstrap: point estimates only.
func mustEstimate(t *rapid.T, p Panel, o Options) *Result {
	t.Helper()
	o, err := o.withDefaults(p.Periods)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulate(p, o)
	if err != nil {
		evidence.Discard(t, err)
	}
	got, err := describe(newReplicate(e))
	if err != nil {
		evidence.Discard(t, err)
	}
	return got
}

func same(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-8*math.Max(1, math.Abs(want))) {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

// reorder takes the units at the given indices, with their covariates.
func (p Panel) reorder(units []int) Panel {
	out := Panel{Periods: p.Periods, Names: p.Names}
	size := p.Periods * len(p.Names)
	for _, i := range units {
		out.Units = append(out.Units, p.Units[i])
		out.X = append(out.X, p.X[i*size:(i+1)*size]...)
	}
	return out
}

func allUnits(p Panel) []int {
	all := make([]int, len(p.Units))
	for i := range all {
		all[i] = i
	}
	return all
}

func TestOrderOfUnitsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := drawnCompany(t)
		shuffled := p.reorder(rapid.Permutation(allUnits(p)).Draw(t, "order"))
		a, b := mustEstimate(t, p, o), mustEstimate(t, shuffled, o)
		same(t, "risk difference", b.RiskDifference.Value, a.RiskDifference.Value)
		same(t, "RMST difference", b.RMSTDifference.Value, a.RMSTDifference.Value)
		same(t, "effective sample size", b.Control.ESS, a.Control.ESS)
	})
}

// Everybody twice: the same estimates from twice the units, and the same draws
// when each pair is one cluster.
func TestCopiesOfUnitsAddNothingWithinClusters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := drawnCompany(t)
		p = p.reorder(allUnits(p)[:80])
		twice := p.reorder(append(allUnits(p), allUnits(p)...))
		twice.Cluster = append(allUnits(p), allUnits(p)...)
		a, b := mustRun(t, p, o), mustRun(t, twice, o)
		same(t, "risk difference", b.RiskDifference.Value, a.RiskDifference.Value)
		same(t, "largest weight", b.Treated.Weights.Max, a.Treated.Weights.Max)
		if b.UnitTrials != 2*a.UnitTrials || b.Treated.Events != 2*a.Treated.Events {
			t.Fatalf("%d unit-trials and %d events, want twice %d and %d", b.UnitTrials, b.Treated.Events, a.UnitTrials, a.Treated.Events)
		}
		for k, d := range a.RiskDifference.Draws {
			if math.Abs(d-b.RiskDifference.Draws[k]) > 1e-5 { // draws stop iterating at 1e-6 standard errors
				t.Fatalf("draw %d = %v, want %v", k, b.RiskDifference.Draws[k], d)
			}
		}
	})
}

// Contrasts are of treated against control, consistently.
func TestContrastsAgreeWithTheCurves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := drawnCompany(t)
		got := mustEstimate(t, p, o)
		treated, control := 1-got.Treated.Curve[3].Surv, 1-got.Control.Curve[3].Surv
		same(t, "difference", got.RiskDifference.Value, treated-control)
		same(t, "ratio", got.RiskRatio.Value, treated/control)
		same(t, "last of the differences", got.RiskDifferences[2].Value, got.RiskDifference.Value)
		for n := 1; n <= 3; n++ {
			for _, a := range []Arm{got.Treated, got.Control} {
				if a.Curve[n].Surv > a.Curve[n-1].Surv || a.Curve[n].Surv < 0 {
					t.Fatalf("curve rises or leaves [0, 1]: %v", a.Curve)
				}
			}
		}
	})
}

// In one trial, with nobody starting later and weights by a covariate that
// does not depend on the arm's name, calling the controls treated flips the
// signs.
func TestSwappedArmsFlipTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := drawnCompany(t)
		o.First, o.Last, o.Strategy, o.Target = 1, 1, AsStarted, Eligible
		for i, u := range p.Units {
			if u.Treated != 1 {
				p.Units[i].Treated = Never
			}
		}
		swapped := p.reorder(allUnits(p))
		for i, u := range p.Units {
			if u.Treated == Never && u.Entry <= 1 && u.Exit >= 1 {
				swapped.Units[i].Treated = 1
			} else {
				swapped.Units[i].Treated = Never
			}
		}
		o.Calendar = Factor
		a, b := mustEstimate(t, p, o), mustEstimate(t, swapped, o)
		same(t, "risk difference", b.RiskDifference.Value, -a.RiskDifference.Value)
		same(t, "risk ratio", b.RiskRatio.Value, 1/a.RiskRatio.Value)
		same(t, "RMST difference", b.RMSTDifference.Value, -a.RMSTDifference.Value)
	})
}

// The solver that eliminates the periods gives what the dense one gives.
func TestPropensityAgreesWithDenseLogistic(t *testing.T) {
	p, o := companyPanel(300), quick()
	o, err := o.withDefaults(p.Periods)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulate(p, o)
	if err != nil {
		t.Fatal(err)
	}
	freq, y := make([]float64, len(e.entries)), make([]float64, len(e.entries))
	columns := make([][]float64, e.groups()-1+e.q)
	for j := range columns {
		columns[j] = make([]float64, len(e.entries))
	}
	for k, in := range e.entries {
		freq[k] = float64(k % 3)
		y[k] = float64(arm(in.treated))
		if g := int(in.period) - o.First; g > 0 {
			columns[g-1][k] = 1
		}
		for j := range e.q {
			columns[e.groups()-1+j][k] = e.x[k*e.q+j]
		}
	}
	want, err := regression.Logistic(y, regression.WithIntercept(len(y), columns...), freq)
	if err != nil {
		t.Fatal(err)
	}
	model := newPropensity(e)
	if err := model.fit(freq, nil); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(model.active, false) {
		t.Fatal("a period has one arm only: choose another company")
	}
	for k, f := range freq {
		if f > 0 {
			near(t, "probability", model.prob[k], want.Fitted[k])
		}
	}
}
