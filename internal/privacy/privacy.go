// Package privacy deletes and hands out what a workspace keeps of people:
// retention periods, deletion of a range of days, the export of everything on
// one person, and erasure, after which the person's data neither can be found
// nor come in again.
//
// An erasure writes down its intent first, and each of its steps may run again:
// interrupted, it goes on where it was. What is left of it is a receipt without
// personal data.
//
// The package decides what happens to what; the store and the warehouse do it,
// and package lrs says by which terms a rewritten statement is found.
package privacy

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/vault"
)

// Store is what privacy asks of a workspace's store.
type Store interface {
	state.Upkeep
	state.Settings
	Statement(ctx context.Context, id string) (state.Statement, error)
	Statements(ctx context.Context, f state.Filter, each func(state.Statement) error) error
	Content(ctx context.Context, sha2 string) (state.Content, error)
	AgentNames(ctx context.Context, agent string) ([]string, error)
}

// Facts is what privacy asks of a workspace's warehouse. Keys are what facts
// hold in place of a person: keys of people, lower-case e-mail addresses,
// "homePage|name", "sha1:…", "anon:…".
type Facts interface {
	// PersonKeys gives every key that stands for the same person as one of
	// keys, those given too.
	PersonKeys(ctx context.Context, keys []string) ([]string, error)
	// ExportPerson calls each with every row that is about one of keys.
	ExportPerson(ctx context.Context, keys []string, each func(fact string, row map[string]any) error) error
	// ForgetPerson puts a pseudonym in place of the keys, removes what else
	// identifies the person, and gives the number of rows by fact. Running it
	// again does what was left to do.
	ForgetPerson(ctx context.Context, keys []string, pseudonym string) (map[string]int, error)
	// KeepFacts detaches facts from the statements that they come from, so that
	// deleting those leaves the facts.
	KeepFacts(ctx context.Context, statements []string) (int, error)
	// Cursor is the place in the feed up to which statements are facts, by the
	// name of their source.
	Cursor(ctx context.Context, source string) (int64, error)
}

// Options are what privacy asks of its surroundings.
type Options struct {
	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: silent
	// NewID gives ids of receipts and pseudonyms; nil: random UUIDs.
	NewID func() string
	// Source names what makes facts of statements; see warehouse.Delta.
	Source string
	// OnSuppressed returns when nothing is under way any more that was let in
	// before a person was kept out; nil: nothing can be.
	OnSuppressed func()
	// OnStatements hears which statements are erased or rewritten, before they
	// are and again afterwards; OnKeys which keys of people, and says how many
	// things went. They let others forget what they keep beside the store. Both
	// may be nil, and both are called again when an erasure is resumed.
	OnStatements func(ctx context.Context, ids []string) error
	OnKeys       func(ctx context.Context, keys []string) (int64, error)
	// OnRetain hears from when on things are kept, and says how many older ones
	// went that others keep beside the store. OnExport calls each with what they
	// keep under the keys, as rows of a kind. Both may be nil.
	OnRetain func(ctx context.Context, before time.Time) (int64, error)
	OnExport func(ctx context.Context, keys []string, each func(kind string, row map[string]any) error) error
}

// Service does it for one workspace.
type Service struct {
	store Store
	facts Facts // nil: the workspace keeps none
	key   vault.Key
	opt   Options
	guard *Guard

	mu sync.Mutex // one erasure or deletion at a time
}

// New gives the service of a workspace. facts may be nil. With the key
// identities are hashed, and what an erasure under way is about is sealed:
// losing it lets erased people in again.
func New(store Store, facts Facts, key vault.Key, opt Options) *Service {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.NewID == nil {
		opt.NewID = uuid.NewString
	}
	return &Service{store: store, facts: facts, key: key, opt: opt, guard: newGuard(store, key, opt.NewID)}
}

// Guard keeps erased people of this workspace out.
func (s *Service) Guard() *Guard { return s.guard }
