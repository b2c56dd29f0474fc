// Package picture draws charts as SVG. Canvas and Axis are the pieces that the
// report lays out by hand; Chart is a declared picture for the pages of
// documentation: lines, bands, points with intervals and bars on two scales,
// with everything named where it is drawn, in light and dark.
package picture

import (
	_ "embed"
	"strings"
)

// Chart is a picture of data. Title states what is to be seen, Subtitle what is
// drawn (unit, n), Alt describes it to who cannot see it. Marks are drawn in
// order. Every chart needs all three texts and the titles of its scales.
type Chart struct {
	Title, Subtitle, Alt string
	X, Y                 Scale
	Height               float64 // of the plot, in pixels; 0: 280, or 26 for each label of Y
	Marks                []Mark
}

// Scale is one direction of a chart. Without From and To it covers its marks
// with round ends.
type Scale struct {
	Title    string
	From, To float64
	Labels   []string  // names instead of numbers: label i stands at i, the first on top or left
	Ticks    []float64 // where to write numbers; nil: at round ones
	Percent  bool      // numbers are shares, written in per cent
	Signed   bool      // numbers are changes, written with their sign
}

// Tone is the role of a mark. Lines of tone Other are dashed, so that none is
// told by colour alone.
type Tone string

const (
	Accent Tone = "accent" // what the method says; the treated
	Other  Tone = "other"  // what it is compared with; the untreated
	Warn   Tone = "warn"   // what goes wrong
	Ink    Tone = "ink"    // the truth, where it is known
)

// Mark is something drawn: Line, Band, Points, Bars, VLine, HLine, Zone or Note.
type Mark interface {
	values() (x, y []float64) // what the scales must cover
	draw(p *plot)
	legend() (name string, tone Tone, kind string) // kind "": named where it is drawn, or not at all
}

//go:embed picture.css
var style string

const (
	chartWidth = 720
	lineHeight = 18
)

// SVG lays the chart out as a document of its own. It panics if a text is
// missing, a mark's slices differ in length, or a value lies outside a scale with
// ends of its own.
func (c Chart) SVG() string {
	if c.Title == "" || c.Subtitle == "" || c.Alt == "" || len(c.Marks) == 0 {
		panic("picture: a chart needs Title, Subtitle, Alt and Marks")
	}
	canvas := &Canvas{ID: "picture", W: chartWidth}
	top := c.head(canvas)
	p := c.layout(canvas, top)
	p.frame(c)
	for _, m := range c.Marks {
		m.draw(p)
	}
	p.names(c.Marks)
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 720 ` + Px(canvas.H) + `" width="720" height="` + Px(canvas.H) + `">`)
	b.WriteString("<title>" + Escape(c.Title) + "</title><desc>" + Escape(c.Alt) + "</desc><style>" + style + "</style>")
	b.WriteString(`<rect class="paper" width="720" height="` + Px(canvas.H) + `"/>`)
	b.WriteString(strings.ReplaceAll(canvas.Body(), "/><", "/>\n<"))
	b.WriteString("</svg>\n")
	return b.String()
}

// head writes title, subtitle and the legend, and gives the height they take.
func (c Chart) head(canvas *Canvas) float64 {
	y := 28.0
	for _, line := range wrap(c.Title, chartWidth-32, 18) {
		canvas.Text(16, y, "title", line)
		y += 22
	}
	for _, line := range wrap(c.Subtitle, chartWidth-32, 13) {
		canvas.Text(16, y, "note", line)
		y += lineHeight
	}
	x := 16.0
	for _, m := range c.Marks {
		name, tone, kind := m.legend()
		if name == "" || kind == "" {
			continue
		}
		if x > 16 && x+34+TextWidth(name, 13) > chartWidth-16 {
			x, y = 16, y+lineHeight+2
		}
		swatch(canvas, x, y+4, tone, kind)
		canvas.Text(x+24, y+8, "", name)
		x += 44 + TextWidth(name, 13)
	}
	if x > 16 {
		y += lineHeight + 4
	}
	return y
}

func swatch(c *Canvas, x, y float64, tone Tone, kind string) {
	switch kind {
	case "bar", "band":
		c.Rect(x, y-6, x+16, y+6, kind+" "+string(tone))
	case "hollow":
		c.Dot(x+8, y, 4.5, "hollow "+string(tone))
	default:
		c.Dot(x+8, y, 4.5, "dot "+string(tone))
	}
}

// wrap breaks a text into lines of at most a width.
func wrap(s string, width, size float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if joined := strings.TrimSpace(line + " " + word); line == "" || TextWidth(joined, size) <= width {
			line = joined
			continue
		}
		lines, line = append(lines, line), word
	}
	return append(lines, line)
}
