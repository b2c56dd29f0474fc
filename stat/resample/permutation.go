package resample

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Design says how units came to their arms. A unit is what was assigned: the
// account, where accounts were and people were measured.
type Design struct {
	Treated []bool // the arm of each unit
	Stratum []int  // the stratum of each unit, if arms were dealt within strata; nil for one
	Draws   int    // assignments to draw; if there are no more than that, each is taken once
	Seed    uint64 // family of streams, see Stream
}

// ArmStatistic compares the arms when the units are assigned as treated says:
// above zero when the treated have more. It is called from several goroutines
// at once and must neither keep nor change treated. An error that wraps one of
// package stat's marks this assignment as having no value; any other ends the
// run.
type ArmStatistic func(treated []bool) (float64, error)

// Permutation is a randomisation test. P is the share of assignments whose
// statistic is at least as far from zero as the observed one, Greater and Less
// those at least as high and as low. When assignments were drawn, the observed
// one counts among them, (b+1)/(m+1), so that P is never 0 and never too small;
// its Monte-Carlo error is √(P(1-P)/Assignments).
type Permutation struct {
	Statistic        float64
	P, Greater, Less float64
	Exact            bool // every possible assignment was taken
	Assignments      int  // compared with the observed one
	Failed           int  // assignments that had no value
	Reason           error
}

// sameStatistic is the difference, relative to the largest statistic, within
// which rounding makes two statistics differ.
const sameStatistic = 1e-10

// Permute tests the sharp null hypothesis that no unit's outcome depended on
// its arm: it recomputes f as if other units had been treated, the same number
// in each stratum. It needs no distribution and holds its size exactly for the
// assignment that was really used; deal clusters if clusters were dealt, and
// use Stratum if arms were balanced within strata. It gives no interval.
//
// Errors: ErrTooFew if only one assignment is possible, or if more than 5 % of
// them have no value (the first reason is wrapped too); f's error on the
// observed assignment; ErrNoVariance if f gives the same for all; ErrNotFinite;
// the context's error when cancelled. Permute panics if Draws is not positive
// or Stratum has another length than Treated.
//
// Source: Fisher (1935), The Design of Experiments, §21; for (b+1)/(m+1),
// Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular
// Biology 9:39.
func Permute(ctx context.Context, design Design, f ArmStatistic) (Permutation, error) {
	if design.Draws < 1 || (design.Stratum != nil && len(design.Stratum) != len(design.Treated)) {
		panic(fmt.Sprintf("resample: %d draws, %d strata of %d units", design.Draws, len(design.Stratum), len(design.Treated)))
	}
	d := newDealer(design)
	if d.possible < 2 {
		return Permutation{}, fmt.Errorf("only one assignment of %d units is possible: %w", len(design.Treated), stat.ErrTooFew)
	}
	observed, err := armValue(f, design.Treated)
	if err != nil {
		return Permutation{}, fmt.Errorf("statistic of the data: %w", err)
	}
	out := Permutation{Statistic: observed, Exact: d.possible <= design.Draws, Assignments: design.Draws}
	if out.Exact {
		out.Assignments = d.possible
	}
	values, errs := make([]float64, out.Assignments), make([]error, out.Assignments)
	err = parallel(ctx, out.Assignments, func() func(int) error {
		treated := make([]bool, len(design.Treated))
		return func(i int) error {
			d.deal(treated, i, out.Exact)
			values[i], errs[i] = armValue(f, treated)
			if errs[i] != nil && !stat.DataError(errs[i]) {
				return fmt.Errorf("assignment %d: %w", i, errs[i])
			}
			return nil
		}
	})
	if err != nil {
		return Permutation{}, fmt.Errorf("permutation: %w", err)
	}
	return out, out.compare(values, errs)
}

func armValue(f ArmStatistic, treated []bool) (float64, error) {
	v, err := f(treated)
	if err == nil && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return 0, fmt.Errorf("statistic is %v: %w", v, stat.ErrNotFinite)
	}
	return v, err
}

// compare fills in the p-values.
func (p *Permutation) compare(values []float64, errs []error) error {
	largest := math.Abs(p.Statistic)
	for i, err := range errs {
		if err == nil {
			largest = math.Max(largest, math.Abs(values[i]))
			continue
		}
		if p.Failed == 0 {
			p.Reason = err
		}
		p.Failed++
	}
	if float64(p.Failed) > maxFailedShare*float64(len(values)) {
		return fmt.Errorf("%d of %d assignments have no value (%w): %w", p.Failed, len(values), p.Reason, stat.ErrTooFew)
	}
	same := largest * sameStatistic
	far, high, low, differ := 0, 0, 0, false
	for i, v := range values {
		if errs[i] != nil {
			continue
		}
		far += count(math.Abs(v) >= math.Abs(p.Statistic)-same)
		high += count(v >= p.Statistic-same)
		low += count(v <= p.Statistic+same)
		differ = differ || math.Abs(v-p.Statistic) > same
	}
	if !differ {
		return fmt.Errorf("the statistic is %v under all assignments: %w", p.Statistic, stat.ErrNoVariance)
	}
	p.Assignments -= p.Failed
	share := func(n int) float64 {
		if p.Exact {
			return float64(n) / float64(p.Assignments)
		}
		return float64(n+1) / float64(p.Assignments+1)
	}
	p.P, p.Greater, p.Less = share(far), share(high), share(low)
	return nil
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// dealer deals arms to units.
type dealer struct {
	design   Design
	strata   [][]int // units by stratum, strata in ascending order
	treated  []int   // treated units by stratum
	possible int     // assignments, at most Draws+1
}

func newDealer(design Design) dealer {
	byStratum := map[int][]int{}
	for i := range design.Treated {
		s := 0
		if design.Stratum != nil {
			s = design.Stratum[i]
		}
		byStratum[s] = append(byStratum[s], i)
	}
	names := make([]int, 0, len(byStratum))
	for s := range byStratum {
		names = append(names, s)
	}
	slices.Sort(names)
	d := dealer{design: design, possible: 1}
	for _, s := range names {
		units, treated := byStratum[s], 0
		for _, i := range units {
			treated += count(design.Treated[i])
		}
		d.strata, d.treated = append(d.strata, units), append(d.treated, treated)
		ways := choose(len(units), treated, design.Draws)
		if d.possible > design.Draws/ways {
			d.possible = design.Draws + 1
		} else {
			d.possible *= ways
		}
	}
	return d
}

// deal writes assignment number i of all, or the i-th drawn at random.
func (d dealer) deal(treated []bool, i int, all bool) {
	if !all {
		copy(treated, d.design.Treated)
		rng := rand.New(Stream(d.design.Seed, uint64(i)))
		for _, units := range d.strata {
			rng.Shuffle(len(units), func(a, b int) {
				treated[units[a]], treated[units[b]] = treated[units[b]], treated[units[a]]
			})
		}
		return
	}
	for s, units := range d.strata {
		ways := choose(len(units), d.treated[s], d.design.Draws)
		combination(treated, units, d.treated[s], i%ways)
		i /= ways
	}
}

// combination marks the units of combination number rank, in the order in which
// those with the first unit come first.
func combination(treated []bool, units []int, k, rank int) {
	for at, i := range units {
		if k == 0 {
			treated[i] = false
			continue
		}
		with := choose(len(units)-at-1, k-1, rank)
		treated[i] = rank < with
		if treated[i] {
			k--
		} else {
			rank -= with
		}
	}
}

// choose is the number of ways to take k of n, or limit+1 if there are more.
func choose(n, k, limit int) int {
	k = min(k, n-k)
	if k < 0 {
		return 0
	}
	ways := 1.0
	for i := 1; i <= k; i++ {
		ways = math.Round(ways * float64(n-k+i) / float64(i))
		if ways > float64(limit) {
			return limit + 1
		}
	}
	return int(ways)
}

// DifferenceOfRatios is the ArmStatistic Σnum/Σden of the treated less that of
// the controls. With a cluster's sum of outcomes as num and its size as den it
// is the difference of means; see DifferenceOfMeans for units of size 1.
//
// It gives ErrTooFew where an arm's denominators sum to zero and panics if the
// slices differ in length, or from the design's.
func DifferenceOfRatios(num, den []float64) ArmStatistic {
	if len(num) != len(den) {
		panic(fmt.Sprintf("resample: %d numerators with %d denominators", len(num), len(den)))
	}
	return func(treated []bool) (float64, error) {
		if len(treated) != len(num) {
			panic(fmt.Sprintf("resample: %d units with %d outcomes", len(treated), len(num)))
		}
		var n, d [2]float64
		for i, t := range treated {
			arm := count(t)
			n[arm] += num[i]
			d[arm] += den[i]
		}
		if d[0] == 0 || d[1] == 0 {
			return 0, fmt.Errorf("denominators of an arm sum to zero: %w", stat.ErrTooFew)
		}
		return n[1]/d[1] - n[0]/d[0], nil
	}
}

// DifferenceOfMeans is the ArmStatistic mean of y of the treated less that of
// the controls. It panics if y's length is not the design's.
func DifferenceOfMeans(y []float64) ArmStatistic {
	ones := make([]float64, len(y))
	for i := range ones {
		ones[i] = 1
	}
	return DifferenceOfRatios(y, ones)
}
