package statetest

import (
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

var upkeepTests = []test{
	{"DeletesForGood", func(s *suite) {
		s.put(plain(1, agent("a")), plain(2, agent("a")), plain(3, agent("a")))
		n, err := s.DeleteStatements(s.ctx, append(ids(1, 2, 2, 9), "nonsense"))
		if err != nil || n != 2 {
			s.Errorf("%d deleted, want 2, %v", n, err)
		}
		s.finds(all(agent("a")), 3)
		s.finds(state.Filter{WithVoided: true}, 3)
		_, err = s.Statement(s.ctx, id(1))
		s.fails(err, fault.NotFound)
		s.put(plain(1, agent("a")))
		s.finds(all(agent("a")), 1, 3)
		s.reopen()
		s.finds(all(agent("a")), 1, 3)
	}},
	{"DeletingLeavesWhatRefers", func(s *suite) {
		s.put(plain(1, agent("a")), about(2, 1), about(3, 2, verb("v")))
		s.ok2(s.DeleteStatements(s.ctx, ids(1)))
		s.finds(all(agent("a")))
		s.finds(state.Filter{}, 3, 2)
		s.put(plain(1, agent("b")))
		s.finds(all(agent("b")), 1, 3, 2)
		s.ok2(s.DeleteStatements(s.ctx, ids(2)))
		s.finds(all(agent("b")), 1)
		s.finds(all(verb("v")), 3)
	}},
	{"WhatWasVoidedStaysVoided", func(s *suite) {
		s.put(plain(1), voiding(2, 1))
		s.ok2(s.DeleteStatements(s.ctx, ids(2)))
		s.finds(state.Filter{})
		s.put(voiding(4, 3))
		s.ok2(s.DeleteStatements(s.ctx, ids(4)))
		s.put(plain(3))
		s.finds(state.Filter{}, 3)
	}},
	{"DeletesContentsThatNothingElseHas", func(s *suite) {
		one, two := plain(1), plain(2)
		one.Attachments, two.Attachments = []string{"aa", "bb"}, []string{"bb"}
		_, err := s.PutStatements(s.ctx, []state.NewStatement{one, two}, []state.Content{{SHA2: "aa", Data: []byte("a")}, {SHA2: "bb", Data: []byte("b")}}, nil)
		s.ok(err)
		s.ok2(s.DeleteStatements(s.ctx, ids(1)))
		_, err = s.Content(s.ctx, "aa")
		s.fails(err, fault.NotFound)
		_, err = s.Content(s.ctx, "bb")
		s.ok(err)
		s.ok2(s.DeleteStatements(s.ctx, ids(2)))
		_, err = s.Content(s.ctx, "bb")
		s.fails(err, fault.NotFound)
	}},
	{"DeletesMany", func(s *suite) {
		var batch []state.NewStatement
		var names []string
		for n := range 1200 {
			batch = append(batch, plain(n, agent("a")))
			names = append(names, id(n))
		}
		s.put(batch...)
		n, err := s.DeleteStatements(s.ctx, names[:1199])
		if err != nil || n != 1199 {
			s.Errorf("%d deleted, want 1199, %v", n, err)
		}
		s.finds(all(agent("a")), 1199)
	}},
	{"ReplacesBodyAndTerms", replaces},
	{"ReplacingNothingIsAnError", func(s *suite) {
		s.fails(s.ReplaceStatement(s.ctx, plain(1)), fault.NotFound)
		s.finds(state.Filter{})
		s.last(0)
	}},
	{"ReplacingExchangesAttachments", func(s *suite) {
		n := plain(1)
		n.Attachments = []string{"aa", "bb"}
		_, err := s.PutStatements(s.ctx, []state.NewStatement{n}, []state.Content{{SHA2: "aa", Data: []byte("a")}, {SHA2: "bb", Data: []byte("b")}}, nil)
		s.ok(err)
		n.Attachments = []string{"bb"}
		s.ok(s.ReplaceStatement(s.ctx, n))
		_, err = s.Content(s.ctx, "aa")
		s.fails(err, fault.NotFound)
		_, err = s.Content(s.ctx, "bb")
		s.ok(err)
		if a := s.statement(1).Attachments; !slices.Equal(a, []string{"bb"}) {
			s.Errorf("attachments %v", a)
		}
	}},
	{"ReplacingChangesWhatIsReferredTo", func(s *suite) {
		s.put(plain(1, agent("a")), plain(2, agent("b")), about(3, 1), about(4, 3))
		s.ok(s.ReplaceStatement(s.ctx, about(3, 2)))
		s.finds(all(agent("a")), 1)
		s.finds(all(agent("b")), 4, 3, 2)
		s.ok(s.ReplaceStatement(s.ctx, voiding(3, 1)))
		s.finds(all(agent("a")), 4, 3)
		s.finds(all(agent("b")), 2)
	}},
	{"ReplacingInACycleForgetsTheOldTerms", func(s *suite) {
		s.put(about(1, 2, agent("a")), about(3, 1), about(2, 1))
		s.finds(all(agent("a")), 2, 3, 1)
		s.ok(s.ReplaceStatement(s.ctx, about(1, 2, agent("b"))))
		s.finds(all(agent("a")))
		s.finds(all(agent("b")), 2, 3, 1)
		s.ok(s.ReplaceStatement(s.ctx, plain(2)))
		s.finds(all(agent("b")), 3, 1)
	}},
	{"ForgetsAnAgent", func(s *suite) {
		n := plain(1)
		n.Names = []state.AgentName{{Agent: "ann", Name: "Ann"}, {Agent: "bob", Name: "Bob"}}
		s.put(n)
		for _, k := range append(slices.Clone(others), shelf, inReg) {
			s.write(state.DocumentKey{Shelf: k, ID: "x"}, "1")
		}
		if n, err := s.ForgetAgent(s.ctx, "ann"); err != nil || n != 4 {
			s.Errorf("%d documents deleted, want 4, %v", n, err)
		}
		s.lists(shelf, true, time.Time{})
		s.lists(others[3], true, time.Time{})
		s.lists(others[0], true, time.Time{}, "x")
		s.lists(others[2], true, time.Time{}, "x")
		s.names("ann")
		s.names("bob", "Bob")
		if n, err := s.ForgetAgent(s.ctx, ""); err != nil || n != 0 {
			s.Errorf("%d documents deleted of nobody, %v", n, err)
		}
		n = plain(2)
		n.Names = []state.AgentName{{Agent: "ann", Name: "Ann"}}
		s.put(n)
		s.names("ann", "Ann")
	}},
	{"SuppressesAgents", func(s *suite) {
		s.ok(s.Suppress(s.ctx, []string{"h1", "h2"}, start))
		s.ok(s.Suppress(s.ctx, []string{"h2"}, start))
		s.reopen()
		got, err := s.Suppressed(s.ctx, []string{"h0", "h1", "h2"})
		s.ok(err)
		if len(got) != 2 || !got["h1"] || !got["h2"] {
			s.Errorf("suppressed %v", got)
		}
	}},
}

func (s *suite) names(agent string, want ...string) {
	s.Helper()
	if got, err := s.AgentNames(s.ctx, agent); err != nil || !slices.Equal(got, want) {
		s.Errorf("%s is named %v, want %v, %v", agent, got, want, err)
	}
}

func replaces(s *suite) {
	s.put(plain(1, agent("a"), verb("v")), about(2, 1), plain(3, agent("a")))
	before := s.statement(1)
	n := plain(1, agent("b"), verb("v"))
	n.Body, n.Credential, n.Country = []byte(`{"new":1}`), "k", "SE"
	s.ok(s.ReplaceStatement(s.ctx, n))
	after := s.statement(1)
	if !after.Stored.Equal(before.Stored) || after.Seq != before.Seq || !strings.HasPrefix(string(after.Body), `{"new":1,"stored"`) || after.Credential != "k" {
		s.Errorf("replaced by %+v %s", after, after.Body)
	}
	for range 2 {
		s.finds(all(agent("a")), 3)
		s.finds(all(agent("b"), verb("v")), 2, 1)
		s.finds(state.Filter{}, 3, 2, 1)
		s.reopen()
	}
}
