package duckdb

import (
	"context"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	driver "github.com/duckdb/duckdb-go/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/liftmark/liftmark/internal/warehouse"
)

// insert appends rows to a fact's table, within the transaction. Attributes
// travel as one text each, of which the engine makes a map: handed over entry
// by entry they would cost more than all the rest.
func (t *taking) insert(ctx context.Context, l *layout, rows []stored) error {
	err := t.conn.Raw(func(raw any) (err error) {
		conn, ok := raw.(*connection)
		if !ok {
			return fmt.Errorf("the engine's connection is a %T", raw)
		}
		types, err := l.types()
		if err != nil {
			return err
		}
		appender, err := driver.NewQueryAppender(conn.Engine(), l.insertion(), "arriving", types, l.names)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, appender.CloseWithCancel(ctx)) }()
		values := make([]sqldriver.Value, 0, len(l.names))
		for _, row := range rows {
			values = l.values(row, values)
			if err := appender.AppendRow(values...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return nil
}

// insertion is the statement that stores what is arriving.
func (l *layout) insertion() string {
	last := l.attributes()
	return "INSERT INTO " + l.table() + " (" + quoteAll(l.names) + ") SELECT " + quoteAll(l.names[:last]) +
		`, from_json(attributes, '"MAP(VARCHAR, VARCHAR)"') FROM arriving`
}

// types are the columns' types as they arrive.
func (l *layout) types() ([]driver.TypeInfo, error) {
	kinds := map[string]driver.Type{"VARCHAR": driver.TYPE_VARCHAR, "BIGINT": driver.TYPE_BIGINT, "INTEGER": driver.TYPE_INTEGER,
		"DOUBLE": driver.TYPE_DOUBLE, "BOOLEAN": driver.TYPE_BOOLEAN, "TIMESTAMP": driver.TYPE_TIMESTAMP}
	list := make([]driver.TypeInfo, len(l.names))
	for i := range l.names {
		kind := "VARCHAR" // attributes
		switch {
		case i == 1:
			kind = "BIGINT"
		case i < l.first:
			kind = "INTEGER"
		case i < l.attributes():
			kind = warehouse.ColumnType(l.fact.Fields[i-l.first].Type)
		}
		info, err := driver.NewTypeInfo(kinds[strings.ToUpper(kind)])
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", l.names[i], err)
		}
		list[i] = info
	}
	return list, nil
}

// values gives the row as it is appended, attributes sorted by name.
func (l *layout) values(row stored, into []sqldriver.Value) []sqldriver.Value {
	into = into[:0]
	for _, v := range row {
		into = append(into, v)
	}
	if attributes, ok := row[l.attributes()].(map[string]string); ok {
		into[l.attributes()] = object(attributes)
	}
	return into
}

// object writes texts by name as a JSON object. What is not UTF-8 in them is
// replaced.
func object(m map[string]string) []byte {
	out := make([]byte, 0, 32*len(m)+2)
	out = append(out, '{')
	for i, name := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, name)
		out = append(out, ':')
		out, _ = jsontext.AppendQuote(out, m[name])
	}
	return append(out, '}')
}
