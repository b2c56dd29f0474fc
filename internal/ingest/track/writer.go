package track

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/warehouse"
)

// item is an event that passed the rules, ready to become facts.
type item struct {
	call      Call
	at        time.Time
	user      string
	anonymous string
	previous  string
	country   string // where the request came from
	occurred  *occurrence
	profile   profile
	email     string
	note      func(rule, remedy string) // adds a problem that only writing shows
}

// submission is a request's events on their way to the disk.
type submission struct {
	items []item
	bytes int64
	done  chan error // gets one answer
}

// submit hands events to the writer and waits until they are on disk.
//
// Errors: fault.Unavailable when the queue is full, the service closes or the
// disk cannot be written; ctx's.
func (s *Service) submit(ctx context.Context, items []item, bytes int64) error {
	if len(items) == 0 {
		return nil
	}
	sub := &submission{items: items, bytes: bytes, done: make(chan error, 1)}
	if err := s.enqueue(sub); err != nil {
		return err
	}
	select {
	case err := <-sub.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Service) enqueue(sub *submission) error {
	s.gate.RLock()
	defer s.gate.RUnlock()
	if s.closed {
		return errClosing
	}
	n := int64(len(sub.items))
	events, bytes := s.stats.queuedEvents.Add(n), s.stats.queuedBytes.Add(sub.bytes)
	alone := events == n // one request is taken, however large requests may be
	if !alone && (events > s.opt.Limits.QueuedEvents || bytes > s.opt.Limits.QueuedBytes) {
		s.release(sub)
		return errFull
	}
	s.queue <- sub // has a place for each event that may wait, so this does not block
	return nil
}

func (s *Service) release(sub *submission) {
	s.stats.queuedEvents.Add(-int64(len(sub.items)))
	s.stats.queuedBytes.Add(-sub.bytes)
}

// write stores groups of submissions until the queue is closed and empty.
func (s *Service) write(ctx context.Context) {
	defer close(s.ended)
	for first := range s.queue {
		group := s.gather(first)
		s.turn.Lock()
		s.commit(ctx, group)
		s.turn.Unlock()
		for _, sub := range group {
			s.release(sub)
		}
	}
}

// gather collects what waits, and what comes within a moment.
func (s *Service) gather(first *submission) []*submission {
	group, events := []*submission{first}, len(first.items)
	linger := time.NewTimer(s.opt.Limits.Linger)
	defer linger.Stop()
	for events < s.opt.Limits.GroupEvents {
		select {
		case sub, ok := <-s.queue:
			if !ok {
				return group
			}
			group = append(group, sub)
			events += len(sub.items)
		case <-linger.C:
			return group
		}
	}
	return group
}

// commit stores a group in one go and answers its submissions. When a row of
// one of them does not fit, each is stored by itself, so that the others do.
func (s *Service) commit(ctx context.Context, group []*submission) {
	err := s.store(ctx, group)
	if err != nil && len(group) > 1 && !errors.Is(err, context.Canceled) && fault.KindOf(err) != fault.Unavailable {
		for _, sub := range group {
			sub.done <- s.store(ctx, []*submission{sub})
		}
		return
	}
	for _, sub := range group {
		sub.done <- err
	}
}

// store writes what a group says. After a failure nothing counts as said before.
func (s *Service) store(ctx context.Context, group []*submission) error {
	err := s.safely(func() error { return s.put(ctx, group) })
	if err != nil {
		s.memory.forget()
		s.staleLinks = true
		s.opt.Log.Error("events were not stored", "error", err)
	}
	return err
}

// safely makes an error of a panic: what one event does to the writer must not
// end the server. What the panic says is not logged, for it may name people.
func (s *Service) safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.stats.panics.Add(1)
			s.opt.Log.Error("panic while events were stored", "panic", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "panic while events were stored; the log says where")
		}
	}()
	return do()
}

// put writes first what is parked, then the rest. Both may be repeated, so an
// interruption between them costs nothing.
func (s *Service) put(ctx context.Context, group []*submission) error {
	if s.staleLinks {
		if err := s.loadLinks(ctx); err != nil {
			return err
		}
		s.staleLinks = false
	}
	b := &builder{Service: s, ctx: ctx}
	if err := b.add(group); err != nil {
		return err
	}
	if err := s.park(ctx, b.parked); err != nil {
		return err
	}
	s.stats.parked.Add(int64(len(b.parked)))
	return s.take(ctx, b.delta())
}

// loadRow reads the last row that is stored, so that rows grow although the
// clock may have gone back since.
func (s *Service) loadRow(ctx context.Context) error {
	const last = "SELECT greatest((SELECT coalesce(max(row), 0) FROM usage), (SELECT coalesce(max(row), 0) FROM learning))"
	if err := s.opt.Facts.SQL().QueryRowContext(ctx, last).Scan(&s.row); err != nil {
		return fmt.Errorf("read the last event's row: %w", err)
	}
	return nil
}

// nextRow numbers a row: by the time, and always higher than those before.
func (s *Service) nextRow() int64 {
	s.row = max(s.row+1, s.opt.Now().UnixMicro())
	return s.row
}

func (s *Service) take(ctx context.Context, d warehouse.Delta) error {
	if len(d.Rows)+len(d.Links)+len(d.Seen) == 0 {
		return nil
	}
	taken, err := s.opt.Facts.Take(ctx, d)
	if err != nil {
		return fmt.Errorf("store events: %w", err)
	}
	s.stats.groups.Add(1)
	s.stats.stored.Add(int64(taken.Added + taken.Restated))
	s.stats.duplicate.Add(int64(taken.Duplicate + len(taken.Conflict)))
	return nil
}
