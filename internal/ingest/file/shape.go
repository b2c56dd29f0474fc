package file

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
)

// shape is how the values of a time or a number are written, as far as all of
// them together show it.
type shape struct {
	general bool   // not all are ISO times, or plain numbers
	order   string // of day/month/year: dmy, mdy, or mixed
	decimal string // ".", ",", or mixed
}

const mixed = "mixed"

// Patterns (RE2) of values, as the engine matches them.
const (
	slashDate = `^\d{1,2}[/.-]\d{1,2}[/.-](\d{4}|\d{2})([ ,T].*)?$`

	// A number whose decimal mark is evident: both marks, the thousands' one
	// twice, other than three digits after it, or an exponent. %[1]s is the
	// decimal mark, %[2]s the other.
	evidentNumber = `^[-+]?(\d{1,3}(%[2]s\d{3})+%[1]s\d*|\d{1,3}(%[2]s\d{3}){2,}|\d*%[1]s(\d{0,2}|\d{4,})|(0\d*|\d{4,})?%[1]s\d{3}|\d*%[1]s\d+[eE][-+]?\d+)$`
	// One mark with three digits after it, and one to three before: 1,234.
	ambiguousNumber = `^[-+]?[1-9]\d{0,2}%[1]s\d{3}$`
)

// isAuto says that the values decide how the field is read.
func (f *plannedField) isAuto() bool {
	switch f.Type {
	case record.Time:
		return f.format == ""
	case record.Integer, record.Number, record.Money:
		return f.decimal == ""
	}
	return false
}

// decideShape looks at all values of a field of which some are not plain. It
// returns a question when they leave the reading open.
func (r *run) decideShape(ctx context.Context, p *plan, f *plannedField) (*Question, error) {
	if f.Type == record.Time {
		return r.decideDates(ctx, p, f)
	}
	return r.decideNumbers(ctx, p, f)
}

func (r *run) decideDates(ctx context.Context, p *plan, f *plannedField) (*Question, error) {
	var dayFirst, monthFirst, either int64
	err := r.conn.QueryRowContext(ctx, `SELECT coalesce(count_if(a > 12 AND b <= 12), 0), coalesce(count_if(b > 12 AND a <= 12), 0), coalesce(count_if(a <= 12 AND b <= 12 AND a <> b), 0)
		FROM (SELECT TRY_CAST(regexp_extract(x, '^\d+') AS INTEGER) AS a, TRY_CAST(regexp_extract(x, '^\d+[/.-](\d+)', 1) AS INTEGER) AS b
		FROM (SELECT `+f.text+` AS x FROM (`+p.st.relation(false)+`)`+p.whereClause()+`) WHERE regexp_matches(x, '`+slashDate+`'))`).Scan(&dayFirst, &monthFirst, &either)
	if err != nil {
		return nil, err
	}
	f.shape.general = true
	switch {
	case dayFirst > 0 && monthFirst > 0:
		f.shape.order = mixed
	case monthFirst > 0:
		f.shape.order = "mdy"
	case dayFirst > 0 || either == 0:
		f.shape.order = "dmy" // or all are like 05/05/2026
	default:
		return r.ask(ctx, p, f, slashDate, "is the day or the month first?", "format: dmy   # 03/04/2026 is 3 April", "format: mdy   # 03/04/2026 is March 4")
	}
	return nil, nil
}

// decideNumbers finds the decimal mark. Where every value that has a mark could
// mean thousands as well (1.200 or 1,200), only a bound of the field decides.
func (r *run) decideNumbers(ctx context.Context, p *plan, f *plannedField) (*Question, error) {
	var point, comma, openPoint, openComma int64
	err := r.conn.QueryRowContext(ctx, `SELECT `+matched(evident("."), evident(","), open(`\.`), open(","))+`
		FROM (SELECT `+stripped(f.text)+` AS s FROM (`+p.st.relation(false)+`)`+p.whereClause()+`)`).Scan(&point, &comma, &openPoint, &openComma)
	if err != nil {
		return nil, err
	}
	f.shape.general = true
	if f.pointed {
		point, openPoint = point+openPoint, 0
	}
	if f.isSmall() {
		point, comma, openPoint, openComma = point+openPoint, comma+openComma, 0, 0
	}
	switch {
	case point > 0 && comma > 0:
		f.shape.decimal = mixed
	case comma > 0:
		f.shape.decimal = ","
	case point > 0 || openPoint+openComma == 0:
		f.shape.decimal = "."
	default:
		return r.askMark(ctx, p, f, openPoint, openComma)
	}
	return nil, nil
}

// askMark asks which mark is the decimal one; the first answer is thousands.
func (r *run) askMark(ctx context.Context, p *plan, f *plannedField, openPoint, openComma int64) (*Question, error) {
	switch {
	case openPoint == 0:
		return r.ask(ctx, p, f, openPattern(","), "does the comma separate thousands or decimals?", `decimal: "."   # 1,234 is one thousand two hundred and thirty-four`, `decimal: ","   # 1,234 is a little more than one`)
	case openComma == 0:
		return r.ask(ctx, p, f, openPattern(`\.`), "does the point separate thousands or decimals?", `decimal: ","   # 1.234 is one thousand two hundred and thirty-four`, `decimal: "."   # 1.234 is a little more than one`)
	}
	return r.ask(ctx, p, f, openPattern("[.,]"), "which separates decimals, the point or the comma?", `decimal: "."   # 1.234 is a little more than one, and 1,234 is one thousand two hundred and thirty-four`, `decimal: ","   # 1.234 is one thousand two hundred and thirty-four, and 1,234 a little more than one`)
}

// matched is SQL that counts the texts s that match each pattern.
func matched(patterns ...string) string {
	counts := make([]string, len(patterns))
	for i, p := range patterns {
		counts[i] = "count(*) FILTER (regexp_matches(s, " + p + "))"
	}
	return strings.Join(counts, ", ")
}

// isSmall says that the field's bounds leave no room for thousands.
func (f *plannedField) isSmall() bool {
	thousand := 1000.0
	if f.multiply != 0 {
		thousand *= f.multiply
	}
	return f.Max != nil && thousand > *f.Max
}

// mayBeThousands says that a point in the field's values need not be a decimal
// mark.
func (f *plannedField) mayBeThousands() bool {
	return f.isAuto() && f.Type != record.Time && !f.pointed && !f.isSmall()
}

// hasPoint is SQL that is true for a text with a point.
func (f *plannedField) hasPoint() string { return "contains(" + x(f.Name) + ", '.')" }

// hasOpenPoint is SQL that is true for a text such as 1.200; the pattern is
// matched only where the point stands in its place.
func (f *plannedField) hasOpenPoint() string {
	text := x(f.Name)
	return "CASE WHEN NOT " + f.hasPoint() + " THEN false WHEN " + text + " LIKE '%.___' THEN regexp_matches(" + text + ", " + open(`\.`) + ") ELSE false END"
}

func openPattern(mark string) string { return fmt.Sprintf(ambiguousNumber, mark) }

func open(mark string) string { return literal(openPattern(mark)) }

func evidentPattern(mark string) string {
	if mark == "," {
		return fmt.Sprintf(evidentNumber, ",", `\.`)
	}
	return fmt.Sprintf(evidentNumber, `\.`, ",")
}

// evident and open are patterns as SQL literals.
func evident(mark string) string {
	return literal(evidentPattern(mark))
}

// stripped takes spaces, apostrophes and currency signs out of a number.
func stripped(sql string) string {
	return `regexp_replace(` + sql + `, '[\s\x{a0}\x{202f}''’$€£¥]', '', 'g')`
}

// ask words a question about a field, with the mapping lines that answer it.
func (r *run) ask(ctx context.Context, p *plan, f *plannedField, pattern, question string, answers ...string) (*Question, error) {
	q := &Question{File: p.st.label, Column: f.column, Question: fmt.Sprintf("column %q of %s: %s", f.column, p.st.label, question)}
	text := f.text
	if f.Type != record.Time {
		text = stripped(f.text)
	}
	rows, err := r.conn.QueryContext(ctx, `SELECT DISTINCT x FROM (SELECT `+f.text+` AS x, `+text+` AS s FROM (`+p.st.relation(false)+`)`+p.whereClause()+`) WHERE regexp_matches(s, '`+pattern+`') ORDER BY x LIMIT 3`)
	if err != nil {
		return nil, err
	}
	if q.Examples, err = scanTexts(rows); err != nil {
		return nil, err
	}
	for _, a := range answers {
		part, comment, _ := strings.Cut(a, "   ")
		line := fmt.Sprintf("- {file: %q, fact: %s, columns: {%q: {field: %s, %s}}}   %s", p.st.in.name, p.fact.Name, f.column, f.Name, part, comment)
		if p.rule != nil {
			line = fmt.Sprintf("add to %s in the rule of line %d: %s   %s", f.Name, p.rule.line, part, comment)
		}
		q.Answers = append(q.Answers, line)
	}
	return q, nil
}

func scanTexts(rows *sql.Rows) (list []string, err error) {
	list = []string{}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}

func baseNames(stages []*stage) []string {
	var names []string
	for _, st := range stages {
		names = append(names, filepath.Base(st.label))
	}
	return names
}
