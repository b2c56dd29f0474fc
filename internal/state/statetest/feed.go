package statetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

var feedTests = []test{
	{"GivesStatementsInTheirOrder", func(s *suite) {
		places := s.put(plain(2), plain(1), about(3, 2))
		s.follows(0, "+2", "+1", "+3")
		s.follows(places[0], "+1", "+3")
		s.follows(places[2])
		changes, err := s.Changes(s.ctx, 0, 2)
		s.ok(err)
		if len(changes) != 2 || changes[1].Seq != places[1] || changes[1].Statement.Seq != places[1] || len(changes[1].Statement.Body) == 0 {
			s.Errorf("changes %+v", changes)
		}
	}},
	{"TellsWhatIsVoided", func(s *suite) {
		s.put(voiding(2, 1))
		s.put(plain(1))
		s.follows(0, "+2 voids 1", "+1")
	}},
	{"TellsWhatIsDeleted", func(s *suite) {
		s.put(plain(1), plain(2), plain(3))
		last, err := s.LastChange(s.ctx)
		s.ok(err)
		s.ok2(s.DeleteStatements(s.ctx, ids(1, 3, 99)))
		s.follows(last, "-1 3")
		s.follows(0, "+2", "-1 3")
		s.reopen()
		s.follows(0, "+2", "-1 3")
		s.put(plain(1))
		s.follows(0, "+2", "-1 3", "+1")
	}},
	{"TellsWhatIsReplacedOnce", func(s *suite) {
		s.put(plain(1), plain(2))
		last, err := s.LastChange(s.ctx)
		s.ok(err)
		s.ok(s.ReplaceStatement(s.ctx, plain(1)))
		s.follows(last, "+1")
		s.put(plain(3))
		s.follows(last, "+1", "+3")
		s.follows(0, "+2", "+1", "+3")
		s.ok(s.ReplaceStatement(s.ctx, plain(1)))
		s.follows(last, "+3", "+1")
		s.ok2(s.DeleteStatements(s.ctx, ids(1)))
		s.follows(0, "+2", "+3", "-1")
	}},
	{"GivesLargeStatementsInFewerAtATime", func(s *suite) {
		var large []state.NewStatement
		for n := 1; n <= 3; n++ {
			st := plain(n)
			st.Body = fmt.Appendf(nil, `{"id":%q,"text":"%s"}`, id(n), strings.Repeat("x", 7<<20))
			large = append(large, st)
		}
		s.put(large...)
		told := 0
		for after := int64(0); ; {
			changes, err := s.Changes(s.ctx, after, 100)
			s.ok(err)
			if len(changes) == 0 {
				break
			}
			if size := len(changes) * 7 << 20; size > 16<<20 {
				s.Errorf("%d bytes at once", size)
			}
			told += len(changes)
			after = changes[len(changes)-1].Seq
		}
		if told != 3 {
			s.Errorf("%d changes are told, want 3", told)
		}
	}},
	{"DoesNotTellWhatWasStoredAlready", func(s *suite) {
		s.put(plain(1))
		_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(1)}, nil, func(int, state.Statement) error { return nil })
		s.ok(err)
		s.ok2(s.DeleteStatements(s.ctx, ids(7)))
		s.follows(0, "+1")
	}},
	{"LastChangeIsTheLatest", func(s *suite) {
		s.last(0)
		places := s.put(plain(1), plain(2))
		s.last(places[1])
		s.ok2(s.DeleteStatements(s.ctx, ids(2)))
		changes, err := s.Changes(s.ctx, places[1], 10)
		s.ok(err)
		s.last(changes[0].Seq)
		s.reopen()
		s.last(changes[0].Seq)
		if next := s.put(plain(3)); next[0] <= changes[0].Seq {
			s.Errorf("place %d after change %d", next[0], changes[0].Seq)
		}
	}},
	{"WaitsForAChange", waits},
	{"WaitingEndsWithItsContext", func(s *suite) {
		ctx, cancel := context.WithTimeout(s.ctx, 5*time.Millisecond)
		defer cancel()
		if err := s.AwaitChange(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			s.Errorf("error %v, want that of the context", err)
		}
	}},
	{"CursorsAreKept", func(s *suite) {
		s.cursor("a", 0)
		s.ok(s.SetCursor(s.ctx, "a", 7))
		s.ok(s.SetCursor(s.ctx, "b", 1))
		s.ok(s.SetCursor(s.ctx, "a", 5))
		s.cursor("a", 5)
		s.reopen()
		s.cursor("a", 5)
		s.cursor("b", 1)
		s.cursor("c", 0)
	}},
}

// follows says which changes there must be behind a place.
func (s *suite) follows(after int64, want ...string) {
	s.Helper()
	changes, err := s.Changes(s.ctx, after, 100)
	s.ok(err)
	var got []string
	for _, c := range changes {
		if c.Seq <= after {
			s.Errorf("change %d is not behind %d", c.Seq, after)
		}
		after = c.Seq
		got = append(got, tell(c))
	}
	if !slices.Equal(got, want) {
		s.Errorf("changes %q, want %q", got, want)
	}
}

// tell writes a change as the tests do: +n stored, -n m deleted.
func tell(c state.Change) string {
	if c.Statement == nil {
		text := "-"
		for i, name := range c.Removed {
			if i > 0 {
				text += " "
			}
			text += fmt.Sprint(number(name))
		}
		return text
	}
	text := fmt.Sprint("+", number(c.Statement.ID))
	if c.Voids != "" {
		text += fmt.Sprint(" voids ", number(c.Voids))
	}
	if len(c.Removed) > 0 {
		text += " and removes"
	}
	return text
}

// number undoes id.
func number(name string) int {
	var n int
	if _, err := fmt.Sscanf(name, "00000000-0000-4000-8000-%x", &n); err != nil {
		return -1
	}
	return n
}

func (s *suite) last(want int64) {
	s.Helper()
	if got, err := s.LastChange(s.ctx); err != nil || got != want {
		s.Errorf("the latest change is %d, want %d, %v", got, want, err)
	}
}

func (s *suite) cursor(reader string, want int64) {
	s.Helper()
	if got, err := s.Cursor(s.ctx, reader); err != nil || got != want {
		s.Errorf("reader %s is at %d, want %d, %v", reader, got, want, err)
	}
}

func waits(s *suite) {
	woken := make(chan error)
	go func() { woken <- s.AwaitChange(s.ctx, 0) }()
	select {
	case err := <-woken:
		s.Fatalf("woken before anything happened, %v", err)
	case <-time.After(5 * time.Millisecond):
	}
	places := s.put(plain(1))
	s.ok(<-woken)
	s.ok(s.AwaitChange(s.ctx, places[0]-1))
	go func() { woken <- s.AwaitChange(s.ctx, places[0]) }()
	s.ok2(s.DeleteStatements(s.ctx, ids(1)))
	s.ok(<-woken)
}
