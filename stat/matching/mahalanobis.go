package matching

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/resample"
	"gonum.org/v1/gonum/mat"
)

// Mahalanobis matches each treated unit to the controls nearest in all
// covariates at once, each measured in standard deviations and freed of its
// correlation with the others. The covariance is pooled within the arms. A
// caliper is in the distance's own unit. It suits a handful of covariates; with
// many, everyone is far from everyone.
//
// Every treated unit is compared with every control of its stratum: work is
// their product times the covariates, and can be cancelled.
//
// The design has no intercept. Errors: ErrNotFinite naming row and column;
// ErrTooFew with fewer than two units in an arm or fewer units than covariates
// need; ErrCollinear when the covariance cannot be inverted; ErrNoOverlap if
// no treated unit finds a match; the context's error when cancelled.
// Mahalanobis panics when lengths disagree, options are out of range, or the
// order is by a score, which there is none of.
//
// Source: Rubin (1980), Biometrics 36:293-298.
func Mahalanobis(ctx context.Context, treated []bool, covariates regression.Design, opt Options) (*Matched, error) {
	if covariates.Rows != len(treated) {
		panic(fmt.Sprintf("matching: %d rows of covariates for %d units", covariates.Rows, len(treated)))
	}
	opt.mustFit(len(treated), false)
	m, err := mahalanobis(ctx, treated, covariates, opt)
	if err != nil {
		return nil, fmt.Errorf("Mahalanobis matching: %w", err)
	}
	return m, nil
}

func mahalanobis(ctx context.Context, treated []bool, x regression.Design, opt Options) (*Matched, error) {
	if err := checkArms(treated); err != nil {
		return nil, err
	}
	for i, v := range x.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("covariate %d of row %d: %w", i%x.Cols, i/x.Cols, stat.ErrNotFinite)
		}
	}
	z, err := whiten(treated, x)
	if err != nil {
		return nil, err
	}
	s := &space{Design: z, opt: opt, controls: make([][]int, len(treated)), stratum: make([]*rows, len(treated)), limit: math.Inf(1)}
	if opt.Caliper > 0 {
		s.limit = opt.Caliper * opt.Caliper
	}
	s.rng = rand.New(resample.Stream(resample.Child(opt.Seed, "matching"), 0))
	for _, r := range strata(treated, opt.Exact) {
		for _, c := range r.control {
			s.stratum[c] = r
		}
		if err := s.match(ctx, r); err != nil {
			return nil, err
		}
	}
	m, err := newMatched(treated, s.controls, opt.ratio(), s.tied)
	if err != nil {
		return nil, err
	}
	m.near = s.near
	return m, nil
}

// whiten turns the covariates into coordinates in which the Mahalanobis
// distance is the common one.
func whiten(treated []bool, x regression.Design) (regression.Design, error) {
	cov, err := pooled(treated, x)
	if err != nil {
		return x, err
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) || chol.Cond() > 1e14 {
		return x, fmt.Errorf("covariance of the covariates within arms: %w", stat.ErrCollinear)
	}
	var lower mat.TriDense
	chol.LTo(&lower)
	out := regression.Design{Rows: x.Rows, Cols: x.Cols, Values: slices.Clone(x.Values)}
	for i := range out.Rows {
		row := out.Row(i)
		for j := range row { // forward substitution: L·z = x
			for k := range j {
				row[j] -= lower.At(j, k) * row[k]
			}
			row[j] /= lower.At(j, j)
		}
	}
	for i, v := range out.Values {
		if math.IsNaN(v) || math.Abs(v) > 1e150 {
			return x, fmt.Errorf("covariate %d of row %d is too large: %w", i%x.Cols, i/x.Cols, stat.ErrNotFinite)
		}
	}
	return out, nil
}

// pooled is the covariance within the arms.
func pooled(treated []bool, x regression.Design) (*mat.SymDense, error) {
	if x.Rows-2 < x.Cols || x.Cols == 0 {
		return nil, fmt.Errorf("%d units for %d covariates: %w", x.Rows, x.Cols, stat.ErrTooFew)
	}
	var mean [2][]float64
	var n [2]float64
	for a := range mean {
		mean[a] = make([]float64, x.Cols)
	}
	for i, t := range treated {
		a := arm(t)
		n[a]++
		for j, v := range x.Row(i) {
			mean[a][j] += (v - mean[a][j]) / n[a]
		}
	}
	sums := make([]float64, x.Cols*x.Cols)
	for i, t := range treated {
		for j, v := range x.Row(i) {
			for k := j; k < x.Cols; k++ {
				sums[j*x.Cols+k] += (v - mean[arm(t)][j]) * (x.Row(i)[k] - mean[arm(t)][k]) / float64(x.Rows-2)
			}
		}
	}
	for i, v := range sums {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("variance of covariate %d overflows: %w", i/x.Cols, stat.ErrNotFinite)
		}
	}
	return mat.NewSymDense(x.Cols, sums), nil
}

// space is matching by distance between rows.
type space struct {
	regression.Design
	opt      Options
	limit    float64 // squared caliper
	rng      *rand.Rand
	controls [][]int
	stratum  []*rows
	tied     int
}

// squared is the squared distance of two rows.
func (s *space) squared(a, b int) float64 {
	var sum float64
	x, y := s.Row(a), s.Row(b)
	for j, v := range x {
		d := v - y[j]
		sum += d * d
	}
	return sum
}

func (s *space) match(ctx context.Context, r *rows) error {
	if len(r.control) == 0 {
		return nil
	}
	if !s.opt.Replace && s.opt.Order == ClosestFirst {
		return s.closest(ctx, r)
	}
	free := slices.Clone(r.control)
	order := slices.Clone(r.treated)
	if s.opt.Order == RandomOrder {
		s.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	rounds, each := 1, s.opt.ratio()
	if !s.opt.Replace {
		rounds, each = s.opt.ratio(), 1
	}
	for range rounds {
		for _, t := range order {
			if err := ctx.Err(); err != nil {
				return err
			}
			chosen := s.choose(t, free, each)
			s.controls[t] = append(s.controls[t], chosen...)
			if !s.opt.Replace {
				for _, c := range chosen {
					free = slices.DeleteFunc(free, func(row int) bool { return row == c })
				}
			}
		}
	}
	return nil
}

// choose finds the count nearest controls among those free.
func (s *space) choose(t int, free []int, count int) []int {
	near := make([]candidate, 0, len(free))
	for _, c := range free {
		if d := s.squared(t, c); d <= s.limit {
			near = append(near, candidate{c, d})
		}
	}
	if len(near) == 0 {
		return nil
	}
	count = min(count, len(near))
	edge := kth(near, count)
	closer, tied := []int(nil), []int(nil)
	for _, c := range near {
		switch {
		case c.squared < edge-1e-12*edge:
			closer = append(closer, c.row)
		case c.squared <= edge+1e-12*edge || (s.opt.Ties == AllTies && c.squared <= edge+s.opt.TieTolerance):
			tied = append(tied, c.row)
		}
	}
	if len(closer)+len(tied) > count {
		s.tied++
	}
	switch s.opt.Ties {
	case AllTies:
		return append(closer, tied...)
	case RandomTie:
		s.rng.Shuffle(len(tied), func(i, j int) { tied[i], tied[j] = tied[j], tied[i] })
	}
	return append(closer, tied[:count-len(closer)]...)
}

type candidate struct {
	row     int
	squared float64
}

// kth is the count-th smallest squared distance.
func kth(near []candidate, count int) float64 {
	best := make([]float64, 0, count+1)
	for _, c := range near {
		if len(best) == count && c.squared >= best[count-1] {
			continue
		}
		at, _ := slices.BinarySearch(best, c.squared)
		best = slices.Insert(best, at, c.squared)
		best = best[:min(len(best), count)]
	}
	return best[len(best)-1]
}

// closest joins the closest pair of all, then the next. A treated unit whose
// control was taken looks again.
func (s *space) closest(ctx context.Context, r *rows) error {
	taken := map[int]bool{}
	for range s.opt.ratio() {
		var queue offers
		for _, t := range r.treated {
			s.offer(&queue, t, r.control, taken)
		}
		for queue.Len() > 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
			o := heap.Pop(&queue).(offer)
			if taken[o.control] {
				s.offer(&queue, o.treated, r.control, taken)
				continue
			}
			taken[o.control] = true
			s.controls[o.treated] = append(s.controls[o.treated], o.control)
			if o.tied {
				s.tied++
			}
		}
	}
	return nil
}

// offer queues a treated unit with its nearest free control, if any is within
// the caliper.
func (s *space) offer(queue *offers, t int, controls []int, taken map[int]bool) {
	best := offer{treated: t, control: -1, squared: math.Inf(1)}
	for _, c := range controls {
		if taken[c] {
			continue
		}
		d := s.squared(t, c)
		if d == best.squared {
			best.tied = true
		}
		if d < best.squared && d <= s.limit {
			best.control, best.squared, best.tied = c, d, false
		}
	}
	if best.control >= 0 {
		heap.Push(queue, best)
	}
}

// near gives the controls of the same stratum nearest to a control.
func (s *space) near(control, count int) []int {
	all := make([]candidate, 0, len(s.stratum[control].control))
	for _, c := range s.stratum[control].control {
		if c != control {
			all = append(all, candidate{c, s.squared(control, c)})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return cmp.Compare(a.squared, b.squared) })
	var out []int
	for _, c := range all[:min(count, len(all))] {
		out = append(out, c.row)
	}
	return out
}

// offer is a treated unit and its nearest free control.
type offer struct {
	treated, control int
	squared          float64
	tied             bool
}

// offers is a heap, the closest first, then by row.
type offers []offer

func (o offers) Len() int { return len(o) }
func (o offers) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(o[i].squared, o[j].squared), cmp.Compare(o[i].treated, o[j].treated)) < 0
}
func (o offers) Swap(i, j int) { o[i], o[j] = o[j], o[i] }
func (o *offers) Push(x any)   { *o = append(*o, x.(offer)) }
func (o *offers) Pop() any {
	last := (*o)[len(*o)-1]
	*o = (*o)[:len(*o)-1]
	return last
}
