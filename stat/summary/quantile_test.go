package summary_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

func TestQuantile(t *testing.T) {
	x := []float64{1, 2, 4, 8, 16, 32.5, 3}
	before := slices.Clone(x)
	ps := []float64{0, 0.05, 0.1, 0.25, 0.5, 0.77, 0.95, 1}
	want := []float64{1, 1.30, 1.60, 2.50, 4, 12.96, 27.55, 32.50} // R 4.2: quantile(x, ps), type 7
	got, err := summary.Quantiles(x, ps...)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Quantiles, type 7", Data: "seven numbers", Source: "R 4.2 quantile"}.Agree(t, got, want, 1e-14)
	if !slices.Equal(x, before) {
		t.Errorf("input was changed: %v", x)
	}
	if one, err := summary.Quantile([]float64{5}, 0.3); err != nil || one != 5 {
		t.Errorf("one value: %v, %v", one, err)
	}
}

func TestQuantileErrors(t *testing.T) {
	if _, err := summary.Quantile(nil, 0.5); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("empty: %v", err)
	}
	if _, err := summary.Quantile([]float64{1, math.NaN()}, 0.5); !errors.Is(err, stat.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	defer func() {
		if recover() == nil {
			t.Error("p = 1.5 did not panic")
		}
	}()
	_, _ = summary.Quantile([]float64{1}, 1.5)
}

func TestQuantileIsMonotoneAndBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sample(t, "x", 1)
		p := rapid.Float64Range(0, 1).Draw(t, "p")
		q := rapid.Float64Range(0, p).Draw(t, "q")
		got, err := summary.Quantiles(x, q, p)
		if err != nil {
			t.Fatal(err)
		}
		if got[0] > got[1]+1e-9 || got[0] < slices.Min(x)-1e-9 || got[1] > slices.Max(x)+1e-9 {
			t.Fatalf("quantiles %v of %v", got, x)
		}
	})
}

// Another unit and a shift leave the autocorrelation, time run backwards too.
func TestAutocorrelationProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sample(t, "x", 4)
		lag := rapid.IntRange(0, 3).Draw(t, "lag")
		want, err := summary.Autocorrelation(x, lag)
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		other, largest := make([]float64, len(x)), max(slices.Max(x), -slices.Min(x))
		for i, v := range x {
			other[len(x)-1-i] = -8*v + largest // a larger shift would take the digits
		}
		got, err := summary.Autocorrelation(other, lag)
		if err != nil || math.Abs(got-want) > 1e-8 || !(math.Abs(want) <= 1) || (lag == 0 && want < 1-1e-12) {
			t.Fatalf("%v, backwards in another unit %v, %v", want, got, err)
		}
	})
	if _, err := summary.Autocorrelation([]float64{1, 2}, 2); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("lag of the whole series: %v", err)
	}
}
