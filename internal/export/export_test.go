package export_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/export"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
	"github.com/liftmark/liftmark/xapi"
)

type workspace struct {
	*export.Service
	dir   string
	store *sqlite.Store
	facts *duckdb.DB
	lrs   *lrs.Service
}

func newWorkspace(t *testing.T) *workspace {
	t.Helper()
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	w := &workspace{dir: t.TempDir()}
	var err error
	w.store, err = sqlite.Open(t.Context(), filepath.Join(w.dir, "state.db"), state.Options{Now: func() time.Time { now = now.Add(time.Second); return now }, Merge: xapi.MergeDefinition})
	if err != nil {
		t.Fatal(err)
	}
	w.facts, err = duckdb.Open(t.Context(), "", duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(w.store.Close(), w.facts.Close()); err != nil {
			t.Error(err)
		}
	})
	w.lrs = lrs.New(w.store, lrs.Options{HomePage: "https://here.example"})
	w.Service = export.New(w.store, w.facts, w.dir)
	return w
}

func (w *workspace) put(t *testing.T, v xapi.Version, text string) {
	t.Helper()
	parsed, err := xapi.ParseBatch(v, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.lrs.Store(t.Context(), lrs.Writer{Version: v, Credential: "c1", Country: "DE"}, parsed, nil); err != nil {
		t.Fatal(err)
	}
}

const (
	first  = "00000000-0000-4000-8000-000000000001"
	second = "00000000-0000-4000-8000-000000000002"
)

// rich is a statement with a value in every column; hostile where it can be.
const rich = `{"id":"` + first + `","actor":{"name":"=cmd|' /C calc'!A0","mbox":"mailto:ann@example.com"},
	"verb":{"id":"https://x.com/answered","display":{"de":"beantwortete","en-US":"answered"}},
	"object":{"id":"https://x.com/q1","definition":{"name":{"en":"+1, \"really\"?"},"type":"https://x.com/question"}},
	"result":{"score":{"scaled":-0.5,"raw":-5,"min":-10,"max":10},"success":false,"completion":true,"duration":"PT1M1.5S","response":"@SUM(A1)\nline two; ünï","extensions":{"https://x.com/e":{"a":1}}},
	"context":{"registration":"11111111-1111-4111-8111-111111111111","contextActivities":{"parent":[{"id":"https://x.com/p1"},{"id":"https://x.com/p2"}],"grouping":{"id":"https://x.com/g"},"category":[{"id":"https://x.com/c"}]},
		"instructor":{"account":{"homePage":"https://lms.x.com","name":"7"}},"team":{"objectType":"Group","member":[{"mbox":"mailto:bob@example.com"},{"openid":"https://carl.example.com/"}]},
		"platform":"-web","revision":"\tr1","language":"en","extensions":{"https://x.com/n":null}},
	"timestamp":"2026-11-20T10:00:00.123456+02:00","version":"1.0.3"}`

const plain = `{"id":"` + second + `","actor":{"mbox":"mailto:bob@example.com"},"verb":{"id":"https://x.com/saw"},"object":{"objectType":"StatementRef","id":"` + first + `"}}`

// wanted is the rich statement's row, derived by hand from the statement.
func wanted(stored string) map[string]string {
	return map[string]string{
		"id": first, "stored": stored, "timestamp": "2026-11-20T08:00:00.123456Z", "voided": "false",
		"actor": "mbox::mailto:ann@example.com", "actor_name": "'=cmd|' /C calc'!A0", "verb": "https://x.com/answered", "verb_display": "answered",
		"object_type": "Activity", "object": "https://x.com/q1", "object_name": `'+1, "really"?`, "activity_type": "https://x.com/question",
		"score_scaled": "-0.5", "score_raw": "-5", "score_min": "-10", "score_max": "10", "success": "false", "completion": "true",
		"duration": "PT1M1.5S", "duration_seconds": "61.5", "response": "'@SUM(A1)\nline two; ünï",
		"registration": "11111111-1111-4111-8111-111111111111", "parent": "https://x.com/p1 https://x.com/p2", "grouping": "https://x.com/g", "category": "https://x.com/c",
		"instructor": "account::https://lms.x.com|7", "team": "mbox::mailto:bob@example.com openid::https://carl.example.com/",
		"platform": "'-web", "revision": "'\tr1", "language": "en",
		"authority": "account::https://here.example|c1", "version": "1.0.3", "country": "DE",
		"result_extensions": `{"https://x.com/e":{"a":1}}`, "context_extensions": `{"https://x.com/n":null}`,
	}
}

func (w *workspace) stored(t *testing.T, id string) time.Time {
	t.Helper()
	st, err := w.store.Statement(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return st.Stored
}

func (w *workspace) write(t *testing.T, q export.Statements, f export.Format) string {
	t.Helper()
	var out bytes.Buffer
	if _, err := w.Statements(t.Context(), &out, q, f); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestStatementsAsCSV(t *testing.T) {
	w := newWorkspace(t)
	w.put(t, xapi.V1, rich)
	w.put(t, xapi.V2, plain)
	rows, err := csv.NewReader(strings.NewReader(w.write(t, export.Statements{}, export.CSV))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	got := map[string]string{}
	for i, name := range rows[0] {
		got[name] = rows[1][i]
	}
	if diff := cmp.Diff(wanted(w.stored(t, first).Format(time.RFC3339Nano)), got); diff != "" {
		t.Error(diff)
	}
	for i, name := range rows[0] {
		got[name] = rows[2][i]
	}
	if got["object_type"] != "StatementRef" || got["object"] != first || got["score_raw"] != "" || got["success"] != "" || got["version"] != "2.0.0" {
		t.Errorf("the plain statement is %v", got)
	}
}

func TestStatementsAsJSONLinesAreVerbatim(t *testing.T) {
	w := newWorkspace(t)
	w.put(t, xapi.V1, rich)
	w.put(t, xapi.V1, plain)
	lines := strings.Split(strings.TrimSuffix(w.write(t, export.Statements{}, export.JSONLines), "\n"), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, id := range []string{first, second} {
		st, err := w.store.Statement(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var a, b any
		if err := errors.Join(json.Unmarshal([]byte(lines[i]), &a), json.Unmarshal(st.Body, &b)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Error(diff)
		}
	}
}

func TestStatementsAsParquet(t *testing.T) {
	w := newWorkspace(t)
	w.put(t, xapi.V1, rich)
	w.put(t, xapi.V1, plain)
	long := strings.Repeat("ü", 3<<20)
	w.put(t, xapi.V1, strings.Replace(strings.Replace(plain, second, "00000000-0000-4000-8000-000000000003", 1), `"actor"`, `"result":{"response":"`+long+`"},"actor"`, 1))
	path := filepath.Join(w.dir, "s.parquet")
	err := export.ToFile(t.Context(), path, func(out io.Writer) error {
		_, err := w.Statements(t.Context(), out, export.Statements{}, export.Parquet)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var got string
	err = w.facts.SQL().QueryRow(`SELECT concat_ws('|', count(*), max(length(response)), count(score_raw), sum(score_scaled), min(timestamp), any_value(response) FILTER (id = '`+first+`'), min(stored), bool_or(completion), count(success), typeof(any_value(stored)), typeof(any_value(score_max))) FROM read_parquet(?)`, path).Scan(&got)
	want := fmt.Sprintf("3|3145728|1|-0.5|2026-11-20 08:00:00.123456|@SUM(A1)\nline two; ünï|%s|true|1|TIMESTAMP|DOUBLE", w.stored(t, first).Format("2006-01-02 15:04:05"))
	if err != nil || got != want {
		t.Errorf("read back %q, %v\nwant      %q", got, err, want)
	}
	if keep := os.Getenv("LIFTMARK_KEEP_PARQUET"); keep != "" { // to look at it with another reader
		data, err := os.ReadFile(path)
		if err = errors.Join(err, os.WriteFile(keep, data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	w.noneLeft(t, "s.parquet")
}

// noneLeft fails when staging left files in the workspace.
func (w *workspace) noneLeft(t *testing.T, but ...string) {
	t.Helper()
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "state.db") && !strings.Contains(strings.Join(but, " "), e.Name()) {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

func TestFiltersSelect(t *testing.T) {
	w := newWorkspace(t)
	w.put(t, xapi.V1, rich)
	w.put(t, xapi.V1, strings.Replace(plain, `{"objectType":"StatementRef","id":"`+first+`"}`, `{"id":"https://x.com/film"}`, 1))
	one, two := w.stored(t, first), w.stored(t, second)
	for name, tt := range map[string]struct {
		q    export.Statements
		want string
	}{
		"all":      {export.Statements{}, first + second},
		"agent":    {export.Statements{Agent: "mbox::mailto:bob@example.com"}, second},
		"verb":     {export.Statements{Verb: "https://x.com/answered"}, first},
		"activity": {export.Statements{Activity: "https://x.com/film"}, second},
		"both":     {export.Statements{Activity: "https://x.com/film", Verb: "https://x.com/answered"}, ""},
		"since":    {export.Statements{Since: one}, second},
		"until":    {export.Statements{Until: one}, first},
		"later":    {export.Statements{Since: two}, ""},
	} {
		got := ""
		for line := range strings.Lines(w.write(t, tt.q, export.JSONLines)) {
			var st struct{ ID string }
			if err := json.Unmarshal([]byte(line), &st); err != nil {
				t.Fatal(err)
			}
			got += st.ID
		}
		if got != tt.want {
			t.Errorf("%s gives %s, want %s", name, got, tt.want)
		}
	}
}

func TestManyPagesComeOnceAndInOrder(t *testing.T) {
	w := newWorkspace(t)
	const n = 450 // more than two pages
	for from := 0; from < n; from += 150 {
		var list []string
		for i := from; i < from+150; i++ {
			list = append(list, fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","actor":{"mbox":"mailto:a@x.com"},"verb":{"id":"https://x.com/did"},"object":{"id":"https://x.com/l"}}`, i))
		}
		w.put(t, xapi.V1, "["+strings.Join(list, ",")+"]")
	}
	rows, err := csv.NewReader(strings.NewReader(w.write(t, export.Statements{}, export.CSV))).ReadAll()
	if err != nil || len(rows) != n+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for i, row := range rows[1:] {
		if want := fmt.Sprintf("00000000-0000-4000-8000-%012d", i); row[0] != want {
			t.Fatalf("row %d is %s", i, row[0])
		}
	}
}

func TestFacts(t *testing.T) {
	w := newWorkspace(t)
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	_, err := w.facts.Take(t.Context(), warehouse.Delta{Source: "s", Rows: []warehouse.Row{
		{Fact: "ticket", Values: map[string]any{"ticket_id": "t1", "account_id": "=HYPERLINK(1)", "opened_at": at, "cost": int64(1205), "currency": "USD"}, Attributes: map[string]string{"b": "2", "a": "=1"}},
		{Fact: "ticket", Values: map[string]any{"ticket_id": "t2", "opened_at": at.Add(-time.Hour), "cost": int64(7), "currency": "JPY"}},
		{Fact: "ticket", Values: map[string]any{"ticket_id": "t3", "opened_at": at.Add(time.Hour), "cost": int64(5), "currency": "KWD"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := w.Facts(t.Context(), &out, "ticket", export.CSV); err != nil {
		t.Fatal(err)
	}
	const want = `ticket_id,account_id,person_id,opened_at,solved_at,topic,priority,cost,currency,attributes
t2,,,2026-03-01T11:00:00Z,,,,7,JPY,
t1,'=HYPERLINK(1),,2026-03-01T12:00:00Z,,,,12.05,USD,"{""a"":""=1"",""b"":""2""}"
t3,,,2026-03-01T13:00:00Z,,,,0.005,KWD,
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	path := filepath.Join(w.dir, "tickets.parquet")
	if err := export.ToFile(t.Context(), path, func(out io.Writer) error { return w.Facts(t.Context(), out, "ticket", export.Parquet) }); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := w.facts.SQL().QueryRow("SELECT concat_ws('|', count(*), sum(cost), min(opened_at), string_agg(account_id), string_agg(attributes)) FROM read_parquet(?)", path).Scan(&got); err != nil || got != `3|1217|2026-03-01 11:00:00|=HYPERLINK(1)|{"b":"2","a":"=1"}` && got != `3|1217|2026-03-01 11:00:00|=HYPERLINK(1)|{"a":"=1","b":"2"}` {
		t.Errorf("read back %q, %v", got, err)
	}
	if err := w.Facts(t.Context(), &out, "weather", export.CSV); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown fact gives %v", err)
	}
	if err := w.Facts(t.Context(), &out, "ticket", export.JSONLines); fault.KindOf(err) != fault.Invalid {
		t.Errorf("an unknown format gives %v", err)
	}
}

func TestNothingSelectedGivesAnEmptyTable(t *testing.T) {
	w := newWorkspace(t)
	path := filepath.Join(w.dir, "none.parquet")
	if err := os.WriteFile(path, []byte(w.write(t, export.Statements{}, export.Parquet)), 0o600); err != nil {
		t.Fatal(err)
	}
	var rows, columns int
	err := w.facts.SQL().QueryRow("SELECT (SELECT count(*) FROM read_parquet($1)), (SELECT count(*) FROM (DESCRIBE SELECT * FROM read_parquet($1)))", path).Scan(&rows, &columns)
	if err != nil || rows != 0 || columns != len(export.Columns) {
		t.Errorf("%d rows, %d columns, %v", rows, columns, err)
	}
	if lines := strings.Count(w.write(t, export.Statements{}, export.CSV), "\n"); lines != 1 {
		t.Errorf("the CSV has %d lines, want the header", lines)
	}
}

// large is a store of statements of 1 MiB. It notes how much of what it gave was
// not written yet.
type large struct {
	n, given, written, most int
}

func (l *large) Statements(_ context.Context, f state.Filter, each func(state.Statement) error) error {
	for seq := int(f.After) + 1; seq <= min(l.n, int(f.After)+f.Limit); seq++ {
		body := []byte(`{"id":"` + strings.Repeat(" ", 1<<20) + `"}`)
		l.given += len(body)
		l.most = max(l.most, l.given-l.written)
		if err := each(state.Statement{Seq: int64(seq), ID: first, Body: body}); err != nil {
			return err
		}
	}
	return nil
}

func (l *large) Write(p []byte) (int, error) {
	l.written += len(p)
	return len(p), nil
}

func TestLargeStatementsAreNotGatheredInMemory(t *testing.T) {
	l := &large{n: 24}
	n, err := export.New(l, nil, t.TempDir()).Statements(t.Context(), l, export.Statements{}, export.JSONLines)
	if n != 24 || err != nil {
		t.Fatalf("%d statements, %v", n, err)
	}
	if l.most > 4<<20 {
		t.Errorf("%d MiB were held at once", l.most>>20)
	}
}

func TestCancelledExportLeavesNoFile(t *testing.T) {
	w := newWorkspace(t)
	w.put(t, xapi.V1, rich)
	for _, format := range []export.Format{export.JSONLines, export.CSV, export.Parquet} {
		ctx, cancel := context.WithCancel(t.Context())
		err := export.ToFile(ctx, filepath.Join(w.dir, "out"), func(out io.Writer) error {
			cancel()
			_, err := w.Statements(ctx, out, export.Statements{}, format)
			return err
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s ends with %v", format, err)
		}
		w.noneLeft(t)
	}
}

func TestFileThatExistsIsNotReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := export.ToFile(t.Context(), path, func(io.Writer) error { return nil })
	if data, _ := os.ReadFile(path); fault.KindOf(err) != fault.Conflict || string(data) != "mine" {
		t.Errorf("%v, the file holds %q", err, data)
	}
}
