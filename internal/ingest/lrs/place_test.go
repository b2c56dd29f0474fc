package lrs_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
	"github.com/liftmark/liftmark/internal/warehouse"
	"github.com/liftmark/liftmark/internal/warehouse/duckdb"
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

func TestLagSaysSinceWhenAndWhy(t *testing.T) {
	b := newBench(t)
	b.put("one", text("ann@x.com", "completed", "http://x.com/a", ""), "two", text("ann@x.com", "completed", "http://x.com/b", ""))
	first, err := b.store.Statement(t.Context(), id("one"))
	b.check(err)
	if lag, err := b.p.Lag(t.Context()); err != nil || lag.Changes != 2 || !lag.Since.Equal(first.Stored) {
		t.Errorf("before: %+v, %v, want two changes since %s", lag, err, first.Stored)
	}
	b.catchUp()
	if lag, err := b.p.Lag(t.Context()); err != nil || lag.Changes != 0 || !lag.Since.IsZero() || b.p.Added() != 4 { // two records of two activities
		t.Errorf("after: %+v, %v; %d rows", lag, err, b.p.Added())
	}
	broken, err := lrs.NewProjector(b.store, &fragile{DB: b.facts}, lrs.Options{})
	b.check(err)
	b.put("three", text("ann@x.com", "completed", "http://x.com/c", ""))
	ctx, stop := context.WithTimeout(t.Context(), 400*time.Millisecond)
	defer stop()
	_ = broken.Run(ctx) // ends with its context
	if lag, err := broken.Lag(t.Context()); err != nil || lag.Failures == 0 || lag.Trouble == nil {
		t.Errorf("with failures: %+v, %v", lag, err)
	}
}

// explosive panics at its first delta.
type explosive struct {
	*duckdb.DB
	gone atomic.Bool
}

func (e *explosive) Take(ctx context.Context, d warehouse.Delta) (warehouse.Taken, error) {
	if e.gone.CompareAndSwap(false, true) {
		panic("a fact that nobody thought of")
	}
	return e.DB.Take(ctx, d)
}

func TestPanicIsAFailureThatIsTriedAgain(t *testing.T) {
	b := newBench(t)
	b.put("one", text("ann@x.com", "completed", "http://x.com/a", ""))
	p, err := lrs.NewProjector(b.store, &explosive{DB: b.facts}, lrs.Options{})
	b.check(err)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	for went := false; !went && ctx.Err() == nil; time.Sleep(10 * time.Millisecond) { // between two looks at what the projector tells
		lag, err := p.Lag(ctx)
		went = err == nil && lag.Changes == 0 && lag.Failures == 1
	}
	if ctx.Err() != nil {
		t.Error("the projector did not go on after a panic")
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run ends with %v", err)
	}
}
