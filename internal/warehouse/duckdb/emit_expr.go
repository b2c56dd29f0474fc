package duckdb

import (
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// expr writes an expression, parenthesised where it could bind otherwise.
func (e *emitter) expr(x plan.Expr) {
	switch x := x.(type) {
	case plan.Column:
		e.write(warehouse.Quote(string(x)))
	case plan.Value:
		e.bind(x.V)
	case plan.Binary:
		e.binary(x)
	case plan.And:
		e.group(x, " AND ", "true")
	case plan.Or:
		e.group(x, " OR ", "false")
	case plan.Not:
		e.call("NOT ", x.X)
	case plan.In:
		e.in(x)
	case plan.IsNull:
		e.write("(")
		e.expr(x.X)
		e.write(" IS NULL)")
	case plan.Contains:
		e.contains(x)
	case plan.If:
		e.condition(x)
	default:
		e.function(x)
	}
}

// function writes what is a function call or a time expression.
func (e *emitter) function(x plan.Expr) {
	switch x := x.(type) {
	case plan.Coalesce:
		e.call("coalesce", x...)
	case plan.Least:
		e.call("least", x...)
	case plan.Greatest:
		e.call("greatest", x...)
	case plan.Choose:
		e.choose(x)
	case plan.Attribute:
		e.write("attributes[")
		e.bind(x.Key)
		e.write("]")
	case plan.AllAttributes:
		e.write("CAST(to_json(attributes) AS VARCHAR)")
	case plan.ToNumber:
		e.write("TRY_CAST(")
		e.expr(x.X)
		e.write(" AS DOUBLE)")
	case plan.ToFloat:
		e.write("CAST(")
		e.expr(x.X)
		e.write(" AS DOUBLE)")
	case plan.Later:
		e.write("(")
		e.expr(x.X)
		e.write(" + to_seconds(")
		e.bind(int64(x.By / time.Second))
		e.write("))")
	case plan.Elapsed:
		e.write("(epoch(")
		e.expr(x.To)
		e.write(") - epoch(")
		e.expr(x.From)
		e.write("))")
	case plan.LocalTime:
		e.localTime(x)
	case plan.Bucket:
		e.bucket(x)
	case plan.MonthClock:
		e.monthClock(x)
	default:
		panic(fmt.Sprintf("duckdb: no SQL for a plan's %T", x))
	}
}

// bind adds an argument. Its type is said where nothing around it tells.
func (e *emitter) bind(v any) {
	e.args = append(e.args, v)
	switch v.(type) {
	case time.Time:
		e.write("CAST(? AS TIMESTAMP)")
	case float64:
		e.write("CAST(? AS DOUBLE)")
	case int64:
		e.write("CAST(? AS BIGINT)")
	case string:
		e.write("CAST(? AS VARCHAR)")
	default:
		e.write("?")
	}
}

func (e *emitter) binary(x plan.Binary) {
	e.write("(")
	e.expr(x.L)
	if x.Op == plan.Div {
		e.write(" / nullif(")
		e.expr(x.R)
		e.write(", 0))")
		return
	}
	e.write(" ", string(x.Op), " ")
	e.expr(x.R)
	e.write(")")
}

func (e *emitter) group(terms []plan.Expr, between, none string) {
	e.write("(")
	e.terms(terms, between, none)
	e.write(")")
}

func (e *emitter) terms(terms []plan.Expr, between, none string) {
	if len(terms) == 0 {
		e.write(none)
	}
	for i, t := range terms {
		if i > 0 {
			e.write(between)
		}
		e.expr(t)
	}
}

func (e *emitter) call(name string, args ...plan.Expr) {
	e.write(name, "(")
	e.terms(args, ", ", "")
	e.write(")")
}

func (e *emitter) in(x plan.In) {
	e.write("(")
	e.expr(x.X)
	e.write(" IN (")
	for i, v := range x.Values {
		if i > 0 {
			e.write(", ")
		}
		e.bind(v)
	}
	e.write("))")
}

func (e *emitter) contains(x plan.Contains) {
	name := "contains"
	if x.Prefix {
		name = "starts_with"
	}
	if x.Exact {
		e.call(name, x.X, x.Text)
		return
	}
	e.write(name, "(lower(")
	e.expr(x.X)
	e.write("), lower(")
	e.expr(x.Text)
	e.write("))")
}

func (e *emitter) condition(x plan.If) {
	e.write("CASE WHEN ")
	e.expr(x.Cond)
	e.write(" THEN ")
	e.expr(x.Then)
	e.write(" ELSE ")
	e.expr(x.Else)
	e.write(" END")
}

func (e *emitter) choose(x plan.Choose) {
	e.write("CASE ")
	e.expr(x.X)
	for i := range x.From {
		e.write(" WHEN ")
		e.bind(x.From[i])
		e.write(" THEN ")
		e.bind(x.To[i])
	}
	e.write(" END")
}

// localTime adds the zone's offset, which the plan knows: no dependence on the
// engine's own copy of the time zone database.
func (e *emitter) localTime(x plan.LocalTime) {
	if len(x.Shifts) == 1 && x.Shifts[0].Offset == 0 {
		e.expr(x.X)
		return
	}
	last := len(x.Shifts) - 1
	e.write("(")
	e.expr(x.X)
	e.write(" + to_seconds(")
	if last > 0 {
		e.write("CASE")
	}
	for _, s := range x.Shifts[:last] {
		e.write(" WHEN ")
		e.expr(x.X)
		e.write(" < ")
		e.bind(s.Until)
		e.write(" THEN ")
		e.bind(int64(s.Offset / time.Second))
	}
	if last > 0 {
		e.write(" ELSE ")
	}
	e.bind(int64(x.Shifts[last].Offset / time.Second))
	if last > 0 {
		e.write(" END")
	}
	e.write("))")
}

// grains are the units of date_trunc; its weeks begin on Monday.
var grains = map[string]string{"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}

func (e *emitter) bucket(x plan.Bucket) {
	unit, ok := grains[x.Grain]
	if !ok {
		panic("duckdb: no bucket for the grain " + x.Grain)
	}
	e.write("date_trunc('", unit, "', ")
	e.expr(x.X)
	e.write(")")
}

func (e *emitter) monthClock(x plan.MonthClock) {
	e.write("(year(")
	e.expr(x.X)
	e.write(") * 12 + month(")
	e.expr(x.X)
	e.write(") + (epoch(")
	e.expr(x.X)
	e.write(") - epoch(date_trunc('month', ")
	e.expr(x.X)
	e.write("))) / (86400.0 * day(last_day(")
	e.expr(x.X)
	e.write("))))")
}
