package metric

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// compare checks that two operands can be compared and builds the comparison.
func compare(left operand, op plan.Op, right operand) (plan.Expr, error) {
	if left.kind == nullKind || right.kind == nullKind {
		return nil, fault.New(fault.Invalid, "position %d: nothing equals null; write is null or is not null", right.pos)
	}
	l, r, err := agree(left, right)
	if err != nil {
		return nil, err
	}
	ordered := op != plan.Eq && op != plan.Ne
	if ordered && l.kind != numberKind && l.kind != timeKind {
		return nil, fault.New(fault.Invalid, "position %d: %s compares numbers and times, not %s; use = or in", left.pos, op, l.kind)
	}
	return plan.Binary{Op: op, L: l.expr, R: r.expr}, nil
}

// agree brings two operands to one kind: a literal is read as what it is
// compared with, and a further column as a number beside a number.
func agree(left, right operand) (operand, operand, error) {
	var err error
	switch {
	case right.isLiteral && !left.isLiteral:
		if right, err = readAs(right, left); err != nil {
			return left, right, err
		}
	case left.isLiteral && !right.isLiteral:
		if left, err = readAs(left, right); err != nil {
			return left, right, err
		}
	}
	left, right = asNumber(left, right), asNumber(right, left)
	if left.kind != right.kind {
		return left, right, fault.New(fault.Invalid, "position %d: %s cannot be compared with %s%s", right.pos, left.kind, right.kind, quoteHint(left, right))
	}
	return left, right, nil
}

func quoteHint(left, right operand) string {
	if left.kind == textKind && right.kind == numberKind {
		return "; put the number in quotes to compare it as text"
	}
	return ""
}

// asNumber reads a further column as a number when it meets one.
func asNumber(x, other operand) operand {
	if x.attribute && other.kind == numberKind {
		x.expr, x.kind, x.attribute = plan.ToNumber{X: x.expr}, numberKind, false
	}
	return x
}

// readAs reads a literal as a value of the field that it is compared with.
func readAs(lit, other operand) (operand, error) {
	text, isText := lit.literal.(string)
	switch {
	case other.kind == timeKind && isText:
		t, err := parseInstant(text)
		if err != nil {
			return lit, fault.New(fault.Invalid, "position %d: %q is not a time; write '2026-01-31' or '2026-01-31T14:00:00Z'", lit.pos, text)
		}
		lit.expr, lit.kind = plan.Value{V: t}, timeKind
	case other.kind == numberKind && isText:
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return lit, fault.New(fault.Invalid, "position %d: %q is not a number, and %s is one", lit.pos, text, nameOf(other))
		}
		lit.expr, lit.kind = plan.Value{V: v}, numberKind
	case other.kind == textKind && isText:
		return readText(lit, text, other.field)
	}
	return lit, nil
}

// readText checks a text against the values that the field may have.
func readText(lit operand, text string, f record.Field) (operand, error) {
	switch f.Type {
	case record.Enum:
		if text != "" && !slices.Contains(f.Values, text) {
			return lit, fault.New(fault.Invalid, "position %d: %s is never %q; it is one of %s", lit.pos, f.Name, text, strings.Join(f.Values, ", "))
		}
	case record.Email:
		text = strings.ToLower(strings.TrimSpace(text))
	case record.Country, record.Currency:
		text = strings.ToUpper(text)
	}
	lit.expr = plan.Value{V: text}
	return lit, nil
}

func nameOf(x operand) string {
	if x.field.Name != "" {
		return x.field.Name
	}
	return "the other side"
}

// parseInstant reads a date or a time with its distance from UTC.
func parseInstant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t, err = time.Parse(time.DateOnly, text)
	}
	return t.UTC(), err
}

// kindOf says what a field compares as.
func kindOf(t record.Type) kind {
	switch t {
	case record.Integer, record.Number, record.Money:
		return numberKind
	case record.Time:
		return timeKind
	case record.Boolean:
		return booleanKind
	}
	return textKind
}
