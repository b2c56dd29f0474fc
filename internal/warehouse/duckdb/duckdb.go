// Package duckdb keeps the facts of one workspace in one DuckDB file. It opens,
// migrates, refreshes and backs that file up and runs queries on it; what the
// rows mean is for the importer above it and the KPI compiler beside it.
package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// FileName is the name of the facts' file within a workspace's directory.
const FileName = "facts.duckdb"

// Options bound what the engine may take. Zero values choose: 512 MiB of buffer
// memory (the process takes up to twice that), all processors. Where nothing but
// streams works the memory is less.
type Options struct {
	MemoryMiB int
	Threads   int
	// Horizon is how far from an event's own time a stored one of the same key
	// is looked for: 7 days when zero, everywhere when negative.
	Horizon time.Duration
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// DB is an open facts file. One process owns it at a time.
type DB struct {
	sql     *sql.DB
	dir     string
	layouts map[string]*layout // by fact
	horizon time.Duration
	now     func() time.Time
	live    *live
	room    room
	changes *atomic.Uint64
}

// Open opens the facts of the workspace in dir, creating what is missing. An
// empty dir keeps everything in memory. A file from which a person was erased
// is written anew first; see Compact.
//
// Errors: fault.Conflict when another process has the file open,
// fault.Unavailable when it cannot be written or read.
func Open(ctx context.Context, dir string, opt Options) (*DB, error) {
	if err := compactDue(ctx, dir, opt); err != nil {
		return nil, err
	}
	return openFile(ctx, dir, opt)
}

func openFile(ctx context.Context, dir string, opt Options) (*DB, error) {
	dsn, err := prepareDir(dir)
	if err != nil {
		return nil, err
	}
	engine, err := driver.NewConnector(dsn, inUTC)
	if err != nil {
		return nil, openError(dir, err)
	}
	changes := &atomic.Uint64{}
	db := newDB(sql.OpenDB(connector{engine, changes}), dir, opt)
	db.changes = changes
	if err := db.configure(ctx, opt); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("configure the engine: %w", err)
	}
	if err := db.migrate(ctx); err != nil {
		_ = db.Close()
		return nil, describe(fmt.Errorf("migrate %s: %w", dir, err))
	}
	if err := errors.Join(db.checkHashes(ctx), db.Settle(ctx)); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func newDB(pool *sql.DB, dir string, opt Options) *DB {
	db := &DB{sql: pool, dir: dir, layouts: layouts(), horizon: opt.Horizon, now: opt.Now, live: newLive()}
	if db.horizon == 0 {
		db.horizon = 7 * 24 * time.Hour
	}
	if db.now == nil {
		db.now = time.Now
	}
	db.room.sql, db.room.full, db.room.now = pool, opt.MemoryMiB, db.now
	if db.room.full == 0 {
		db.room.full = 512
	}
	return db
}

// Revision is another number after each change of the facts, and may be after
// what changed nothing.
func (db *DB) Revision() uint64 { return db.changes.Load() }

// inUTC sets the time zone of a new connection, for it is a setting of each.
func inUTC(conn sqldriver.ExecerContext) error {
	_, err := conn.ExecContext(context.Background(), "SET TimeZone = 'UTC'", nil)
	return err
}

func prepareDir(dir string) (dsn string, err error) {
	if dir == "" {
		return "", nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fault.New(fault.Unavailable, "cannot create the workspace: %w", err)
	}
	return filepath.Join(dir, FileName), nil
}

// openError turns the engine's refusals into what the user can do about them.
func openError(dir string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "Could not set lock") || strings.Contains(text, "Unique file handle conflict"):
		return fault.New(fault.Conflict, "the workspace %s is open in another process; stop that one or wait for it to end: %w", dir, inUse{err})
	case strings.Contains(text, "Corrupt database file") || strings.Contains(text, "Could not read enough bytes"):
		return fault.New(fault.Unavailable, "%s is damaged: keep a copy of the file and restore the latest backup (liftmark restore): %w", filepath.Join(dir, FileName), err)
	case strings.Contains(text, "not a valid DuckDB database file"):
		return fault.New(fault.Invalid, "%s is not a workspace's facts file; restore a backup or choose another --data directory: %w", filepath.Join(dir, FileName), err)
	}
	return describe(fault.New(fault.Unavailable, "cannot open the workspace %s: %w", dir, err))
}

// inUse is the engine's refusal of a file that another process has.
type inUse struct{ error }

func (e inUse) Unwrap() error { return e.error }

// Is makes it fault.ErrInUse.
func (inUse) Is(target error) bool { return target == fault.ErrInUse }

// Describe gives an engine error the kind and remedy that its cause deserves;
// other errors pass unchanged.
func (db *DB) Describe(err error) error { return describe(err) }

func describe(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "No space left on device"), strings.Contains(text, "Disk quota exceeded"), strings.Contains(text, "File too large"):
		return fault.New(fault.Unavailable, "the disk is full; free some space and run the command again, nothing of it was stored: %w", err)
	case strings.Contains(text, outOfMemory):
		return fault.New(fault.Unavailable, "the memory limit was reached; raise LIFTMARK_MEMORY_MIB or split the input: %w", err)
	case strings.Contains(text, "database has been invalidated"):
		return fault.New(fault.Unavailable, "an earlier error of the disk closed the facts; mend it and start again: %w", err)
	case strings.Contains(text, "IO Error"), strings.Contains(text, "Could not write file"):
		return fault.New(fault.Unavailable, "the facts cannot be written or read; look at the disk and its permissions: %w", err)
	}
	return err
}

// outOfMemory is what the engine's errors say.
const outOfMemory = "Out of Memory Error"

// costly are the compressions of text that streams cannot afford: each checkpoint
// writes again the pieces of a table that are not full, and looks for the best
// compression of each. Without these streams take two fifths more, while
// checkpoints wait less long, and files grow by a quarter.
const costly = "fsst,dict_fsst,zstd"

func (db *DB) configure(ctx context.Context, opt Options) error {
	settings := []string{
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET disabled_compression_methods = '" + costly + "'",
	}
	if opt.Threads > 0 {
		settings = append(settings, fmt.Sprintf("SET threads = %d", opt.Threads))
	}
	for _, s := range settings {
		if _, err := db.sql.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return db.room.set(ctx, db.room.full)
}

// Close releases the file.
func (db *DB) Close() error { return db.sql.Close() }

// Dir is the workspace's directory, empty when it is kept in memory.
func (db *DB) Dir() string { return db.dir }

// SQL gives the pool of connections, for the importer and the emitter. DuckDB's
// temporary tables belong to one connection: take a Conn for them.
func (db *DB) SQL() *sql.DB { return db.sql }

// Backup writes a copy of the facts, consistent at one moment, to a new file.
func (db *DB) Backup(ctx context.Context, path string) error {
	defer db.Roomy(ctx)()
	conn, err := db.sql.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := os.Stat(path); err == nil {
		return fault.New(fault.Conflict, "%s exists already; choose another name for the backup", path)
	}
	var name string
	if err := conn.QueryRowContext(ctx, "SELECT current_database()").Scan(&name); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "ATTACH "+literal(path)+" AS backup"); err != nil {
		return describe(fault.New(fault.Unavailable, "cannot write the backup: %w", err))
	}
	_, err = conn.ExecContext(ctx, "COPY FROM DATABASE "+warehouse.Quote(name)+" TO backup")
	_, detachErr := conn.ExecContext(ctx, "DETACH backup")
	if err = errors.Join(err, detachErr); err != nil {
		_ = os.Remove(path)
		return describe(fmt.Errorf("copy the facts: %w", err))
	}
	return nil
}

// literal makes a string literal, for the few statements that take no
// parameters.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
