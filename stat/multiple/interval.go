package multiple

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Simultaneous widens the intervals of several tests so that all of them hold
// their truth at once with at least the given level, whatever the dependence
// (Bonferroni). Intervals are in the order and units of the tests and use each
// test's own degrees of freedom.
//
// Errors: ErrTooFew without tests; ErrNotFinite or ErrInvalid, naming the
// test, where value, standard error or degrees of freedom are impossible.
// Simultaneous panics if level is outside (0, 1).
//
// Source: Dunn (1961), JASA 56:52-64.
func Simultaneous(tests []stat.Test, level float64) ([]stat.Interval, error) {
	stat.CheckLevel(level)
	return widen(tests, level, (1-level)/float64(len(tests)))
}

// Selected gives intervals for those of m tests that were picked because of
// what they showed: of the intervals given, at most 1-level miss on average
// (the false coverage rate), which plain intervals of picked effects do not
// achieve. Where the picks are the rejections of BenjaminiHochberg at
// 1-level, none of the intervals holds 0. Tests are independent or positively
// dependent.
//
// Errors: as for Simultaneous. Selected panics if level is outside (0, 1) or m
// is below the number picked.
//
// Source: Benjamini and Yekutieli (2005), JASA 100:71-81.
func Selected(picked []stat.Test, m int, level float64) ([]stat.Interval, error) {
	stat.CheckLevel(level)
	if m < len(picked) {
		panic(fmt.Sprintf("multiple: %d picked of %d tests", len(picked), m))
	}
	return widen(picked, level, (1-level)*float64(len(picked))/float64(m))
}

// widen recomputes each interval at error rate alpha and labels it with level.
func widen(tests []stat.Test, level, alpha float64) ([]stat.Interval, error) {
	if len(tests) == 0 {
		return nil, fmt.Errorf("intervals of no tests: %w", stat.ErrTooFew)
	}
	out := make([]stat.Interval, len(tests))
	for i, t := range tests {
		switch {
		case math.IsNaN(t.Value+t.SE) || math.IsInf(t.Value+t.SE, 0) || math.IsNaN(t.DF):
			return nil, fmt.Errorf("test %d: %w", i, stat.ErrNotFinite)
		case t.SE <= 0 || t.DF <= 0:
			return nil, fmt.Errorf("test %d: standard error %g on %g degrees of freedom: %w", i, t.SE, t.DF, stat.ErrInvalid)
		}
		out[i] = stat.Student(t.Value, t.SE, t.DF, 1-alpha).Interval
		out[i].Level = level
		if math.IsInf(out[i].High-out[i].Low, 0) || math.IsNaN(out[i].High-out[i].Low) {
			return nil, fmt.Errorf("test %d: interval overflows: %w", i, stat.ErrNotFinite)
		}
	}
	return out, nil
}
