package file_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// visitor is a stream that says something new of the same people and accounts
// as the files, as long as it runs.
type visitor struct {
	db     *duckdb.DB
	deltas int
	err    error
	group  sync.WaitGroup
}

func (v *visitor) run(ctx context.Context) {
	v.group.Go(func() {
		for ctx.Err() == nil && v.err == nil {
			v.deltas++
			n := v.deltas
			at := now.Add(-time.Duration(n) * time.Second)
			person := fmt.Sprint("p", n%50)
			_, v.err = v.db.Take(context.WithoutCancel(ctx), warehouse.Delta{Source: "events", Cursor: int64(n), Rows: []warehouse.Row{
				{Fact: "usage", Values: map[string]any{"event_id": fmt.Sprint("live", n), "time": at, "feature": "export", "person_id": fmt.Sprint("anon", n%50)}},
				{Fact: "person", Values: map[string]any{"person_id": person, "role": fmt.Sprint("role ", n)}},
				{Fact: "account", Values: map[string]any{"account_id": "a1", "plan": fmt.Sprint("plan ", n)}},
			}, Links: []warehouse.Link{{ID: person, Value: fmt.Sprint("anon", n%50), Other: person, Why: "identify"}}})
		}
	})
}

// TestStreamsGoOnDuringAnImport imports, replaces and rolls back while a stream
// writes of the same people, and expects nothing lost and nothing twice.
func TestStreamsGoOnDuringAnImport(t *testing.T) {
	im := importer(t, t.TempDir())
	db := im.DB.(*duckdb.DB)
	const files = 60_000
	var usage, people, moved strings.Builder
	usage.WriteString("event_id,time,person_id,feature\n")
	for i := range files {
		fmt.Fprintf(&usage, "e%d,2026-03-%02dT10:00:00Z,p%d,export\n", i, 1+i%28, i%50)
	}
	people.WriteString("person_id,account_id,email,role,created_at\n")
	moved.WriteString("person_id,account_id,email,role,created_at\n")
	for i := range 50 {
		fmt.Fprintf(&people, "p%d,a1,p%d@x.com,first,2026-01-01\n", i, i)
		fmt.Fprintf(&moved, "p%d,a1,p%d@x.com,second,2026-01-01\n", i, i)
	}
	_, paths := folder(t, "usage.csv", usage.String(), "people.csv", people.String(), "accounts.csv", "account_id,name\na1,Acme\n")
	_, again := folder(t, "people.csv", moved.String())

	v := &visitor{db: db}
	ctx, stop := context.WithCancel(t.Context())
	v.run(ctx)
	mustImport(t, im, file.Options{DryRun: true}, paths...)
	first := mustImport(t, im, file.Options{}, paths...)
	second := mustImport(t, im, file.Options{}, again...)
	if _, err := im.Rollback(t.Context(), second.Batch); err != nil {
		t.Error(err)
	}
	stop()
	v.group.Wait()
	if v.err != nil || v.deltas < 5 {
		t.Fatalf("after %d deltas: %v", v.deltas, v.err)
	}
	if err := db.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, im, "SELECT count(*) || ' ' || count(DISTINCT event_id) FROM usage", fmt.Sprint(files+v.deltas, " ", files+v.deltas))
	expect(t, im, "SELECT count(*) || ' ' || min(role) || ' ' || max(role) FROM person", "50 first first")
	expect(t, im, "SELECT name || coalesce(plan, ' as the file says') FROM account", "Acme as the file says")
	expect(t, im, "SELECT count(*)::VARCHAR FROM usage u LEFT JOIN identity i ON i.value = u.person_id WHERE i.person_id IS NULL OR i.person_id NOT LIKE 'p%'", "0")
	expect(t, im, "SELECT count(*)::VARCHAR FROM membership", "50")
	expect(t, im, "SELECT data_start::DATE || ' ' || data_end::DATE FROM coverage", "2026-03-01 2026-11-23")

	if _, err := im.Rollback(t.Context(), first.Batch); err != nil {
		t.Error(err)
	}
	expect(t, im, "SELECT count(*)::VARCHAR FROM usage", fmt.Sprint(v.deltas))
	expect(t, im, "SELECT plan FROM account", fmt.Sprint("plan ", v.deltas))
	expect(t, im, "SELECT count(*)::VARCHAR FROM person WHERE role LIKE 'role %'", fmt.Sprint(min(v.deltas, 50)))
}

func TestWhatArrivesByItselfIsListedAndNotRolledBack(t *testing.T) {
	im := importer(t, "")
	if _, err := im.DB.(*duckdb.DB).Take(t.Context(), warehouse.Delta{Source: "statements", Cursor: 1}); err != nil {
		t.Fatal(err)
	}
	list, err := im.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Source != "statements" {
		t.Fatalf("the list is %+v, %v", list, err)
	}
	_, err = im.Rollback(t.Context(), list[0].Batch)
	var f *fault.Error
	if fault.KindOf(err) != fault.Conflict || !errors.As(err, &f) || !strings.Contains(err.Error(), "arrives by itself") {
		t.Errorf("got %v, want a conflict that says why", err)
	}
}
