package report

import (
	_ "embed" // style and template of the page
	"fmt"
	"html/template"
	"io"

	"github.com/liftmark/liftmark/docs/method"
)

//go:embed impact.css
var style string

//go:embed impact.html
var layout string

// HTML writes the report as one file that needs nothing beside itself: no
// script, no font, no picture from elsewhere. Text of the content is escaped
// wherever it stands. Nothing is written when the content contradicts itself
// (see Check).
func HTML(w io.Writer, i Impact) error {
	if err := i.Check(); err != nil {
		return fmt.Errorf("impact report as HTML: %w", err)
	}
	t, err := template.New("impact").Funcs(template.FuncMap{
		"style":  func() template.CSS { return template.CSS(style) },
		"online": online,
	}).Parse(layout)
	if err != nil {
		return fmt.Errorf("impact report as HTML: %w", err)
	}
	if err := t.Execute(w, newPage(i)); err != nil {
		return fmt.Errorf("impact report as HTML: %w", err)
	}
	return nil
}

// online is the address of a method's page; empty when there is no such page.
func online(page string) string {
	if _, ok := method.Find(page); !ok {
		return ""
	}
	return method.Online + page + ".md"
}
