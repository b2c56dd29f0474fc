package protocol_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/xapi"
)

// newStore gives an empty store on disk.
func newStore(t testing.TB) lrs.Store {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Now: time.Now, Merge: xapi.MergeDefinition})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}
