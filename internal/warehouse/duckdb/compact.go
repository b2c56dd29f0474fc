package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/liftmark/liftmark/internal/fault"
)

// What lies beside the facts' file: the new one while it is being written, and
// a mark, an empty file, that says that it is to be written.
const (
	freshName = FileName + ".compact"
	dueName   = FileName + ".compact-due"
)

// Compact writes the facts of a workspace that nobody has open anew: what was
// deleted or replaced leaves its bytes in the file's free space until then. The
// old file is replaced when the new one is complete.
//
// Errors: those of Open, and fault.Unavailable when the disk cannot hold both.
func Compact(ctx context.Context, dir string, opt Options) error {
	path, fresh := filepath.Join(dir, FileName), filepath.Join(dir, freshName)
	if err := remove(fresh); err != nil {
		return err
	}
	db, err := openFile(ctx, dir, opt)
	if err != nil {
		return err
	}
	err = db.Backup(ctx, fresh)
	if err = errors.Join(err, db.Close()); err != nil {
		return errors.Join(fmt.Errorf("compact the facts: %w", err), remove(fresh))
	}
	// Closing wrote the log into the old file; none may outlive it.
	if err := errors.Join(remove(path+".wal"), syncFile(fresh), os.Rename(fresh, path), syncFile(dir)); err != nil {
		return fault.New(fault.Unavailable, "cannot put the compacted facts in place: %w", err)
	}
	return remove(filepath.Join(dir, dueName))
}

// markCompact says that the file is to be written anew when it is opened next.
func (db *DB) markCompact() error {
	if db.dir == "" {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(db.dir, dueName), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "cannot mark the facts to be compacted: %w", err)
	}
	return errors.Join(f.Close(), syncFile(db.dir))
}

// compactDue compacts a file that is marked.
func compactDue(ctx context.Context, dir string, opt Options) error {
	if dir == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(dir, dueName)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := Compact(ctx, dir, opt)
	if fault.KindOf(err) == fault.Unavailable {
		return nil // no room for both, say: the facts can be used, and the mark stays
	}
	return err
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.New(fault.Unavailable, "cannot remove a file: %w", err)
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
