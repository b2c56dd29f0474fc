package metric

import (
	"fmt"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// rowScope gives the names that a condition on rows may use: the source's own
// fields and further columns, and those of the account, person and activity
// that it is about. It notes which of them were used.
type rowScope struct {
	source source
	params map[string]any
	digits int            // of minor units, for amounts of money
	known  attributeNames // nil: every name of a further column will do

	own  map[string]bool      // own columns used; "attributes" for further ones
	dims map[string]columnRef // by column name
}

// knowing checks names of further columns against those that there are.
func (s *rowScope) knowing(names attributeNames) *rowScope {
	s.known = names
	return s
}

func newRowScope(s source, params map[string]any, digits int) *rowScope {
	return &rowScope{source: s, params: params, digits: digits, own: map[string]bool{}, dims: map[string]columnRef{}}
}

func (s *rowScope) name(path string) (operand, error) {
	first, rest, dotted := strings.Cut(path, ".")
	switch {
	case !dotted:
		return s.ownField(path)
	case first == "attributes" && s.source.hasAttributes():
		own, err := columnRef{dim: s.source.Name, attribute: rest}.resolved(s.known)
		s.own["attributes"] = true
		return operand{expr: plan.Attribute{Key: own.attribute}, kind: textKind, attribute: true}, err
	case first == s.source.Name:
		return s.name(rest)
	}
	ref, err := parseColumnRef(path)
	if err != nil {
		return operand{}, err
	}
	if !s.source.reaches(first) {
		return operand{}, fmt.Errorf("a %s row is about no %s, so %s means nothing for it", s.source.Name, first, path)
	}
	return s.dimension(ref)
}

// dimension notes that a column of a dimension is used.
func (s *rowScope) dimension(ref columnRef) (operand, error) {
	ref, err := ref.resolved(s.known)
	if err != nil {
		return operand{}, err
	}
	s.dims[ref.column()] = ref
	return s.operandOf(ref.field, plan.Column(ref.column()), ref.attribute != ""), nil
}

func (s *rowScope) ownField(name string) (operand, error) {
	f, ok := s.source.Field(name)
	if !ok {
		return operand{}, fmt.Errorf("%s has no field %q; it has %s, further columns as attributes.NAME, and account., person. or activity. before theirs", s.source.Name, name, fieldNames(s.source.Fields))
	}
	s.own[name] = true
	return s.operandOf(f, plan.Column(name), false), nil
}

// operandOf makes the operand of a field. Amounts are stored in minor units
// and written in major ones, so they are compared in major units.
func (s *rowScope) operandOf(f record.Field, x plan.Expr, attribute bool) operand {
	o := operand{expr: x, kind: kindOf(f.Type), field: f, attribute: attribute}
	if f.Type == record.Money {
		o.expr = plan.Binary{Op: plan.Div, L: x, R: plan.Value{V: minorPerMajor(s.digits)}}
	}
	return o
}

func (s *rowScope) param(name string) (any, error) { return lookupParam(s.params, name) }

func lookupParam(params map[string]any, name string) (any, error) {
	v, ok := params[name]
	if !ok {
		return nil, fmt.Errorf("there is no parameter %q here", name)
	}
	return v, nil
}

// measureScope gives the names that num and den may use: the measures.
type measureScope struct {
	measures []string
	params   map[string]any
	used     map[string]bool // filled with the names that were used
}

func (s measureScope) name(path string) (operand, error) {
	if !slices.Contains(s.measures, path) {
		return operand{}, fmt.Errorf("there is no measure %q; the measures are %s", path, strings.Join(s.measures, ", "))
	}
	s.used[path] = true
	return operand{expr: plan.Column(path), kind: numberKind}, nil
}

func (s measureScope) param(name string) (any, error) { return lookupParam(s.params, name) }

// unitFacts is what a filter of units must know of the facts.
type unitFacts interface {
	attributeNames
	// digits of the minor unit of the reporting currency.
	digits() int
}

// unitScope gives the names that a filter of units may use. A name without a
// dimension is looked for in the dimensions of the unit, nearest first.
type unitScope struct {
	*rowScope
	unit string
}

func newUnitScope(unit string, facts unitFacts) *unitScope {
	fact, _ := record.Find(unit)
	return &unitScope{newRowScope(source{Fact: *fact}, nil, facts.digits()).knowing(facts), unit}
}

func (s *unitScope) name(path string) (operand, error) {
	full, err := qualify(path, s.unit)
	if err != nil {
		return operand{}, err
	}
	ref, err := parseColumnRef(full)
	if err != nil {
		return operand{}, err
	}
	return s.dimension(ref)
}

// filterScope reads the query's filter over the rows of one source.
type filterScope struct {
	*rowScope
	unit string
}

func (s filterScope) name(path string) (operand, error) {
	full, err := qualify(path, s.unit)
	if err != nil {
		return operand{}, err
	}
	return s.rowScope.name(full)
}

// qualify adds the dimension to a name that has none: plan → account.plan.
func qualify(path, unit string) (string, error) {
	first, _, dotted := strings.Cut(path, ".")
	if dotted && first != "attributes" {
		return path, nil
	}
	if dotted {
		return unit + "." + path, nil
	}
	order := []string{"account", "person", "activity"}
	if unit == "person" {
		order = []string{"person", "account", "activity"}
	}
	for _, dim := range order {
		if fact, _ := record.Find(dim); fact.Has(path) {
			return dim + "." + path, nil
		}
	}
	return "", fmt.Errorf("no account, person or activity has a field %q; further columns are written attributes.NAME (of the %s), account.attributes.NAME, person.attributes.NAME or activity.attributes.NAME", path, unit)
}
