package duckdb

import (
	"database/sql"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

func TestWhatAPanicUndidIsNotTakenForDone(t *testing.T) {
	db, err := Open(t.Context(), "", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	d := warehouse.Delta{Source: "events", Cursor: 7, Rows: []warehouse.Row{{Fact: "usage", Row: 1, Values: map[string]any{
		"event_id": "e1", "time": time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), "person_id": "p", "feature": "reports",
	}}}}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is swallowed")
			}
		}()
		_ = db.alone(t.Context(), func(tx *sql.Tx, conn *sql.Conn) error {
			k := &taking{DB: db, delta: &d, tx: tx, conn: conn, due: map[part]bool{}, touched: map[touch]bool{}}
			if err := k.run(t.Context()); err != nil {
				t.Error(err)
			}
			panic("in the middle")
		})
	}()
	taken, err := db.Take(t.Context(), d)
	if err != nil || taken.Added != 1 {
		t.Fatalf("the same again: %+v, %v", taken, err)
	}
	var n int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM usage JOIN stream USING (batch) WHERE source = 'events' AND cursor = 7").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows of the source at its place, %v", n, err)
	}
}
