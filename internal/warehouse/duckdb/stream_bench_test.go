package duckdb_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// benchRows says how many events are stored already, as LIFTMARK_BENCH_STORED
// or 200,000 over a year.
func benchRows(b *testing.B) int {
	n, err := strconv.Atoi(os.Getenv("LIFTMARK_BENCH_STORED"))
	if err != nil {
		return 200_000
	}
	_ = b
	return n
}

func stocked(b *testing.B) *duckdb.DB {
	b.Helper()
	db, err := duckdb.Open(b.Context(), b.TempDir(), duckdb.Options{Now: func() time.Time { return time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	n := benchRows(b)
	if _, err := db.SQL().Exec(`INSERT INTO usage (batch, "row", event_id, time, person_id, feature)
		SELECT 1, i, uuid()::VARCHAR, TIMESTAMP '2025-06-15' + to_microseconds((31536000000000 // ?) * i), 'p' || (i % 1000), 'f' || (i % 20) FROM range(?) r(i)`, n, n); err != nil {
		b.Fatal(err)
	}
	return db
}

func event(i int, at time.Time) warehouse.Row {
	return warehouse.Row{Fact: "usage", Row: int64(i), Values: map[string]any{
		"event_id": fmt.Sprintf("0a1b2c3d-%012d-4e5f", i), "time": at, "person_id": "p" + strconv.Itoa(i%1000), "feature": "f" + strconv.Itoa(i%20)}}
}

// BenchmarkTake measures events a second in deltas of a size, durable.
func BenchmarkTake(b *testing.B) {
	for _, size := range []int{500, 2000} {
		b.Run(fmt.Sprintf("delta=%d/stored=%d", size, benchRows(b)), func(b *testing.B) {
			db := stocked(b)
			start := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
			n, slowest := 0, time.Duration(0)
			for b.Loop() {
				rows := make([]warehouse.Row, size)
				for i := range rows {
					rows[i] = event(n, start.Add(time.Duration(n)*time.Millisecond))
					n++
				}
				began := time.Now()
				if _, err := db.Take(b.Context(), warehouse.Delta{Source: "events", Cursor: int64(n), Rows: rows}); err != nil {
					b.Fatal(err)
				}
				slowest = max(slowest, time.Since(began))
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(slowest.Seconds()*1000, "slowest-ms")
		})
	}
}

// BenchmarkRawAppender is what the engine alone takes: the same rows, appended
// and committed, nothing looked up.
func BenchmarkRawAppender(b *testing.B) {
	for _, size := range []int{500, 2000} {
		b.Run(fmt.Sprintf("delta=%d/stored=%d", size, benchRows(b)), func(b *testing.B) {
			db := stocked(b)
			start := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
			conn, err := db.SQL().Conn(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			n := 0
			for b.Loop() {
				err := conn.Raw(func(raw any) error {
					appender, err := driver.NewAppenderWithColumns(raw.(interface{ Engine() *driver.Conn }).Engine(), "", "", "usage", []string{"batch", "row", "event_id", "time", "person_id", "feature"})
					if err != nil {
						return err
					}
					for range size {
						e := event(n, start.Add(time.Duration(n)*time.Millisecond))
						n++
						if err := appender.AppendRow(int32(1), e.Row, e.Values["event_id"], e.Values["time"], e.Values["person_id"], e.Values["feature"]); err != nil {
							return err
						}
					}
					return appender.Close()
				})
				if err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkIdentify measures who is who after a delta with a new person and a
// link, among many.
func BenchmarkIdentify(b *testing.B) {
	n := benchRows(b)
	b.Run(fmt.Sprintf("people=%d/links=%d", n, n/10), func(b *testing.B) {
		db := stocked(b)
		for _, s := range []string{
			`INSERT INTO person_version (batch, "row", person_id, account_id, email, created_at)
				SELECT 1, i, 'p' || i, 'a' || (i // 10), 'p' || i || '@x.com', TIMESTAMP '2026-01-01' FROM range(?) r(i)`,
			`INSERT INTO identity_link SELECT 'l' || i, 'events', 'anon' || i, 'p' || i, TIMESTAMP '2026-01-01', 'identify', NULL FROM range(?::BIGINT // 10) r(i)`,
		} {
			if _, err := db.SQL().Exec(s, n); err != nil {
				b.Fatal(err)
			}
		}
		key := func(i int) string { // new people and known ones take turns
			if i%2 == 0 {
				return "new" + strconv.Itoa(i)
			}
			return "p" + strconv.Itoa(i*7919%n)
		}
		began := time.Now()
		take(b, db, warehouse.Delta{Rows: []warehouse.Row{person(1, "person_id", "first")}})
		expect(b, db, "SELECT 'settled'", "settled")
		whole := time.Since(began)
		var taking, settling time.Duration
		i := 0
		for b.Loop() {
			i++
			began := time.Now()
			take(b, db, warehouse.Delta{Rows: []warehouse.Row{person(1, "person_id", key(i))},
				Links: []warehouse.Link{{ID: key(i), Value: "anon:" + key(i), Other: key(i)}}})
			taking += time.Since(began)
			began = time.Now()
			if err := db.Settle(b.Context()); err != nil {
				b.Fatal(err)
			}
			settling += time.Since(began)
		}
		b.ReportMetric(whole.Seconds()*1000, "whole-ms")
		b.ReportMetric(taking.Seconds()*1000/float64(i), "take-ms")
		b.ReportMetric(settling.Seconds()*1000/float64(i), "settle-ms")
	})
}
