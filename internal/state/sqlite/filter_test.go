package sqlite_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

func TestIDsAreFoundInAFileWithoutFilters(t *testing.T) {
	path := filepath.Join(memoryDir(t), "state.db")
	if err := sqlite.SetSpan(path, 8); err != nil {
		t.Fatal(err)
	}
	batch := varieties[0].batch(rand.New(rand.NewPCG(1, 2)), 100)
	put(t, path, batch, 0)
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := db.Exec("DELETE FROM id_filter WHERE chunk % 2 = 0"); err != nil {
		t.Fatal(err)
	} else if n, _ := n.RowsAffected(); n < 5 {
		t.Fatalf("%d filters were there: nothing is tested", n)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, path, batch, len(batch))
}

// put opens a store, stores a batch, of which so many are known, and closes it.
func put(t *testing.T, path string, batch []state.NewStatement, known int) {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, state.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	_, err = s.PutStatements(context.Background(), batch, nil, func(int, state.Statement) error { same++; return nil })
	if err != nil || same != known {
		t.Errorf("%d statements are known, want %d, %v", same, known, err)
	}
	for _, n := range batch {
		if st, err := s.Statement(context.Background(), n.ID); err != nil || st.ID != n.ID {
			t.Errorf("%s: %v, %v", n.ID, st.ID, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
