package inverse_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/internal/inverse"
)

// want: R 4.2.2 qbeta(p, a, b) and qf(p, a, b, lower.tail = FALSE).
func TestQuantiles(t *testing.T) {
	for _, tt := range []struct{ a, b, p, want float64 }{
		{2, 3, 0.025, 0.06758598648854296},
		{2, 3, 0.975, 0.8058795503167566},
		{0.5, 40, 0.3, 0.001865789076584457},
		{300, 5, 0.9, 0.9919772937736179},
		{1.5, 900, 0.001, 1.349482001588721e-05},
	} {
		if got := inverse.Beta(tt.a, tt.b, tt.p); !reference.Near(got, tt.want, 1e-12) {
			t.Errorf("Beta(%g, %g, %g) = %v, want %v", tt.a, tt.b, tt.p, got, tt.want)
		}
	}
	for _, tt := range []struct{ a, b, alpha, want float64 }{
		{1, 10, 0.05, 4.964602743730713},
		{5, 24, 0.025, 3.154816342533115},
		{24, 5, 0.025, 6.278040141851083},
		{3, 1000, 0.001, 5.463667985049048},
		{200, 2, 0.5, 1.437700817110844},
	} {
		if got := inverse.F(tt.a, tt.b, tt.alpha); !reference.Near(got, tt.want, 1e-12) {
			t.Errorf("F(%g, %g, %g) = %v, want %v", tt.a, tt.b, tt.alpha, got, tt.want)
		}
	}
}

// Roots known exactly, of a line, a cube that is flat where it crosses, a
// function that is flat elsewhere, and a step.
func TestRoots(t *testing.T) {
	step := func(x float64) float64 {
		if x < math.Pi {
			return -1
		}
		return 1
	}
	for _, tt := range []struct {
		name            string
		f               func(float64) float64
		p, want, within float64
	}{
		{"line", func(x float64) float64 { return 3 * x }, 6, 2, 1e-12},
		{"cube", func(x float64) float64 { return (x - 1) * (x - 1) * (x - 1) }, 0, 1, 1e-4},
		{"exponential", math.Exp, 2, math.Ln2, 1e-12},
		{"arc tangent", func(x float64) float64 { return math.Atan(1e3 * (x - 5)) }, 0, 5, 1e-12},
		{"step", step, 0, math.Pi, 1e-12},
	} {
		for name, got := range map[string]float64{
			"Rising": inverse.Rising(tt.f, tt.p, -20, 30, 1e-13), "Around": inverse.Around(tt.f, tt.p, -7, 0.5, 1e-13),
		} {
			if !(math.Abs(got-tt.want) <= tt.within) {
				t.Errorf("%s of the %s: %v, want %v", name, tt.name, got, tt.want)
			}
		}
	}
}

// Beyond the ends of the bracket the nearer end is the answer.
func TestBeyond(t *testing.T) {
	if low, high := inverse.Rising(math.Exp, 0.5, 0, 1, 1e-9), inverse.Rising(math.Exp, 3, 0, 1, 1e-9); low != 0 || high != 1 {
		t.Errorf("%v and %v, want 0 and 1", low, high)
	}
}
