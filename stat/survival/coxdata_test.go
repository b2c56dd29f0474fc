package survival

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
)

// heart returns the Stanford transplants as (start, stop] rows with terms that
// are products of columns ("age:transplant").
func heart(t *testing.T, terms ...[]string) CoxData {
	tb := readTable(t, reference.Path(t, "survival-heart", "heart.csv"))
	var d CoxData
	for i := range tb.rows {
		d.Start = append(d.Start, tb.number(i, "start"))
		d.Stop = append(d.Stop, tb.number(i, "stop"))
		d.Event = append(d.Event, tb.text(i, "event") == "1")
		for _, factors := range terms {
			v := 1.0
			for _, name := range factors {
				v *= tb.number(i, name)
			}
			d.X = append(d.X, v)
		}
	}
	for _, factors := range terms {
		name := factors[0]
		for _, f := range factors[1:] {
			name += ":" + f
		}
		d.Names = append(d.Names, name)
	}
	return d
}

func mustCox(t *testing.T, d CoxData, ties Ties) *CoxFit {
	t.Helper()
	fit, err := Cox(d, CoxOptions{Ties: ties})
	if err != nil {
		t.Fatal(err)
	}
	return fit
}

type refTies struct{ Efron, Breslow refCox }

// Source: R 4.2.2 survival 3.5-3, reference-heart.json of the data folder.
func TestCoxHeart(t *testing.T) {
	var ref struct {
		Full        refTies `json:"cox_full_tvc"`
		Transplant  refTies `json:"cox_transplant_only_tvc"`
		Interaction refTies `json:"cox_interaction"`
		PH          []struct {
			Term     string
			ChiSq, P float64
			DF       int
		} `json:"ph_test"`
	}
	reference.JSON(t, reference.Path(t, "survival-heart", "reference-heart.json"), &ref)
	age, year, surgery, transplant := []string{"age"}, []string{"year"}, []string{"surgery"}, []string{"transplant"}
	full := [][]string{age, year, surgery, transplant}
	for _, tt := range []struct {
		name  string
		terms [][]string
		want  refTies
	}{
		{"full", full, ref.Full},
		{"transplant only", [][]string{transplant}, ref.Transplant},
		{"interaction", [][]string{age, surgery, transplant, {"age", "transplant"}, {"surgery", "transplant"}}, ref.Interaction},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.Efron.check(t, "heart, "+tt.name+", Efron", mustCox(t, heart(t, tt.terms...), Efron))
			tt.want.Breslow.check(t, "heart, "+tt.name+", Breslow", mustCox(t, heart(t, tt.terms...), Breslow))
		})
	}
	tests, err := mustCox(t, heart(t, full...), Efron).ProportionalHazards(KMClock)
	if err != nil {
		t.Fatal(err)
	}
	agreed := compare("Proportional hazards test", "heart", rSurvival)
	for j, want := range ref.PH {
		agreed.near(t, "zph "+tests[j].Name, tests[j].ChiSq, want.ChiSq, 1e-8)
		agreed.near(t, "zph p "+tests[j].Name, tests[j].P, want.P, 1e-8)
		if tests[j].DF != want.DF {
			t.Errorf("zph df %s = %d, want %d", tests[j].Name, tests[j].DF, want.DF)
		}
	}
	agreed.agree(t)
}

// Source: R survival, reference-heart.json, coxph(..., cluster = id).
func TestCoxHeartCluster(t *testing.T) {
	var ref struct {
		Cluster struct {
			Coef     []float64
			RobustSE []float64 `json:"robust_se"`
		} `json:"cox_cluster_id"`
	}
	reference.JSON(t, reference.Path(t, "survival-heart", "reference-heart.json"), &ref)
	d := heart(t, []string{"age"}, []string{"year"}, []string{"surgery"}, []string{"transplant"})
	tb := readTable(t, reference.Path(t, "survival-heart", "heart.csv"))
	for i := range tb.rows {
		d.Cluster = append(d.Cluster, int(tb.number(i, "id")))
	}
	agreed := compare("Cox model, cluster-robust", "heart", rSurvival)
	for j, term := range mustCox(t, d, Efron).Terms {
		agreed.near(t, term.Name, term.Coef, ref.Cluster.Coef[j], 1e-8)
		agreed.near(t, term.Name+" robust SE", term.SE, ref.Cluster.RobustSE[j], 1e-8)
	}
	agreed.agree(t)
}

// lung returns the complete rows of the given columns.
func lung(t *testing.T, names ...string) (CoxData, table, []int) {
	tb := readTable(t, reference.Path(t, "survival-lung", "lung.csv"))
	d := CoxData{Names: names}
	var kept []int
rows:
	for i := range tb.rows {
		for _, name := range names {
			if math.IsNaN(tb.number(i, name)) {
				continue rows
			}
		}
		kept = append(kept, i)
		d.Stop = append(d.Stop, tb.number(i, "time"))
		d.Event = append(d.Event, tb.text(i, "status") == "2")
		for _, name := range names {
			d.X = append(d.X, tb.number(i, name))
		}
	}
	return d, tb, kept
}

// Source: R survival, reference-lung.json.
func TestCoxLung(t *testing.T) {
	var ref struct {
		Sex      refTies                          `json:"cox_sex"`
		Three    refTies                          `json:"cox_age_sex_ecog"`
		Strata   refTies                          `json:"cox_strata_sex"`
		Baseline []struct{ Hazard, Time float64 } `json:"baseline_hazard_first5"`
		PH       []struct{ ChiSq float64 }        `json:"ph_test"`
	}
	reference.JSON(t, reference.Path(t, "survival-lung", "reference-lung.json"), &ref)
	sex, _, _ := lung(t, "sex")
	ref.Sex.Efron.check(t, "lung, sex, Efron", mustCox(t, sex, Efron))
	ref.Sex.Breslow.check(t, "lung, sex, Breslow", mustCox(t, sex, Breslow))
	three, tb, kept := lung(t, "age", "sex", "ph.ecog")
	ref.Three.Breslow.check(t, "lung, three covariates, Breslow", mustCox(t, three, Breslow))
	fit := mustCox(t, three, Efron)
	ref.Three.Efron.check(t, "lung, three covariates, Efron", fit)
	agreed := compare("Baseline hazard of a Cox model", "lung", rSurvival)
	baseline, err := fit.BaselineHazard()
	if err != nil {
		t.Fatal(err)
	}
	for k, step := range baseline[:5] {
		near(t, "baseline time", step.Time, ref.Baseline[k].Time, 0)
		agreed.near(t, "baseline hazard", step.CumHazard, ref.Baseline[k].Hazard, 1e-8)
	}
	agreed.agree(t)
	tests, err := fit.ProportionalHazards(KMClock)
	if err != nil {
		t.Fatal(err)
	}
	agreed = compare("Proportional hazards test", "lung", rSurvival)
	for j, want := range ref.PH {
		agreed.near(t, "zph "+tests[j].Name, tests[j].ChiSq, want.ChiSq, 1e-8)
	}
	agreed.agree(t)
	strata, _, _ := lung(t, "age", "ph.ecog")
	for _, i := range kept {
		strata.Strata = append(strata.Strata, int(tb.number(i, "sex")))
	}
	ref.Strata.Efron.check(t, "lung, strata, Efron", mustCox(t, strata, Efron))
	ref.Strata.Breslow.check(t, "lung, strata, Breslow", mustCox(t, strata, Breslow))
}

// telco returns the customers that could buy technical support.
func telco(t *testing.T) (CoxData, table, []int) {
	tb := readTable(t, reference.Path(t, "telco-churn", "telco.csv"))
	d := CoxData{Names: []string{"support", "charges", "senior", "one year", "two year"}}
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	var kept []int
	for i := range tb.rows {
		if tb.number(i, "tenure") == 0 || tb.text(i, "TechSupport") == "No internet service" {
			continue
		}
		kept = append(kept, i)
		d.Stop = append(d.Stop, tb.number(i, "tenure"))
		d.Event = append(d.Event, tb.text(i, "Churn") == "Yes")
		d.X = append(d.X, flag(tb.text(i, "TechSupport") == "Yes"), tb.number(i, "MonthlyCharges"), tb.number(i, "SeniorCitizen"),
			flag(tb.text(i, "Contract") == "One year"), flag(tb.text(i, "Contract") == "Two year"))
	}
	return d, tb, kept
}

// Source: R survival, reference-telco.json: 72 distinct times for 5,512 rows.
func TestCoxTelcoTies(t *testing.T) {
	var ref struct{ Cox refTies }
	reference.JSON(t, reference.Path(t, "telco-churn", "reference-telco.json"), &ref)
	d, _, _ := telco(t)
	ref.Cox.Efron.check(t, "telco, heavy ties, Efron", mustCox(t, d, Efron))
	ref.Cox.Breslow.check(t, "telco, heavy ties, Breslow", mustCox(t, d, Breslow))
}
