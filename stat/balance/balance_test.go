package balance_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/balance"
)

const tol = 1e-12 // the references carry 15 digits

type rowReference struct {
	Means [2]float64
	SMD   [3]float64 // pooled, treated, control
	VR    float64
}

func TestAgainstR(t *testing.T) {
	b, err := os.ReadFile("testdata/reference.json") // written by testdata/reference.R
	if err != nil {
		t.Fatal(err)
	}
	var ref struct {
		Treated             []int
		Size, Plan, Weights []float64
		Before, After       map[string]rowReference
		ESS                 [2]float64
	}
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	treated := make([]bool, len(ref.Treated))
	for i, v := range ref.Treated {
		treated[i] = v == 1
	}
	covariates := []balance.Covariate{{Name: "size", Values: ref.Size}, {Name: "plan", Values: ref.Plan}}
	for k, by := range []balance.Denominator{balance.Pooled, balance.Treated, balance.Control} {
		got, err := balance.New(treated, ref.Weights, covariates, by)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "Effective sample size", Data: "simulated", Source: "R 4.2"}.Agree(t,
			[]float64{got.TreatedESS, got.ControlESS}, ref.ESS[:], tol)
		for _, row := range got.Rows {
			checkMoment(t, row.Name+" before", row.Before, ref.Before[row.Name], k)
			checkMoment(t, row.Name+" after", row.After, ref.After[row.Name], k)
		}
		if got.Rows[1].After.HasRatio {
			t.Errorf("variance ratio of a 0/1 covariate: %+v", got.Rows[1])
		}
	}
}

func checkMoment(t *testing.T, name string, got balance.Moment, want rowReference, denominator int) {
	t.Helper()
	claim := evidence.Claim{Method: "Balance table", Data: "simulated, " + name, Source: "R 4.2 cov.wt"}
	claim.Agree(t, []float64{got.TreatedMean, got.ControlMean, got.SMD}, []float64{want.Means[0], want.Means[1], want.SMD[denominator]}, tol)
	if got.HasRatio {
		claim.Agree(t, []float64{got.VarianceRatio}, []float64{want.VR}, tol)
	}
}

// lalonde reads 185 trained and 429 survey controls with the covariates that
// the reference's propensity score uses, in its order.
func lalonde(t *testing.T) (treated []bool, covariates []balance.Covariate) {
	f, err := os.Open(reference.Path(t, "lalonde-matchit/lalonde.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	value := func(row []string, name string) float64 {
		switch name {
		case "racehispan", "racewhite":
			if row[slices.Index(rows[0], "race")] == name[len("race"):] {
				return 1
			}
			return 0
		}
		v, err := strconv.ParseFloat(row[slices.Index(rows[0], name)], 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, name := range []string{"age", "educ", "racehispan", "racewhite", "married", "nodegree", "re74", "re75"} {
		c := balance.Covariate{Name: name}
		for _, row := range rows[1:] {
			c.Values = append(c.Values, value(row, name))
		}
		covariates = append(covariates, c)
	}
	for _, row := range rows[1:] {
		treated = append(treated, value(row, "treat") == 1)
	}
	return treated, covariates
}

// Weights are the odds of the reference's own propensity score, rebuilt from
// its printed coefficients.
func TestLalonde(t *testing.T) {
	var ref struct {
		Family struct {
			Logit  struct{ Coef []float64 }
			Before map[string]float64 `json:"smd_unadjusted"`
			After  map[string]float64 `json:"smd_ipw_att"`
			IPW    struct {
				ESS float64 `json:"ess_control"`
			} `json:"ipw_att"`
		}
	}
	reference.JSON(t, reference.Path(t, "lalonde-matchit/reference-lalonde-matchit.json"), &ref)
	treated, covariates := lalonde(t)
	weights := make([]float64, len(treated))
	for i := range weights {
		weights[i] = 1
		if !treated[i] {
			logOdds := ref.Family.Logit.Coef[0]
			for k, c := range covariates {
				logOdds += ref.Family.Logit.Coef[k+1] * c.Values[i]
			}
			weights[i] = math.Exp(logOdds)
		}
	}
	got, err := balance.New(treated, weights, covariates, balance.Treated)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "Balance table", Data: "Lalonde (MatchIt)", Source: "R 4.2"}
	claim.Agree(t, []float64{float64(got.TreatedN), float64(got.ControlN), got.ControlESS}, []float64{185, 429, ref.Family.IPW.ESS}, 1e-10)
	for _, row := range got.Rows {
		// A difference of 0.0007 has fewer correct digits than the means it is made of.
		claim.Agree(t, []float64{row.Before.SMD, 1 + row.After.SMD}, []float64{ref.Family.Before[row.Name], 1 + ref.Family.After[row.Name]}, 1e-10)
	}
	if got.Balanced(0.1) || !got.Balanced(0.12) { // the reference's largest is 0.1188, of age
		t.Errorf("largest difference %v", got.MaxAbsSMD)
	}
	if love := got.Love(); love[0].Name != "racewhite" || love[len(love)-1].Name != "educ" {
		t.Errorf("love plot starts with %+v and ends with %+v", love[0], love[len(love)-1])
	}
}

func TestErrors(t *testing.T) {
	arms := []bool{true, true, false, false}
	column := func(v ...float64) []balance.Covariate { return []balance.Covariate{{Name: "seats", Values: v}} }
	for _, tt := range []struct {
		name    string
		treated []bool
		weights []float64
		columns []balance.Covariate
		want    error
	}{
		{"no units", nil, nil, nil, stat.ErrTooFew},
		{"one control", []bool{true, true, false}, nil, column(1, 2, 3), stat.ErrTooFew},
		{"no weight in an arm", arms, []float64{0, 0, 1, 1}, column(1, 2, 3, 4), stat.ErrTooFew},
		{"negative weight", arms, []float64{1, 1, 1, -1}, column(1, 2, 3, 4), stat.ErrInvalid},
		{"missing value", arms, nil, column(1, 2, math.NaN(), 4), stat.ErrNotFinite},
		{"separated constants", arms, nil, column(1, 1, 0, 0), stat.ErrNoVariance},
	} {
		if _, err := balance.New(tt.treated, tt.weights, tt.columns, balance.Pooled); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	got, err := balance.New(arms, nil, column(5, 5, 5, 5), balance.Pooled)
	if err != nil || got.Rows[0].Before.SMD != 0 || got.Rows[0].Before.HasRatio {
		t.Errorf("constant covariate: %+v, %v", got, err)
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 40).Draw(t, "n")
		treated, x, w := make([]bool, n), make([]float64, n), make([]float64, n)
		swapped, scaled := make([]bool, n), make([]float64, n)
		k := rapid.Float64Range(0.1, 50).Draw(t, "unit")
		for i := range n {
			treated[i] = i%2 == 0
			swapped[i] = !treated[i]
			x[i] = float64(rapid.IntRange(-100, 100).Draw(t, "x"))
			scaled[i] = k*x[i] + 3
			w[i] = rapid.Float64Range(0.1, 5).Draw(t, "w")
		}
		got, err := balance.New(treated, w, []balance.Covariate{{Name: "x", Values: x}}, balance.Pooled)
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		a := got.Rows[0].After
		flipped, _ := balance.New(swapped, w, []balance.Covariate{{Name: "x", Values: x}}, balance.Pooled)
		if b := flipped.Rows[0].After; !reference.Near(a.SMD, -b.SMD, 1e-9) || (a.HasRatio && !reference.Near(a.VarianceRatio*b.VarianceRatio, 1, 1e-9)) {
			t.Fatalf("%+v and swapped %+v", a, b)
		}
		unit, _ := balance.New(treated, w, []balance.Covariate{{Name: "x", Values: scaled}}, balance.Pooled)
		if b := unit.Rows[0].After; !reference.Near(a.SMD, b.SMD, 1e-8) {
			t.Fatalf("%+v and in another unit %+v", a, b)
		}
	})
}

func ExampleNew() {
	treated := []bool{true, true, true, false, false, false}
	seats := balance.Covariate{Name: "seats", Values: []float64{20, 30, 40, 10, 20, 30}}
	table, err := balance.New(treated, []float64{1, 1, 1, 0.5, 1, 2}, []balance.Covariate{seats}, balance.Treated)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range table.Love() {
		fmt.Printf("%s: %.2f before, %.2f after weighting\n", p.Name, p.Before, p.After)
	}
	// Output: seats: 1.00 before, 0.57 after weighting
}
