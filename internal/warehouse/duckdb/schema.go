package duckdb

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings an opened file to the present schema: first the dated
// migrations that it has not had, then the fact tables.
func (db *DB) migrate(ctx context.Context) error {
	tx, err := db.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	if err := applyMigrations(ctx, tx); err != nil {
		return err
	}
	columns, err := columnsThere(ctx, tx)
	if err != nil {
		return err
	}
	for i := range record.Facts {
		if err := ensureFact(ctx, tx, &record.Facts[i], columns); err != nil {
			return fmt.Errorf("table of %s: %w", record.Facts[i].Name, err)
		}
	}
	return tx.Commit()
}

func applyMigrations(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migration (name VARCHAR PRIMARY KEY)`); err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "migrations/*.sql") // sorted, and the names are dated
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := applyMigration(ctx, tx, name); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

func applyMigration(ctx context.Context, tx *sql.Tx, name string) error {
	var done bool
	if err := tx.QueryRowContext(ctx, `SELECT count(*) > 0 FROM migration WHERE name = ?`, name).Scan(&done); err != nil || done {
		return err
	}
	text, err := migrations.ReadFile(name)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO migration VALUES (?)`, name)
	return err
}

// columnsThere gives the columns of all tables, as "table.column".
func columnsThere(ctx context.Context, tx *sql.Tx) (map[string]bool, error) {
	list, err := texts(ctx, tx, "SELECT table_name || '.' || column_name FROM duckdb_columns() WHERE NOT internal")
	there := make(map[string]bool, len(list))
	for _, name := range list {
		there[name] = true
	}
	return there, err
}

// ensureFact creates a fact's table and view, and adds columns that a newer
// version of the program brought. No keys or indexes: they make bulk loads
// four times slower, and the importer deduplicates by anti-join.
func ensureFact(ctx context.Context, tx *sql.Tx, fact *record.Fact, there map[string]bool) error {
	table := warehouse.Quote(fact.Table())
	statements := []string{"CREATE TABLE " + table + " (" + strings.Join(columnsOf(fact), ", ") + ")"}
	if there[fact.Table()+".batch"] {
		statements = nil
		for _, f := range fact.Fields {
			if !there[fact.Table()+"."+f.Name] {
				statements = append(statements, "ALTER TABLE "+table+" ADD COLUMN "+warehouse.Quote(f.Name)+" "+warehouse.ColumnType(f.Type))
			}
		}
	}
	if fact.Versioned {
		statements = append(statements, "CREATE OR REPLACE VIEW "+warehouse.Quote(fact.Name)+" AS SELECT * EXCLUDE (superseded_by) FROM "+table+" WHERE superseded_by IS NULL")
	}
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

func columnsOf(fact *record.Fact) []string {
	columns := []string{"batch INTEGER NOT NULL", `"row" BIGINT NOT NULL`}
	if fact.Versioned {
		columns = append(columns, "superseded_by INTEGER")
	}
	for _, f := range fact.Fields {
		columns = append(columns, warehouse.Quote(f.Name)+" "+warehouse.ColumnType(f.Type))
	}
	return append(columns, "attributes MAP(VARCHAR, VARCHAR)")
}
