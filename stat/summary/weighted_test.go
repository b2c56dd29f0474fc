package summary_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

func TestWeighted(t *testing.T) {
	x := []float64{1, 2, 4, 8, 16, 32.5, 3}
	w := []float64{0.5, 1, 2, 0.1, 3, 0, 1}
	m, err := summary.OfWeighted(x, w)
	if err != nil {
		t.Fatal(err)
	}
	// R 4.2: cov.wt(cbind(x), w/sum(w), method = "unbiased"); sum(w)^2/sum(w^2).
	evidence.Claim{Method: "Weighted mean, variance, effective sample size", Data: "seven numbers", Source: "R 4.2 cov.wt"}.
		Agree(t, []float64{m.Mean, m.Var, m.ESS}, []float64{8.19736842105263, 55.29294117647057, 3.78505897771953}, 1e-13)
	if m.N != 6 {
		t.Errorf("%d observations with a positive weight, want 6", m.N)
	}
	if ess, err := summary.ESS(w); err != nil || ess != m.ESS {
		t.Errorf("ESS %v, %v", ess, err)
	}
}

func TestWeightedEqualsPlainUnderEqualWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := sample(t, "x", 2)
		scale := rapid.Float64Range(1e-3, 1e3).Draw(t, "weight")
		w := make([]float64, len(x))
		for i := range w {
			w[i] = scale
		}
		plain, _ := summary.Of(x)
		got, err := summary.OfWeighted(x, w)
		if err != nil {
			t.Fatal(err)
		}
		if !reference.Near(got.Mean, plain.Mean, 1e-11) || !reference.Near(got.Var, plain.Var, 1e-9) || !reference.Near(got.ESS, float64(len(x)), 1e-12) {
			t.Fatalf("weighted %+v, plain %+v", got, plain)
		}
	})
}

func TestWeightedErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		x, w []float64
		err  error
	}{
		{"no rows", nil, nil, stat.ErrTooFew},
		{"all weights zero", []float64{1, 2}, []float64{0, 0}, stat.ErrTooFew},
		{"negative weight", []float64{1, 2}, []float64{1, -1}, stat.ErrInvalid},
		{"NaN weight", []float64{1, 2}, []float64{1, math.NaN()}, stat.ErrNotFinite},
		{"infinite value", []float64{1, math.Inf(1)}, []float64{1, 1}, stat.ErrNotFinite},
		{"weights overflow", []float64{1, 2}, []float64{1e200, 1e200}, stat.ErrNotFinite},
	} {
		if _, err := summary.OfWeighted(tt.x, tt.w); !errors.Is(err, tt.err) {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
	}
	if m, err := summary.OfWeighted([]float64{7, 9}, []float64{2, 0}); err != nil || m.Var != 0 || m.Mean != 7 {
		t.Errorf("one positive weight: %+v, %v", m, err)
	}
}
