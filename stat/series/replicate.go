package series

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"

	"github.com/liftmark/liftmark/stat/resample"
)

// Replication says how often to draw again, and from which family of streams.
type Replication struct {
	Replicates int // 200 or more for a standard error; a panic below 2
	Seed       uint64
}

// replicate computes outputs on every stream of the family, on all processors.
// Replicate r depends on the seed and r alone.
func replicate(ctx context.Context, r Replication, use string, draw func(rng *rand.Rand) ([]float64, error)) ([][]float64, error) {
	if r.Replicates < 2 {
		panic(fmt.Sprintf("series: %d replicates", r.Replicates))
	}
	seed := resample.Child(r.Seed, use)
	return parallel(ctx, r.Replicates, func(k int) ([]float64, error) {
		return draw(rand.New(resample.Stream(seed, uint64(k))))
	})
}

// parallel computes f(0) … f(n−1) on all processors, until the context ends or
// an f fails.
func parallel[T any](ctx context.Context, n int, f func(k int) (T, error)) ([]T, error) {
	results := make([]T, n)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for k := w; k < n && ctx.Err() == nil; k += workers {
				result, err := f(k)
				if err != nil {
					cancel(fmt.Errorf("replicate %d: %w", k, err))
					return
				}
				results[k] = result
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return results, nil
}
