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

// Forget discards the dead letters of statements that were erased: their
// reasons may quote what was in them.
func (s *Service) Forget(ctx context.Context, statements []string) error {
	gone := make(map[string]bool, len(statements))
	for _, id := range statements {
		gone[id] = true
	}
	all, err := s.load(ctx)
	if err != nil {
		return err
	}
	for _, k := range all {
		letters, err := s.chosen(ctx, k.Name, nil)
		if err != nil {
			return err
		}
		letters = slices.DeleteFunc(letters, func(d state.DeadLetter) bool { return !gone[d.Statement] })
		if err := s.drop(ctx, k.Name, letters); err != nil {
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
	st, err := s.store.Statement(ctx, letter.Statement)
	if fault.KindOf(err) == fault.NotFound {
		return false, s.drop(ctx, letter.Target, []state.DeadLetter{letter}) // deleted since
	}
	if err != nil {
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
			return false, s.rewrite(ctx, letter, refused.reason)
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

// rewrite keeps a letter with what was said this time.
func (s *Service) rewrite(ctx context.Context, letter state.DeadLetter, reason string) error {
	old := letter.ID
	letter.ID, letter.Reason, letter.Attempts, letter.At = 0, reason, letter.Attempts+1, s.opt.Now().UTC()
	if err := s.store.AddDeadLetters(ctx, []state.DeadLetter{letter}); err != nil {
		return err
	}
	return s.store.DeleteDeadLetters(ctx, []int64{old})
}
