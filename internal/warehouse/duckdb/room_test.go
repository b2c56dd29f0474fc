package duckdb

import (
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// TestStreamsLeaveTheMemoryToWorkThatNeedsIt looks at the engine's bound: it is
// small while only a stream writes, whole while something else works and for a
// while after.
func TestStreamsLeaveTheMemoryToWorkThatNeedsIt(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	db, err := Open(t.Context(), "", Options{MemoryMiB: 320, Threads: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	want := func(when, memory string) {
		t.Helper()
		if _, err := db.Take(t.Context(), warehouse.Delta{Source: "s", Cursor: 1}); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := db.sql.QueryRowContext(t.Context(), "SELECT current_setting('memory_limit')").Scan(&got); err != nil || got != memory {
			t.Errorf("%s: %s, want %s (%v)", when, got, memory, err)
		}
	}
	const whole, lean = "320.0 MiB", "64.0 MiB"
	want("nothing else since it was opened", lean)
	release := db.Roomy(t.Context())
	now = now.Add(time.Hour)
	want("beside long work", whole)
	release()
	want("just after it", whole)
	now = now.Add(time.Minute)
	want("a minute after it", lean)
	_, err = db.sql.ExecContext(t.Context(), "SET memory_limit = '1KiB'") // an error of the engine's
	db.room.lacking(t.Context(), err)
	want("after it was too little", whole)
}
