package money_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/stat"
)

// finite fails unless err is one of package stat's or all values are finite.
func finite(t *testing.T, what string, err error, values ...float64) {
	t.Helper()
	if err != nil {
		if !typed(err) {
			t.Fatalf("%s: untyped error %v", what, err)
		}
		return
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s: value %d is %v", what, i, v)
		}
	}
}

func typed(err error) bool {
	for _, e := range []error{
		stat.ErrTooFew, stat.ErrNoVariance, stat.ErrNotFinite, stat.ErrInvalid, stat.ErrCollinear,
		stat.ErrSeparation, stat.ErrNoOverlap, stat.ErrNoConvergence,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
