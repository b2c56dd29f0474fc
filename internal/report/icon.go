package report

import (
	"html/template"
	"strings"

	"github.com/liftmark/liftmark/internal/picture"
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
	c := &picture.Canvas{}
	for step := range 4 {
		class := "step"
		if step < filled {
			class = "step on"
		}
		x := float64(2 + 7*step)
		c.Rect(x, 20, x+5, 16-4*float64(step), class)
	}
	return icon("ladder", "0 0 30 22", c)
}

// markIcon is the shape of a check's verdict or of a band.
func markIcon(shape string) template.HTML {
	c := &picture.Canvas{}
	switch shape {
	case "passed":
		c.Dot(10, 10, 8, "shape on")
		c.Path("M6 10.5L9 13.5L14 7", "tickmark")
	case "failed":
		c.Path("M10 1L19 10L10 19L1 10Z", "shape on")
		c.Path("M7 7L13 13M13 7L7 13", "tickmark")
	case "impossible":
		c.Dot(10, 10, 8, "shape dashed")
		c.Path("M6 10H14", "stroke")
	case "noted":
		c.Rect(3, 3, 17, 17, "shape")
		c.Path("M10 9V14M10 5.8V6.6", "stroke")
	case "assumed":
		c.Rect(2, 2, 18, 18, "shape dashed")
		c.Path("M2 10L10 2M2 18L18 2M10 18L18 10", "hatching")
	case "good":
		c.Path("M10 2L18 17H2Z", "shape on")
	case "middle":
		c.Dot(10, 10, 7.5, "shape")
		c.Path("M5 10H15", "stroke")
	case "bad":
		c.Path("M2 3H18L10 18Z", "shape hollow")
	default:
		return ""
	}
	return icon("mark", "0 0 20 20", c)
}

func icon(class, viewBox string, c *picture.Canvas) template.HTML {
	return template.HTML(`<svg class="icon ` + class + `" aria-hidden="true" focusable="false" viewBox="` +
		viewBox + `">` + c.Body() + `</svg>`)
}

// sparkline is the shape of a trend; its first and last value are in the text beside it.
func sparkline(points []Point) template.HTML {
	c := &picture.Canvas{}
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	x := picture.Axis{From: 0, To: max(1, float64(len(points)-1)), A: 4, B: 92}
	y := picture.NewAxis(24, 4, 3, values...)
	d := ""
	for i, v := range values {
		d += string("ML"[min(i, 1)]) + picture.Pt(x.At(float64(i)), y.At(v))
		if len(points) <= 8 {
			c.Dot(x.At(float64(i)), y.At(v), 1.6, "spark-dot")
		}
	}
	c.Path(d, "spark")
	if n := len(points); n > 0 {
		c.Dot(x.At(float64(n-1)), y.At(values[n-1]), 3, "spark-dot")
	}
	return icon("sparkline", "0 0 96 28", c)
}
