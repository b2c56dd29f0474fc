package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// everyNumber are records of a test that shows the whole public list, but the
// numbers left out.
func everyNumber(left ...string) string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(numbers())) {
		if numbers()[id] == "" && !slices.Contains(left, id) {
			fmt.Fprintf(&b, `{"package":"a/b","requirement":{"ID":%q,"Section":"Data 2.2","Text":"Rule %s.","Test":"TestAll"}}`+"\n", id, id)
		}
	}
	return b.String()
}

// conforming writes records and gives their folder and where the page goes.
func conforming(t *testing.T, records string) (folder, page string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "b.jsonl"), []byte(records), 0o600); err != nil {
		t.Fatal(err)
	}
	return folder, filepath.Join(folder, "page.md")
}

func TestConformancePageJoinsTestsAndChecksItself(t *testing.T) {
	folder, page := conforming(t, everyNumber("XAPI-00031", "XAPI-00087")+
		`{"package":"a/b","requirement":{"ID":"XAPI-00031","Test":"TestFirst"}}
{"package":"c","requirement":{"ID":"XAPI-00031","Section":"Data 4.1","Versions":["2.0.0"],"Text":"One | other.","Test":"TestSecond"}}
{"package":"c","requirement":{"ID":"XAPI-00031","Test":"TestSecond"}}
{"package":"c","requirement":{"ID":"XAPI-00087-1","Section":"IEEE 9274.1.1 4.2","Versions":["1.0.3"],"Text":"Half.","Test":"TestSecond"}}
`)
	if err := run("conformance", folder, page, false); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"\n| XAPI-00031 | One \\| other. | Data 4.1 | 2.0 | `b.TestFirst`, `c.TestSecond` |\n",
		"\n| XAPI-00087-1 | Half. | IEEE 9274.1.1 4.2 | 1.0.3 | `c.TestSecond` |\n",
		"\n| XAPI-00001 | Rule XAPI-00001. | Data 2.2 | both | `b.TestAll` |\n",
		"\n| `c.TestSecond` | 2 |\n", "There are 331 requirements, for 331 numbers",
	} {
		if !strings.Contains(string(text), line) {
			t.Errorf("the page lacks %q", line)
		}
	}
	if err := run("conformance", folder, page, true); err != nil {
		t.Errorf("the page does not agree with its own records: %v", err)
	}
	changed := strings.Replace(string(text), "Half.", "Whole.", 1)
	if err := os.WriteFile(page, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run("conformance", folder, page, true); err == nil || !strings.Contains(err.Error(), "Half.") {
		t.Errorf("a page that says something else passes: %v", err)
	}
}

func TestConformancePageRefusesGapsAndContradictions(t *testing.T) {
	for name, tt := range map[string]struct{ records, want string }{
		"a number without a test": {everyNumber("XAPI-00200", "XAPI-00031"), "no test shows XAPI-00031, XAPI-00200"},
		"stated by no test":       {everyNumber() + `{"package":"c","requirement":{"ID":"LM-01","Test":"TestA"}}`, "LM-01 is shown by [c.TestA] and stated by none"},
		"stated in two ways":      {everyNumber() + `{"package":"c","requirement":{"ID":"XAPI-00001","Section":"Data 2.2","Text":"Other.","Test":"TestA"}}`, "XAPI-00001 is stated in two ways"},
		"a section of no table":   {everyNumber() + `{"package":"c","requirement":{"ID":"LM-01","Section":"Data 9","Text":"Other.","Test":"TestA"}}`, "in no table"},
	} {
		folder, page := conforming(t, tt.records)
		if err := run("conformance", folder, page, false); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
