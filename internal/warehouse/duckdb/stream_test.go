package duckdb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

var midday = time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC)

func take(t testing.TB, db *duckdb.DB, d warehouse.Delta) warehouse.Taken {
	t.Helper()
	if d.Source == "" {
		d.Source = "events"
	}
	taken, err := db.Take(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return taken
}

func use(id string, at time.Time, feature string) warehouse.Row {
	return warehouse.Row{Fact: "usage", Values: map[string]any{"event_id": id, "time": at, "feature": feature}}
}

func person(row int64, values ...any) warehouse.Row {
	r := warehouse.Row{Fact: "person", Row: row, Values: map[string]any{}}
	for i := 0; i < len(values); i += 2 {
		r.Values[values[i].(string)] = values[i+1]
	}
	return r
}

func expect(t testing.TB, db *duckdb.DB, query string, want ...string) {
	t.Helper()
	if err := db.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, column(t, db.SQL(), query)); diff != "" {
		t.Errorf("%s: %s", query, diff)
	}
}

func TestARepeatedEventChangesNothing(t *testing.T) {
	db := open(t, "")
	first := take(t, db, warehouse.Delta{Cursor: 7, Rows: []warehouse.Row{use("e1", midday, "export"), use("e2", midday, "search"), use("e1", midday, "export")}})
	if want := (warehouse.Taken{Added: 2, Duplicate: 1}); !cmp.Equal(first, want) {
		t.Errorf("the first delta gives %+v, want %+v", first, want)
	}
	other := use("e2", midday.Add(time.Hour), "import")
	again := take(t, db, warehouse.Delta{Cursor: 9, Rows: []warehouse.Row{use("e1", midday, "export"), other, use("e3", midday, "search")}})
	if want := (warehouse.Taken{Added: 1, Duplicate: 1, Conflict: []warehouse.Row{other}}); !cmp.Equal(again, want) {
		t.Errorf("the second delta gives %+v, want %+v", again, want)
	}
	expect(t, db, "SELECT event_id || ' ' || feature FROM usage ORDER BY 1", "e1 export", "e2 search", "e3 search")
	if cursor, err := db.Cursor(t.Context(), "events"); err != nil || cursor != 9 {
		t.Errorf("the cursor is %d, %v; want 9", cursor, err)
	}
}

func TestAnEventIsKnownWithinTheHorizonOfItsOwnTime(t *testing.T) {
	for _, tt := range []struct {
		name    string
		horizon time.Duration
		moved   time.Duration
		want    int // rows stored
	}{
		{"close by", 0, 6 * 24 * time.Hour, 1},
		{"far away", 0, 400 * 24 * time.Hour, 2},
		{"far away, looked for everywhere", -1, 400 * 24 * time.Hour, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db, err := duckdb.Open(t.Context(), "", duckdb.Options{Horizon: tt.horizon})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			take(t, db, warehouse.Delta{Rows: []warehouse.Row{use("e1", midday, "export")}})
			take(t, db, warehouse.Delta{Rows: []warehouse.Row{use("e1", midday.Add(-tt.moved), "export")}})
			expect(t, db, "SELECT count(*)::VARCHAR FROM usage", fmt.Sprint(tt.want))
		})
	}
}

// TestRecentEventsAreFoundWhoeverStoredThem looks for keys that were stored before
// the process began, by a file meanwhile, and by more events than the memory of
// recent keys was made for.
func TestRecentEventsAreFoundWhoeverStoredThem(t *testing.T) {
	dir := t.TempDir()
	db, err := duckdb.Open(t.Context(), dir, duckdb.Options{Now: func() time.Time { return midday }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { db.Close() }()
	again := func(what string, rows ...warehouse.Row) {
		t.Helper()
		if taken := take(t, db, warehouse.Delta{Rows: rows}); taken.Duplicate != len(rows) {
			t.Errorf("%s: got %+v, want duplicates only", what, taken)
		}
	}
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{use("e1", midday, "a")}})
	again("by the same process", use("e1", midday, "a"))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = duckdb.Open(t.Context(), dir, duckdb.Options{Now: func() time.Time { return midday }}); err != nil {
		t.Fatal(err)
	}
	again("by an earlier one", use("e1", midday, "a"))
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, feature) VALUES (5, 1, 'e2', '2026-06-15 12:00', 'a')`)
	again("by a file", use("e2", midday, "a"))
	many := make([]warehouse.Row, 300_000)
	for i := range many {
		many[i] = use(fmt.Sprint("m", i), midday, "a")
	}
	if taken := take(t, db, warehouse.Delta{Rows: many}); taken.Added != len(many) {
		t.Errorf("got %+v, want all added", taken)
	}
	again("by a great many", append(many[:2000:2000], use("e1", midday, "a"))...)
}

func TestKnownEventsAreFoundInEveryStretchOfTime(t *testing.T) {
	db := open(t, "")
	var rows []warehouse.Row
	for i := range 30 { // more stretches than a search names
		rows = append(rows, use(fmt.Sprint("e", i), midday.AddDate(0, -2*i, 0), "export"))
	}
	take(t, db, warehouse.Delta{Rows: rows})
	if again := take(t, db, warehouse.Delta{Rows: rows}); again.Duplicate != len(rows) || again.Added != 0 {
		t.Errorf("the same again gives %+v", again)
	}
}

func TestRowsThatDoNotFitAreRefusedWhole(t *testing.T) {
	good := use("e1", midday, "export")
	for name, bad := range map[string]warehouse.Row{
		"unknown fact":   {Fact: "nothing"},
		"unknown field":  {Fact: "usage", Values: map[string]any{"event_id": "e2", "time": midday, "feature": "x", "colour": "red"}},
		"wrong type":     {Fact: "usage", Values: map[string]any{"event_id": "e2", "time": "noon", "feature": "x"}},
		"missing":        {Fact: "usage", Values: map[string]any{"event_id": "e2", "time": midday}},
		"out of range":   {Fact: "usage", Values: map[string]any{"event_id": "e2", "time": midday, "feature": "x", "quantity": -1.0}},
		"no such verb":   {Fact: "learning", Values: map[string]any{"event_id": "e2", "time": midday, "person_id": "p", "activity_id": "a", "verb": "danced"}},
		"empty required": {Fact: "usage", Values: map[string]any{"event_id": "", "time": midday, "feature": "x"}},
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t, "")
			_, err := db.Take(t.Context(), warehouse.Delta{Source: "events", Cursor: 3, Rows: []warehouse.Row{good, bad}})
			if fault.KindOf(err) != fault.Invalid {
				t.Errorf("got %v, want an invalid-input error", err)
			}
			expect(t, db, "SELECT event_id FROM usage")
			if cursor, _ := db.Cursor(t.Context(), "events"); cursor != 0 {
				t.Errorf("the cursor moved to %d", cursor)
			}
		})
	}
}

func TestRemovedKeysGoWithTheirParts(t *testing.T) {
	db := open(t, "")
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{use("e1", midday, "a"), use("e1#2", midday, "a"), use("e10", midday, "a"), use("x", midday.AddDate(0, 0, 3), "a")}})
	take(t, db, warehouse.Delta{Source: "other", Rows: []warehouse.Row{use("e1#3", midday, "a")}})
	taken := take(t, db, warehouse.Delta{Removed: []warehouse.Key{{Fact: "usage", ID: "e1"}, {Fact: "usage", ID: "x"}, {Fact: "usage", ID: "never"}},
		Rows: []warehouse.Row{use("e1", midday, "b")}})
	if taken.Removed != 3 || taken.Added != 1 {
		t.Errorf("got %+v, want 3 removed and 1 added", taken)
	}
	expect(t, db, "SELECT event_id || feature FROM usage ORDER BY 1", "e1#3a", "e10a", "e1b")
	expect(t, db, "SELECT data_end::DATE::VARCHAR FROM coverage", "2026-06-16") // x's day is covered no more
}

func TestDescriptionsAddUp(t *testing.T) {
	db := open(t, "")
	account := func(row int64, values map[string]any, attributes map[string]string) warehouse.Row {
		values["account_id"] = "a1"
		return warehouse.Row{Fact: "account", Row: row, Values: values, Attributes: attributes}
	}
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{account(1, map[string]any{"name": "Acme", "seats": int64(5)}, map[string]string{"tier": "gold", "owner": "kim"})}})
	taken := take(t, db, warehouse.Delta{Rows: []warehouse.Row{
		account(2, map[string]any{"plan": "pro"}, map[string]string{"tier": "silver"}),
		account(3, map[string]any{"plan": "pro"}, nil),
		account(4, map[string]any{"seats": nil}, map[string]string{"owner": ""}),
	}})
	if taken.Restated != 2 || taken.Duplicate != 1 {
		t.Errorf("got %+v, want 2 restated and 1 that says nothing new", taken)
	}
	expect(t, db, `SELECT concat_ws(' ', name, plan, seats, attributes::VARCHAR, "row") FROM account`, "Acme pro {tier=silver} 4")
}

// TestAMovedPersonKeepsItsHistory says the same in every order.
func TestAMovedPersonKeepsItsHistory(t *testing.T) {
	day := func(n int) time.Time { return midday.AddDate(0, 0, n) }
	said := []warehouse.Row{
		person(1, "person_id", "p1", "email", "ann@x.com"),
		person(2, "person_id", "p1", "account_id", "a1", "created_at", day(1)),
		person(3, "person_id", "p1", "account_id", "a1", "created_at", day(2)),
		person(4, "person_id", "p1", "account_id", "a2", "created_at", day(5)),
		person(5, "person_id", "p1", "account_id", "a2", "created_at", day(7)),
	}
	permute(len(said), func(order []int) {
		db := open(t, "")
		for _, i := range order {
			take(t, db, warehouse.Delta{Rows: said[i : i+1]})
		}
		expect(t, db, "SELECT account_id || ' ' || valid_from::DATE || ' ' || valid_to::DATE FROM membership ORDER BY valid_from",
			"a1 0001-01-01 2026-06-20", "a2 2026-06-20 9999-12-31")
		expect(t, db, "SELECT value FROM identity WHERE namespace = 'email' AND person_id = 'p1'", "ann@x.com")
	})
}

// permute calls each with some orders of n things: all rotations, both ways.
func permute(n int, each func([]int)) {
	for shift := range n {
		forward, backward := make([]int, n), make([]int, n)
		for i := range n {
			forward[i], backward[n-1-i] = (i+shift)%n, (i+shift)%n
		}
		each(forward)
		each(backward)
	}
}

func TestFilesOutrankStreams(t *testing.T) {
	db := open(t, "")
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{
		{Fact: "account", Row: 1, Values: map[string]any{"account_id": "a1", "name": "from the stream"}},
		{Fact: "account", Row: 2, Values: map[string]any{"account_id": "a2", "name": "from the stream"}},
		person(3, "person_id", "p1", "role", "from the stream"),
		person(4, "person_id", "p1", "account_id", "a1", "created_at", midday),
		person(5, "person_id", "p1", "account_id", "a2", "created_at", midday.AddDate(0, 1, 0)),
	}})
	run(t, db, `INSERT INTO batch VALUES (77, '2026-06-01', 'file', NULL)`,
		`INSERT INTO account_version (batch, "row", account_id, name) VALUES (77, 1, 'a1', 'from the file')`,
		`INSERT INTO person_version (batch, "row", person_id, account_id, created_at, role) VALUES (77, 2, 'p1', 'a1', '2026-01-01', 'from the file')`)
	names := "SELECT account_id || ' ' || name FROM account ORDER BY 1"
	expect(t, db, names, "a1 from the file", "a2 from the stream")
	people := "SELECT account_id || ' ' || created_at::DATE || ' ' || batch FROM person ORDER BY created_at"
	expect(t, db, people, "a1 2026-01-01 77", "a2 2026-07-15 1") // the move counts, what the file has does not come again

	take(t, db, warehouse.Delta{Rows: []warehouse.Row{{Fact: "account", Row: 9, Values: map[string]any{"account_id": "a1", "name": "from the stream, later"}}}})
	expect(t, db, names, "a1 from the file", "a2 from the stream")

	run(t, db, "DELETE FROM account_version WHERE batch = 77", "DELETE FROM person_version WHERE batch = 77")
	expect(t, db, names, "a1 from the stream, later", "a2 from the stream")
	expect(t, db, people, "a1 2026-06-15 1", "a2 2026-07-15 1")
}

func TestForgetRemovesWhatASourceBrought(t *testing.T) {
	db := open(t, "")
	take(t, db, warehouse.Delta{Source: "other", Rows: []warehouse.Row{use("o1", midday, "a")}})
	take(t, db, warehouse.Delta{Cursor: 4, Rows: []warehouse.Row{use("e1", midday.AddDate(0, 0, 9), "a"), person(1, "person_id", "p1")},
		Links: []warehouse.Link{{ID: "l1", Value: "anon", Other: "p1"}, {ID: "l2", Value: "anon2", Other: "p1"}},
		Seen:  []warehouse.Seen{{Name: "Click", Count: 2, Last: midday, As: "usage"}}})
	if err := db.Unlink(t.Context(), "l2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Forget(t.Context(), "events"); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "SELECT event_id FROM usage", "o1")
	expect(t, db, "SELECT person_id FROM person_version")
	expect(t, db, "SELECT value FROM identity")
	expect(t, db, "SELECT data_end::DATE::VARCHAR FROM coverage", "2026-06-16")
	if seen, err := db.Seen(t.Context(), "events"); err != nil || len(seen) > 0 {
		t.Errorf("seen is %v, %v", seen, err)
	}
	take(t, db, warehouse.Delta{Links: []warehouse.Link{{ID: "l1", Value: "anon", Other: "p1"}, {ID: "l2", Value: "anon2", Other: "p1"}}})
	expect(t, db, "SELECT id FROM identity_link WHERE withdrawn_at IS NULL", "l1") // what was withdrawn stays so
}

func TestCountsAddUp(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	take(t, db, warehouse.Delta{Seen: []warehouse.Seen{{Name: "Click", Count: 2, Last: midday, As: "usage"}, {Name: "Odd", Count: 1, Last: midday}}})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	take(t, db, warehouse.Delta{Seen: []warehouse.Seen{{Name: "Odd", Count: 3, Last: midday.Add(-time.Hour), As: "learning"}}})
	got, err := db.Seen(t.Context(), "events")
	want := []warehouse.Seen{{Name: "Click", Count: 2, Last: midday, As: "usage"}, {Name: "Odd", Count: 4, Last: midday, As: "learning"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestCountedNamesAreBounded(t *testing.T) {
	db := open(t, "")
	var seen []warehouse.Seen
	for i := range 5100 {
		seen = append(seen, warehouse.Seen{Name: fmt.Sprint("name ", i), Count: 1})
	}
	take(t, db, warehouse.Delta{Seen: seen})
	expect(t, db, "SELECT count(*) || ' ' || sum(n) || ' ' || any_value(n) FILTER (name = '') FROM stream_seen", "5001 5100 100")
}

// TestARefreshThatDidNotHappenIsMadeUpFor leaves a workspace as a process does
// that ended between the two commits of an import.
func TestARefreshThatDidNotHappenIsMadeUpFor(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	for _, s := range []string{
		`INSERT INTO person_version (batch, "row", person_id, email) VALUES (1, 1, 'p1', 'ann@x.com')`,
		`INSERT INTO refresh_due VALUES ('identity')`,
	} {
		if _, err := db.SQL().Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = open(t, dir)
	if got := column(t, db.SQL(), "SELECT value FROM identity ORDER BY 1"); !cmp.Equal(got, []string{"ann@x.com", "p1"}) {
		t.Errorf("identity holds %v", got)
	}
	expect(t, db, "SELECT part FROM refresh_due")
}

// TestAnEventThatAFileHasAndThatArrivesMeanwhileCountsOnce has a transaction, as
// an import does, that began before the event arrived.
func TestAnEventThatAFileHasAndThatArrivesMeanwhileCountsOnce(t *testing.T) {
	db := open(t, "")
	tx, err := db.SQL().Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(`INSERT INTO usage (batch, "row", event_id, time, feature) VALUES (9, 1, 'e1', '2026-06-15 12:00', 'a'), (9, 2, 'e2', '2026-06-15 12:00', 'a')`); err != nil {
		t.Fatal(err)
	}
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{use("e1", midday, "a"), use("e3", midday, "a")}})
	if err := db.MarkDue(t.Context(), tx, 9); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "SELECT event_id FROM usage ORDER BY 1", "e1", "e2", "e3")
}

// Text is stored without the compressions that take longer than writing it.
func TestTextIsNotCompressedAtAllCost(t *testing.T) {
	db := open(t, t.TempDir())
	run(t, db, `INSERT INTO usage (batch, "row", event_id, time, person_id, account_id, feature, quantity)
		SELECT 1, i, 'event-' || md5(i::TEXT), TIMESTAMP '2026-01-01', 'person-' || i % 900, 'a', 'f', 1 FROM range(50000) r(i)`, "CHECKPOINT")
	got := column(t, db.SQL(), "SELECT DISTINCT compression FROM pragma_storage_info('usage') WHERE segment_type = 'VARCHAR' ORDER BY 1")
	if len(got) == 0 || slices.ContainsFunc(got, func(c string) bool { return strings.Contains(c, "FSST") || c == "ZSTD" }) {
		t.Errorf("text is compressed by %v", got)
	}
}
