package report

import (
	"math"

	"github.com/liftmark/liftmark/internal/figure"
)

// axis maps a range of numbers to a range of pixels and knows its nice ticks.
type axis struct {
	from, to float64 // data
	a, b     float64 // pixels
	step     float64
}

// newAxis covers all values with round ends and about n steps between them.
// Pixels run from a to b; b may be smaller (an axis that points up).
func newAxis(a, b float64, n int, values ...float64) axis {
	lo, hi := extent(values)
	if lo == hi {
		pad := math.Max(math.Abs(lo)/2, 1)
		lo, hi = lo-pad, hi+pad
	}
	step := niceStep((hi - lo) / float64(n))
	return axis{from: math.Floor(lo/step+1e-9) * step, to: math.Ceil(hi/step-1e-9) * step, a: a, b: b, step: step}
}

// newShareAxis covers survival probabilities in per cent: it ends at 100 and
// starts at zero or, where the curves would be a line at the top, higher.
func newShareAxis(a, b float64, n int, lowest float64) axis {
	x := newAxis(a, b, n, lowest-5, 100)
	x.from, x.to = math.Max(0, x.from), 100
	return x
}

func extent(values []float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if finite(v) {
			lo, hi = math.Min(lo, v), math.Max(hi, v)
		}
	}
	if lo > hi {
		return 0, 1
	}
	return lo, hi
}

// niceStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that is not
// below the raw step.
func niceStep(raw float64) float64 {
	if raw <= 0 || !finite(raw) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 2.5, 5} {
		if m*p >= raw*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

func (x axis) at(v float64) float64 {
	return x.a + (v-x.from)/(x.to-x.from)*(x.b-x.a)
}

func (x axis) ticks() []float64 {
	var out []float64
	for i := 0; i <= 100; i++ {
		v := x.from + float64(i)*x.step
		if v > x.to+x.step/1e6 {
			break
		}
		if math.Abs(v) < x.step/1e6 {
			v = 0
		}
		out = append(out, v)
	}
	return out
}

// decimals is how many decimals the ticks need.
func (x axis) decimals() int {
	d := 0
	for s := x.step; d < 6 && math.Abs(s-math.Round(s)) > 1e-9*math.Max(1, s); s *= 10 {
		d++
	}
	return d
}

// horizontal draws the axis line, ticks and grid for pixels y0 (top) to y1.
func (x axis) horizontal(c *canvas, y0, y1 float64, write func(v float64, d int) string) {
	c.line(x.a, y1, x.b, y1, "axis")
	for _, v := range x.ticks() {
		c.line(x.at(v), y0, x.at(v), y1, "grid")
		c.text(x.at(v), y1+c.size()+5, "tick "+edge(x, v), write(v, x.decimals()))
	}
}

// edge keeps the outermost tick labels inside the picture.
func edge(x axis, v float64) string {
	switch {
	case x.a < 14 && x.at(v) <= x.a+1:
		return "s"
	default:
		return "m"
	}
}

// vertical draws grid lines from pixels x0 to x1 with tick labels left of them.
func (x axis) vertical(c *canvas, x0, x1 float64, write func(v float64, d int) string) {
	for _, v := range x.ticks() {
		c.line(x0, x.at(v), x1, x.at(v), "grid")
		c.text(x0-8, x.at(v)+c.size()*0.35, "tick e", write(v, x.decimals()))
	}
}

// plainTick writes ticks of levels, signedTick those of changes.
func plainTick(v float64, d int) string  { return figure.Number(v, d) }
func signedTick(v float64, d int) string { return figure.Signed(v, d) }
