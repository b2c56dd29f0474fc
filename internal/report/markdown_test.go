package report

import (
	"regexp"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/docs/method"
)

func TestPlainTextCannotBecomeMarkup(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Churn rate", "Churn rate"},
		{"<script>", `\<script\>`},
		{"a|b", `a\|b`},
		{"[a](javascript:x)", `\[a\](javascript:x)`},
		{"# heading", `\# heading`},
		{"- item", `\- item`},
		{"1. item", `1\. item`},
		{"1.5 tickets", "1.5 tickets"},
		{"two\nlines\r\nof text", "two lines of text"},
		{"`code` *b* _i_ ~s~", "\\`code\\` \\*b\\* \\_i\\_ \\~s\\~"},
		{"&lt;", `\&lt;`},
		{"−3.1 (−4.6 to −1.7)", "−3.1 (−4.6 to −1.7)"},
		{"", ""},
	} {
		if got := plain(tt.in); got != tt.want {
			t.Errorf("plain(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// readOn is a link to a method's page, the only markup of a report's own.
var readOn = regexp.MustCompile(`\[[^\[\]]*\]\(` + regexp.QuoteMeta(method.Online) + `[a-z_0-9]+\.md\)`)

func TestChecksAndDesignsLeadToTheirPages(t *testing.T) {
	i := full()
	html, text := render(t, HTML, i), render(t, Markdown, i)
	for _, page := range []string{"co_intervention"} {
		want := method.Online + page + ".md"
		if !strings.Contains(html, `<a href="`+want+`">`) || !strings.Contains(text, "]("+want+")") {
			t.Errorf("no link to the page %s", page)
		}
	}
	for name, i := range cases() { // a page that is none gives no link
		for n := range i.Findings {
			for k := range i.Findings[n].Checks {
				i.Findings[n].Checks[k].Method = "../../evil"
			}
		}
		if strings.Contains(render(t, HTML, i)+render(t, Markdown, i), "evil") {
			t.Errorf("%s: a link to nowhere", name)
		}
	}
}

func TestMarkdownHasNoForeignMarkup(t *testing.T) {
	unescaped := regexp.MustCompile("(^|[^\\\\])(\\\\\\\\)*[<\\[`]")
	for name, i := range cases() {
		lines := strings.Split(render(t, Markdown, i), "\n")
		columns := 0
		for n, line := range lines {
			line = readOn.ReplaceAllString(line, "")
			if unescaped.MatchString(line) {
				t.Errorf("%s, line %d: markup: %s", name, n+1, line)
			}
			if !strings.HasPrefix(line, "|") {
				columns = 0
				continue
			}
			bars := len(regexp.MustCompile(`(^|[^\\])\|`).FindAllString(line, -1))
			if columns != 0 && bars != columns {
				t.Errorf("%s, line %d: %d bars, the table has %d: %s", name, n+1, bars, columns, line)
			}
			columns = bars
		}
	}
}

func TestMarkdownHeadingsFollowThePage(t *testing.T) {
	text := render(t, Markdown, full())
	var got []string
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "## ") {
			got = append(got, line)
		}
	}
	want := []string{
		"# Onboarding Academy: impact report for Northwind Analytics", "## The answer", "## What training changed", "## What should not have changed",
		"## Where the KPIs stand", "## What it is worth", "## How we tried to break it", "## How strong the evidence is", "## Caveats",
		"## Method in plain words", "## Provenance", "## Words used here",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("headings:\n%s", strings.Join(got, "\n"))
	}
}
