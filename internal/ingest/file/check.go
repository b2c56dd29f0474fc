package file

import (
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// typeCodes are the codes of texts that are no value of a type.
var typeCodes = map[record.Type]string{
	record.Time: CodeTime, record.Integer: CodeNumber, record.Number: CodeNumber, record.Money: CodeNumber,
	record.Boolean: CodeBoolean, record.Enum: CodeEnum, record.Email: CodeEmail, record.Country: CodeCountry,
	record.Currency: CodeCurrency, record.Zone: CodeZone,
}

// fieldCheck is one thing that can be wrong with a field.
type fieldCheck struct{ test, code string } // SQL that is never null, and the code

// checks lists what can be wrong with a field of a typed row; the first that
// holds counts.
func (f *plannedField) checks() (list []fieldCheck) {
	text, value := x(f.Name), warehouse.Quote(f.Name)
	if f.Required {
		list = append(list, fieldCheck{text + " IS NULL", CodeMissing})
	}
	if code, ok := typeCodes[f.Type]; ok {
		test := text + " IS NOT NULL AND " + f.noValue()
		if ambiguous, code := f.ambiguous(text); ambiguous != "" {
			list = append(list, fieldCheck{"coalesce(" + test + " AND " + ambiguous + ", false)", code})
		}
		list = append(list, fieldCheck{test, code})
	}
	if f.Min != nil {
		list = append(list, fieldCheck{"coalesce(" + value + " < " + strconv.FormatFloat(*f.Min, 'g', -1, 64) + ", false)", CodeRange})
	}
	if f.Max != nil {
		list = append(list, fieldCheck{"coalesce(" + value + " > " + strconv.FormatFloat(*f.Max, 'g', -1, 64) + ", false)", CodeRange})
	}
	return list
}

// problemOf makes one problem of a field's checks.
func problemOf(f *plannedField, checks []fieldCheck) problem {
	var tests, cases []string
	for _, c := range checks {
		tests = append(tests, c.test)
		cases = append(cases, "WHEN "+c.test+" THEN "+literal(c.code))
	}
	return problem{f.column, x(f.Name), strings.Join(tests, " OR "), "CASE " + strings.Join(cases, " ") + " END"}
}

// noValue is SQL that is true when the typed value is null, or one that the
// engine accepts and we do not.
func (f *plannedField) noValue() string {
	text, value := x(f.Name), warehouse.Quote(f.Name)
	switch f.Type {
	case record.Time:
		return "(" + value + " IS NULL OR " + strangeTime(value) + " OR " + text + " = 'epoch')"
	case record.Number:
		return "(" + value + " IS NULL OR NOT isfinite(" + value + ") OR " + strangeNumber(text) + ")"
	case record.Integer, record.Money:
		return "(" + value + " IS NULL OR " + strangeNumber(text) + ")"
	}
	return value + " IS NULL"
}

// isOdd is SQL that is true for a text that is no plain time or number, so that
// its column's shape must be looked at.
func (f *plannedField) isOdd() string {
	test := x(f.Name) + " IS NOT NULL AND (" + f.noValue()
	if f.Type == record.Time {
		test += " OR " + hasOffset(x(f.Name))
	}
	return test + ")"
}

// ambiguous is SQL that tells an open reading from a wrong text.
func (f *plannedField) ambiguous(text string) (test, code string) {
	switch mixed {
	case f.shape.order:
		return "regexp_matches(" + text + ", '" + slashDate + "') AND TRY_CAST(regexp_extract(" + text + `, '^\d+') AS INTEGER) <= 12 AND TRY_CAST(regexp_extract(` + text + `, '^\d+[/.-](\d+)', 1) AS INTEGER) <= 12`, CodeAmbiguousDate
	case f.shape.decimal:
		return "regexp_matches(" + stripped(text) + `, ` + open("[.,]") + `)`, CodeAmbiguousNumber
	}
	return "", ""
}

// rowRule is a condition over several fields of a fact that makes a row bad.
type rowRule struct {
	fact, column, code, bad string
}

var rowRules = []rowRule{
	{"ticket", "solved_at", CodeOrder, "solved_at < opened_at"},
	{"cost", "to", CodeOrder, `"to" <= "from"`},
	{"intervention", "to", CodeOrder, `"to" <= "from"`},
	{"usage", "account_id", CodeNoSubject, "person_id IS NULL AND account_id IS NULL"},
	{"outcome", "account_id", CodeNoSubject, "person_id IS NULL AND account_id IS NULL"},
	{"response", "score", CodeRange, "kind = 'nps' AND (score < 0 OR score > 10 OR score <> floor(score))"},
	{"response", "score", CodeRange, "kind <> 'nps' AND (score < 0 OR score > scale_max)"},
	{"response", "score", CodeMissing, "kind IN ('nps', 'csat', 'ces', 'rating') AND score IS NULL"},
}

// problem is one thing that can be wrong with a typed row.
type problem struct {
	column string // as the file calls it
	value  string // SQL of the text to show
	test   string // SQL that is true when it is wrong, and never null
	code   string // SQL, null when it is fine
}

// problems lists everything that is checked of a row.
func (p *plan) problems() (list []problem) {
	columns, texts := map[string]string{}, map[string]string{}
	for _, f := range p.fields {
		columns[f.Name], texts[f.Name] = f.column, x(f.Name)
		if checks := f.checks(); len(checks) > 0 {
			list = append(list, problemOf(f, checks))
		}
	}
	for _, r := range rowRules {
		if r.fact != p.fact.Name {
			continue
		}
		column, text := columns[r.column], texts[r.column]
		if column == "" {
			column, text = r.column, "NULL::VARCHAR"
		}
		list = append(list, problem{column, text, "coalesce(" + r.bad + ", false)", "CASE WHEN " + r.bad + " THEN " + literal(r.code) + " END"})
	}
	return list
}

// bad is SQL that is true for a row of which anything is wrong.
func bad(problems []problem) string {
	if len(problems) == 0 {
		return "false"
	}
	tests := make([]string, len(problems))
	for i, p := range problems {
		tests[i] = p.test
	}
	return "(" + strings.Join(tests, " OR ") + ")"
}

// rejectRows is SQL for the rejects of a plan: row, line, column, value, code.
func (p *plan) rejectRows(problems []problem) string {
	entries := make([]string, len(problems))
	for i, q := range problems {
		entries[i] = "{'column': " + literal(q.column) + ", 'value': left(" + q.value + ", 200), 'code': " + q.code + "}"
	}
	return `SELECT "row", line, e.column, e.value, e.code FROM (SELECT "row", line, unnest(list_filter([` + strings.Join(entries, ", ") +
		`], lambda e: e.code IS NOT NULL)) AS e FROM (` + p.typed(true) + `) WHERE ` + bad(problems) + `)`
}
