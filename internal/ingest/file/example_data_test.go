package file_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/file"
)

// root walks up to the folder that has go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// realData gives the path of a real data set beside the checkout.
func realData(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("LIFTMARK_REQUIRE_DATA") == "1" {
			t.Fatalf("the real data are required and absent: %v", err)
		}
		t.Skipf("SKIPPED, the real data are absent: %v", err)
	}
	return path
}

func example(t testing.TB, name string) *file.Mapping {
	t.Helper()
	m, err := file.ReadMapping(filepath.Join(root(t), "examples", name, "mapping.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reference reads a reference file that R wrote.
func reference(t testing.TB, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatal(err)
	}
}

type strata struct {
	Table []struct {
		Records, Events int
		Row             string `json:"_row"`
	} `json:"table"`
}

func TestOpenUniversity(t *testing.T) {
	dir := realData(t, "oulad")
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
	reference(t, filepath.Join(dir, "reference-oulad.json"), &ref)
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
	dir := realData(t, "telco-churn")
	im := importer(t, "")
	report := mustImport(t, im, file.Options{Mapping: example(t, "telco-churn")}, dir) // the whole folder
	if report.Rows.Rejected != 0 {
		t.Errorf("%d rows are refused", report.Rows.Rejected)
	}
	var ref struct {
		KM strata `json:"km_contract"`
	}
	reference(t, filepath.Join(dir, "reference-telco.json"), &ref)
	var want []string
	for _, row := range ref.KM.Table {
		want = append(want, fmt.Sprintf("%s: %d of %d", row.Row, row.Events, row.Records))
	}
	expect(t, im, "SELECT count(*) FROM account", "7043") // the file's rows
	expect(t, im, "SELECT 'Contract=' || plan || ': ' || count(ended_at) || ' of ' || count(*) FROM subscription JOIN account USING (account_id) GROUP BY plan ORDER BY 1", want...)
	expect(t, im, "SELECT count(*) FROM subscription JOIN account a USING (account_id) WHERE (TIMESTAMP '2020-01-01' - started_at) <> to_days(30 * a.attributes['tenure']::INT)", "0")
	expect(t, im, "SELECT mrr FROM revenue WHERE account_id = '7590-VHVEG'", "2985") // the file's first row: 29.85
}
