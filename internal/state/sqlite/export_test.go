package sqlite

import (
	"context"
	"database/sql"

	"github.com/liftmark/liftmark/internal/state"
)

// SetSpan makes the chunks of an empty store small, so that few statements fill
// many of them.
func SetSpan(path string, places int) error {
	s, err := Open(context.Background(), path, state.Options{})
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec("UPDATE mark SET value = $1 WHERE name = 'span'", places)
	return err
}
