package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Form is the shape of a set of values that a test does not reject.
type Form int

const (
	Bounded   Form = iota // one interval
	Empty                 // no value: the instruments contradict each other
	Unbounded             // it has no end on one side or both: the instruments are too weak to bound the effect
	Whole                 // every value: the instruments say nothing
)

// RobustSet is the set of effects that the test of Anderson and Rubin does not
// reject: it holds the true effect at its level however weak the instruments are.
type RobustSet struct {
	Form  Form
	Parts []stat.Interval // ascending and apart; ends may be ±Inf
	Zero  WaldTest        // of no effect
}

// Contains says whether an effect is in the set.
func (r RobustSet) Contains(effect float64) bool {
	for _, part := range r.Parts {
		if part.Contains(effect) {
			return true
		}
	}
	return false
}

// AndersonRubin inverts, for a fit with one endogenous column, the test that the
// instruments explain nothing of outcome − effect · column. Its coverage does not
// depend on the strength of the instruments; when they are weak the set is long,
// unbounded or everything, and that is the answer. With more instruments than
// needed it is empty when they contradict each other.
//
// Errors: ErrInvalid with more than one endogenous column, ErrTooFew without
// degrees of freedom. It panics if level is outside (0, 1).
// Source: Anderson and Rubin (1949), Ann. Math. Stat. 20:46-63; on the shapes,
// Dufour and Taamouti (2005), Econometrica 73:1351-1365.
func (t *TwoStage) AndersonRubin(level float64) (RobustSet, error) {
	a, err := t.newAnderson(level, t.N-len(t.basis.q))
	if err != nil {
		return RobustSet{}, err
	}
	y, d := a.reducedResiduals()
	scale := 1 / a.df
	a.spread(scaledIdentity(a.m, scale*dot(y, y)), scaledIdentity(a.m, scale*dot(y, d)), scaledIdentity(a.m, scale*dot(d, d)))
	return a.quadratic().sized()
}

// AndersonRubinRobust is AndersonRubin under a heteroskedasticity-robust
// covariance (HC1), or a cluster-robust one (CR1, on clusters less one degrees of
// freedom) if cluster is not nil. Its errors are those of AndersonRubin, and
// ErrTooFew with too few clusters for the instruments.
func (t *TwoStage) AndersonRubinRobust(cluster []int, level float64) (RobustSet, error) {
	k := len(t.basis.q)
	df, scale := t.N-k, float64(t.N)/float64(t.N-k)
	if cluster != nil {
		groups := t.Clusters(cluster)
		if groups <= t.instruments || t.N <= k {
			return RobustSet{}, fmt.Errorf("Anderson–Rubin test with %d clusters and %d instruments: %w", groups, t.instruments, stat.ErrTooFew)
		}
		g := float64(groups)
		df, scale = groups-1, g/(g-1)*float64(t.N-1)/float64(t.N-k)
	}
	a, err := t.newAnderson(level, df)
	if err != nil {
		return RobustSet{}, err
	}
	y, d := a.reducedResiduals()
	part := func(e, f []float64) *mat.SymDense {
		out := mat.NewSymDense(a.m, nil)
		whole := t.moments(e, f, cluster)
		for i := range a.m {
			for j := i; j < a.m; j++ {
				out.SetSym(i, j, scale*whole.At(k-a.m+i, k-a.m+j))
			}
		}
		return out
	}
	a.spread(part(y, y), part(y, d), part(d, d))
	if a.m == 1 {
		return a.quadratic().sized()
	}
	return a.search().sized()
}

// sized gives the set on, or ErrNotFinite when its numbers have no float64.
func (r RobustSet) sized() (RobustSet, error) {
	numbers := []float64{r.Zero.F, r.Zero.P}
	for _, part := range r.Parts {
		if math.IsNaN(part.Low) || math.IsNaN(part.High) {
			numbers = append(numbers, math.NaN())
		}
	}
	if err := mustBeFinite(numbers...); err != nil {
		return RobustSet{}, fmt.Errorf("Anderson–Rubin set: %w", err)
	}
	return r, nil
}

// anderson is the test as a function of the effect b:
//
//	F(b) = (cy − b·cd)ᵀ (Vyy − 2b·Vyd + b²·Vdd)⁻¹ (cy − b·cd) / m
//
// about the part of the orthonormal basis that belongs to the m instruments.
type anderson struct {
	t             *TwoStage
	m             int
	cy, cd        []float64
	vyy, vyd, vdd *mat.SymDense
	level         float64
	df, limit     float64
	room          []float64
}

func (t *TwoStage) newAnderson(level float64, df int) (*anderson, error) {
	stat.CheckLevel(level)
	if len(t.endogenous) != 1 {
		return nil, fmt.Errorf("Anderson–Rubin set of %d endogenous columns: %w", len(t.endogenous), stat.ErrInvalid)
	}
	if df < 1 || t.N <= len(t.basis.q) {
		return nil, fmt.Errorf("Anderson–Rubin test on %d degrees of freedom: %w", df, stat.ErrTooFew)
	}
	k, m := len(t.basis.q), t.instruments
	a := &anderson{t: t, m: m, level: level, df: float64(df),
		cy: t.basis.inner(t.y)[k-m:], cd: t.basis.inner(t.x[t.endogenous[0]])[k-m:]}
	a.limit = distuv.F{D1: float64(m), D2: a.df}.Quantile(level)
	return a, nil
}

// reducedResiduals are what exogenous columns and instruments leave of the
// outcome and of the endogenous column.
func (a *anderson) reducedResiduals() (y, d []float64) {
	y = append([]float64(nil), a.t.y...)
	a.t.basis.regress(y)
	return y, a.t.First[0].resid
}

func (a *anderson) spread(vyy, vyd, vdd *mat.SymDense) { a.vyy, a.vyd, a.vdd = vyy, vyd, vdd }

// statistic is F at the effect s/c: c = 0 is an infinite one. It factors V by
// Cholesky and solves for the gap on the way, in room that is used again.
func (a *anderson) statistic(s, c float64) float64 {
	m := a.m
	if a.room == nil {
		a.room = make([]float64, m*m+m)
	}
	l, z := a.room[:m*m], a.room[m*m:]
	var sum float64
	for i := range m {
		z[i] = c*a.cy[i] - s*a.cd[i]
		for j := range i + 1 {
			v := c*c*a.vyy.At(i, j) - 2*c*s*a.vyd.At(i, j) + s*s*a.vdd.At(i, j)
			for k := range j {
				v -= l[i*m+k] * l[j*m+k]
			}
			if i > j {
				l[i*m+j] = v / l[j*m+j]
				continue
			}
			if !(v > 0) {
				return math.Inf(1)
			}
			l[i*m+i] = math.Sqrt(v)
		}
		for k := range i {
			z[i] -= l[i*m+k] * z[k]
		}
		z[i] /= l[i*m+i]
		sum += z[i] * z[i]
	}
	return sum / float64(m)
}

func (a *anderson) result(parts []stat.Interval) RobustSet {
	r := RobustSet{Parts: parts, Zero: waldOf(a.statistic(0, 1), float64(a.m), a.df)}
	switch {
	case len(parts) == 0:
		r.Form = Empty
	case math.IsInf(parts[0].Low, -1) && math.IsInf(parts[0].High, 1):
		r.Form = Whole
	case math.IsInf(parts[0].Low, -1) || math.IsInf(parts[len(parts)-1].High, 1):
		r.Form = Unbounded
	}
	return r
}

func (a *anderson) interval(low, high float64) stat.Interval {
	return stat.Interval{Low: low, High: high, Level: a.level}
}

// quadratic solves F(b) ≤ limit where V is a multiple of the identity, or m is 1.
func (a *anderson) quadratic() RobustSet {
	f := a.limit * float64(a.m)
	square := dot(a.cd, a.cd) - f*a.vdd.At(0, 0)
	half := -(dot(a.cy, a.cd) - f*a.vyd.At(0, 0))
	constant := dot(a.cy, a.cy) - f*a.vyy.At(0, 0)
	inner := half*half - square*constant
	inf := math.Inf(1)
	switch {
	case square == 0 && half == 0 && constant <= 0, inner < 0 && square <= 0:
		return a.result([]stat.Interval{a.interval(-inf, inf)})
	case square == 0 && half == 0, inner < 0:
		return a.result(nil)
	case square == 0 && half > 0:
		return a.result([]stat.Interval{a.interval(-inf, -constant/(2*half))})
	case square == 0:
		return a.result([]stat.Interval{a.interval(-constant/(2*half), inf)})
	}
	// The root that does not cancel, and the other from their product.
	far := -(half + math.Copysign(math.Sqrt(inner), half))
	one, other := far/square, constant/far
	if far == 0 {
		one, other = 0, 0
	}
	low, high := min(one, other), max(one, other)
	if square > 0 {
		return a.result([]stat.Interval{a.interval(low, high)})
	}
	return a.result([]stat.Interval{a.interval(-inf, low), a.interval(high, inf)})
}

// searchSteps divide the half circle of angles whose tangent is the effect, from
// where instruments see it best and in units of what they tell apart.
const searchSteps = 1024

// search finds the set where F(b) is no quadratic: it follows F over the half
// circle of effects and closes in on the ends.
func (a *anderson) search() RobustSet {
	unit := math.Sqrt(mat.Trace(a.vyy) / mat.Trace(a.vdd))
	center := dot(a.cy, a.cd) / dot(a.cd, a.cd)
	if !finite(center) || !finite(unit) || unit == 0 {
		center, unit = 0, 1
	}
	unit /= math.Max(1, math.Sqrt(dot(a.cd, a.cd)/mat.Trace(a.vdd))) // strong instruments: a narrow set
	at := func(angle float64) float64 {
		s, c := math.Sincos(angle)
		return a.statistic(center*c+unit*s, c) - a.limit
	}
	effect := func(angle float64) float64 { return center + unit*math.Tan(angle) }
	var parts []stat.Interval
	low, last := -math.Pi/2, at(-math.Pi/2)
	open := math.Inf(-1)
	for i := 1; i <= searchSteps; i++ {
		angle := math.Pi * (float64(i)/searchSteps - 0.5)
		value := at(angle)
		if (last <= 0) != (value <= 0) {
			end := effect(crossing(at, low, angle))
			if value <= 0 {
				open = end
			} else {
				parts = append(parts, a.interval(open, end))
			}
		}
		low, last = angle, value
	}
	if last <= 0 {
		parts = append(parts, a.interval(open, math.Inf(1)))
	}
	return a.result(parts)
}

// crossing bisects for the change of sign between two angles.
func crossing(at func(float64) float64, low, high float64) float64 {
	inside := at(low) <= 0
	for range 60 {
		middle := (low + high) / 2
		if (at(middle) <= 0) == inside {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}
