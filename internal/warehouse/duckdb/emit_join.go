package duckdb

import (
	"time"

	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// tee writes a sub-relation aside and returns its text, for the joins, whose
// select list names an alias that only the FROM clause makes. The arguments
// stay in order as long as the list itself has none.
func (e *emitter) tee(write func() string) (text, alias string) {
	before := e.text.String()
	alias = write()
	text = e.text.String()[len(before):]
	e.text.Reset()
	e.write(before)
	return text, alias
}

func (e *emitter) join(n plan.Join) {
	left, l := e.tee(func() string { return e.from(n.Left) })
	right, r := e.tee(func() string { return e.from(n.Right) })
	e.write("SELECT ", l, ".*")
	for _, c := range n.Take {
		e.write(", ", r, ".", warehouse.Quote(c.Left), " AS ", warehouse.Quote(c.Right))
	}
	e.line("FROM ", left)
	if n.Inner {
		e.line("JOIN ", right, " ON ")
	} else {
		e.line("LEFT JOIN ", right, " ON ")
	}
	for i, on := range n.On {
		if i > 0 {
			e.write(" AND ")
		}
		e.write(r, ".", warehouse.Quote(on.Right), " = ", l, ".", warehouse.Quote(on.Left))
	}
}

func (e *emitter) semi(n plan.Semi) {
	e.write("SELECT *")
	e.line("FROM ")
	alias := e.from(n.Input)
	e.line("WHERE ", alias, ".", warehouse.Quote(n.Column), " IN (")
	e.depth++
	e.line()
	e.query(n.In)
	e.depth--
	e.line(")")
}

// resolve looks people up by key or e-mail, and their account at the time of
// the fact where the fact names none. Both maps are small and hashed once.
func (e *emitter) resolve(n plan.Resolve) {
	input, f := e.tee(func() string { return e.from(n.Input) })
	e.write("SELECT ", f, ".*")
	person, withMembership := "CAST(NULL AS VARCHAR)", n.Person != "" && !n.PersonOnly
	if n.Person != "" {
		person = "coalesce(i.person_id, " + f + "." + warehouse.Quote(n.Person) + ")"
	}
	e.write(", ", person, " AS person")
	switch {
	case n.PersonOnly:
	case n.Account == "":
		e.write(", m.account_id AS account")
	case withMembership:
		e.write(", coalesce(", f, ".", warehouse.Quote(n.Account), ", m.account_id) AS account")
	default:
		e.write(", ", f, ".", warehouse.Quote(n.Account), " AS account")
	}
	e.line("FROM ", input)
	if n.Person != "" {
		e.line("LEFT JOIN identity AS i ON i.value = ", f, ".", warehouse.Quote(n.Person))
	}
	if withMembership {
		at := f + "." + warehouse.Quote(n.At)
		e.line("LEFT JOIN membership AS m ON m.person_id = i.person_id AND m.valid_from <= ", at, " AND m.valid_to > ", at)
	}
}

// asOf pairs rows with the periods at whose instant they were in force. The
// periods are two or three bound lists, however many they are.
func (e *emitter) asOf(n plan.AsOf) {
	input, f := e.tee(func() string { return e.from(n.Input) })
	keys, instants := make([]time.Time, len(n.Periods)), make([]time.Time, len(n.Periods))
	for i, p := range n.Periods {
		keys[i], instants[i] = p.Key, p.Start
		if n.AtEnd {
			instants[i] = p.End
		}
	}
	e.write("SELECT ", f, ".*, p.period, p.instant")
	e.line("FROM ", input)
	e.line("JOIN (SELECT unnest(CAST(? AS TIMESTAMP[])) AS period, unnest(CAST(? AS TIMESTAMP[])) AS instant) AS p")
	e.args = append(e.args, keys, instants)
	from, to := f+"."+warehouse.Quote(n.From), f+"."+warehouse.Quote(n.To)
	e.line("ON ", from, " < p.instant")
	if n.To != "" {
		e.write(" AND coalesce(", to, ", TIMESTAMP 'infinity') >= p.instant")
	}
}

func (e *emitter) overlap(n plan.Overlap) {
	input, f := e.tee(func() string { return e.from(n.Input) })
	keys, starts, ends := make([]time.Time, len(n.Periods)), make([]time.Time, len(n.Periods)), make([]time.Time, len(n.Periods))
	for i, p := range n.Periods {
		keys[i], starts[i], ends[i] = p.Key, p.Start, p.End
	}
	from, to := f+"."+warehouse.Quote(n.From), f+"."+warehouse.Quote(n.To)
	e.write("SELECT ", f, ".*, p.period, greatest(", from, ", p.start) AS overlap_from, least(", to, ", p.\"end\") AS overlap_to")
	e.line("FROM ", input)
	e.line("JOIN (SELECT unnest(CAST(? AS TIMESTAMP[])) AS period, unnest(CAST(? AS TIMESTAMP[])) AS start, unnest(CAST(? AS TIMESTAMP[])) AS \"end\") AS p")
	e.args = append(e.args, keys, starts, ends)
	e.line("ON ", from, " < p.\"end\" AND coalesce(", to, ", TIMESTAMP 'infinity') > p.start")
}
