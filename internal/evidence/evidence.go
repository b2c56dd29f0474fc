// Package evidence lets tests leave a record of what they show: those of the
// statistics library how many digits agree with someone else's numbers, and how
// often an interval holds the truth; those of the learning record store which
// requirements of xAPI are met. `make accuracy`, `make coverage` and `make
// conformance` turn the records into pages of docs. Only tests import it.
package evidence

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
)

// maxDigits is what a double can hold: NIST caps its log relative error there.
const maxDigits = 15

// Agreement is one line of the accuracy page: the fewest digits in which the
// values of a method agreed with a reference.
type Agreement struct {
	Method string // "Cox model, Efron ties"
	Data   string // "lung", "NIST Longley", "published table"
	Source string // whose numbers: "R survival 3.4", "NIST StRD", "Efron (1981), table 2"
	Values int    // numbers compared
	Digits float64
}

// Claim names a comparison with someone else's numbers.
type Claim struct{ Method, Data, Source string }

// Agree fails unless every value agrees with the reference to the relative
// tolerance (absolute where the reference is 0), and records the fewest digits.
func (c Claim) Agree(t testing.TB, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) || len(got) == 0 {
		t.Fatalf("%s, %s: %d values, want %d", c.Method, c.Data, len(got), len(want))
	}
	least := float64(maxDigits)
	for i := range got {
		d := Digits(got[i], want[i])
		least = math.Min(least, d)
		if !(d >= -math.Log10(tol)) {
			t.Errorf("%s, %s: value %d is %.15g, %s has %.15g: %.1f digits", c.Method, c.Data, i, got[i], c.Source, want[i], d)
		}
	}
	write(t, "agreement", Agreement{c.Method, c.Data, c.Source, len(got), least})
}

// Digits is NIST's log relative error, -log10(|got-want|/|want|): the number of
// correct significant digits, at most 15. With want 0 it is -log10(|got|), and
// values that are not finite agree in no digit, except equal infinities.
func Digits(got, want float64) float64 {
	if got == want {
		return maxDigits
	}
	err := math.Abs(got - want)
	if want != 0 {
		err /= math.Abs(want)
	}
	d := -math.Log10(err)
	if math.IsNaN(d) || d < 0 {
		return 0
	}
	return math.Min(d, maxDigits)
}

// write appends a record as a line of JSON to the folder in LIFTMARK_EVIDENCE,
// one file for each package; nothing without it.
func write(t testing.TB, kind string, record any) {
	t.Helper()
	folder := os.Getenv("LIFTMARK_EVIDENCE")
	if folder == "" || t.Failed() {
		return
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := filepath.Rel(reference.Root(t), dir)
	if err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(map[string]any{"package": filepath.ToSlash(pkg), kind: record})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, filepath.Base(pkg)+".jsonl")
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}
