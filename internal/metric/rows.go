package metric

import (
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// isCost says whether rows belong to no unit and cover a span of time.
func (s source) isCost() bool { return s.Name == "cost" }

// columns are the source's own columns that a measure needs, in order.
func (b *bound) columns() []string {
	names := sortedKeys(b.scope.own)
	if b.source.isCost() {
		names = append(names, "to")
		slices.Sort(names)
		names = slices.Compact(names)
	}
	return names
}

// rows reads the source of a group: filtered, resolved to the unit, with the
// columns of other dimensions that conditions or segment use. It gives the
// name of the column that holds the unit.
func (c *compiler) rows(g *group) (plan.Node, string, error) {
	b := g.first()
	own, dims := c.union(g)
	unit, resolve, err := c.unitOf(g, dims)
	if err != nil {
		return nil, "", err
	}
	for _, d := range dimensions() {
		if b.source.Has(d.key) && (resolve != nil || unit == d.key || usesDimension(dims, d.name)) {
			own[d.key] = true
		}
	}
	if !slices.Contains(c.read, b.source.Name) {
		c.read = append(c.read, b.source.Name)
	}
	n := b.source.read(sortedKeys(own))
	if x := c.inTime(b); x != nil {
		n = plan.Filter{Input: n, Where: x}
	}
	if resolve != nil {
		resolve.Input = n
		n = *resolve
	}
	n = attachDimensions(n, dims, unitKeys(resolve))
	if x := anyOf(g.measures); x != nil {
		n = plan.Filter{Input: n, Where: x}
	}
	if unit == "account" || unit == "person_id" && !b.source.canonical {
		n = plan.Filter{Input: n, Where: plan.Not{X: plan.IsNull{X: plan.Column(unit)}}}
	}
	if c.filtersEarly() {
		n = c.keepUnits(n, unit)
	}
	return n, unit, nil
}

// filtersEarly says whether units can be filtered before anything is added up:
// not while people may still turn out to be others, nor before a total has
// been shared among all units.
func (c *compiler) filtersEarly() bool { return c.def.Unit == "account" && !c.hasSpread() }

func usesDimension(dims map[string]columnRef, name string) bool {
	for _, d := range dims {
		if d.dim == name {
			return true
		}
	}
	return false
}

// union collects what the measures of a group need.
func (c *compiler) union(g *group) (own map[string]bool, dims map[string]columnRef) {
	own, dims = map[string]bool{}, map[string]columnRef{}
	for _, b := range g.measures {
		for name := range b.scope.own {
			own[name] = true
		}
		for name, ref := range b.scope.dims {
			dims[name] = ref
		}
	}
	if s := g.first().source; s.isSpan() {
		own[s.from], own[s.to] = true, true
	}
	return own, dims
}

// unitOf chooses the cheapest way to the unit of a row: its own account where
// every row names one, else by way of the person; people are looked up after
// grouping where that is possible.
func (c *compiler) unitOf(g *group, dims map[string]columnRef) (column string, resolve *plan.Resolve, err error) {
	b := g.first()
	needsAccount := c.def.Unit == "account" || usesDimension(dims, "account")
	direct := b.source.Has("account_id")
	if direct && needsAccount {
		if direct, err = c.facts.namesAccount(b.source); err != nil {
			return "", nil, err
		}
	}
	if err := c.checkUnit(b, direct); err != nil {
		return "", nil, err
	}
	byPerson := !b.source.canonical && !c.resolvesLate(g) && (c.def.Unit == "person" || b.countsPeople() || usesDimension(dims, "person"))
	if (!needsAccount || direct) && !byPerson {
		return c.def.Unit + "_id", nil, nil
	}
	resolve = &plan.Resolve{Person: "person_id", At: b.At, PersonOnly: !needsAccount || direct}
	if !resolve.PersonOnly && b.source.Has("account_id") {
		resolve.Account = "account_id"
	}
	if c.def.Unit == "account" && direct {
		return "account_id", resolve, nil
	}
	return c.def.Unit, resolve, nil
}

func (c *compiler) checkUnit(b *bound, direct bool) error {
	hasPerson := b.source.Has("person_id")
	switch {
	case c.def.Unit == "account" && !direct && !hasPerson:
		return fault.New(fault.Invalid, "measure %s: a %s row belongs to no account; use spread_by to share it among accounts", b.name, b.source.Name)
	case c.def.Unit == "person" && !hasPerson:
		return fault.New(fault.Invalid, "measure %s: a %s row belongs to no person; set unit: account", b.name, b.source.Name)
	}
	return nil
}

// countsPeople says whether a measure counts people by raw keys, of which one
// person may have several.
func (b *bound) countsPeople() bool {
	return b.Agg == "distinct" && b.Field == "person_id" && !b.source.canonical
}

// resolvesLate says whether people can be looked up after grouping by their
// raw keys: nothing before needs to know who they are.
func (c *compiler) resolvesLate(g *group) bool {
	_, dims := c.union(g)
	b := g.first()
	if b.source.canonical || !b.source.Has("person_id") || usesDimension(dims, "person") {
		return false
	}
	if c.def.Unit == "account" {
		return b.countsPeople() && b.AsOf == ""
	}
	if usesDimension(dims, "account") || b.AsOf != "" {
		return false
	}
	return !slices.ContainsFunc(g.measures, func(b *bound) bool {
		return b.countsPeople() || b.Agg != "distinct" && !merges(b.Agg)
	})
}

// inTime keeps the rows that can matter to any period.
func (c *compiler) inTime(b *bound) plan.Expr {
	if b.source.isSpan() {
		return nil
	}
	at := plan.Column(b.At)
	before := plan.Binary{Op: plan.Lt, L: at, R: plan.Value{V: c.line.until()}}
	if b.AsOf != "" {
		return before
	}
	return plan.And{plan.Binary{Op: plan.Ge, L: at, R: plan.Value{V: c.line.start()}}, before}
}

// anyOf is the condition that rows of a group fulfil for at least one measure,
// nil when one of them takes all rows.
func anyOf(measures []*bound) plan.Expr {
	var terms plan.Or
	for _, b := range measures {
		if b.where == nil {
			return nil
		}
		terms = append(terms, b.where)
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return terms
}

// unitKeys names the columns that hold the keys of the dimensions.
func unitKeys(resolve *plan.Resolve) map[string]string {
	keys := map[string]string{"account": "account_id", "person": "person_id", "activity": "activity_id"}
	if resolve == nil {
		return keys
	}
	keys["person"] = "person"
	if !resolve.PersonOnly {
		keys["account"] = "account"
	}
	return keys
}

// attachDimensions looks the needed columns of other dimensions up.
func attachDimensions(n plan.Node, refs map[string]columnRef, keys map[string]string) plan.Node {
	for _, d := range dimensions() {
		var take []columnRef
		for _, name := range sortedKeys(refs) {
			if refs[name].dim == d.name {
				take = append(take, refs[name])
			}
		}
		if len(take) > 0 {
			n = attachDimension(n, d, take, keys[d.name])
		}
	}
	return n
}

func attachDimension(n plan.Node, d dimension, take []columnRef, key string) plan.Node {
	join := plan.Join{Left: n, Right: dimensionRows(d, take), On: []plan.Pair{{Left: key, Right: d.key}}}
	for _, ref := range take {
		join.Take = append(join.Take, plan.Pair{Left: ref.column(), Right: ref.column()})
	}
	return join
}

// dimensionRows has one row for each key of a dimension. Of a person with
// several accounts the latest row that has a value counts.
func dimensionRows(d dimension, take []columnRef) plan.Node {
	scan := plan.Scan{Table: d.name, Columns: []string{d.key}}
	columns := plan.Columns(d.key)
	for _, ref := range take {
		x := plan.Expr(plan.Column(ref.field.Name))
		source := ref.field.Name
		if ref.attribute != "" {
			x, source = plan.Attribute{Key: ref.attribute}, "attributes"
		}
		if !slices.Contains(scan.Columns, source) {
			scan.Columns = append(scan.Columns, source)
		}
		columns = append(columns, plan.Named{Name: ref.column(), Expr: x})
	}
	if d.name != "person" {
		return plan.Project{Input: scan, Columns: columns}
	}
	if !slices.Contains(scan.Columns, "created_at") {
		scan.Columns = append(scan.Columns, "created_at")
	}
	latest := plan.Aggregate{Input: scan, By: columns[:1]}
	when := plan.Coalesce{plan.Column("created_at"), plan.Value{V: earliest()}}
	for _, column := range columns[1:] {
		latest.Measures = append(latest.Measures, plan.Measure{Name: column.Name, Func: plan.Last, Arg: column.Expr, Arg2: when})
	}
	return latest
}

// attachUnit adds the cluster and the segment of units to their rows.
func (c *compiler) attachUnit(wide plan.Node) plan.Node {
	cluster, key := plan.Expr(plan.Column(unitColumn)), unitColumn
	if c.def.Unit == "person" {
		wide = plan.Join{Left: wide, Right: latestAccounts(), On: []plan.Pair{{Left: unitColumn, Right: "person_id"}}, Take: []plan.Pair{{Left: "account_id", Right: "home"}}}
		cluster, key = plan.Coalesce{plan.Column("home"), plan.Column(unitColumn)}, "home"
	}
	added := []plan.Named{{Name: clusterColumn, Expr: cluster}}
	switch {
	case c.by == nil:
		added = append(added, plan.Named{Name: segmentColumn, Expr: plan.Value{V: ""}})
	case !c.needBy:
		keys := map[string]string{"account": key, "person": unitColumn}
		wide = attachDimensions(wide, map[string]columnRef{c.by.column(): *c.by}, keys)
		added = append(added, plan.Named{Name: segmentColumn, Expr: plan.Column(c.by.column())})
	}
	return plan.Extend{Input: wide, Columns: added}
}

// latestAccounts has the account that each person belonged to last.
func latestAccounts() plan.Node {
	return plan.Aggregate{
		Input:    plan.Scan{Table: "membership", Columns: []string{"person_id", "account_id", "valid_from"}},
		By:       plan.Columns("person_id"),
		Measures: []plan.Measure{{Name: "account_id", Func: plan.Last, Arg: plan.Column("account_id"), Arg2: plan.Column("valid_from")}},
	}
}

// read scans a source, or builds it when it follows from a fact.
func (s source) read(columns []string) plan.Node {
	if s.derived == nil {
		return plan.Scan{Table: s.Name, Columns: columns}
	}
	return plan.Project{Input: s.derived, Columns: plan.Columns(columns...)}
}

// unitFilter is what the query asks of units and rows.
type unitFilter struct {
	units []plan.Expr          // conditions on the unit's own dimensions
	dims  map[string]columnRef // that they use
	rows  string               // or the condition that rows of every measure must fulfil
}

// newUnitFilter tells a filter about units, which keeps or drops a unit whole,
// from one about rows, such as those of one course.
func newUnitFilter(text, unit string, facts unitFacts) (unitFilter, error) {
	f := unitFilter{dims: map[string]columnRef{}}
	if text == "" {
		return f, nil
	}
	scope := newUnitScope(unit, facts)
	x, err := parseCondition(text, scope)
	if err != nil {
		return f, err
	}
	if !isUnitLevel(scope.dims, unit) {
		f.rows = text
		return f, nil
	}
	f.units, f.dims = []plan.Expr{x}, scope.dims
	return f, nil
}

// isUnitLevel says whether columns are a unit's own: an account's are its
// fields; a person's are theirs and those of the account.
func isUnitLevel(dims map[string]columnRef, unit string) bool {
	for _, ref := range dims {
		if ref.dim == "activity" || ref.dim == "person" && unit == "account" {
			return false
		}
	}
	return true
}

// keepUnits keeps rows whose unit fulfils the query's filter.
func (c *compiler) keepUnits(n plan.Node, column string) plan.Node {
	if len(c.filter.units) == 0 {
		return n
	}
	return plan.Semi{Input: n, Column: column, In: c.filter.members(c.def.Unit)}
}

// members lists the units that fulfil the filter.
func (f unitFilter) members(unit string) plan.Node {
	d := dimension{unit, unit + "_id"}
	var n plan.Node = plan.Aggregate{Input: plan.Scan{Table: d.name, Columns: []string{d.key}}, By: plan.Columns(d.key)}
	keys := map[string]string{"account": "account_id", "person": "person_id"}
	if unit == "person" && usesDimension(f.dims, "account") {
		n = plan.Join{Left: n, Right: latestAccounts(), On: []plan.Pair{{Left: "person_id", Right: "person_id"}}, Take: []plan.Pair{{Left: "account_id", Right: "home"}}}
		keys["account"] = "home"
	}
	n = attachDimensions(n, f.dims, keys)
	return plan.Project{Input: plan.Filter{Input: n, Where: plan.And(f.units)}, Columns: plan.Columns(d.key)}
}

func (c *compiler) hasSpread() bool {
	for _, m := range c.def.Measures {
		if m.SpreadBy != "" {
			return true
		}
	}
	return false
}
