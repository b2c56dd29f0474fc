package file

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
)

// plan is how one stage becomes one fact: SQL over the stage's columns.
type plan struct {
	st         *stage
	fact       *record.Fact
	rule       *rule  // nil for a canonical file
	where      string // rows that are meant; "" for all
	fields     []*plannedField
	attributes []attribute

	meant, wrong int64 // rows that where selects, and those of them to refuse
}

// plannedField is a field that the file fills.
type plannedField struct {
	record.Field
	column   string // what messages call its source
	text     string // SQL of its text
	format   string // of a time; "" until the shape of the values decides
	zone     string // "" is UTC
	decimal  string // "" until the shape of the values decides
	multiply float64
	days     string // SQL of days to add to a time, or ""
	months   string
	pointed  bool  // by the file's format, or the mapping, a point is its decimal mark
	shape    shape // what deciding found
	odd      int64 // values that are no plain time or number
	points   int64 // values of a number with a point
	open     int64 // those of them that could be thousands: 1.200
}

type attribute struct{ name, text string }

// compiler turns the values of one rule into SQL over one stage.
type compiler struct {
	m   *Mapping
	r   *rule
	st  *stage
	let map[string]text // by normal name
	// used marks the columns that some field or template takes.
	used map[int]bool
	// open says that the text being compiled takes a column whose numbers may be
	// written with a point between thousands.
	open bool
}

// text is the SQL of a let, and whether it is open as the compiler says.
type text struct {
	sql  string
	open bool
}

// plans gives what becomes of a stage: one plan for each fact.
//
// Errors: fault.Invalid when the stage is not recognised or the mapping names
// columns that it does not have.
func plans(m *Mapping, st *stage) ([]*plan, error) {
	c := &compiler{m: m, r: m.find(st), st: st, let: map[string]text{}, used: map[int]bool{}}
	if c.r == nil {
		fact, err := recognise(st)
		if err != nil {
			return nil, err
		}
		c.r = &rule{}
		p, err := c.tablePlan(fact)
		if err != nil {
			return nil, err
		}
		p.rule = nil
		return []*plan{p}, nil
	}
	for _, l := range c.r.let {
		c.open = false
		sql, err := c.text(&l.value)
		if err != nil {
			return nil, err
		}
		c.let[l.name] = text{sql, c.open}
	}
	if c.r.fact != "" {
		fact, _ := record.Find(c.r.fact)
		p, err := c.tablePlan(fact)
		return []*plan{p}, err
	}
	var list []*plan
	for i := range c.r.rows {
		p, err := c.outputPlan(&c.r.rows[i])
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// tablePlan maps each row to one fact: the rule's columns and constants, then
// the columns that are named like fields.
func (c *compiler) tablePlan(fact *record.Fact) (*plan, error) {
	p := &plan{st: c.st, fact: fact, rule: c.r}
	texts := map[string]named{}
	for _, col := range c.r.columns {
		i := c.st.column(col.name)
		if i < 0 {
			return nil, c.m.errorf(col.value.line, "%s has no column %q; it has %s", c.st.label, col.name, columnList(c.st.columns))
		}
		c.used[i] = true
		if !col.value.drop {
			texts[col.value.field] = col
		}
	}
	for _, constant := range c.r.constants {
		texts[constant.name] = constant
	}
	for _, f := range append([]record.Field{{Name: personEmail}}, fact.Fields...) {
		if i := c.st.column(f.Name); i >= 0 && !c.used[i] && (f.Name != personEmail || fact.Has("person_id") && fact.Name != "person") {
			if _, ok := texts[f.Name]; !ok {
				c.used[i] = true
				texts[f.Name] = named{c.st.columns[i], value{template: "{" + escapeTemplate(c.st.columns[i]) + "}"}}
			}
		}
	}
	if err := c.fill(p, texts); err != nil {
		return nil, err
	}
	if err := c.keepAttributes(p); err != nil {
		return nil, err
	}
	return p, c.filter(p, nil)
}

func (c *compiler) outputPlan(o *output) (*plan, error) {
	fact, _ := record.Find(o.fact)
	p := &plan{st: c.st, fact: fact, rule: c.r}
	texts := map[string]named{}
	for _, s := range o.set {
		texts[s.name] = s
	}
	if err := c.fill(p, texts); err != nil {
		return nil, err
	}
	for _, name := range o.attributes {
		if err := c.attribute(p, name, o.line); err != nil {
			return nil, err
		}
	}
	return p, c.filter(p, o.when)
}

// fill plans the fields that have a text.
func (c *compiler) fill(p *plan, texts map[string]named) error {
	email, hasEmail := texts[personEmail]
	for _, f := range p.fact.Fields {
		source, ok := texts[f.Name]
		if !ok && f.Name == "person_id" && hasEmail {
			source, ok = email, true
		}
		if !ok {
			if f.Required {
				return c.missing(p.fact, f)
			}
			continue
		}
		field, err := c.field(f, source)
		if err != nil {
			return err
		}
		if f.Name == "person_id" && hasEmail && source.name != email.name {
			text, err := c.text(&email.value)
			if err != nil {
				return err
			}
			field.text = "coalesce(" + field.text + ", lower(" + text + "))"
		}
		p.fields = append(p.fields, field)
	}
	return nil
}

func (c *compiler) missing(fact *record.Fact, f record.Field) error {
	message := "%s: nothing fills %s, which each %s needs; map a column or a constant to it (the file has %s)"
	if c.m == nil || c.r.line == 0 {
		return fault.New(fault.Invalid, message, c.st.label, f.Name, fact.Name, columnList(c.st.columns))
	}
	return c.m.errorf(c.r.line, message, c.st.label, f.Name, fact.Name, columnList(c.st.columns))
}

func (c *compiler) field(f record.Field, source named) (*plannedField, error) {
	v := &source.value
	c.open = false
	text, err := c.text(v)
	if err != nil {
		return nil, err
	}
	p := &plannedField{Field: f, column: source.name, text: text, format: v.format, zone: v.zone, decimal: v.decimal, multiply: v.multiply, pointed: !c.open}
	if p.format == "" {
		p.format = c.r.dates
	}
	if p.zone == "" {
		p.zone = c.r.zone
	}
	if p.decimal == "" {
		p.decimal = c.r.decimal
	}
	if p.days, err = c.sum(v.plusDays, v.minusDays); err != nil {
		return nil, err
	}
	if p.months, err = c.sum(v.plusMonths, v.minusMonths); err != nil {
		return nil, err
	}
	for _, amount := range []*value{v.plusDays, v.minusDays, v.plusMonths, v.minusMonths} {
		if amount == nil {
			continue
		}
		moved, err := c.text(amount) // a time moved by nothing known is not known
		if err != nil {
			return nil, err
		}
		p.text = "CASE WHEN " + moved + " IS NOT NULL THEN " + p.text + " END"
	}
	return p, nil
}

// sum gives SQL for the number to add, "" for none.
func (c *compiler) sum(plus, minus *value) (string, error) {
	sql := ""
	for _, part := range []struct {
		v    *value
		sign string
	}{{plus, "+"}, {minus, "-"}} {
		if part.v == nil {
			continue
		}
		n, err := c.number(part.v)
		if err != nil {
			return "", err
		}
		if sql != "" || part.sign == "-" {
			sql += " " + part.sign + " "
		}
		sql += n
	}
	return sql, nil
}

// number gives SQL for a value as a number.
func (c *compiler) number(v *value) (string, error) {
	text, err := c.text(v)
	if err != nil {
		return "", err
	}
	sql := "TRY_CAST(" + text + " AS DOUBLE)"
	if v.multiply != 0 {
		sql = "(" + sql + " * " + strconv.FormatFloat(v.multiply, 'g', -1, 64) + ")"
	}
	return sql, nil
}

// text gives SQL for the text of a value.
func (c *compiler) text(v *value) (string, error) {
	sql, err := c.template(v)
	if err != nil {
		return "", err
	}
	if len(v.values) > 0 || v.otherwise != nil {
		sql = replaced(sql, v)
	}
	for _, bound := range []struct {
		v    *value
		name string
	}{{v.atLeast, "greatest"}, {v.atMost, "least"}} {
		if bound.v == nil {
			continue
		}
		limit, err := c.number(bound.v)
		if err != nil {
			return "", err
		}
		number := "TRY_CAST(" + sql + " AS DOUBLE)"
		sql = "CASE WHEN " + number + " IS NULL THEN " + sql + " ELSE CAST(" + bound.name + "(" + number + ", " + limit + ") AS VARCHAR) END"
	}
	if v.fallback != "" {
		sql = "coalesce(" + sql + ", " + literal(v.fallback) + ")"
	}
	return sql, nil
}

func replaced(sql string, v *value) string {
	var b strings.Builder
	b.WriteString("CASE " + sql)
	for _, pair := range v.values {
		b.WriteString(" WHEN " + literal(pair[0]) + " THEN " + textLiteral(pair[1]))
	}
	switch {
	case v.otherwise == nil:
		b.WriteString(" ELSE " + sql + " END")
	case *v.otherwise == "":
		b.WriteString(" END")
	default:
		b.WriteString(" ELSE " + literal(*v.otherwise) + " END")
	}
	if len(v.values) == 0 { // otherwise alone: a constant
		return textLiteral(*v.otherwise)
	}
	return b.String()
}

func textLiteral(text string) string {
	if text == "" {
		return "NULL::VARCHAR"
	}
	return literal(text)
}

// template gives SQL for a text with {names}: null when one of them is empty.
func (c *compiler) template(v *value) (string, error) {
	var parts []string
	plain := ""
	flush := func() {
		if plain != "" {
			parts = append(parts, literal(plain))
			plain = ""
		}
	}
	for rest := v.template; rest != ""; {
		switch {
		case strings.HasPrefix(rest, "{{"), strings.HasPrefix(rest, "}}"):
			plain, rest = plain+rest[:1], rest[2:]
		case rest[0] == '{':
			name, after, ok := cutName(rest[1:])
			if !ok {
				return "", c.m.errorf(v.line, "%q has a { that is not closed; write {{ for a brace", v.template)
			}
			flush()
			sql, err := c.reference(name, v.line)
			if err != nil {
				return "", err
			}
			parts, rest = append(parts, sql), after
		default:
			plain, rest = plain+rest[:1], rest[1:]
		}
	}
	flush()
	switch len(parts) {
	case 0:
		return "NULL::VARCHAR", nil
	case 1:
		return parts[0], nil
	}
	return "(" + strings.Join(parts, " || ") + ")", nil
}

// cutName takes a name up to its closing brace; doubled braces belong to it.
func cutName(s string) (name, rest string, ok bool) {
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{"), strings.HasPrefix(s[i:], "}}") && i > 0 && strings.Contains(name, "{"):
			name += s[i : i+1]
			i++
		case s[i] == '}':
			return strings.TrimSpace(name), s[i+1:], true
		default:
			name += s[i : i+1]
		}
	}
	return "", "", false
}

// reference gives SQL for the text of a let or a column.
func (c *compiler) reference(name string, line int) (string, error) {
	if let, ok := c.let[name]; ok {
		c.open = c.open || let.open
		return let.sql, nil
	}
	i := c.st.column(name)
	if i < 0 {
		if c.m == nil {
			return "", fault.New(fault.Invalid, "%s has no column %q", c.st.label, name)
		}
		return "", c.m.errorf(line, "%s has no column %q; it has %s", c.st.label, name, columnList(c.st.columns))
	}
	c.used[i] = true
	c.open = c.open || !c.st.pointed[i]
	return c.clean(i), nil
}

// blanks are trimmed from values: white space and the no-break space.
const blanks = "' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"

// clean gives SQL for a column's text, null when it is empty.
func (c *compiler) clean(i int) string {
	sql := "c" + strconv.Itoa(i)
	if !c.st.trimmed {
		sql = "nullif(trim(" + sql + ", " + blanks + "), '')"
	}
	if len(c.r.null) == 0 {
		return sql
	}
	nulls := make([]string, len(c.r.null))
	for i, n := range c.r.null {
		nulls[i] = literal(n)
	}
	return "CASE WHEN " + sql + " NOT IN (" + strings.Join(nulls, ", ") + ") THEN " + sql + " END"
}

// keepAttributes keeps the columns that nothing used, or those that the rule
// lists.
func (c *compiler) keepAttributes(p *plan) error {
	if c.r.attributes != nil {
		for _, name := range *c.r.attributes {
			if err := c.attribute(p, name, c.r.line); err != nil {
				return err
			}
		}
		return nil
	}
	for i, name := range c.st.columns {
		if !c.used[i] && record.AttributeName(name) != "" {
			p.attributes = append(p.attributes, attribute{record.AttributeName(name), c.clean(i)})
		}
	}
	return nil
}

func (c *compiler) attribute(p *plan, name string, line int) error {
	sql, err := c.reference(name, line)
	if err == nil {
		p.attributes = append(p.attributes, attribute{record.AttributeName(name), sql})
	}
	return err
}

// filter restricts the plan to rows that the conditions select.
func (c *compiler) filter(p *plan, when []condition) error {
	var tests []string
	for _, w := range when {
		sql, err := c.condition(w)
		if err != nil {
			return err
		}
		tests = append(tests, sql)
	}
	for _, s := range c.r.skip {
		sql, err := c.condition(s)
		if err != nil {
			return err
		}
		tests = append(tests, "NOT "+sql)
	}
	p.where = strings.Join(tests, " AND ")
	return nil
}

// condition gives SQL that is never null.
func (c *compiler) condition(w condition) (string, error) {
	sql, err := c.reference(w.column, w.line)
	if err != nil {
		return "", err
	}
	quoted := make([]string, len(w.values))
	for i, v := range w.values {
		quoted[i] = literal(v)
	}
	switch w.operator {
	case "is empty":
		return "(" + sql + " IS NULL)", nil
	case "is not empty":
		return "(" + sql + " IS NOT NULL)", nil
	case "=", "in":
		return "coalesce(" + sql + " IN (" + strings.Join(quoted, ", ") + "), false)", nil
	case "!=", "not in":
		return "coalesce(" + sql + " NOT IN (" + strings.Join(quoted, ", ") + "), true)", nil
	}
	bound, err := strconv.ParseFloat(w.values[0], 64)
	if err != nil {
		return "", c.m.errorf(w.line, "%q is no number to compare %s with", w.values[0], w.column)
	}
	return fmt.Sprintf("coalesce(TRY_CAST(%s AS DOUBLE) %s %s, false)", sql, w.operator, strconv.FormatFloat(bound, 'g', -1, 64)), nil
}
