package metric_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/metric"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
)

// workspace makes facts from CSV texts by file stem. Amounts of money are in
// minor units; a column attributes.NAME is a further column.
func workspace(t testing.TB, files map[string]string) *duckdb.DB {
	t.Helper()
	db, err := duckdb.Open(t.Context(), "", duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for name, text := range files {
		insert(t, db, name, text)
	}
	tx, err := db.SQL().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Refresh(t.Context(), tx, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return db
}

func insert(t testing.TB, db *duckdb.DB, name, text string) {
	t.Helper()
	fact, ok := record.Find(name)
	if !ok {
		t.Fatalf("no fact %q", name)
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.TrimLeadingSpace = true
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for i, row := range rows[1:] {
		columns, marks, args := []string{"batch", `"row"`}, []string{"1", fmt.Sprint(i + 1)}, []any{}
		var keys, values []string
		for j, column := range rows[0] {
			if key, ok := strings.CutPrefix(column, "attributes."); ok {
				keys, values = append(keys, key), append(values, row[j])
				continue
			}
			f, ok := fact.Field(column)
			if !ok {
				t.Fatalf("%s has no field %q", name, column)
			}
			columns = append(columns, warehouse.Quote(column))
			marks = append(marks, "CAST(nullif(?, '') AS "+warehouse.ColumnType(f.Type)+")")
			args = append(args, row[j])
		}
		columns, marks, args = append(columns, "attributes"), append(marks, "map(CAST(? AS VARCHAR[]), CAST(? AS VARCHAR[]))"), append(args, keys, values)
		statement := "INSERT INTO " + warehouse.Quote(fact.Table()) + " (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(marks, ", ") + ")"
		if _, err := db.SQL().Exec(statement, args...); err != nil {
			t.Fatalf("%s row %d: %v", name, i+1, err)
		}
	}
}

func standard(t testing.TB) *metric.Library {
	t.Helper()
	l, err := metric.Standard()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func service(t testing.TB, files map[string]string) *metric.Service {
	t.Helper()
	return metric.NewService(workspace(t, files), standard(t), metric.Options{})
}
