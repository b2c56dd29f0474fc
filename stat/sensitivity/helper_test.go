package sensitivity_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/stat"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// typed fails unless an error is one that callers can tell apart.
func typed(t *testing.T, err error) {
	t.Helper()
	for _, known := range []error{stat.ErrTooFew, stat.ErrNoVariance, stat.ErrNotFinite, stat.ErrInvalid} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("error without a type: %v", err)
}

func finite(t *testing.T, values ...float64) {
	t.Helper()
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("value %d is %v", i, v)
		}
	}
}
