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
	const steps, repetitions = 12, 3
	dir, cancelled, done := t.TempDir(), 0, make(chan error, 1)
	go func() {
		for range repetitions {
			for step := range steps {
				err := openAndAsk(&endsAfter{t.Context(), step}, dir)
				if errors.Is(err, context.Canceled) {
					cancelled++
				} else if err != nil {
					done <- err
					return
				}
			}
		}
		done <- nil
	}()
	select {
	case err := <-done:
		if err != nil || cancelled < steps/2*repetitions || cancelled == steps*repetitions {
			t.Errorf("%d of %d queries were cancelled, and then %v", cancelled, steps*repetitions, err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the file does not open any more")
	}
}

func openAndAsk(ctx context.Context, dir string) error {
	db, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	var n int64
	err = db.sql.QueryRowContext(ctx, "SELECT coalesce(max(cursor), 0) FROM stream WHERE source = ?", "lrs").Scan(&n)
	return errors.Join(err, db.Close())
}
