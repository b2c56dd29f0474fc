package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/liftmark/liftmark/internal/study"
)

// TestJSONHoldsTheContentUnchanged reads the JSON back into the types that it came from.
func TestJSONHoldsTheContentUnchanged(t *testing.T) {
	for name, i := range cases() {
		var got struct {
			Schema string
			Answer struct{ Change, Worth string }
			Impact
		}
		if err := json.Unmarshal([]byte(render(t, JSON, i)), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(i, got.Impact, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(study.Finding{}, "Draws"), cmpopts.IgnoreUnexported(study.Finding{})); diff != "" {
			t.Errorf("%s: what comes back differs (-in +out):\n%s", name, diff)
		}
		page := newPage(i)
		if got.Schema != "liftmark.impact/1" || got.Answer.Change != page.Lead || got.Answer.Worth != page.Support[0] {
			t.Errorf("%s: schema %q, answer %+v", name, got.Schema, got.Answer)
		}
	}
}

func TestJSONOfNothingHasEmptyLists(t *testing.T) {
	text := render(t, JSON, Impact{})
	for _, want := range []string{`"findings": []`, `"kpis": []`, `"caveats": []`, `"value": null`} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %s:\n%s", want, text)
		}
	}
}
