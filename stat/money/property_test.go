package money_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/money"
)

// More income pays back no later, another currency changes no time, and up to
// the payback the flows add up to the outlay.
func TestPaybackProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		outlay := -rapid.Float64Range(1, 1000).Draw(t, "outlay")
		flows := rapid.SliceOfN(rapid.Float64Range(1, 400), 1, 12).Draw(t, "flows")
		periods, ok, err := money.Payback(outlay, flows)
		if err != nil {
			t.Fatal(err)
		}
		more, scaled := make([]float64, len(flows)), make([]float64, len(flows))
		for i, f := range flows {
			more[i], scaled[i] = f+1, 4*f
		}
		sooner, also, _ := money.Payback(outlay, more)
		again, same, _ := money.Payback(4*outlay, scaled)
		if (ok && !also) || (ok && sooner > periods) || same != ok || again != periods {
			t.Fatalf("%v %v, with more %v %v, in another currency %v %v", periods, ok, sooner, also, again, same)
		}
		if !ok {
			return
		}
		sum, whole := outlay, int(periods)
		for i := 0; i < whole; i++ {
			sum += flows[i]
		}
		if whole < len(flows) {
			sum += (periods - float64(whole)) * flows[whole]
		}
		if !reference.Near(sum, 0, 1e-9) {
			t.Fatalf("after %v periods %v is left", periods, sum)
		}
	})
}

// Quantiles rise, stay in range, and invert the triangle's distribution
// function; shifting and scaling a triangle shifts and scales its draws.
func TestDistributionProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low, width := rapid.Float64Range(-100, 100).Draw(t, "low"), rapid.Float64Range(0.1, 100).Draw(t, "width")
		mode := low + width*rapid.Float64Range(0, 1).Draw(t, "mode")
		d, err := money.NewTriangular(low, math.Min(mode, low+width), low+width)
		if err != nil {
			t.Fatal(err)
		}
		p, q := rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "p"), rapid.Float64Range(1e-6, 1-1e-6).Draw(t, "q")
		x, y := d.Quantile(p), d.Quantile(q)
		if (p < q && x > y) || x < low || x > low+width {
			t.Fatalf("%+v: %v at %v, %v at %v", d, x, p, y, q)
		}
		share := 1 - (d.High-x)*(d.High-x)/(width*math.Max(d.High-d.Mode, 1e-300))
		if x < d.Mode {
			share = (x - low) * (x - low) / (width * (d.Mode - low))
		}
		if !reference.Near(share, p, 1e-6) {
			t.Fatalf("%+v: share %v below the %v quantile", d, share, p)
		}
		wide, err := money.NewTriangular(2*d.Low+3, 2*d.Mode+3, 2*d.High+3)
		if err != nil || !reference.Near(wide.Quantile(p), 2*x+3, 1e-9) {
			t.Fatalf("%+v and scaled %+v, %v", d, wide, err)
		}
	})
}

// The order of inputs does not matter to a tornado, nor does another currency
// to its ranking.
func TestTornadoProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inputs := []money.Input{{Name: "a"}, {Name: "b"}, {Name: "c"}}
		for i := range inputs {
			inputs[i].Middle = rapid.Float64Range(1, 10).Draw(t, "middle")
			inputs[i].Low = inputs[i].Middle - rapid.Float64Range(0, 1).Draw(t, "down")
			inputs[i].High = inputs[i].Middle + rapid.Float64Range(0, 1).Draw(t, "up")
		}
		got := money.Tornado(inputs, func(v []float64) float64 { return v[0]*v[1] - v[2] })
		back := []money.Input{inputs[2], inputs[1], inputs[0]}
		again := money.Tornado(back, func(v []float64) float64 { return 8 * (v[2]*v[1] - v[0]) })
		for i := range got {
			if got[i].Name != again[i].Name || got[i].Swing < 0 || again[i].Swing != 8*got[i].Swing || (i > 0 && got[i].Swing > got[i-1].Swing) {
				t.Fatalf("%+v and reordered %+v", got, again)
			}
		}
	})
}
