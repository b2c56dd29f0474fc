package duckdb

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// factSelect reads a fact's present rows by time and key.
func factSelect(name, attributes string) (string, error) {
	fact, ok := record.Find(name)
	if !ok {
		return "", fault.New(fault.NotFound, "there is no fact %q", name)
	}
	columns, order := make([]string, len(fact.Fields)), []string{warehouse.Quote(fact.At)}
	for i, f := range fact.Fields {
		columns[i] = warehouse.Quote(f.Name)
	}
	for _, k := range fact.Key {
		order = append(order, warehouse.Quote(k))
	}
	return "SELECT " + strings.Join(columns, ", ") + ", " + attributes + " AS attributes FROM " + warehouse.Quote(fact.Name) +
		" ORDER BY " + strings.Join(order, ", ") + `, batch, "row"`, nil
}

// FactRows calls each with a fact's present rows, by time and key: its fields
// in their order, and the attributes as a map[string]string.
func (db *DB) FactRows(ctx context.Context, fact string, each func(values []any) error) error {
	query, err := factSelect(fact, "attributes")
	if err != nil {
		return err
	}
	defer db.Roomy(ctx)()
	rows, err := db.sql.QueryContext(ctx, query)
	if err != nil {
		return describe(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return describe(err)
		}
		last := len(values) - 1
		values[last] = plain(values[last])
		if err := each(values); err != nil {
			return err
		}
	}
	return describe(rows.Err())
}

// FactParquet writes a fact's present rows to a new Parquet file, by time and
// key, attributes as JSON.
func (db *DB) FactParquet(ctx context.Context, fact, path string) error {
	query, err := factSelect(fact, "to_json(attributes)::VARCHAR")
	if err != nil {
		return err
	}
	return db.parquet(ctx, query, path)
}

// JSONParquet turns a file of JSON objects, one a line, into a new Parquet file
// with these columns. longest is the length of the longest line: the engine's
// buffers are as large.
func (db *DB) JSONParquet(ctx context.Context, jsonl, path string, columns []warehouse.Column, longest int) error {
	types, names := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		kind := c.Type
		if kind == "" {
			kind = "VARCHAR"
		}
		names[i], types[i] = warehouse.Quote(c.Name), literal(c.Name)+": "+literal(kind)
	}
	query := "SELECT " + strings.Join(names, ", ") + " FROM read_json(" + literal(jsonl) +
		fmt.Sprintf(", format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = %d, columns = {%s})", max(longest+1, 1<<20), strings.Join(types, ", "))
	return db.parquet(ctx, query, path)
}

// parquet writes what a query gives. What was begun goes when it fails.
func (db *DB) parquet(ctx context.Context, query, path string) error {
	defer db.Roomy(ctx)()
	_, err := db.sql.ExecContext(ctx, "COPY ("+query+") TO "+literal(path)+" (FORMAT parquet, COMPRESSION zstd)")
	if err != nil {
		_ = os.Remove(path)
		return describe(fmt.Errorf("write Parquet: %w", err))
	}
	return nil
}
