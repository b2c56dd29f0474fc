package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// A deletion of very many statements comes a part at a time.
func TestRemovalsAreReadInBounds(t *testing.T) {
	path := filepath.Join(memoryDir(t), "state.db")
	s, err := sqlite.Open(context.Background(), path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	const each = 30_000
	for seq := 1; seq <= 3; seq++ {
		if _, err := db.Exec("INSERT INTO change (seq, replaced, removed) VALUES ($1, 0, $2)", seq, make([]byte, 16*each)); err != nil {
			t.Fatal(err)
		}
	}
	var pages []int
	for after := int64(0); after < 3; {
		changes, err := s.Changes(t.Context(), after, 100)
		if err != nil || len(changes) == 0 {
			t.Fatalf("%d changes, %v", len(changes), err)
		}
		for _, c := range changes {
			if len(c.Removed) != each {
				t.Errorf("change %d removes %d", c.Seq, len(c.Removed))
			}
			after = c.Seq
		}
		pages = append(pages, len(changes))
	}
	if len(pages) != 3 {
		t.Errorf("the changes come as %v, want one at a time", pages)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
