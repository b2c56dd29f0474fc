package summary_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

func TestMomentsErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		x    []float64
		err  error
	}{
		{"empty", nil, stat.ErrTooFew},
		{"NaN", []float64{1, math.NaN()}, stat.ErrNotFinite},
		{"infinite", []float64{math.Inf(-1), 1}, stat.ErrNotFinite},
		{"overflow", []float64{math.MaxFloat64, math.MaxFloat64}, stat.ErrNotFinite},
		{"variance overflows", []float64{-1e300, 1e300}, stat.ErrNotFinite},
	} {
		if _, err := summary.Of(tt.x); !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
	}
	if m, err := summary.Of([]float64{3}); err != nil || m != (summary.Moments{N: 1, Mean: 3}) {
		t.Errorf("one value: %+v, %v", m, err)
	}
}

func sample(t *rapid.T, name string, minLen int) []float64 {
	return rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), minLen, 60).Draw(t, name)
}

// Splitting a sample and merging the parts gives the whole; order is irrelevant.
// Means that cancel keep the digits of the largest value.
func TestMomentsMergeAndShuffle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sample(t, "x", 2)
		cut := rapid.IntRange(1, len(x)-1).Draw(t, "cut")
		whole, err := summary.Of(x)
		if err != nil {
			t.Fatal(err)
		}
		scale := math.Max(1, math.Max(slices.Max(x), -slices.Min(x)))
		nearMean := func(a, b float64) bool { return math.Abs(a-b) <= 1e-14*scale }
		a, _ := summary.Of(x[:cut])
		b, _ := summary.Of(x[cut:])
		got := summary.Merge(a, b)
		if got.N != whole.N || !nearMean(got.Mean, whole.Mean) || !reference.Near(got.Var, whole.Var, 1e-10) {
			t.Fatalf("merged %+v, whole %+v", got, whole)
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
		again, _ := summary.Of(x)
		if !nearMean(again.Mean, whole.Mean) || !reference.Near(again.Var, whole.Var, 1e-13) {
			t.Fatalf("shuffled %+v, before %+v", again, whole)
		}
	})
}

func TestSMD(t *testing.T) {
	// By hand: means 5 and 2, variances 4 and 16, s = √10, (5-2)/√10.
	got, err := summary.SMD(summary.Moments{N: 9, Mean: 5, Var: 4}, summary.Moments{N: 3, Mean: 2, Var: 16})
	if err != nil || !reference.Near(got, 3/math.Sqrt(10), 1e-15) {
		t.Errorf("SMD %v, %v", got, err)
	}
	if _, err := summary.SMD(summary.Moments{N: 2}, summary.Moments{N: 2}); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("constants: %v", err)
	}
	if _, err := summary.SMD(summary.Moments{N: 1}, summary.Moments{N: 2, Var: 1}); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("one value: %v", err)
	}
}
