package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Markdown writes the report as GitHub-flavoured Markdown: the same page, with
// each picture replaced by its title, its description and its numbers. Text of
// the content is escaped, so that it starts no heading, table, link or HTML.
// Nothing is written when the content contradicts itself (see Check).
func Markdown(w io.Writer, i Impact) error {
	if err := i.Check(); err != nil {
		return fmt.Errorf("impact report as Markdown: %w", err)
	}
	p := newPage(i)
	m := &markdown{w: bufio.NewWriter(w)}
	m.line("# " + plain(p.Title) + ": impact report" + forCompany(p.Company))
	m.facts(p.Facts)
	m.line("## The answer")
	m.line("**" + plain(p.Lead) + "**")
	for _, s := range p.Support {
		m.line(plain(s))
	}
	for _, a := range p.Answers {
		m.answer(a)
	}
	for _, s := range p.Sections {
		m.section(s)
	}
	if err := m.w.Flush(); err != nil {
		return fmt.Errorf("impact report as Markdown: %w", err)
	}
	return nil
}

func forCompany(company string) string {
	if company == "" {
		return ""
	}
	return " for " + plain(company)
}

// markdown writes blocks separated by empty lines; bufio keeps the first error.
type markdown struct{ w *bufio.Writer }

func (m *markdown) put(s string) { _, _ = m.w.WriteString(s) } // Flush reports the error

func (m *markdown) line(s string) { m.put(s + "\n\n") }

func (m *markdown) section(s section) {
	m.line("## " + plain(s.Title))
	m.blocks(s.Blocks, "###")
	for _, part := range s.Parts {
		m.line("### " + plain(part.Title))
		m.blocks(part.Blocks, "####")
	}
}

func (m *markdown) answer(a answer) {
	head := "**" + plain(a.Label) + ": " + plain(a.Value) + "**"
	for _, s := range []string{a.Unit, a.Interval, a.Words} {
		if s != "" {
			head += " · " + plain(s)
		}
	}
	m.put("- " + head + "\n")
	for _, s := range []string{a.Headline, a.Detail} {
		if s != "" {
			m.put("  " + plain(s) + "\n")
		}
	}
	m.put("\n")
}

func (m *markdown) blocks(bs []block, level string) {
	for _, b := range bs {
		switch b := b.(type) {
		case paragraph:
			m.line(plain(string(b)))
		case heading:
			m.line(level + " " + plain(string(b)))
		case bullets:
			m.bullets(b)
		case facts:
			m.facts(b)
		case note:
			m.line("> **" + plain(b.Title) + "** " + plain(b.Text))
		case verdict:
			m.verdict(b)
		case *table:
			m.table(b)
		case *chart:
			m.chart(b, level)
		}
	}
}

func (m *markdown) bullets(items []string) {
	for _, s := range items {
		m.put("- " + plain(s) + "\n")
	}
	m.put("\n")
}

func (m *markdown) facts(fs []fact) {
	for _, f := range fs {
		m.put("- " + plain(f.Term) + ": " + linked(f.Text, f.Page) + "\n")
	}
	m.put("\n")
}

func (m *markdown) verdict(v verdict) {
	m.line("**" + plain(v.Words) + "**")
	for _, s := range append([]string{v.Headline}, v.Lines...) {
		if s != "" {
			m.line(plain(s))
		}
	}
}

func (m *markdown) chart(c *chart, level string) {
	m.line(level + " " + plain(c.Title))
	m.line(plain(c.Subtitle) + ". " + plain(c.Desc))
	if c.Table != nil {
		m.table(c.Table)
	}
}

func (m *markdown) table(t *table) {
	m.line("*" + plain(t.Caption) + "*")
	head, rule := "|", "|"
	for _, c := range t.Columns {
		head += " " + plain(c.Name) + " |"
		if c.Numeric {
			rule += "---:|"
		} else {
			rule += "---|"
		}
	}
	m.put(head + "\n" + rule + "\n")
	for _, row := range t.Rows {
		m.put("|")
		for _, c := range row {
			m.put(" " + linked(c.words(), c.Page) + " |")
		}
		m.put("\n")
	}
	m.put("\n")
}

// linked is text that leads to a method's page, where there is one.
func linked(text, page string) string {
	if address := online(page); address != "" {
		return "[" + plain(text) + "](" + address + ")"
	}
	return plain(text)
}

func (c cell) words() string {
	if c.Small == "" {
		return c.Text
	}
	return c.Text + " (" + c.Small + ")"
}

// special are the characters that mean something in Markdown wherever they stand.
const special = "\\`*_[]<>|#~&$"

// plain writes text so that Markdown shows it as it is, on one line.
func plain(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' || r == 0 }), " ")
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s, string(utf8.RuneError)) {
		if strings.ContainsRune(special, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return startOfLine(b.String())
}

// startOfLine escapes what means something only at the start of a line: a list,
// a quotation, a rule or a number with a stop.
func startOfLine(s string) string {
	if s == "" {
		return s
	}
	if strings.ContainsRune("-+=:", rune(s[0])) {
		return `\` + s
	}
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits > 0 && digits < len(s) && (s[digits] == '.' || s[digits] == ')') && (digits+1 == len(s) || s[digits+1] == ' ') {
		return s[:digits] + `\` + s[digits:]
	}
	return s
}
