package file

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// earliest and latest bound believable times; what lies outside is a mistake.
const (
	earliest = "TIMESTAMP '1900-01-01'"
	latest   = "TIMESTAMP '2200-01-01'"
)

func (p *plan) whereClause() string {
	if p.where == "" {
		return ""
	}
	return " WHERE " + p.where
}

// typed is SQL that gives, for each row that is meant, "row", line, the text of
// each filled field as "x_FIELD", and every field of the fact with its type:
// null where it is empty or its text has another type.
//
// Numbering the rows of a direct stage takes one thread; where it is not asked
// for, "row" is 0.
func (p *plan) typed(numbered bool) string {
	var texts, values []string
	planned := map[string]*plannedField{}
	for _, f := range p.fields {
		planned[f.Name] = f
		texts = append(texts, ", "+f.text+" AS "+x(f.Name))
		if f.days != "" {
			texts = append(texts, ", "+f.days+" AS "+warehouse.Quote("days_"+f.Name))
		}
		if f.months != "" {
			texts = append(texts, ", "+f.months+" AS "+warehouse.Quote("months_"+f.Name))
		}
	}
	for _, f := range p.fact.Fields {
		value := "NULL::" + warehouse.ColumnType(f.Type)
		if planned[f.Name] != nil {
			value = p.value(planned[f.Name], planned["currency"] != nil)
		}
		values = append(values, ", "+value+" AS "+warehouse.Quote(f.Name))
	}
	return `SELECT *` + strings.Join(values, "") + ` FROM (SELECT "row", line` + strings.Join(texts, "") + ", " + p.attributeMap() +
		" AS attributes FROM (" + p.st.relation(numbered) + ")" + p.whereClause() + ")"
}

func x(field string) string { return warehouse.Quote("x_" + field) }

// attributeMap gathers the further columns that have a value.
func (p *plan) attributeMap() string {
	if len(p.attributes) == 0 {
		return "NULL::MAP(VARCHAR, VARCHAR)"
	}
	pairs := make([]string, len(p.attributes))
	for i, a := range p.attributes {
		pairs[i] = "{'k': " + literal(a.name) + ", 'v': " + a.text + "}"
	}
	list := "list_filter([" + strings.Join(pairs, ", ") + "], lambda e: e.v IS NOT NULL)"
	return "CASE WHEN len(" + list + ") > 0 THEN map_from_entries(" + list + ") END"
}

// value is SQL for the typed value of a field over its "x_" text.
func (p *plan) value(f *plannedField, hasCurrency bool) string {
	text := x(f.Name)
	switch f.Type {
	case record.Time:
		return f.timeValue(text)
	case record.Integer:
		n := f.number(text, "DOUBLE")
		return "CASE WHEN " + n + " = floor(" + n + ") AND abs(" + n + ") < 9e15 THEN CAST(" + n + " AS BIGINT) END"
	case record.Number:
		return f.number(text, "DOUBLE")
	case record.Money:
		return "TRY_CAST(round(" + f.number(text, "DECIMAL(28, 6)") + " * " + minorUnits(hasCurrency) + ") AS BIGINT)"
	case record.Boolean:
		return "CASE WHEN lower(" + text + ") IN ('true', 't', 'yes', 'y', '1') THEN true WHEN lower(" + text + ") IN ('false', 'f', 'no', 'n', '0') THEN false END"
	case record.Enum:
		return enumValue(f, text)
	case record.Email:
		return "CASE WHEN regexp_full_match(" + text + `, '[^@\s]+@[^@\s]+') THEN lower(` + text + ") END"
	case record.Country:
		return "CASE WHEN upper(" + text + ") IN (" + codeList(countries) + ") THEN upper(" + text + ") END"
	case record.Currency:
		return "CASE WHEN upper(" + text + ") IN (" + codeList(currencies) + ") THEN upper(" + text + ") END"
	case record.Zone:
		return "CASE WHEN " + text + " IN (SELECT name FROM pg_timezone_names()) THEN " + text + " END"
	}
	if f.Name == "person_id" {
		return "CASE WHEN contains(" + text + ", '@') THEN lower(" + text + ") ELSE " + text + " END"
	}
	return text
}

func enumValue(f *plannedField, text string) string {
	quoted := make([]string, len(f.Values))
	for i, v := range f.Values {
		quoted[i] = literal(v)
	}
	plain := "replace(replace(lower(" + text + "), ' ', '_'), '-', '_')"
	return "CASE WHEN " + plain + " IN (" + strings.Join(quoted, ", ") + ") THEN " + plain + " END"
}

func codeList(codes string) string {
	return "'" + strings.Join(strings.Fields(codes), "', '") + "'"
}

// minorUnits is SQL for the minor units in a major one of the row's currency.
func minorUnits(hasCurrency bool) string {
	if !hasCurrency {
		return "100"
	}
	c := "upper(" + x("currency") + ")"
	return "CASE WHEN " + c + " IN (" + codeList(noMinorUnit) + ") THEN 1 WHEN " + c + " IN (" + codeList(threeDigits) + ") THEN 1000 WHEN " + c + " IN (" + codeList(fourDigits) + ") THEN 10000 ELSE 100 END"
}

// number is SQL for a finite number, null when the text is none.
func (f *plannedField) number(text, kind string) string {
	mark := f.decimal
	if mark == "" {
		mark = f.shape.decimal
	}
	sql := plainNumber(text, kind)
	switch {
	case mark == mixed:
		sql = "CASE WHEN regexp_matches(" + stripped(text) + ", " + evident(",") + ") THEN " + markedNumber(text, ",", kind) +
			" WHEN regexp_matches(" + stripped(text) + ", " + open("[.,]") + ") THEN NULL ELSE " + markedNumber(text, ".", kind) + " END"
	case mark != "":
		sql = markedNumber(text, mark, kind)
	}
	if f.multiply != 0 {
		sql = "(" + sql + " * " + strconv.FormatFloat(f.multiply, 'f', -1, 64) + ")"
		if strings.HasPrefix(kind, "DECIMAL") {
			sql = "CAST(" + sql + " AS " + kind + ")"
		}
	}
	return sql
}

// plainNumber reads digits with a decimal point. The engine also takes 1_000 for
// a number, which strangeNumber tells, and nan and inf for a DOUBLE.
func plainNumber(text, kind string) string { return "TRY_CAST(" + text + " AS " + kind + ")" }

// strangeNumber is SQL that is true for a text that the engine takes for a number
// and we do not.
func strangeNumber(text string) string {
	return "contains(" + text + ", '_')"
}

// strangeTime is SQL that is true for a time that nobody means.
func strangeTime(value string) string {
	return "(" + value + " < " + earliest + " OR " + value + " >= " + latest + ")"
}

// markedNumber reads a number with the given decimal mark and perhaps the other
// one between thousands.
func markedNumber(text, mark, kind string) string {
	s, decimal, thousands := stripped(text), `\.`, ","
	digits := "replace(" + s + ", ',', '')"
	if mark == "," {
		decimal, thousands = ",", `\.`
		digits = "replace(replace(" + s + ", '.', ''), ',', '.')"
	}
	pattern := `[-+]?(\d{1,3}(` + thousands + `\d{2,3})*` + thousands + `\d{3}|\d*)(` + decimal + `\d*)?([eE][-+]?\d+)?`
	return "CASE WHEN regexp_full_match(" + s + ", '" + pattern + "') THEN " + plainNumber(digits, kind) + " END"
}

// timeValue is SQL for a time in UTC.
func (f *plannedField) timeValue(text string) string {
	var sql string
	switch f.format {
	case "":
		sql = f.shapedTime(text)
	case "iso":
		sql = isoTime(text, f.zone)
	case "dmy", "mdy":
		sql = generalTime(text, f.zone, f.format)
	case "epoch_s":
		sql = epochTime(text, 1e6)
	case "epoch_ms":
		sql = epochTime(text, 1e3)
	default:
		sql = zoned("try_strptime("+text+", "+literal(f.format)+")", f.zone)
	}
	if f.days != "" {
		sql += " + to_microseconds(CAST(round(" + warehouse.Quote("days_"+f.Name) + " * 86400000000) AS BIGINT))"
	}
	if f.months != "" {
		sql += " + to_months(CAST(" + warehouse.Quote("months_"+f.Name) + " AS INTEGER))"
	}
	return sql
}

func (f *plannedField) shapedTime(text string) string {
	if !f.shape.general {
		return plainTime(text, f.zone)
	}
	return generalTime(text, f.zone, f.shape.order)
}

// zoned turns a local time into UTC.
func zoned(sql, zone string) string {
	if zone == "" || zone == "UTC" {
		return sql
	}
	return "timezone('UTC', timezone(" + literal(zone) + ", " + sql + "))"
}

// hasOffset is SQL that is true for a text with an offset after its time of day.
func hasOffset(text string) string {
	return "(contains(" + text + ", '+') OR (strlen(" + text + ") > 10 AND contains(right(" + text + ", 6), '-')))"
}

// plainTime reads ISO 8601 without offsets; Z is none.
func plainTime(text, zone string) string {
	local := "TRY_CAST(" + text + " AS TIMESTAMP)"
	if zone == "" || zone == "UTC" {
		return local
	}
	return "CASE WHEN suffix(upper(" + text + "), 'Z') THEN " + local + " ELSE " + zoned(local, zone) + " END"
}

// isoTime reads ISO 8601 and RFC 3339; only a time of day can have an offset.
// The engine's cast to TIMESTAMP drops offsets, its cast to TIMESTAMPTZ minds them.
func isoTime(text, zone string) string {
	return "CASE WHEN " + hasOffset(text) + " THEN TRY_CAST(TRY_CAST(" + withSeconds(text) + " AS TIMESTAMPTZ) AS TIMESTAMP) ELSE " + plainTime(text, zone) + " END"
}

// withSeconds completes 10:30+02:00, which the engine does not read.
func withSeconds(text string) string {
	return "regexp_replace(" + text + `, '([T ]\d{1,2}:\d{2})\s?([+-])', '\1:00\2')`
}

func epochTime(text string, microseconds float64) string {
	return fmt.Sprintf("make_timestamp(CAST(round(TRY_CAST(%s AS DECIMAL(28, 6)) * %.0f) AS BIGINT))", text, microseconds)
}

// monthNames are the formats of dates that name the month.
var monthNames = func() string {
	var list []string
	for _, date := range []string{"%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%y", "%d-%b-%Y"} {
		for _, clock := range []string{"", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p"} {
			list = append(list, literal(date+clock))
		}
	}
	return "[" + strings.Join(list, ", ") + "]"
}()

// generalTime reads each value by its shape: day/month/year in the given order
// (when that is mixed, only those that can be read one way), digits as epochs or
// compact dates, months by name, and ISO otherwise.
func generalTime(text, zone, order string) string {
	slash := "regexp_matches(" + text + ", '" + slashDate + "')"
	digits := func(pattern string) string { return "regexp_full_match(" + text + ", '" + pattern + "')" }
	return "CASE WHEN " + slash + " THEN " + slashTime(text, zone, order) +
		" WHEN " + digits(`\d{9,10}(\.\d+)?`) + " THEN " + epochTime(text, 1e6) +
		" WHEN " + digits(`\d{12,13}`) + " THEN " + epochTime(text, 1e3) +
		" WHEN " + digits(`\d{8}`) + " THEN " + zoned("try_strptime("+text+", '%Y%m%d')", zone) +
		" WHEN regexp_matches(" + text + ", '[A-Za-z]{3}') THEN coalesce(" + isoTime(text, zone) + ", " + zoned("try_strptime("+text+", "+monthNames+")", zone) + ")" +
		" ELSE " + isoTime(text, zone) + " END"
}

// slashTime turns day/month/year round into ISO. Years of two digits are of this
// century.
func slashTime(text, zone, order string) string {
	turn := func(to string) string {
		iso := "regexp_replace(" + text + `, '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}),?', '\3` + to + `')`
		iso = "regexp_replace(" + iso + `, '^(\d{1,2})[/.-](\d{1,2})[/.-](\d{2})\b,?', '20\3` + to + `')`
		clock := "[" + literal("%Y-%m-%d %I:%M %p") + ", " + literal("%Y-%m-%d %I:%M:%S %p") + "]"
		return "coalesce(" + isoTime(iso, zone) + ", " + zoned("try_strptime("+iso+", "+clock+")", zone) + ")"
	}
	dmy, mdy := turn(`-\2-\1`), turn(`-\1-\2`)
	switch order {
	case "mdy":
		return mdy
	case mixed:
		return "CASE WHEN " + dmy + " IS NULL OR " + dmy + " = " + mdy + " THEN " + mdy + " WHEN " + mdy + " IS NULL THEN " + dmy + " END"
	}
	return dmy
}
