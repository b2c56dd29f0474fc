package metric

import (
	"fmt"
	"slices"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Columns of the relations that the compiler builds.
const (
	unitColumn    = "unit"
	clusterColumn = "cluster"
	periodColumn  = "period"
	segmentColumn = "segment"
	numColumn     = "num"
	denColumn     = "den"
)

// catalogue tells the compiler what it must know of the facts to build a plan
// that does no needless work.
type catalogue interface {
	// namesAccount says whether every row of the source names its account.
	namesAccount(src source) (bool, error)
	// namesPerson says whether no row of the fact names its person by e-mail.
	namesPerson(fact string) (bool, error)
	// money converts amounts of a fact or span to the reporting currency: it
	// gives what the amount has to be multiplied with, nil for nothing.
	money(fact string) (plan.Expr, error)
	unitFacts
}

// compiler turns a checked definition and one request into a plan.
type compiler struct {
	def    *Definition // after the choices of the parameters
	params map[string]any
	given  []string // names of parameters that have a value
	line   timeline
	facts  catalogue
	by     *columnRef // segment; nil for none
	filter unitFilter
	needBy bool     // some rows carry the segment themselves
	read   []string // facts that were read
}

// bound is a measure whose parts were checked against its source.
type bound struct {
	Measure
	name   string
	source source
	scope  *rowScope
	where  plan.Expr // nil: all rows
	arg    plan.Expr // nil: count of rows
	whole  bool      // it counts, or arg is a whole number
	window float64   // days back that a stock of events reaches; 0: without limit
}

// bind checks a measure and everything that the query adds to it.
func (c *compiler) bind(name string) (*bound, error) {
	m := c.def.Measures[name]
	src, err := findSource(m.Fact)
	if err != nil {
		return nil, fmt.Errorf("measure %s: %w", name, err)
	}
	if m.At == "" {
		m.At = src.At
	}
	b := &bound{Measure: m, name: name, source: src, scope: newRowScope(src, c.params, c.facts.digits()).knowing(c.facts)}
	b.scope.own[m.At] = true
	if b.source.canonical, err = c.isCanonical(src); err != nil {
		return nil, err
	}
	if err := b.bindWhere(c.conditions(name, m), c.filter.rows, c.def.Unit); err != nil {
		return nil, fmt.Errorf("measure %s: %w", name, err)
	}
	if err := c.bindSegment(b); err != nil {
		return nil, err
	}
	if err := c.bindField(b); err != nil {
		return nil, fmt.Errorf("measure %s: %w", name, err)
	}
	if b.window, err = m.window(c.params); err != nil {
		return nil, fmt.Errorf("measure %s: %w", name, err)
	}
	return b, nil
}

// isCanonical says whether a source's person_id is the person's own key in
// every row, so that nobody has to be looked up.
func (c *compiler) isCanonical(src source) (bool, error) {
	if src.canonical || !src.Has("person_id") {
		return src.canonical, nil
	}
	return c.facts.namesPerson(src.Name)
}

// conditions lists what rows of a measure must fulfil: its own condition and
// those of the parameters that were given.
func (c *compiler) conditions(name string, m Measure) []string {
	var out []string
	if m.Where != "" {
		out = append(out, m.Where)
	}
	for _, param := range c.given {
		if w := c.def.Params[param].Where[name]; w != "" {
			out = append(out, w)
		}
	}
	return out
}

// bindWhere checks the conditions on rows, and that of the query where it is
// about rows; its bare names are those of the unit, not of the rows.
func (b *bound) bindWhere(conditions []string, filter, unit string) error {
	var terms plan.And
	for _, text := range conditions {
		x, err := parseCondition(text, b.scope)
		if err != nil {
			return err
		}
		terms = append(terms, x)
	}
	if filter != "" && !b.source.isCost() {
		x, err := parseCondition(filter, filterScope{b.scope, unit})
		if err != nil {
			return err
		}
		terms = append(terms, x)
	}
	if len(terms) > 0 {
		b.where = terms
	}
	return nil
}

// bindSegment makes rows carry the segment when it is not the unit's own.
func (c *compiler) bindSegment(b *bound) error {
	if c.by == nil || !c.needBy || b.source.isCost() {
		return nil
	}
	if !b.source.reaches(c.by.dim) {
		return fault.New(fault.Invalid, "%s cannot be broken down by %s: its measure %s counts %s rows, which are about no %s; use a field of the account", c.def.ID, c.by.column(), b.name, b.source.Name, c.by.dim)
	}
	b.scope.dims[c.by.column()] = *c.by
	return nil
}

func (c *compiler) bindField(b *bound) error {
	b.whole = b.Agg == "count" || b.Agg == "distinct"
	if b.Field == "" {
		return nil
	}
	f, ok := b.source.Field(b.Field)
	if !ok {
		return fault.New(fault.Invalid, "%s has no field %q; it has %s", b.source.Name, b.Field, fieldNames(b.source.Fields))
	}
	b.scope.own[b.Field] = true
	b.arg = plan.Column(b.Field)
	b.whole = b.whole || f.Type == record.Money || f.Type == record.Integer
	if f.Type != record.Money {
		return nil
	}
	factor, err := c.facts.money(b.source.Name)
	if err != nil {
		return err
	}
	if factor != nil {
		b.scope.own["currency"] = true
		b.arg = plan.Binary{Op: plan.Mul, L: b.arg, R: factor}
		b.whole = b.Agg == "distinct"
	}
	return nil
}

// group is a set of measures that one pass over their source answers.
type group struct {
	key      string
	measures []*bound
}

func (g *group) first() *bound { return g.measures[0] }

// groups sorts measures into passes. Distinct counts have a pass of their own,
// so that the engine can group by the counted key first.
func groups(all []*bound) []*group {
	var out []*group
	for _, b := range all {
		key := strings.Join([]string{b.Fact, b.At, b.AsOf, b.Within}, "|")
		if b.Agg == "distinct" || b.Agg == "months" || b.SpreadBy != "" {
			key += "|" + b.name
		}
		i := slices.IndexFunc(out, func(g *group) bool { return g.key == key })
		if i < 0 {
			out = append(out, &group{key: key})
			i = len(out) - 1
		}
		out[i].measures = append(out[i].measures, b)
	}
	return out
}

// unitRows builds the KPI's rows: unit, cluster, period, segment, num, den.
func (c *compiler) unitRows() (plan.Node, error) {
	scope := measureScope{sortedKeys(c.def.Measures), c.params, map[string]bool{}}
	num, err := parseNumber(c.def.Num, scope)
	if err != nil {
		return nil, fmt.Errorf("num of %s: %w", c.def.ID, err)
	}
	den, err := parseNumber(c.def.Den, scope)
	if err != nil {
		return nil, fmt.Errorf("den of %s: %w", c.def.ID, err)
	}
	wide, err := c.wide(c.needed(scope.used))
	if err != nil {
		return nil, err
	}
	wide = c.attachUnit(wide)
	rows := plan.Project{Input: wide, Columns: append(
		plan.Columns(unitColumn, clusterColumn, periodColumn, segmentColumn),
		plan.Named{Name: numColumn, Expr: plan.ToFloat{X: num}},
		plan.Named{Name: denColumn, Expr: plan.ToFloat{X: den}},
	)}
	zero := plan.Value{V: 0.0}
	return plan.Filter{Input: rows, Where: plan.Or{
		plan.Binary{Op: plan.Ne, L: plan.Column(denColumn), R: zero},
		plan.Binary{Op: plan.Ne, L: plan.Column(numColumn), R: zero},
	}}, nil
}

// needed lists the measures that num and den use, and those that share totals
// out for them.
func (c *compiler) needed(used map[string]bool) []string {
	for _, name := range sortedKeys(used) {
		if by := c.def.Measures[name].SpreadBy; by != "" {
			used[by] = true
		}
	}
	return sortedKeys(used)
}

// wide builds one row for each unit, period and row segment with a column for
// each measure; what a pass does not see is 0 for counts and sums, else null.
func (c *compiler) wide(measures []string) (plan.Node, error) {
	var all, spread []*bound
	for _, name := range measures {
		b, err := c.bind(name)
		if err != nil {
			return nil, err
		}
		if b.SpreadBy != "" {
			spread = append(spread, b)
		} else {
			all = append(all, b)
		}
	}
	passes := groups(all)
	inputs := make([]plan.Node, len(passes))
	for i, g := range passes {
		n, err := c.pass(g)
		if err != nil {
			return nil, err
		}
		inputs[i] = n
	}
	wide := c.combine(passes, inputs, all)
	for _, b := range spread {
		var err error
		if wide, err = c.spread(wide, b, all); err != nil {
			return nil, err
		}
	}
	if !c.filtersEarly() {
		wide = c.keepUnits(wide, unitColumn)
	}
	return wide, nil
}

// combine stacks the passes and merges the rows of one unit and period.
func (c *compiler) combine(passes []*group, inputs []plan.Node, all []*bound) plan.Node {
	if len(inputs) == 1 {
		return c.zeroFill(inputs[0], all)
	}
	keys := c.keys()
	stacked := make([]plan.Node, len(inputs))
	for i, in := range inputs {
		columns := plan.Columns(keys...)
		for _, b := range all {
			var x plan.Expr = plan.Value{}
			if slices.Contains(passes[i].measures, b) {
				x = plan.Column(b.name)
			}
			columns = append(columns, plan.Named{Name: b.name, Expr: plan.ToFloat{X: x}})
		}
		stacked[i] = plan.Project{Input: in, Columns: columns}
	}
	merged := make([]plan.Measure, len(all))
	for i, b := range all {
		merged[i] = plan.Measure{Name: b.name, Func: plan.Max, Arg: plan.Column(b.name)} // one pass has it, in one row
	}
	return c.zeroFill(plan.Aggregate{Input: plan.Union{Inputs: stacked}, By: plan.Columns(keys...), Measures: merged}, all)
}

func (c *compiler) zeroFill(n plan.Node, all []*bound) plan.Node {
	columns := plan.Columns(c.keys()...)
	for _, b := range all {
		var x plan.Expr = plan.Column(b.name)
		if isAdditive(b.Agg) {
			x = plan.Coalesce{x, plan.Value{V: 0.0}}
		}
		columns = append(columns, plan.Named{Name: b.name, Expr: x})
	}
	return plan.Project{Input: n, Columns: columns}
}

// keys are the columns that identify a row of the passes.
func (c *compiler) keys() []string {
	if c.needBy {
		return []string{unitColumn, periodColumn, segmentColumn}
	}
	return []string{unitColumn, periodColumn}
}

// isAdditive says whether nothing seen means 0.
func isAdditive(agg string) bool {
	return agg == "count" || agg == "sum" || agg == "distinct" || agg == "months"
}

// merge merges partial results of one unit and period.
func (b *bound) merge() plan.Measure {
	m := plan.Measure{Name: b.name, Func: plan.Sum, Arg: plan.Column(b.name)}
	switch {
	case b.Agg == "min" || b.Agg == "first":
		m.Func = plan.Min
	case b.Agg == "max" || b.Agg == "last":
		m.Func = plan.Max
	case b.whole:
		m.Func = plan.SumWhole
	}
	return m
}
