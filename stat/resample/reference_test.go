package resample_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// sharedData gives the path of a file under ../shared/data, beside the
// checkout. Without it the test is skipped, or fails when
// LIFTMARK_REQUIRE_DATA=1.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(dir, "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("LIFTMARK_REQUIRE_DATA") == "1" {
			t.Fatalf("reference data: %v", err)
		}
		t.Skipf("reference data absent: %v", err)
	}
	return path
}

func readReference(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile(sharedData(t, name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// near is relative agreement, absolute below 1; NaN is never near.
func near(got, want, tol float64) bool { return math.Abs(got-want) <= tol*math.Max(1, math.Abs(want)) }
