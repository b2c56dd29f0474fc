package duckdb_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// derived are all tables that a refresh makes, as text.
var derived = []string{
	"SELECT value || '=' || namespace || '=' || person_id FROM identity ORDER BY 1",
	"SELECT value || ':' || namespace || ':' || person_ids::VARCHAR FROM identity_conflict ORDER BY 1",
	"SELECT concat_ws(' ', person_id, account_id, valid_from, valid_to) FROM membership ORDER BY 1",
	"SELECT concat_ws(' ', account_id, started_at, ended_at, reason) FROM subscription ORDER BY 1",
	"SELECT concat_ws(' ', account_id, started_at, ended_at, mrr, currency) FROM mrr_span ORDER BY 1",
	"SELECT concat_ws(' ', data_start, data_end) FROM coverage",
	"SELECT part FROM refresh_due UNION ALL SELECT key FROM refresh_key",
}

func follows(t testing.TB, db *duckdb.DB) (all [][]string) {
	t.Helper()
	for _, query := range derived {
		all = append(all, column(t, db.SQL(), query))
	}
	return all
}

// changes are the things that happen to a workspace, drawn from few names so
// that they meet.
type changes struct {
	t  *testing.T
	db *duckdb.DB
	r  *rapid.T
	n  int64
}

func (c *changes) one(name string, of ...string) string { return rapid.SampledFrom(of).Draw(c.r, name) }

func (c *changes) key() string { return c.one("person", "p1", "p2", "p3", "anon:4", "a@x.com") }

func (c *changes) value() string {
	return c.one("value", "p1", "p2", "anon:4", "anon:5", "a@x.com", "b@x.com", "home|a", "sha1:"+sha1Of("a@x.com"), "sha1:"+sha1Of("b@x.com"))
}

func (c *changes) day(name string) time.Time {
	return midday.AddDate(0, 0, rapid.IntRange(0, 5).Draw(c.r, name))
}

func (c *changes) row() warehouse.Row {
	c.n++
	row := warehouse.Row{Row: c.n, Fact: c.one("fact", "person", "person", "person", "account", "revenue"), Values: map[string]any{}}
	switch row.Fact {
	case "person":
		row.Values["person_id"] = c.key()
		if email := c.one("email", "", "a@x.com", "b@x.com"); email != "" {
			row.Values["email"] = email
		}
		if account := c.one("account", "", "a1", "a2"); account != "" {
			row.Values["account_id"], row.Values["created_at"] = account, c.day("joined")
		}
	case "account":
		row.Values["account_id"], row.Values["signup_at"] = c.one("account", "a1", "a2"), c.day("signed up")
	case "revenue":
		row.Values["revenue_id"], row.Values["account_id"] = c.one("revenue", "r1", "r2", "r3"), c.one("account", "a1", "a2")
		row.Values["time"], row.Values["kind"] = c.day("time"), c.one("kind", "new", "expansion", "churn")
		row.Values["mrr"], row.Values["currency"] = 100*c.n, "USD"
	}
	return row
}

// happen does one thing.
func (c *changes) happen() {
	d := warehouse.Delta{Source: c.one("source", "events", "other")}
	switch c.one("what", "row", "row", "link", "link", "remove", "unlink", "gone", "forget person") {
	case "row":
		d.Rows = []warehouse.Row{c.row()}
	case "link":
		d.Links = links([2]string{c.value(), c.value()})
	case "remove":
		d.Removed = []warehouse.Key{{Fact: "person", ID: c.key()}, {Fact: "revenue", ID: "r1"}}
	case "gone":
		d.Unlinked = []string{c.value() + "=" + c.value()}
	case "unlink":
		if err := c.db.Unlink(c.t.Context(), c.value()+"="+c.value()); err != nil && fault.KindOf(err) != fault.NotFound {
			c.r.Fatal(err)
		}
		return
	case "forget person":
		if _, err := c.db.ForgetPerson(c.t.Context(), []string{c.value()}, "e"); err != nil {
			c.r.Fatal(err)
		}
		return
	}
	take(c.t, c.db, d)
}

// checks bounds how many cases a property is tried on: a few, or
// LIFTMARK_TEST_CHECKS.
func checks(t *testing.T, few int) {
	t.Helper()
	n := os.Getenv("LIFTMARK_TEST_CHECKS")
	if n == "" {
		n = strconv.Itoa(few)
	}
	if err := flag.Set("rapid.checks", n); err != nil {
		t.Fatal(err)
	}
}

func TestWhatChangedIsRefreshedAsAllOfItWouldBe(t *testing.T) {
	checks(t, 6)
	db := open(t, "")
	rapid.Check(t, func(r *rapid.T) {
		for _, source := range []string{"events", "other"} {
			if err := db.Forget(t.Context(), source); err != nil {
				r.Fatal(err)
			}
		}
		run(t, db, "DELETE FROM person_version", "DELETE FROM identity_link",
			`INSERT INTO person_version (batch, "row", person_id, account_id, email, created_at) VALUES
				(77, 1, 'p1', 'a1', 'a@x.com', '2026-01-01'), (77, 2, 'far', 'a1', 'far@x.com', '2026-01-01')`)
		take(t, db, warehouse.Delta{Source: "events", Rows: []warehouse.Row{person(1, "person_id", "p3")}})
		c := &changes{t: t, db: db, r: r, n: 1}
		for range rapid.IntRange(1, 4).Draw(r, "refreshes") {
			for range rapid.IntRange(1, 4).Draw(r, "changes") {
				c.happen()
			}
			if err := db.Settle(t.Context()); err != nil {
				r.Fatal(err)
			}
			got := follows(t, db)
			run(t, db)
			if diff := cmp.Diff(follows(t, db)[:5], got[:5]); diff != "" {
				r.Fatalf("rebuilt whole it differs: %s", diff)
			}
			if len(got[6]) > 0 {
				r.Fatalf("still due: %v", got[6])
			}
		}
	})
}

func TestAnonymousIdsStandForNobodyWhoHasAName(t *testing.T) {
	for _, tt := range []struct {
		name   string
		people []warehouse.Row
		links  []warehouse.Link
		want   string
	}{
		{"a user who is known", []warehouse.Row{person(1, "person_id", "anon:1"), person(2, "person_id", "zoe")}, links([2]string{"anon:1", "zoe"}), "zoe"},
		{"a user of whom nothing else is known", []warehouse.Row{person(1, "person_id", "anon:1")}, links([2]string{"zoe", "anon:1"}), "zoe"},
		{"known people before others", []warehouse.Row{person(1, "person_id", "zoe")}, links([2]string{"zoe", "abe"}), "zoe"},
		{"a user who is an address", nil, links([2]string{"anon:1", "zoe@x.com"}), "zoe@x.com"},
		{"a user id before an address", nil, links([2]string{"ann@x.com", "zoe"}), "zoe"},
		{"an address before an account", nil, links([2]string{"http://lms|zoe", "zoe@x.com"}), "zoe@x.com"},
		{"browsers only", nil, links([2]string{"anon:2", "anon:1"}), "anon:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			db := open(t, "")
			take(t, db, warehouse.Delta{Rows: tt.people, Links: tt.links})
			expect(t, db, "SELECT DISTINCT person_id FROM identity", tt.want)
		})
	}
}

// TestStreamsGoOnWhileAllIsRefreshed has a delta come between the moment that a
// whole refresh looks at and its end.
func TestStreamsGoOnWhileAllIsRefreshed(t *testing.T) {
	db := open(t, t.TempDir())
	run(t, db, `INSERT INTO person_version (batch, "row", person_id, email) SELECT 1, i, 'p' || i, 'p' || i || '@x.com' FROM range(20000) r(i)`)
	if _, err := db.SQL().Exec("INSERT INTO refresh_due VALUES ('identity')"); err != nil {
		t.Fatal(err)
	}
	settled := make(chan error, 1)
	go func() { settled <- db.Settle(t.Context()) }()
	var last string
	for i := 0; ; i++ {
		last = fmt.Sprint("new", i)
		take(t, db, warehouse.Delta{Rows: []warehouse.Row{person(1, "person_id", last)}})
		select {
		case err := <-settled:
			if err != nil {
				t.Fatal(err)
			}
			expect(t, db, "SELECT count(*)::VARCHAR FROM identity WHERE namespace = 'id'", fmt.Sprint(20_001+i))
			if got := column(t, db.SQL(), "SELECT value FROM identity"); !slices.Contains(got, last) {
				t.Errorf("%s is not known", last)
			}
			return
		default:
		}
	}
}

func TestAttributesAreStoredAsTheyCame(t *testing.T) {
	db := open(t, "")
	odd := map[string]string{"quote\"\\": "it's \"so\"", "line\n": "a\tb\r\n\x01", "nul": "a\x00b", "ü€": "😀 \u2028", "empty": "", "json": `{"a":[1,null]}`, "null": "null"}
	row := use("e1", midday, "a")
	row.Attributes = odd
	take(t, db, warehouse.Delta{Rows: []warehouse.Row{row, use("e2", midday, "a")}})
	if again := take(t, db, warehouse.Delta{Rows: []warehouse.Row{row, use("e2", midday, "a")}}); again.Duplicate != 2 {
		t.Errorf("the same again gives %+v", again)
	}
	for k, v := range odd {
		var got string
		if err := db.SQL().QueryRow("SELECT attributes[?] FROM usage WHERE event_id = 'e1'", k).Scan(&got); err != nil || got != v {
			t.Errorf("attribute %q is %q, %v; want %q", k, got, err, v)
		}
	}
	expect(t, db, "SELECT event_id FROM usage WHERE attributes IS NULL", "e2")
}

func TestWithdrawnLinksOfAForgottenPersonGo(t *testing.T) {
	db := open(t, t.TempDir())
	annAndBob(t, db)
	take(t, db, warehouse.Delta{Links: links(
		[2]string{"p-bob", "anon:8"}, [2]string{"anon:9", "p-ann"}, [2]string{"http://lms|Ann.Lovelace@x.com", "desk-4"})})
	for _, id := range []string{"p-bob=anon:8", "anon:9=p-ann", "http://lms|Ann.Lovelace@x.com=desk-4"} {
		if err := db.Unlink(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.ForgetPerson(t.Context(), keysOf(t, db, "p-ann"), pseudonym); err != nil {
		t.Fatal(err)
	}
	absent(t, db, "lovelace", "p-ann", "anon:9")
	expect(t, db, "SELECT id FROM identity_link", "p-bob=anon:8")
}

// A workspace whose identities were made by hashes that the engine no longer
// gives, or before hashes were kept, is opened, and they are made anew.
func TestIdentitiesOfOtherHashesAreMadeAnew(t *testing.T) {
	for name, change := range map[string]string{"none": "DELETE FROM identity_hash", "others": "UPDATE identity_hash SET sample = sample + 1"} {
		dir := t.TempDir()
		db := open(t, dir)
		take(t, db, warehouse.Delta{Rows: []warehouse.Row{person(1, "person_id", "p1", "email", "ann@example.com")}})
		for _, s := range []string{change, "UPDATE identity SET person_id = 'stale'"} {
			if _, err := db.SQL().Exec(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		db = open(t, dir)
		if err := db.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := column(t, db.SQL(), "SELECT DISTINCT person_id FROM identity"); !cmp.Equal(got, []string{"p1"}) {
			t.Errorf("%s: identities stand for %v", name, got)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
