package money_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/money"
)

func must[D money.Dist](t *testing.T) func(D, error) money.Dist {
	return func(d D, err error) money.Dist {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

func TestQuantilesByHand(t *testing.T) {
	triangle := must[money.Triangular](t)(money.NewTriangular(0, 2, 6))
	// F(2) = 1/3; below, F(x) = x²/12, so F(1) = 1/12; above,
	// F(x) = 1 - (6-x)²/24, so F(4) = 5/6. R: qnorm(0.975) = 1.959963984540054.
	normal := must[money.Normal](t)(money.NewNormal(10, 2))
	lognormal := must[money.LogNormal](t)(money.NewLogNormal(25, 400, 0.9))
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"triangular at the mode", triangle.Quantile(1. / 3), 2},
		{"triangular below", triangle.Quantile(1. / 12), 1},
		{"triangular above", triangle.Quantile(5. / 6), 4},
		{"triangular mean", triangle.Mean(), 8. / 3},
		{"normal", normal.Quantile(0.975), 10 + 2*1.959963984540054},
		{"lognormal 5th percentile", lognormal.Quantile(0.05), 25},
		{"lognormal 95th percentile", lognormal.Quantile(0.95), 400},
		{"lognormal median, the geometric mean", money.Median(lognormal), 100},
		{"fixed", money.Fixed(7).Quantile(0.2), 7},
	} {
		if !reference.Near(c.got, c.want, 1e-12) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

// Stratified draws reproduce the mean and the quantiles of their distribution
// and are the same for the same seed.
func TestDraw(t *testing.T) {
	for name, d := range map[string]money.Dist{
		"triangular": must[money.Triangular](t)(money.NewTriangular(1, 1, 5)),
		"normal":     must[money.Normal](t)(money.NewNormal(-3, 2)),
		"lognormal":  must[money.LogNormal](t)(money.NewLogNormal(2, 3, 0.9)),
	} {
		x := money.Draw(d, 4000, rand.NewPCG(1, 2))
		if again := money.Draw(d, 4000, rand.NewPCG(1, 2)); !slices.Equal(x, again) {
			t.Errorf("%s: the same seed gives other draws", name)
		}
		sum := 0.0
		for _, v := range x {
			sum += v
		}
		if mean := sum / 4000; !reference.Near(mean, d.Mean(), 2e-3) {
			t.Errorf("%s: mean of draws %v, want %v", name, mean, d.Mean())
		}
		if slices.IsSorted(x) {
			t.Errorf("%s: draws are sorted", name)
		}
		slices.Sort(x)
		for _, p := range []float64{0.05, 0.5, 0.95} {
			if got := x[int(p*4000)]; !reference.Near(got, d.Quantile(p), 3e-3) {
				t.Errorf("%s: %v quantile of draws %v, want %v", name, p, got, d.Quantile(p))
			}
		}
	}
}

func TestTornado(t *testing.T) {
	// f = 2a + 3b·c with middles 1, 2, 10: a swings 2·(3-0) = 6, b by
	// 30·(2.5-1.5) = 30, c by 6·(11-9) = 12.
	inputs := []money.Input{{"a", 0, 1, 3}, {"b", 1.5, 2, 2.5}, {"c", 11, 10, 9}}
	got := money.Tornado(inputs, func(v []float64) float64 { return 2*v[0] + 3*v[1]*v[2] })
	want := []money.Bar{{"b", 47, 77, 30}, {"c", 68, 56, 12}, {"a", 60, 66, 6}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := money.Tornado(nil, func([]float64) float64 { return 1 }); len(got) != 0 {
		t.Errorf("no inputs: %+v", got)
	}
}

func TestBreakEvenFindsTheRoot(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slope := rapid.Float64Range(0.01, 1e6).Draw(t, "slope")
		if rapid.Bool().Draw(t, "falling") {
			slope = -slope
		}
		root := rapid.Float64Range(-10, 10).Draw(t, "root")
		x, err := money.BreakEven(func(x float64) float64 { return slope * (math.Exp(x) - math.Exp(root)) }, -11, 11)
		if err != nil || !reference.Near(x, root, 1e-9) {
			t.Fatalf("root %v, %v; want %v", x, err, root)
		}
	})
}
