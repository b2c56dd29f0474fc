package forward

import (
	"context"
	"errors"
	"fmt"

	"github.com/liftmark/liftmark/internal/fault"
)

// Skipped is a statement that was passed over.
type Skipped struct {
	Statement string // id
	Reason    string // why it could not be delivered
}

// Skip tries what waits, one statement at a time, and makes the first that the
// other store does not take a dead letter, whatever the reason; those before it
// are delivered. It is for a statement that the other store always fails at and
// that holds up all behind it. A paused forwarding stays paused.
//
// Errors: fault.NotFound for the forwarding, fault.Conflict when the next
// statements are delivered, so that nothing is held up.
func (s *Service) Skip(ctx context.Context, name string) (Skipped, error) {
	s.setup.Lock()
	defer s.setup.Unlock()
	k, err := s.kept(ctx, name)
	if err != nil {
		return Skipped{}, err
	}
	s.stop(name) // one worker at a time; Run starts the next
	defer s.wake()
	w := s.worker(k)
	if w.to.password, err = s.key.Open(k.purpose(), k.Sealed); err != nil {
		return Skipped{}, err
	}
	if err := w.open(ctx); err != nil {
		return Skipped{}, err
	}
	skipped, err := w.skip(ctx)
	w.flight.land()
	if err != nil {
		return Skipped{}, fmt.Errorf("skip a statement of %s: %w", name, err)
	}
	return skipped, nil
}

// skip delivers statements one by one until it has buried one.
func (w *worker) skip(ctx context.Context) (Skipped, error) {
	changes, ok, err := w.next(ctx, w.opt.Batch)
	if err != nil {
		return Skipped{}, err
	}
	if !ok {
		return Skipped{}, errWithdrawn
	}
	for _, ch := range changes {
		it, err := w.take(ctx, ch)
		if err != nil {
			return Skipped{}, err
		}
		if it != nil {
			if reason, err := w.deliverOrBury(ctx, it); err != nil || reason != "" {
				return Skipped{Statement: it.id, Reason: reason}, err
			}
		}
		if err := w.advance(ctx, ch.Seq); err != nil {
			return Skipped{}, err
		}
	}
	return Skipped{}, fault.New(fault.Conflict, "nothing is held up: the next statements were delivered")
}

// deliverOrBury tries a statement by itself. One that is not taken becomes a
// dead letter, and the reason is given.
func (w *worker) deliverOrBury(ctx context.Context, it *item) (reason string, err error) {
	err = w.deliver(ctx, []*item{it})
	var back *setback
	if !errors.As(err, &back) || ctx.Err() != nil {
		return "", err
	}
	reason = "skipped by hand: " + back.reason
	if err := w.bury(ctx, it, &refusal{reason: reason}); err != nil {
		return "", err
	}
	return reason, w.advance(ctx, it.seq)
}
