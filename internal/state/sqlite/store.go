// Package sqlite keeps the operational store in one SQLite file.
package sqlite

import (
	"context"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Store implements state.Store.
type Store struct{ state.Store }

var _ state.Store = (*Store)(nil)

// Open opens the store in a file and makes it where there is none.
//
// Errors: fault.Conflict when another process has the file.
func Open(ctx context.Context, path string, opt state.Options) (*Store, error) {
	return nil, fault.New(fault.Unavailable, "the store in %s cannot be opened yet", path)
}
