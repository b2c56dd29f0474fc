package picture

import (
	"math"

	"github.com/liftmark/liftmark/internal/figure"
)

// Axis maps a range of numbers to a range of pixels and knows its nice ticks.
// Pixels run from A to B; B may be smaller (an axis that points up).
type Axis struct {
	From, To float64 // data
	A, B     float64 // pixels
	Step     float64 // between ticks
}

// NewAxis covers all values with round ends and about n steps between them.
// Pixels run from a to b; b may be smaller (an axis that points up).
func NewAxis(a, b float64, n int, values ...float64) Axis {
	lo, hi := extent(values)
	if lo == hi {
		pad := math.Max(math.Abs(lo)/2, 1)
		lo, hi = lo-pad, hi+pad
	}
	step := niceStep((hi - lo) / float64(n))
	return Axis{From: math.Floor(lo/step+1e-9) * step, To: math.Ceil(hi/step-1e-9) * step, A: a, B: b, Step: step}
}

// NewShareAxis covers survival probabilities in per cent: it ends at 100 and
// starts at zero or, where the curves would be a line at the top, higher.
func NewShareAxis(a, b float64, n int, lowest float64) Axis {
	x := NewAxis(a, b, n, lowest-5, 100)
	x.From, x.To = math.Max(0, x.From), 100
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

// At is the pixel of a number.
func (x Axis) At(v float64) float64 {
	return x.A + (v-x.From)/(x.To-x.From)*(x.B-x.A)
}

// Ticks are the numbers to write, at most 101.
func (x Axis) Ticks() []float64 {
	var out []float64
	for i := 0; i <= 100; i++ {
		v := x.From + float64(i)*x.Step
		if v > x.To+x.Step/1e6 {
			break
		}
		if math.Abs(v) < x.Step/1e6 {
			v = 0
		}
		out = append(out, v)
	}
	return out
}

// Decimals is how many decimals the ticks need.
func (x Axis) Decimals() int { return decimalsOf(x.Step) }

// decimalsOf is how many decimals write a round number, at most 6.
func decimalsOf(v float64) int {
	d := 0
	for s := math.Abs(v); d < 6 && math.Abs(s-math.Round(s)) > 1e-9*math.Max(1, s); s *= 10 {
		d++
	}
	return d
}

// Horizontal draws the axis line, ticks and grid for pixels y0 (top) to y1.
func (x Axis) Horizontal(c *Canvas, y0, y1 float64, write func(v float64, d int) string) {
	c.Line(x.A, y1, x.B, y1, "axis")
	for _, v := range x.Ticks() {
		c.Line(x.At(v), y0, x.At(v), y1, "grid")
		c.Text(x.At(v), y1+c.Size()+5, "tick "+edge(x, v), write(v, x.Decimals()))
	}
}

// edge keeps the outermost tick labels inside the picture.
func edge(x Axis, v float64) string {
	switch {
	case x.A < 14 && x.At(v) <= x.A+1:
		return "s"
	default:
		return "m"
	}
}

// Vertical draws grid lines from pixels x0 to x1 with tick labels left of them.
func (x Axis) Vertical(c *Canvas, x0, x1 float64, write func(v float64, d int) string) {
	for _, v := range x.Ticks() {
		c.Line(x0, x.At(v), x1, x.At(v), "grid")
		c.Text(x0-8, x.At(v)+c.Size()*0.35, "tick e", write(v, x.Decimals()))
	}
}

// PlainTick writes ticks of levels.
func PlainTick(v float64, d int) string { return figure.Number(v, d) }

// SignedTick writes ticks of changes.
func SignedTick(v float64, d int) string { return figure.Signed(v, d) }
