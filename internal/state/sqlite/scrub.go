package sqlite

import (
	"context"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
)

// What Scrub waits for.
const (
	scrubTime  = 30 * time.Second
	scrubPause = 20 * time.Millisecond
)

// Scrub implements state.Upkeep. Deleting overwrites with zeros. What is left to
// do is to move the log into the file and to empty it, and to write the file
// anew: SQLite leaves copies of rows where it has moved them between pages.
func (s *Store) Scrub(ctx context.Context) error {
	err := s.write(ctx, 1, 0, func(t *txn) error {
		return t.exec("INSERT INTO mark (name, value) VALUES ('vacuum', 1) ON CONFLICT DO NOTHING")
	})
	if err != nil {
		return err
	}
	return s.shedLog(ctx)
}

// vacuum writes the file anew where that is due.
func (s *Store) vacuum(ctx context.Context) error {
	var due bool
	err := s.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM mark WHERE name = 'vacuum')").Scan(&due)
	if err != nil || !due {
		return err
	}
	for _, do := range []string{"VACUUM", "DELETE FROM mark WHERE name = 'vacuum'", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := s.conn.ExecContext(ctx, do); err != nil {
			return fmt.Errorf("write the file anew, from which was deleted: %w", err)
		}
	}
	return nil
}

// shedLog empties the log when nobody needs it any more.
func (s *Store) shedLog(ctx context.Context) error {
	for began := time.Now(); ; {
		empty := false
		err := s.chore(ctx, func() (err error) {
			empty, err = s.emptyLog()
			return err
		})
		if err != nil || empty {
			return s.explain(err)
		}
		if time.Since(began) > scrubTime {
			return fault.New(fault.Unavailable, "what was deleted can still be read from the log beside %s, because something reads its old state: try again when the backup has ended", s.path)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(scrubPause):
		}
	}
}

// emptyLog says whether it could, without waiting for those who read.
func (s *Store) emptyLog() (bool, error) {
	ctx := context.Background()
	if err := s.checkpoint(ctx, "PASSIVE"); err != nil {
		return false, err
	}
	if _, err := s.conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return false, err
	}
	defer func() { _, _ = s.conn.ExecContext(ctx, fmt.Sprint("PRAGMA busy_timeout = ", busyMillis)) }() // waiting less does no harm
	var busy, length, moved int
	err := s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &length, &moved)
	if err != nil {
		return false, fmt.Errorf("empty the log: %w", err)
	}
	return busy == 0, nil
}

// chore is work of the writer outside transactions.
type chore struct {
	run  func() error
	done chan error
}

// chore has the writer do something between two groups and returns when it has.
func (s *Store) chore(ctx context.Context, run func() error) error {
	c := chore{run, make(chan error, 1)}
	select {
	case s.chores <- c:
		return <-c.done
	case <-s.done:
		return errClosed(s.path)
	case <-ctx.Done():
		return ctx.Err()
	}
}
