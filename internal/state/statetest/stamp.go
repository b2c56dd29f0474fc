package statetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

var stampTests = []test{
	{"IncreaseWithinABatch", func(s *suite) {
		s.put(plain(1), plain(2), plain(3))
		s.increasing(1, 2, 3)
	}},
	{"IncreaseWhenTheClockGoesBack", func(s *suite) {
		s.put(plain(1))
		s.clock.move(-time.Hour)
		s.put(plain(2))
		s.clock.move(-time.Hour)
		s.reopen()
		s.put(plain(3))
		s.increasing(1, 2, 3)
	}},
	{"AreThoseOfTheClock", func(s *suite) {
		s.clock.move(time.Minute)
		s.put(plain(1))
		if got := s.statement(1).Stored.Sub(start.Add(time.Minute)); got < 0 || got > time.Millisecond {
			s.Errorf("stored %s after the clock's time", got)
		}
	}},
	{"AreLaterThanWhatWasReported", func(s *suite) {
		s.put(plain(1))
		for n := 2; n < 6; n++ {
			s.clock.move(time.Duration(n) * time.Minute)
			through := s.ConsistentThrough()
			s.clock.move(-time.Hour)
			s.put(plain(n))
			if stored := s.statement(n).Stored; !stored.After(through) {
				s.Errorf("stored at %s, reported through %s", stored, through)
			}
		}
	}},
	{"AreLaterThanWhatWasReportedBeforeARestart", func(s *suite) {
		s.put(plain(1))
		s.clock.move(time.Hour)
		through := s.ConsistentThrough()
		s.clock.move(-time.Hour)
		s.reopen()
		if again := s.ConsistentThrough(); again.Before(through) {
			s.Errorf("reported through %s, after the restart %s", through, again)
		}
		s.put(plain(2))
		if stored := s.statement(2).Stored; !stored.After(through) {
			s.Errorf("stored at %s, reported through %s", stored, through)
		}
	}},
	{"ConsistentThroughIncludesWhatIsAcknowledged", func(s *suite) {
		for n := 1; n <= 5; n++ {
			s.put(plain(n))
			if through, stored := s.ConsistentThrough(), s.statement(n).Stored; through.Before(stored) {
				s.Errorf("consistent through %s, stored at %s", through, stored)
			}
		}
	}},
	{"ConsistentThroughFollowsTheClockWhenIdle", func(s *suite) {
		s.put(plain(1))
		for range 5 {
			s.clock.move(time.Hour)
			if lag := s.clock.now().Sub(s.ConsistentThrough()); lag < 0 || lag >= time.Second {
				s.Errorf("it lags %s behind the clock, want less than a second", lag)
			}
		}
	}},
	{"ConsistentThroughNeverPassesWhatIsBeingWritten", func(s *suite) {
		s.put(plain(0))
		for n, step := range []time.Duration{0, time.Millisecond, 100 * time.Millisecond, time.Hour, -time.Hour} {
			s.neverPasses(n+1, step)
		}
	}},
	{"AnIncrementalReaderMissesNothing", incrementalReader},
}

func (s *suite) increasing(ns ...int) {
	s.Helper()
	var last time.Time
	for _, n := range ns {
		stored := s.statement(n).Stored
		if !stored.After(last) {
			s.Errorf("statement %d is stored at %s, the one before at %s", n, stored, last)
		}
		if !stored.Equal(stored.Truncate(time.Microsecond)) {
			s.Errorf("stored at %s, finer than a microsecond", stored)
		}
		last = stored
	}
}

// neverPasses looks while a statement is being written and the clock moves.
func (s *suite) neverPasses(n int, step time.Duration) {
	s.Helper()
	acknowledged := s.statement(n - 1).Stored
	s.clock.move(step)
	var through time.Time
	_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(n), plain(0)}, nil, func(int, state.Statement) error {
		s.clock.move(step)
		through = s.ConsistentThrough()
		return nil
	})
	s.ok(err)
	if stored := s.statement(n).Stored; !through.Before(stored) || through.Before(acknowledged) {
		s.Errorf("consistent through %s while %s was being written after %s", through, stored, acknowledged)
	}
}

// incrementalReader reads by since and until as clients do, while several write
// and the clock jumps.
func incrementalReader(s *suite) {
	const writers, each = 4, 60
	var wg sync.WaitGroup
	var running atomic.Int32
	running.Store(writers)
	for w := range writers {
		wg.Go(func() {
			defer running.Add(-1)
			for i := range each {
				if _, err := s.PutStatements(s.ctx, []state.NewStatement{plain(w*each + i)}, nil, nil); err != nil {
					s.Error(err)
				}
				s.clock.move(time.Duration(i%7-2) * 300 * time.Millisecond)
			}
		})
	}
	seen := map[string]int{}
	var since time.Time
	for ended := false; !ended; {
		ended = running.Load() == 0
		through := s.ConsistentThrough()
		s.ok(s.Statements(s.ctx, state.Filter{Since: since, Until: through, Ascending: true, Limit: 1 << 20}, func(st state.Statement) error {
			seen[st.ID]++
			if !st.Stored.After(since) || st.Stored.After(through) {
				return fmt.Errorf("stored at %s, asked for %s to %s", st.Stored, since, through)
			}
			return nil
		}))
		since = through
	}
	wg.Wait()
	for n := range writers * each {
		if seen[id(n)] != 1 {
			s.Errorf("statement %d was read %d times", n, seen[id(n)])
		}
	}
}
