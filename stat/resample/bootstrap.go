package resample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
)

// Statistic computes its outputs from a sample of units, given by index with
// repetition, into out. It is called from several goroutines at once, each
// with its own sample and out, and must keep neither. An error that wraps one
// of package stat's marks this sample as having no value; any other ends the
// run.
type Statistic func(sample []int, out []float64) error

// Plan says what to draw.
type Plan struct {
	Units      int    // units to draw from: clusters where observations are clustered
	Outputs    int    // numbers that the statistic gives
	Replicates int    // bootstrap samples; 2,000 for a 95 % interval
	Seed       uint64 // family of streams, see Stream
}

// maxFailedShare of replicates may be without value before the whole is
// refused: an interval from the survivors would describe other data.
const maxFailedShare = 0.05

// Draws are the replicates of a statistic.
type Draws struct {
	Original []float64   // the statistic of the data themselves
	Values   [][]float64 // [output][replicate], failed replicates left out, in order of replicate
	Failed   int         // replicates that had no value
	Reason   error       // why the first of them had none; nil if Failed is 0
}

// Bootstrap draws plan.Replicates samples of plan.Units units with
// replacement and computes f on each, on all processors. Replicate r depends
// on plan.Seed and r alone, so results are equal whatever the parallelism.
// Memory is Units × processors and Outputs × Replicates words.
//
// Errors: ErrTooFew with fewer than two units, or if more than 5 % of the
// replicates have no value (the first reason is wrapped too); f's error on the
// data themselves; ErrNotFinite if f gives NaN or infinity; the context's
// error when cancelled. Bootstrap panics if Outputs or Replicates is not
// positive.
//
// Source: Efron (1979), Annals of Statistics 7:1-26; for clusters, Field and
// Welsh (2007), JRSS B 69:369-390.
func Bootstrap(ctx context.Context, plan Plan, f Statistic) (*Draws, error) {
	if plan.Outputs < 1 || plan.Replicates < 1 {
		panic(fmt.Sprintf("resample: %d outputs, %d replicates", plan.Outputs, plan.Replicates))
	}
	if plan.Units < 2 {
		return nil, fmt.Errorf("bootstrap of %d units: %w", plan.Units, stat.ErrTooFew)
	}
	original, err := evaluate(f, identity(plan.Units), plan.Outputs)
	if err != nil {
		return nil, fmt.Errorf("statistic of the data: %w", err)
	}
	results, err := replicate(ctx, plan, f)
	if err != nil {
		return nil, err
	}
	return collect(plan, original, results)
}

// result is one replicate: its outputs, or why there are none.
type result struct {
	out []float64
	err error
}

// replicate fills one result per replicate.
func replicate(ctx context.Context, plan Plan, f Statistic) ([]result, error) {
	results := make([]result, plan.Replicates)
	err := parallel(ctx, plan.Replicates, func() func(int) error {
		sample := make([]int, plan.Units)
		return func(r int) error {
			resample(sample, Stream(plan.Seed, uint64(r)))
			out, err := evaluate(f, sample, plan.Outputs)
			if err != nil && !stat.DataError(err) {
				return fmt.Errorf("replicate %d: %w", r, err)
			}
			results[r] = result{out, err}
			return nil
		}
	})
	if err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	return results, nil
}

func collect(plan Plan, original []float64, results []result) (*Draws, error) {
	d := &Draws{Original: original, Values: make([][]float64, plan.Outputs)}
	for _, r := range results {
		if r.err != nil {
			if d.Failed == 0 {
				d.Reason = r.err
			}
			d.Failed++
			continue
		}
		for k, v := range r.out {
			d.Values[k] = append(d.Values[k], v)
		}
	}
	if float64(d.Failed) > maxFailedShare*float64(plan.Replicates) {
		return nil, fmt.Errorf("%d of %d bootstrap samples have no value (%w): %w", d.Failed, plan.Replicates, d.Reason, stat.ErrTooFew)
	}
	return d, nil
}

// resample fills sample with as many indices below len(sample), drawn with
// replacement.
func resample(sample []int, src rand.Source) {
	rng := rand.New(src)
	n := len(sample)
	for i := range sample {
		sample[i] = rng.IntN(n)
	}
}

func evaluate(f Statistic, sample []int, outputs int) ([]float64, error) {
	out := make([]float64, outputs)
	if err := f(sample, out); err != nil {
		return nil, err
	}
	for k, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("output %d is %v: %w", k, v, stat.ErrNotFinite)
		}
	}
	return out, nil
}

func identity(n int) []int {
	sample := make([]int, n)
	for i := range sample {
		sample[i] = i
	}
	return sample
}
