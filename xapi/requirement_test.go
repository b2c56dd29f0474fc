package xapi_test

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/xapi"
)

// contentRule is one rule of the specification about what a statement may hold,
// with examples that meet it and examples that break it. ID is the number that
// the public list of conformance requirements gives it, or the clause of IEEE
// 9274.1.1 for what only version 2.0 has, or LM with a number of ours.
type contentRule struct {
	ID, Section, Text string
	Versions          []xapi.Version
	Accepts, Refuses  []example
}

// example is a statement like testdata/full.json, except for one property.
type example struct {
	set string // the property, as context.contextActivities.parent.0.id; "" for the whole text
	to  string // its JSON; "" removes it
	at  string // the path that the refusal names; "" for the property's own
	// alone keeps it out of the SubStatement that each example is tried in too.
	alone bool
}

var (
	both   = []xapi.Version{xapi.V1, xapi.V2}
	onlyV1 = []xapi.Version{xapi.V1}
	onlyV2 = []xapi.Version{xapi.V2}
)

// contentRules are the whole table.
func contentRules() []contentRule {
	return slices.Concat(formatRequirements, statementRequirements, actorRequirements, objectRequirements,
		resultRequirements, contextRequirements, typeRequirements)
}

// TestRequirements shows each rule under each version that has it. With
// LIFTMARK_EVIDENCE set to a folder it leaves a record of each there.
func TestRequirements(t *testing.T) {
	for _, r := range contentRules() {
		t.Run(r.ID, func(t *testing.T) {
			for _, v := range r.Versions {
				t.Run(v.String(), func(t *testing.T) {
					for _, e := range r.Accepts {
						accepts(t, v, e)
					}
					for _, e := range r.Refuses {
						refuses(t, v, e)
					}
				})
			}
			r.requirement().Shown(t)
		})
	}
}

// requirement is what the page on conformance says of the rule.
func (r contentRule) requirement() evidence.Requirement {
	out := evidence.Requirement{ID: r.ID, Section: r.Section, Text: r.Text}
	if len(r.Versions) == 1 {
		out.Versions = []string{r.Versions[0].String()}
	}
	return out
}

// TestEveryRequirementIsTried fails for a row that tries nothing, or that two
// rows share.
func TestEveryRequirementIsTried(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range contentRules() {
		if seen[r.ID] {
			t.Errorf("%s is there twice", r.ID)
		}
		seen[r.ID] = true
		if len(r.Accepts) == 0 || len(r.Refuses) == 0 || len(r.Versions) == 0 {
			t.Errorf("%s has %d examples that meet it and %d that break it, in %d versions: want some of each",
				r.ID, len(r.Accepts), len(r.Refuses), len(r.Versions))
		}
		if r.Section == "" || r.Text == "" {
			t.Errorf("%s lacks its section or text", r.ID)
		}
	}
}

// accepts tries an example as a statement and within a SubStatement.
func accepts(t *testing.T, v xapi.Version, e example) {
	t.Helper()
	text := e.statement(t)
	if _, err := xapi.Parse(v, text); err != nil {
		t.Errorf("%v refuses %s = %s: %v", v, e.set, e.to, err)
	}
	if inner, ok := e.inSubStatement(t); ok {
		if _, err := xapi.Parse(v, inner); err != nil {
			t.Errorf("%v refuses, in a SubStatement, %s = %s: %v", v, e.set, e.to, err)
		}
	}
}

// refuses tries an example as a statement and within a SubStatement.
func refuses(t *testing.T, v xapi.Version, e example) {
	t.Helper()
	refusesAt(t, v, e.statement(t), e, e.path("$"))
	if inner, ok := e.inSubStatement(t); ok {
		refusesAt(t, v, inner, e, e.path("$.object"))
	}
}

// refusesAt wants a refusal that names the path, the rule and its section.
func refusesAt(t *testing.T, v xapi.Version, text []byte, e example, path string) {
	t.Helper()
	_, err := xapi.Parse(v, text)
	if err == nil {
		t.Errorf("%v accepts %s = %s", v, e.set, e.to)
		return
	}
	var problems xapi.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is a %T, want Problems", err)
	}
	for _, p := range problems {
		if p.Path == path && p.Index == 0 && p.Rule != "" && sectionOf(v, p.Section) {
			return
		}
	}
	t.Errorf("%v: no problem at %s for %s = %s: %v", v, path, e.set, e.to, err)
}

// sectionOf tells whether a section is one of the version's specification.
func sectionOf(v xapi.Version, section string) bool {
	if v == xapi.V2 {
		return strings.HasPrefix(section, "IEEE 9274.1.1 4.")
	}
	return strings.HasPrefix(section, "xAPI 1.0.3 ")
}

// statement gives the example's text.
func (e example) statement(t testing.TB) []byte {
	t.Helper()
	if e.set == "" {
		return []byte(e.to)
	}
	full := fullStatement(t)
	e.apply(full)
	return encode(t, full)
}

// inSubStatement gives the example as the SubStatement of another statement; ok
// is false where a SubStatement has no such property.
func (e example) inSubStatement(t testing.TB) (text []byte, ok bool) {
	t.Helper()
	top, _, _ := strings.Cut(e.set, ".")
	if e.alone || !slices.Contains([]string{"actor", "verb", "object", "result", "context", "timestamp", "attachments"}, top) {
		return nil, false
	}
	inner := fullStatement(t)
	e.apply(inner)
	for _, name := range []string{"id", "stored", "version", "authority"} {
		delete(inner, name)
	}
	inner["objectType"] = "SubStatement"
	outer := fullStatement(t)
	outer["object"] = inner
	delete(outer, "context")
	return encode(t, outer), true
}

// apply sets or removes the example's property. A statement about another
// object loses what only one about an Activity may have.
func (e example) apply(statement map[string]any) {
	if e.set == "object" {
		context := statement["context"].(map[string]any)
		delete(context, "revision")
		delete(context, "platform")
	}
	steps := strings.Split(e.set, ".")
	var at any = statement
	for _, s := range steps[:len(steps)-1] {
		at = stepInto(at, s)
	}
	last := steps[len(steps)-1]
	switch container := at.(type) {
	case map[string]any:
		if delete(container, last); e.to != "" {
			container[last] = json.RawMessage(e.to)
		}
	case []any:
		n, _ := strconv.Atoi(last)
		container[n] = json.RawMessage(e.to)
	}
}

// stepInto goes one step down, making objects on the way.
func stepInto(at any, step string) any {
	switch container := at.(type) {
	case map[string]any:
		if container[step] == nil {
			container[step] = map[string]any{}
		}
		return container[step]
	case []any:
		n, _ := strconv.Atoi(step)
		return container[n]
	}
	panic("no way to " + step)
}

// path is where a refusal of the example should point.
func (e example) path(root string) string {
	if e.at != "" {
		return root + strings.TrimPrefix(e.at, "$")
	}
	if e.set == "" {
		return root
	}
	var b strings.Builder
	b.WriteString(root)
	for _, s := range strings.Split(e.set, ".") {
		if _, err := strconv.Atoi(s); err == nil {
			b.WriteString("[" + s + "]")
		} else {
			b.WriteString("." + s)
		}
	}
	return b.String()
}

var fullText = sync.OnceValues(func() ([]byte, error) { return os.ReadFile("testdata/full.json") })

// fullStatement reads the statement that examples vary.
func fullStatement(t testing.TB) map[string]any {
	t.Helper()
	text, err := fullText()
	if err != nil {
		t.Fatal(err)
	}
	var full map[string]any
	if err := json.Unmarshal(text, &full); err != nil {
		t.Fatal(err)
	}
	return full
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatalf("an example is no JSON: %v", err)
	}
	return text
}
