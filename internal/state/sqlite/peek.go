package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"

	"github.com/liftmark/liftmark/internal/fault"
)

// HasCredential says whether the store in a file has a credential of an id that
// is in force. It opens no Store: another process may have the file, and
// nothing in it is brought up to date. Where there is no file there is none.
//
// Errors: those of Open for a file that cannot be read.
func HasCredential(ctx context.Context, path, id string) (has bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, fault.New(fault.Unavailable, "%s cannot be read: %w", path, err)
	}
	pool, err := sql.Open("sqlite3", dsn(path, url.Values{"mode": {"rw"}, "_busy_timeout": {"5000"}}))
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	s := &Store{path: path}
	for _, query := range []string{
		"SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'credential' AND $1 <> '')",
		"SELECT EXISTS (SELECT 1 FROM credential WHERE id = $1 AND revoked = 0)",
	} {
		if err := pool.QueryRowContext(ctx, query, id).Scan(&has); err != nil || !has {
			return false, s.explain(err)
		}
	}
	return true, nil
}
