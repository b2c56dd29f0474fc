package report

import (
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// chart is a picture with everything that it needs to be understood without
// being seen: its finding, what is drawn, a description and its data.
type chart struct {
	ID       string
	Title    string // states the finding
	Subtitle string // says what is drawn, with unit and n
	Desc     string // the text alternative: what the picture shows
	Wide     template.HTML
	Narrow   template.HTML
	Table    *table
}

// The two widths at which every chart is laid out, in pixels: one for pages,
// one for phones, so that text is never scaled below what can be read.
const (
	wideWidth   = 720
	narrowWidth = 340
)

// draw lays the chart out at both widths. The layout sets the height.
func (c *chart) draw(layout func(*canvas)) {
	c.Wide = c.render("wide", wideWidth, layout)
	c.Narrow = c.render("narrow", narrowWidth, layout)
}

func (c *chart) render(class string, width float64, layout func(*canvas)) template.HTML {
	id := c.ID + "-" + class
	body := &canvas{id: id, w: width}
	layout(body)
	var b strings.Builder
	b.WriteString(`<svg class="` + class + `" role="img" aria-labelledby="` + id + `-t ` + id + `-d" viewBox="0 0 `)
	b.WriteString(px(body.w) + " " + px(body.h) + `" width="` + px(body.w) + `" height="` + px(body.h) + `">`)
	b.WriteString(`<title id="` + id + `-t">` + escape(c.Title) + `</title>`)
	b.WriteString(`<desc id="` + id + `-d">` + escape(c.Desc) + `</desc>`)
	b.WriteString(body.b.String())
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // built from numbers, constants and escaped text only
}

// canvas collects the elements of one SVG picture. Classes name roles ("trained",
// "muted"); the page's style sheet gives them colour in light, dark and print.
type canvas struct {
	id   string
	w, h float64
	b    strings.Builder
}

func (c *canvas) narrow() bool { return c.w < 500 }

// size is the text size in pixels that the style sheet gives labels at this width.
func (c *canvas) size() float64 {
	if c.narrow() {
		return 12
	}
	return 13
}

func (c *canvas) element(name, class string, attributes ...string) {
	c.b.WriteString("<" + name + ` class="` + class + `"`)
	for i := 0; i+1 < len(attributes); i += 2 {
		c.b.WriteString(" " + attributes[i] + `="` + attributes[i+1] + `"`)
	}
	c.b.WriteString("/>")
}

func (c *canvas) line(x1, y1, x2, y2 float64, class string) {
	c.element("line", class, "x1", px(x1), "y1", px(y1), "x2", px(x2), "y2", px(y2))
}

func (c *canvas) rect(x1, y1, x2, y2 float64, class string) {
	c.element("rect", class, "x", px(min(x1, x2)), "y", px(min(y1, y2)),
		"width", px(math.Abs(x2-x1)), "height", px(math.Abs(y2-y1)))
}

func (c *canvas) dot(x, y, r float64, class string) {
	c.element("circle", class, "cx", px(x), "cy", px(y), "r", px(r))
}

func (c *canvas) diamond(x, y, r float64, class string) {
	c.path("M"+pt(x, y-r)+"L"+pt(x+r, y)+"L"+pt(x, y+r)+"L"+pt(x-r, y)+"Z", class)
}

func (c *canvas) path(d, class string) { c.element("path", class, "d", d) }

// whisker draws an interval with end caps, horizontally.
func (c *canvas) whisker(x1, x2, y float64, class string) {
	c.path("M"+pt(x1, y-4)+"V"+px(y+4)+"M"+pt(x1, y)+"H"+px(x2)+"M"+pt(x2, y-4)+"V"+px(y+4), class)
}

// text writes escaped text; class "e" anchors it at its end, "m" in its middle.
func (c *canvas) text(x, y float64, class, s string) {
	c.b.WriteString(`<text class="` + class + `" x="` + px(x) + `" y="` + px(y) + `">` + escape(s) + `</text>`)
}

// hatched draws a bar that is visibly not measured.
func (c *canvas) hatched(x1, y1, x2, y2 float64) {
	id := c.id + "-h" + strconv.Itoa(c.b.Len())
	c.b.WriteString(`<pattern id="` + id + `" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
		`<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern>`)
	c.b.WriteString(`<rect class="assumed" fill="url(#` + id + `)" x="` + px(min(x1, x2)) + `" y="` + px(min(y1, y2)) +
		`" width="` + px(math.Abs(x2-x1)) + `" height="` + px(math.Abs(y2-y1)) + `"/>`)
}

// px writes a coordinate with at most one decimal.
func px(x float64) string {
	s := strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

func pt(x, y float64) string { return px(x) + " " + px(y) }

// escape makes text safe inside an element and drops what XML cannot hold.
func escape(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD")))
}

// textWidth estimates the width of s in the system font. It errs on the wide side.
func textWidth(s string, size float64) float64 {
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

// fit shortens s to a width; the full text is always in the chart's table.
func fit(s string, width, size float64) string {
	if textWidth(s, size) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " ") + "…"; textWidth(short, size) <= width {
			return short
		}
	}
	return "…"
}
