package file_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// writeUsage writes n usage rows of 2,000 accounts as a product would export
// them, with keys that do not repeat.
func writeUsage(b testing.TB, path string, n int) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	_, _ = w.WriteString("event_id,time,person_id,account_id,feature,quantity\n")
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		account := (i * 7919) % 2000
		at := start.Add(time.Duration(i) * 2 * time.Second).Format(time.RFC3339)
		_, _ = fmt.Fprintf(w, "evt-%09d,%s,person-%d-%d,account-%d,feature-%d,%d\n", i, at, account, i%17, account, i%23, 1+i%9)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
}

// peakMiB is the process's highest resident memory since resetPeak.
func peakMiB() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmHWM:" {
			kib, _ := strconv.ParseFloat(fields[1], 64)
			return kib / 1024
		}
	}
	return 0
}

// cpuSeconds is the processor time of the process so far; unlike the clock, it
// does not count what others do on the machine. 0 where it is not known.
func cpuSeconds() float64 {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(stat), ") ") // proc(5): fields 14 and 15, in 1/100 s
	fields := strings.Fields(after)
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

func resetPeak() { _ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200) }

// copySeconds is how long the engine's own COPY of the same file takes, into a
// table with the same columns, until it is on disk.
func copySeconds(b *testing.B, path string) float64 {
	db, err := duckdb.Open(b.Context(), b.TempDir(), duckdb.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.SQL().Exec(`CREATE TABLE copied (event_id VARCHAR, time TIMESTAMP, person_id VARCHAR, account_id VARCHAR, feature VARCHAR, quantity DOUBLE)`); err != nil {
		b.Fatal(err)
	}
	started := time.Now()
	if _, err := db.SQL().Exec(`COPY copied FROM '` + path + `' (HEADER)`); err != nil {
		b.Fatal(err)
	}
	return time.Since(started).Seconds()
}

// BenchmarkUsage compares the import of usage rows, with all checks, with the
// engine's own COPY of the same file. The larger sizes want
// LIFTMARK_BENCH_ROWS=1000000,5000000,20000000.
func BenchmarkUsage(b *testing.B) {
	sizes := "1000000"
	if env := os.Getenv("LIFTMARK_BENCH_ROWS"); env != "" {
		sizes = env
	}
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(size, func(b *testing.B) { benchmarkUsage(b, n) })
	}
}

func benchmarkUsage(b *testing.B, n int) {
	path := filepath.Join(b.TempDir(), "usage.csv")
	writeUsage(b, path, n)
	var ours, copied, oursCPU, copiedCPU float64
	for b.Loop() {
		before := cpuSeconds()
		copied += copySeconds(b, path)
		copiedCPU += cpuSeconds() - before
		dir := b.TempDir()
		db, err := duckdb.Open(b.Context(), dir, duckdb.Options{})
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		resetPeak()
		im := &file.Importer{DB: db, Now: time.Now}
		cpu, started := cpuSeconds(), time.Now()
		report, err := im.Import(b.Context(), []string{path}, file.Options{})
		if err != nil {
			b.Fatal(err)
		}
		ours += time.Since(started).Seconds()
		oursCPU += cpuSeconds() - cpu
		if report.Rows.Added != int64(n) {
			b.Fatalf("added %d of %d rows", report.Rows.Added, n)
		}
		b.ReportMetric(peakMiB(), "peak-MiB")
		_ = db.Close()
		_ = os.RemoveAll(dir)
	}
	b.ReportMetric(float64(n)*float64(b.N)/ours, "rows/s")
	b.ReportMetric(copied/ours, "of-COPY")
	b.ReportMetric(copiedCPU/oursCPU, "of-COPY-cpu")
	b.ReportMetric(0, "ns/op")
}
