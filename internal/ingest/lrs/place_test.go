package lrs_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/xapi"
)

// An operator puts an old state.db back beside facts that are newer. What is
// stored from then on gets places that the facts have passed.
func TestFactsThatAreAheadOfTheStoreAreNotTakenForDone(t *testing.T) {
	b := newBench(t)
	for i := range 5 {
		b.put(fmt.Sprint("old ", i), text("ann@x.com", "completed", "http://x.com/a", ""))
	}
	b.catchUp()
	old, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"), state.Options{Merge: xapi.MergeDefinition})
	b.check(err)
	t.Cleanup(func() { _ = old.Close() })
	b.store = old
	for n := 1; n <= 7; n++ { // until the store is where the facts were, and behind that
		b.put(fmt.Sprint("new ", n), text("bob@x.com", "completed", "http://x.com/b", ""))
		if err := b.projector().CatchUp(t.Context()); fault.KindOf(err) != fault.Conflict {
			t.Fatalf("after %d statements: %v, want a conflict", n, err)
		}
	}
	b.check(b.projector().Rebuild(t.Context()))
	b.want("SELECT count(*) FROM learning WHERE person_id LIKE 'bob%'", "7")
	b.want("SELECT count(*) FROM learning", "7")
	b.put("last", text("bob@x.com", "completed", "http://x.com/b", ""))
	b.check(b.projector().CatchUp(t.Context()))
	b.want("SELECT count(*) FROM learning", "8")
}
