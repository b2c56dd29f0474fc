package plan

import "time"

// Expr is a value computed from one row.
type Expr interface{ expr() }

// Column is the value of a column of the input.
type Column string

// Value is a constant: string, float64, int64, bool, time.Time (UTC) or nil.
// Emitters bind it; it never becomes part of a statement's text.
type Value struct{ V any }

// Op is an operator of two operands.
type Op string

// Comparison and arithmetic operators. Div by zero is null.
const (
	Eq  Op = "="
	Ne  Op = "<>"
	Lt  Op = "<"
	Le  Op = "<="
	Gt  Op = ">"
	Ge  Op = ">="
	Add Op = "+"
	Sub Op = "-"
	Mul Op = "*"
	Div Op = "/"
)

// Binary applies an operator.
type Binary struct {
	Op   Op
	L, R Expr
}

// And is true when all terms are; without terms it is true.
type And []Expr

// Or is true when some term is; without terms it is false.
type Or []Expr

// Not negates a condition.
type Not struct{ X Expr }

// In is true when X equals one of the values.
type In struct {
	X      Expr
	Values []any
}

// IsNull is true when X is missing.
type IsNull struct{ X Expr }

// Contains is true when the text X holds Text, or starts with it when Prefix
// is set. Letter case is ignored unless Exact is set.
type Contains struct {
	X      Expr
	Text   Expr
	Prefix bool
	Exact  bool
}

// If is Then where Cond is true, Else otherwise.
type If struct{ Cond, Then, Else Expr }

// Coalesce is the first of its terms that is not null.
type Coalesce []Expr

// Least is the smallest of its terms, nulls ignored.
type Least []Expr

// Greatest is the largest of its terms, nulls ignored.
type Greatest []Expr

// Choose is the entry of To at the place where X is in From, null when it is
// in none.
type Choose struct {
	X        Expr
	From, To []any
}

// Attribute is the value of a key in the row's further columns, null when it
// has none.
type Attribute struct{ Key string }

// AllAttributes is the row's further columns as the text of a JSON object.
type AllAttributes struct{}

// ToNumber reads a text as a number, null when it is none.
type ToNumber struct{ X Expr }

// ToFloat makes a number a binary floating-point one.
type ToFloat struct{ X Expr }

// Later is the instant X moved on By.
type Later struct {
	X  Expr
	By time.Duration
}

// Elapsed is the time between two instants in seconds.
type Elapsed struct{ From, To Expr }

// LocalTime is the wall clock's time in a zone at the instant X. Shifts list
// the zone's offsets in order of time over the span that matters.
type LocalTime struct {
	X      Expr
	Shifts []Shift
}

// Shift is the zone's distance from UTC before Until; the last one has a zero
// Until and holds ever after.
type Shift struct {
	Until  time.Time
	Offset time.Duration
}

// Bucket is the first day of the period of local time X that holds it: the
// day, the week from Monday, the month, the quarter or the year.
type Bucket struct {
	X     Expr
	Grain string
}

// MonthClock counts local calendar months since year 0, the part of the
// current month that has passed included: the difference of two clocks is a
// span in months, whatever their lengths.
type MonthClock struct{ X Expr }

func (Column) expr()        {}
func (Value) expr()         {}
func (Binary) expr()        {}
func (And) expr()           {}
func (Or) expr()            {}
func (Not) expr()           {}
func (In) expr()            {}
func (IsNull) expr()        {}
func (Contains) expr()      {}
func (If) expr()            {}
func (Coalesce) expr()      {}
func (Least) expr()         {}
func (Greatest) expr()      {}
func (Choose) expr()        {}
func (Attribute) expr()     {}
func (AllAttributes) expr() {}
func (ToNumber) expr()      {}
func (ToFloat) expr()       {}
func (Later) expr()         {}
func (Elapsed) expr()       {}
func (LocalTime) expr()     {}
func (Bucket) expr()        {}
func (MonthClock) expr()    {}
