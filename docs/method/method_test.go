package method_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/docs/method"
)

// sections are what each page has, in this order.
var sections = []string{
	"## What it answers", "## What it assumes", "## How it works", "## When it misleads",
	"## Example", "## How it is checked", "## References",
}

var (
	link    = regexp.MustCompile(`!?\[([^\]]*)\]\(([^)#\s\\]+)(?:#[^)]*)?\)`)
	heading = regexp.MustCompile(`(?m)^## .*$`)
)

func TestEveryPageAnswersTheSameQuestions(t *testing.T) {
	pages := method.Pages()
	if len(pages) < 50 {
		t.Fatalf("only %d pages", len(pages))
	}
	for _, p := range pages {
		if p.Title == "" || p.Question == "" {
			t.Errorf("%s: the page needs a title and, in bold, the question that it answers", p.Slug)
		}
		if got := heading.FindAllString(p.Text, -1); !slices.Equal(got, sections) {
			t.Errorf("%s: sections %q, want %q", p.Slug, got, sections)
		}
		if !strings.Contains(p.Text, "](picture/"+p.Slug+".svg)") {
			t.Errorf("%s: no picture of its own", p.Slug)
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) == 0 {
		t.Fatal("no pages", err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.HasPrefix(m[0], "!") && len(m[1]) < 20 {
				t.Errorf("%s: the picture %s needs words for who cannot see it", name, m[2])
			}
			if strings.Contains(m[2], "://") {
				continue
			}
			if _, err := os.Stat(m[2]); err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, m[2])
			}
		}
	}
}

func TestTheIndexListsEveryPageAndPicturesAreShown(t *testing.T) {
	index, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := ""
	for _, p := range method.Pages() {
		if !strings.Contains(string(index), "]("+p.Slug+".md)") {
			t.Errorf("README.md does not list %s", p.Slug)
		}
		shown += p.Text
	}
	pictures, _ := filepath.Glob("picture/*.svg")
	for _, name := range pictures {
		if !strings.Contains(shown, "]("+filepath.ToSlash(name)+")") {
			t.Errorf("%s is on no page", name)
		}
	}
}
