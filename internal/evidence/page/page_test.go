package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const records = `{"package":"stat/mean","agreement":{"Method":"Welch","Data":"sleep","Source":"R","Values":5,"Digits":12.34}}
{"package":"stat/mean","agreement":{"Method":"Welch","Data":"sleep","Source":"R","Values":2,"Digits":10.98}}
{"package":"stat/mean","share":{"Method":"Welch","Scenario":"normal","Samples":400,"Got":0.9475,"Want":"95 %"}}
`

func written(t *testing.T) (folder, page string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "mean.jsonl"), []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, filepath.Join(folder, "page.md")
}

func TestAccuracyPageTakesTheWorstAndChecksItself(t *testing.T) {
	t.Setenv("LIFTMARK_REQUIRE_DATA", "1")
	folder, page := written(t)
	if err := run("accuracy", folder, page, false); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(page)
	if !strings.Contains(string(text), "| Welch | sleep | R | 7 | 10.9 |") {
		t.Errorf("the page:\n%s", text)
	}
	if err := run("accuracy", folder, page, true); err != nil {
		t.Errorf("the page does not agree with its own records: %v", err)
	}
	for name, change := range map[string][2]string{
		"lost digits":  {"| 10.9 |", "| 14.9 |"},
		"not compared": {"| Welch | sleep |", "| Welch | other |"},
	} {
		if err := os.WriteFile(page, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := run("accuracy", folder, page, true); err == nil {
			t.Errorf("%s: passed", name)
		}
	}
}

func TestCoveragePage(t *testing.T) {
	folder, page := written(t)
	if err := run("coverage", folder, page, false); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(page)
	if !strings.Contains(string(text), "| Welch | normal | 400 | 94.8\u00a0% | 95 % |") {
		t.Errorf("the page:\n%s", text)
	}
}

func TestNoRecordsIsAnError(t *testing.T) {
	if err := run("accuracy", t.TempDir(), "page.md", false); err == nil {
		t.Error("a page was made of nothing")
	}
}
