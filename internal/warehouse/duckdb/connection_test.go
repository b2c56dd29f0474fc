package duckdb

import (
	"context"
	"errors"
	"testing"
	"time"
)

// endsAfter is a context that has ended once it was asked so many times: a query
// is cancelled between two given steps of the driver.
type endsAfter struct {
	context.Context
	left int
}

func (c *endsAfter) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// The engine waits without end for what a file's last user left behind.
func TestFileOpensAgainAfterACancelledQuery(t *testing.T) {
	const steps, repetitions, kinds = 10, 2, 3
	dir, cancelled, done := t.TempDir(), 0, make(chan error, 1)
	go func() {
		for range repetitions {
			for step := range steps {
				for _, ask := range []func(context.Context, *DB) error{query, change, begin} {
					err := openAndAsk(&endsAfter{t.Context(), step}, dir, ask)
					if errors.Is(err, context.Canceled) {
						cancelled++
					} else if err != nil {
						done <- err
						return
					}
				}
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil || cancelled < steps/2*repetitions*kinds || cancelled == steps*repetitions*kinds {
			t.Errorf("%d of %d queries were cancelled, and then %v", cancelled, steps*repetitions*kinds, err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the file does not open any more")
	}
}

func query(ctx context.Context, db *DB) error {
	var n int64
	return db.sql.QueryRowContext(ctx, "SELECT coalesce(max(cursor), 0) FROM stream WHERE source = ?", "lrs").Scan(&n)
}

func change(ctx context.Context, db *DB) error {
	_, err := db.sql.ExecContext(ctx, "DELETE FROM refresh_key WHERE part = ?", "none")
	return err
}

func begin(ctx context.Context, db *DB) error {
	tx, err := db.sql.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return tx.Rollback()
}

func openAndAsk(ctx context.Context, dir string, ask func(context.Context, *DB) error) error {
	db, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	return errors.Join(ask(ctx, db), db.Close())
}
