package did

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
	"golang.org/x/sync/errgroup"
)

// RelativeOptions set how RelativeMagnitudes computes.
type RelativeOptions struct {
	// Level is the coverage of the interval, in (0, 1); 0 means 0.95.
	Level float64
	// Draws find the critical value of the first stage, which has a tenth of the
	// error; 0 means 2,000. Seed makes them.
	Draws int
	Seed  uint64
}

func (o RelativeOptions) settle() RelativeOptions {
	if o.Level == 0 {
		o.Level = 0.95
	}
	if o.Draws == 0 {
		o.Draws = 2000
	}
	stat.CheckLevel(o.Level)
	if float64(o.Draws)*(1-o.Level) < 20-1e-9 {
		panic(fmt.Sprintf("did: %d draws for a level of %g", o.Draws, o.Level))
	}
	return o
}

// RelativeMagnitudes bounds an effect when, without treatment, the gap between
// treated and controls would have moved from one period to the next by at most mbar
// times the largest such move seen before treatment (mbar ≥ 0; 1: trends were no
// further from parallel afterwards than before). target weights the effects after
// the reference (Points.Only, Points.Average).
//
// The interval holds every value of the target that is not rejected, by the hybrid
// of the conditional and the least favourable test, for at least one choice of the
// largest move and its sign. Its ends are found to 10⁻⁵ standard errors.
//
// Errors: those of Smoothness, ErrNoConvergence when no end of the interval is
// found, and the context's error. RelativeMagnitudes panics if mbar < 0, the level
// is outside (0, 1) or the draws are too few for it.
//
// Coverage rests on the points being normal with a known covariance. Pre-periods
// that are few or noisy make the largest move large and the interval wide: that is
// what such data can say.
//
// Source: Rambachan and Roth (2023), Rev. Econ. Stud. 90:2555-2591; Andrews, Roth
// and Pakes (2023), Rev. Econ. Stud. 90:2763-2791.
func RelativeMagnitudes(ctx context.Context, p Points, target []float64, mbar float64, o RelativeOptions) (Bound, error) {
	o = o.settle()
	if !(mbar >= 0) || math.IsInf(mbar, 0) {
		panic(fmt.Sprintf("did: relative magnitude %g", mbar))
	}
	if err := p.check(target); err != nil {
		return Bound{}, fmt.Errorf("relative magnitudes bound: %w", err)
	}
	plain := p.plain(target, o.Level)
	ends := make([]float64, 2)
	for k, side := range []float64{-1, 1} {
		end, err := p.end(ctx, target, mbar, side, plain, o)
		if err != nil {
			return Bound{}, fmt.Errorf("relative magnitudes bound: %w", err)
		}
		ends[k] = end
	}
	return Bound{Limit: mbar, Plain: plain, Value: plain.Value,
		Interval: stat.Interval{Low: ends[0], High: ends[1], Level: o.Level}}, nil
}

// RelativeBreakdown is the smallest M̄ at which RelativeMagnitudes no longer
// excludes 0, to 1 %. Errors are those of RelativeMagnitudes.
func RelativeBreakdown(ctx context.Context, p Points, target []float64, o RelativeOptions) (Breakdown, error) {
	o = o.settle()
	if err := p.check(target); err != nil {
		return Breakdown{}, fmt.Errorf("relative magnitudes breakdown: %w", err)
	}
	plain := p.plain(target, o.Level)
	side := -sgn(plain.Value)
	b, err := breakdown(0.25, 0.01, func(mbar float64) (bool, error) {
		end, err := p.end(ctx, target, mbar, side, plain, o)
		return side*end >= 0, err
	})
	if err != nil {
		return Breakdown{}, fmt.Errorf("relative magnitudes breakdown: %w", err)
	}
	return b, nil
}

// end is the outermost value on a side that one of the sets does not reject.
func (p Points) end(ctx context.Context, target []float64, mbar, side float64, plain stat.Estimate, o RelativeOptions) (float64, error) {
	before := p.before()
	ends := make([]float64, 2*before)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for k := range ends {
		group.Go(func() error {
			sign := 1 - 2*float64(k%2)
			q, ok := newInequalities(p.relative(k/2, sign, mbar), p, target)
			if !ok {
				return fmt.Errorf("no vertex: %w", stat.ErrNoConvergence)
			}
			q.settle(o.Level, o.Draws, rand.New(resample.Stream(o.Seed, 0)))
			var err error
			ends[k], err = q.outermost(ctx, side, plain)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	best := math.Inf(-1)
	for _, e := range ends {
		best = math.Max(best, side*e)
	}
	if math.IsInf(best, -1) {
		return 0, fmt.Errorf("every value is rejected: %w", stat.ErrNoConvergence)
	}
	return side * best, nil
}

// relative are the inequalities of the set in which no move after the reference is
// larger than mbar times sign times the move number s before it.
func (p Points) relative(s int, sign, mbar float64) [][]float64 {
	before := p.before()
	largest := make([]float64, len(p.At)) // the move that is said to be the largest
	largest[s] -= sign * mbar
	if s+1 < before { // the move into the reference ends at 0
		largest[s+1] += sign * mbar
	}
	var out [][]float64
	for i := before; i < len(p.At); i++ {
		for _, direction := range []float64{1, -1} {
			row := make([]float64, len(p.At))
			for j, v := range largest {
				row[j] = -v
			}
			row[i] += direction
			if i > before {
				row[i-1] -= direction
			}
			out = append(out, row)
		}
	}
	return out
}

// steps is how many values the search for an end of an interval tries on its way in.
const steps = 400

// outermost is the value furthest out on a side that is not rejected, -∞·side
// without one. It searches from 20 standard errors out, or further if need be.
func (q *inequalities) outermost(ctx context.Context, side float64, plain stat.Estimate) (float64, error) {
	far := 20 * plain.SE
	for doublings := 0; !q.rejects(plain.Value + side*far); doublings++ {
		if doublings == 40 {
			return 0, fmt.Errorf("the interval has no end within %g of %g: %w", far, plain.Value, stat.ErrNoConvergence)
		}
		far *= 2
	}
	step := 2 * far / steps
	for k := 1; k <= steps; k++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		in := far - float64(k)*step
		if q.rejects(plain.Value + side*in) {
			continue
		}
		out := in + step
		for out-in > 1e-5*plain.SE {
			middle := (in + out) / 2
			if q.rejects(plain.Value + side*middle) {
				out = middle
			} else {
				in = middle
			}
		}
		return plain.Value + side*in, nil
	}
	return math.Inf(-int(side)), nil
}
