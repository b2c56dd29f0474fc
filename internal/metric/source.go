package metric

import (
	"fmt"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// source is what a measure reads: a fact, dated by one field, or a span that
// follows from the facts and holds from one time to another.
type source struct {
	record.Fact
	from, to  string    // columns of a span; empty for a fact
	derived   plan.Node // how to build it; nil: it is a table
	canonical bool      // person_id is a person's own key already
}

func (s source) isSpan() bool { return s.from != "" }

// derivedSources follow from the facts: spans that the warehouse keeps, and
// what the compiler builds from a fact when a measure asks for it.
func derivedSources() []source {
	account := record.Field{Name: "account_id", Ref: "account"}
	person := record.Field{Name: "person_id", Ref: "person"}
	from, to := record.Field{Name: "started_at", Type: record.Time}, record.Field{Name: "ended_at", Type: record.Time}
	return []source{
		{Fact: record.Fact{Name: "subscription", At: "started_at", Doc: "a spell in which an account was a customer",
			Fields: []record.Field{account, from, to, {Name: "reason"}}}, from: "started_at", to: "ended_at"},
		{Fact: record.Fact{Name: "mrr_span", At: "started_at", Doc: "a stretch of constant recurring revenue",
			Fields: []record.Field{account, from, to, {Name: "mrr", Type: record.Money}, {Name: "currency", Type: record.Currency}}}, from: "started_at", to: "ended_at"},
		{Fact: record.Fact{Name: "membership", At: "valid_from", Doc: "a person's time in an account",
			Fields: []record.Field{person, account, {Name: "valid_from", Type: record.Time}, {Name: "valid_to", Type: record.Time}}}, from: "valid_from", to: "valid_to",
			derived: memberships(), canonical: true},
		{Fact: record.Fact{Name: "enrolment", At: "started_at", Doc: "all that one person did with one activity",
			Fields: enrolmentFields(person)}, derived: enrolments(), canonical: true},
	}
}

// findSource gives the fact or span of that name.
func findSource(name string) (source, error) {
	for _, s := range derivedSources() {
		if s.Name == name {
			return s, nil
		}
	}
	var names []string
	for _, f := range record.Facts {
		if f.Name == name {
			return source{Fact: f, canonical: f.Name == "person"}, nil
		}
		names = append(names, f.Name)
	}
	for _, s := range derivedSources() {
		names = append(names, s.Name)
	}
	return source{}, fault.New(fault.Invalid, "there is no fact %q; the facts are %s", name, strings.Join(names, ", "))
}

// dimension is what a fact can be looked up in: who and what it is about.
type dimension struct {
	name, key string
}

func dimensions() []dimension {
	return []dimension{{"account", "account_id"}, {"person", "person_id"}, {"activity", "activity_id"}}
}

// reaches says whether rows of the source can be looked up in a dimension: by
// their own key, or an account by way of the person.
func (s source) reaches(dim string) bool {
	switch dim {
	case "account":
		return s.Has("account_id") || s.Has("person_id")
	case "person":
		return s.Has("person_id") && s.Name != "account"
	case "activity":
		return s.Has("activity_id")
	}
	return false
}

// columnRef is a column of a dimension: a field, or a further column.
type columnRef struct {
	dim       string
	field     record.Field
	attribute string
}

// column is the name under which a plan carries it: account.plan.
func (c columnRef) column() string {
	if c.attribute != "" {
		return c.dim + ".attributes." + c.attribute
	}
	return c.dim + "." + c.field.Name
}

// parseColumnRef reads "account.plan" or "person.attributes.team".
func parseColumnRef(path string) (columnRef, error) {
	dim, rest, _ := strings.Cut(path, ".")
	fact, ok := record.Find(dim)
	if !ok || !slices.ContainsFunc(dimensions(), func(d dimension) bool { return d.name == dim }) {
		return columnRef{}, fmt.Errorf("%q does not begin with account, person or activity", dim+".")
	}
	if key, ok := strings.CutPrefix(rest, "attributes."); ok {
		return columnRef{dim: dim, attribute: key}, nil
	}
	f, ok := fact.Field(rest)
	if !ok {
		return columnRef{}, fmt.Errorf("%s has no field %q; it has %s, and further columns as %s.attributes.NAME", dim, rest, fieldNames(fact.Fields), dim)
	}
	return columnRef{dim: dim, field: f}, nil
}

func fieldNames(fields []record.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return strings.Join(names, ", ")
}
