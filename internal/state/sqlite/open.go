package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"net/url"
	"os"
	"runtime"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver "sqlite3"
	"github.com/pressly/goose/v3"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Memory and connections.
const (
	writerCacheKB = 32 << 10
	readerCacheKB = 4 << 10
	readerMax     = 8
	busyMillis    = 5000
	walHigh       = 32 << 20 // the log is moved into the file when it is longer
)

// Open opens the store in a file and makes it where there is none. The file
// belongs to this process until Close.
//
// Errors: fault.Conflict when another process has the file or a newer Liftmark
// made it; fault.Unavailable with a remedy when it cannot be written or is
// damaged.
func Open(ctx context.Context, path string, opt state.Options) (*Store, error) {
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.Merge == nil {
		opt.Merge = func(_, add []byte) ([]byte, error) { return add, nil }
	}
	s := &Store{path: path, opt: opt, done: make(chan struct{}), chores: make(chan chore)}
	s.queue.requests = make(chan *request, queueMax)
	s.searches = make(line, min(readerMax, max(2, runtime.GOMAXPROCS(0)))) // more would take turns on the processors and all be late
	s.known.seed = maphash.MakeSeed()
	s.stamps.now = opt.Now
	s.changes.init()
	if err := s.start(ctx); err != nil {
		err = fmt.Errorf("open %s: %w", path, s.explain(err))
		return nil, errors.Join(err, s.closeFiles())
	}
	go s.writeLoop()
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	var err error
	if s.lock, err = lockFile(s.path); err != nil {
		return err
	}
	if err := makeFile(s.path); err != nil {
		return err
	}
	if err := s.connect(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	if err := s.vacuum(ctx); err != nil {
		return err
	}
	if err := s.load(ctx); err != nil {
		return err
	}
	return s.loadTail(ctx)
}

// makeFile makes a file that nobody else may read.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) || err != nil {
		return fault.New(fault.Unavailable, "the file cannot be written: see that its directory exists, has space and is writable for this user: %w", err)
	}
	return f.Close()
}

func (s *Store) connect(ctx context.Context) error {
	var err error
	common := url.Values{
		"_busy_timeout":    {fmt.Sprint(busyMillis)},
		"_stmt_cache_size": {"80"},
		"_foreign_keys":    {"0"},
	}
	write := values(common, "_journal_mode", "WAL", "_synchronous", "FULL", "_txlock", "immediate",
		"_secure_delete", "true", "_cache_size", fmt.Sprint(-writerCacheKB)) // what is erased leaves no bytes behind
	if s.writers, err = sql.Open("sqlite3", dsn(s.path, write)); err != nil {
		return err
	}
	s.writers.SetMaxOpenConns(1)
	read := values(common, "mode", "ro", "_cache_size", fmt.Sprint(-readerCacheKB))
	if s.readers, err = sql.Open("sqlite3", dsn(s.path, read)); err != nil {
		return err
	}
	s.readers.SetMaxOpenConns(readerMax)
	s.readers.SetMaxIdleConns(readerMax)
	return s.writers.PingContext(ctx)
}

func dsn(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

func values(common url.Values, pairs ...string) url.Values {
	out := url.Values{}
	for k, v := range common {
		out[k] = v
	}
	for i := 0; i < len(pairs); i += 2 {
		out.Set(pairs[i], pairs[i+1])
	}
	return out
}

// migrate brings the tables up to what this program knows.
func (s *Store) migrate(ctx context.Context) error {
	if err := s.probe(ctx); err != nil {
		return err
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, s.writers, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	current, newest, err := provider.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	if current > newest {
		return fault.New(fault.Conflict, "a newer Liftmark made the file (tables of version %d, this program knows %d): install that one, or restore a backup from before", current, newest)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the tables up to date: %w", err)
	}
	s.conn, err = s.writers.Conn(ctx)
	return err
}

// probe reads which migrations ran. The library that runs them takes a table
// that cannot be read for one that is not there, and says so.
func (s *Store) probe(ctx context.Context) error {
	var tables int
	err := s.writers.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'").Scan(&tables)
	if err != nil || tables == 0 {
		return err
	}
	var latest sql.NullInt64
	return s.writers.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&latest)
}

// load reads where the last process stopped.
func (s *Store) load(ctx context.Context) error {
	for _, pragma := range []string{"PRAGMA wal_autocheckpoint = 0", "PRAGMA journal_size_limit = 1048576"} {
		if _, err := s.conn.ExecContext(ctx, pragma); err != nil {
			return err
		}
	}
	if err := s.conn.QueryRowContext(ctx, "SELECT secret FROM term_key").Scan(&s.termKey); err != nil {
		return fmt.Errorf("read the key of the index: %w", err)
	}
	if err := s.conn.QueryRowContext(ctx, "SELECT value FROM mark WHERE name = 'span'").Scan(&s.tail.span); err != nil {
		return fmt.Errorf("read the size of the index's chunks: %w", err)
	}
	var mark, latest, last int64
	err := s.conn.QueryRowContext(ctx, `SELECT (SELECT value FROM mark WHERE name = 'stamp'),
		coalesce((SELECT max(stored) FROM statement), 0), EXISTS (SELECT 1 FROM reference),
		max(coalesce((SELECT max(seq) FROM statement), 0), coalesce((SELECT max(seq) FROM change), 0))`).
		Scan(&mark, &latest, &s.refs, &last)
	if err != nil {
		return fmt.Errorf("read where writing goes on: %w", err)
	}
	s.stamps.last, s.stamps.mark = max(mark, latest), max(mark, latest)
	s.next = last + 1
	s.changes.set(last)
	return nil
}

// walBytes is the length of the log.
func (s *Store) walBytes() int64 {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}
