package duckdb_test

import (
	"context"
	"database/sql"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

func open(t testing.TB, dir string) *duckdb.DB {
	t.Helper()
	db, err := duckdb.Open(t.Context(), dir, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// column reads a query's rows as text, one string a row.
func column(t testing.TB, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return got
}

func run(t testing.TB, db *duckdb.DB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.SQL().Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	if err := db.Refresh(context.Background(), db.SQL(), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
}

func TestReopenKeepsTheFacts(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, feature) VALUES (1, 1, 'e1', '2026-01-05', 'export')`)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if got := column(t, open(t, dir).SQL(), "SELECT event_id FROM usage"); !cmp.Equal(got, []string{"e1"}) {
		t.Errorf("usage after reopening is %v", got)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	if dir := os.Getenv("LIFTMARK_TEST_SECOND"); dir != "" {
		_, err := duckdb.Open(t.Context(), dir, duckdb.Options{})
		if fault.KindOf(err) != fault.Conflict {
			t.Fatalf("the second process got %v, want a conflict", err)
		}
		return
	}
	dir := t.TempDir()
	open(t, dir)
	second := exec.Command(os.Args[0], "-test.run", "^TestSecondProcessIsRefused$")
	second.Env = append(os.Environ(), "LIFTMARK_TEST_SECOND="+dir)
	if out, err := second.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestForeignFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, duckdb.FileName), []byte("not a database, but long enough to be read as one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.Open(t.Context(), dir, duckdb.Options{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("got %v, want an invalid-input error", err)
	}
}

func TestIdentity(t *testing.T) {
	db := open(t, "")
	run(t, db, `INSERT INTO person_version (batch, "row", superseded_by, person_id, account_id, email, created_at) VALUES
		(1, 1, 2,    'p1', 'a1', 'old@x.com',   '2026-01-01'),
		(2, 1, NULL, 'p1', 'a1', 'new@x.com',   '2026-01-01'),
		(2, 2, NULL, 'p1', 'a2', 'new@x.com',   '2026-03-01'),
		(2, 3, NULL, 'p2', 'a1', 'twice@x.com', NULL),
		(2, 4, NULL, 'p3', 'a1', 'twice@x.com', NULL)`)
	want := []string{"new@x.com=p1", "old@x.com=p1", "p1=p1", "p2=p2", "p3=p3"}
	if diff := cmp.Diff(want, column(t, db.SQL(), "SELECT value || '=' || person_id FROM identity ORDER BY 1")); diff != "" {
		t.Error(diff)
	}
	if got := column(t, db.SQL(), "SELECT value || ':' || person_ids::VARCHAR FROM identity_conflict"); !cmp.Equal(got, []string{"twice@x.com:[p2, p3]"}) {
		t.Errorf("conflicts are %v", got)
	}
	members := `SELECT account_id || ' ' || valid_from::DATE || ' ' || valid_to::DATE FROM membership WHERE person_id = 'p1' ORDER BY valid_from`
	if diff := cmp.Diff([]string{"a1 0001-01-01 2026-03-01", "a2 2026-03-01 9999-12-31"}, column(t, db.SQL(), members)); diff != "" {
		t.Error(diff)
	}
}

func TestSubscriptions(t *testing.T) {
	db := open(t, "")
	run(t, db,
		`INSERT INTO account_version (batch, "row", account_id, signup_at) VALUES (1, 1, 'a1', '2026-01-01'), (1, 2, 'quiet', '2026-02-01'), (1, 3, 'undated', NULL)`,
		`INSERT INTO revenue_version (batch, "row", revenue_id, time, account_id, kind, mrr, currency) VALUES
		(1, 1, 'r1', '2026-01-05', 'a1', 'new', 10000, 'USD'),
		(1, 2, 'r2', '2026-02-05', 'a1', 'expansion', 15000, 'USD'),
		(1, 3, 'r3', '2026-03-05', 'a1', 'churn', NULL, 'USD'),
		(1, 4, 'r4', '2026-05-05', 'a1', 'reactivation', 8000, 'USD'),
		(1, 5, 'r5', '2026-05-06', 'a1', 'training', NULL, 'USD')`)
	spells := `SELECT account_id || ' ' || started_at::DATE || ' ' || coalesce(ended_at::DATE::VARCHAR, 'open') FROM subscription ORDER BY 1`
	if diff := cmp.Diff([]string{"a1 2026-01-01 2026-03-05", "a1 2026-05-05 open", "quiet 2026-02-01 open"}, column(t, db.SQL(), spells)); diff != "" {
		t.Error(diff)
	}
	levels := `SELECT started_at::DATE || ' ' || coalesce(ended_at::DATE::VARCHAR, 'open') || ' ' || mrr FROM mrr_span ORDER BY started_at`
	if diff := cmp.Diff([]string{"2026-01-05 2026-02-05 10000", "2026-02-05 2026-03-05 15000", "2026-05-05 open 8000"}, column(t, db.SQL(), levels)); diff != "" {
		t.Error(diff)
	}
	if got := column(t, db.SQL(), "SELECT data_start::DATE || ' ' || data_end::DATE FROM coverage"); !cmp.Equal(got, []string{"2026-01-05 2026-05-07"}) {
		t.Errorf("coverage is %v", got)
	}
}

func TestBackup(t *testing.T) {
	db := open(t, t.TempDir())
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, feature) VALUES (1, 1, 'e1', '2026-01-05', 'export')`)
	dir := t.TempDir()
	path := filepath.Join(dir, duckdb.FileName)
	if err := db.Backup(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.Backup(t.Context(), path); fault.KindOf(err) != fault.Conflict {
		t.Errorf("a second backup to the same file gives %v, want a conflict", err)
	}
	if got := column(t, open(t, dir).SQL(), "SELECT event_id FROM usage"); !cmp.Equal(got, []string{"e1"}) {
		t.Errorf("the backup holds %v", got)
	}
}

func TestEveryConnectionIsInUTC(t *testing.T) {
	db := open(t, "")
	for range 3 { // connections held at the same time are different ones
		conn, err := db.SQL().Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		var zone string
		if err := conn.QueryRowContext(t.Context(), "SELECT current_setting('TimeZone')").Scan(&zone); err != nil || zone != "UTC" {
			t.Errorf("a connection is in %q, %v; want UTC", zone, err)
		}
	}
}
