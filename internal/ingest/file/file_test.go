package file_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// importer opens a workspace of its own.
func importer(t testing.TB, dir string) *file.Importer {
	t.Helper()
	db, err := duckdb.Open(t.Context(), dir, duckdb.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return &file.Importer{DB: db, Now: func() time.Time { return now }}
}

// folder writes files, given as name and content in turn, and gives their paths.
func folder(t testing.TB, namesAndContents ...string) (dir string, paths []string) {
	t.Helper()
	dir = t.TempDir()
	for i := 0; i < len(namesAndContents); i += 2 {
		path := filepath.Join(dir, namesAndContents[i])
		if err := os.WriteFile(path, []byte(namesAndContents[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return dir, paths
}

func mapping(t testing.TB, text string) *file.Mapping {
	t.Helper()
	m, err := file.ParseMapping("mapping.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustImport(t testing.TB, im *file.Importer, opt file.Options, paths ...string) file.Report {
	t.Helper()
	report, err := im.Import(t.Context(), paths, opt)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Files {
		if c := f.Rows; c.Read != c.Added+c.Replaced+c.Unchanged+c.Duplicate+c.Rejected+c.Skipped {
			t.Errorf("%s as %s lost rows: %+v", f.File, f.Fact, c)
		}
	}
	return report
}

// column gives a query's rows, each as one text; NULL is ∅.
func column(t testing.TB, im *file.Importer, query string) []string {
	t.Helper()
	rows, err := im.DB.SQL().Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	got := []string{}
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		if !s.Valid {
			s.String = "∅"
		}
		got = append(got, s.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func expect(t testing.TB, im *file.Importer, query string, want ...string) {
	t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, column(t, im, query)); diff != "" {
		t.Errorf("%s: %s", query, diff)
	}
}

const (
	accountsCSV = "account_id,name,plan,industry,region,country,seats,signup_at,Customer Tier\n" +
		"a1,\"Acme, Inc.\",pro,retail,EMEA,de,120,2026-01-05,gold\n" +
		"a2,Bolt,free,,AMER,US,,2026-02-01T09:30:00+02:00,\n"
	peopleCSV = "person_id,account_id,email,role,audience,country,timezone,created_at\n" +
		"p1,a1, Ann@Example.COM ,admin,customer,DE,Europe/Berlin,2026-01-06\n" +
		"p2,a2,bob@example.com,user,partner,,,2026-02-02\n"
	usageCSV = "event_id,time,person_id,account_id,feature,quantity\n" +
		"e1,2026-03-01T10:00:00Z,p1,a1,export,2\n" +
		"e2,2026-03-02T10:00:00Z,BOB@example.com,,search,1\n"
	revenueCSV = "revenue_id,time,account_id,kind,mrr,amount,currency,reason\n" +
		"r1,2026-01-05,a1,new,1234.50,,USD,\n" +
		"r2,2026-02-01,a2,new,5000,,JPY,\n" +
		"r3,2026-03-01,a2,One-off,,1.2345,KWD,setup\n"
)

func TestFolderBecomesFacts(t *testing.T) {
	im := importer(t, "")
	dir, _ := folder(t, "accounts.csv", accountsCSV, "people.csv", peopleCSV, "usage-2026-03.csv", usageCSV, "revenue.csv", revenueCSV,
		"notes.txt", "remember the milk\nand, the eggs\n", ".hidden.csv", "x")
	report := mustImport(t, im, file.Options{}, dir)
	if report.Batch != 1 || report.Rows.Added != 9 || report.Rows.Rejected != 0 {
		t.Errorf("the report says %+v", report)
	}
	if len(report.Ignored) != 1 || filepath.Base(report.Ignored[0].File) != "notes.txt" {
		t.Errorf("ignored files: %+v", report.Ignored)
	}
	expect(t, im, "SELECT concat_ws('|', account_id, name, country, seats, signup_at, attributes['customer_tier']) FROM account ORDER BY 1",
		"a1|Acme, Inc.|DE|120|2026-01-05 00:00:00|gold", "a2|Bolt|US|2026-02-01 07:30:00")
	expect(t, im, "SELECT email FROM person ORDER BY 1", "ann@example.com", "bob@example.com")
	expect(t, im, "SELECT i.person_id FROM usage JOIN identity i ON i.value = usage.person_id ORDER BY event_id", "p1", "p2")
	expect(t, im, "SELECT concat_ws('|', revenue_id, kind, mrr, amount, currency) FROM revenue ORDER BY 1", "r1|new|123450|USD", "r2|new|5000|JPY", "r3|one_off|1235|KWD")
	codes := map[string]bool{}
	for _, w := range report.Warnings {
		codes[w.Code] = true
	}
	if !codes["several_currencies"] || len(codes) != 1 {
		t.Errorf("warnings: %+v", report.Warnings)
	}
}

func TestSameAgainChangesNothing(t *testing.T) {
	im := importer(t, "")
	dir, _ := folder(t, "accounts.csv", accountsCSV, "usage.csv", usageCSV)
	mustImport(t, im, file.Options{}, dir)
	again := mustImport(t, im, file.Options{}, dir)
	if again.Batch != 0 || again.Rows.Unchanged != 4 || again.Files[0].SameAs != 1 {
		t.Errorf("the same files again: %+v", again)
	}
	_, other := folder(t, "usage-copy.csv", strings.ReplaceAll(usageCSV, "T10:00:00Z", " 10:00:00")+"e3,2026-03-03,p1,a1,export,1\n")
	third := mustImport(t, im, file.Options{}, other...)
	if third.Rows.Unchanged != 2 || third.Rows.Added != 1 || third.Batch != 2 {
		t.Errorf("the same rows in another file: %+v", third)
	}
	if _, err := im.Rollback(t.Context(), 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("batch 2 relies on batch 1, yet rolling it back gives %v", err)
	}
	expect(t, im, "SELECT count(*) FROM usage", "3")
	expect(t, im, "SELECT count(*) FROM batch", "2")
}

func TestVersionsAreReplacedAndRestored(t *testing.T) {
	im := importer(t, "")
	for i, plan := range []string{"free", "pro", "max"} {
		_, paths := folder(t, "accounts.csv", "account_id,plan\na1,"+plan+"\na2,free\n")
		report := mustImport(t, im, file.Options{}, paths...)
		if i > 0 && (report.Rows.Replaced != 1 || report.Rows.Unchanged != 1) {
			t.Fatalf("import %d: %+v", i, report.Rows)
		}
	}
	expect(t, im, "SELECT plan FROM account ORDER BY account_id", "max", "free")
	if _, err := im.Rollback(t.Context(), 1); fault.KindOf(err) != fault.Conflict {
		t.Errorf("rolling back rows on which others rely gives %v", err)
	}
	// The middle one: a1's history closes over the gap.
	got, err := im.Rollback(t.Context(), 2)
	if err != nil || got.Removed != 1 || got.Restored != 0 {
		t.Fatalf("%+v, %v", got, err)
	}
	expect(t, im, "SELECT plan FROM account ORDER BY account_id", "max", "free")
	if _, err := im.Rollback(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	expect(t, im, "SELECT plan FROM account ORDER BY account_id", "free", "free")
	if _, err := im.Rollback(t.Context(), 3); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second rollback gives %v", err)
	}
	if _, err := im.Rollback(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	expect(t, im, "SELECT count(*) FROM account_version", "0")
	if _, err := im.Rollback(t.Context(), 9); fault.KindOf(err) != fault.NotFound {
		t.Errorf("rolling back what never was gives %v", err)
	}
	list, err := im.List(t.Context())
	if err != nil || len(list) != 3 || list[0].RolledBackAt == nil || list[0].Files[0].Rows.Replaced != 1 {
		t.Errorf("the list is %+v, %v", list, err)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "usage.csv", usageCSV+"e3,never,p1,a1,export,1\n")
	report := mustImport(t, im, file.Options{DryRun: true}, paths...)
	if report.Rows.Added != 2 || report.Rows.Rejected != 1 || !report.DryRun {
		t.Errorf("%+v", report)
	}
	expect(t, im, "SELECT count(*) FROM usage", "0")
	expect(t, im, "SELECT count(*) FROM batch", "0")
}

func TestRepeatsWithinAnImport(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t,
		"usage-1.csv", usageCSV+"e1,2026-03-01T10:00:00Z,p1,a1,export,2\ne2,2026-03-02T10:00:00Z,p9,,search,1\n",
		"usage-2.csv", usageCSV,
		"accounts.csv", "account_id,plan\na1,free\na1,pro\na1,free\n")
	dir := t.TempDir()
	report := mustImport(t, im, file.Options{RejectsDir: dir}, paths...)
	if want := (file.Counts{Read: 9, Added: 3, Duplicate: 5, Rejected: 1}); report.Rows != want {
		t.Errorf("got %+v, want %+v", report.Rows, want)
	}
	expect(t, im, "SELECT concat_ws('|', event_id, person_id) FROM usage ORDER BY 1", "e1|p1", "e2|bob@example.com")
	expect(t, im, "SELECT plan FROM account", "free")
	text, err := os.ReadFile(report.RejectsPath)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "usage-1.csv,usage,4,5,event_id,e2,conflicting_duplicate,") {
		t.Errorf("the rejects are\n%s", text)
	}
}
