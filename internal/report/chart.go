package report

import (
	"html/template"
	"strings"

	"github.com/liftmark/liftmark/internal/picture"
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
func (c *chart) draw(layout func(*picture.Canvas)) {
	c.Wide = c.render("wide", wideWidth, layout)
	c.Narrow = c.render("narrow", narrowWidth, layout)
}

func (c *chart) render(class string, width float64, layout func(*picture.Canvas)) template.HTML {
	id := c.ID + "-" + class
	body := &picture.Canvas{ID: id, W: width}
	layout(body)
	var b strings.Builder
	b.WriteString(`<svg class="` + class + `" role="img" aria-labelledby="` + id + `-t ` + id + `-d" viewBox="0 0 `)
	b.WriteString(picture.Px(body.W) + " " + picture.Px(body.H) + `" width="` + picture.Px(body.W) + `" height="` + picture.Px(body.H) + `">`)
	b.WriteString(`<title id="` + id + `-t">` + picture.Escape(c.Title) + `</title>`)
	b.WriteString(`<desc id="` + id + `-d">` + picture.Escape(c.Desc) + `</desc>`)
	b.WriteString(body.Body())
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) // built from numbers, constants and escaped text only
}
