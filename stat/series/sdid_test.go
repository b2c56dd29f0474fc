package series_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
)

// simulated are the numbers of testdata/synthetic.R.
type simulated struct {
	Outcome   [][]float64
	Before    int
	Treated   []int
	SDID      simulatedFit
	SC        simulatedFit
	Staggered struct {
		Start   []int
		Cohorts []float64
		Effect  float64
	}
	Single struct {
		Outcome, Predictors [][]float64
		Importance          []float64
		Weights, Gap        []float64
		Far                 [][]float64
		FarWeights          []float64 `json:"far_weights"`
		MSPE                float64
		BestMSPE            float64 `json:"best_mspe"`
		Ridge               float64
		RidgeWeights        []float64 `json:"ridge_weights"`
		RidgeGap            []float64 `json:"ridge_gap"`
	}
}

type simulatedFit struct {
	Effect                        float64
	ByPeriod                      []float64 `json:"by_period"`
	Omega, Lambda, Zeta           []float64
	Jackknife, Bootstrap, Placebo float64
	Replicates                    float64
}

func simulation(t testing.TB) (series.Panel, simulated) {
	t.Helper()
	var ref simulated
	reference.JSON(t, "testdata/synthetic.json", &ref)
	return series.Panel{Outcome: ref.Outcome, Before: ref.Before}, ref
}

func estimate(t testing.TB, p series.Panel, treated []int, kind series.Comparison) *series.WeightedDifference {
	t.Helper()
	w, err := series.SyntheticDID(p, treated, kind)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestSyntheticDIDOfSimulatedPanel(t *testing.T) {
	p, ref := simulation(t)
	for kind, want := range map[series.Comparison]simulatedFit{series.SyntheticDifference: ref.SDID, series.SyntheticLevel: ref.SC} {
		w := estimate(t, p, ref.Treated, kind)
		var units []float64
		for i, v := range w.Units {
			if i != 1 && i != 4 && i != 8 {
				units = append(units, v)
			} else if v != 0 {
				t.Errorf("%s: treated unit %d weighs %g", kind, i, v)
			}
		}
		claim := evidence.Claim{Method: kind.String() + ", weights at the optimum", Data: "simulated panel, 3 of 16 units treated", Source: "R quadprog 1.5-8"}
		near(t, kind.String()+" unit weights", units, want.Omega, 1e-9)
		near(t, kind.String()+" period weights", w.Periods, want.Lambda, 1e-9)
		claim.Agree(t, w.ByPeriod, want.ByPeriod, 1e-7)
		claim.Agree(t, []float64{w.Effect, w.UnitPenalty, w.PeriodPenalty}, append([]float64{want.Effect}, want.Zeta...), 1e-8)
	}
}

// near compares weights, of which some are 0 but for rounding.
func near(t *testing.T, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol) {
			t.Errorf("%s: value %d is %.12g, want %.12g", what, i, got[i], want[i])
		}
	}
}

func TestStandardErrorsOfSyntheticDID(t *testing.T) {
	p, ref := simulation(t)
	w := estimate(t, p, ref.Treated, series.SyntheticDifference)
	jackknife, err := w.Jackknife(0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "synthetic difference-in-differences, jackknife", Data: "simulated panel, 3 of 16 units treated", Source: "R quadprog 1.5-8 and the formula"}
	claim.Agree(t, []float64{jackknife.Effect.SE}, []float64{ref.SDID.Jackknife}, 1e-8)
	const replicates = 1000
	draws := series.Replication{Replicates: replicates, Seed: 7}
	bootstrap, err := w.Bootstrap(context.Background(), draws, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	placebo, err := w.Placebo(context.Background(), draws, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	// The standard deviation of n draws of about normal shape has a relative
	// standard error of √(1/2n); allow 4 of the difference of two such.
	tol := 4 * math.Sqrt(1/(2*float64(replicates))+1/(2*ref.SDID.Replicates))
	for what, pair := range map[string][2]float64{
		"bootstrap": {bootstrap.Effect.SE, ref.SDID.Bootstrap}, "placebo": {placebo.Effect.SE, ref.SDID.Placebo},
	} {
		if !(math.Abs(pair[0]/pair[1]-1) <= tol) {
			t.Errorf("%s: standard error %g, R %g (tolerance %g)", what, pair[0], pair[1], tol)
		}
	}
}

func TestProp99(t *testing.T) {
	p, states, california := prop99(t)
	ref := prop99Numbers(t)
	sdid := estimate(t, p, []int{california}, series.SyntheticDifference)
	level := estimate(t, p, []int{california}, series.SyntheticLevel)
	plain := estimate(t, p, []int{california}, series.PlainDifference)

	// The package stops its descent early; its own optimum is −15.6054.
	within(t, "estimate at the optimum", sdid.Effect, -15.6054, 5e-5)
	within(t, "estimate", sdid.Effect, ref.SDID.Est, 0.005)
	for i, state := range states {
		within(t, "weight of "+state, sdid.Units[i], ref.SDID.Omega[state], 5e-3)
	}
	near(t, "weights of years", sdid.Periods, ref.SDID.Lambda, 1e-5)
	claim := evidence.Claim{Method: "synthetic difference-in-differences, penalties", Data: "Prop 99", Source: "R synthdid 0.0.9"}
	claim.Agree(t, []float64{sdid.UnitPenalty, sdid.PeriodPenalty}, []float64{ref.SDID.ZetaOmega, ref.SDID.ZetaLambda}, 1e-12)
	claim.Method = "difference-in-differences of a block"
	claim.Agree(t, []float64{plain.Effect}, []float64{ref.DID.Est}, 1e-12)
	// The package's synthetic control stops early too; its weights without a
	// penalty to speak of are those of quadprog, to the penalties' difference.
	within(t, "synthetic control", level.Effect, ref.QP.Effect, 1e-4)

	published := evidence.Claim{Method: "synthetic and plain difference-in-differences", Data: "Prop 99", Source: "Arkhangelsky et al. (2021), table 1"}
	published.Agree(t, []float64{round1(sdid.Effect), round1(plain.Effect)}, []float64{-15.6, -27.3}, 1e-12)
	within(t, "published synthetic control", level.Effect, -19.6, 0.1)
}

func TestPlaceboErrorsOfProp99(t *testing.T) {
	p, _, california := prop99(t)
	ref := prop99Numbers(t)
	for kind, want := range map[series.Comparison]struct{ synthdid, published float64 }{
		series.SyntheticDifference: {ref.SDID.SE.Mean, 8.4},
		series.SyntheticLevel:      {ref.SC.SE.Mean, 9.9},
		series.PlainDifference:     {ref.DID.SE.Mean, 17.7},
	} {
		w := estimate(t, p, []int{california}, kind)
		each, err := w.PlaceboEach(context.Background(), 0.95)
		if err != nil {
			t.Fatal(err)
		}
		// The reference drew 300 of 38 placebos, and the paper 200 or so: the relative
		// error of a standard deviation of n draws with kurtosis k is √((k−1)/4n).
		mc := math.Sqrt((kurtosis(each.Placebos) - 1) / (4 * 200))
		se := each.Effect.SE
		for _, other := range []float64{want.synthdid, want.published} {
			if math.Abs(other/se-1) > 4*mc {
				t.Errorf("%s: standard error %g, reference %g, Monte-Carlo error %.2g", kind, se, other, mc)
			}
		}
		drawn, err := w.Placebo(context.Background(), series.Replication{Replicates: 300, Seed: 1}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		within(t, kind.String()+": drawn standard error, as a share", drawn.Effect.SE/se, 1, 4*mc)
	}
}

func kurtosis(x []float64) float64 {
	var mean, second, fourth float64
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		d := (v - mean) * (v - mean)
		second, fourth = second+d, fourth+d*d
	}
	return fourth * float64(len(x)) / (second * second)
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }

func within(t *testing.T, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol) {
		t.Errorf("%s: %.10g, want %.10g ± %g", what, got, want, tol)
	}
}

func TestSyntheticDIDRefuses(t *testing.T) {
	p, ref := simulation(t)
	one := estimate(t, p, ref.Treated[:1], series.SyntheticDifference)
	if _, err := one.Jackknife(0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("jackknife with one treated unit: %v", err)
	}
	if _, err := one.Bootstrap(context.Background(), series.Replication{Replicates: 10}, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("bootstrap with one treated unit: %v", err)
	}
	many := estimate(t, p, []int{0, 1, 2, 3, 4, 5, 6, 7}, series.SyntheticDifference)
	if _, err := many.Placebo(context.Background(), series.Replication{Replicates: 10}, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("placebo with as many treated as controls: %v", err)
	}
	if _, err := many.PlaceboEach(context.Background(), 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("each placebo with several treated: %v", err)
	}
	flat := series.Panel{Outcome: [][]float64{{1, 2, 3, 4}, {2, 3, 4, 5}, {5, 6, 7, 8}}, Before: 3}
	if _, err := series.SyntheticDID(flat, []int{0}, series.SyntheticDifference); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("controls that change alike: %v", err)
	}
}

func TestReplicatesStopWhenCancelled(t *testing.T) {
	p, ref := simulation(t)
	w := estimate(t, p, ref.Treated, series.SyntheticDifference)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	endless := series.Replication{Replicates: 1 << 20, Seed: 1}
	if _, err := w.Placebo(ctx, endless, 0.95); !errors.Is(err, context.Canceled) {
		t.Errorf("placebo: %v", err)
	}
	if _, err := w.Bootstrap(ctx, endless, 0.95); !errors.Is(err, context.Canceled) {
		t.Errorf("bootstrap: %v", err)
	}
	if _, err := series.PlaceboInSpace(ctx, p, 0, series.Donors{Ridge: 1}, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("placebo in space: %v", err)
	}
}
