package report

import (
	"bytes"
	"html"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/docs/method"
	"github.com/liftmark/liftmark/internal/study"
)

func render(t *testing.T, write func(io.Writer, Impact) error, i Impact) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, i); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSameContentGivesTheSameBytes(t *testing.T) {
	for name, i := range cases() {
		for form, write := range map[string]func(io.Writer, Impact) error{"HTML": HTML, "JSON": JSON, "Markdown": Markdown} {
			first, second := render(t, write, i), render(t, write, i)
			if first != second {
				t.Errorf("%s as %s differs between two runs", name, form)
			}
		}
	}
}

func TestPageIsSelfContainedAndInert(t *testing.T) {
	allowed := map[string]bool{}
	for _, name := range strings.Fields("lang charset name content http-equiv class href id dir aria-label aria-labelledby aria-hidden focusable role tabindex scope " +
		"viewBox width height x y x1 x2 y1 y2 cx cy r d fill patternUnits patternTransform") {
		allowed[name] = true
	}
	for name, i := range cases() {
		page := strings.ReplaceAll(render(t, HTML, i), `href="`+method.Online, `href="#`) // to read on, when asked to
		for _, bad := range []string{"<script", "<img", "<link", "<iframe", "<object", "<base", "<form", "@import", "http://", "https://"} {
			if strings.Contains(strings.ToLower(page), bad) {
				t.Errorf("%s: the page holds %q", name, bad)
			}
		}
		for _, u := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(page, -1) {
			if !strings.HasPrefix(u[1], "#") {
				t.Errorf("%s: the page asks for %s", name, u[1])
			}
		}
		for _, tag := range tags.FindAllStringSubmatch(page, -1) {
			for _, a := range regexp.MustCompile(`([^\s="]+)="([^"]*)"`).FindAllStringSubmatch(tag[3], -1) {
				if !allowed[a[1]] || a[1] == "href" && !strings.HasPrefix(a[2], "#") {
					t.Errorf("%s: <%s> carries %s", name, tag[2], a[0])
				}
			}
		}
	}
}

var tags = regexp.MustCompile(`<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|[^>"])*?)(/?)>`)

// TestTagsAreBalanced walks the tags of every page with a stack.
func TestTagsAreBalanced(t *testing.T) {
	void := map[string]bool{"meta": true}
	for name, i := range cases() {
		page := render(t, HTML, i)
		page = regexp.MustCompile(`(?s)<style>.*?</style>`).ReplaceAllString(page, "")
		var open []string
		for _, m := range tags.FindAllStringSubmatch(page, -1) {
			switch {
			case m[4] == "/" || void[m[2]]:
			case m[1] == "":
				open = append(open, m[2])
			case len(open) == 0 || open[len(open)-1] != m[2]:
				t.Fatalf("%s: </%s> closes %v", name, m[2], open)
			default:
				open = open[:len(open)-1]
			}
		}
		if len(open) > 0 {
			t.Errorf("%s: left open: %v", name, open)
		}
	}
}

func TestHeadingsIDsAndLabels(t *testing.T) {
	for name, i := range cases() {
		page := render(t, HTML, i)
		last := 0
		for _, h := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
			level := int(h[1][0] - '0')
			if level > last+1 {
				t.Errorf("%s: h%d follows h%d", name, level, last)
			}
			last = level
		}
		if n := strings.Count(page, "<h1"); n != 1 {
			t.Errorf("%s: %d h1", name, n)
		}
		ids := map[string]bool{}
		for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
			if ids[m[1]] {
				t.Errorf("%s: id %s twice", name, m[1])
			}
			ids[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby="|url\(#)([^")]*)`).FindAllStringSubmatch(page, -1) {
			for _, id := range strings.Fields(m[1]) {
				if !ids[id] {
					t.Errorf("%s: nothing has the id %s", name, id)
				}
			}
		}
		for _, m := range regexp.MustCompile(`<svg[^>]*>`).FindAllString(page, -1) {
			if !strings.Contains(m, `role="img" aria-labelledby="`) && !strings.Contains(m, `aria-hidden="true"`) {
				t.Errorf("%s: neither named nor hidden: %s", name, m)
			}
		}
		if a, b := strings.Count(page, "<table"), strings.Count(page, "<caption"); a != b {
			t.Errorf("%s: %d tables, %d captions", name, a, b)
		}
		if strings.Contains(page, "<th>") || strings.Contains(page, "<th class") {
			t.Errorf("%s: a table head without scope", name)
		}
	}
}

// TestEveryFormTellsEverything walks the page and looks for each of its texts
// in HTML and in Markdown.
func TestEveryFormTellsEverything(t *testing.T) {
	for name, i := range cases() {
		page, markdown := html.UnescapeString(render(t, HTML, i)), render(t, Markdown, i)
		texts := pageTexts(newPage(i))
		if len(texts) < 20 {
			t.Fatalf("%s: only %d texts", name, len(texts))
		}
		for _, s := range texts {
			if !strings.Contains(page, s) {
				t.Errorf("%s: HTML lacks %q", name, s)
			}
			if !strings.Contains(markdown, plain(s)) {
				t.Errorf("%s: Markdown lacks %q", name, s)
			}
			if strings.Contains(strings.ToLower(s), "proves") {
				t.Errorf("%s: %q claims too much", name, s)
			}
		}
	}
}

func pageTexts(p page) []string {
	out := []string{p.Title, p.Company, p.Lead}
	out = append(out, p.Support...)
	for _, a := range p.Answers {
		out = append(out, a.Label, a.Value, a.Unit, a.Interval, a.Headline, a.Detail, a.Words)
	}
	for _, s := range p.Sections {
		out = append(out, s.Title)
		out = append(out, blockTexts(s.Blocks)...)
		for _, part := range s.Parts {
			out = append(append(out, part.Title), blockTexts(part.Blocks)...)
		}
	}
	return out
}

func blockTexts(bs []block) []string {
	var out []string
	for _, b := range bs {
		switch b := b.(type) {
		case paragraph:
			out = append(out, string(b))
		case heading:
			out = append(out, string(b))
		case bullets:
			out = append(out, b...)
		case facts:
			for _, f := range b {
				out = append(out, f.Term, f.Text)
			}
		case note:
			out = append(out, b.Title, b.Text)
		case verdict:
			out = append(append(out, b.Words, b.Headline), b.Lines...)
		case *table:
			out = append(out, tableTexts(b)...)
		case *chart:
			out = append(append(out, b.Title, b.Subtitle, b.Desc), tableTexts(b.Table)...)
		}
	}
	return out
}

func tableTexts(t *table) []string {
	out := []string{t.Caption}
	for _, row := range t.Rows {
		for _, c := range row {
			out = append(out, c.Text, c.Small)
		}
	}
	return out
}

func TestAnswerComesFirstAndInOrder(t *testing.T) {
	i := full()
	page := html.UnescapeString(render(t, HTML, i))
	order := []string{
		"Training improved churn rate (−3.1\u00a0percentage points, grade B)", "It pays for itself", i.Findings[0].Verdict.Headline,
		"The spreadsheet’s comparison overstates the change", "still without the event", "The spreadsheet’s comparison points the wrong way",
		"month before training", "What should not have changed", "Where the KPIs stand", "Benefit–cost ratio", "(assumed)",
		"How we tried to break it", "How strong the evidence is", "What would raise it", "Caveats", "Method in plain words", "Plan hash", "Words used here",
	}
	at := strings.Index(page, "<main>")
	for _, words := range order {
		n := strings.Index(page[at:], words)
		if n < 0 {
			t.Fatalf("%q does not stand where it should", words)
		}
		at += n
	}
}

func TestWhatIsNotKnownIsNotShown(t *testing.T) {
	for _, tt := range []struct {
		name        string
		i           Impact
		has, hasNot []string
	}{
		{"empty", Impact{}, []string{"Nothing has been measured yet", "No finding yet", "No KPI values", "Not priced"}, []string{`role="img"`, "Training improved", "Grade B</p>", "NaN", "%!"}},
		{"undecided", undecided(), []string{"cannot tell yet", "Cannot tell yet", "about 40 more accounts needed", "What a spreadsheet would say"}, []string{"Training improved", "Caused by training", "-months-wide", "-naive-wide", "NaN", "%!"}},
		{"full", full(), []string{`role="img"`, "Numbers behind this picture", "no answer in this period", "about 340 more accounts needed"}, []string{"No finding yet", "No KPI values", "Not priced</p>", "NaN", "%!", "not stated"}},
	} {
		page := html.UnescapeString(render(t, HTML, tt.i))
		for _, s := range tt.has {
			if !strings.Contains(page, s) {
				t.Errorf("%s: the page lacks %q", tt.name, s)
			}
		}
		for _, s := range tt.hasNot {
			if strings.Contains(page, s) {
				t.Errorf("%s: the page has %q", tt.name, s)
			}
		}
	}
}

func TestAssumptionsAreStampedWhereverTheyShow(t *testing.T) {
	page := newPage(full())
	const line = "Hours saved by account managers"
	var pictures, tables int
	for _, s := range page.Sections {
		for _, b := range s.Blocks {
			switch b := b.(type) {
			case *chart:
				if strings.Contains(string(b.Wide), line) {
					pictures++
					if !strings.Contains(string(b.Wide), line+" (assumed)") || !strings.Contains(string(b.Wide), "<pattern") || !strings.Contains(string(b.Narrow), "(assumed)") {
						t.Errorf("%s shows an assumption as if it were measured", b.ID)
					}
				}
			case *table:
				for _, row := range b.Rows {
					if row[0].Text == line {
						tables++
						if row[1].Text != "Assumed" || row[1].Shape != "assumed" {
							t.Errorf("table %s: %+v", b.Caption, row)
						}
					}
				}
			}
		}
	}
	if pictures != 2 || tables != 1 {
		t.Errorf("%d pictures and %d tables show the assumed line, want 2 and 1", pictures, tables)
	}
	if !strings.Contains(spaces(page.Support[0]), "EUR 70,000 is assumed, not measured") {
		t.Errorf("the answer does not say what is assumed: %s", page.Support[0])
	}
}

func TestGradeDIsAChangeNotAnEffect(t *testing.T) {
	i := full()
	i.Findings = []study.Finding{churnFinding()}
	i.Findings[0].Grade = grade("D")
	page := html.UnescapeString(render(t, HTML, i))
	for _, bad := range []string{"Training improved", "Caused by training"} {
		if strings.Contains(page, bad) {
			t.Errorf("grade D, but the page says %q", bad)
		}
	}
	if !strings.Contains(page, "Alongside training, but not shown to be caused by it, these got better: churn rate") {
		t.Error("the answer does not say that the cause is open")
	}
}
