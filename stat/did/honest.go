package did

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Points are the estimates of an event study that measures every event time from
// one reference: what bounds on a violation of parallel trends start from (see EventStudy.Points).
type Points struct {
	At         []int         // event times in order; with Reference they follow each other
	Value      []float64     // estimate at each, in the unit of the outcome
	Covariance mat.Symmetric // of Value
	Reference  int           // the event time that is 0 by construction: -1, earlier with anticipation
}

// submatrix keeps the rows and columns of a list.
func submatrix(m mat.Symmetric, keep []int) *mat.SymDense {
	out := mat.NewSymDense(max(len(keep), 1), nil)
	for i, k := range keep {
		for j := i; j < len(keep); j++ {
			out.SetSym(i, j, m.At(k, keep[j]))
		}
	}
	return out
}

// Only weights the effect at one event time, for the target of a bound. It panics
// if the study does not have that event time after its reference.
func (p Points) Only(at int) []float64 {
	i := slices.Index(p.At, at)
	if i < 0 || at <= p.Reference {
		panic(fmt.Sprintf("did: no estimate at event time %d after the reference %d", at, p.Reference))
	}
	target := make([]float64, len(p.At)-p.before())
	target[i-p.before()] = 1
	return target
}

// Average weights the effects at event times ≥ 0 evenly, for the target of a bound.
func (p Points) Average() []float64 {
	after := p.At[p.before():]
	target := make([]float64, len(after))
	started := 0
	for _, at := range after {
		if at >= 0 {
			started++
		}
	}
	for i, at := range after {
		if at >= 0 {
			target[i] = 1 / float64(started)
		}
	}
	return target
}

// before counts the event times before the reference.
func (p Points) before() int {
	n := 0
	for n < len(p.At) && p.At[n] < p.Reference {
		n++
	}
	return n
}

// Bound is an interval for an effect that stays right when trends were not parallel,
// within a limit.
type Bound struct {
	// Limit is how far trends may have been from parallel: M̄ or M.
	Limit float64
	// Plain is the estimate under parallel trends with its usual interval.
	Plain stat.Estimate
	// Value is the centre of a fixed-length interval, the estimate after a straight
	// pre-trend is projected on; for RelativeMagnitudes it is Plain's.
	Value    float64
	Interval stat.Interval
}

// Breakdown is the smallest limit at which a bound no longer excludes 0: how wrong
// parallel trends would have to be for the data to be compatible with no effect.
type Breakdown struct {
	Limit float64
	// Beyond says that 0 was still excluded at Limit, the largest that was tried.
	Beyond bool
}

// check reports what makes points unfit for bounds.
func (p Points) check(target []float64) error {
	n := len(p.At)
	if len(p.Value) != n || p.Covariance == nil || p.Covariance.SymmetricDim() != max(n, 1) {
		panic(fmt.Sprintf("did: %d event times, %d estimates and a covariance of another size", n, len(p.Value)))
	}
	before := p.before()
	if before == 0 || before == n {
		return fmt.Errorf("%d event times before the reference and %d after: %w", before, n-before, stat.ErrTooFew)
	}
	if len(target) != n-before {
		panic(fmt.Sprintf("did: %d weights for %d event times after the reference", len(target), n-before))
	}
	if err := p.consecutive(before); err != nil {
		return err
	}
	return p.finite(target)
}

func (p Points) consecutive(before int) error {
	want := p.Reference - before
	for _, at := range p.At {
		if want == p.Reference {
			want++
		}
		if at != want {
			return fmt.Errorf("event time %d where %d should follow: %w", at, want, stat.ErrInvalid)
		}
		want++
	}
	return nil
}

func (p Points) finite(target []float64) error {
	weight := 0.0
	for i, w := range target {
		if !isFinite(w) {
			return fmt.Errorf("target weight %d: %w", i, stat.ErrNotFinite)
		}
		weight += math.Abs(w)
	}
	if weight == 0 {
		return fmt.Errorf("target weights are all 0: %w", stat.ErrInvalid)
	}
	for i, v := range p.Value {
		if !isFinite(v) || !isFinite(p.Covariance.At(i, i)) {
			return fmt.Errorf("estimate at event time %d: %w", p.At[i], stat.ErrNotFinite)
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(p.Covariance) || !(chol.Cond() < singular) {
		return fmt.Errorf("covariance of %d estimates is singular: %w", len(p.At), stat.ErrCollinear)
	}
	return nil
}

// plain is the estimate of a target under parallel trends.
func (p Points) plain(target []float64, level float64) stat.Estimate {
	full := make([]float64, len(p.At))
	copy(full[p.before():], target)
	v := mat.NewVecDense(len(full), full)
	value := mat.Dot(v, mat.NewVecDense(len(full), slices.Clone(p.Value)))
	return stat.Normal(value, math.Sqrt(mat.Inner(v, p.Covariance, v)), level).Estimate
}

// breakdown finds the smallest limit at which contains holds, to a relative
// tolerance, starting from a unit step.
func breakdown(step, tolerance float64, contains func(limit float64) (bool, error)) (Breakdown, error) {
	low, high := 0.0, 0.0
	for doublings := 0; ; doublings++ {
		in, err := contains(high)
		if err != nil {
			return Breakdown{}, err
		}
		if in {
			break
		}
		if doublings == maxDoublings {
			return Breakdown{Limit: high, Beyond: true}, nil
		}
		low, high = high, math.Max(step, 2*high)
	}
	for high-low > tolerance*high {
		middle := (low + high) / 2
		in, err := contains(middle)
		if err != nil {
			return Breakdown{}, err
		}
		if in {
			high = middle
		} else {
			low = middle
		}
	}
	return Breakdown{Limit: high}, nil
}

// maxDoublings bounds the limits that a breakdown tries: 2¹⁰ steps.
const maxDoublings = 11
