package duckdb_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// statementID is the id of the n-th learning record, scattered as random ids are.
func statementID(n int) string {
	h := uint64(n+1) * 0x9e3779b97f4a7c15
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(h>>32), uint16(h>>16), h&0xfff, h>>52, n)
}

// taught gives a database with so many learning records of a source "statements"
// over a year: 1,000 people, 200 lessons in 20 courses.
func taught(b *testing.B, n int) *duckdb.DB {
	b.Helper()
	db, err := duckdb.Open(b.Context(), b.TempDir(), duckdb.Options{Now: func() time.Time { return time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	const size = 50_000
	start := time.Date(2025, 6, 15, 0, 0, 0, 0, time.UTC)
	for from := 0; from < n; from += size {
		d := warehouse.Delta{Source: "statements", Cursor: int64(from + size)}
		for i := from; i < min(from+size, n); i++ {
			d.Rows = append(d.Rows, warehouse.Row{Fact: "learning", Row: int64(i + 1), Attributes: map[string]string{"course": fmt.Sprintf("https://x.com/course/%d", i%200/10)},
				Values: map[string]any{"event_id": statementID(i), "time": start.Add(time.Duration(i) * 31 * time.Second), "person_id": fmt.Sprintf("p%d@x.com", i*7919%1000), "activity_id": fmt.Sprintf("https://x.com/lesson/%d", i%200), "verb": "completed"}})
		}
		if _, err := db.Take(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// remove does what a removal of learning records comes to, page by page.
func remove(b *testing.B, db *duckdb.DB, ids []string, page int) (asking, taking time.Duration) {
	b.Helper()
	for from := 0; from < len(ids); from += page {
		gone := ids[from:min(from+page, len(ids))]
		began := time.Now()
		if _, err := db.Remains(b.Context(), "statements", gone, nil); err != nil {
			b.Fatal(err)
		}
		asking += time.Since(began)
		began = time.Now()
		d := warehouse.Delta{Source: "statements"}
		for _, id := range gone {
			d.Removed = append(d.Removed, warehouse.Key{Fact: "learning", ID: id}, warehouse.Key{Fact: "response", ID: id})
		}
		if _, err := db.Take(b.Context(), d); err != nil {
			b.Fatal(err)
		}
		taking += time.Since(began)
	}
	return asking, taking
}

// BenchmarkRemoval measures what taking statements' facts away costs: those of a
// person, and the oldest ones, in pages of a size; of as many as benchRows says.
func BenchmarkRemoval(b *testing.B) {
	stored := benchRows(b)
	for _, tt := range []struct {
		name                 string
		removed, every, page int
	}{
		{"person", 1000, stored / 1000, 200},
		{"retention in pages of 200", 4000, 1, 200},
		{"retention in pages of 20000", stored / 10, 1, 20_000},
	} {
		b.Run(fmt.Sprintf("%s/stored=%d", tt.name, stored), func(b *testing.B) {
			db := taught(b, stored)
			ids := make([]string, tt.removed)
			for i := range ids {
				ids[i] = statementID(i * tt.every)
			}
			b.ResetTimer()
			for range b.N {
				asking, taking := remove(b, db, ids, tt.page)
				pages := float64((tt.removed + tt.page - 1) / tt.page)
				b.ReportMetric(asking.Seconds()*1000/pages, "remains-ms/page")
				b.ReportMetric(taking.Seconds()*1000/pages, "take-ms/page")
			}
		})
	}
}
