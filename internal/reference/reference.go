// Package reference finds the public data sets with published results that
// tests compare with. They lie beside the checkout, in ../shared/data, because
// their licences differ. Only tests import it.
package reference

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Path gives the path of a reference file, by its elements below the data
// folder. Without the file the test is skipped, or fails when
// LIFTMARK_REQUIRE_DATA=1.
func Path(t testing.TB, elements ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{Root(t), "..", "shared", "data"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("LIFTMARK_REQUIRE_DATA") == "1" {
			t.Fatalf("reference data are required: %v", err)
		}
		t.Skipf("SKIPPED, reference data are absent: %v", err)
	}
	return path
}

// Root is the folder of the checkout: the nearest one above the test with a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}

// JSON reads a reference file, or one of the package's testdata, into a value.
func JSON(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// Columns are a CSV file's cells, by header.
type Columns map[string][]string

// CSV reads a CSV file with a header.
func CSV(t testing.TB, path string) Columns {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	columns := Columns{}
	for j, name := range rows[0] {
		for _, row := range rows[1:] {
			columns[name] = append(columns[name], row[j])
		}
	}
	return columns
}

// Floats reads a column as numbers.
func (c Columns) Floats(t testing.TB, name string) []float64 {
	t.Helper()
	out := make([]float64, len(c[name]))
	for i, text := range c[name] {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatalf("column %s, row %d: %v", name, i+1, err)
		}
		out[i] = v
	}
	return out
}

// Ints reads a column as whole numbers.
func (c Columns) Ints(t testing.TB, name string) []int {
	t.Helper()
	out := make([]int, len(c[name]))
	for i, v := range c.Floats(t, name) {
		out[i] = int(v)
	}
	return out
}

// Near is agreement within tol, relative to want and absolute below 1. NaN is
// near nothing.
func Near(got, want, tol float64) bool { return math.Abs(got-want) <= tol*math.Max(1, math.Abs(want)) }

// Agree fails unless got and want agree, each to the relative tolerance.
func Agree(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*math.Abs(want[i])) {
			t.Errorf("%s[%d] = %.15g, want %.15g", what, i, got[i], want[i])
		}
	}
}

// Bench is the path of a benchmark's file, written by bench/gen.R of the
// reference data into the folder that LIFTMARK_BENCH_FILES names: kind "panel",
// "cox" or "coxtv" of n units. Without it the benchmark is skipped.
func Bench(b testing.TB, kind string, n int) string {
	b.Helper()
	path := filepath.Join(os.Getenv("LIFTMARK_BENCH_FILES"), kind+"-"+strconv.Itoa(n)+".csv")
	if os.Getenv("LIFTMARK_BENCH_FILES") == "" {
		b.Skip("SKIPPED, LIFTMARK_BENCH_FILES is not set; see make bench-stat")
	}
	if _, err := os.Stat(path); err != nil {
		b.Skipf("SKIPPED: %v", err)
	}
	return path
}
