package track_test

import (
	"database/sql/driver"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	duckdriver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/access"
	"github.com/liftmark/liftmark/internal/ingest/track"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

const batchSize = 100

// batchBody is a batch as the published Node client sends it.
func batchBody(from int64) string {
	var b strings.Builder
	b.WriteString(`{"batch":[`)
	for i := range int64(batchSize) {
		n := from*batchSize + i
		if i > 0 {
			b.WriteByte(',')
		}
		at := noon.Add(-time.Duration(n%3_000_000) * time.Second / 100).Format("2006-01-02T15:04:05.000Z07:00")
		fmt.Fprintf(&b, `{"type":"track","event":"Feature %d Used","userId":"user-%d","messageId":"node-next-1795348800000-%032x","timestamp":%q,"properties":{"plan":"pro","quantity":%d,"report":"weekly","ok":true},"context":{"groupId":"account-%d","library":{"name":"@segment/analytics-node","version":"3.1.0"},"locale":"en-GB","app":{"name":"web","version":"4.2"}},"integrations":{},"_metadata":{"nodeVersion":"v20.1.0","jsRuntime":"node"}}`,
			n%40, n*7919%5000, n, at, n%9, n*7919%400)
	}
	fmt.Fprintf(&b, `],"writeKey":%q,"sentAt":%q}`, key, noon.Format(time.RFC3339))
	return b.String()
}

// BenchmarkDurableBatches posts batches of 100 from several connections, each
// acknowledged when it is on disk; see BenchmarkRawAppender for what the engine
// alone does.
func BenchmarkDurableBatches(b *testing.B) {
	for _, connections := range []int{1, 8, 16} {
		b.Run(fmt.Sprint("connections=", connections), func(b *testing.B) {
			w := newBench(b, func(o *track.Options) { o.Facts, o.Limits.Linger = onDisk(b), 0 })
			w.facts = w.opt.Facts.(*duckdb.DB)
			var next, sent atomic.Int64
			bodies := make([]string, b.N)
			for i := range bodies {
				bodies[i] = batchBody(int64(i))
			}
			b.ReportAllocs()
			b.ResetTimer()
			start, before := time.Now(), cpu()
			done := make(chan string, connections)
			for range connections {
				go func() {
					for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
						r := httptest.NewRequestWithContext(access.With(b.Context(), &w.caller), http.MethodPost, "/v1/batch", strings.NewReader(bodies[i]))
						out := httptest.NewRecorder()
						w.handler.ServeHTTP(out, r)
						if out.Code != http.StatusOK {
							done <- out.Body.String()
							return
						}
						sent.Add(batchSize)
					}
					done <- ""
				}()
			}
			for range connections {
				if wrong := <-done; wrong != "" {
					b.Error(wrong)
				}
			}
			b.ReportMetric(float64(sent.Load())/time.Since(start).Seconds(), "events/s")
			b.ReportMetric(float64((cpu()-before).Microseconds())/float64(sent.Load()), "cpu-µs/event")
			b.ReportMetric(float64(w.service.Stats().Groups), "groups")
			b.StopTimer()
			w.want("SELECT count(*) FROM usage", []string{fmt.Sprint(sent.Load())})
		})
	}
}

// onDisk keeps facts in a file.
func onDisk(b *testing.B) *duckdb.DB {
	facts, err := duckdb.Open(b.Context(), b.TempDir(), duckdb.Options{MemoryMiB: 512, Threads: 2})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { facts.Close() })
	return facts
}

// cpu is the processor time that the process took so far. Unlike the clock it
// says what an event costs on a machine that is shared.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkJudge is decoding and judging a batch, without writing it.
func BenchmarkJudge(b *testing.B) {
	w := newBench(b, func(o *track.Options) { o.Facts = discarding{o.Facts} })
	body := batchBody(1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	before := cpu()
	for b.Loop() {
		r := httptest.NewRequestWithContext(access.With(b.Context(), &w.caller), http.MethodPost, "/v1/batch", strings.NewReader(body))
		w.handler.ServeHTTP(httptest.NewRecorder(), r)
	}
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N*batchSize), "cpu-µs/event")
	b.ReportMetric(float64(b.N)*batchSize/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkRawAppender appends rows like those of usage, committed at every
// 1,600, without looking for repetitions.
func BenchmarkRawAppender(b *testing.B) {
	connector, err := duckdriver.NewConnector(b.TempDir()+"/raw.duckdb", nil)
	if err != nil {
		b.Fatal(err)
	}
	defer connector.Close()
	conn, err := connector.Connect(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.(driver.ExecerContext).ExecContext(b.Context(), "CREATE TABLE u (batch INTEGER, n BIGINT, event_id VARCHAR, time TIMESTAMP, person_id VARCHAR, account_id VARCHAR, feature VARCHAR, quantity DOUBLE, attributes MAP(VARCHAR, VARCHAR))", nil); err != nil {
		b.Fatal(err)
	}
	appender, err := duckdriver.NewAppenderFromConn(conn, "", "u")
	if err != nil {
		b.Fatal(err)
	}
	before := cpu()
	for i := range b.N {
		var m duckdriver.OrderedMap
		for _, k := range []string{"app", "app_version", "event", "group_id", "kind", "locale", "ok", "plan", "quantity", "report"} {
			m.Set(k, "value")
		}
		if err := appender.AppendRow(int32(1), int64(i), fmt.Sprintf("node-next-1795348800000-%032x", i), noon, "user-1", "account-1", "Feature", 1.0, m); err != nil {
			b.Fatal(err)
		}
		if i%1600 == 1599 {
			if err := appender.Flush(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := appender.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/event")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkSeen lists the events seen, with some of them new each time, among
// more and more that are stored.
func BenchmarkSeen(b *testing.B) {
	for _, rows := range []int{100_000, 1_000_000, 3_000_000} {
		b.Run(fmt.Sprint("rows=", rows), func(b *testing.B) {
			w := newBench(b, func(o *track.Options) { o.Facts = onDisk(b) })
			w.facts = w.opt.Facts.(*duckdb.DB)
			w.ok("/v1/batch", batchBody(0))
			if _, err := w.facts.SQL().ExecContext(b.Context(), manySQL, rows); err != nil {
				b.Fatal(err)
			}
			w.restart()
			if _, err := w.service.Seen(b.Context()); err != nil { // reads what is stored, once
				b.Fatal(err)
			}
			used, n := time.Duration(0), int64(0)
			for b.Loop() {
				b.StopTimer()
				n++
				w.ok("/v1/batch", batchBody(n))
				w.pass(time.Minute) // an answer is good for some seconds
				before := cpu()
				b.StartTimer()
				list, err := w.service.Seen(b.Context())
				used += cpu() - before
				if err != nil || len(list) != 40 {
					b.Fatalf("%d names, %v", len(list), err)
				}
			}
			b.ReportMetric(float64(used.Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// manySQL stores events like those of batchBody, over a year.
const manySQL = `INSERT INTO usage (batch, row, event_id, time, person_id, account_id, feature, quantity, attributes)
	SELECT u.batch, i, 'many-' || i, TIMESTAMP '2026-11-20' - to_seconds(i % 31536000), u.person_id, u.account_id, u.feature, u.quantity, u.attributes
	FROM range(1, $1 + 1) AS r(i) JOIN (SELECT *, row_number() OVER (ORDER BY event_id) - 1 AS k FROM usage) AS u ON u.k = i % 100`
