package app_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/reference"
)

// kaplanMeier is a survival table that R's survival package made: one entry of
// each list for each segment and time.
type kaplanMeier struct {
	Table []struct {
		Records, Events int
		Row             string `json:"_row"`
	} `json:"table"`
	Strata []string   `json:"strata"`
	Time   []float64  `json:"time"`
	Surv   []float64  `json:"surv"`
	Low    []*float64 `json:"lower_loglog"` // null where nothing happened yet
	High   []*float64 `json:"upper_loglog"`
	Median [][]*int   `json:"median_loglog"` // median, low, high
}

// proportions is what R's prop.test and friends say of two groups.
type proportions struct {
	X, N   []int
	Prop   []float64
	Wilson [][]float64 `json:"wilson_each"`
}

// tolerance is relative: the references carry 15 significant digits.
const tolerance = 1e-9

func importReal(t *testing.T, example, path string) *app.Workspace {
	t.Helper()
	mapping, err := file.ReadMapping(filepath.Join("..", "..", "examples", example, "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Data = t.TempDir()
	w, err := app.Open(t.Context(), c, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	report, err := w.Import(t.Context(), []string{path}, app.ImportOptions{Mapping: mapping})
	if err != nil {
		t.Fatal(err)
	}
	if report.Rows.Rejected != 0 {
		t.Errorf("%d rows are rejected", report.Rows.Rejected)
	}
	return w
}

// rowsOf computes a KPI and gives its rows by segment.
func rowsOf(t *testing.T, w *app.Workspace, q metric.Query) map[string]metric.Row {
	t.Helper()
	result, err := w.Metrics.Value(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]metric.Row{}
	for _, r := range result.Rows {
		if r.Value == nil && !strings.Contains(r.NoValueReason, "no median yet") {
			t.Fatalf("%s %v of %q: %s", q.KPI, q.Params, r.Segment, r.NoValueReason)
		}
		rows[r.Segment] = r
	}
	return rows
}

func near(t *testing.T, what string, got *float64, want float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing, R says %.15g", what, want)
		return
	}
	reference.Agree(t, what, []float64{*got}, []float64{want}, tolerance)
}

// checkCurve compares the share of the KPI at each time of a Kaplan–Meier table.
// Both sides use log-log intervals. unitDays is the length of the table's unit.
func checkCurve(t *testing.T, w *app.Workspace, q metric.Query, want kaplanMeier, unitDays float64) {
	t.Helper()
	byTime := map[float64]map[string]metric.Row{}
	for i, stratum := range want.Strata {
		at, segment := want.Time[i], afterEquals(stratum)
		if byTime[at] == nil {
			q.Params = map[string]string{"statistic": "share", "within_days": strconv.FormatFloat(at*unitDays, 'f', -1, 64)}
			byTime[at] = rowsOf(t, w, q)
		}
		row, name := byTime[at][segment], fmt.Sprintf("%s by %g, %s", q.KPI, at, segment)
		near(t, name, row.Value, 100*(1-want.Surv[i]))
		if want.Low[i] == nil {
			if row.Low != nil || row.High != nil {
				t.Errorf("%s: there is an interval, R has none", name)
			}
			continue
		}
		near(t, name+", low", row.Low, 100*(1-*want.High[i]))
		near(t, name+", high", row.High, 100*(1-*want.Low[i]))
	}
	for _, segment := range want.Table {
		name := afterEquals(segment.Row)
		if row := byTime[want.Time[0]][name]; row.Units != segment.Records || row.Num != float64(segment.Events) {
			t.Errorf("%s, %s: %g events of %d, R says %d of %d", q.KPI, name, row.Num, row.Units, segment.Events, segment.Records)
		}
	}
}

// checkMedians compares the KPI's default statistic with R's medians.
func checkMedians(t *testing.T, w *app.Workspace, q metric.Query, want kaplanMeier, unitDays float64) {
	t.Helper()
	rows := rowsOf(t, w, q)
	for i, segment := range want.Table {
		row, name := rows[afterEquals(segment.Row)], "median "+segment.Row
		if want.Median[i][0] == nil {
			if row.Value != nil {
				t.Errorf("%s is %g, R says that it is not reached", name, *row.Value)
			}
			continue
		}
		for j, got := range []*float64{row.Value, row.Low, row.High} {
			near(t, name, got, unitDays*float64(*want.Median[i][j]))
		}
	}
}

func afterEquals(s string) string {
	_, after, _ := strings.Cut(s, "=")
	return after
}

func TestOpenUniversityKPIsEqualPublishedNumbers(t *testing.T) {
	w := importReal(t, "oulad", reference.Path(t, "oulad"))
	var want struct {
		N, Withdrawals int
		Results        map[string]int `json:"results_table"`
		KM             kaplanMeier    `json:"km_by_module"`
	}
	reference.JSON(t, reference.Path(t, "oulad", "reference-oulad.json"), &want)

	enrolled := metric.Query{KPI: "completion_rate", Params: map[string]string{"denominator": "enrolled"}}
	all := rowsOf(t, w, enrolled)[""]
	const published = 32593 // Kuzilek, Hlosta & Zdrahal (2017), Scientific Data 4:170171
	if all.Units != published || all.Num != float64(want.Results["Pass"]+want.Results["Distinction"]) {
		t.Errorf("%g of %d enrolments are complete, published are %v of %d", all.Num, all.Units, want.Results, published)
	}
	near(t, "completion rate", all.Value, 100*float64(want.Results["Pass"]+want.Results["Distinction"])/published)

	enrolled.By = "person.attributes.final_result"
	results := map[string]int{}
	for segment, row := range rowsOf(t, w, enrolled) {
		results[segment] = row.Units
	}
	if !maps.Equal(results, want.Results) {
		t.Errorf("results are %v, published are %v", results, want.Results)
	}

	withdrawal := metric.Query{KPI: "time_to_withdrawal", Params: map[string]string{"statistic": "share", "within_days": "180"}}
	if r := rowsOf(t, w, withdrawal)[""]; r.Units != want.N || r.Num != float64(want.Withdrawals) {
		t.Errorf("%g of %d withdrew, R says %d of %d", r.Num, r.Units, want.Withdrawals, want.N)
	}
	withdrawal.By = "account.attributes.code_module"
	checkCurve(t, w, withdrawal, want.KM, 1)
}

func TestTelecomKPIsEqualPublishedNumbers(t *testing.T) {
	w := importReal(t, "telco-churn", reference.Path(t, "telco-churn", "telco.csv"))
	var want struct {
		Contract kaplanMeier `json:"km_contract"`
		Support  kaplanMeier `json:"km_support"`
		Churn    proportions `json:"churn_by_support"`
	}
	reference.JSON(t, reference.Path(t, "telco-churn", "reference-telco.json"), &want)
	// The reference codes technical support as 1 and 0.
	coded := strings.NewReplacer("tsy=1", "tsy=Yes", "tsy=0", "tsy=No")
	for i := range want.Support.Strata {
		want.Support.Strata[i] = coded.Replace(want.Support.Strata[i])
	}
	for i := range want.Support.Table {
		want.Support.Table[i].Row = coded.Replace(want.Support.Table[i].Row)
	}
	const monthDays = 30 // of the mapping
	for by, curve := range map[string]kaplanMeier{"plan": want.Contract, "account.attributes.tech_support": want.Support} {
		q := metric.Query{KPI: "customer_lifetime", By: by}
		checkMedians(t, w, q, curve, monthDays)
		checkCurve(t, w, q, curve, monthDays)
	}
	checkChurn(t, w, want.Churn)
}

// checkChurn compares the churn of the snapshot's day, on which the mapping puts
// every departure, with R's shares and Wilson intervals.
func checkChurn(t *testing.T, w *app.Workspace, want proportions) {
	t.Helper()
	snapshot := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC) // of the mapping
	rows := rowsOf(t, w, metric.Query{KPI: "churn_rate", From: snapshot, To: snapshot.AddDate(0, 0, 1), By: "account.attributes.tech_support"})
	for i, segment := range []string{"Yes", "No"} { // the reference's order
		row := rows[segment]
		if row.Num != float64(want.X[i]) || row.Units != want.N[i] {
			t.Errorf("support %s: %g of %d left, R says %d of %d", segment, row.Num, row.Units, want.X[i], want.N[i])
		}
		near(t, "churn, support "+segment, row.Value, 100*want.Prop[i])
		near(t, "churn, support "+segment+", low", row.Low, 100*want.Wilson[i][0])
		near(t, "churn, support "+segment+", high", row.High, 100*want.Wilson[i][1])
	}
	if got := slices.Sorted(maps.Keys(rows)); !slices.Equal(got, []string{"No", "No internet service", "Yes"}) {
		t.Errorf("the segments are %q", got)
	}
}
