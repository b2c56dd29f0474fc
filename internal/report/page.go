package report

import (
	"html/template"
	"strings"

	"github.com/liftmark/liftmark/internal/picture"
)

// page is the whole report as sections of blocks. HTML and Markdown are two ways
// to write a page, which is why they cannot differ in content.
type page struct {
	Title    string
	Company  string
	Facts    []fact // period, data, version: the line below the title
	Lead     string // the one sentence for a reader who stops there
	Support  []string
	Answers  []answer
	Sections []section
}

// section is a part of the page with a heading.
type section struct {
	ID     string
	Title  string
	Blocks []block
	Parts  []section
}

// block is one of paragraph, bullets, facts, *table, *chart, verdict and note.
// Kind names the template that writes it.
type block interface{ Kind() string }

type (
	paragraph string
	heading   string // inside a part, without an entry in the contents
	bullets   []string
	facts     []fact
	note      struct{ Title, Text string } // something to know before reading on
	verdict   struct {
		Grade    string
		Words    string // "grade B: …"
		Headline string
		Lines    []string
	}
)

// fact is a term with what is known about it.
type fact struct {
	Term, Text string
	Code       bool   // a hash or id, in fixed width
	Page       string // of the method that Text names, in docs/method
}

// answer is one line of the answer: an outcome's number and its sentence.
type answer struct {
	Label    string
	Value    string
	Unit     string
	Interval string
	Headline string
	Detail   string
	Grade    string // "" when it has none
	Words    string // the grade in words; "" for money
	Strip    template.HTML
	Muted    bool   // there is no number yet
	Anchor   string // of the section that says more
}

// draw adds a small picture of the interval; the words beside it say the same.
func (a *answer) draw(layout func(*picture.Canvas)) {
	c := &picture.Canvas{W: 200}
	layout(c)
	a.Strip = icon("strip", "0 0 "+picture.Px(c.W)+" "+picture.Px(c.H), c)
}

// Icon is the picture of the grade.
func (a answer) Icon() template.HTML { return gradeIcon(a.Grade) }

// Icon is the picture of the grade.
func (v verdict) Icon() template.HTML { return gradeIcon(v.Grade) }

func (paragraph) Kind() string { return "paragraph" }
func (heading) Kind() string   { return "heading" }
func (bullets) Kind() string   { return "bullets" }
func (facts) Kind() string     { return "facts" }
func (note) Kind() string      { return "note" }
func (verdict) Kind() string   { return "verdict" }
func (*table) Kind() string    { return "table" }
func (*chart) Kind() string    { return "chart" }

// table is a table with a caption. The first column names the row.
type table struct {
	Caption string
	Columns []column
	Rows    [][]cell
}

type column struct {
	Name    string
	Numeric bool
}

// cell is text with an optional shape or sparkline before it.
type cell struct {
	Text  string
	Small string // a second, quieter line
	Shape string // of markIcon, or "grade A"
	Spark []Point
	Page  string // of the method behind it, in docs/method
}

func newTable(caption string, columns ...column) *table {
	return &table{Caption: caption, Columns: columns}
}

// Short tells a table that is not torn apart between two printed pages.
func (t *table) Short() bool { return len(t.Rows) <= 8 }

func words(name string) column   { return column{Name: name} }
func numbers(name string) column { return column{Name: name, Numeric: true} }

func (t *table) add(cells ...cell) { t.Rows = append(t.Rows, cells) }

func (t *table) addText(texts ...string) {
	row := make([]cell, len(texts))
	for i, s := range texts {
		row[i] = cell{Text: s}
	}
	t.Rows = append(t.Rows, row)
}

// Icon is the picture of the cell's shape.
func (c cell) Icon() template.HTML {
	if grade, ok := strings.CutPrefix(c.Shape, "grade "); ok {
		return gradeIcon(grade)
	}
	if len(c.Spark) > 1 {
		return sparkline(c.Spark)
	}
	return markIcon(c.Shape)
}

func (s *section) add(blocks ...block) { s.Blocks = append(s.Blocks, blocks...) }

// blocks are a section's blocks with the level of the headings among them.
type blocks struct {
	Level  int
	Blocks []block
}

// At gives the section's blocks for headings of a level.
func (s section) At(level int) blocks { return blocks{Level: level, Blocks: s.Blocks} }
