package privacy_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// slowStore lets a test hold what is about to be written.
type slowStore struct {
	lrs.Store
	w *workspace
}

func (w *workspace) recordStore() lrs.Store { return slowStore{w.store, w} }

func (s slowStore) hold() {
	if s.w.holding != nil {
		s.w.holding <- struct{}{}
		<-s.w.holding
	}
}

func (s slowStore) PutStatements(ctx context.Context, batch []state.NewStatement, contents []state.Content, same func(int, state.Statement) error) ([]int64, error) {
	s.hold()
	return s.Store.PutStatements(ctx, batch, contents, same)
}

func (s slowStore) ChangeDocument(ctx context.Context, key state.DocumentKey, change func(*state.Document) (*state.Document, error)) error {
	s.hold()
	return s.Store.ChangeDocument(ctx, key, change)
}

// A request that found nobody erased may still be on its way to the disk when
// the erasure looks for what is stored.
func TestWhatWasUnderWayWhenAPersonWasErasedIsErasedToo(t *testing.T) {
	for name, write := range map[string]func(*workspace) error{
		"statement": func(w *workspace) error {
			parsed, err := xapi.ParseBatch(xapi.V1, []byte(`{"id":"`+id(1)+`","actor":`+ann+`,"verb":{"id":"https://x.com/did"},"object":{"id":"https://x.com/a"}}`))
			w.must(err)
			_, err = w.lrs.Store(t.Context(), lrs.Writer{Version: xapi.V1, Credential: "c1"}, parsed, nil)
			return err
		},
		"document": func(w *workspace) error {
			shelf := lrs.Shelf{Resource: lrs.StateResource, Activity: "https://x.com/a", Agent: "mbox::mailto:ann.lovelace@x.com"}
			return w.lrs.PostDocument(t.Context(), lrs.Document{Key: lrs.DocumentKey{Shelf: shelf, ID: "bookmark"}, ContentType: "text/plain", Body: []byte("7")}, lrs.Condition{Version: xapi.V1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkspace(t)
			w.holding = make(chan struct{})
			wrote, erased := make(chan error, 1), make(chan error, 1)
			go func() { wrote <- write(w) }()
			<-w.holding
			go func() {
				_, err := w.privacy.Erase(t.Context(), []string{"Ann.Lovelace@x.com"}, "me")
				erased <- err
			}()
			select {
			case err := <-erased:
				t.Errorf("the erasure ended before what was under way: %v", err)
				erased <- err
			case <-time.After(100 * time.Millisecond):
			}
			w.holding <- struct{}{}
			w.must(<-wrote)
			w.must(<-erased)
			w.holding = nil
			if left := w.ids(); len(left) > 0 {
				t.Errorf("statements %v are left", strings.Join(left, " "))
			}
			if docs, err := w.store.DocumentIDs(t.Context(), state.Shelf{Resource: state.StateResource, Activity: "https://x.com/a", Agent: "mbox::mailto:ann.lovelace@x.com"}, true, time.Time{}); err != nil || len(docs) > 0 {
				t.Errorf("documents %v are left, %v", docs, err)
			}
		})
	}
}
