// Package statetest holds the tests that every driver of package state passes.
// Each test is named after what the contract promises. What is a driver's own,
// such as its files, it tests itself.
package statetest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

// Opener opens the store of a name that belongs to the test; where there is none
// it makes an empty one. Opened again after Close it is the same store. An
// absolute path names the store, or a backup, in the file at that path.
type Opener func(t testing.TB, name string, opt state.Options) state.Store

// Run runs all tests against a driver.
func Run(t *testing.T, open Opener) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Statements", statementTests}, {"Search", searchTests}, {"Stamps", stampTests},
		{"Documents", documentTests}, {"Feed", feedTests}, {"Upkeep", upkeepTests},
		{"Scrub", scrubTests}, {"Keep", keepTests}, {"Writing", writingTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, tt := range group.tests {
				t.Run(tt.name, func(t *testing.T) { tt.run(newSuite(t, open)) })
			}
		})
	}
	t.Run("Model", func(t *testing.T) { runModel(t, open) })
}

type test struct {
	name string
	run  func(*suite)
}

// suite is one test: a store and a clock that the test moves.
type suite struct {
	*testing.T
	state.Store
	ctx   context.Context
	open  Opener
	clock *clock
}

// start is the time at which each test begins.
var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newSuite(t *testing.T, open Opener) *suite {
	s := &suite{T: t, ctx: t.Context(), open: open, clock: &clock{at: start}}
	s.Store = open(t, "main", s.options())
	t.Cleanup(func() { _ = s.Store.Close() }) // a test may have closed it
	return s
}

func (s *suite) options() state.Options {
	return state.Options{Now: s.clock.now, Merge: Merge}
}

// reopen closes the store and opens it again.
func (s *suite) reopen() {
	s.Helper()
	s.ok(s.Store.Close())
	s.Store = s.open(s.T, "main", s.options())
}

// Merge joins definitions: lines in the order in which they first came.
func Merge(old, add []byte) ([]byte, error) {
	if bytes.Contains(add, []byte("refuse")) {
		return nil, fault.New(fault.Invalid, "this definition is refused")
	}
	if len(old) == 0 {
		return add, nil
	}
	if bytes.Contains(old, add) {
		return old, nil
	}
	return slices.Concat(old, []byte("\n"), add), nil
}

func (s *suite) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// fails says that an error must be of a kind.
func (s *suite) fails(err error, kind fault.Kind) {
	s.Helper()
	if got := fault.KindOf(err); err == nil || got != kind {
		s.Fatalf("error %v is of kind %q, want %q", err, got, kind)
	}
}

// id makes the id of a number.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

// ids makes those of several.
func ids(ns ...int) []string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = id(n)
	}
	return out
}

// agent, verb and activity are terms for tests.
func agent(text string) state.Term    { return state.Term{Kind: state.TermAgent, Text: text} }
func related(text string) state.Term  { return state.Term{Kind: state.TermRelatedAgent, Text: text} }
func verb(text string) state.Term     { return state.Term{Kind: state.TermVerb, Text: text} }
func activity(text string) state.Term { return state.Term{Kind: state.TermActivity, Text: text} }
func author(text string) state.Term   { return state.Term{Kind: state.TermAuthority, Text: text} }

// plain makes statement n with terms.
func plain(n int, terms ...state.Term) state.NewStatement {
	return state.NewStatement{ID: id(n), Body: fmt.Appendf(nil, `{"id":%q}`, id(n)), Terms: terms}
}

// about makes statement n that refers to statement m.
func about(n, m int, terms ...state.Term) state.NewStatement {
	s := plain(n, terms...)
	s.RefersTo = id(m)
	return s
}

// voiding makes statement n that voids statement m.
func voiding(n, m int, terms ...state.Term) state.NewStatement {
	s := about(n, m, terms...)
	s.Voids = true
	return s
}

// put stores statements, each new.
func (s *suite) put(batch ...state.NewStatement) []int64 {
	s.Helper()
	places, err := s.PutStatements(s.ctx, batch, nil, func(i int, old state.Statement) error {
		return fmt.Errorf("statement %s is stored already", old.ID)
	})
	s.ok(err)
	if len(places) != len(batch) {
		s.Fatalf("%d places for %d statements", len(places), len(batch))
	}
	return places
}

// find gives the ids that a filter selects; a Limit of 0 stands for 1,000.
func (s *suite) find(f state.Filter) []string {
	s.Helper()
	if f.Limit == 0 {
		f.Limit = 1000
	}
	out := []string{}
	s.ok(s.Statements(s.ctx, f, func(st state.Statement) error {
		out = append(out, st.ID)
		return nil
	}))
	return out
}

// finds says which statements a filter must select, in order, and no others.
func (s *suite) finds(f state.Filter, want ...int) {
	s.Helper()
	if got := s.find(f); !slices.Equal(got, ids(want...)) {
		s.Errorf("%v selects\n%v, want\n%v", f, got, ids(want...))
	}
}

// with makes a filter that asks for a term of each group.
func with(groups ...[]state.Term) state.Filter { return state.Filter{Any: groups} }

// all makes groups of one term each.
func all(terms ...state.Term) state.Filter {
	var f state.Filter
	for _, t := range terms {
		f.Any = append(f.Any, []state.Term{t})
	}
	return f
}

func (s *suite) statement(n int) state.Statement {
	s.Helper()
	st, err := s.Statement(s.ctx, id(n))
	s.ok(err)
	return st
}
