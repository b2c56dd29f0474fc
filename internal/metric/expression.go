package metric

import (
	"slices"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse/plan"
)

// kind is what an expression evaluates to.
type kind int

const (
	textKind kind = iota
	numberKind
	timeKind
	booleanKind
	nullKind
)

var kindNames = [...]string{"a text", "a number", "a time", "true or false", "null"}

func (k kind) String() string { return kindNames[k] }

// operand is a checked part of an expression. A literal keeps its value, so
// that it can be read as what it is compared with.
type operand struct {
	expr      plan.Expr
	kind      kind
	pos       int
	literal   any          // string, float64, bool, or nil for null
	isLiteral bool         //
	field     record.Field // of a named field; empty otherwise
	attribute bool         // a further column: text that may be read as a number
}

// scope says what the names of an expression mean.
type scope interface {
	// name gives the operand behind a dotted name, or an error that says
	// which names there are.
	name(path string) (operand, error)
	// param gives the value of a parameter.
	param(name string) (any, error)
}

// parser reads the small language of filters and of num and den: comparisons,
// and, or, not, in, is null, contains, starts, + - * /, min(), max(), if().
// Everything is checked while it is read; values become bound constants.
type parser struct {
	tokens []token
	at     int
	scope  scope
}

// parseCondition reads a filter.
func parseCondition(source string, s scope) (plan.Expr, error) {
	x, err := parse(source, s)
	if err != nil {
		return nil, err
	}
	if x.kind != booleanKind {
		return nil, describeSource(source, fault.New(fault.Invalid, "position 1: this is %s, not a condition; compare it with something, as in plan = 'pro'", x.kind))
	}
	return x.expr, nil
}

// parseNumber reads a number; a condition counts 1 when it holds, else 0.
func parseNumber(source string, s scope) (plan.Expr, error) {
	x, err := parse(source, s)
	if err != nil {
		return nil, err
	}
	switch x.kind {
	case booleanKind:
		return plan.If{Cond: x.expr, Then: plan.Value{V: 1.0}, Else: plan.Value{V: 0.0}}, nil
	case numberKind:
		return x.expr, nil
	}
	return nil, describeSource(source, fault.New(fault.Invalid, "position 1: this is %s, not a number", x.kind))
}

func parse(source string, s scope) (operand, error) {
	tokens, err := tokenize(source)
	if err != nil {
		return operand{}, describeSource(source, err)
	}
	p := &parser{tokens: tokens, scope: s}
	x, err := p.or()
	if err == nil && p.peek().kind != 0 {
		err = p.fail(p.peek(), "expected the end, \"and\" or \"or\" instead of %q", p.peek().text)
	}
	return x, describeSource(source, err)
}

func describeSource(source string, err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.KindOf(err), "expression %q, %w", source, err)
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != 0 {
		p.at++
	}
	return t
}

// accept takes the next token if it is this operator or word.
func (p *parser) accept(texts ...string) (string, bool) {
	t := p.peek()
	if t.kind != 'o' && t.kind != 'n' {
		return "", false
	}
	for _, text := range texts {
		if strings.EqualFold(t.text, text) {
			p.at++
			return text, true
		}
	}
	return "", false
}

func (p *parser) expect(text string) error {
	if _, ok := p.accept(text); ok {
		return nil
	}
	if t := p.peek(); t.kind != 0 {
		return p.fail(t, "expected %q instead of %q", text, t.text)
	}
	return p.fail(p.peek(), "expected %q before the end", text)
}

func (p *parser) fail(t token, format string, args ...any) error {
	return fault.New(fault.Invalid, "position %d: "+format, append([]any{t.pos}, args...)...)
}

func (p *parser) or() (operand, error) {
	return p.logic("or", p.and, func(x []plan.Expr) plan.Expr { return plan.Or(x) })
}

func (p *parser) and() (operand, error) {
	return p.logic("and", p.not, func(x []plan.Expr) plan.Expr { return plan.And(x) })
}

func (p *parser) logic(word string, term func() (operand, error), combine func([]plan.Expr) plan.Expr) (operand, error) {
	first, err := term()
	if err != nil {
		return operand{}, err
	}
	terms := []plan.Expr{first.expr}
	for {
		at := p.peek()
		if _, ok := p.accept(word); !ok {
			break
		}
		x, err := term()
		if err != nil {
			return operand{}, err
		}
		if first.kind != booleanKind || x.kind != booleanKind {
			return operand{}, p.fail(at, "%q stands between two conditions, not between %s and %s", word, first.kind, x.kind)
		}
		terms = append(terms, x.expr)
	}
	if len(terms) == 1 {
		return first, nil
	}
	return operand{expr: combine(terms), kind: booleanKind, pos: first.pos}, nil
}

func (p *parser) not() (operand, error) {
	t := p.peek()
	if _, ok := p.accept("not"); !ok {
		return p.comparison()
	}
	x, err := p.not()
	if err != nil {
		return operand{}, err
	}
	if x.kind != booleanKind {
		return operand{}, p.fail(t, "\"not\" stands before a condition, not before %s", x.kind)
	}
	return operand{expr: plan.Not{X: x.expr}, kind: booleanKind, pos: t.pos}, nil
}

// comparison reads one operand and what is said of it, if anything.
func (p *parser) comparison() (operand, error) {
	left, err := p.sum()
	if err != nil {
		return operand{}, err
	}
	negated := false
	if t := p.peek(); t.kind == 'n' && strings.EqualFold(t.text, "not") {
		p.at++
		negated = true
	}
	x, found, err := p.predicate(left, negated)
	if err != nil || !found {
		return left, err
	}
	if negated {
		x = plan.Not{X: x}
	}
	return operand{expr: x, kind: booleanKind, pos: left.pos}, nil
}

func (p *parser) predicate(left operand, negated bool) (plan.Expr, bool, error) {
	if word, ok := p.accept("in", "contains", "starts"); ok {
		if word == "in" {
			x, err := p.in(left)
			return x, true, err
		}
		x, err := p.contains(left, word == "starts")
		return x, true, err
	}
	if negated {
		return nil, false, p.fail(p.peek(), "\"not\" after a value goes with in, contains or starts")
	}
	if _, ok := p.accept("is"); ok {
		x, err := p.isNull(left)
		return x, true, err
	}
	op, ok := p.accept("<=", ">=", "<>", "!=", "=", "<", ">")
	if !ok {
		return nil, false, nil
	}
	right, err := p.sum()
	if err != nil {
		return nil, false, err
	}
	if op == "!=" {
		op = "<>"
	}
	x, err := compare(left, plan.Op(op), right)
	return x, true, err
}

func (p *parser) isNull(left operand) (plan.Expr, error) {
	_, negated := p.accept("not")
	if err := p.expect("null"); err != nil {
		return nil, err
	}
	var x plan.Expr = plan.IsNull{X: left.expr}
	if negated {
		x = plan.Not{X: x}
	}
	return x, nil
}

func (p *parser) in(left operand) (plan.Expr, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	in := plan.In{X: left.expr}
	for {
		item, err := p.sum()
		if err != nil {
			return nil, err
		}
		if !item.isLiteral || item.literal == nil {
			return nil, fault.New(fault.Invalid, "position %d: a list after \"in\" holds values only, as in ('EMEA', 'APAC')", item.pos)
		}
		l, r, err := agree(left, item)
		if err != nil {
			return nil, err
		}
		in.X = l.expr
		in.Values = append(in.Values, r.expr.(plan.Value).V)
		if _, more := p.accept(","); !more {
			return in, p.expect(")")
		}
	}
}

func (p *parser) contains(left operand, prefix bool) (plan.Expr, error) {
	text, err := p.primary()
	if err != nil {
		return nil, err
	}
	if left.kind != textKind || text.kind != textKind || !text.isLiteral {
		return nil, fault.New(fault.Invalid, "position %d: contains and starts compare a text field with a text in quotes", text.pos)
	}
	return plan.Contains{X: left.expr, Text: text.expr, Prefix: prefix}, nil
}

func (p *parser) sum() (operand, error) { return p.arithmetic(p.product, "+", "-") }

func (p *parser) product() (operand, error) { return p.arithmetic(p.primary, "*", "/") }

func (p *parser) arithmetic(term func() (operand, error), ops ...string) (operand, error) {
	left, err := term()
	if err != nil {
		return operand{}, err
	}
	for {
		at := p.peek()
		op, ok := p.accept(ops...)
		if !ok {
			return left, nil
		}
		right, err := term()
		if err != nil {
			return operand{}, err
		}
		if left.kind != numberKind || right.kind != numberKind {
			return operand{}, p.fail(at, "%q stands between two numbers, not between %s and %s", op, left.kind, right.kind)
		}
		left = operand{expr: plan.Binary{Op: plan.Op(op), L: left.expr, R: right.expr}, kind: numberKind, pos: left.pos}
	}
}

func (p *parser) primary() (operand, error) {
	t := p.next()
	switch t.kind {
	case 't':
		return literal(t.pos, t.text), nil
	case '0':
		return p.number(t, t.text)
	case ':':
		v, err := p.scope.param(t.text)
		if err != nil {
			return operand{}, p.fail(t, "%w", err)
		}
		return literal(t.pos, v), nil
	case 'n':
		return p.nameOrCall(t)
	case 'o':
		return p.bracket(t)
	}
	return operand{}, p.fail(t, "something is missing before the end")
}

func (p *parser) number(t token, text string) (operand, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return operand{}, p.fail(t, "%q is not a number", t.text)
	}
	return literal(t.pos, v), nil
}

func (p *parser) bracket(t token) (operand, error) {
	switch t.text {
	case "(":
		x, err := p.or()
		if err != nil {
			return operand{}, err
		}
		return x, p.expect(")")
	case "-":
		if n := p.peek(); n.kind == '0' {
			p.at++
			return p.number(n, "-"+n.text)
		}
	}
	return operand{}, p.fail(t, "expected a field, a value or a bracket instead of %q", t.text)
}

func (p *parser) nameOrCall(t token) (operand, error) {
	switch strings.ToLower(t.text) {
	case "true", "false":
		return literal(t.pos, strings.EqualFold(t.text, "true")), nil
	case "null":
		return literal(t.pos, nil), nil
	case "min", "max", "if":
		if p.peek().text == "(" {
			return p.call(t)
		}
	}
	x, err := p.scope.name(t.text)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return operand{}, fault.New(fault.NotFound, "position %d: %w", t.pos, err)
		}
		return operand{}, p.fail(t, "%w", err)
	}
	x.pos = t.pos
	return x, nil
}

// call reads the arguments of min(), max() and if(condition, then, else).
func (p *parser) call(t token) (operand, error) {
	var args []operand
	p.at++ // the bracket that the caller has seen
	for {
		x, err := p.or()
		if err != nil {
			return operand{}, err
		}
		args = append(args, x)
		if _, more := p.accept(","); !more {
			break
		}
	}
	if err := p.expect(")"); err != nil {
		return operand{}, err
	}
	return p.apply(t, args)
}

func (p *parser) apply(t token, args []operand) (operand, error) {
	numbers, exprs := args, make([]plan.Expr, len(args))
	for i, a := range args {
		exprs[i] = a.expr
	}
	isIf := strings.EqualFold(t.text, "if")
	if isIf {
		if len(args) != 3 || args[0].kind != booleanKind {
			return operand{}, p.fail(t, "if takes a condition and two numbers: if(a > 0, b, 0)")
		}
		numbers = args[1:]
	}
	if slices.ContainsFunc(numbers, func(a operand) bool { return a.kind != numberKind }) {
		return operand{}, p.fail(t, "%s takes numbers", t.text)
	}
	out := operand{kind: numberKind, pos: t.pos}
	switch {
	case isIf:
		out.expr = plan.If{Cond: exprs[0], Then: exprs[1], Else: exprs[2]}
	case strings.EqualFold(t.text, "min"):
		out.expr = plan.Least(exprs)
	default:
		out.expr = plan.Greatest(exprs)
	}
	return out, nil
}

func literal(pos int, v any) operand {
	x := operand{expr: plan.Value{V: v}, pos: pos, literal: v, isLiteral: true}
	switch v.(type) {
	case string:
		x.kind = textKind
	case float64:
		x.kind = numberKind
	case bool:
		x.kind = booleanKind
	default:
		x.kind = nullKind
	}
	return x
}
