// Package stream follows statements as they are stored, for readers that want to
// be told. A reader asks for what is behind its place, and waits when there is
// nothing: it is read to at its own pace, so that nothing is held in memory for
// a slow one, and one that comes back with its place misses nothing and gets
// nothing twice.
//
// It knows no HTTP. Who may read what its callers say; which statements a search
// finds package lrs does.
package stream

import (
	"context"
	"errors"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// Query selects statements; the zero Query selects all. It looks at statements
// themselves: unlike a search it does not give those that only refer to one that
// is meant.
type Query struct {
	Agent    xapi.IFI // actor or object, or member of one
	Verb     string   // IRI
	Activity string   // IRI of the object
	// Mine restricts it to what this credential wrote; "" does not.
	Mine string
}

// Event is a statement that was stored.
type Event struct {
	Place int64 // to go on behind it
	// Replaced says that the statement was stored before and is another one now,
	// for somebody in it was erased.
	Replaced bool
	Body     []byte // as the record store gives it back
}

// Service follows one workspace's statements.
type Service struct{ feed state.Feed }

// New gives the service over a store.
func New(feed state.Feed) *Service { return &Service{feed} }

// pageBytes bounds how much of statements a reader holds in memory; a larger
// statement comes alone.
const pageBytes = 1 << 20

// Now is the place behind everything that is stored.
func (s *Service) Now(ctx context.Context) (int64, error) { return s.feed.LastChange(ctx) }

// Check says whether a place is one of this store.
//
// Errors: fault.Invalid for a place that it has not come to, as after an older
// backup was restored.
func (s *Service) Check(ctx context.Context, place int64) error {
	last, err := s.feed.LastChange(ctx)
	if err != nil {
		return err
	}
	if place < 0 || place > last {
		return fault.New(fault.Invalid, "the place %d is not one of this store, which is at %d; begin without a place, and look for what you missed with a search", place, last)
	}
	return nil
}

// Next gives what the query selects of the next n changes behind a place, in the
// order in which they were stored, and the place to go on from. The same place
// means that there are no more now. Statements that are voided are left out.
// Either the statements have at most 1 MiB, or there is one.
func (s *Service) Next(ctx context.Context, q Query, after int64, n int) (events []Event, place int64, err error) {
	changes, err := s.feed.Changes(ctx, after, n)
	if err != nil {
		return nil, after, err
	}
	place = after
	size := 0
	for _, c := range changes {
		if st := c.Statement; st != nil && !st.Voided && q.selects(st) {
			if size += len(st.Body); len(events) > 0 && size > pageBytes {
				break
			}
			events = append(events, Event{Place: c.Seq, Replaced: c.Seq != st.Seq, Body: st.Body})
		}
		place = c.Seq
	}
	return events, place, nil
}

// Await returns when there is a change behind a place; false: ctx ended before.
func (s *Service) Await(ctx context.Context, after int64) (bool, error) {
	err := s.feed.AwaitChange(ctx, after)
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return false, nil
	}
	return err == nil, err
}

// selects looks at what is quick to tell first.
func (q Query) selects(st *state.Statement) bool {
	if q.Mine != "" && st.Credential != q.Mine {
		return false
	}
	var wanted []state.Term
	for _, term := range []state.Term{{Kind: state.TermAgent, Text: string(q.Agent)}, {Kind: state.TermVerb, Text: q.Verb}, {Kind: state.TermActivity, Text: q.Activity}} {
		if term.Text != "" {
			wanted = append(wanted, term)
		}
	}
	return len(wanted) == 0 || has(st.Body, wanted)
}

// has says whether all of the terms are ones of a stored statement.
func has(body []byte, wanted []state.Term) bool {
	st, err := xapi.Parse(xapi.V1, body)
	if err != nil {
		if st, err = xapi.Parse(xapi.V2, body); err != nil {
			return false // it was stored, so this does not happen
		}
	}
	own := map[state.Term]bool{}
	for _, term := range lrs.Index(st).Terms {
		own[term] = true
	}
	for _, term := range wanted {
		if !own[term] {
			return false
		}
	}
	return true
}
