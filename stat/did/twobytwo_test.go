package did_test

import (
	"errors"
	"math"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

// fastFood is Card and Krueger's survey: full-time equivalents of restaurants in
// New Jersey (treated) and Pennsylvania, before and after a minimum wage rise.
// Rows without the outcome are left out; with balanced, so are restaurants with one.
func fastFood(t testing.TB, balanced bool) did.Observations {
	t.Helper()
	c := reference.CSV(t, reference.Path(t, "card-krueger", "card_krueger.csv"))
	complete := make(map[string]int)
	for i, v := range c["fte"] {
		if v != "NA" && v != "" {
			complete[c["id"][i]+"/"+c["nj"][i]]++
		}
	}
	var o did.Observations
	for i, v := range c["fte"] {
		if v == "NA" || v == "" || balanced && complete[c["id"][i]+"/"+c["nj"][i]] < 2 {
			continue
		}
		y, err := strconv.ParseFloat(v, 64)
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.Atoi(c["id"][i])
		if err != nil {
			t.Fatal(err)
		}
		if balanced && c["nj"][i] == "1" {
			id += 10_000 // an id that occurs in both states is two restaurants
		}
		o.Outcome, o.Cluster = append(o.Outcome, y), append(o.Cluster, id)
		o.Treated, o.After = append(o.Treated, c["nj"][i] == "1"), append(o.After, c["d"][i] == "1")
	}
	return o
}

type rFastFood struct {
	Cells map[string]struct {
		Mean float64
		N    int
	}
	DiD       float64
	Clustered []float64 `json:"ols_interaction_se_cluster_store_HC1"`
	Balanced  struct {
		N    int
		Coef float64
		HC1  float64 `json:"se_HC1"`
	}
}

func TestMinimumWageSurveyMatchesR(t *testing.T) {
	var ref rFastFood
	reference.JSON(t, reference.Path(t, "card-krueger", "reference-card-krueger.json"), &ref)
	got, err := did.TwoByTwo(fastFood(t, false), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "effect", []float64{got.Effect.Value}, []float64{ref.DiD}, 1e-10)
	reference.Agree(t, "SE", []float64{got.Effect.SE}, ref.Clustered[3:], 1e-10)
	for name, mean := range map[string]did.Mean{"NJ_before": got.TreatedBefore, "NJ_after": got.TreatedAfter,
		"PA_before": got.ControlBefore, "PA_after": got.ControlAfter} {
		reference.Agree(t, name, []float64{mean.Value, float64(mean.N)}, []float64{ref.Cells[name].Mean, float64(ref.Cells[name].N)}, 1e-12)
	}
	// Card and Krueger (1994), Am. Econ. Rev. 84:772-793, table 3 row 4: 2.76.
	if math.Abs(got.Effect.Value-2.76) > 0.01 {
		t.Errorf("effect %.4f, published 2.76", got.Effect.Value)
	}
}

func TestBalancedTwoByTwoIsTheRegressionOfChanges(t *testing.T) {
	var ref rFastFood
	reference.JSON(t, reference.Path(t, "card-krueger", "reference-card-krueger.json"), &ref)
	got, err := did.TwoByTwo(fastFood(t, true), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if got.Clusters != ref.Balanced.N {
		t.Fatalf("%d restaurants, want %d", got.Clusters, ref.Balanced.N)
	}
	// Clustered by restaurant, the regression of levels has the scores of that of
	// changes; only the small-sample factors differ.
	g := float64(ref.Balanced.N)
	hc0 := ref.Balanced.HC1 * math.Sqrt((g-2)/g)
	want := hc0 * math.Sqrt(g/(g-1)*(2*g-1)/(2*g-4))
	reference.Agree(t, "effect and SE", []float64{got.Effect.Value, got.Effect.SE}, []float64{ref.Balanced.Coef, want}, 1e-10)
}

// Treated go from 1, 3 to 6, 8 and controls from 2, 4 to 3, 5: 5 − 1 = 4. Every
// residual is ±1. With rows independent the interaction's CR0 variance is the sum of
// the four cells' Σe²/N² = 2/4, and CR1 multiplies by 8/7 · 7/4: 2 · 2 = 4.
func TestTwoByTwoByHand(t *testing.T) {
	o := did.Observations{
		Treated: []bool{true, true, true, true, false, false, false, false},
		After:   []bool{false, false, true, true, false, false, true, true},
		Outcome: []float64{1, 3, 6, 8, 2, 4, 3, 5},
	}
	got, err := did.TwoByTwo(o, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	reference.Agree(t, "effect and SE", []float64{got.Effect.Value, got.Effect.SE}, []float64{4, 2}, 1e-12)
	const t7 = 2.364624 // t table: 0.975 quantile, 7 degrees of freedom
	reference.Agree(t, "interval", []float64{got.Effect.Interval.Low, got.Effect.Interval.High}, []float64{4 - 2*t7, 4 + 2*t7}, 1e-5)
}

func TestTwoByTwoRefuses(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    did.Observations
		err  error
	}{
		{"nothing", did.Observations{}, stat.ErrTooFew},
		{"no controls", did.Observations{Treated: []bool{true, true}, After: []bool{false, true}, Outcome: []float64{1, 2}}, stat.ErrTooFew},
		{"four rows", did.Observations{Treated: []bool{true, true, false, false}, After: []bool{false, true, false, true}, Outcome: []float64{1, 2, 3, 4}}, stat.ErrTooFew},
		{"NaN", did.Observations{Treated: []bool{true, true, false, false}, After: []bool{false, true, false, true}, Outcome: []float64{1, 2, 3, math.NaN()}}, stat.ErrNotFinite},
		{"two clusters", did.Observations{Treated: []bool{true, true, false, false, false}, After: []bool{false, true, false, true, true},
			Outcome: []float64{1, 2, 3, 4, 6}, Cluster: []int{1, 1, 2, 2, 2}}, stat.ErrTooFew},
		{"constant in each group", did.Observations{Treated: []bool{true, true, true, true, false, false, false, false},
			After: []bool{false, false, true, true, false, false, true, true}, Outcome: []float64{1, 1, 2, 2, 3, 3, 3, 3}}, stat.ErrNoVariance},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := did.TwoByTwo(tt.o, 0.95); !errors.Is(err, tt.err) {
				t.Errorf("TwoByTwo gives %+v, %v; want %v", got, err, tt.err)
			}
		})
	}
}
