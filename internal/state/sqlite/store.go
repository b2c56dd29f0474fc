// Package sqlite keeps the operational store of a workspace in one SQLite file.
//
// One goroutine writes. What waits for it goes to disk together, in one
// transaction and one fsync, and only then is acknowledged. Statements are found
// through an index of its own: places of statements by term, in chunks, the
// newest in memory and the others packed in few rows (see term.go, page.go,
// seal.go). What is in memory can be told from the rows, so that it survives.
//
// The package knows no xAPI; its neighbours are package state, whose contract it
// fulfils, and statetest, which tests it.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Store implements state.Store. The functions that a write is given (same,
// change) must not write themselves.
type Store struct {
	path    string
	opt     state.Options
	termKey []byte
	lock    *fileLock
	readers *sql.DB
	writers *sql.DB
	conn    *sql.Conn // the writer's

	queue    queue
	chores   chan chore
	stats    stats
	done     chan struct{} // closed when the writer has ended
	broken   atomic.Pointer[fault.Error]
	stamps   stamps
	changes  changes
	hot      hot
	searches line       // pages of searches that are read
	refresh  sync.Mutex // held while the mark is written for a reader

	// Of the writer alone.
	next    int64 // place of the next statement or change
	merged  int64 // chunk; earlier ones are in merged runs
	refs    bool  // any statement refers to another
	known   known
	walKept int64 // length of the log when it was last moved into the file

	mu   sync.RWMutex // guards tail; the writer alone changes it
	tail tail
}

var _ state.Store = (*Store)(nil)

// Close finishes what is queued and closes the file. Later calls do nothing.
func (s *Store) Close() error {
	if !s.queue.close() {
		return nil
	}
	<-s.done
	err := s.finish()
	return errors.Join(err, s.closeFiles())
}

// finish leaves the file as the next one would like to find it.
func (s *Store) finish() error {
	if s.broken.Load() != nil {
		return nil
	}
	t := s.newTxn()
	err := t.exec("UPDATE mark SET value = $1 WHERE name = 'stamp'", s.stamps.highest())
	if err == nil {
		err = s.checkpoint(context.Background(), "TRUNCATE")
	}
	return s.explain(err)
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.conn.Close())
	}
	for _, db := range []*sql.DB{s.readers, s.writers} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(append(errs, s.lock.release())...)
}

// Check says whether the store can be written now, by writing.
func (s *Store) Check(ctx context.Context) error {
	return s.write(ctx, 1, 0, func(t *txn) error {
		return t.exec("UPDATE mark SET value = value WHERE name = 'sealed'")
	})
}
