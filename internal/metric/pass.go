package metric

import (
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Columns that only passes use.
const (
	bucketColumn = "bucket"
	keyColumn    = "key"
)

// pass adds up the measures of one group: one row for each unit and period.
func (c *compiler) pass(g *group) (plan.Node, error) {
	rows, unit, err := c.rows(g)
	if err != nil {
		return nil, err
	}
	b := g.first()
	switch {
	case b.Agg == "months":
		rows = c.exposure(rows, b)
	case b.AsOf != "" && b.source.isSpan():
		rows = plan.AsOf{Input: rows, From: b.source.from, To: b.source.to, AtEnd: b.AsOf == "period_end", Periods: c.line.plan()}
	case b.AsOf != "" && b.window > 0:
		rows = c.recent(rows, b)
	case b.AsOf != "" && slices.ContainsFunc(g.measures, func(b *bound) bool { return !merges(b.Agg) }):
		rows = plan.AsOf{Input: rows, From: b.At, AtEnd: b.AsOf == "period_end", Periods: c.line.plan()}
	case b.AsOf != "":
		return c.accumulate(rows, unit, g), nil
	}
	return c.addUp(rows, unit, g), nil
}

// merges says whether partial results of disjoint rows give the whole.
func merges(agg string) bool { return agg == "count" || agg == "sum" || agg == "min" || agg == "max" }

// keyExprs are the expressions of keys() over the rows of a source.
func (c *compiler) keyExprs(unit string, period plan.Expr) []plan.Named {
	out := []plan.Named{{Name: unitColumn, Expr: plan.Column(unit)}, {Name: periodColumn, Expr: period}}
	if c.needBy {
		out = append(out, plan.Named{Name: segmentColumn, Expr: plan.Column(c.by.column())})
	}
	return out
}

// addUp groups rows by unit and period. A stock has its period already; a flow
// takes it from its time.
func (c *compiler) addUp(rows plan.Node, unit string, g *group) plan.Node {
	b := g.first()
	var period plan.Expr = plan.Column(periodColumn)
	if b.AsOf == "" && b.Agg != "months" {
		period = c.line.bucket(plan.Column(b.At))
	}
	by := c.keyExprs(unit, period)
	if b.Agg == "distinct" {
		return c.countDistinct(rows, by, b)
	}
	out := plan.Aggregate{Input: rows, By: by}
	for _, b := range g.measures {
		out.Measures = append(out.Measures, c.aggregate(b, len(g.measures) > 1))
	}
	if c.resolvesLate(g) {
		return c.resolveUnits(out, g)
	}
	return out
}

// aggregate is the engine's aggregate of a measure. Where rows were already
// filtered for it alone it needs no condition of its own.
func (c *compiler) aggregate(b *bound, shared bool) plan.Measure {
	m := plan.Measure{Name: b.name, Func: plan.Func(b.Agg), Arg: b.arg}
	switch b.Agg {
	case "first", "last":
		m.Arg2 = plan.Column(b.At)
	case "months":
		m.Func = plan.Sum
	case "sum":
		if b.whole {
			m.Func = plan.SumWhole
		}
	}
	if shared {
		m.Where = b.where
	}
	return m
}

// countDistinct counts different keys. Where people have to be looked up it
// groups by their raw keys first and looks up what is left.
func (c *compiler) countDistinct(rows plan.Node, by []plan.Named, b *bound) plan.Node {
	late := c.resolvesLate(&group{measures: []*bound{b}})
	key := plan.Column(b.Field)
	if b.countsPeople() && !late {
		key = "person"
	}
	if !late {
		return plan.Aggregate{Input: rows, By: by, Measures: []plan.Measure{{Name: b.name, Func: plan.Distinct, Arg: key}}}
	}
	keys := c.resolveKeys(plan.Aggregate{Input: rows, By: append(by, plan.Named{Name: keyColumn, Expr: key})})
	return plan.Aggregate{Input: keys, By: plan.Columns(c.keys()...),
		Measures: []plan.Measure{{Name: b.name, Func: plan.Count, Arg: plan.Column(keyColumn)}}}
}

// resolveKeys looks up the people among distinct keys, and drops the keys that
// turn out to be the same person.
func (c *compiler) resolveKeys(keys plan.Node) plan.Node {
	column := unitColumn
	if c.def.Unit != "person" {
		column = keyColumn
	}
	by := plan.Columns(append(c.keys(), keyColumn)...)
	for i := range by {
		if by[i].Name == column {
			by[i].Expr = plan.Column("person")
		}
	}
	return plan.Aggregate{Input: plan.Resolve{Input: keys, Person: column, PersonOnly: true}, By: by}
}

// resolveUnits looks up the people who are the units of an aggregate, and
// merges those that turn out to be the same.
func (c *compiler) resolveUnits(n plan.Node, g *group) plan.Node {
	out := plan.Aggregate{
		Input: plan.Resolve{Input: n, Person: unitColumn, PersonOnly: true},
		By:    plan.Columns(c.keys()...),
	}
	out.By[0].Expr = plan.Column("person")
	for _, b := range g.measures {
		out.Measures = append(out.Measures, b.merge())
	}
	return out
}

// exposure cuts spells at the periods and gives their length in months.
func (c *compiler) exposure(rows plan.Node, b *bound) plan.Node {
	cut := plan.Overlap{Input: rows, From: b.source.from, To: b.source.to, Periods: c.line.plan()}
	local := plan.Extend{Input: cut, Columns: []plan.Named{
		{Name: "local_from", Expr: c.line.local(plan.Column("overlap_from"))},
		{Name: "local_to", Expr: c.line.local(plan.Column("overlap_to"))},
	}}
	b.arg = plan.Column("months")
	return plan.Extend{Input: local, Columns: []plan.Named{{Name: "months", Expr: plan.Binary{
		Op: plan.Sub, L: plan.MonthClock{X: plan.Column("local_to")}, R: plan.MonthClock{X: plan.Column("local_from")}}}}}
}

// recent gives each event the periods at whose instant it lay at most a number
// of days back.
func (c *compiler) recent(rows plan.Node, b *bound) plan.Node {
	const expiry = "expires"
	dated := plan.Extend{Input: rows, Columns: []plan.Named{{Name: expiry, Expr: plan.Later{X: plan.Column(b.At), By: time.Duration(b.window * 24 * float64(time.Hour))}}}}
	return plan.AsOf{Input: dated, From: b.At, To: expiry, AtEnd: b.AsOf == "period_end", Periods: c.line.plan()}
}

// accumulate adds up everything that happened before an instant: first within
// each calendar period, then over the periods that came before.
func (c *compiler) accumulate(rows plan.Node, unit string, g *group) plan.Node {
	b := g.first()
	first := c.line.periods[0]
	before := plan.Binary{Op: plan.Lt, L: plan.Column(b.At), R: plan.Value{V: first.start}}
	earlier := plan.Value{V: first.key.AddDate(0, 0, -1)}
	bucket := plan.If{Cond: before, Then: earlier, Else: c.line.bucket(plan.Column(b.At))}
	by := c.keyExprs(unit, bucket)
	by[1].Name = bucketColumn
	partial := plan.Aggregate{Input: rows, By: by}
	for _, b := range g.measures {
		partial.Measures = append(partial.Measures, c.aggregate(b, len(g.measures) > 1))
	}
	aligned := plan.AsOf{Input: partial, From: bucketColumn, Periods: c.keysAsPeriods(b.AsOf == "period_end")}
	out := plan.Aggregate{Input: aligned, By: plan.Columns(c.keys()...)}
	for _, b := range g.measures {
		out.Measures = append(out.Measures, b.merge())
	}
	if c.resolvesLate(g) {
		return c.resolveUnits(out, g)
	}
	return out
}

// keysAsPeriods lets buckets be aligned by their keys: a bucket counts at the
// start of the periods after it, and at the end of its own one too.
func (c *compiler) keysAsPeriods(atEnd bool) []plan.Period {
	out := make([]plan.Period, len(c.line.periods))
	for i, p := range c.line.periods {
		out[i] = plan.Period{Key: p.key, Start: p.key}
		if atEnd {
			out[i].Start = p.key.Add(time.Second)
		}
	}
	return out
}

// spread shares a total among the units of each period in proportion to
// another measure.
func (c *compiler) spread(wide plan.Node, b *bound, others []*bound) (plan.Node, error) {
	if !b.source.isCost() {
		return nil, fault.New(fault.Invalid, "measure %s: spread_by shares costs, and %s is none", b.name, b.Fact)
	}
	const total, overlap, full = "spread_total", "spread_overlap", "spread_full"
	scanned := plan.Node(plan.Scan{Table: b.source.Name, Columns: b.columns()})
	if b.where != nil {
		scanned = plan.Filter{Input: scanned, Where: b.where}
	}
	cut := plan.Extend{Input: plan.Overlap{Input: scanned, From: "from", To: "to", Periods: c.line.plan()}, Columns: []plan.Named{
		{Name: overlap, Expr: plan.Elapsed{From: plan.Column("overlap_from"), To: plan.Column("overlap_to")}},
		{Name: full, Expr: plan.Elapsed{From: plan.Column("from"), To: plan.Column("to")}},
	}}
	share := plan.Binary{Op: plan.Div, L: plan.Binary{Op: plan.Mul, L: b.arg, R: plan.Column(overlap)}, R: plan.Column(full)}
	costs := plan.Aggregate{Input: cut, By: plan.Columns(periodColumn), Measures: []plan.Measure{{Name: b.name, Func: plan.Sum, Arg: share}}}
	weights := plan.Aggregate{Input: wide, By: plan.Columns(periodColumn), Measures: []plan.Measure{{Name: total, Func: plan.Sum, Arg: plan.Column(b.SpreadBy)}}}
	joined := plan.Join{Left: wide, Right: costs, On: []plan.Pair{{Left: periodColumn, Right: periodColumn}}, Take: []plan.Pair{{Left: b.name, Right: "spread_cost"}}}
	joined = plan.Join{Left: joined, Right: weights, On: []plan.Pair{{Left: periodColumn, Right: periodColumn}}, Take: []plan.Pair{{Left: total, Right: total}}}
	part := plan.Binary{Op: plan.Div, L: plan.Binary{Op: plan.Mul, L: plan.Column("spread_cost"), R: plan.Column(b.SpreadBy)}, R: plan.Column(total)}
	columns := plan.Columns(c.keys()...)
	for _, other := range others {
		columns = append(columns, plan.Columns(other.name)...)
	}
	return plan.Project{Input: joined, Columns: append(columns, plan.Named{Name: b.name, Expr: plan.Coalesce{part, plan.Value{V: 0.0}}})}, nil
}
