package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/liftmark/liftmark/internal/fault"
)

// Backup implements the method of state.Store. Writing goes on meanwhile.
//
// Errors: fault.Conflict when the file exists.
func (s *Store) Backup(ctx context.Context, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "%s exists: choose another name for the backup", path)
	}
	if err != nil {
		return fault.New(fault.Unavailable, "the backup %s cannot be written: see that its directory exists and is writable: %w", path, err)
	}
	defer func() { _ = f.Close() }() // closed for its data below
	if _, err = s.readers.ExecContext(ctx, "VACUUM INTO $1", path); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(fault.New(fault.Unavailable, "back up %s to %s: %w", s.path, path, err), os.Remove(path))
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("close the backup %s: %w", path, err)
	}
	return nil
}
