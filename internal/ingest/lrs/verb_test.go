package lrs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/xapi"
)

// TestTheVocabularyIsWellFormed reads the tables and compares them with the
// learning verbs and with the guide.
func TestTheVocabularyIsWellFormed(t *testing.T) {
	v, err := newVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile(filepath.Join(reference.Root(t), "docs", "guide", "statements.md"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for iri, verb := range v.verbs {
		used[verb] = true
		if err := xapi.CheckIRI(iri); err != nil {
			t.Errorf("%s: %v", iri, err)
		}
		if !isVerb(verb) {
			t.Errorf("%s counts as %q, which is no learning verb", iri, verb)
		}
		if !slices.ContainsFunc(strings.Split(string(guide), "\n"), func(line string) bool {
			return strings.HasPrefix(line, "| "+verb+" |") && strings.Contains(line, "`"+iri+"`")
		}) {
			t.Errorf("the guide does not say that %s counts as %s", iri, verb)
		}
	}
	for _, verb := range record.Verbs {
		if !used[verb] {
			t.Errorf("no statement becomes %q", verb)
		}
	}
	for name, what := range v.types {
		if what.Kind == "" || !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("type %q: kind %q; the guide must list it", name, what.Kind)
		}
	}
}
