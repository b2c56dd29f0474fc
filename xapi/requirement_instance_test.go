package xapi_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
)

// instance is one case of a requirement, in tests of other things than what a
// statement may hold: comparison, formats, multipart bodies, signatures.
type instance struct{ id, rule string }

// run runs the case as a subtest that is named after the requirement.
func (i instance) run(t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Run(i.id+" "+i.rule, func(t *testing.T) {
		test(t)
		stated(i.id).Shown(t)
	})
}

// stated gives a requirement that only such cases show; the others are stated
// in contentRules or by the tests of the record store.
func stated(id string) evidence.Requirement {
	for _, r := range []evidence.Requirement{
		{ID: "LM-13", Section: "Data 2.3.1", Text: "Statements are compared by what they mean: what a store assigns, definitions, displays, the order of members, zones of times and the case of what has none make no difference."},
		{ID: "LM-14", Section: "Communication 1.5.2", Text: "Multipart bodies are read as RFC 2046 has them, and refused where they break off."},
		{ID: "LM-15", Section: "Communication 1.5.2", Text: "A part has the length that it names and the type of the attachment that it is the data of."},
		{ID: "LM-16", Section: "Data 2.6", Text: "A signature is verified with the certificate that its header holds; one that asks for what we do not know is refused."},
		{ID: "IEEE-4.2.7-b", Section: "IEEE 9274.1.1 4.2.7", Text: "Durations are compared without what is beyond a hundredth of a second."},
	} {
		if r.ID == id {
			return r
		}
	}
	return evidence.Requirement{ID: id}
}
