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

	"github.com/liftmark/liftmark/internal/state"
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
// accounts, anonymous ids.
type Facts interface {
	// PersonKeys gives every key that stands for the same person as one of
	// keys, those given too.
	PersonKeys(ctx context.Context, keys []string) ([]string, error)
	// ExportPerson calls each with every row that is about one of keys.
	ExportPerson(ctx context.Context, keys []string, each func(fact string, row map[string]any) error) error
	// ForgetPerson puts a pseudonym in place of the keys, removes what else
	// identifies the person, and gives the number of rows by fact. Running it
	// again does what was left to do.
	ForgetPerson(ctx context.Context, keys []string, pseudonym string, now time.Time) (map[string]int, error)
	// DeleteEvents deletes the learning facts dated in [from, to) and gives how
	// many there were; with dry it counts only.
	DeleteEvents(ctx context.Context, from, to time.Time, dry bool, now time.Time) (map[string]int, error)
}

// Options are what privacy asks of its surroundings.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// NewID gives ids of receipts and pseudonyms: random UUIDs.
	NewID func() string
	// Hash is the keyed hash under which an identity is suppressed; see
	// lrs.Service.Hash. Losing its key lets erased people in again.
	Hash func(identity string) string
	// FactKeys are the keys under which facts hold an actor of statements.
	FactKeys func(actor string) []string
}

// Service does it for one workspace.
type Service struct {
	store Store
	facts Facts // nil: the workspace keeps none
	opt   Options

	// One deletion at a time: they share the record of what is under way.
	mu sync.Mutex
}

// New gives the service of a workspace. facts may be nil.
func New(store Store, facts Facts, opt Options) *Service {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{store: store, facts: facts, opt: opt}
}
