package warehouse

import (
	"context"
	"time"
)

// Row is one fact that arrived by itself. Values holds its fields by name in
// Go types: string, int64, float64, bool, time.Time; money in minor units. A
// field that is not there is not known.
type Row struct {
	Fact       string
	Row        int64 // place in its source; equal ones sort by fact
	Values     map[string]any
	Attributes map[string]string
}

// Link says that two identities are one person from now on, forever back: an
// anonymous visitor and a user, an account of the learning platform and an
// e-mail. Withdrawing a link undoes it, for the past too.
type Link struct {
	ID    string // of the link
	Value string // as facts carry it
	Other string // as facts carry it
	At    time.Time
	Why   string // identify, alias, manual, …
}

// Delta is what a source adds and takes away in one go.
type Delta struct {
	Source string // names the reserved batch that the rows belong to
	Cursor int64  // place of the source when the delta is in; 0 leaves it
	Rows   []Row
	// Removed are keys of event facts of this source that go.
	Removed []Key
	Links   []Link
}

// Key names rows of an event fact by its key.
type Key struct{ Fact, ID string }

// Taken says what became of a delta.
type Taken struct {
	Added, Duplicate, Restated, Removed int
	// Conflict lists rows whose key is stored with other content; the stored
	// content stays.
	Conflict []Row
}

// Stream takes facts that arrive by themselves. Facts of files outrank them: an
// account, person or activity that a file describes keeps what the file says.
type Stream interface {
	// Take stores a delta, all of it or nothing, and returns when it is on disk.
	// An event whose key is stored within the horizon changes nothing.
	//
	// Errors: fault.Unavailable with a remedy when it cannot be written.
	Take(ctx context.Context, d Delta) (Taken, error)
	// Cursor is the place up to which a source's deltas are in, 0 for none.
	Cursor(ctx context.Context, source string) (int64, error)
	// Forget removes everything that a source brought, and its cursor.
	Forget(ctx context.Context, source string) error
	// Links lists the links in force; Unlink withdraws one.
	Links(ctx context.Context) ([]Link, error)
	Unlink(ctx context.Context, id string) error
}
