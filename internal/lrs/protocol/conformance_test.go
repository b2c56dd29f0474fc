package protocol_test

import (
	"os"
	"slices"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/lrs/protocol"
	"github.com/liftmark/liftmark/xapi"
)

// requirement is a line of testdata/requirements.yaml.
type requirement struct {
	ID       string   `yaml:"id"`
	Section  string   `yaml:"section"`
	Versions []string `yaml:"versions"` // none: both
	Text     string   `yaml:"text"`
}

func (r requirement) in(v xapi.Version) bool {
	return len(r.Versions) == 0 || slices.Contains(r.Versions, v.String())
}

func requirements(t *testing.T) []requirement {
	t.Helper()
	text, err := os.ReadFile("testdata/requirements.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []requirement
	if err := yaml.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// cases are what shows that a requirement is met, by its id.
func cases() map[string]func(*lab) {
	all := map[string]func(*lab){}
	for _, some := range []map[string]func(*lab){
		statementCases, queryCases, retrievalCases, voidingCases, multipartCases, signatureCases, stateCases(), profileCases(),
		agentCases, activityCases, aboutCases, errorCases, versionCases, accessCases, alternateCases, headCases, furtherCases(),
	} {
		for id, c := range some {
			if all[id] != nil {
				panic("two cases for " + id)
			}
			all[id] = c
		}
	}
	return all
}

// TestConformance shows each requirement against a live server, under each
// version that has it. With LIFTMARK_EVIDENCE set to a folder it leaves a record
// of each there.
func TestConformance(t *testing.T) {
	cases := cases()
	servers := map[xapi.Version]*site{}
	for _, v := range []xapi.Version{xapi.V1, xapi.V2} {
		servers[v] = newSite(t, newStore(t), lrs.Options{HomePage: "https://lrs.example.com", DocumentBytes: 64 << 10}, protocol.Options{MaxBody: 1 << 20})
	}
	for _, r := range requirements(t) {
		t.Run(r.ID, func(t *testing.T) {
			if cases[r.ID] == nil {
				t.Fatal("the requirement has no case")
			}
			for v, server := range servers {
				if r.in(v) {
					t.Run(v.String(), func(t *testing.T) { cases[r.ID](&lab{T: t, server: server, version: v}) })
				}
			}
			evidence.Requirement{ID: r.ID, Section: r.Section, Versions: r.Versions, Text: r.Text}.Shown(t)
		})
	}
	for v, server := range servers {
		for _, err := range server.reports {
			t.Errorf("%s: the server failed: %v", v, err)
		}
	}
}

func TestEveryCaseHasItsRequirement(t *testing.T) {
	known := map[string]bool{}
	for _, r := range requirements(t) {
		if known[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		known[r.ID] = true
		if r.Section == "" || r.Text == "" {
			t.Errorf("%s lacks its section or text", r.ID)
		}
	}
	for id := range cases() {
		if !known[id] {
			t.Errorf("the case %s is of no requirement", id)
		}
	}
}

// TestEveryNumberIsThere compares with the numbers of the public list that
// concern requests and answers, without those that were withdrawn or concern what
// a statement holds.
func TestEveryNumberIsThere(t *testing.T) {
	left := []int{118, 119, 120, 121, 123, 124, 136, 137, 138, 152}
	known := map[string]bool{}
	for _, r := range requirements(t) {
		known[r.ID] = true
	}
	for n := 108; n <= 336; n++ {
		if id := number(n); known[id] == slices.Contains(left, n) {
			t.Errorf("%s: there %v", id, known[id])
		}
	}
}
