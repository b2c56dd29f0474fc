package file

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
)

// Mapping says how foreign files become facts. It is a YAML list of rules, and
// the first rule whose pattern fits a file's name decides:
//
//   - file: "crm_export*.csv"     # pattern of the file's name (* ? [a-z]); without .gz or .zst
//     fact: account               # what each row is
//     columns:
//     Customer No: account_id   # column of the file: field
//     Since: {field: signup_at, format: dmy, zone: Europe/Berlin}
//     Licences: {field: seats, decimal: ","}
//     Internal note: ~          # left out
//     constants: {country: DE}
//     "null": ["NA", "?"]         # texts that mean "no value"
//     skip: ["Type = Test", "Since is empty"]
//
// Columns that are named like a field need no line, and any other column is kept
// as an attribute; attributes: [A, B] or attributes: none keeps fewer. sheet: NAME
// restricts a rule to one sheet of a workbook.
//
// A file of which each row holds several facts lists them instead:
//
//   - file: "enrolments*"
//     let:                        # values for use below
//     start: {from: "{term}", values: {2013J: 2013-10-01, 2014B: 2014-02-01}}
//     rows:
//   - fact: person
//     set: {person_id: "{module}-{student}", account_id: "{module}"}
//     attributes: [gender, region]
//   - fact: learning
//     when: ["result = Pass"]
//     set:
//     event_id: "{module}-{student}:completed"
//     time: {from: "{start}", plus_days: "{days}"}
//     person_id: "{module}-{student}"
//     activity_id: "{module}"
//     verb: completed
//
// A value is a text with {column} or {let} in braces, empty when one of these is
// empty, or a mapping of
//
//	from                        the text
//	values, otherwise           a table of replacements; what it does not list stays, or becomes otherwise
//	default                     taken when there is no value
//	at_least, at_most           bounds of a number, themselves values
//	format                      of a time: iso, dmy, mdy, epoch_s, epoch_ms, or a pattern such as "%Y%m%d %H:%M"
//	zone                        of times without offset
//	decimal                     "." or ",": the decimal mark; the other one separates thousands
//	multiply                    converts a unit: 0.01 for a percentage
//	plus_days, minus_days,      move a time by a number of days or calendar months,
//	plus_months, minus_months   itself a value
//
// zone, decimal and dates (dmy or mdy) at the rule hold for all of its columns.
// A condition of when (all must hold) or skip (any) is "COLUMN = TEXT", "!=",
// "in A, B", "not in A, B", "is empty", "is not empty", or a comparison of
// numbers: "<", "<=", ">", ">=".
type Mapping struct {
	name  string
	rules []rule
}

type rule struct {
	line              int
	file, sheet, fact string
	null              []string
	zone, dates       string
	decimal           string
	columns           []named // source column → field; value.drop for ~
	constants         []named // field → text
	let               []named
	skip              []condition
	rows              []output
	attributes        *[]string // nil: all
	text              string    // its YAML, for the fingerprint
}

// output is one fact that a row becomes.
type output struct {
	line       int
	fact       string
	when       []condition
	set        []named
	attributes []string
}

// named is an entry of columns, constants, let or set.
type named struct {
	name  string
	value value
}

// value is how a field's text is made. Its zero parts do nothing.
type value struct {
	line      int
	field     string // in columns
	drop      bool   // in columns: leave the column out
	template  string
	values    [][2]string
	otherwise *string
	fallback  string

	atLeast, atMost     *value
	plusDays, minusDays *value
	plusMonths          *value
	minusMonths         *value
	format, zone        string
	decimal             string
	multiply            float64
}

// condition is one test of a row.
type condition struct {
	line     int
	column   string
	operator string
	values   []string
}

// find gives the rule for a stage, or nil.
func (m *Mapping) find(st *stage) *rule {
	if m == nil {
		return nil
	}
	for i := range m.rules {
		r := &m.rules[i]
		if ok, _ := path.Match(strings.ToLower(r.file), strings.ToLower(st.in.name)); !ok {
			continue
		}
		if r.sheet == "" || strings.EqualFold(r.sheet, st.sheet) {
			return r
		}
	}
	return nil
}

// fingerprint tells rules apart; "" is the absence of one.
func (r *rule) fingerprint() string {
	if r == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(r.text))
	return hex.EncodeToString(sum[:8])
}

func (m *Mapping) errorf(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, m.name+":"+strconv.Itoa(line)+": "+format, args...)
}

// check finds what is wrong with a rule before any file is read.
func (m *Mapping) check(r *rule) error {
	if r.file == "" {
		return m.errorf(r.line, "the rule has no file: give a pattern of the file's name")
	}
	if _, err := path.Match(r.file, ""); err != nil {
		return m.errorf(r.line, "file: %q is not a pattern", r.file)
	}
	if (r.fact == "") == (len(r.rows) == 0) {
		return m.errorf(r.line, "the rule needs either fact: or rows:")
	}
	if len(r.rows) > 0 && (len(r.columns) > 0 || len(r.constants) > 0) {
		return m.errorf(r.line, "columns: and constants: belong to a rule with fact:; within rows: use set:")
	}
	if err := m.checkFormats(r.line, r.dates, r.zone, r.decimal); err != nil {
		return err
	}
	if r.fact != "" {
		return m.checkFact(r.line, r.fact, append(append([]named(nil), r.columns...), asFields(r.constants)...))
	}
	for _, o := range r.rows {
		if err := m.checkFact(o.line, o.fact, asFields(o.set)); err != nil {
			return err
		}
	}
	return nil
}

func asFields(list []named) []named {
	fields := make([]named, len(list))
	for i, n := range list {
		fields[i] = n
		fields[i].value.field = n.name
	}
	return fields
}

func (m *Mapping) checkFact(line int, name string, fields []named) error {
	fact, ok := record.Find(name)
	if !ok {
		return m.errorf(line, "there is no fact %q; the facts are %s", name, strings.Join(factNames(), ", "))
	}
	for _, f := range fields {
		if !f.value.drop && !fact.Has(f.value.field) && !(f.value.field == personEmail && fact.Has("person_id")) {
			return m.errorf(f.value.line, "%s has no field %q; its fields are %s", fact.Name, f.value.field, strings.Join(fieldNames(fact), ", "))
		}
		if err := m.checkFormats(f.value.line, f.value.format, f.value.zone, f.value.decimal); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mapping) checkFormats(line int, format, zone, decimal string) error {
	switch format {
	case "", "iso", "dmy", "mdy", "epoch_s", "epoch_ms":
	default:
		if !strings.Contains(format, "%") {
			return m.errorf(line, "format %q is none of iso, dmy, mdy, epoch_s, epoch_ms, and no pattern such as %%d.%%m.%%Y", format)
		}
	}
	if _, err := time.LoadLocation(zone); err != nil || zone == "Local" {
		return m.errorf(line, "zone %q is no IANA name such as Europe/Berlin", zone)
	}
	if decimal != "" && decimal != "." && decimal != "," {
		return m.errorf(line, `decimal is "." or ",", not %q`, decimal)
	}
	return nil
}

func factNames() []string {
	names := make([]string, len(record.Facts))
	for i := range record.Facts {
		names[i] = record.Facts[i].Name
	}
	return names
}

func fieldNames(fact *record.Fact) []string {
	names := make([]string, len(fact.Fields))
	for i, f := range fact.Fields {
		names[i] = f.Name
	}
	return names
}
