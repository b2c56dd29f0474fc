package evidence

import (
	"math"

	"github.com/liftmark/liftmark/stat"
)

// failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Finite fails unless the call either gave an error that data can cause, or no
// error and finite values only: what every method promises whatever its input.
// It says whether there was no error.
func Finite(t failer, what string, err error, values ...float64) bool {
	t.Helper()
	if err != nil {
		if !stat.DataError(err) {
			t.Fatalf("%s: an error that is none of package stat's: %v", what, err)
		}
		return false
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("%s: value %d is %v", what, i, v)
		}
	}
	return true
}

// FiniteEstimate is Finite for an estimate and more values beside it; its
// interval must also have a width.
func FiniteEstimate(t failer, what string, err error, e stat.Estimate, more ...float64) bool {
	t.Helper()
	ok := Finite(t, what, err, append(more, e.Value, e.SE, e.Interval.Low, e.Interval.High)...)
	if ok && !(e.Interval.Low < e.Interval.High) {
		t.Fatalf("%s: an interval without width: %+v", what, e.Interval)
	}
	return ok
}

// skipper is a *rapid.T, which draws another case for one that is skipped.
type skipper interface {
	failer
	Skip(args ...any)
}

// Discard drops a drawn case that its method refuses, since a property says
// nothing of it. Only an error that data can cause may do so; any other fails.
// A property that discards nearly all its cases fails too, by rapid's own count.
func Discard(t skipper, err error) {
	t.Helper()
	if !stat.DataError(err) {
		t.Fatalf("an error that is none of package stat's: %v", err)
	}
	t.Skip("a drawn case that the method refuses:", err)
}
