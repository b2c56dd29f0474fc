// Package plan is the relational tree between the KPI compiler and the engines:
// what to read, keep, resolve, align to periods and add up, and nothing about
// how an engine says so. Package duckdb turns a tree into SQL with bound
// arguments; another engine's emitter reads the same tree.
//
// Trees are values: building one costs nothing and runs nothing.
package plan

import "time"

// Node is a relation. Column names within one relation are unique.
type Node interface{ node() }

// Scan reads columns of a table or view of the warehouse.
type Scan struct {
	Table   string
	Columns []string
}

// AttributeNames has one row for each key that occurs in the further columns of
// a table, with the column "name".
type AttributeNames struct{ Table string }

// Filter keeps the rows for which Where is true (not false and not null).
type Filter struct {
	Input Node
	Where Expr
}

// Project computes the columns of a new relation from those of Input.
type Project struct {
	Input   Node
	Columns []Named
}

// Extend keeps the columns of Input and adds computed ones.
type Extend struct {
	Input   Node
	Columns []Named
}

// Aggregate has one row for each combination of By, or exactly one row when By
// is empty. Without Measures it keeps the distinct combinations.
type Aggregate struct {
	Input    Node
	By       []Named
	Measures []Measure
}

// Join adds columns of Right to the rows of Left that match it on every pair
// of columns. Without Inner, rows of Left without a match stay, with nulls.
// Right must have at most one row for each key, unless Inner is set.
type Join struct {
	Left, Right Node
	On          []Pair
	Take        []Pair // column of Right and its name in the result
	Inner       bool
}

// Pair names two columns.
type Pair struct{ Left, Right string }

// Semi keeps the rows of Input whose Column is among the values of In, a
// relation of one column.
type Semi struct {
	Input  Node
	Column string
	In     Node
}

// Union stacks relations that have the same columns in the same order.
type Union struct{ Inputs []Node }

// Sort orders rows by columns, nulls first. A Limit above 0 keeps that many.
type Sort struct {
	Input Node
	By    []string
	Limit int
}

// Resolve tells who a fact is about. Person, Account and At name columns of
// Input that hold the raw keys and the time; Person or Account may be empty
// when the fact has no such column.
//
// It keeps the columns of Input and adds "person": the person that the raw key
// or e-mail stands for, the raw key itself when nobody is known by it; and
// "account": the fact's own account, else the one that the person belonged to
// at that time, null when neither is known.
type Resolve struct {
	Input               Node
	Person, Account, At string
	// PersonOnly leaves the account alone: no membership is looked up and no
	// column "account" is added.
	PersonOnly bool
}

// AsOf pairs each row of Input with every period at whose instant the row was
// in force, and adds the columns "period" (the period's key) and "instant".
// A row is in force from From (exclusive) to To (inclusive; null or no column:
// for ever): the state just before the instant, so that what happens at the
// instant itself belongs to the period that begins there.
type AsOf struct {
	Input    Node
	From, To string
	AtEnd    bool // the instant is the period's end, otherwise its start
	Periods  []Period
}

// Overlap pairs each row of Input with every period that its half-open span
// [From, To) overlaps (To null: for ever) and adds "period", "overlap_from"
// and "overlap_to", the part of the span within the period.
type Overlap struct {
	Input    Node
	From, To string
	Periods  []Period
}

// Period is a stretch of time, half-open, in UTC. Key is the date on which it
// starts in the zone of the report, at midnight UTC: what Bucket gives for an
// instant within it.
type Period struct {
	Key, Start, End time.Time
}

func (Scan) node()           {}
func (Filter) node()         {}
func (AttributeNames) node() {}
func (Project) node()        {}
func (Extend) node()         {}
func (Aggregate) node()      {}
func (Join) node()           {}
func (Semi) node()           {}
func (Union) node()          {}
func (Sort) node()           {}
func (Resolve) node()        {}
func (AsOf) node()           {}
func (Overlap) node()        {}

// Named is an expression and the name of its column.
type Named struct {
	Name string
	Expr Expr
}

// Columns names columns of the input as they are.
func Columns(names ...string) []Named {
	out := make([]Named, len(names))
	for i, name := range names {
		out[i] = Named{name, Column(name)}
	}
	return out
}

// Func is an aggregate function.
type Func string

// The aggregate functions. Nulls of Arg are ignored. Count without Arg counts
// rows. The answer depends on the rows alone, to the last bit, not on the order
// in which an engine comes to them.
//
// Sum and Mean take numbers below 2^63 in size, to the nearest multiple of
// 2^-62, and round their total alone. SumWhole is quicker and takes whole
// numbers only. First and Last take the value of Arg at the least and greatest
// Arg2; among rows of the same Arg2 the least and the greatest value. VarSample
// and CovSample (divisor n-1, null below two rows) add distances from the mean,
// never squares of the values themselves.
const (
	Count     Func = "count"
	Distinct  Func = "distinct" // how many different values Arg has
	Sum       Func = "sum"
	SumWhole  Func = "sum_whole"
	Mean      Func = "mean"
	Min       Func = "min"
	Max       Func = "max"
	First     Func = "first"
	Last      Func = "last"
	VarSample Func = "var_sample"
	CovSample Func = "cov_sample"
	Every     Func = "every" // true when Arg is true in all rows
)

// Measure is an aggregate over the rows of a group for which Where (nil: all)
// is true.
type Measure struct {
	Name      string
	Func      Func
	Arg, Arg2 Expr
	Where     Expr
}

// Rows is the answer to a plan, read forward once.
type Rows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}
