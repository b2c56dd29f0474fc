package money

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// BreakEven finds x in [low, high] with f(x) = 0 for a monotone f, rising or
// falling, by bisection to the last bit. Where f is zero over a stretch, one
// of its points is returned.
//
// Errors: ErrNoConvergence if f has the same sign at both ends, ErrNotFinite
// if f is NaN at an end. BreakEven panics if low is not below high.
func BreakEven(f func(x float64) float64, low, high float64) (float64, error) {
	if !(low < high) {
		panic(fmt.Sprintf("money: break-even between %v and %v", low, high))
	}
	atLow, atHigh := f(low), f(high)
	switch {
	case math.IsNaN(atLow) || math.IsNaN(atHigh):
		return 0, fmt.Errorf("break-even: value is %v at %v and %v at %v: %w", atLow, low, atHigh, high, stat.ErrNotFinite)
	case atLow == 0:
		return low, nil
	case atHigh == 0:
		return high, nil
	case (atLow > 0) == (atHigh > 0):
		return 0, fmt.Errorf("break-even: value is %v at %v and %v at %v: %w", atLow, low, atHigh, high, stat.ErrNoConvergence)
	}
	for {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return mid, nil
		}
		v := f(mid)
		if v == 0 {
			return mid, nil
		}
		if (v > 0) == (atLow > 0) {
			low = mid
		} else {
			high = mid
		}
	}
}
