package report

import (
	"html/template"
	"strings"
)

// Icons carry a meaning by shape, next to the word that says the same; they are
// hidden from screen readers, which read the word.

// gradeLetters are the grades from strongest to weakest.
const gradeLetters = "ABCD"

// gradeIcon is a ladder of four steps: all filled for A, one for D, none
// without a grade.
func gradeIcon(letter string) template.HTML {
	filled := 0
	if i := strings.Index(gradeLetters, letter); letter != "" && i >= 0 {
		filled = 4 - i
	}
	c := &canvas{}
	for step := range 4 {
		class := "step"
		if step < filled {
			class = "step on"
		}
		x := float64(2 + 7*step)
		c.rect(x, 20, x+5, 16-4*float64(step), class)
	}
	return icon("ladder", "0 0 30 22", c)
}

// markIcon is the shape of a check's verdict or of a band.
func markIcon(shape string) template.HTML {
	c := &canvas{}
	switch shape {
	case "passed":
		c.dot(10, 10, 8, "shape on")
		c.path("M6 10.5L9 13.5L14 7", "tickmark")
	case "failed":
		c.path("M10 1L19 10L10 19L1 10Z", "shape on")
		c.path("M7 7L13 13M13 7L7 13", "tickmark")
	case "impossible":
		c.dot(10, 10, 8, "shape dashed")
		c.path("M6 10H14", "stroke")
	case "noted":
		c.rect(3, 3, 17, 17, "shape")
		c.path("M10 9V14M10 5.8V6.6", "stroke")
	case "assumed":
		c.rect(2, 2, 18, 18, "shape dashed")
		c.path("M2 10L10 2M2 18L18 2M10 18L18 10", "hatching")
	case "good":
		c.path("M10 2L18 17H2Z", "shape on")
	case "middle":
		c.dot(10, 10, 7.5, "shape")
		c.path("M5 10H15", "stroke")
	case "bad":
		c.path("M2 3H18L10 18Z", "shape hollow")
	default:
		return ""
	}
	return icon("mark", "0 0 20 20", c)
}

func icon(class, viewBox string, c *canvas) template.HTML {
	return template.HTML(`<svg class="icon ` + class + `" aria-hidden="true" focusable="false" viewBox="` +
		viewBox + `">` + c.b.String() + `</svg>`)
}

// sparkline is the shape of a trend; its first and last value are in the text beside it.
func sparkline(points []Point) template.HTML {
	c := &canvas{}
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	x := axis{from: 0, to: max(1, float64(len(points)-1)), a: 4, b: 92}
	y := newAxis(24, 4, 3, values...)
	d := ""
	for i, v := range values {
		d += string("ML"[min(i, 1)]) + pt(x.at(float64(i)), y.at(v))
		if len(points) <= 8 {
			c.dot(x.at(float64(i)), y.at(v), 1.6, "spark-dot")
		}
	}
	c.path(d, "spark")
	if n := len(points); n > 0 {
		c.dot(x.at(float64(n-1)), y.at(values[n-1]), 3, "spark-dot")
	}
	return icon("sparkline", "0 0 96 28", c)
}
