package access

import (
	"context"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Closed is the error for a credential that is not known while a workspace
// cannot be read: it may be one of its own. It names neither the workspace nor
// the cause, for nobody knows who asks.
type Closed struct{}

// Error gives the message.
func (*Closed) Error() string {
	return "the key is not known in any workspace that can be read now, and one of them cannot; try again later, and tell whoever runs the server"
}

// Unwrap gives the kind.
func (c *Closed) Unwrap() error { return fault.New(fault.Unavailable, "%s", c.Error()) }

// After is how long to wait before trying again: until somebody has mended the
// workspace, which takes a while.
func (*Closed) After() time.Duration { return 30 * time.Second }

// ClosedBook is the book of a workspace that is not open: its credentials exist,
// and nobody can tell which they are.
type ClosedBook struct{ Why error }

// Credential gives why the book is closed.
func (b ClosedBook) Credential(context.Context, string) (state.Credential, error) {
	return state.Credential{}, b.unreadable()
}

// TouchCredentials gives why the book is closed.
func (b ClosedBook) TouchCredentials(context.Context, map[string]time.Time) error {
	return b.unreadable()
}

// unreadable is never fault.NotFound, whatever kept the workspace from opening.
func (b ClosedBook) unreadable() error {
	return fault.New(fault.Unavailable, "the workspace is not open: %w", b.Why)
}
