package picture

import (
	"html"
	"math"
	"strconv"
	"strings"
)

// Canvas collects the elements of one SVG picture. Classes name roles ("trained",
// "muted"); the page's style sheet gives them colour in light, dark and print.
type Canvas struct {
	ID   string
	W, H float64
	b    strings.Builder
}

// Body is the SVG elements drawn so far.
func (c *Canvas) Body() string { return c.b.String() }

// Narrow says that the picture is for a phone.
func (c *Canvas) Narrow() bool { return c.W < 500 }

// Size is the text size in pixels that the style sheet gives labels at this width.
func (c *Canvas) Size() float64 {
	if c.Narrow() {
		return 12
	}
	return 13
}

// Element draws any element; attributes are name and value in turn, not escaped.
func (c *Canvas) Element(name, class string, attributes ...string) {
	c.b.WriteString("<" + name + ` class="` + class + `"`)
	for i := 0; i+1 < len(attributes); i += 2 {
		c.b.WriteString(" " + attributes[i] + `="` + attributes[i+1] + `"`)
	}
	c.b.WriteString("/>")
}

// Line draws a straight line.
func (c *Canvas) Line(x1, y1, x2, y2 float64, class string) {
	c.Element("line", class, "x1", Px(x1), "y1", Px(y1), "x2", Px(x2), "y2", Px(y2))
}

// Rect draws a rectangle between two corners.
func (c *Canvas) Rect(x1, y1, x2, y2 float64, class string) {
	c.Element("rect", class, "x", Px(min(x1, x2)), "y", Px(min(y1, y2)),
		"width", Px(math.Abs(x2-x1)), "height", Px(math.Abs(y2-y1)))
}

// Dot draws a disc.
func (c *Canvas) Dot(x, y, r float64, class string) {
	c.Element("circle", class, "cx", Px(x), "cy", Px(y), "r", Px(r))
}

// Diamond draws a square on its corner.
func (c *Canvas) Diamond(x, y, r float64, class string) {
	c.Path("M"+Pt(x, y-r)+"L"+Pt(x+r, y)+"L"+Pt(x, y+r)+"L"+Pt(x-r, y)+"Z", class)
}

// Path draws SVG path data.
func (c *Canvas) Path(d, class string) { c.Element("path", class, "d", d) }

// Whisker draws an interval with end caps, horizontally.
func (c *Canvas) Whisker(x1, x2, y float64, class string) {
	c.Path("M"+Pt(x1, y-4)+"V"+Px(y+4)+"M"+Pt(x1, y)+"H"+Px(x2)+"M"+Pt(x2, y-4)+"V"+Px(y+4), class)
}

// Text writes escaped text; class "e" anchors it at its end, "m" in its middle.
func (c *Canvas) Text(x, y float64, class, s string) {
	c.b.WriteString(`<text class="` + class + `" x="` + Px(x) + `" y="` + Px(y) + `">` + Escape(s) + `</text>`)
}

// Hatched draws a bar that is visibly not measured.
func (c *Canvas) Hatched(x1, y1, x2, y2 float64) {
	id := c.ID + "-h" + strconv.Itoa(c.b.Len())
	c.b.WriteString(`<pattern id="` + id + `" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern>`)
	c.b.WriteString(`<rect class="assumed" fill="url(#` + id + `)" x="` + Px(min(x1, x2)) + `" y="` + Px(min(y1, y2)) +
		`" width="` + Px(math.Abs(x2-x1)) + `" height="` + Px(math.Abs(y2-y1)) + `"/>`)
}

// Px writes a coordinate with at most one decimal.
func Px(x float64) string {
	s := strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// Pt writes a point.
func Pt(x, y float64) string { return Px(x) + " " + Px(y) }

// Escape makes text safe inside an element and drops what XML cannot hold.
func Escape(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// TextWidth estimates the width of s in the system font. It errs on the wide side.
func TextWidth(s string, size float64) float64 {
	w := 0.0
	for _, r := range s {
		switch {
		case strings.ContainsRune("iljtf.,:;'|!()[] \u00a0", r):
			w += 0.38
		case strings.ContainsRune("mwMW%@−+", r) || 'A' <= r && r <= 'Z':
			w += 0.82
		case r >= 0x1100:
			w += 1.05
		default:
			w += 0.64
		}
	}
	return w * size
}

// Fit shortens s to a width; the full text is always in the chart's table.
func Fit(s string, width, size float64) string {
	if TextWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " ") + "…"; TextWidth(short, size) <= width {
			return short
		}
	}
	return "…"
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
