package duckdb

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

func isSecondMoment(m plan.Measure) bool {
	return m.Func == plan.VarSample || m.Func == plan.CovSample
}

// moments answers an aggregate with variances in two passes over its rows: the
// first finds each group's means and how far its values lie from them, the
// second adds the products of these distances. The distances are scaled by a
// power of two to lie between -1 and 1, and their products added on the grid,
// so that the order does not matter and little is lost where means are large.
func (e *emitter) moments(n plan.Aggregate) {
	m := moments{Aggregate: n, args: argumentsOf(n.Measures), rows: e.alias(), groups: e.alias(), sums: e.alias()}
	e.write("WITH ", m.rows, " AS MATERIALIZED (") //nolint:misspell // so SQL spells it
	e.depth++
	e.line()
	e.arguments(n, m.args)
	e.depth--
	e.line("), ", m.groups, " AS MATERIALIZED (") //nolint:misspell // so SQL spells it
	e.depth++
	e.firstPass(m)
	e.depth--
	e.line("), ", m.sums, " AS (")
	e.depth++
	e.secondPass(m)
	e.depth--
	e.line(")")
	e.line("SELECT ")
	for i, b := range n.By {
		e.write(between(i), m.groups, ".", keyName(i), " AS ", warehouse.Quote(b.Name))
	}
	for i, x := range n.Measures {
		e.write(between(i+len(n.By)), m.result(x), " AS ", warehouse.Quote(x.Name))
	}
	e.line("FROM ", m.groups, " JOIN ", m.sums, " ON ", m.sameKeys(m.groups, m.sums))
}

// moments is an aggregate with the names of its steps.
type moments struct {
	plan.Aggregate
	args               arguments
	rows, groups, sums string
}

// spread gives the places of the arguments whose distances from the mean matter.
func (m moments) spread() []int {
	var out []int
	for i, x := range m.args {
		for _, measure := range m.Measures {
			if isSecondMoment(measure) && (arguments(argumentsOfOne(measure))).index(x) >= 0 {
				out = append(out, i)
				break
			}
		}
	}
	return out
}

// column names what belongs to the argument at a place.
func column(what string, places ...int) string {
	for _, i := range places {
		what += fmt.Sprintf(" %d", i+1)
	}
	return warehouse.Quote(what)
}

// firstPass gives one row for each group: the measures that need no more, and
// count, mean and scale of each argument whose distances matter.
func (e *emitter) firstPass(m moments) {
	e.line("SELECT *")
	for _, i := range m.spread() {
		mean := column("mean", i)
		far := "greatest(" + column("high", i) + " - " + mean + ", " + mean + " - " + column("low", i) + ")"
		e.write(", CASE WHEN ", far, " > 1e-150 THEN pow(2.0, -ceil(log2(", far, "))) ELSE 1.0 END AS ", column("scale", i))
	}
	e.line("FROM (")
	e.depth++
	e.line("SELECT ")
	for i := range m.By {
		e.write(keyName(i), ", ")
	}
	for _, x := range m.Measures {
		if !isSecondMoment(x) {
			e.write(m.args.measure(x), " AS ", warehouse.Quote(x.Name), ", ")
		}
	}
	for at, i := range m.spread() {
		x := column("arg", i)
		e.write(between(at), "count(", x, ") AS ", column("count", i), ", ", exactMean(x), " AS ", column("mean", i),
			", min(", x, ") AS ", column("low", i), ", max(", x, ") AS ", column("high", i))
	}
	e.line("FROM ", m.rows)
	e.groupBy(len(m.By))
	e.depth--
	e.line(") AS ", e.alias())
}

// secondPass adds the products of the scaled distances.
func (e *emitter) secondPass(m moments) {
	e.line("SELECT ")
	for i := range m.By {
		e.write(keyName(i), ", ")
	}
	for at, x := range m.products() {
		i, j := x[0], x[1]
		a, b := column("far", i), column("far", j)
		e.write(between(at), gridSum("("+a+" * "+b+")"), " AS ", column("product", i, j))
		if i != j {
			e.write(", count(", a, " * ", b, ") AS ", column("pairs", i, j))
			e.write(", ", gridSum("CASE WHEN "+b+" IS NOT NULL THEN "+a+" END"), " AS ", column("first", i, j))
			e.write(", ", gridSum("CASE WHEN "+a+" IS NOT NULL THEN "+b+" END"), " AS ", column("second", i, j))
		}
	}
	e.line("FROM (")
	e.depth++
	e.line("SELECT ")
	for i := range m.By {
		e.write(m.rows, ".", keyName(i), ", ")
	}
	for at, i := range m.spread() {
		e.write(between(at), "(", column("arg", i), " - ", column("mean", i), ") * ", column("scale", i), " AS ", column("far", i))
	}
	e.line("FROM ", m.rows, " JOIN ", m.groups, " ON ", m.sameKeys(m.rows, m.groups))
	e.depth--
	e.line(") AS ", e.alias())
	e.groupBy(len(m.By))
}

// products gives the places of the arguments of each second moment.
func (m moments) products() [][2]int {
	var out [][2]int
	for _, x := range m.Measures {
		if isSecondMoment(x) && !slices.Contains(out, m.places(x)) {
			out = append(out, m.places(x))
		}
	}
	return out
}

func (m moments) places(x plan.Measure) [2]int {
	args := argumentsOfOne(x)
	return [2]int{m.args.index(args[0]), m.args.index(args[len(args)-1])}
}

// result is what is selected for a measure in the end.
func (m moments) result(x plan.Measure) string {
	if !isSecondMoment(x) {
		return m.groups + "." + warehouse.Quote(x.Name)
	}
	at := m.places(x)
	i, j := at[0], at[1]
	count, product := column("count", i), column("product", i, j)
	if i != j { // where one of them is null the means are not those of the pairs
		count = column("pairs", i, j)
		product = "(" + product + " - " + column("first", i, j) + " / " + steps + " * " + column("second", i, j) + " / " + count + ")"
	}
	return "CASE WHEN " + count + " > 1 THEN " + product + " / " + steps + " / (" + column("scale", i) + " * " + column("scale", j) + ") / (" + count + " - 1) END"
}

func (m moments) sameKeys(a, b string) string {
	if len(m.By) == 0 {
		return "true"
	}
	text := ""
	for i := range m.By {
		if i > 0 {
			text += " AND "
		}
		text += a + "." + keyName(i) + " IS NOT DISTINCT FROM " + b + "." + keyName(i)
	}
	return text
}
