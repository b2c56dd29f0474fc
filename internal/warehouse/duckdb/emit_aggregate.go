package duckdb

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// functions names the aggregates that the engine answers alike in whatever
// order its threads bring the rows. The others are put together from them: an
// engine's own sum of doubles, its variances and the value at the latest of
// several equal times depend on that order in their last digits or altogether.
var functions = map[plan.Func]string{
	plan.Count: "count", plan.Distinct: "count", plan.SumWhole: "sum", plan.Min: "min", plan.Max: "max", plan.Every: "bool_and",
}

func (e *emitter) aggregate(n plan.Aggregate) {
	composed := func(m plan.Measure) bool { return functions[m.Func] == "" }
	switch {
	case slices.ContainsFunc(n.Measures, isSecondMoment):
		e.moments(n)
	case slices.ContainsFunc(n.Measures, composed):
		e.composed(n)
	default:
		e.direct(n)
	}
}

// direct computes keys and arguments where they are grouped and added up.
func (e *emitter) direct(n plan.Aggregate) {
	e.write("SELECT ")
	e.named(n.By)
	for i, m := range n.Measures {
		if i > 0 || len(n.By) > 0 {
			e.write(", ")
		}
		e.measure(m)
		e.write(" AS ", warehouse.Quote(m.Name))
	}
	e.source(n.Input)
	e.groupBy(len(n.By))
}

func (e *emitter) measure(m plan.Measure) {
	e.write(functions[m.Func], "(")
	if m.Func == plan.Distinct {
		e.write("DISTINCT ")
	}
	if m.Arg == nil {
		e.write("*")
	} else {
		e.expr(m.Arg)
	}
	e.write(")")
	if m.Where != nil {
		e.write(" FILTER (WHERE ")
		e.expr(m.Where)
		e.write(")")
	}
}

func (e *emitter) groupBy(keys int) {
	for i := range keys {
		if i == 0 {
			e.line("GROUP BY ")
		} else {
			e.write(", ")
		}
		e.write(strconv.Itoa(i + 1))
	}
}

// composed computes keys and arguments first, for the aggregates that are put
// together name their arguments several times.
func (e *emitter) composed(n plan.Aggregate) {
	args := argumentsOf(n.Measures)
	e.write("SELECT ")
	for i, b := range n.By {
		e.write(between(i), keyName(i), " AS ", warehouse.Quote(b.Name))
	}
	for i, m := range n.Measures {
		e.write(between(i+len(n.By)), args.measure(m), " AS ", warehouse.Quote(m.Name))
	}
	e.line("FROM (")
	e.depth++
	e.line()
	e.arguments(n, args)
	e.depth--
	e.line(") AS ", e.alias())
	e.groupBy(len(n.By))
}

// arguments writes the rows of an aggregate: its keys, and what it adds up.
func (e *emitter) arguments(n plan.Aggregate, args arguments) {
	e.write("SELECT ")
	for i, b := range n.By {
		e.write(between(i))
		e.expr(b.Expr)
		e.write(" AS ", keyName(i))
	}
	for i, x := range args {
		e.write(between(i + len(n.By)))
		e.expr(x)
		e.write(" AS ", args.name(x))
	}
	e.source(n.Input)
}

// keyName and name are columns that no key and no measure is named like, for
// these have no space.
func keyName(i int) string { return fmt.Sprintf(`"key %d"`, i+1) }

func between(i int) string {
	if i == 0 {
		return ""
	}
	return ", "
}

// arguments are the different expressions that the measures of an aggregate
// work on.
type arguments []plan.Expr

func argumentsOf(measures []plan.Measure) arguments {
	var out arguments
	for _, m := range measures {
		for _, x := range argumentsOfOne(m) {
			if out.index(x) < 0 {
				out = append(out, x)
			}
		}
	}
	return out
}

// argumentsOfOne gives what a measure works on: null where its condition does
// not hold, which every aggregate leaves out, and a double where it is added.
func argumentsOfOne(m plan.Measure) []plan.Expr {
	x, y := m.Arg, m.Arg2
	if x == nil {
		x = plan.Value{V: int64(1)}
	}
	if m.Where != nil {
		x = plan.If{Cond: m.Where, Then: x, Else: plan.Value{}}
	}
	switch m.Func {
	case plan.Sum, plan.Mean, plan.VarSample:
		return []plan.Expr{plan.ToFloat{X: x}}
	case plan.CovSample:
		return []plan.Expr{plan.ToFloat{X: x}, plan.ToFloat{X: y}}
	case plan.First, plan.Last:
		return []plan.Expr{x, y}
	}
	return []plan.Expr{x}
}

func (a arguments) index(x plan.Expr) int {
	return slices.IndexFunc(a, func(y plan.Expr) bool { return reflect.DeepEqual(x, y) })
}

func (a arguments) name(x plan.Expr) string { return fmt.Sprintf(`"arg %d"`, a.index(x)+1) }

// measure is the aggregate of one measure over the columns of its arguments.
func (a arguments) measure(m plan.Measure) string {
	args := argumentsOfOne(m)
	x := a.name(args[0])
	switch m.Func {
	case plan.Sum:
		return exactSum(x)
	case plan.Mean:
		return exactMean(x)
	case plan.First:
		return valueAt("arg_min", x, a.name(args[1]))
	case plan.Last:
		return valueAt("arg_max", x, a.name(args[1]))
	case plan.Distinct:
		x = "DISTINCT " + x
	}
	return functions[m.Func] + "(" + x + ")"
}

// valueAt takes the value at an extreme time. Of several at the same time it
// is the least or the greatest one, whichever the engine finds first.
func valueAt(function, x, at string) string {
	return function + "(" + x + ", CASE WHEN " + at + " IS NOT NULL THEN struct_pack(at := " + at + ", x := " + x + ") END)"
}

// steps is how many steps of the grid make 1.
const steps = "CAST(4611686018427387904 AS DOUBLE)"

// exactSum adds doubles the same in any order: their whole parts, and what is
// left on a grid of 2^-62, which whole numbers count. Only the two totals are
// rounded. A value of 2^63 or more is refused.
func exactSum(x string) string {
	whole := "CAST(sum(CAST(trunc(" + x + ") AS BIGINT)) AS DOUBLE)"
	return "(" + whole + " + " + gridSum("("+x+" - trunc("+x+"))") + " / " + steps + ")"
}

// gridSum adds values from -1 to 1, in steps of the grid.
func gridSum(x string) string {
	return "CAST(sum(CAST(" + x + " * " + steps + " AS BIGINT)) AS DOUBLE)"
}

// exactMean is never outside the values, so that equal ones are their mean.
func exactMean(x string) string {
	return "least(max(" + x + "), greatest(min(" + x + "), " + exactSum(x) + " / count(" + x + ")))"
}
