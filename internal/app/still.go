package app

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// stillness lets work that changes facts and store together go on side by side,
// and a backup, which copies one after the other, only while none is under way:
// a backup holds all of such a change or nothing of it.
type stillness struct{ turns *semaphore.Weighted }

// allTurns is more than there ever are at a time.
const allTurns = 1 << 20

func newStillness() stillness { return stillness{semaphore.NewWeighted(allTurns)} }

// changing does work that changes both. It may not be called within itself.
func (s stillness) changing(ctx context.Context, do func() error) error {
	return s.with(ctx, 1, do)
}

// still does work that wants both to belong together. Changes wait for it.
func (s stillness) still(ctx context.Context, do func() error) error {
	return s.with(ctx, allTurns, do)
}

func (s stillness) with(ctx context.Context, turns int64, do func() error) error {
	if err := s.turns.Acquire(ctx, turns); err != nil {
		return err
	}
	defer s.turns.Release(turns)
	return do()
}
