package statetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

var searchTests = []test{
	{"WithoutTermsFindsAllNewestFirst", func(s *suite) {
		s.put(plain(1), plain(2), plain(3))
		s.finds(state.Filter{}, 3, 2, 1)
		s.finds(state.Filter{Ascending: true}, 1, 2, 3)
	}},
	{"NeedsALimit", func(s *suite) {
		for _, n := range []int{0, -1} {
			s.fails(s.Statements(s.ctx, state.Filter{Limit: n}, nil), fault.Invalid)
		}
	}},
	{"TellsTheKindsOfTermsApart", func(s *suite) {
		s.put(plain(1, agent("x")), plain(2, verb("x")), plain(3, related("x")))
		s.finds(all(agent("x")), 1)
		s.finds(all(verb("x")), 2)
		s.finds(with([]state.Term{agent("x"), related("x")}), 3, 1)
		s.finds(all(agent("X")))
		s.finds(all(agent("")))
	}},
	{"NeedsATermOfEachGroup", func(s *suite) {
		s.put(plain(1, agent("a"), verb("v")), plain(2, agent("a"), verb("w")), plain(3, agent("b"), verb("v")), plain(4, agent("a"), agent("b"), verb("v"), activity("x")))
		s.finds(all(agent("a"), verb("v")), 4, 1)
		s.finds(all(agent("a"), agent("b")), 4)
		s.finds(with([]state.Term{agent("a"), agent("b")}, []state.Term{verb("w"), activity("x")}), 4, 2)
		s.finds(all(agent("b"), verb("w")))
		s.finds(with([]state.Term{agent("a")}, nil))
	}},
	{"MineIsATermOfTheStatementItself", func(s *suite) {
		s.put(plain(1, author("me"), agent("a")), about(2, 1, author("you")), about(3, 1, author("me")))
		me, you := author("me"), author("you")
		f := all(agent("a"))
		s.finds(f, 3, 2, 1)
		f.Mine = &me
		s.finds(f, 3, 1)
		f.Mine = &you
		s.finds(f, 2)
		s.finds(state.Filter{Mine: &me}, 3, 1)
	}},
	{"FindsWhatRefersToAMatch", func(s *suite) {
		s.put(plain(1, agent("a")), about(2, 1, verb("v")), plain(3), about(4, 2))
		s.finds(all(agent("a")), 4, 2, 1)
		s.finds(all(verb("v")), 4, 2)
	}},
	{"FindsWhatReferredBeforeItCame", func(s *suite) {
		s.put(about(4, 3), about(2, 1))
		s.put(about(3, 2), plain(5))
		s.finds(all(agent("a")))
		s.put(plain(1, agent("a")))
		s.finds(all(agent("a")), 1, 3, 2, 4)
	}},
	{"DoesNotMixTermsOfDifferentStatements", func(s *suite) {
		s.put(plain(1, agent("a")), about(2, 1, verb("v")), about(3, 2, activity("x")))
		s.finds(all(agent("a"), verb("v")))
		s.finds(all(verb("v"), activity("x")))
		s.finds(all(agent("a")), 3, 2, 1)
		s.put(about(4, 1, agent("a"), verb("v")))
		s.finds(all(agent("a"), verb("v")), 4)
	}},
	{"FollowsLongChains", longChain},
	{"FollowsCycles", func(s *suite) {
		s.put(about(1, 3, agent("a")), about(2, 1), about(3, 2), about(4, 4, agent("b")), about(5, 4))
		s.finds(all(agent("a")), 3, 2, 1)
		s.finds(all(agent("b")), 5, 4)
	}},
	{"FollowsLongCycles", func(s *suite) {
		const n = 12
		var want []int
		for i := 1; i <= n; i++ {
			s.put(about(i, i%n+1, verb(fmt.Sprint(i))))
			want = append([]int{i}, want...)
		}
		for i := 1; i <= n; i++ {
			s.finds(all(verb(fmt.Sprint(i))), want...)
		}
		s.finds(all(verb("1"), verb("2")))
	}},
	{"LeavesOutVoided", func(s *suite) {
		s.put(plain(1, agent("a")), about(2, 1), voiding(3, 1))
		s.finds(all(agent("a")), 3, 2)
		s.finds(state.Filter{WithVoided: true}, 3, 2, 1)
		if !s.statement(1).Voided || s.statement(3).Voided {
			s.Error("the target is to be voided, and nothing else")
		}
	}},
	{"VoidsWhatComesLater", func(s *suite) {
		s.put(voiding(2, 1, agent("a")))
		s.put(plain(1, agent("a")))
		s.finds(all(agent("a")), 2)
		if !s.statement(1).Voided {
			s.Error("the statement is not voided")
		}
	}},
	{"NeverVoidsWhatVoids", func(s *suite) {
		s.put(plain(1), voiding(2, 1), voiding(3, 2), voiding(5, 4))
		s.put(voiding(4, 1), voiding(6, 6))
		s.finds(state.Filter{}, 6, 4, 5, 3, 2)
		if !s.statement(1).Voided {
			s.Error("voiding twice is to change nothing")
		}
	}},
	{"SinceIsExclusiveAndUntilInclusive", sinceUntil},
	{"GoesOnBehindAPlace", func(s *suite) {
		places := s.put(plain(1, agent("a")), plain(2), plain(3, agent("a")), plain(4, agent("a")))
		f := all(agent("a"))
		f.After = places[2]
		s.finds(f, 1)
		f.Ascending, f.After = true, places[0]
		s.finds(f, 3, 4)
		f.After = places[1]
		s.finds(f, 3, 4)
		f.Limit = 1
		s.finds(f, 3)
		f.After = places[3] + 1000
		s.finds(f)
	}},
	{"GivesPagesThatAddUp", pagesAddUp},
	{"StopsAtTheErrorOfTheReader", func(s *suite) {
		s.put(plain(1), plain(2), plain(3))
		stop, n := errors.New("stop"), 0
		err := s.Statements(s.ctx, state.Filter{Limit: 9}, func(state.Statement) error {
			if n++; n == 2 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || n != 2 {
			s.Errorf("%d statements, error %v", n, err)
		}
	}},
	{"EndsWithItsContext", func(s *suite) {
		s.put(plain(1))
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		err := s.Statements(ctx, state.Filter{Limit: 1}, func(state.Statement) error { return nil })
		if !errors.Is(err, context.Canceled) {
			s.Errorf("error %v, want context.Canceled", err)
		}
	}},
	{"ASlowReaderKeepsNobodyWaiting", func(s *suite) {
		s.put(plain(1), plain(2))
		next := 100
		s.ok(s.Statements(s.ctx, state.Filter{Limit: 9}, func(state.Statement) error {
			next++
			_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(next)}, nil, nil)
			return err
		}))
		s.finds(state.Filter{}, 102, 101, 2, 1)
	}},
}

func longChain(s *suite) {
	const n = 40
	s.put(plain(1, agent("a"), verb("v")), plain(1000))
	var want []int
	for i := 2; i <= n; i++ {
		s.put(about(i, i-1, verb(fmt.Sprint(i))))
		want = append([]int{i}, want...)
	}
	s.finds(all(agent("a")), append(want, 1)...)
	s.finds(all(agent("a"), verb("v")), append(want, 1)...)
	s.finds(all(agent("a"), verb("7")))
	s.finds(all(verb("7")), want[:n-6]...)
	f := all(agent("a"))
	f.Limit = 3
	s.finds(f, n, n-1, n-2)
	s.ok2(s.DeleteStatements(s.ctx, ids(20)))
	f = all(agent("a"))
	s.finds(f, append(slices.Clone(want[n-19:]), 1)...)
	s.put(about(20, 19))
	s.finds(f, append(append([]int{20}, slices.Concat(want[:20], want[21:])...), 1)...)
}

func sinceUntil(s *suite) {
	for i := 1; i <= 5; i++ {
		s.put(plain(i, agent("a")))
		s.clock.move(time.Second)
	}
	two, four := s.statement(2).Stored, s.statement(4).Stored
	for _, f := range []state.Filter{{}, all(agent("a"))} {
		f.Since = two
		s.finds(f, 5, 4, 3)
		f.Since = two.Add(-time.Microsecond)
		s.finds(f, 5, 4, 3, 2)
		f.Until = four
		s.finds(f, 4, 3, 2)
		f.Until = four.Add(-time.Microsecond)
		s.finds(f, 3, 2)
		f.Ascending = true
		s.finds(f, 2, 3)
		f.Since = s.statement(5).Stored
		f.Until = time.Time{}
		s.finds(f)
		f.Since, f.Until = time.Time{}, start.Add(-time.Hour)
		s.finds(f)
		f.Until = start.Add(time.Hour)
		s.finds(f, 1, 2, 3, 4, 5)
	}
}

func pagesAddUp(s *suite) {
	var batch []state.NewStatement
	for i := 1; i <= 600; i++ {
		batch = append(batch, plain(i, agent(fmt.Sprint(i%3))))
	}
	s.put(batch...)
	for _, ascending := range []bool{false, true} {
		f := all(agent("1"))
		f.Ascending = ascending
		whole := s.find(f)
		if len(whole) != 200 {
			s.Fatalf("%d statements, want 200", len(whole))
		}
		var pages []string
		for f.Limit = 7; ; {
			page := s.find(f)
			if pages = append(pages, page...); len(page) < f.Limit {
				break
			}
			st, err := s.Statement(s.ctx, page[len(page)-1])
			s.ok(err)
			f.After = st.Seq
		}
		if !slices.Equal(pages, whole) {
			s.Errorf("pages give\n%v, want\n%v", pages, whole)
		}
	}
}

// ok2 is ok for a method that gives a number as well.
func (s *suite) ok2(_ int, err error) {
	s.Helper()
	s.ok(err)
}
