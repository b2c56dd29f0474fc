package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/liftmark/liftmark/internal/fault"
)

// Compact writes the facts of a workspace that nobody has open anew: what was
// deleted or replaced leaves its bytes in the file's free space until then. The
// old file is replaced when the new one is complete.
//
// Errors: those of Open, and fault.Unavailable when the disk cannot hold both.
func Compact(ctx context.Context, dir string) (err error) {
	path := filepath.Join(dir, FileName)
	fresh := path + ".compact"
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.New(fault.Unavailable, "cannot remove what an interrupted compaction left: %w", err)
	}
	db, err := Open(ctx, dir, Options{})
	if err != nil {
		return err
	}
	err = db.Backup(ctx, fresh)
	if err = errors.Join(err, db.Close()); err != nil {
		_ = os.Remove(fresh)
		return fmt.Errorf("compact the facts: %w", err)
	}
	// Closing wrote the log into the old file; none may outlive it.
	if err := os.Remove(path + ".wal"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := errors.Join(syncFile(fresh), os.Rename(fresh, path)); err != nil {
		return fault.New(fault.Unavailable, "cannot put the compacted facts in place: %w", err)
	}
	return syncFile(dir)
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
