package report

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/liftmark/liftmark/internal/study"
)

// schema names the form of the JSON; it changes when a field changes its meaning.
const schema = "liftmark.impact/1"

// document is the report as JSON: the content as it was handed in, under the
// same sentences that the page shows.
type document struct {
	Schema string `json:"schema"`
	Answer struct {
		Change string `json:"change"` // what changed, over all main outcomes
		Worth  string `json:"worth"`  // and what it is worth
	} `json:"answer"`
	Impact
}

// JSON writes the report as indented JSON: the content of Impact under an
// "answer" with the page's leading sentences. Lists are never null. Nothing is
// written when the content contradicts itself (see Check).
func JSON(w io.Writer, i Impact) error {
	if err := i.Check(); err != nil {
		return fmt.Errorf("impact report as JSON: %w", err)
	}
	d := document{Schema: schema, Impact: i.withLists()}
	p := newPage(i)
	d.Answer.Change, d.Answer.Worth = p.Lead, valueSentence(i.Value, i.NoValue)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(d); err != nil {
		return fmt.Errorf("impact report as JSON: %w", err)
	}
	return nil
}

// withLists writes empty lists as [] so that a reader needs no case for null.
func (i Impact) withLists() Impact {
	if i.Findings == nil {
		i.Findings = []study.Finding{}
	}
	if i.KPIs == nil {
		i.KPIs = []KPIRow{}
	}
	if i.Caveats == nil {
		i.Caveats = []string{}
	}
	return i
}
