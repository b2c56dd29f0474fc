package resample

import (
	"context"
	"runtime"
	"sync"
)

// parallel runs the indices below n on all processors. start gives each
// goroutine its own work, with its own memory; an error from it ends the run
// and is returned, like the context's.
func parallel(ctx context.Context, n int, start func() func(i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			work := start()
			for i := w; i < n && ctx.Err() == nil; i += workers {
				if err := work(i); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
