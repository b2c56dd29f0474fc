package file

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/record"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// List gives the batches, the latest first, with those that were rolled back.
func (im *Importer) List(ctx context.Context) ([]Batch, error) {
	rows, err := im.DB.SQL().QueryContext(ctx, `SELECT batch, imported_at, source, rolled_back_at, coalesce(file, ''), coalesce(fact, ''), coalesce(sha256, ''),
		coalesce(rows_read, 0), coalesce(rows_added, 0), coalesce(rows_replaced, 0), coalesce(rows_unchanged, 0), coalesce(rows_duplicate, 0), coalesce(rows_rejected, 0), coalesce(rows_skipped, 0)
		FROM batch LEFT JOIN batch_file USING (batch) ORDER BY batch DESC, file, fact`)
	if err != nil {
		return nil, fmt.Errorf("list the batches: %w", err)
	}
	defer func() { _ = rows.Close() }()
	list := []Batch{}
	for rows.Next() {
		var b Batch
		var f BatchFile
		var undone sql.NullTime
		b.Files = []BatchFile{}
		if err := rows.Scan(&b.Batch, &b.ImportedAt, &b.Source, &undone, &f.File, &f.Fact, &f.SHA256,
			&f.Rows.Read, &f.Rows.Added, &f.Rows.Replaced, &f.Rows.Unchanged, &f.Rows.Duplicate, &f.Rows.Rejected, &f.Rows.Skipped); err != nil {
			return nil, err
		}
		if undone.Valid {
			b.RolledBackAt = &undone.Time
		}
		if len(list) == 0 || list[len(list)-1].Batch != b.Batch {
			list = append(list, b)
		}
		if f.File != "" {
			last := &list[len(list)-1]
			last.Files = append(last.Files, f)
		}
	}
	return list, rows.Err()
}

// RollbackReport tells what a rollback took away.
type RollbackReport struct {
	Batch    int   `json:"batch"`
	Removed  int64 `json:"removed"`  // rows of the batch
	Restored int64 `json:"restored"` // earlier versions that count again
}

// Rollback takes a batch back: its rows go, and the versions that they replaced
// count again. When a later batch replaced one of its rows, that later row
// stays, and rolling it back in turn restores what was before both.
//
// Errors: fault.NotFound; fault.Conflict when it is rolled back already, or when
// a later batch said again what this one holds, for those rows would be lost, or
// when the batch is that of a source which brings its rows by itself.
func (im *Importer) Rollback(ctx context.Context, batch int) (RollbackReport, error) {
	report := RollbackReport{Batch: batch}
	err := im.DB.Alone(ctx, func(tx *sql.Tx) error { return im.rollBack(ctx, tx, batch, &report) })
	return report, im.DB.Describe(err)
}

func (im *Importer) rollBack(ctx context.Context, tx *sql.Tx, batch int, report *RollbackReport) error {
	if err := mayRollBack(ctx, tx, batch); err != nil {
		return err
	}
	for i := range record.Facts {
		if err := rollBackFact(ctx, tx, &record.Facts[i], batch, report); err != nil {
			return fmt.Errorf("roll back %s: %w", record.Facts[i].Name, err)
		}
	}
	for _, statement := range []struct {
		text string
		args []any
	}{
		{"UPDATE batch SET rolled_back_at = ? WHERE batch = ?", []any{im.Now().UTC(), batch}},
		{"DELETE FROM batch_reliance WHERE batch = ?", []any{batch}},
	} {
		if _, err := tx.ExecContext(ctx, statement.text, statement.args...); err != nil {
			return err
		}
	}
	return im.DB.Refresh(ctx, tx, im.Now())
}

func mayRollBack(ctx context.Context, tx *sql.Tx, batch int) error {
	var undone sql.NullTime
	switch err := tx.QueryRowContext(ctx, "SELECT rolled_back_at FROM batch WHERE batch = ?", batch).Scan(&undone); {
	case errors.Is(err, sql.ErrNoRows):
		return fault.New(fault.NotFound, "there is no batch %d; import list shows the batches", batch)
	case err != nil:
		return err
	case undone.Valid:
		return fault.New(fault.Conflict, "batch %d was rolled back already, on %s", batch, undone.Time.Format("2 Jan 2006 15:04 MST"))
	}
	var source string
	switch err := tx.QueryRowContext(ctx, "SELECT source FROM stream WHERE batch = ?", batch).Scan(&source); {
	case err == nil:
		return fault.New(fault.Conflict, "batch %d holds what arrives by itself (%s) and cannot be rolled back; delete it where it came in, by date range or by person", batch, source)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT 'batch ' || batch || ' (' || CASE sum("rows") WHEN 1 THEN '1 row' ELSE format('{:,}', sum("rows")::BIGINT) || ' rows' END || ')' FROM batch_reliance WHERE owner = ? GROUP BY batch ORDER BY batch DESC`, batch)
	if err != nil {
		return err
	}
	later, err := scanTexts(rows)
	if err == nil && len(later) > 0 {
		err = fault.New(fault.Conflict, "batch %d holds rows that were imported again later and stored only once: %s; roll back those first, in this order, or their rows would be lost", batch, strings.Join(later, ", "))
	}
	return err
}

func rollBackFact(ctx context.Context, tx *sql.Tx, fact *record.Fact, batch int, report *RollbackReport) error {
	table := warehouse.Quote(fact.Table())
	if fact.Versioned {
		// A row that this batch replaced is now replaced by whoever replaced
		// this batch's row: nobody, or a later batch.
		var tests []string
		for _, k := range fact.Key {
			tests = append(tests, "mine."+warehouse.Quote(k)+" IS NOT DISTINCT FROM old."+warehouse.Quote(k))
		}
		if _, err := tx.ExecContext(ctx, `CREATE OR REPLACE TEMP TABLE undone AS SELECT old.rowid AS id, mine.superseded_by AS heir FROM `+table+` old LEFT JOIN (SELECT * FROM `+table+` WHERE batch = ?) mine ON `+strings.Join(tests, " AND ")+` WHERE old.superseded_by = ?`, batch, batch); err != nil {
			return err
		}
		result, err := tx.ExecContext(ctx, `UPDATE `+table+` SET superseded_by = undone.heir FROM undone WHERE `+table+`.rowid = undone.id`)
		if err != nil {
			return err
		}
		var restored int64
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM undone WHERE heir IS NULL`).Scan(&restored); err != nil {
			return err
		}
		if _, err := result.RowsAffected(); err != nil {
			return err
		}
		report.Restored += restored
		if _, err := tx.ExecContext(ctx, `DROP TABLE undone`); err != nil {
			return err
		}
	}
	result, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE batch = ?", batch)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	report.Removed += n
	return err
}
