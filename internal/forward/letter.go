package forward

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/state"
)

const letterPage = 500

// eachLetter calls each with the dead letters of a forwarding, oldest first.
func eachLetter(ctx context.Context, store Store, name string, each func(state.DeadLetter) error) error {
	for after := int64(0); ; {
		page, err := store.DeadLetters(ctx, name, after, letterPage)
		if err != nil {
			return err
		}
		for _, letter := range page {
			after = letter.ID
			if err := each(letter); err != nil {
				return err
			}
		}
		if len(page) < letterPage {
			return nil
		}
	}
}

func (s *Service) countLetters(ctx context.Context, name string) (n int, err error) {
	err = eachLetter(ctx, s.store, name, func(state.DeadLetter) error { n++; return nil })
	return n, err
}

// DeadLetters gives at most n of a forwarding's dead letters behind an id.
//
// Errors: fault.NotFound.
func (s *Service) DeadLetters(ctx context.Context, name string, after int64, n int) ([]state.DeadLetter, error) {
	if _, err := s.kept(ctx, name); err != nil {
		return nil, err
	}
	return s.store.DeadLetters(ctx, name, after, n)
}

func (s *Service) kept(ctx context.Context, name string) (kept, error) {
	all, err := s.load(ctx)
	if err != nil {
		return kept{}, err
	}
	i := find(all, name)
	if i < 0 {
		return kept{}, missing(name)
	}
	return all[i], nil
}

// Discard gives up dead letters by id, without ids all of a forwarding's, and
// says how many.
//
// Errors: fault.NotFound for the forwarding. Ids of others are left alone.
func (s *Service) Discard(ctx context.Context, name string, ids []int64) (int, error) {
	if _, err := s.kept(ctx, name); err != nil {
		return 0, err
	}
	letters, err := s.chosen(ctx, name, ids)
	if err != nil {
		return 0, err
	}
	return len(letters), s.drop(ctx, name, letters)
}

func (s *Service) discardAll(ctx context.Context, name string) error {
	letters, err := s.chosen(ctx, name, nil)
	if err != nil {
		return err
	}
	return s.drop(ctx, name, letters)
}

// chosen gives a forwarding's letters among ids, without ids all of them. Their
// number is bounded by Options.MaxDeadLetters.
func (s *Service) chosen(ctx context.Context, name string, ids []int64) (letters []state.DeadLetter, err error) {
	err = eachLetter(ctx, s.store, name, func(letter state.DeadLetter) error {
		if len(ids) == 0 || slices.Contains(ids, letter.ID) {
			letters = append(letters, letter)
		}
		return nil
	})
	return letters, err
}

func (s *Service) drop(ctx context.Context, name string, letters []state.DeadLetter) error {
	for page := range slices.Chunk(letters, letterPage) {
		ids, statements := make([]int64, len(page)), make([]string, len(page))
		for i, letter := range page {
			ids[i], statements[i] = letter.ID, letter.Statement
		}
		if err := s.store.DeleteDeadLetters(ctx, ids); err != nil {
			return err
		}
		if w := s.running()[name]; w != nil {
			w.forget(statements)
		}
	}
	return nil
}

// Forget withdraws statements that are being erased or rewritten: they are not
// sent any more as they were, and their dead letters go, for the reasons may
// quote what was in them. It is called before they change, so that nothing is
// left when the process ends in between, and again afterwards, for until then
// they may be read and sent.
func (s *Service) Forget(ctx context.Context, statements []string) error {
	s.flights.withdraw(statements)
	letters, err := s.store.DeadLettersOf(ctx, statements)
	if err != nil {
		return err
	}
	byTarget := map[string][]state.DeadLetter{}
	for _, letter := range letters {
		byTarget[letter.Target] = append(byTarget[letter.Target], letter)
	}
	for name, letters := range byTarget {
		if err := s.drop(ctx, name, letters); err != nil {
			return err
		}
	}
	return nil
}

// Replay sends dead letters by id again, without ids all of a forwarding's,
// oldest first, and says how many the other store has now. What it refuses
// again stays, with the new reason.
//
// Errors: fault.NotFound for the forwarding, fault.Unavailable when the other
// store cannot be reached; letters that were not tried stay as they were.
func (s *Service) Replay(ctx context.Context, name string, ids []int64) (delivered int, err error) {
	k, err := s.kept(ctx, name)
	if err != nil {
		return 0, err
	}
	w := s.worker(k)
	if w.to.password, err = s.key.Open(k.purpose(), k.Sealed); err != nil {
		return 0, err
	}
	letters, err := s.chosen(ctx, name, ids)
	if err != nil {
		return 0, err
	}
	for _, letter := range letters {
		done, err := s.resend(ctx, w, letter)
		if err != nil {
			return delivered, fmt.Errorf("replay to %s: %w", name, err)
		}
		if done {
			delivered++
		}
	}
	return delivered, nil
}

// resend tries one letter again.
func (s *Service) resend(ctx context.Context, w *worker, letter state.DeadLetter) (bool, error) {
	st, err := w.again(ctx, letter.Statement)
	if fault.KindOf(err) == fault.NotFound {
		return false, s.drop(ctx, letter.Target, []state.DeadLetter{letter}) // deleted since
	}
	if err != nil {
		return false, err
	}
	defer w.flight.land()
	if still, err := s.isLetter(ctx, letter); err != nil || !still {
		return false, err
	}
	it, err := w.prepare(ctx, st.Seq, &st)
	if err != nil {
		return false, err
	}
	err = w.to.post(ctx, []*item{it})
	var refused *refusal
	if errors.As(err, &refused) {
		var has bool
		if has, err = w.to.has(ctx, it, refused); err == nil && !has {
			_, err := w.flight.whole(func() error { return s.rewrite(ctx, letter, refused.reason) })
			return false, err
		}
	}
	if err != nil {
		var back *setback
		if errors.As(err, &back) {
			return false, fault.New(fault.Unavailable, "%w", err)
		}
		return false, err
	}
	return true, s.drop(ctx, letter.Target, []state.DeadLetter{letter})
}

// isLetter says whether there is still that letter: its statement may have been
// rewritten since it was chosen.
func (s *Service) isLetter(ctx context.Context, letter state.DeadLetter) (bool, error) {
	letters, err := s.store.DeadLettersOf(ctx, []string{letter.Statement})
	return slices.ContainsFunc(letters, func(l state.DeadLetter) bool { return l.ID == letter.ID }), err
}

// again reads a statement that is to be sent once more and lets it take off.
func (w *worker) again(ctx context.Context, id string) (state.Statement, error) {
	for {
		round := w.flights.now()
		st, err := w.store.Statement(ctx, id)
		if err != nil {
			return st, err
		}
		if w.flight = w.flights.takeOff(round, []string{id}, func() {}); w.flight != nil {
			return st, nil
		}
	}
}

// rewrite keeps a letter with what was said this time.
func (s *Service) rewrite(ctx context.Context, letter state.DeadLetter, reason string) error {
	old := letter.ID
	letter.ID, letter.Reason, letter.Attempts, letter.At = 0, reason, letter.Attempts+1, s.opt.Now().UTC()
	if err := s.store.AddDeadLetters(ctx, []state.DeadLetter{letter}); err != nil {
		return err
	}
	return s.store.DeleteDeadLetters(ctx, []int64{old})
}
