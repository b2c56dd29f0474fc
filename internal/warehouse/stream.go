package warehouse

import (
	"context"
	"time"
)

// Row is one fact that arrived by itself. Values holds its fields by name in
// Go types: string, int64, float64, bool, time.Time; money in minor units. A
// field that is not there is not known; nil takes away what was known.
type Row struct {
	Fact       string
	Row        int64 // place in its source; equal ones sort by fact
	Values     map[string]any
	Attributes map[string]string
}

// Link says that two identities are one person from now on, forever back: an
// anonymous visitor and a user, an account of the learning platform and an
// e-mail. Withdrawing a link undoes it, for the past too.
//
// Values are as facts carry them: a person's key, a lower-case e-mail address,
// "homePage|name", "sha1:" and 40 digits.
type Link struct {
	ID    string // of the link; one that is known, withdrawn or not, changes nothing
	Value string // as facts carry it
	Other string // as facts carry it
	At    time.Time
	Why   string // identify, alias, manual, …
}

// Delta is what a source adds and takes away in one go. What it takes away goes
// first.
type Delta struct {
	Source string // names the reserved batch that the rows belong to
	Cursor int64  // place of the source when the delta is in; 0 leaves it
	Rows   []Row
	// Removed are keys of facts of this source that go.
	Removed []Key
	Links   []Link
	// Unlinked are ids of links of this source that go without a trace, as if
	// they had never been said.
	Unlinked []string
	// Seen counts what arrived, by name. The counts add up.
	Seen []Seen
}

// Key names rows of a fact by the first field of its key: an event_id, a
// person_id. Rows whose key continues with "#" belong to it: "x#2" to "x".
type Key struct{ Fact, ID string }

// Seen counts things of one name that a source brought, such as the events of
// one name or the statements of one verb.
type Seen struct {
	Name  string
	Count int64
	Last  time.Time
	As    string // what they became, "" for nothing
}

// Taken says what became of a delta.
type Taken struct {
	Added, Duplicate, Restated, Removed int
	// Conflict lists rows whose key is stored with other content; the stored
	// content stays.
	Conflict []Row
}

// Stream takes facts that arrive by themselves.
//
// Accounts, people and activities are described bit by bit: a row changes the
// fields and attributes that it names, the others keep what the source said
// before. Facts of files outrank them: an account, person or activity that a
// file describes keeps what the file says.
//
// A person's row that names an account_id says that the person belongs to it
// from created_at on; said again it changes nothing, and another account moves
// the person. A row without account_id adds to what is known of the person.
type Stream interface {
	// Take stores a delta, all of it or nothing, and returns when it is on disk.
	// An event whose key is stored within the horizon changes nothing.
	//
	// Errors: fault.Invalid when a row does not fit its fact; fault.Unavailable
	// with a remedy when it cannot be written.
	Take(ctx context.Context, d Delta) (Taken, error)
	// Cursor is the place up to which a source's deltas are in, 0 for none.
	Cursor(ctx context.Context, source string) (int64, error)
	// Forget removes everything that a source brought, its counts and its
	// cursor. Links that were withdrawn stay withdrawn.
	Forget(ctx context.Context, source string) error
	// Links lists the links in force; Unlink withdraws one.
	//
	// Errors: fault.NotFound when there is none of that id.
	Links(ctx context.Context) ([]Link, error)
	Unlink(ctx context.Context, id string) error
	// Seen lists what a source brought, by name.
	Seen(ctx context.Context, source string) ([]Seen, error)
}

// Remains says what is still named by the learning records of a source when
// some of them have gone.
type Remains struct {
	Activities []Named
	People     []string // of the gone records, whom no other one names
}

// Named is an activity, a course or a program that gone records named, or that
// was asked for.
type Named struct {
	Activity string
	Still    bool // a record that stays names it
	// Course and Program are those of the latest record that says so, at Row.
	Course, Program       string
	CourseRow, ProgramRow int64
}
