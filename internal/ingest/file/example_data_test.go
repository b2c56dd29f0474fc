package file_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/reference"
)

func example(t testing.TB, name string) *file.Mapping {
	t.Helper()
	m, err := file.ReadMapping(filepath.Join(reference.Root(t), "examples", name, "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

type strata struct {
	Table []struct {
		Records, Events int
		Row             string `json:"_row"`
	} `json:"table"`
}

func TestOpenUniversity(t *testing.T) {
	dir := reference.Path(t, "oulad")
	im := importer(t, "")
	report := mustImport(t, im, file.Options{Mapping: example(t, "oulad")}, dir)
	if report.Rows.Rejected != 0 {
		t.Errorf("%d rows are refused", report.Rows.Rejected)
	}
	var ref struct {
		N           int            `json:"n"`
		Withdrawals int            `json:"withdrawals"`
		Results     map[string]int `json:"results_table"`
		KM          strata         `json:"km_by_module"`
	}
	reference.JSON(t, filepath.Join(dir, "reference-oulad.json"), &ref)
	expect(t, im, "SELECT count(*) FROM person", "32593") // Kuzilek, Hlosta & Zdrahal 2017
	expect(t, im, "SELECT count(*) FROM learning WHERE verb = 'enrolled'", "32593")
	expect(t, im, "SELECT count(*) FROM account", "22")
	expect(t, im, "SELECT count(*) FROM learning WHERE verb = 'completed'", fmt.Sprint(ref.Results["Pass"]+ref.Results["Distinction"]))
	expect(t, im, "SELECT count(*) FROM learning WHERE verb = 'failed'", fmt.Sprint(ref.Results["Fail"]))
	expect(t, im, "SELECT count(*) FROM person WHERE attributes['final_result'] = 'Withdrawn'", fmt.Sprint(ref.Results["Withdrawn"]))
	expect(t, im, "SELECT count(*) FROM learning WHERE verb = 'started'", fmt.Sprint(ref.N))
	withdrawn := `SELECT p.attributes['code_module'] AS module, count(*) AS n, count(w.time) AS events
		FROM learning s JOIN person p USING (person_id) LEFT JOIN (SELECT * FROM learning WHERE verb = 'withdrew') w USING (person_id)
		WHERE s.verb = 'started' AND (w.time IS NULL OR w.time > s.time) GROUP BY 1`
	expect(t, im, "SELECT sum(events)::INT FROM ("+withdrawn+")", fmt.Sprint(ref.Withdrawals))
	var want []string
	for _, row := range ref.KM.Table {
		want = append(want, fmt.Sprintf("%s: %d of %d", row.Row, row.Events, row.Records))
	}
	expect(t, im, "SELECT 'code_module=' || module || ': ' || events || ' of ' || n FROM ("+withdrawn+") ORDER BY 1", want...)
	expect(t, im, "SELECT count(*) FROM subscription WHERE ended_at IS NULL", "0")
	expect(t, im, "SELECT (ended_at - started_at)::VARCHAR FROM subscription WHERE account_id = 'AAA-2013J'", "269 days") // 268 and the last day
	for _, w := range report.Warnings {
		t.Logf("%s: %s %v", w.Code, w.Message, w.Examples)
	}
}

func TestTelecomCustomers(t *testing.T) {
	dir := reference.Path(t, "telco-churn")
	im := importer(t, "")
	report := mustImport(t, im, file.Options{Mapping: example(t, "telco-churn")}, dir) // the whole folder
	if report.Rows.Rejected != 0 {
		t.Errorf("%d rows are refused", report.Rows.Rejected)
	}
	var ref struct {
		KM strata `json:"km_contract"`
	}
	reference.JSON(t, filepath.Join(dir, "reference-telco.json"), &ref)
	var want []string
	for _, row := range ref.KM.Table {
		want = append(want, fmt.Sprintf("%s: %d of %d", row.Row, row.Events, row.Records))
	}
	expect(t, im, "SELECT count(*) FROM account", "7043") // the file's rows
	expect(t, im, "SELECT 'Contract=' || plan || ': ' || count(ended_at) || ' of ' || count(*) FROM subscription JOIN account USING (account_id) GROUP BY plan ORDER BY 1", want...)
	expect(t, im, "SELECT count(*) FROM subscription JOIN account a USING (account_id) WHERE (TIMESTAMP '2020-01-01' - started_at) <> to_days(30 * a.attributes['tenure']::INT)", "0")
	expect(t, im, "SELECT mrr FROM revenue WHERE account_id = '7590-VHVEG'", "2985") // the file's first row: 29.85
}
