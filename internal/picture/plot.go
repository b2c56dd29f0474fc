package picture

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/internal/figure"
)

// plot is the area inside the axes.
type plot struct {
	*Canvas
	x, y                     Axis
	left, right, top, bottom float64
}

// layout finds the room for the axes' texts and sets both scales.
func (c Chart) layout(canvas *Canvas, top float64) *plot {
	xs, ys := c.values()
	height := c.Height
	if height == 0 {
		height = 280
		if n := len(c.Y.Labels); n > 0 {
			height = 26 * float64(n)
		}
	}
	p := &plot{Canvas: canvas, top: top + 10, right: chartWidth - 32}
	if c.Y.Title != "" {
		p.top += lineHeight
	}
	p.bottom = p.top + height
	p.y = c.Y.axis(p.bottom, p.top, ys)
	if len(c.Y.Labels) > 0 {
		p.y = Axis{From: -0.6, To: float64(len(c.Y.Labels)) - 0.4, A: p.top, B: p.bottom, Step: 1}
	}
	for _, m := range c.Marks {
		if l, ok := m.(Line); ok && l.Name != "" {
			p.right = min(p.right, chartWidth-28-TextWidth(l.Name, 13))
		}
	}
	p.left = 26 + c.Y.width(p.y)
	p.x = c.X.axis(p.left, p.right, xs)
	if n := len(c.X.Labels); n > 0 {
		p.x = Axis{From: -0.6, To: float64(n) - 0.4, A: p.left, B: p.right, Step: 1}
	}
	canvas.H = p.bottom + 30
	if c.X.Title != "" {
		canvas.H += lineHeight + 2
	}
	return p
}

func (c Chart) values() (x, y []float64) {
	for _, m := range c.Marks {
		a, b := m.values()
		x, y = append(x, a...), append(y, b...)
	}
	return x, y
}

// axis covers the scale's own range, or its values with round ends.
func (s Scale) axis(a, b float64, values []float64) Axis {
	if s.From != s.To {
		for _, v := range values {
			if slack := (s.To - s.From) * 1e-9; v < s.From-slack || v > s.To+slack {
				panic(fmt.Sprintf("picture: %v lies outside the scale %q from %v to %v", v, s.Title, s.From, s.To))
			}
		}
		return Axis{From: s.From, To: s.To, A: a, B: b, Step: niceStep((s.To - s.From) / 6)}
	}
	return NewAxis(a, b, 6, values...)
}

// ticks are the places of the numbers, round ones on a scale with ends of its own.
func (s Scale) ticks(x Axis) []float64 {
	if s.Ticks != nil {
		return s.Ticks
	}
	if s.From == s.To {
		return x.Ticks()
	}
	rounded := NewAxis(0, 1, 6, s.From, s.To)
	return slices.DeleteFunc(rounded.Ticks(), func(v float64) bool {
		return v < s.From-rounded.Step/1e6 || v > s.To+rounded.Step/1e6
	})
}

func (s Scale) write(v float64, d int) string {
	suffix := ""
	if s.Percent {
		v, d, suffix = 100*v, max(0, d-2), figure.Space+"%"
	}
	if s.Signed {
		return figure.Signed(v, d) + suffix
	}
	return figure.Number(v, d) + suffix
}

// decimals is how many decimals the ticks need.
func (s Scale) decimals(x Axis) int {
	d := 0
	for _, t := range s.ticks(x) {
		d = max(d, decimalsOf(t))
	}
	return d
}

// width is the room that the texts left of the plot take.
func (s Scale) width(x Axis) float64 {
	w := 0.0
	for _, l := range s.Labels {
		w = max(w, TextWidth(l, 13))
	}
	if len(s.Labels) == 0 {
		for _, v := range s.ticks(x) {
			w = max(w, TextWidth(s.write(v, s.decimals(x)), 13))
		}
	}
	return w
}

// frame draws grid, axes and their texts.
func (p *plot) frame(c Chart) {
	if c.Y.Title != "" {
		p.Text(16, p.top-12, "note", c.Y.Title)
	}
	for i, l := range c.Y.Labels {
		p.Text(p.left-10, p.y.At(float64(i))+4.5, "e", l)
	}
	if len(c.Y.Labels) == 0 {
		d := c.Y.decimals(p.y)
		for _, v := range c.Y.ticks(p.y) {
			p.Line(p.left, p.y.At(v), p.right, p.y.At(v), "grid")
			p.Text(p.left-10, p.y.At(v)+4.5, "tick e", c.Y.write(v, d))
		}
	}
	p.horizontal(c)
}

func (p *plot) horizontal(c Chart) {
	p.Line(p.left, p.bottom, p.right, p.bottom, "axis")
	for i, l := range c.X.Labels {
		p.Text(p.x.At(float64(i)), p.bottom+20, "m", l)
	}
	if len(c.X.Labels) == 0 {
		d := c.X.decimals(p.x)
		for _, v := range c.X.ticks(p.x) {
			if len(c.Y.Labels) > 0 {
				p.Line(p.x.At(v), p.top, p.x.At(v), p.bottom, "grid")
			}
			p.Line(p.x.At(v), p.bottom, p.x.At(v), p.bottom+5, "axis")
			p.Text(p.x.At(v), p.bottom+20, "tick m", c.X.write(v, d))
		}
	}
	if c.X.Title != "" {
		p.Text((p.left+p.right)/2, p.bottom+41, "note m", c.X.Title)
	}
}

// names writes the name of each line at its end, apart from the others.
func (p *plot) names(marks []Mark) {
	const apart = 17
	type label struct {
		at   float64
		line Line
	}
	var labels []label
	for _, m := range marks {
		if l, ok := m.(Line); ok && l.Name != "" {
			labels = append(labels, label{p.y.At(l.Y[len(l.Y)-1]) + 4.5, l})
		}
	}
	slices.SortStableFunc(labels, func(a, b label) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	for i := 1; i < len(labels); i++ { // push down …
		labels[i].at = max(labels[i].at, labels[i-1].at+apart)
	}
	for i, limit := len(labels)-1, p.bottom; i >= 0; i-- { // … and back up into the plot
		labels[i].at = min(labels[i].at, limit)
		limit = labels[i].at - apart
	}
	for _, l := range labels {
		p.Text(p.right+8, l.at, "strong "+string(l.line.Tone), l.line.Name)
	}
}
