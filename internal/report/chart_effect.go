package report

import "github.com/liftmark/liftmark/internal/picture"

// interval is one estimate on a shared axis, in the unit of the axis.
type interval struct {
	label      string
	written    string // the value with its interval
	value      float64
	low, high  float64
	appearance string // "caused" or "naive"
}

func newInterval(label, appearance string, q quantity) interval {
	s := q.unit.scale()
	return interval{label, q.change() + " (" + q.interval() + ")", s * q.value, s * q.low, s * q.high, appearance}
}

// intervalLayout draws estimates below one another on one axis with a named
// reference line at zero.
func intervalLayout(rows []interval, reference, axisName string, write func(float64, int) string) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		const rowHeight, top = 54.0, 26.0
		bottom := top + rowHeight*float64(len(rows))
		x := picture.NewAxis(14, c.W-14, steps(c, 4, 8), ends(rows)...)
		x.Horizontal(c, top, bottom, write)
		c.Line(x.At(0), top-6, x.At(0), bottom, "zero")
		c.Text(clampLabel(x.At(0), reference, c), 14, "note m", reference)
		for i, r := range rows {
			r.draw(c, x, top+rowHeight*float64(i))
		}
		c.Text(c.W/2, bottom+40, "note m", picture.Fit(axisName, c.W, c.Size()))
		c.H = bottom + 48
	}
}

func (r interval) draw(c *picture.Canvas, x picture.Axis, y float64) {
	c.Text(0, y+20, "label halo", picture.Fit(r.label+": "+r.written, c.W, c.Size()))
	mid := y + 38
	if r.low != r.high {
		c.Whisker(x.At(r.low), x.At(r.high), mid, "whisker "+r.appearance)
	}
	if r.appearance == "caused" {
		c.Dot(x.At(r.value), mid, 6, "mark caused")
		return
	}
	c.Diamond(x.At(r.value), mid, 7, "mark naive")
}

func ends(rows []interval) []float64 {
	out := []float64{0}
	for _, r := range rows {
		out = append(out, r.value, r.low, r.high)
	}
	return out
}

// axisWords names the unit of changes and says which way is good.
func axisWords(u unit, direction string) string {
	words := axisUnit(u)
	switch direction {
	case "lower":
		return words + " (lower is better)"
	case "higher":
		return words + " (higher is better)"
	}
	return words
}

// clampLabel keeps a centred label inside the picture.
func clampLabel(x float64, s string, c *picture.Canvas) float64 {
	half := picture.TextWidth(s, c.Size()) / 2
	return min(max(x, half), c.W-half)
}

func steps(c *picture.Canvas, narrow, wide int) int {
	if c.Narrow() {
		return narrow
	}
	return wide
}

// stripLayout draws one estimate as a small strip without words; the number
// beside it says the same.
func stripLayout(value, low, high float64) func(*picture.Canvas) {
	return func(c *picture.Canvas) {
		c.H = 26
		x := picture.NewAxis(8, c.W-8, 4, 0, low, high)
		c.Line(0, 13, c.W, 13, "grid")
		c.Line(x.At(0), 2, x.At(0), 24, "zero")
		c.Whisker(x.At(low), x.At(high), 13, "whisker caused")
		c.Dot(x.At(value), 13, 5, "mark caused")
	}
}
