package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/mattn/go-sqlite3"

	"github.com/liftmark/liftmark/internal/fault"
)

// explain makes an error of SQLite one that a user can act on. A damaged file
// is not written again.
func (s *Store) explain(err error) error {
	var known *fault.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, errDamaged) {
		return s.breaks(err)
	}
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		if s.queue.ended() {
			return errClosed(s.path)
		}
		return err
	}
	return s.explainCode(lite, err)
}

func (s *Store) explainCode(lite sqlite3.Error, err error) error {
	switch lite.Code {
	case sqlite3.ErrFull:
		return fault.New(fault.Unavailable, "the disk of %s is full: free space there; writing then goes on by itself: %w", s.path, err)
	case sqlite3.ErrReadonly:
		return fault.New(fault.Unavailable, "%s cannot be written: make the file and its directory writable for this user: %w", s.path, err)
	case sqlite3.ErrIoErr:
		return fault.New(fault.Unavailable, "the disk of %s does not read or write: see that it is whole and has space left: %w", s.path, err)
	case sqlite3.ErrCantOpen, sqlite3.ErrPerm, sqlite3.ErrAuth:
		return fault.New(fault.Unavailable, "%s cannot be opened: see that it exists and belongs to this user: %w", s.path, err)
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		return fault.New(fault.Conflict, "another program uses %s: stop it, or work through the running server: %w", s.path, err)
	case sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return s.breaks(err)
	case sqlite3.ErrNomem:
		return fault.New(fault.Unavailable, "no memory left for %s: give the server more: %w", s.path, err)
	case sqlite3.ErrTooBig:
		return fault.New(fault.TooLarge, "a value is too large to be stored (limit 1 GB): %w", err)
	}
	return err
}

// breaks ends all writing, so that a damaged file does not get worse.
func (s *Store) breaks(err error) error {
	e := fault.New(fault.Unavailable,
		"%s is damaged and is not written any more: stop the server, keep a copy of the file and restore the latest backup (liftmark restore): %w", s.path, err)
	var kept *fault.Error
	if errors.As(e, &kept) {
		s.broken.CompareAndSwap(nil, kept)
	}
	return e
}

func errClosed(path string) error {
	return fault.New(fault.Unavailable, "%s is closed: the server is stopping; try again when it runs", path)
}

// ruinous says that an error concerns the file and not one request: the
// transaction may be gone, and with it what others wrote in it.
func ruinous(err error) bool {
	var lite sqlite3.Error
	if errors.Is(err, errDamaged) || errors.Is(err, sql.ErrConnDone) {
		return true
	}
	if !errors.As(err, &lite) {
		return false
	}
	return lite.Code != sqlite3.ErrConstraint && lite.Code != sqlite3.ErrTooBig && lite.Code != sqlite3.ErrError
}
