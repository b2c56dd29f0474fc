package did_test

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// shared is the path of a file of the shared reference data, which lies beside
// the checkout. Without it the test is skipped, or fails where it is required.
func shared(t testing.TB, elements ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(append([]string{dir, "..", "shared", "data"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("LIFTMARK_REQUIRE_DATA") == "1" {
			t.Fatalf("reference data are required: %v", err)
		}
		t.Skipf("SKIPPED, reference data are absent: %v", err)
	}
	return path
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// readCSV returns the file's columns as text by header.
func readCSV(t testing.TB, path string) map[string][]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	columns := make(map[string][]string)
	for j, name := range rows[0] {
		for _, row := range rows[1:] {
			columns[name] = append(columns[name], row[j])
		}
	}
	return columns
}

func floatsOf(t testing.TB, text []string) []float64 {
	t.Helper()
	out := make([]float64, len(text))
	for i, s := range text {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		out[i] = v
	}
	return out
}

func intsOf(t testing.TB, text []string) []int {
	t.Helper()
	out := make([]int, len(text))
	for i, v := range floatsOf(t, text) {
		out[i] = int(v)
	}
	return out
}

// near fails unless got and want agree to the relative tolerance. NaN never does.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tolerance*math.Abs(want[i])) {
			t.Errorf("%s[%d] = %.15g, want %.15g", what, i, got[i], want[i])
		}
	}
}

// oneOrMany reads the numbers that R writes: a scalar for one, null for none or
// for a missing value, which becomes 0.
type oneOrMany []float64

func (v *oneOrMany) UnmarshalJSON(text []byte) error {
	var many []*float64
	if err := json.Unmarshal(text, &many); err != nil {
		var one *float64
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		many = []*float64{one}
	}
	for _, x := range many {
		if x == nil {
			x = new(float64)
		}
		*v = append(*v, *x)
	}
	return nil
}
