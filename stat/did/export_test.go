package did

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat/resample"
)

// Conditional is RelativeMagnitudes without its first stage, which needs no draws.
func Conditional(p Points, target []float64, mbar, level float64) (low, high float64, err error) {
	plain := p.plain(target, level)
	low, high = math.Inf(1), math.Inf(-1)
	for k := range 2 * p.before() {
		q, _ := newInequalities(p.relative(k/2, 1-2*float64(k%2), mbar), p, target)
		q.size = 1 - level
		for _, side := range []float64{-1, 1} {
			end, err := q.outermost(context.Background(), side, plain)
			if err != nil {
				return 0, 0, err
			}
			low, high = math.Min(low, end), math.Max(high, end)
		}
	}
	return low, high, nil
}

// LeastFavourable are the critical values of the first stage, a set each.
func LeastFavourable(p Points, target []float64, mbar float64, draws int) []float64 {
	var out []float64
	for k := range 2 * p.before() {
		q, _ := newInequalities(p.relative(k/2, 1-2*float64(k%2), mbar), p, target)
		q.settle(0.95, draws, rand.New(resample.Stream(10, uint64(k))))
		out = append(out, q.hybrid)
	}
	return out
}
