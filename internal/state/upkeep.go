package state

import (
	"context"
	"time"
)

// Change is something that happened to the statements, for readers that follow
// along and keep their place. Each change has a Seq of its own; deleting and
// replacing take new ones, while a statement that is replaced keeps its place
// and its Stored, so that searches go on giving it in the same order. A statement
// that was stored and then deleted is not shown to readers that come later; one
// that was replaced is shown once, where it was replaced last.
type Change struct {
	Seq       int64      // as Statement.Seq when it was stored and not replaced
	Statement *Statement // stored, or replaced by this version
	Voids     string     // the statement voids this one, whenever that arrives
	Removed   []string   // or: these ids were deleted
}

// Feed gives changes in the order in which they happened.
type Feed interface {
	// Changes gives the next changes behind a place: at most n, and fewer when
	// their statements have more than a few MiB; none means that there are no
	// more now.
	Changes(ctx context.Context, after int64, n int) ([]Change, error)
	// AwaitChange returns when there is a change behind a place, or with ctx's error.
	AwaitChange(ctx context.Context, after int64) error
	// LastChange is the place of the latest change, 0 for none.
	LastChange(ctx context.Context) (int64, error)
	// Cursor is the place that a reader stored, 0 for none.
	Cursor(ctx context.Context, reader string) (int64, error)
	SetCursor(ctx context.Context, reader string, seq int64) error
}

// Upkeep deletes and rewrites what is kept.
type Upkeep interface {
	// DeleteStatements deletes statements for good, with contents that no other
	// one has, and gives how many there were. What refers to them stays and is
	// no longer found by their terms; what they voided stays voided. Many are
	// deleted in several steps: an error leaves those of the later ones.
	DeleteStatements(ctx context.Context, ids []string) (int, error)
	// ReplaceStatement stores another body and terms under an id. Place and
	// Stored stay; the change has a new Seq. Errors: fault.NotFound.
	ReplaceStatement(ctx context.Context, s NewStatement) error
	// DocumentsOf calls each with the documents of an agent.
	DocumentsOf(ctx context.Context, agent string, each func(Document) error) error
	// ForgetAgent deletes an agent's documents and names and gives how many
	// documents there were.
	ForgetAgent(ctx context.Context, agent string) (int, error)
	// Suppress keeps agents, given as keyed hashes, from being stored again.
	Suppress(ctx context.Context, hashes []string, at time.Time) error
	// Suppressed says which of the hashes are kept out.
	Suppressed(ctx context.Context, hashes []string) (map[string]bool, error)
	// Scrub returns when what was deleted or replaced before is in no log beside
	// the store any more. Copies in unused space of its file go when it is opened
	// the next time, so that writing need not wait for all of it to be copied.
	//
	// Errors: fault.Unavailable when somebody reads the old state for long, as a
	// backup does.
	Scrub(ctx context.Context) error
}

// DeadLetter is a statement that another record store refused for good.
type DeadLetter struct {
	ID        int64
	Target    string // name of the forwarding
	Statement string // id
	Reason    string
	Attempts  int
	At        time.Time
}

// Outbox keeps what could not be delivered.
type Outbox interface {
	AddDeadLetters(ctx context.Context, letters []DeadLetter) error
	DeadLetters(ctx context.Context, target string, after int64, n int) ([]DeadLetter, error)
	// DeadLettersOf gives the dead letters of statements, whatever their target,
	// oldest first. Its cost does not grow with the number of other letters.
	DeadLettersOf(ctx context.Context, statements []string) ([]DeadLetter, error)
	DeleteDeadLetters(ctx context.Context, ids []int64) error
}

// Settings keeps small documents of a workspace: verb mappings, forwardings,
// retention.
type Settings interface {
	// Setting gives a document, nil when there is none.
	Setting(ctx context.Context, name string) ([]byte, error)
	// ChangeSetting replaces a document by what change makes of it, nothing else
	// happening in between; nil deletes it.
	ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) error
}

// Stats are figures since the store was opened, for its operators.
type Stats struct {
	Statements  int64         // stored
	Commits     int64         // each with one sync of the disk
	CommitTime  time.Duration // spent in them
	Bytes       int64         // of statements, documents and attachments, written
	QueueLength int           // requests that wait to be written
	Requests    int64         // of callers, to write or to find statements
}

// Store is all of it: what a driver implements and package statetest tests.
type Store interface {
	Statements
	Documents
	Credentials
	Feed
	Upkeep
	Outbox
	Settings
	// Backup writes a copy, consistent at one moment, to a new file, while
	// writing goes on. Errors: fault.Conflict when the file exists.
	Backup(ctx context.Context, path string) error
	// Check says whether the store can be written now. Errors: fault.Unavailable.
	Check(ctx context.Context) error
	Stats() Stats
	// Close finishes what was begun or waits. Methods that are called later give
	// fault.Unavailable.
	Close() error
}

// Options are what a store asks of its callers.
type Options struct {
	Now func() time.Time
	// Merge joins what is newly said of an activity to what is known; nil is
	// unknown. Giving old back unchanged writes nothing.
	Merge func(old, add []byte) ([]byte, error)
}
