package survival

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
)

// refKM is the output of km_ref in surv.R of the data folder.
type refKM struct {
	Table []struct {
		Records int
		Events  float64
		Median  *float64
		Low     *float64 `json:"0.95LCL"`
		High    *float64 `json:"0.95UCL"`
	}
	Strata      []string
	Time, Surv  []float64
	StdErr      []float64    `json:"std_err"`
	LowerLog    []float64    `json:"lower_log"`
	UpperLog    []float64    `json:"upper_log"`
	LowerLogLog []float64    `json:"lower_loglog"`
	UpperLogLog []float64    `json:"upper_loglog"`
	NRisk       []float64    `json:"n_risk"`
	Medians     [][]*float64 `json:"median_loglog"`
}

// check compares one curve per group, in the order of the reference.
func (ref refKM) check(t *testing.T, data string, curves []*Curve) {
	t.Helper()
	agreed := compare("Kaplan–Meier curve, Greenwood errors, log and log–log intervals", data, rSurvival)
	group := -1
	for k, at := range ref.Time {
		if k == 0 || ref.Strata[k] != ref.Strata[k-1] {
			group++
		}
		c := curves[group]
		p, log := c.At(at, 0.95, LogLog), c.At(at, 0.95, Log)
		agreed.near(t, "surv", p.Surv, ref.Surv[k], 1e-8)
		agreed.near(t, "standard error", p.SE, ref.StdErr[k], 1e-8)
		agreed.near(t, "at risk", p.AtRisk, ref.NRisk[k], 0)
		if !p.HasInterval { // before the first event R writes 1 to 1
			continue
		}
		agreed.near(t, "log low", log.Interval.Low, ref.LowerLog[k], 1e-8)
		agreed.near(t, "log high", log.Interval.High, ref.UpperLog[k], 1e-8)
		agreed.near(t, "log-log low", p.Interval.Low, ref.LowerLogLog[k], 1e-8)
		agreed.near(t, "log-log high", p.Interval.High, ref.UpperLogLog[k], 1e-8)
	}
	if group != len(curves)-1 {
		t.Errorf("reference has %d groups, want %d", group+1, len(curves))
	}
	for g, c := range curves {
		want := ref.Table[g]
		if c.N != want.Records || sum(c.Events) != want.Events {
			t.Errorf("group %d: n, events = %d, %v, want %d, %v", g, c.N, sum(c.Events), want.Records, want.Events)
		}
		q := c.Median(0.95, Log)
		sameMoment(t, "median", q.Moment, want.Median)
		sameMoment(t, "median low", q.Low, want.Low)
		sameMoment(t, "median high", q.High, want.High)
		q = c.Median(0.95, LogLog)
		sameMoment(t, "median", q.Moment, ref.Medians[g][0])
		sameMoment(t, "median log-log low", q.Low, ref.Medians[g][1])
		sameMoment(t, "median log-log high", q.High, ref.Medians[g][2])
	}
	agreed.agree(t)
}

// sameMoment: R writes null where a time is not reached.
func sameMoment(t *testing.T, what string, got Moment, want *float64) {
	t.Helper()
	if got.Reached != (want != nil) || want != nil && got.Time != *want {
		t.Errorf("%s = %+v, want %v", what, got, want)
	}
}

func curvesBy(t *testing.T, d Data, group []int) []*Curve {
	t.Helper()
	_, parts := partition(group, len(d.Stop))
	var out []*Curve
	for _, rows := range parts {
		c, err := KaplanMeier(d.Select(rows))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

type refLogRank struct {
	LogRank struct {
		ChiSq, P float64
		DF       int
		Obs, Exp []float64
		Var      [][]float64
	}
	Peto struct{ ChiSq float64 } `json:"peto_rho1"`
}

func (ref refLogRank) check(t *testing.T, data string, d Data, group []int) {
	t.Helper()
	agreed := compare("Log-rank test", data, rSurvival)
	got := mustLogRank(t, d, group, nil, Even)
	agreed.near(t, "log-rank", got.ChiSq, ref.LogRank.ChiSq, 1e-9)
	if want := ref.LogRank.P; math.Abs(got.P-want) > 1e-8*want { // down to 1e-192
		t.Errorf("log-rank p = %g, want %g", got.P, want)
	}
	if got.DF != ref.LogRank.DF {
		t.Errorf("df = %d, want %d", got.DF, ref.LogRank.DF)
	}
	for g := range got.Labels {
		agreed.near(t, "observed", got.Observed[g], ref.LogRank.Obs[g], 1e-9)
		agreed.near(t, "expected", got.Expected[g], ref.LogRank.Exp[g], 1e-9)
		for h := range got.Labels {
			agreed.near(t, "variance", got.Var.At(g, h), ref.LogRank.Var[g][h], 1e-9)
		}
	}
	agreed.near(t, "Peto–Peto", mustLogRank(t, d, group, nil, PetoPeto).ChiSq, ref.Peto.ChiSq, 1e-9)
	agreed.agree(t)
}

func mustLogRank(t *testing.T, d Data, group, strata []int, w Weighting) *LogRankTest {
	t.Helper()
	test, err := LogRank(d, group, strata, w)
	if err != nil {
		t.Fatal(err)
	}
	return test
}

type refRMST []struct{ RMST, SE float64 }

func (ref refRMST) check(t *testing.T, data string, curves []*Curve, tau float64) {
	t.Helper()
	agreed := compare("Restricted mean", data, rSurvival)
	for g, c := range curves {
		got, err := c.RMST(tau, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		agreed.near(t, "RMST", got.Value, ref[g].RMST, 1e-9)
		agreed.near(t, "RMST SE", got.SE, ref[g].SE, 1e-9)
	}
	agreed.agree(t)
}

// codes numbers the values of a column over rows, in alphabetical order.
func codes(tb table, rows []int, name string) []int {
	var labels []string
	for _, i := range rows {
		labels = append(labels, tb.text(i, name))
	}
	return code(labels)
}

// Source: R survival, reference-lung.json. Published: median 310 (285, 363).
func TestCurveLung(t *testing.T) {
	var ref struct {
		Overall map[string]float64      `json:"km_overall"`
		Sex     refKM                   `json:"km_sex"`
		LRSex   refLogRank              `json:"logrank_sex"`
		LREcog  refLogRank              `json:"logrank_ecog"`
		LRStrat struct{ ChiSq float64 } `json:"logrank_sex_stratified_ecog"`
		R365    refRMST                 `json:"rmst_365"`
		R730    refRMST                 `json:"rmst_730"`
	}
	reference.JSON(t, reference.Path(t, "survival-lung", "reference-lung.json"), &ref)
	d, tb, rows := lung(t, "sex")
	all, err := KaplanMeier(d.Data)
	if err != nil {
		t.Fatal(err)
	}
	median := all.Median(0.95, Log)
	if median.Time != 310 || median.Low.Time != 285 || median.High.Time != 363 {
		t.Errorf("median = %+v, want 310 (285, 363)", median)
	}
	whole, err := all.RMST(all.LastTime(), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "mean", whole.Value, ref.Overall["rmean"], 1e-9)
	near(t, "SE of the mean", whole.SE, ref.Overall["se(rmean)"], 1e-9)
	sex := codes(tb, rows, "sex")
	curves := curvesBy(t, d.Data, sex)
	ref.Sex.check(t, "lung by sex", curves)
	ref.R365.check(t, "lung by sex, to 365", curves, 365)
	ref.R730.check(t, "lung by sex, to 730", curves, 730)
	ref.LRSex.check(t, "lung by sex", d.Data, sex)

	graded, tb, rows := lung(t, "ph.ecog")
	ref.LREcog.check(t, "lung by ECOG", graded.Data, codes(tb, rows, "ph.ecog"))
	stratified := mustLogRank(t, graded.Data, codes(tb, rows, "sex"), codes(tb, rows, "ph.ecog"), Even)
	near(t, "stratified log-rank", stratified.ChiSq, ref.LRStrat.ChiSq, 1e-9)
}

// Source: R survival, reference-telco.json: ties of hundreds.
func TestCurveTelco(t *testing.T) {
	var ref struct {
		Contract   refKM      `json:"km_contract"`
		LRContract refLogRank `json:"logrank_contract"`
		Support    refKM      `json:"km_support"`
		LRSupport  refLogRank `json:"logrank_support"`
		RMST       refRMST    `json:"rmst_36_support"`
	}
	reference.JSON(t, reference.Path(t, "telco-churn", "reference-telco.json"), &ref)
	d, tb, rows := telco(t)
	support := codes(tb, rows, "TechSupport")
	ref.Support.check(t, "telco by support", curvesBy(t, d.Data, support))
	ref.RMST.check(t, "telco by support", curvesBy(t, d.Data, support), 36)
	ref.LRSupport.check(t, "telco by support", d.Data, support)

	var all Data
	rows = nil
	for i := range tb.rows {
		if tb.number(i, "tenure") > 0 {
			rows = append(rows, i)
			all.Stop = append(all.Stop, tb.number(i, "tenure"))
			all.Event = append(all.Event, tb.text(i, "Churn") == "Yes")
		}
	}
	contract := codes(tb, rows, "Contract")
	ref.Contract.check(t, "telco by contract", curvesBy(t, all, contract))
	ref.LRContract.check(t, "telco by contract", all, contract)
}

// oulad returns the enrolments that were active on day 0 with their day of
// withdrawal, as reference.R of the folder does.
func oulad(t *testing.T) (d CoxData, module, disabled []int) {
	dir := reference.Path(t, "oulad")
	info, reg, courses := readTable(t, filepath.Join(dir, "studentInfo.csv.gz")), readTable(t, filepath.Join(dir, "studentRegistration.csv.gz")), readTable(t, filepath.Join(dir, "courses.csv"))
	length, student := map[string]float64{}, map[string]int{}
	for i := range courses.rows {
		length[courses.text(i, "code_module")+courses.text(i, "code_presentation")] = courses.number(i, "module_presentation_length")
	}
	for i := range info.rows {
		student[info.text(i, "code_module")+info.text(i, "code_presentation")+info.text(i, "id_student")] = i
	}
	d.Names = []string{"disabled", "previous attempts", "credits", "late"}
	var modules, presentations []string
	for i := range reg.rows {
		course := reg.text(i, "code_module") + reg.text(i, "code_presentation")
		registered, left := reg.number(i, "date_registration"), reg.number(i, "date_unregistration")
		if registered != registered || left <= 0 {
			continue
		}
		s := student[course+reg.text(i, "id_student")]
		d.Event = append(d.Event, left > 0)
		end := length[course]
		if left > 0 {
			end = min(end, left)
		}
		d.Stop = append(d.Stop, end)
		dis, late := 0, 0.0
		if info.text(s, "disability") == "Y" {
			dis = 1
		}
		if registered > -14 {
			late = 1
		}
		d.X = append(d.X, float64(dis), info.number(s, "num_of_prev_attempts"), info.number(s, "studied_credits"), late)
		disabled = append(disabled, dis)
		modules = append(modules, reg.text(i, "code_module"))
		presentations = append(presentations, course)
	}
	d.Strata = code(presentations)
	return d, code(modules), disabled
}

func code(labels []string) []int {
	sorted := slices.Clone(labels)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	out := make([]int, len(labels))
	for k, l := range labels {
		out[k], _ = slices.BinarySearch(sorted, l)
	}
	return out
}

// Source: R survival, reference-oulad.json: 29,486 enrolments, strata by course.
func TestOULAD(t *testing.T) {
	var ref struct {
		N, Withdrawals int
		KM             refKM      `json:"km_by_module"`
		LRModule       refLogRank `json:"logrank_module"`
		LRDisability   refLogRank `json:"logrank_disability"`
		Cox            refTies
	}
	reference.JSON(t, reference.Path(t, "oulad", "reference-oulad.json"), &ref)
	d, module, disabled := oulad(t)
	if len(d.Stop) != ref.N {
		t.Fatalf("%d enrolments, want %d", len(d.Stop), ref.N)
	}
	ref.KM.check(t, "oulad by module", curvesBy(t, d.Data, module))
	ref.LRModule.check(t, "oulad by module", d.Data, module)
	ref.LRDisability.check(t, "oulad by disability", d.Data, disabled)
	ref.Cox.Efron.check(t, "oulad, strata by course, Efron", mustCox(t, d, Efron))
	ref.Cox.Breslow.check(t, "oulad, strata by course, Breslow", mustCox(t, d, Breslow))
}
