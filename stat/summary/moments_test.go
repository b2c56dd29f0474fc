package summary_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// digits counts the correct significant digits of got (NIST's log relative
// error), 15 when they are equal.
func digits(got, want float64) float64 {
	if got == want {
		return 15
	}
	return min(15, -math.Log10(math.Abs(got-want)/math.Abs(want)))
}

// numAcc builds NIST's NumAcc series: one value in the middle, then `pairs`
// alternating low and high.
func numAcc(mid, low, high float64, pairs int) []float64 {
	x := []float64{mid}
	for range pairs {
		x = append(x, low, high)
	}
	return x
}

// michelson is the speed of light in air, km/s minus 299,000 (Michelson 1882),
// as in NIST's Michelso (there in thousands of km/s) and R's datasets::morley.
var michelson = []float64{
	850, 740, 900, 1070, 930, 850, 950, 980, 980, 880, 1000, 980, 930, 650, 760, 810, 1000, 1000, 960, 960,
	960, 940, 960, 940, 880, 800, 850, 880, 900, 840, 830, 790, 810, 880, 880, 830, 800, 790, 760, 800,
	880, 880, 880, 860, 720, 720, 620, 860, 970, 950, 880, 910, 850, 870, 840, 840, 850, 840, 840, 840,
	890, 810, 810, 820, 800, 770, 760, 740, 750, 760, 910, 920, 890, 860, 880, 720, 840, 850, 850, 780,
	890, 840, 780, 810, 760, 810, 790, 810, 820, 850, 870, 870, 810, 740, 810, 940, 950, 800, 810, 870,
}

func scaled(x []float64, offset, factor float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = (v + offset) * factor
	}
	return out
}

// Certified values: NIST Statistical Reference Datasets, univariate. NumAcc3
// and NumAcc4 are not exact in binary: the series the machine holds has a
// standard deviation that differs from the certified one in the tenth and
// ninth digit, so no algorithm on float64 input can do better.
func TestMomentsNIST(t *testing.T) {
	for _, tt := range []struct {
		name           string
		x              []float64
		mean, sd       float64
		minMean, minSD float64
	}{
		{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, 15, 15},
		{"NumAcc2", numAcc(1.2, 1.1, 1.3, 500), 1.2, 0.1, 14, 14},
		{"NumAcc3", numAcc(1000000.2, 1000000.1, 1000000.3, 500), 1000000.2, 0.1, 14, 9},
		{"NumAcc4", numAcc(10000000.2, 10000000.1, 10000000.3, 500), 10000000.2, 0.1, 14, 8},
		{"Michelso", scaled(michelson, 299000, 1e-3), 299.852400000000, 0.0790105478190518, 14, 12},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := summary.Of(tt.x)
			if err != nil {
				t.Fatal(err)
			}
			dm, ds := digits(m.Mean, tt.mean), digits(m.SD(), tt.sd)
			t.Logf("correct digits: mean %.1f, sd %.1f", dm, ds)
			if !(dm >= tt.minMean) || !(ds >= tt.minSD) {
				t.Errorf("mean %.16g (%.1f digits), sd %.16g (%.1f digits); want %v and %v", m.Mean, dm, m.SD(), ds, tt.minMean, tt.minSD)
			}
		})
	}
}

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
func TestMomentsMergeAndShuffle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sample(t, "x", 2)
		cut := rapid.IntRange(1, len(x)-1).Draw(t, "cut")
		whole, err := summary.Of(x)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := summary.Of(x[:cut])
		b, _ := summary.Of(x[cut:])
		got := summary.Merge(a, b)
		if got.N != whole.N || !reference.Near(got.Mean, whole.Mean, 1e-12) || !reference.Near(got.Var, whole.Var, 1e-10) {
			t.Fatalf("merged %+v, whole %+v", got, whole)
		}
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rng.Shuffle(len(x), func(i, j int) { x[i], x[j] = x[j], x[i] })
		again, _ := summary.Of(x)
		if !reference.Near(again.Mean, whole.Mean, 1e-14) || !reference.Near(again.Var, whole.Var, 1e-13) {
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
