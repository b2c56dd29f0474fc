package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

// changes tells those who wait that something has happened.
type changes struct {
	mu   sync.Mutex
	last int64
	more chan struct{} // closed at the next change
}

func (c *changes) init() { c.more = make(chan struct{}) }

func (c *changes) set(last int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = last
	close(c.more)
	c.more = make(chan struct{})
}

func (c *changes) get() (last int64, more <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last, c.more
}

// AwaitChange implements state.Feed.
func (s *Store) AwaitChange(ctx context.Context, after int64) error {
	for {
		last, more := s.changes.get()
		if last > after {
			return nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.done:
			return errClosed(s.path)
		}
	}
}

// LastChange implements state.Feed.
func (s *Store) LastChange(context.Context) (int64, error) {
	last, _ := s.changes.get()
	return last, nil
}

const (
	// changesBytes is how much of statements is given at a time, beside the first.
	changesBytes = 8 << 20
	// removedBytes is what counts for an id: who is told of one makes much of it.
	removedBytes = 200
)

// errEnough ends the reading of changes.
var errEnough = errors.New("enough changes")

// Changes implements state.Feed.
func (s *Store) Changes(ctx context.Context, after int64, n int) ([]state.Change, error) {
	var out []state.Change
	size := 0
	err := eachRow(ctx, s.readers, func(rows *sql.Rows) error {
		c, err := scanChange(rows)
		if err != nil {
			return err
		}
		if c.Statement != nil {
			size += len(c.Statement.Body)
		}
		size += removedBytes * len(c.Removed)
		if len(out) > 0 && size > changesBytes {
			return errEnough
		}
		out = append(out, c)
		return nil
	}, changesSQL, after, n)
	if err != nil && !errors.Is(err, errEnough) {
		return nil, s.explain(fmt.Errorf("read changes: %w", err))
	}
	return out, nil
}

// scanChange reads a row of changes.sql.
func scanChange(rows *sql.Rows) (c state.Change, err error) {
	var removed []byte
	r, err := scanRow(func(dest ...any) error {
		return rows.Scan(append([]any{&c.Seq, &removed}, dest...)...)
	})
	if err != nil {
		return c, err
	}
	if len(removed) > 0 {
		for ; len(removed) >= len(uuid{}); removed = removed[len(uuid{}):] {
			c.Removed = append(c.Removed, toUUID(removed).String())
		}
		return c, nil
	}
	c.Statement, c.Voids = &r.Statement, r.voids()
	return c, nil
}

// Cursor implements state.Feed.
func (s *Store) Cursor(ctx context.Context, reader string) (int64, error) {
	var seq int64
	err := s.readers.QueryRowContext(ctx, "SELECT seq FROM cursor WHERE reader = $1", reader).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return seq, s.explain(err)
}

// SetCursor implements state.Feed.
func (s *Store) SetCursor(ctx context.Context, reader string, seq int64) error {
	return s.write(ctx, 1, 0, func(t *txn) error {
		return t.exec(`INSERT INTO cursor (reader, seq) VALUES ($1, $2)
			ON CONFLICT (reader) DO UPDATE SET seq = excluded.seq`, reader, seq)
	})
}

// refreshTime bounds how long a reader waits for a mark to be written.
const refreshTime = 250 * time.Millisecond

// ConsistentThrough implements state.Statements.
func (s *Store) ConsistentThrough() time.Time {
	through, due := s.stamps.consistent()
	if due && s.refresh.TryLock() {
		defer s.refresh.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), refreshTime)
		defer cancel()
		if s.write(ctx, 1, 0, func(*txn) error { return nil }) == nil {
			through, _ = s.stamps.consistent()
		}
	}
	return fromMicros(through)
}
