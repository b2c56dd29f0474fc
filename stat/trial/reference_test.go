package trial

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

func readCSV(t *testing.T, name string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// referencePanel is the panel that testdata/reference.R simulated. Covariates
// outside the periods of a unit are NaN: nothing may read them.
func referencePanel(t *testing.T, periods int) Panel {
	t.Helper()
	p := Panel{Periods: periods, Names: []string{"usage", "size"}}
	for _, row := range readCSV(t, "units.csv") {
		u := Unit{Entry: int(number(t, row[1])), Exit: int(number(t, row[2])), Event: row[3] == "1", Treated: Never}
		if row[4] != "NA" {
			u.Treated = int(number(t, row[4]))
		}
		p.Units = append(p.Units, u)
	}
	p.X = make([]float64, len(p.Units)*periods*2)
	for k := range p.X {
		p.X[k] = math.NaN()
	}
	for _, row := range readCSV(t, "covariates.csv") {
		at := (int(number(t, row[0]))*periods + int(number(t, row[1]))) * 2
		p.X[at], p.X[at+1] = number(t, row[2]), number(t, row[3])
	}
	return p
}

// refCase is one run of emulate in testdata/reference.R; pairs are control, treated.
type refCase struct {
	First, Last, Tenure, Horizon, Trials int
	Strategy, Target, Calendar           string
	Trim                                 float64
	UnitTrials                           [2]int `json:"unit_trials"`
	Units, Events                        [2]int
	EventUnits                           [2]int `json:"event_units"`
	Control, Treated                     []float64
	RiskDifference                       float64 `json:"risk_difference"`
	RiskRatio                            float64 `json:"risk_ratio"`
	RMSTDifference                       float64 `json:"rmst_difference"`
	ESS                                  [2]float64
	MaxWeight                            [2]float64 `json:"max_weight"`
	MeanWeight                           [2]float64 `json:"mean_weight"`
	SMDBefore                            []float64  `json:"smd_before"`
	SMDAfter                             []float64  `json:"smd_after"`
}

type reference struct {
	Periods int
	Cases   []refCase
	Naive   struct{ Control, Treated []float64 }
	// Bootstrap are the standard errors and outer percentiles of R's own
	// resampling of units.
	Bootstrap []struct {
		Case, Draws                    int
		RiskDifference, RMSTDifference refDraws
	}
}

type refDraws struct{ SE, Low, High float64 }

func readReference(t *testing.T) reference {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "reference.json"))
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func (c refCase) options() Options {
	o := Options{Horizon: c.Horizon, First: c.First, Last: c.Last, MinTenure: c.Tenure, Draws: 20, MinUnits: 2, MinEvents: 1, Seed: 1}
	if c.Strategy == "sustained" {
		o.Strategy = Sustained
	}
	if c.Target == "treated" {
		o.Target = OnTreated
	}
	if c.Calendar == "spline" {
		o.Calendar = Spline
	}
	if c.Trim < 1 {
		o.Trim = c.Trim
	}
	return o
}

// near fails unless got is within 1e-8 of want, relative above 1. NaN never passes.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-8*math.Max(math.Abs(want), 1)) {
		t.Errorf("%s = %.15g, want %.15g", what, got, want)
	}
}

// compared collects pairs of our numbers and R's for one claim.
type compared struct {
	claim     evidence.Claim
	got, want []float64
}

func (c *compared) near(t *testing.T, what string, got, want float64) {
	t.Helper()
	near(t, what, got, want)
	c.got, c.want = append(c.got, got), append(c.want, want)
}

// Source: base R 4.2.2 glm on the same rows, testdata/reference.R.
func TestRunAgreesWithR(t *testing.T) {
	ref := readReference(t)
	panel := referencePanel(t, ref.Periods)
	for _, want := range ref.Cases {
		t.Run(want.Strategy+" "+want.Target+" "+want.Calendar, func(t *testing.T) {
			got, err := Run(context.Background(), panel, want.options())
			if err != nil {
				t.Fatal(err)
			}
			agreed := &compared{claim: evidence.Claim{Method: "Sequential target trials: weights, curves, effects, balance", Data: "simulated: " + t.Name()[len("TestRunAgreesWithR/"):], Source: "R 4.2 glm and its sums"}}
			if got.Trials != want.Trials {
				t.Errorf("trials = %d, want %d", got.Trials, want.Trials)
			}
			want.checkArm(t, agreed, "control", got.Control, 0, want.Control)
			want.checkArm(t, agreed, "treated", got.Treated, 1, want.Treated)
			agreed.near(t, "risk difference", got.RiskDifference.Value, want.RiskDifference)
			agreed.near(t, "risk ratio", got.RiskRatio.Value, want.RiskRatio)
			agreed.near(t, "RMST difference", got.RMSTDifference.Value, want.RMSTDifference)
			for j, b := range got.Balance {
				agreed.near(t, b.Name+" before", b.SMDBefore, want.SMDBefore[j])
				agreed.near(t, b.Name+" after", b.SMDAfter, want.SMDAfter[j])
			}
			for n := range ref.Naive.Control {
				agreed.near(t, "naive control", got.Naive.Control[n], ref.Naive.Control[n])
				agreed.near(t, "naive treated", got.Naive.Treated[n], ref.Naive.Treated[n])
			}
			agreed.claim.Agree(t, agreed.got, agreed.want, 1e-8)
		})
	}
}

func (c refCase) checkArm(t *testing.T, agreed *compared, name string, got Arm, a int, curve []float64) {
	t.Helper()
	if got.UnitTrials != c.UnitTrials[a] || got.Units != c.Units[a] || got.Events != c.Events[a] || got.EventUnits != c.EventUnits[a] {
		t.Errorf("%s counts = %d, %d, %d, %d, want %d, %d, %d, %d", name, got.UnitTrials, got.Units, got.Events, got.EventUnits,
			c.UnitTrials[a], c.Units[a], c.Events[a], c.EventUnits[a])
	}
	agreed.near(t, name+" effective sample size", got.ESS, c.ESS[a])
	agreed.near(t, name+" largest weight", got.Weights.Max, c.MaxWeight[a])
	agreed.near(t, name+" mean weight", got.Weights.Mean, c.MeanWeight[a])
	if len(got.Curve) != len(curve) {
		t.Fatalf("%s curve has %d points, want %d", name, len(got.Curve), len(curve))
	}
	for n, p := range got.Curve {
		agreed.near(t, name+" curve", p.Surv, curve[n])
	}
}

// Another program's resampling of units gives the same standard errors and
// percentiles within the error that both have from their number of draws.
func TestBootstrapAgreesWithR(t *testing.T) {
	ref := readReference(t)
	panel := referencePanel(t, ref.Periods)
	for _, b := range ref.Bootstrap {
		o := ref.Cases[b.Case].options()
		o.Draws = 600
		got, err := Run(context.Background(), panel, o)
		if err != nil {
			t.Fatal(err)
		}
		b.RiskDifference.check(t, "risk difference", got.RiskDifference, b.Draws)
		b.RMSTDifference.check(t, "RMST difference", got.RMSTDifference, b.Draws)
	}
}

// check: the standard deviation of n draws has a relative error of 1/√(2n), and
// an estimated 2.5 % percentile of a normal distribution one of 2.67 standard
// deviations/√n (√(p(1−p)) over the density). 3.5 of them are allowed.
func (want refDraws) check(t *testing.T, what string, got Effect, draws int) {
	t.Helper()
	noise := math.Sqrt(1/float64(draws) + 1/float64(len(got.Draws)))
	if math.Abs(got.SE/want.SE-1) > 3.5*noise/math.Sqrt2 {
		t.Errorf("%s: SE %.4f, R has %.4f", what, got.SE, want.SE)
	}
	for _, end := range [][2]float64{{got.Interval.Low, want.Low}, {got.Interval.High, want.High}} {
		if math.Abs(end[0]-end[1]) > 3.5*2.67*noise*want.SE {
			t.Errorf("%s: end %.4f, R has %.4f", what, end[0], end[1])
		}
	}
}
