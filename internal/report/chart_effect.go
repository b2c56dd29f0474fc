package report

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
func intervalLayout(rows []interval, reference, axisName string, write func(float64, int) string) func(*canvas) {
	return func(c *canvas) {
		const rowHeight, top = 54.0, 26.0
		bottom := top + rowHeight*float64(len(rows))
		x := newAxis(14, c.w-14, steps(c, 4, 8), ends(rows)...)
		x.horizontal(c, top, bottom, write)
		c.line(x.at(0), top-6, x.at(0), bottom, "zero")
		c.text(clampLabel(x.at(0), reference, c), 14, "note m", reference)
		for i, r := range rows {
			r.draw(c, x, top+rowHeight*float64(i))
		}
		c.text(c.w/2, bottom+40, "note m", fit(axisName, c.w, c.size()))
		c.h = bottom + 48
	}
}

func (r interval) draw(c *canvas, x axis, y float64) {
	c.text(0, y+20, "label halo", fit(r.label+": "+r.written, c.w, c.size()))
	mid := y + 38
	if r.low != r.high {
		c.whisker(x.at(r.low), x.at(r.high), mid, "whisker "+r.appearance)
	}
	if r.appearance == "caused" {
		c.dot(x.at(r.value), mid, 6, "mark caused")
		return
	}
	c.diamond(x.at(r.value), mid, 7, "mark naive")
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
func clampLabel(x float64, s string, c *canvas) float64 {
	half := textWidth(s, c.size()) / 2
	return min(max(x, half), c.w-half)
}

func steps(c *canvas, narrow, wide int) int {
	if c.narrow() {
		return narrow
	}
	return wide
}

// stripLayout draws one estimate as a small strip without words; the number
// beside it says the same.
func stripLayout(value, low, high float64) func(*canvas) {
	return func(c *canvas) {
		c.h = 26
		x := newAxis(8, c.w-8, 4, 0, low, high)
		c.line(0, 13, c.w, 13, "grid")
		c.line(x.at(0), 2, x.at(0), 24, "zero")
		c.whisker(x.at(low), x.at(high), 13, "whisker caused")
		c.dot(x.at(value), 13, 5, "mark caused")
	}
}
