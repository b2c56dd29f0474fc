package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// Run answers a plan, after what follows from the facts was brought up to date.
// The caller closes the rows.
func (db *DB) Run(ctx context.Context, n plan.Node) (plan.Rows, error) {
	if err := db.settle(ctx); err != nil {
		return nil, err
	}
	query, args := Emit(n)
	for i, a := range args {
		if t, ok := a.(time.Time); ok { // unmarked, it would be shifted by the connection's time zone
			args[i] = driver.Typed(t, driver.TYPE_TIMESTAMP)
		}
	}
	release := db.Roomy(ctx)
	rows, err := db.sql.QueryContext(ctx, query, args...) //nolint:rowserrcheck // the caller reads and checks them
	if err != nil {
		release()
		return nil, describe(fmt.Errorf("run a query: %w", tooLarge(err)))
	}
	return &roomyRows{Rows: rows, release: sync.OnceFunc(release)}, nil
}

// roomyRows have the engine's memory until they are closed.
type roomyRows struct {
	*sql.Rows
	release func()
}

// Err implements plan.Rows.
func (r *roomyRows) Err() error { return describe(tooLarge(r.Rows.Err())) }

// tooLarge says what to do where a number cannot be added exactly.
func tooLarge(err error) error {
	if err == nil || !strings.Contains(err.Error(), "out of range for the destination type INT64") {
		return err
	}
	return fault.New(fault.Invalid, "some number is beyond ±9.2e18, more than can be added up exactly; find it among the facts (a quantity, an amount after conversion, …), correct it and import it again: %w", err)
}

// Close implements plan.Rows.
func (r *roomyRows) Close() error {
	defer r.release()
	return r.Rows.Close()
}

// Emit writes a plan as one SELECT with its arguments in the order of their
// question marks. Identifiers come from the program and are quoted; values are
// always arguments.
func Emit(n plan.Node) (query string, args []any) {
	var e emitter
	e.query(n)
	return e.text.String(), e.args
}

// emitter writes a statement from left to right, so that arguments are
// collected in the order in which the text asks for them.
type emitter struct {
	text   strings.Builder
	args   []any
	depth  int
	tables int
}

func (e *emitter) write(parts ...string) {
	for _, p := range parts {
		e.text.WriteString(p)
	}
}

// line starts a new line at the present depth.
func (e *emitter) line(parts ...string) {
	e.write("\n", strings.Repeat("  ", e.depth))
	e.write(parts...)
}

func (e *emitter) alias() string {
	e.tables++
	return fmt.Sprintf("t%d", e.tables)
}

// query writes the SELECT of a node.
func (e *emitter) query(n plan.Node) {
	switch n := n.(type) {
	case plan.Scan:
		e.write("SELECT ", quoteAll(n.Columns))
		e.source(n)
	case plan.AttributeNames:
		e.write("SELECT DISTINCT unnest(map_keys(attributes)) AS name")
		e.source(plan.Scan{Table: n.Table})
	case plan.Filter:
		e.write("SELECT ", starOf(n))
		e.source(n)
	case plan.Project:
		e.write("SELECT ")
		e.named(n.Columns)
		e.source(n.Input)
	case plan.Extend:
		e.write("SELECT ", starOf(n.Input), ", ")
		e.named(n.Columns)
		e.source(n.Input)
	case plan.Aggregate:
		e.aggregate(n)
	case plan.Join:
		e.join(n)
	case plan.Semi:
		e.semi(n)
	case plan.Union:
		e.union(n)
	case plan.Sort:
		e.sort(n)
	case plan.Resolve:
		e.resolve(n)
	case plan.AsOf:
		e.asOf(n)
	case plan.Overlap:
		e.overlap(n)
	default:
		panic(fmt.Sprintf("duckdb: no SQL for a plan's %T", n))
	}
}

// starOf gives the columns of what source writes for n: named where it reads a
// table, which has more of them than the plan knows.
func starOf(n plan.Node) string {
	switch n := n.(type) {
	case plan.Scan:
		return quoteAll(n.Columns)
	case plan.Filter:
		return starOf(n.Input)
	}
	return "*"
}

// source writes FROM and WHERE for n, with filters in the same SELECT.
func (e *emitter) source(n plan.Node) {
	var conditions plan.And
	for {
		f, ok := n.(plan.Filter)
		if !ok {
			break
		}
		conditions = append(plan.And{f.Where}, conditions...)
		n = f.Input
	}
	e.line("FROM ")
	if scan, ok := n.(plan.Scan); ok { // the caller names the columns
		e.write(warehouse.Quote(scan.Table), " AS ", e.alias())
	} else {
		e.from(n)
	}
	if len(conditions) > 0 {
		e.line("WHERE ")
		e.terms(conditions, " AND ", "true")
	}
}

// from writes n as a table expression of exactly its columns and returns its
// alias.
func (e *emitter) from(n plan.Node) string {
	e.write("(")
	e.depth++
	e.line()
	e.query(n)
	e.depth--
	alias := e.alias()
	e.line(") AS ", alias)
	return alias
}

func (e *emitter) named(columns []plan.Named) {
	for i, c := range columns {
		if i > 0 {
			e.write(", ")
		}
		e.expr(c.Expr)
		if name, ok := c.Expr.(plan.Column); !ok || string(name) != c.Name {
			e.write(" AS ", warehouse.Quote(c.Name))
		}
	}
}

func (e *emitter) union(n plan.Union) {
	for i, input := range n.Inputs {
		if i > 0 {
			e.line("UNION ALL")
			e.line()
		}
		e.query(input)
	}
}

func (e *emitter) sort(n plan.Sort) {
	e.write("SELECT *")
	e.line("FROM ")
	e.from(n.Input)
	e.line("ORDER BY ")
	for i, name := range n.By {
		if i > 0 {
			e.write(", ")
		}
		e.write(warehouse.Quote(name), " NULLS FIRST")
	}
	if n.Limit > 0 {
		e.line("LIMIT ")
		fmt.Fprint(&e.text, n.Limit)
	}
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = warehouse.Quote(name)
	}
	return strings.Join(quoted, ", ")
}
