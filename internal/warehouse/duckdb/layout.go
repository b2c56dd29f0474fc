package duckdb

import (
	"maps"
	"math"
	"slices"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// layout is how rows of a fact lie in its table: batch, row, for versions
// superseded_by, the fields in the fact's order, the attributes.
type layout struct {
	fact  *record.Fact
	names []string // of all columns
	index map[string]int
	first int // column of the first field
}

func newLayout(fact *record.Fact) *layout {
	l := &layout{fact: fact, names: []string{"batch", "row"}, index: map[string]int{}}
	if fact.Versioned {
		l.names = append(l.names, "superseded_by")
	}
	l.first = len(l.names)
	for _, f := range fact.Fields {
		l.names = append(l.names, f.Name)
	}
	l.names = append(l.names, "attributes")
	for i, name := range l.names {
		l.index[name] = i
	}
	return l
}

func layouts() map[string]*layout {
	all := map[string]*layout{}
	for i := range record.Facts {
		all[record.Facts[i].Name] = newLayout(&record.Facts[i])
	}
	return all
}

// attributes is the column of the attributes, the last one.
func (l *layout) attributes() int { return len(l.names) - 1 }

// key is the column that names a row: the first field of the fact's key.
func (l *layout) key() int { return l.index[l.fact.Key[0]] }

// at is the column that dates a row.
func (l *layout) at() int { return l.index[l.fact.At] }

// table is the quoted name of the table.
func (l *layout) table() string { return warehouse.Quote(l.fact.Table()) }

// stored is a row as it lies in the table: nil, string, int32 for batches,
// int64, float64, bool, time.Time to the microsecond in UTC, and for the
// attributes a map[string]string, nil when there are none.
type stored []any

// check says what is wrong with a row that arrives: a field that the fact does
// not have, a value of the wrong type, or, where it must be whole, one missing.
func (l *layout) check(row *warehouse.Row) error {
	for name, value := range row.Values {
		field, ok := l.fact.Field(name)
		if !ok {
			return l.wrong(row, "%s has no field %q", l.fact.Name, name)
		}
		if value == nil {
			continue
		}
		if _, ok := fit(field, value); !ok {
			return l.wrong(row, "%s is no %s that %s can be", shorten(value), field.Type, name)
		}
	}
	for _, field := range l.fact.Fields {
		if field.Required && row.Values[field.Name] == nil {
			return l.wrong(row, "%s is missing", field.Name)
		}
	}
	return nil
}

func (l *layout) wrong(row *warehouse.Row, format string, args ...any) error {
	return fault.New(fault.Invalid, "%s, row %d: "+format, append([]any{l.fact.Name, row.Row}, args...)...)
}

// shorten shows a value's kind, not the value, for it may be personal.
func shorten(value any) string {
	switch v := value.(type) {
	case string:
		return "a text"
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return "an infinite number"
		}
		return "a number"
	case int64:
		return "a whole number"
	case bool:
		return "a boolean"
	case time.Time:
		return "a time"
	}
	return "a value of an unknown type"
}

// fit gives a value as the column stores it, and whether the field takes it.
func fit(field record.Field, value any) (any, bool) {
	switch v := value.(type) {
	case string:
		textual := field.Type == record.Text || field.Type == record.Email || field.Type == record.Country || field.Type == record.Currency || field.Type == record.Zone
		return v, v != "" && (textual || field.Type == record.Enum && slices.Contains(field.Values, v))
	case int64:
		if field.Type == record.Number {
			return fit(field, float64(v))
		}
		return v, (field.Type == record.Integer || field.Type == record.Money) && within(field, float64(v))
	case float64:
		return v, field.Type == record.Number && !math.IsNaN(v) && !math.IsInf(v, 0) && within(field, v)
	case bool:
		return v, field.Type == record.Boolean
	case time.Time:
		v = v.UTC().Truncate(time.Microsecond)
		return v, field.Type == record.Time && v.Year() >= 1 && v.Year() <= 9999
	}
	return nil, false
}

func within(field record.Field, v float64) bool {
	return (field.Min == nil || v >= *field.Min) && (field.Max == nil || v <= *field.Max)
}

// lay makes a stored row of one that was checked.
func (l *layout) lay(row *warehouse.Row, batch int32) stored {
	out := make(stored, len(l.names))
	out[0], out[1] = batch, row.Row
	for i, field := range l.fact.Fields {
		if value := row.Values[field.Name]; value != nil {
			out[l.first+i], _ = fit(field, value)
		}
	}
	if len(row.Attributes) > 0 {
		out[l.attributes()] = row.Attributes
	}
	return out
}

// scanned makes a stored row of what the engine gave.
func (l *layout) scanned(values []any) stored {
	out := stored(slices.Clone(values))
	for i, v := range out {
		if t, ok := v.(time.Time); ok {
			out[i] = t.UTC()
		}
	}
	out[l.attributes()] = nil
	if m, ok := values[l.attributes()].(driver.OrderedMap); ok && m.Len() > 0 {
		attributes := make(map[string]string, m.Len())
		for i, k := range m.Keys() {
			attributes[text(k)] = text(m.Values()[i])
		}
		out[l.attributes()] = attributes
	}
	return out
}

// text gives a value that is a text, "" for any other.
func text(v any) string {
	s, _ := v.(string)
	return s
}

// sameContent says that two rows say the same, wherever they come from.
func (l *layout) sameContent(a, b stored) bool {
	for i := l.first; i < l.attributes(); i++ {
		if !sameValue(a[i], b[i]) {
			return false
		}
	}
	x, _ := a[l.attributes()].(map[string]string)
	y, _ := b[l.attributes()].(map[string]string)
	return maps.Equal(x, y)
}

func sameValue(a, b any) bool {
	if t, ok := a.(time.Time); ok {
		u, ok := b.(time.Time)
		return ok && t.Equal(u)
	}
	return a == b
}
