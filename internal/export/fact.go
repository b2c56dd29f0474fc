package export

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/record"
)

// factTable writes a fact as CSV, with the columns that its files have and the
// attributes as JSON. Money is written in major units, as files have it.
func (s *Service) factTable(ctx context.Context, w io.Writer, fact *record.Fact) error {
	out := csv.NewWriter(w)
	names := make([]string, 0, len(fact.Fields)+1)
	for _, f := range fact.Fields {
		names = append(names, f.Name)
	}
	if err := out.Write(append(names, "attributes")); err != nil {
		return err
	}
	currency := slices.IndexFunc(fact.Fields, func(f record.Field) bool { return f.Type == record.Currency })
	cells := make([]string, len(fact.Fields)+1)
	err := s.tables.FactRows(ctx, fact.Name, func(values []any) error {
		for i, v := range values {
			minor, isMoney := v.(int64)
			if isMoney = isMoney && i < len(fact.Fields) && fact.Fields[i].Type == record.Money; isMoney {
				code := ""
				if currency >= 0 {
					code, _ = values[currency].(string)
				}
				cells[i] = major(minor, record.MinorDigits(code))
				continue
			}
			cells[i] = cell(v)
		}
		return out.Write(cells)
	})
	out.Flush()
	return errors.Join(err, out.Error())
}

// major writes an amount of minor units in major ones, exactly.
func major(minor int64, digits int) string {
	text := strconv.FormatInt(minor, 10)
	sign := ""
	if minor < 0 {
		sign, text = "-", text[1:]
	}
	for len(text) <= digits {
		text = "0" + text
	}
	if digits == 0 {
		return sign + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// cell writes a value. Numbers, times and truth values are no formulas; texts
// may be taken for some.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return figure.Cell(v)
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case map[string]string:
		if len(v) == 0 {
			return ""
		}
		text, err := json.Marshal(v)
		if err != nil {
			return "" // a map of texts
		}
		return string(text) // begins with a brace
	}
	panic("export: no cell for such a value")
}
