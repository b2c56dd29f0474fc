package duckdb_test

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

const pseudonym = "7a9b4b1e-57a4-4f3c-9d2f-0c7f7f3f9a01"

// annAndBob fills a workspace with two people of one account: Ann by file
// (with an earlier address), by anonymous id and by e-mail, and Bob.
func annAndBob(t *testing.T, db *duckdb.DB) {
	t.Helper()
	run(t, db,
		`INSERT INTO account_version (batch, "row", account_id, name, attributes) VALUES (1, 1, 'acme', 'Acme', MAP {'contact': 'Ann.Lovelace@x.com', 'plan': 'gold'}), (1, 2, 'ann.lovelace@x.com', 'solo', NULL)`,
		`INSERT INTO person_version (batch, "row", superseded_by, person_id, account_id, email, role, country, timezone, audience, attributes) VALUES
			(1, 1, 2, 'p-ann', 'acme', 'ann.young@x.com', 'lead', 'DE', 'Europe/Berlin', 'customer', MAP {'first': 'Ann'}),
			(2, 1, NULL, 'p-ann', 'acme', 'ann.lovelace@x.com', 'lead', 'DE', 'Europe/Berlin', 'customer', NULL),
			(2, 2, NULL, 'p-bob', 'acme', 'bob@x.com', 'lead', 'DE', 'Europe/Berlin', 'customer', MAP {'buddy': 'ann.lovelace@x.com', 'team': 'b'})`,
		`INSERT INTO usage (batch, "row", event_id, time, person_id, account_id, feature, attributes) VALUES
			(1, 1, 'u1', '2026-01-05', 'p-ann', 'acme', 'export', MAP {'name': 'Ann Lovelace'}),
			(1, 2, 'u2-ann.lovelace@x.com', '2026-01-06', 'ann.lovelace@x.com', 'acme', 'export', NULL),
			(1, 3, 'u3', '2026-01-06', 'p-bob', 'acme', 'export', MAP {'k': 'v'})`,
		`INSERT INTO response (batch, "row", response_id, time, person_id, account_id, kind, score, text) VALUES (1, 1, 'r1', '2026-01-07', 'p-ann', 'acme', 'nps', 9, 'I am Ann Lovelace')`,
		`INSERT INTO ticket_version (batch, "row", ticket_id, account_id, person_id, opened_at, topic) VALUES (1, 1, 't1', 'acme', 'p-ann', '2026-01-08', 'login')`,
		`INSERT INTO learning (batch, "row", event_id, time, person_id, activity_id, verb, country) VALUES (1, 1, 'l1', '2026-01-09', 'ann.young@x.com', 'a1', 'completed', 'DE')`,
		`INSERT INTO outcome_version (batch, "row", time, person_id, account_id, name, value) VALUES (1, 1, '2026-01-10', 'p-ann', 'acme', 'score', 3)`)
	take(t, db, warehouse.Delta{
		Rows:  []warehouse.Row{{Fact: "usage", Values: map[string]any{"event_id": "u4", "time": midday, "person_id": "anon:77", "feature": "search"}}},
		Links: []warehouse.Link{{ID: "k1", Value: "anon:77", Other: "p-ann", At: midday, Why: "identify"}},
	})
}

// sha1Of is the digest by which statements may know an address.
func sha1Of(address string) string {
	sum := sha1.Sum([]byte("mailto:" + address))
	return hex.EncodeToString(sum[:])
}

func keysOf(t *testing.T, db *duckdb.DB, keys ...string) []string {
	t.Helper()
	found, err := db.PersonKeys(t.Context(), keys)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPersonIsFoundByAnyKey(t *testing.T) {
	db := open(t, "")
	annAndBob(t, db)
	want := []string{"ann.lovelace@x.com", "ann.young@x.com", "anon:77", "p-ann",
		"sha1:" + sha1Of("ann.lovelace@x.com"), "sha1:" + sha1Of("ann.young@x.com")}
	for _, key := range []string{"ann.lovelace@x.com", "anon:77", "p-ann"} {
		got := keysOf(t, db, key)
		for _, w := range want[:4] {
			if !strings.Contains(strings.Join(got, "\n"), w) {
				t.Errorf("by %s %s is not found: %v", key, w, got)
			}
		}
		for _, k := range got {
			if strings.Contains(k, "bob") || !strings.Contains(strings.Join(want, "\n"), k) {
				t.Errorf("by %s somebody else is found: %s", key, k)
			}
		}
	}
	if got := keysOf(t, db, "nobody@x.com"); !cmp.Equal(got, []string{"nobody@x.com"}) {
		t.Errorf("an unknown key gives %v", got)
	}
}

func TestForgottenPersonIsNowhereAndCountsStay(t *testing.T) {
	db := open(t, "")
	annAndBob(t, db)
	counts := `SELECT 'usage ' || count(*) || ' by ' || count(DISTINCT coalesce(i.person_id, u.person_id)) FROM usage u LEFT JOIN identity i ON i.value = u.person_id
		UNION ALL SELECT 'members ' || count(*) || ' ' || count(DISTINCT person_id) FROM membership
		UNION ALL SELECT 'tickets ' || count(*) FROM ticket UNION ALL SELECT 'nps ' || avg(score) FROM response
		UNION ALL SELECT 'learning ' || count(*) FROM learning UNION ALL SELECT 'outcome ' || sum(value) FROM outcome ORDER BY 1`
	if err := db.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := column(t, db.SQL(), counts)
	keys := keysOf(t, db, "p-ann")
	touched, err := db.ForgetPerson(t.Context(), keys, pseudonym)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"person": 2, "usage": 3, "response": 1, "ticket": 1, "learning": 1, "outcome": 1}
	if diff := cmp.Diff(want, touched); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(before, column(t, db.SQL(), counts)); diff != "" {
		t.Errorf("counts of the past changed: %s", diff)
	}
	absent(t, db, "ann", "lovelace", "p-ann", "anon:77", sha1Of("ann.lovelace@x.com"), sha1Of("ann.young@x.com"))
	expect(t, db, "SELECT person_id || ' ' || email || ' ' || attributes::VARCHAR FROM person WHERE person_id = 'p-bob'", "p-bob bob@x.com {team=b}")
	expect(t, db, "SELECT attributes::VARCHAR FROM usage WHERE event_id = 'u3'", "{k=v}")
	expect(t, db, "SELECT attributes::VARCHAR FROM account WHERE account_id = 'acme'", "{plan=gold}")

	again, err := db.ForgetPerson(t.Context(), keys, pseudonym)
	if err != nil || len(again) != 0 {
		t.Errorf("forgetting again touches %v, %v", again, err)
	}
}

// absent fails when a text is in any column of any table.
func absent(t *testing.T, db *duckdb.DB, texts ...string) {
	t.Helper()
	tables := column(t, db.SQL(), "SELECT DISTINCT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'")
	if len(tables) < len(record.Facts) {
		t.Fatalf("only %d tables are looked at", len(tables))
	}
	for _, table := range tables {
		for _, row := range column(t, db.SQL(), "SELECT lower(CAST(x AS VARCHAR)) FROM "+warehouse.Quote(table)+" x") {
			for _, text := range texts {
				if strings.Contains(row, text) {
					t.Errorf("%s still holds %q: %s", table, text, row)
				}
			}
		}
	}
}

func TestExportHoldsEveryRowOfThePersonAndNobodyElses(t *testing.T) {
	db := open(t, "")
	annAndBob(t, db)
	got := map[string]int{}
	err := db.ExportPerson(t.Context(), keysOf(t, db, "p-ann"), func(fact string, row map[string]any) error {
		got[fact]++
		if text := fmt.Sprint(row); strings.Contains(text, "bob") {
			t.Errorf("%s has a row of somebody else: %s", fact, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"person": 2, "usage": 3, "response": 1, "ticket": 1, "learning": 1, "outcome": 1, "link": 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeptFactsOutliveTheirSource(t *testing.T) {
	db := open(t, "")
	rows := func(ids ...string) (list []warehouse.Row) {
		for _, id := range ids {
			list = append(list, warehouse.Row{Fact: "learning", Values: map[string]any{"event_id": id, "time": midday, "person_id": "p", "activity_id": "a", "verb": "completed"}})
		}
		return list
	}
	take(t, db, warehouse.Delta{Source: "statements", Cursor: 4, Rows: rows("s1", "s1#2", "s2", "s3")})
	n, err := db.KeepFacts(t.Context(), []string{"s1"})
	if err != nil || n != 2 {
		t.Fatalf("%d facts are kept, %v; want 2", n, err)
	}
	take(t, db, warehouse.Delta{Source: "statements", Cursor: 5, Removed: []warehouse.Key{{Fact: "learning", ID: "s1"}, {Fact: "learning", ID: "s2"}}})
	expect(t, db, "SELECT event_id FROM learning ORDER BY 1", "s1", "s1#2", "s3")
	if err := db.Forget(t.Context(), "statements"); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "SELECT event_id FROM learning ORDER BY 1", "s1", "s1#2")
}

func TestFileThatIsOpenedAgainHoldsNothingOfAForgottenPerson(t *testing.T) {
	dir := t.TempDir()
	db := open(t, dir)
	annAndBob(t, db)
	if err := db.Close(); err != nil { // all of it is in the file now
		t.Fatal(err)
	}
	if raw := rawBytes(t, dir); !bytes.Contains(raw, []byte("lovelace")) {
		t.Fatal("the search finds nothing before either")
	}
	db = open(t, dir)
	if _, err := db.ForgetPerson(t.Context(), keysOf(t, db, "p-ann"), pseudonym); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Close(); err != nil { // which writes it anew
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
	raw := bytes.ToLower(rawBytes(t, dir))
	for _, text := range []string{"lovelace", "ann.young", "p-ann", "anon:77"} {
		if bytes.Contains(raw, []byte(text)) {
			t.Errorf("the files still hold %q", text)
		}
	}
	if !bytes.Contains(raw, []byte("bob@x.com")) {
		t.Error("the search would not find a text that is there")
	}
	expect(t, open(t, dir), "SELECT person_id FROM person WHERE email = 'bob@x.com'", "p-bob")
}

// rawBytes gives the bytes of all files in a directory.
func rawBytes(t *testing.T, dir string) []byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, data...)
	}
	return all
}
