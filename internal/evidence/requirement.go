package evidence

import (
	"strings"
	"testing"
)

// Requirement is a rule of a specification that tests show to be met.
type Requirement struct {
	ID       string   // "XAPI-00031" as the public list numbers it, or a name of ours
	Section  string   // "Data 2.4.2", "IEEE 9274.1.1 4.1.4"
	Versions []string // "1.0.3", "2.0.0"; none: both
	Text     string   // what it asks for, in our words; empty: another test states it
	Test     string   // set by Shown: the test without its subtests
}

// Shown records, once all examples passed, that the test shows the requirement.
// Call it in the subtest that is named after the requirement, after those within.
func (r Requirement) Shown(t testing.TB) {
	t.Helper()
	r.Test, _, _ = strings.Cut(t.Name(), "/")
	write(t, "requirement", r)
}
