package evidence_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
)

func TestDigits(t *testing.T) {
	for _, tt := range []struct{ got, want, digits float64 }{
		{1, 1, 15},
		{math.Inf(1), math.Inf(1), 15},
		{1.001, 1, 3},
		{0.999, 1, 3},
		{1e-9, 0, 9},
		{2, 1, 0},
		{-1, 1, 0},
		{math.NaN(), 1, 0},
		{1, math.NaN(), 0},
		{math.Inf(-1), math.Inf(1), 0},
	} {
		if d := evidence.Digits(tt.got, tt.want); math.Abs(d-tt.digits) > 1e-6 {
			t.Errorf("Digits(%v, %v) = %v, want %v", tt.got, tt.want, d, tt.digits)
		}
	}
}

// spy notes a failure instead of failing.
type spy struct {
	testing.TB
	failed bool
}

func (s *spy) Errorf(string, ...any) { s.failed = true }
func (s *spy) Helper()               {}
func (s *spy) Failed() bool          { return true } // keeps the records clean

func TestAgreeFailsBeyondItsTolerance(t *testing.T) {
	c := evidence.Claim{Method: "m", Data: "d", Source: "s"}
	for _, tt := range []struct {
		got    float64
		failed bool
	}{{100.0000009, false}, {100.00001, true}, {math.NaN(), true}} {
		s := &spy{TB: t}
		c.Agree(s, []float64{tt.got}, []float64{100}, 1e-8)
		if s.failed != tt.failed {
			t.Errorf("%v beside 100: failed %v, want %v", tt.got, s.failed, tt.failed)
		}
	}
}

func TestSimulationJudgesShares(t *testing.T) {
	s := &spy{TB: t}
	sim := evidence.Simulate(s, "coin", evidence.Draws{Quick: 2000, Full: 2000, Seed: 1}, func(rng *rand.Rand, hold func(string, bool)) error {
		hold("fair", rng.Float64() < 0.5)
		return nil
	})
	for _, tt := range []struct {
		name   string
		judge  func()
		failed bool
	}{
		{"nominal", func() { sim.Nominal("fair", 0.5, 0) }, false},
		{"not nominal", func() { sim.Nominal("fair", 0.6, 0) }, true},
		{"at least", func() { sim.AtLeast("fair", 0.6) }, true},
		{"at most", func() { sim.AtMost("fair", 0.4) }, true},
		{"fails as it should", func() { sim.ShownToFail("fair", 0.95) }, false},
		{"should fail but does not", func() { sim.ShownToFail("fair", 0.5) }, true},
	} {
		s.failed = false
		tt.judge()
		if s.failed != tt.failed {
			t.Errorf("%s: failed %v, want %v", tt.name, s.failed, tt.failed)
		}
	}
}

func TestSimulationStopsAtAnError(t *testing.T) {
	s := &fatal{TB: t}
	func() {
		defer func() { _ = recover() }()
		evidence.Simulate(s, "broken", evidence.Draws{Quick: 2}, func(*rand.Rand, func(string, bool)) error { return errors.New("no") })
	}()
	if !s.stopped {
		t.Error("an error in a draw did not stop the test")
	}
}

func TestFiniteTellsSilenceFromAnError(t *testing.T) {
	for _, tt := range []struct {
		name   string
		err    error
		value  float64
		failed bool
	}{
		{"a number", nil, 1, false},
		{"a typed error", fmt.Errorf("row 3: %w", stat.ErrTooFew), math.NaN(), false},
		{"another error", errors.New("disk full"), 0, true},
		{"NaN", nil, math.NaN(), true},
		{"infinity", nil, math.Inf(-1), true},
	} {
		s := &fatal{TB: t}
		func() {
			defer func() { _ = recover() }()
			evidence.Finite(s, tt.name, tt.err, tt.value)
		}()
		if s.stopped != tt.failed {
			t.Errorf("%s: failed %v, want %v", tt.name, s.stopped, tt.failed)
		}
	}
}

type fatal struct {
	testing.TB
	stopped bool
}

func (f *fatal) Helper()                           {}
func (f *fatal) Fatalf(format string, args ...any) { f.Fatal(fmt.Sprintf(format, args...)) }
func (f *fatal) Fatal(...any) {
	f.stopped = true
	panic("stopped")
}
