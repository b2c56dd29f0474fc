package did_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// rAggregate is an aggte of R's did 2.5.1; null standard errors are NaN-free nils.
type rAggregate struct {
	ATT  float64   `json:"overall_att"`
	SE   float64   `json:"overall_se"`
	At   oneOrMany `json:"egt"`
	ATTs oneOrMany `json:"att_egt"`
	SEs  oneOrMany `json:"se_egt"`
}

// rGroupTime is an att_gt of R's did 2.5.1.
type rGroupTime struct {
	Group, T   []int
	ATT        []float64
	SE         []*float64
	N          int         `json:"n_units"`
	Wald       [][]float64 `json:"wald_pretest"`
	WaldP      [][]float64 `json:"wald_p"`
	VCov       [][]float64 `json:"vcov_over_n"`
	Aggregates map[string]rAggregate
}

// unitPanel builds a panel from columns, with units numbered in order of appearance.
func unitPanel(t testing.TB, id, period, start []int, outcome []float64, covariate []float64) did.Panel {
	t.Helper()
	var p did.Panel
	if covariate != nil {
		p.Covariates = [][]float64{nil}
	}
	numbers := make(map[int]int)
	for i := range id {
		u, ok := numbers[id[i]]
		if !ok {
			u = len(numbers)
			numbers[id[i]] = u
			s := start[i]
			if s == 0 {
				s = did.Never
			}
			p.Start = append(p.Start, s)
			if covariate != nil {
				p.Covariates[0] = append(p.Covariates[0], covariate[i])
			}
		}
		p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, period[i]), append(p.Outcome, outcome[i])
	}
	return p
}

func mpdta(t testing.TB, covariate bool) did.Panel {
	t.Helper()
	c := reference.CSV(t, reference.Path(t, "mpdta", "mpdta.csv"))
	var lpop []float64
	if covariate {
		lpop = c.Floats(t, "lpop")
	}
	return unitPanel(t, c.Ints(t, "countyreal"), c.Ints(t, "year"), c.Ints(t, "first.treat"), c.Floats(t, "lemp"), lpop)
}

var mpdtaRuns = []struct {
	name      string
	covariate bool
	options   did.Options
}{
	{"nevertreated_noX", false, did.Options{}},
	{"nevertreated_dr_lpop", true, did.Options{}},
	{"nevertreated_reg_lpop", true, did.Options{Method: did.OutcomeRegression}},
	{"nevertreated_ipw_lpop", true, did.Options{Method: did.InverseProbability}},
	{"notyet_noX", false, did.Options{Control: did.NotYetTreated}},
	{"notyet_dr_lpop", true, did.Options{Control: did.NotYetTreated}},
	{"nevertreated_universal", false, did.Options{Base: did.Universal}},
	{"nevertreated_anticip1", false, did.Options{Anticipation: 1}},
}

// Everything R's did prints about its own example, to 1e-8 relative.
func TestMinimumWageMatchesDid(t *testing.T) {
	var ref struct{ Results map[string]rGroupTime }
	reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &ref)
	for _, run := range mpdtaRuns {
		t.Run(run.name, func(t *testing.T) {
			want, ok := ref.Results[run.name]
			if !ok {
				t.Fatal("no such reference")
			}
			got, err := did.Estimate(context.Background(), mpdta(t, run.covariate), run.options)
			if err != nil {
				t.Fatal(err)
			}
			if got.Units != want.N {
				t.Errorf("%d units, want %d", got.Units, want.N)
			}
			claim := evidence.Claim{Method: "Callaway–Sant'Anna, " + run.name, Data: "mpdta", Source: "R did 2.5.1"}
			checkCells(t, got.Cells, want, claim)
			checkCovariance(t, got.Covariance(), want.VCov)
			wald, err := got.Joint(func(c did.Cell) bool { return c.Period < c.Cohort })
			if err != nil {
				t.Fatal(err)
			}
			evidence.Claim{Method: "Wald test of pre-trends, " + run.name, Data: "mpdta", Source: "R did 2.5.1"}.
				Agree(t, []float64{wald.Statistic}, want.Wald[0], 1e-8)
			if math.Abs(wald.P-want.WaldP[0][0]) > 5.1e-6 { // R rounds to 5 digits
				t.Errorf("Wald p = %g, want %g", wald.P, want.WaldP[0][0])
			}
			for name, aggregate := range want.Aggregates {
				checkAggregate(t, name, got, aggregate, claim)
			}
		})
	}
}

func checkCells(t *testing.T, cells []did.Cell, want rGroupTime, claim evidence.Claim) {
	t.Helper()
	if len(cells) != len(want.ATT) {
		t.Fatalf("%d cells, want %d", len(cells), len(want.ATT))
	}
	var got, wanted []float64
	for i, c := range cells {
		if c.Cohort != want.Group[i] || c.Period != want.T[i] {
			t.Fatalf("cell %d is (%d, %d), want (%d, %d)", i, c.Cohort, c.Period, want.Group[i], want.T[i])
		}
		if c.Reference != (want.SE[i] == nil) {
			t.Errorf("ATT(%d, %d): reference is %v", c.Cohort, c.Period, c.Reference)
		}
		if !c.Reference { // R has no standard error for the reference period
			got, wanted = append(got, c.ATT, c.SE), append(wanted, want.ATT[i], *want.SE[i])
		}
	}
	claim.Agree(t, got, wanted, 1e-8)
}

func checkCovariance(t *testing.T, got *mat.SymDense, want [][]float64) {
	t.Helper()
	for i, row := range want {
		for j, v := range row {
			scale := math.Sqrt(want[i][i] * want[j][j])
			if !(math.Abs(got.At(i, j)-v) <= 1e-8*scale) {
				t.Errorf("covariance of cells %d and %d = %.15g, want %.15g", i, j, got.At(i, j), v)
			}
		}
	}
}

// aggregated calls the method that R's aggte calls type name.
func aggregated(t *testing.T, name string, r *did.GroupTime) *did.Aggregate {
	t.Helper()
	one := 1
	var a *did.Aggregate
	var err error
	switch name {
	case "simple":
		a, err = r.Simple()
	case "dynamic":
		a, err = r.Dynamic(did.Window{})
	case "dynamic_balance1":
		a, err = r.Dynamic(did.Window{Balance: &one})
	case "group", "group_agg":
		a, err = r.ByCohort()
	case "calendar":
		a, err = r.ByPeriod()
	default:
		t.Fatalf("unknown aggregate %q", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func checkAggregate(t *testing.T, name string, r *did.GroupTime, want rAggregate, claim evidence.Claim) {
	t.Helper()
	a := aggregated(t, name, r)
	got, wanted := []float64{a.Overall.ATT, a.Overall.SE}, []float64{want.ATT, want.SE}
	if len(a.Effects) != len(want.At) {
		t.Fatalf("%s: %d effects, want %d", name, len(a.Effects), len(want.At))
	}
	for i, e := range a.Effects {
		if e.At != int(want.At[i]) {
			t.Errorf("%s: effect %d is at %d, want %g", name, i, e.At, want.At[i])
		}
		if !e.Reference {
			got, wanted = append(got, e.ATT, e.SE), append(wanted, want.ATTs[i], want.SEs[i])
		}
		if got := math.Sqrt(a.Covariance.At(i, i)); !(math.Abs(got-e.SE) <= 1e-12*e.SE) {
			t.Errorf("%s at %d: covariance gives SE %g, not %g", name, e.At, got, e.SE)
		}
	}
	claim.Agree(t, got, wanted, 1e-8)
}

// The vignette "Getting started with the did package" prints these.
func TestMinimumWageMatchesPublished(t *testing.T) {
	r, err := did.Estimate(context.Background(), mpdta(t, false), did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dynamic := aggregated(t, "dynamic", r)
	published := map[string][2]float64{ // to four decimals
		"simple":     {aggregated(t, "simple", r).Overall.ATT, -0.0400},
		"dynamic":    {dynamic.Overall.ATT, -0.0772},
		"group":      {aggregated(t, "group", r).Overall.ATT, -0.0310},
		"at event 0": {dynamic.Effects[3].ATT, -0.0199},
		"at event 1": {dynamic.Effects[4].ATT, -0.0510},
		"at event 2": {dynamic.Effects[5].ATT, -0.1373},
		"at event 3": {dynamic.Effects[6].ATT, -0.1008},
	}
	for name, v := range published {
		if math.Abs(v[0]-v[1]) > 0.5e-4 {
			t.Errorf("%s = %.6f, published %.4f", name, v[0], v[1])
		}
	}
}

func TestMinimumWageBootstrapMatchesDid(t *testing.T) {
	var ref struct {
		Bootstrap struct {
			Critical []float64 `json:"crit_val_by_seed"`
			Mean     []float64 `json:"se_mean"`
			SD       []float64 `json:"se_sd"`
		} `json:"multiplier_bootstrap"`
	}
	reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &ref)
	r, err := did.Estimate(context.Background(), mpdta(t, false),
		did.Options{Draws: 20_000, Source: rand.NewPCG(1, 2)})
	if err != nil {
		t.Fatal(err)
	}
	// R's five seeds of 5,000 draws span 2.667 to 2.686; a seed's own Monte Carlo
	// error is about 0.01 there and half that here.
	if r.Critical < 2.667-0.02 || r.Critical > 2.687+0.02 {
		t.Errorf("critical value %.4f, R has %v", r.Critical, ref.Bootstrap.Critical)
	}
	for i, c := range r.Cells {
		se := (c.Uniform.High - c.Uniform.Low) / (2 * r.Critical)
		// R's own mean of five seeds is off by SD/√5, ours by about SD/2.
		if math.Abs(se-ref.Bootstrap.Mean[i]) > 4*ref.Bootstrap.SD[i] {
			t.Errorf("ATT(%d, %d): bootstrap SE %.5f, R %.5f (%.5f between seeds)", c.Cohort, c.Period, se, ref.Bootstrap.Mean[i], ref.Bootstrap.SD[i])
		}
	}
}
