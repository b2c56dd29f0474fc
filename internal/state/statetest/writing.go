package statetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

var writingTests = []test{
	{"ManyWritersOfTheSameActorsGetNoError", manyWriters},
	{"WhatIsNotBegunIsDroppedWithItsContext", func(s *suite) {
		release := s.block()
		ctx, cancel := context.WithCancel(s.ctx)
		done := make(chan error)
		go func() {
			_, err := s.PutStatements(ctx, []state.NewStatement{plain(1)}, nil, nil)
			done <- err
		}()
		time.Sleep(5 * time.Millisecond) // until it waits; the outcome is the same if not
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			s.Errorf("error %v, want that of the context", err)
		}
		release()
		s.put(plain(2))
		_, err := s.Statement(s.ctx, id(1))
		s.fails(err, fault.NotFound)
	}},
	{"WhatIsBegunIsFinished", func(s *suite) {
		s.put(plain(1))
		ctx, cancel := context.WithCancel(s.ctx)
		_, err := s.PutStatements(ctx, []state.NewStatement{plain(2), plain(1)}, nil, func(int, state.Statement) error {
			cancel()
			time.Sleep(2 * time.Millisecond)
			return nil
		})
		s.ok(err)
		s.finds(state.Filter{}, 2, 1)
	}},
	{"AnEndedContextWritesNothing", func(s *suite) {
		ctx, cancel := context.WithCancel(s.ctx)
		cancel()
		if _, err := s.PutStatements(ctx, []state.NewStatement{plain(1)}, nil, nil); !errors.Is(err, context.Canceled) {
			s.Errorf("error %v, want that of the context", err)
		}
		s.finds(state.Filter{})
	}},
	{"AFullQueueRefusesAtOnce", fullQueue},
	{"CloseFinishesWhatWaits", func(s *suite) {
		release := s.block()
		done := make(chan error, 20)
		var sent sync.WaitGroup
		for n := range 20 {
			sent.Add(1)
			go func() {
				sent.Done()
				_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(n)}, nil, nil)
				done <- err
			}()
		}
		sent.Wait()
		time.Sleep(20 * time.Millisecond) // most of them wait by now
		closed := make(chan error)
		go func() { closed <- s.Store.Close() }()
		release()
		s.ok(<-closed)
		written := 0
		for range 20 {
			if err := <-done; err == nil {
				written++
			} else {
				s.fails(err, fault.Unavailable)
			}
		}
		s.Store = s.open(s.T, "main", s.options())
		if n := len(s.find(state.Filter{})); n != written || written == 0 {
			s.Errorf("%d acknowledged, %d stored", written, n)
		}
	}},
	{"AfterCloseNothingIsWrittenOrRead", func(s *suite) {
		s.put(plain(1))
		s.ok(s.Store.Close())
		s.ok(s.Store.Close())
		_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(2)}, nil, nil)
		s.fails(err, fault.Unavailable)
		_, err = s.Statement(s.ctx, id(1))
		s.fails(err, fault.Unavailable)
		s.fails(s.Statements(s.ctx, state.Filter{Limit: 1}, nil), fault.Unavailable)
	}},
}

// block keeps the writer busy until release is called, which then stores
// nothing.
func (s *suite) block() (release func()) {
	s.Helper()
	began, end, done := make(chan bool), make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		err := s.ChangeSetting(s.ctx, "block", func([]byte) ([]byte, error) {
			close(began)
			<-end
			return nil, nil
		})
		if err != nil {
			s.Error(err)
		}
	}()
	<-began
	return func() {
		close(end)
		<-done
	}
}

func manyWriters(s *suite) {
	const writers, each = 16, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				n := plain(w*each+i, agent("same"), verb("same"))
				n.Definitions = []state.Definition{{Activity: "same", JSON: []byte("one")}}
				n.Names = []state.AgentName{{Agent: "same", Name: "Same"}}
				if _, err := s.PutStatements(s.ctx, []state.NewStatement{n, plain(9999, agent("same"))}, nil, func(int, state.Statement) error { return nil }); err != nil {
					s.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := len(s.find(all(agent("same")))); got != writers*each+1 {
		s.Errorf("%d statements, want %d", got, writers*each+1)
	}
}

// fullQueue writes more than any queue may hold while nothing is taken from it.
func fullQueue(s *suite) {
	const writers = 5000
	release := s.block()
	var acknowledged, refused atomic.Int32
	full := make(chan bool, writers)
	var wg sync.WaitGroup
	for n := range writers {
		wg.Go(func() {
			_, err := s.PutStatements(s.ctx, []state.NewStatement{plain(n)}, nil, nil)
			if err == nil {
				acknowledged.Add(1)
				return
			}
			refused.Add(1)
			if fault.KindOf(err) != fault.Unavailable {
				s.Errorf("error %v of kind %s, want unavailable", err, fault.KindOf(err))
			}
			full <- true
		})
	}
	<-full // while the writer is still blocked
	release()
	wg.Wait()
	if acknowledged.Load() == 0 || acknowledged.Load()+refused.Load() != writers {
		s.Errorf("%d acknowledged and %d refused of %d", acknowledged.Load(), refused.Load(), writers)
	}
	if got := len(s.find(state.Filter{Limit: writers})); got != int(acknowledged.Load()) {
		s.Errorf("%d acknowledged, %d stored", acknowledged.Load(), got)
	}
}
