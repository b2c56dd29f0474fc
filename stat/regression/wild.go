package regression

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
	"gonum.org/v1/gonum/mat"
)

// WildWeights is the distribution of the factors by which a wild bootstrap
// multiplies the residuals of a cluster. Both have mean 0 and variance 1.
type WildWeights int

const (
	Rademacher WildWeights = iota // −1 or 1; 2^G different samples
	Webb                          // ±√½, ±1 or ±√1½; for fewer than about 12 clusters
)

// WildPlan says what to test and how.
type WildPlan struct {
	Column  int // whose coefficient
	Null    float64
	Weights WildWeights
	Draws   int // bootstrap samples; 9,999 for a p-value to two digits
	Seed    uint64
	Level   float64 // of the interval
}

// WildTest is a test by the wild cluster bootstrap. It has no standard error of
// its own.
type WildTest struct {
	Value     float64       // coefficient
	Interval  stat.Interval // the null values that are not rejected
	Statistic float64       // (Value − Null) / CR1 standard error
	P         float64       // share of samples with a statistic as large, two-sided
	Clusters  int
	Samples   int  // samples drawn, or all there are
	Exact     bool // all 2^G samples were taken: P has no Monte-Carlo error
}

// WildCluster tests one coefficient by the restricted wild cluster bootstrap: it
// imposes the null, multiplies the residuals of each cluster by a random factor,
// fits again and compares the t statistics (with CR1 standard errors) to that of
// the data. The interval holds the values that it does not reject. With
// Rademacher weights and at most Draws samples in all, it takes every sample.
//
// It holds its size with far fewer clusters than CR1, down to about six when
// treated and untreated clusters are balanced. With very few treated clusters it
// hardly ever rejects, and the test is refused.
//
// Errors: *FewClusters when the coefficient rests on fewer than three clusters,
// effectively; ErrTooFew when so few samples exist that no value could be
// rejected at the level, or the interval has no end; ErrNoVariance when residuals
// are zero; ErrInvalid for fits that are not least squares, or with an absorbed
// factor that is not nested in the clusters; the context's error. It panics if
// Level is outside (0, 1), Draws is not positive or the column does not exist.
//
// Source: Cameron, Gelbach and Miller (2008), Rev. Econ. Stat. 90:414-427; Webb
// (2023), Canadian J. Economics 56:839-858; Roodman, MacKinnon, Nielsen and Webb
// (2019), Stata Journal 19:4-60.
func (s scores) WildCluster(ctx context.Context, cluster []int, plan WildPlan) (WildTest, error) {
	stat.CheckLevel(plan.Level)
	if plan.Draws < 1 {
		panic(fmt.Sprintf("regression: %d draws of a wild bootstrap", plan.Draws))
	}
	w, err := s.newWild(cluster, plan)
	if err != nil {
		return WildTest{}, fmt.Errorf("wild cluster bootstrap: %w", err)
	}
	if err := w.draw(ctx); err != nil {
		return WildTest{}, fmt.Errorf("wild cluster bootstrap: %w", err)
	}
	out := WildTest{Value: w.value, Statistic: (w.value - plan.Null) / w.se, P: w.p(w.value - plan.Null),
		Clusters: w.groups, Samples: w.samples, Exact: w.exact}
	if out.Interval, err = w.interval(); err != nil {
		return WildTest{}, fmt.Errorf("wild cluster bootstrap: %w", err)
	}
	return out, nil
}

// wild holds the bootstrap in sums by cluster. With d = coefficient − null and r
// the contrast about Q, restricted residuals are û + Q·r·d/rᵀr, so that
// everything in a sample is linear in d: one pass over the samples serves all
// null values.
type wild struct {
	plan        WildPlan
	groups      int
	value, se   float64    // CR1
	raw         float64    // standard error without CR1's factor
	free, moved *mat.Dense // groups × p: Qᵀ·residuals by cluster, at d = 0 and its change with d
	lever       *mat.Dense // groups × p: QᵀQ·r by cluster
	contrast    []float64
	exact       bool
	samples     int
	top         []line    // numerator of each sample
	bottom      []squared // squared denominator of each sample
}

type line struct{ at, slope float64 }

type squared struct{ at, cross, square float64 }

func (s scores) newWild(cluster []int, plan WildPlan) (*wild, error) {
	if s.kind != leastSquares {
		return nil, fmt.Errorf("only least squares: %w", stat.ErrInvalid)
	}
	index, groups, err := s.adjustable(CR2, cluster)
	if err != nil {
		return nil, err
	}
	support, err := s.Support(cluster)
	if err != nil {
		return nil, err
	}
	if err := support[plan.Column].Refuse(); err != nil {
		return nil, err
	}
	scale, err := s.smallSample(groups, s.parameters(CountNested, index))
	if err != nil {
		return nil, err
	}
	w := &wild{plan: plan, groups: groups, value: s.coef[plan.Column], contrast: mat.Row(nil, plan.Column, s.qr.inverse)}
	w.sums(s, index)
	var variance, size float64
	for g := range groups {
		score := dot(w.free.RawRowView(g), w.contrast)
		variance += score * score
	}
	size = dot(s.resid, s.resid) * dot(w.contrast, w.contrast)
	if variance <= 1e-24*size || size == 0 {
		return nil, fmt.Errorf("residuals by cluster: %w", stat.ErrNoVariance)
	}
	w.raw, w.se = math.Sqrt(variance), math.Sqrt(scale*variance)
	w.exact = plan.Weights == Rademacher && groups <= 40 && 1<<groups <= plan.Draws
	w.samples = plan.Draws
	if w.exact {
		w.samples = 1 << groups
	}
	return w, nil
}

func (w *wild) sums(s scores, index []int) {
	p := len(s.qr.q)
	w.free = s.clusterSums(index, w.groups)
	along := make([]float64, len(s.resid)) // Q·r
	for k, q := range s.qr.q {
		addScaled(along, w.contrast[k], q)
	}
	w.lever = scores{qr: s.qr, resid: along}.clusterSums(index, w.groups)
	w.moved = mat.NewDense(w.groups, p, nil)
	w.moved.Scale(1/dot(w.contrast, w.contrast), w.lever)
}

// draw takes the samples. A sample and its mirror image have the same size of
// statistic, so that of all samples half is enough.
func (w *wild) draw(ctx context.Context) error {
	n := w.samples
	if w.exact {
		n /= 2
	}
	w.top, w.bottom = make([]line, n), make([]squared, n)
	inBlocks(n, func(_, low, high int) {
		v := make([]float64, w.groups)
		for i := low; i < high && ctx.Err() == nil; i++ {
			w.factors(v, i)
			w.sample(v, i)
		}
	})
	return ctx.Err()
}

var webb = [...]float64{-math.Sqrt(1.5), -1, -math.Sqrt(0.5), math.Sqrt(0.5), 1, math.Sqrt(1.5)}

func (w *wild) factors(v []float64, sample int) {
	if w.exact {
		for g := range v {
			v[g] = 1 - 2*float64(sample>>g&1) // the last cluster stays at 1
		}
		return
	}
	rng := rand.New(resample.Stream(w.plan.Seed, uint64(sample)))
	for g := range v {
		if w.plan.Weights == Webb {
			v[g] = webb[rng.IntN(len(webb))]
		} else {
			v[g] = float64(2*rng.IntN(2) - 1)
		}
	}
}

// sample is one bootstrap sample. Its coefficient less the null is the
// contrast's part of s = Σ v·b; the score of a cluster is v·(contrast·b) less
// what the refit takes out, lever·s.
func (w *wild) sample(v []float64, i int) {
	p := len(w.contrast)
	free, moved := make([]float64, p), make([]float64, p)
	for g, f := range v {
		addScaled(free, f, w.free.RawRowView(g))
		addScaled(moved, f, w.moved.RawRowView(g))
	}
	w.top[i] = line{dot(free, w.contrast), dot(moved, w.contrast)}
	var b squared
	for g, f := range v {
		lever := w.lever.RawRowView(g)
		at := f*dot(w.free.RawRowView(g), w.contrast) - dot(lever, free)
		slope := f*dot(w.moved.RawRowView(g), w.contrast) - dot(lever, moved)
		b.at += at * at
		b.cross += 2 * at * slope
		b.square += slope * slope
	}
	w.bottom[i] = b
}

// p is the share of samples whose statistic is as large as that of the data, up
// to rounding, when the coefficient less the null is d.
func (w *wild) p(d float64) float64 {
	limit := math.Abs(d) / w.raw * (1 - 1e-10)
	hits := 0
	for i, t := range w.top {
		b := w.bottom[i]
		size := math.Sqrt(math.Max(0, b.at+d*(b.cross+d*b.square)))
		if math.Abs(t.at+d*t.slope) >= limit*size {
			hits++
		}
	}
	if w.exact {
		return float64(hits) / float64(len(w.top))
	}
	return float64(hits+1) / float64(len(w.top)+1)
}

// interval inverts the test.
func (w *wild) interval() (stat.Interval, error) {
	alpha := 1 - w.plan.Level
	low, err := w.end(1, alpha)
	if err != nil {
		return stat.Interval{}, err
	}
	high, err := w.end(-1, alpha)
	if err != nil {
		return stat.Interval{}, err
	}
	return stat.Interval{Low: low, High: high, Level: w.plan.Level}, nil
}

// end is the null value at which p falls below alpha, in the direction of
// coefficient less null.
func (w *wild) end(sign, alpha float64) (float64, error) {
	inside, outside := 0.0, w.se
	for w.p(sign*outside) >= alpha {
		inside, outside = outside, 2*outside
		if outside > 1e6*w.se {
			return 0, fmt.Errorf("%d clusters reject no value at level %g: %w", w.groups, w.plan.Level, stat.ErrTooFew)
		}
	}
	for range 60 {
		middle := (inside + outside) / 2
		if w.p(sign*middle) >= alpha {
			inside = middle
		} else {
			outside = middle
		}
	}
	return w.value - sign*inside, nil
}
