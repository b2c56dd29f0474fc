package statement_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/ingest/statement"
	"github.com/liftmark/liftmark/xapi"
)

// memory is a record store that compares by text.
type memory struct{ stored map[string]string }

func (m *memory) Store(_ context.Context, _ xapi.Version, batch []*xapi.Statement) error {
	for _, s := range batch {
		if old, ok := m.stored[s.ID]; ok && old != string(s.Raw) {
			return fault.New(fault.Conflict, "statement %s is stored with other content", s.ID)
		}
	}
	for _, s := range batch {
		m.stored[s.ID] = string(s.Raw)
	}
	return nil
}

func (m *memory) Has(_ context.Context, id string) (bool, error) { return m.stored[id] != "", nil }

func one(n int, verb string) string {
	return fmt.Sprintf(`{"id":"00000000-0000-4000-8000-%012d","actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"http://example.com/%s"},"object":{"id":"http://example.com/x"}}`, n, verb)
}

func save(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func importing(t *testing.T, m *memory, path string) (file.Report, [][]string) {
	t.Helper()
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	report, err := statement.Import(t.Context(), m, []string{path}, statement.Options{RejectsPath: rejects})
	if err != nil {
		t.Fatal(err)
	}
	if report.RejectsPath == "" {
		return report, nil
	}
	f, err := os.Open(rejects)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return report, rows[1:]
}

func TestEveryFormGivesTheSameStatements(t *testing.T) {
	a, b, c := one(1, "did"), one(2, "did"), one(3, "did")
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	fmt.Fprintf(w, "%s\n%s\n%s", a, b, c)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"lines.jsonl":     a + "\n\n" + b + "\r\n" + c + "\n",
		"bom.ndjson":      "\xef\xbb\xbf" + a + "\n" + b + "\n" + c,
		"array.json":      "[" + a + ",\n " + b + "," + c + "]",
		"pretty.json":     strings.ReplaceAll("["+a+","+b+","+c+"]", ",", ",\n"),
		"answer.json":     `{"statements":[` + a + "," + b + `],"more":""}` + "\n" + `{"more":"","statements":[` + c + `]}`,
		"lines.jsonl.gz":  zipped.String(),
		"objects.json":    strings.ReplaceAll(a, "{", "{\n") + b + c,
		"arrays.ndjson":   "[" + a + "]\n[" + b + "," + c + "]\n",
		"one-after.jsonl": a + "\n" + b + "\n" + c,
	} {
		t.Run(name, func(t *testing.T) {
			path, m := save(t, name, text), &memory{map[string]string{}}
			if !statement.IsFile(path) {
				t.Error("the file is not recognised")
			}
			report, _ := importing(t, m, path)
			if got := report.Rows; got != (file.Counts{Read: 3, Added: 3}) || len(m.stored) != 3 {
				t.Errorf("%+v, %d stored", got, len(m.stored))
			}
			again, _ := importing(t, m, path)
			if got := again.Rows; got != (file.Counts{Read: 3, Unchanged: 3}) {
				t.Errorf("the second time %+v", got)
			}
		})
	}
}

func TestOtherFilesAreNotStatements(t *testing.T) {
	for name, text := range map[string]string{
		"learning.jsonl": `{"event_id":"1","verb":"completed","time":"2026-01-01"}`,
		"accounts.csv":   "account_id\n1\n",
		"empty.json":     "",
		"broken.json":    "{",
		"number.json":    "1",
	} {
		if statement.IsFile(save(t, name, text)) {
			t.Errorf("%s is taken for statements", name)
		}
	}
}

func TestBadStatementsAreNamedAndTheOthersStored(t *testing.T) {
	conflicting := one(1, "undid")
	text := strings.Join([]string{one(1, "did"), `{"actor":`, conflicting, strings.Replace(one(4, "did"), "mailto:", "", 1), one(5, "did")}, "\n")
	m := &memory{map[string]string{}}
	report, rejects := importing(t, m, save(t, "some.jsonl", text))
	if got := report.Rows; got != (file.Counts{Read: 5, Added: 2, Rejected: 3}) {
		t.Errorf("%+v", got)
	}
	if m.stored["00000000-0000-4000-8000-000000000001"] != one(1, "did") {
		t.Error("a conflicting statement replaced the first")
	}
	var rows []string
	for _, r := range rejects {
		rows = append(rows, r[2]+" "+r[4]+" "+r[6])
	}
	slices.Sort(rows)
	for _, want := range []string{"2 ", "3 ", "4 $.actor.mbox invalid_statement"} {
		if !slices.ContainsFunc(rows, func(r string) bool { return strings.HasPrefix(r, want) }) {
			t.Errorf("no reject %q in %q", want, rows)
		}
	}
}

func TestStatementsWithoutIDAreStoredOnce(t *testing.T) {
	text := strings.Replace(one(1, "did"), `"id":"00000000-0000-4000-8000-000000000001",`, "", 1)
	m := &memory{map[string]string{}}
	path := save(t, "anonymous.jsonl", text)
	importing(t, m, path)
	report, _ := importing(t, m, path)
	if len(m.stored) != 1 || report.Rows.Unchanged != 1 {
		t.Errorf("%d stored, then %+v", len(m.stored), report.Rows)
	}
}

func TestDryRunStoresNothing(t *testing.T) {
	m := &memory{map[string]string{}}
	report, err := statement.Import(t.Context(), m, []string{save(t, "x.jsonl", one(1, "did"))}, statement.Options{DryRun: true})
	if err != nil || len(m.stored) != 0 || report.Rows.Added != 1 || !report.DryRun {
		t.Errorf("%v, %d stored, %+v", err, len(m.stored), report)
	}
}
