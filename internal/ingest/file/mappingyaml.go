package file

import (
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/internal/fault"
)

// ReadMapping reads a mapping file.
//
// Errors: fault.NotFound, or fault.Invalid with the line.
func ReadMapping(path string) (*Mapping, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, pathError(path, err)
	}
	return ParseMapping(path, data)
}

// ParseMapping reads a mapping; name is what its errors call it.
func ParseMapping(name string, data []byte) (*Mapping, error) {
	m := &Mapping{name: name}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fault.New(fault.Invalid, "%s is not YAML: %w", name, err)
	}
	if len(root.Content) == 0 {
		return nil, fault.New(fault.Invalid, "%s is empty; a mapping is a list of rules, and --suggest writes a first one", name)
	}
	p := &mappingParser{m: m}
	list := p.list(root.Content[0], "a mapping")
	for _, n := range list {
		r := p.rule(n)
		if p.err == nil {
			p.err = m.check(&r)
		}
		m.rules = append(m.rules, r)
	}
	if p.err == nil && len(list) == 0 {
		p.err = m.errorf(1, "there is no rule")
	}
	return m, p.err
}

// mappingParser reads nodes strictly and keeps the first error.
type mappingParser struct {
	m   *Mapping
	err error
}

func (p *mappingParser) fail(n *yaml.Node, format string, args ...any) {
	if p.err == nil {
		p.err = p.m.errorf(n.Line, format, args...)
	}
}

func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func (p *mappingParser) list(n *yaml.Node, what string) []*yaml.Node {
	if n = resolve(n); n.Kind != yaml.SequenceNode {
		p.fail(n, "%s is a list, each entry on a line that begins with a dash", what)
		return nil
	}
	return n.Content
}

// pairs calls visit with each key and value of a mapping.
func (p *mappingParser) pairs(n *yaml.Node, what string, visit func(key string, k, v *yaml.Node)) {
	if n = resolve(n); n.Kind != yaml.MappingNode {
		p.fail(n, "%s is made of lines \"name: value\"", what)
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		visit(n.Content[i].Value, n.Content[i], resolve(n.Content[i+1]))
	}
}

func (p *mappingParser) text(n *yaml.Node, what string) string {
	if n.Kind != yaml.ScalarNode {
		p.fail(n, "%s is one value", what)
		return ""
	}
	if isNull(n) {
		return ""
	}
	return n.Value
}

// isNull knows a missing value and a bare ~; null in quotes is a text.
func isNull(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode || n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return false
	}
	return n.Value == "" || n.Value == "~" || n.Value == "null"
}

// texts reads one text or a list of them.
func (p *mappingParser) texts(n *yaml.Node, what string) []string {
	if n.Kind == yaml.ScalarNode {
		return []string{p.text(n, what)}
	}
	texts := []string{}
	for _, c := range p.list(n, what) {
		texts = append(texts, p.text(resolve(c), what))
	}
	return texts
}

func (p *mappingParser) rule(n *yaml.Node) rule {
	r := rule{line: n.Line}
	if text, err := yaml.Marshal(n); err == nil {
		r.text = string(text)
	}
	p.pairs(n, "a rule", func(key string, k, v *yaml.Node) {
		switch key {
		case "file":
			r.file = p.text(v, key)
		case "sheet":
			r.sheet = p.text(v, key)
		case "fact":
			r.fact = p.text(v, key)
		case "null", "": // YAML reads an unquoted null: as the null value
			r.null = p.texts(v, "null")
		case "zone":
			r.zone = p.text(v, key)
		case "dates":
			r.dates = p.text(v, key)
		case "decimal":
			r.decimal = p.text(v, key)
		case "columns":
			r.columns = p.columns(v)
		case "constants":
			p.pairs(v, key, func(field string, _, c *yaml.Node) {
				r.constants = append(r.constants, named{field, value{line: c.Line, template: escapeTemplate(p.text(c, field))}})
			})
		case "let":
			r.let = p.values(v, key)
		case "skip":
			r.skip = p.conditions(v)
		case "rows":
			for _, c := range p.list(v, key) {
				r.rows = append(r.rows, p.output(resolve(c)))
			}
		case "attributes":
			list := p.attributes(v)
			r.attributes = list
		default:
			p.fail(k, "a rule has no %q; it has file, sheet, fact, columns, constants, null, zone, dates, decimal, let, skip, rows and attributes", key)
		}
	})
	return r
}

// attributes is all (nil), none, or a list of columns.
func (p *mappingParser) attributes(n *yaml.Node) *[]string {
	list := p.texts(n, "attributes")
	if len(list) == 1 && n.Kind == yaml.ScalarNode {
		switch list[0] {
		case "all":
			return nil
		case "none", "":
			return &[]string{}
		}
	}
	return &list
}

func (p *mappingParser) output(n *yaml.Node) output {
	o := output{line: n.Line}
	p.pairs(n, "an entry of rows", func(key string, k, v *yaml.Node) {
		switch key {
		case "fact":
			o.fact = p.text(v, key)
		case "when":
			o.when = p.conditions(v)
		case "set":
			o.set = p.values(v, key)
		case "attributes":
			if list := p.attributes(v); list != nil {
				o.attributes = *list
			} else {
				p.fail(v, "attributes of an entry of rows are a list of columns")
			}
		default:
			p.fail(k, "an entry of rows has no %q; it has fact, when, set and attributes", key)
		}
	})
	return o
}

func (p *mappingParser) columns(n *yaml.Node) (list []named) {
	p.pairs(n, "columns", func(column string, k, v *yaml.Node) {
		c := named{name: column, value: value{line: k.Line}}
		switch {
		case isNull(v):
			c.value.drop = true
		case v.Kind == yaml.ScalarNode:
			c.value.field = v.Value
		default:
			c.value = p.value(v, true)
			if c.value.field == "" {
				p.fail(v, "column %q names no field; add field: NAME", column)
			}
		}
		if c.value.template == "" {
			c.value.template = "{" + escapeTemplate(column) + "}"
		}
		list = append(list, c)
	})
	return list
}

func (p *mappingParser) values(n *yaml.Node, what string) (list []named) {
	p.pairs(n, what, func(name string, _, v *yaml.Node) {
		list = append(list, named{name, p.value(v, false)})
	})
	return list
}

// value reads a text or a mapping with from.
func (p *mappingParser) value(n *yaml.Node, inColumns bool) value {
	if n = resolve(n); n.Kind == yaml.ScalarNode {
		return value{line: n.Line, template: p.text(n, "a value")}
	}
	v := value{line: n.Line}
	p.pairs(n, "a value", func(key string, k, c *yaml.Node) {
		switch {
		case key == "field" && inColumns:
			v.field = p.text(c, key)
		case key == "from" && !inColumns:
			v.template = p.text(c, key)
		default:
			p.valuePart(&v, key, k, c)
		}
	})
	return v
}

func (p *mappingParser) valuePart(v *value, key string, k, c *yaml.Node) {
	nested := map[string]**value{"at_least": &v.atLeast, "at_most": &v.atMost, "plus_days": &v.plusDays,
		"minus_days": &v.minusDays, "plus_months": &v.plusMonths, "minus_months": &v.minusMonths}
	texts := map[string]*string{"default": &v.fallback, "format": &v.format, "zone": &v.zone, "decimal": &v.decimal}
	switch {
	case nested[key] != nil:
		inner := p.value(c, false)
		*nested[key] = &inner
	case texts[key] != nil:
		*texts[key] = p.text(c, key)
	case key == "values":
		p.pairs(c, key, func(from string, _, to *yaml.Node) {
			v.values = append(v.values, [2]string{from, p.text(to, "a replacement")})
		})
	case key == "otherwise":
		text := p.text(c, key)
		v.otherwise = &text
	case key == "multiply":
		x, err := strconv.ParseFloat(p.text(c, key), 64)
		if err != nil || x == 0 {
			p.fail(c, "multiply is a number other than 0")
		}
		v.multiply = x
	default:
		p.fail(k, "a value has no %q; it has from, values, otherwise, default, at_least, at_most, format, zone, decimal, multiply, plus_days, minus_days, plus_months and minus_months", key)
	}
}

var conditionPattern = regexp.MustCompile(`^\s*(.+?)\s*(?:\s(is empty|is not empty)|(!=|<=|>=|=|<|>)\s*(.*?)|\s(not in|in)\s+(.+?))\s*$`)

func (p *mappingParser) conditions(n *yaml.Node) (list []condition) {
	nodes := []*yaml.Node{n}
	if n.Kind != yaml.ScalarNode {
		nodes = p.list(n, "conditions")
	}
	for _, c := range nodes {
		text := p.text(resolve(c), "a condition")
		match := conditionPattern.FindStringSubmatch(text)
		if match == nil {
			p.fail(c, "%q is no condition; write COLUMN = TEXT, !=, <, <=, >, >=, in A, B, not in A, B, is empty or is not empty", text)
			continue
		}
		list = append(list, makeCondition(c.Line, match))
	}
	return list
}

func makeCondition(line int, match []string) condition {
	c := condition{line: line, column: strings.Trim(match[1], "{}"), operator: match[2] + match[3] + match[5]}
	switch {
	case match[5] != "":
		for v := range strings.SplitSeq(match[6], ",") {
			c.values = append(c.values, strings.TrimSpace(v))
		}
	case match[3] != "":
		c.values = []string{match[4]}
	}
	return c
}

// escapeTemplate makes a template of which the text is s itself.
func escapeTemplate(s string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(s)
}
