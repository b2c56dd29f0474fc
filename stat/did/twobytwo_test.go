package did_test

import (
	"errors"
	"math"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
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
	Robust    []float64 `json:"ols_interaction_se_HC1"`
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
	claim := evidence.Claim{Method: "2×2 difference-in-differences, clustered", Data: "Card and Krueger", Source: "R lm, sandwich vcovCL HC1"}
	claim.Agree(t, []float64{got.Effect.Value, got.Effect.SE}, []float64{ref.DiD, ref.Clustered[3]}, 1e-10)
	rows := fastFood(t, false)
	rows.Cluster = nil // CR1 with rows as clusters is HC1: n/(n−1)·(n−1)/(n−4)
	if got, err = did.TwoByTwo(rows, 0.95); err != nil {
		t.Fatal(err)
	}
	claim.Method, claim.Source = "2×2 difference-in-differences, independent rows", "R lm, sandwich vcovHC HC1"
	claim.Agree(t, []float64{got.Effect.SE}, []float64{ref.Robust[3]}, 1e-10)
	claim.Method, claim.Source = "2×2 difference-in-differences, group means", "R mean"
	for name, mean := range map[string]did.Mean{"NJ_before": got.TreatedBefore, "NJ_after": got.TreatedAfter,
		"PA_before": got.ControlBefore, "PA_after": got.ControlAfter} {
		claim.Agree(t, []float64{mean.Value, float64(mean.N)}, []float64{ref.Cells[name].Mean, float64(ref.Cells[name].N)}, 1e-12)
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
	evidence.Claim{Method: "2×2 difference-in-differences, balanced", Data: "Card and Krueger", Source: "R lm on changes, HC1"}.
		Agree(t, []float64{got.Effect.Value, got.Effect.SE}, []float64{ref.Balanced.Coef, want}, 1e-10)
}

// Training grants and scrap rates of 54 firms, 1987 to 1988: the 2×2 effect is the
// regression of the change in log scrap on the grant (Wooldridge, Introductory
// Econometrics, section 13.5: −0.317).
func TestTrainingGrantsMatchFirstDifferences(t *testing.T) {
	type term struct{ Estimate float64 }
	var ref struct {
		Scrap []term    `json:"fd_scrap_87_88"`
		Log   []term    `json:"fd_logscrap_87_88"`
		HC1   []float64 `json:"fd_logscrap_HC1"`
		N     int       `json:"n_fd"`
	}
	reference.JSON(t, reference.Path(t, "jtrain", "reference-jtrain.json"), &ref)
	claim := evidence.Claim{Method: "2×2 difference-in-differences", Data: "jtrain, 1987–88", Source: "R lm on first differences, sandwich HC1"}
	logs, err := did.TwoByTwo(grants(t, "lscrap"), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	g := float64(ref.N) // R differences a column of changes that the file rounds to seven digits
	want := ref.HC1[1] * math.Sqrt((g-2)/g) * math.Sqrt(g/(g-1)*(2*g-1)/(2*g-4))
	claim.Agree(t, []float64{logs.Effect.Value, logs.Effect.SE, float64(logs.Clusters)}, []float64{ref.Log[1].Estimate, want, g}, 1e-7)
	scrap, err := did.TwoByTwo(grants(t, "scrap"), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim.Agree(t, []float64{scrap.Effect.Value}, []float64{ref.Scrap[1].Estimate}, 1e-8)
}

// grants are firms with the outcome in both 1987 and 1988; treated had a grant in 1988.
func grants(t testing.TB, outcome string) (o did.Observations) {
	t.Helper()
	c := reference.CSV(t, reference.Path(t, "jtrain", "jtrain.csv"))
	year, firm := c.Ints(t, "year"), c.Ints(t, "fcode")
	granted, seen := map[int]bool{}, map[int]int{}
	for i, y := range year {
		granted[firm[i]] = granted[firm[i]] || y == 1988 && c["grant"][i] == "1"
		if y <= 1988 && c[outcome][i] != "NA" {
			seen[firm[i]]++
		}
	}
	for i, y := range year {
		if y > 1988 || seen[firm[i]] < 2 {
			continue
		}
		v, err := strconv.ParseFloat(c[outcome][i], 64)
		if err != nil {
			t.Fatal(err)
		}
		o.Outcome, o.Cluster = append(o.Outcome, v), append(o.Cluster, firm[i])
		o.Treated, o.After = append(o.Treated, granted[firm[i]]), append(o.After, y == 1988)
	}
	return o
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
