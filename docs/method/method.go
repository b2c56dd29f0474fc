// Package method holds the pages that explain each statistical method in plain
// words, so that the binary can show them without a network.
package method

import (
	"embed"
	"strings"
)

//go:embed *.md
var pages embed.FS

// Online is where the pages can be read with their pictures.
const Online = "https://github.com/liftmark/liftmark/blob/main/docs/method/"

// Page is one method: its file name without ".md", its title, the question that
// it answers in one sentence, and its text in Markdown.
type Page struct {
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Question string `json:"question"`
	Text     string `json:"text,omitempty"`
}

// generated and the index are not pages of a method.
var others = map[string]bool{"README": true, "accuracy": true, "coverage": true}

// Pages are all methods, by file name.
func Pages() []Page {
	files, err := pages.ReadDir(".")
	if err != nil {
		panic(err) // the files are part of the binary
	}
	var out []Page
	for _, f := range files {
		slug := strings.TrimSuffix(f.Name(), ".md")
		if p, ok := Find(slug); ok {
			out = append(out, p)
		}
	}
	return out
}

// Find is the page of a method; false when there is none of that name.
func Find(slug string) (Page, bool) {
	text, err := pages.ReadFile(slug + ".md")
	if err != nil || others[slug] {
		return Page{}, false
	}
	p := Page{Slug: slug, Text: string(text)}
	for line := range strings.Lines(p.Text) {
		line = strings.TrimSpace(line)
		switch {
		case p.Title == "" && strings.HasPrefix(line, "# "):
			p.Title = strings.TrimPrefix(line, "# ")
		case p.Question == "" && strings.HasPrefix(line, "**") && strings.HasSuffix(line, "**"):
			p.Question = strings.Trim(line, "*")
		}
	}
	return p, true
}
