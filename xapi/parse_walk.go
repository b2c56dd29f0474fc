package xapi

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/go-json-experiment/json/jsontext"
)

// maxProblems bounds how many problems a request is told of.
const maxProblems = 20

// parser walks once over valid JSON, builds what it finds and collects what is
// wrong. Every method that reads a value moves behind it, whatever it is.
type parser struct {
	scanner
	data     []byte // what text is another view of
	version  Version
	root     string
	index    int
	steps    []step
	names    []string // of the members read so far, of all open objects
	problems Problems
}

// step is one step of the path to the value being read.
type step struct {
	name  string
	index int
	array bool // index counts, not name

	first int             // of the object's members in names
	many  map[string]bool // the same, once they are many
}

// few is how many things are compared one by one.
const few = 16

// newParser makes a parser for data that checkSyntax passed. The texts that it
// reads are parts of data, as Raw is: what is parsed is in memory once.
func newParser(v Version, data []byte, root string) *parser {
	return &parser{
		scanner: scanner{text: unsafe.String(unsafe.SliceData(data), len(data))}, data: data,
		version: v, root: root, index: -1,
		steps: make([]step, 0, 8),
		names: make([]string, 0, 32),
	}
}

// since gives the JSON from a place to here.
func (p *parser) since(start int) jsontext.Value {
	return p.data[start:p.pos:p.pos]
}

// full tells that enough problems are known: nothing more is read.
func (p *parser) full() bool { return len(p.problems) >= maxProblems }

// report notes a problem with the value that the path and under lead to.
func (p *parser) report(c clause, under, rule, value string) {
	if p.full() {
		return
	}
	var b strings.Builder
	b.WriteString(p.root)
	for _, s := range p.steps {
		if s.array {
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		} else {
			writeName(&b, s.name)
		}
	}
	b.WriteString(under)
	p.problems = append(p.problems, &Problem{
		Index: p.index, Path: b.String(), Rule: rule, Value: shown(value), Section: p.version.section(c),
	})
}

// object moves into the object that comes next, or reports and skips what is
// there instead. The members follow by member.
func (p *parser) object(c clause) bool {
	if p.kind() != '{' {
		p.wrongType("an object", c)
		return false
	}
	p.pos++
	p.steps = append(p.steps, step{first: len(p.names)})
	return true
}

// member moves to the next member's value and gives its name; ok is false at
// the end of the object, which it then leaves.
func (p *parser) member() (name string, ok bool) {
	last := &p.steps[len(p.steps)-1]
	if p.full() || p.kind() != '"' {
		p.leave()
		p.names = p.names[:last.first]
		p.steps = p.steps[:len(p.steps)-1]
		return "", false
	}
	name = p.quoted()
	last.name = name
	if p.repeated(last, name) {
		p.report(clauseFormatting, "", "the property is there twice: keep one of them", quoted(name))
	}
	return name, true
}

// leave moves behind the closing bracket, unless reading has stopped earlier.
func (p *parser) leave() {
	if !p.full() {
		p.pos++
	}
}

// repeated tells whether the object has had a member of the name, and notes it.
func (p *parser) repeated(s *step, name string) bool {
	if s.many != nil {
		had := s.many[name]
		s.many[name] = true
		return had
	}
	for _, other := range p.names[s.first:] {
		if other == name {
			return true
		}
	}
	p.names = append(p.names, name)
	if len(p.names)-s.first > few {
		s.many = make(map[string]bool, 2*few)
		for _, other := range p.names[s.first:] {
			s.many[other] = true
		}
	}
	return false
}

// array moves into the array that comes next, or reports and skips what is
// there instead. The elements follow by element.
func (p *parser) array(of string, c clause) bool {
	if p.kind() != '[' {
		p.wrongType("an array of "+of, c)
		return false
	}
	p.pos++
	p.steps = append(p.steps, step{index: -1, array: true})
	return true
}

// element moves to the array's next element; it is false at the end of the
// array, which it then leaves.
func (p *parser) element() bool {
	last := len(p.steps) - 1
	if p.full() || p.kind() == ']' {
		p.leave()
		p.steps = p.steps[:last]
		return false
	}
	p.steps[last].index++
	return true
}

// unknown reports and skips a property that does not belong there. known names
// those that do.
func (p *parser) unknown(name, known string, c clause) {
	for _, right := range strings.Split(known, ", ") {
		if strings.EqualFold(name, right) {
			p.report(c, "", "the case is wrong: write "+right, name)
			p.skip()
			return
		}
	}
	p.report(c, "", "no such property here: remove it, or put it into extensions; known are "+known, name)
	p.skip()
}

// wrongType reports and skips a value of the wrong type.
func (p *parser) wrongType(want string, c clause) {
	value := p.skip()
	if value == "null" {
		p.report(clauseFormatting, "", "must not be null: leave the property out, or send "+want, value)
		return
	}
	p.report(c, "", "must be "+want, value)
}

// missing reports that the object at hand lacks a property.
func (p *parser) missing(c clause, rule string) { p.report(c, "", rule, "") }

// str reads a text.
func (p *parser) str(c clause) string {
	if p.kind() != '"' {
		p.wrongType("a string", c)
		return ""
	}
	return p.quoted()
}

// formatted reads a text that check finds no fault with.
func (p *parser) formatted(c clause, check func(string) string) string {
	if p.kind() != '"' {
		p.wrongType("a string", c)
		return ""
	}
	text := p.quoted()
	if rule := check(text); rule != "" {
		p.report(c, "", rule, quoted(text))
	}
	return text
}

// quoted shows a text so that an empty one shows too.
func quoted(text string) string { return strconv.Quote(text[:min(len(text), 4*maxShown)]) }

// oneOf reads a text of a list.
func (p *parser) oneOf(c clause, allowed ...string) string {
	return p.formatted(c, func(text string) string {
		for _, a := range allowed {
			if text == a {
				return ""
			}
		}
		return "must be " + strings.Join(allowed, ", ") + ", in this case"
	})
}

// boolean reads true or false.
func (p *parser) boolean(c clause) *bool {
	switch p.kind() {
	case 't', 'f':
		value := p.skip() == "true"
		return &value
	}
	p.wrongType("true or false, without quotes", c)
	return nil
}

// number reads a number.
func (p *parser) number(c clause) *float64 {
	if k := p.kind(); k != '-' && (k < '0' || k > '9') {
		p.wrongType("a number, without quotes", c)
		return nil
	}
	text := p.skip()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		p.report(c, "", "the number is too large: send one below 1.8e308", text)
		return nil
	}
	return &value
}

// integer reads a whole number from 0.
func (p *parser) integer(c clause) int64 {
	if k := p.kind(); k == '-' || k >= '0' && k <= '9' {
		text := p.skip()
		value, err := strconv.ParseInt(text, 10, 64)
		if err != nil || value < 0 {
			p.report(c, "", "must be a whole number from 0, without point or exponent", text)
		}
		return value
	}
	p.wrongType("a whole number, without quotes", c)
	return 0
}

func itoa(n int) string { return strconv.Itoa(n) }

func ftoa(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
