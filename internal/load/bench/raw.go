package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // the engine of the facts
	_ "github.com/mattn/go-sqlite3"    // the engine of the record store

	"github.com/liftmark/liftmark/internal/load"
)

// rawStatements measures SQLite alone: the same bodies, in durable transactions
// of n, with an id and nothing else to find them by.
func rawStatements(v load.Variety, n int) func(context.Context, time.Duration) (float64, error) {
	return func(ctx context.Context, d time.Duration) (rate float64, err error) {
		return inScratch(func(dir string) (float64, error) {
			db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "raw.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
			if err != nil {
				return 0, err
			}
			defer func() { err = errors.Join(err, db.Close()) }()
			db.SetMaxOpenConns(1)
			if _, err := db.ExecContext(ctx, `CREATE TABLE statement (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)`); err != nil {
				return 0, err
			}
			source := load.NewSource(v, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			m := load.Run(ctx, 1, d, func(ctx context.Context, _ int) (int, error) { return n, insertRaw(ctx, db, source, n) })
			return m.PerSecond(), m.FirstError
		})
	}
}

func insertRaw(ctx context.Context, db *sql.DB, source *load.Source, n int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	insert, err := tx.PrepareContext(ctx, `INSERT INTO statement (id, body) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for range n {
		id, body := source.Statement()
		if _, err := insert.ExecContext(ctx, id, body); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// rawPages measures SQLite alone: pages of 50 bodies, one behind the other, read
// by two connections.
func rawPages(ctx context.Context, d time.Duration) (float64, error) {
	return inScratch(func(dir string) (rate float64, err error) {
		const rows, page = 5000, 50
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "raw.db")+"?_journal_mode=WAL")
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		if _, err := db.ExecContext(ctx, `CREATE TABLE statement (seq INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)`); err != nil {
			return 0, err
		}
		if err := insertRaw(ctx, db, load.NewSource(load.High, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)), rows); err != nil {
			return 0, err
		}
		turns := make([]int, 2)
		m := load.Run(ctx, len(turns), d, func(ctx context.Context, i int) (int, error) {
			turns[i]++
			return 1, readRaw(ctx, db, (turns[i]*len(turns)+i)*page%rows, page)
		})
		return m.PerSecond(), m.FirstError
	})
}

func readRaw(ctx context.Context, db *sql.DB, after, n int) (err error) {
	rows, err := db.QueryContext(ctx, `SELECT body FROM statement WHERE seq > ? ORDER BY seq LIMIT ?`, after, n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rawEvents measures DuckDB alone: the same events parsed by its own reader of
// JSON, inserted in durable transactions of 1,000.
func rawEvents(ctx context.Context, d time.Duration) (float64, error) {
	return inScratch(func(dir string) (rate float64, err error) {
		db, err := sql.Open("duckdb", filepath.Join(dir, "raw.duckdb"))
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, db.Close()) }()
		if _, err := db.ExecContext(ctx, `CREATE TABLE usage (event_id VARCHAR, time TIMESTAMP, person_id VARCHAR, account_id VARCHAR, feature VARCHAR)`); err != nil {
			return 0, err
		}
		source := load.NewSource(load.High, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		m := load.Run(ctx, 1, d, func(ctx context.Context, _ int) (int, error) {
			_, body := source.Events(1000)
			_, err := db.ExecContext(ctx, `INSERT INTO usage SELECT e->>'messageId', (e->>'timestamp')::TIMESTAMPTZ, e->>'userId', e->'context'->>'groupId', e->>'event' FROM (SELECT unnest(CAST(CAST(? AS JSON)->'batch' AS JSON[])) AS e)`, string(body))
			return 1000, err
		})
		return m.PerSecond(), m.FirstError
	})
}

func inScratch(do func(dir string) (float64, error)) (rate float64, err error) {
	dir, err := os.MkdirTemp("", "liftmark-raw-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return do(dir)
}
