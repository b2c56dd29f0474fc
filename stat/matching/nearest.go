package matching

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/resample"
	"github.com/liftmark/liftmark/stat/summary"
)

// Nearest matches each treated unit to the controls nearest in score: a
// propensity score, or better its log odds, which spread the crowded ends.
// Time is that of sorting, whatever the ties.
//
// Errors: ErrNotFinite naming the row; ErrTooFew with fewer than two units in
// an arm; ErrNoVariance if a caliper or tolerance in standard deviations meets
// a score that does not vary; ErrNoOverlap if no treated unit finds a match.
// Nearest panics when lengths disagree or options are out of range.
//
// Source: Rosenbaum and Rubin (1985), American Statistician 39:33-38; Austin
// (2011), Pharmaceutical Statistics 10:150-161; Stuart (2010), Statistical
// Science 25:1-21. Against matching on the score as the main analysis: King
// and Nielsen (2019), Political Analysis 27:435-454.
func Nearest(treated []bool, score []float64, opt Options) (*Matched, error) {
	if len(score) != len(treated) {
		panic(fmt.Sprintf("matching: %d scores for %d units", len(score), len(treated)))
	}
	opt.mustFit(len(treated), true)
	m, err := nearest(treated, score, opt)
	if err != nil {
		return nil, fmt.Errorf("nearest-neighbour matching: %w", err)
	}
	return m, nil
}

func nearest(treated []bool, score []float64, opt Options) (*Matched, error) {
	if err := checkArms(treated); err != nil {
		return nil, err
	}
	if err := checkFinite("score", score); err != nil {
		return nil, err
	}
	s, err := newSearch(treated, score, opt)
	if err != nil {
		return nil, err
	}
	for _, rows := range strata(treated, opt.Exact) {
		s.stratum(rows)
	}
	m, err := newMatched(treated, s.controls, opt.ratio(), s.tied)
	if err != nil {
		return nil, err
	}
	m.near = s.near
	return m, nil
}

// search is matching on a score.
type search struct {
	opt      Options
	score    []float64 // equal where it differs by rounding alone
	caliper  float64   // in the score's unit
	widen    float64   // squared, in the score's unit: what AllTies takes for equal
	rank     []int
	rng      *rand.Rand
	controls [][]int // of each treated row
	column   []*column
	of       []int // column of each row
	tied     int
}

func newSearch(treated []bool, score []float64, opt Options) (*search, error) {
	s := &search{opt: opt, controls: make([][]int, len(score)), of: make([]int, len(score)), caliper: math.Inf(1)}
	s.rng = rand.New(resample.Stream(resample.Child(opt.Seed, "matching"), 0))
	all, err := summary.Of(score)
	if err != nil {
		return nil, fmt.Errorf("score: %w", err)
	}
	s.score = settle(score, 1e-10*all.SD())
	s.widen = opt.TieTolerance * all.Var
	if opt.Caliper > 0 {
		unit, err := caliperUnit(treated, score, opt.CaliperIn)
		if err != nil {
			return nil, err
		}
		s.caliper = opt.Caliper * unit
	}
	if opt.Ties == RandomTie {
		s.rank = s.rng.Perm(len(score))
		return s, nil
	}
	s.rank = make([]int, len(score))
	for i := range s.rank {
		s.rank[i] = i
	}
	return s, nil
}

// settle makes scores that differ by no more than rounding the same.
func settle(score []float64, within float64) []float64 {
	order := make([]int, len(score))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	out := slices.Clone(score)
	for k := 1; k < len(order); k++ {
		if before := out[order[k-1]]; score[order[k]]-before <= within {
			out[order[k]] = before
		}
	}
	return out
}

func caliperUnit(treated []bool, score []float64, in CaliperUnit) (float64, error) {
	if in == ScoreUnits {
		return 1, nil
	}
	var of [2][]float64
	for i, t := range treated {
		of[arm(t)] = append(of[arm(t)], score[i])
	}
	variance := func(x []float64) float64 {
		m, err := summary.Of(x)
		if err != nil {
			return 0
		}
		return m.Var
	}
	v := variance(score)
	if in == SDPooled {
		v = (variance(of[0]) + variance(of[1])) / 2
	}
	if !(v > 0) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("caliper in standard deviations of the score: %w", stat.ErrNoVariance)
	}
	return math.Sqrt(v), nil
}

// rows of one stratum by arm.
type rows struct{ treated, control []int }

// strata parts rows by label, in order of appearance.
func strata(treated []bool, exact []int) []*rows {
	var out []*rows
	seen := map[int]*rows{}
	for i, t := range treated {
		label := 0
		if exact != nil {
			label = exact[i]
		}
		r := seen[label]
		if r == nil {
			r = &rows{}
			seen[label] = r
			out = append(out, r)
		}
		if t {
			r.treated = append(r.treated, i)
		} else {
			r.control = append(r.control, i)
		}
	}
	return out
}

// stratum matches within one stratum.
func (s *search) stratum(r *rows) {
	if len(r.control) == 0 {
		return
	}
	c := newColumn(r.control, s.score, s.rank)
	s.column = append(s.column, c)
	for _, row := range r.control {
		s.of[row] = len(s.column) - 1
	}
	switch {
	case s.opt.Replace:
		for _, t := range r.treated {
			s.controls[t] = s.choose(c, s.score[t])
		}
	case s.opt.Order == ClosestFirst:
		s.closestFirst(r, c)
	default:
		s.inTurn(s.order(r.treated), c)
	}
}

// choose finds the controls of a treated unit when they may be used again.
func (s *search) choose(c *column, x float64) []int {
	count := min(s.opt.ratio(), len(c.rows))
	r := c.around(x, count)
	for count > 1 && r.distance > s.caliper {
		count--
		r = c.around(x, count)
	}
	if r.distance > s.caliper {
		return nil
	}
	left, right := r.left, r.right
	if s.opt.Ties == AllTies && s.widen > 0 {
		left, right = c.within(x, math.Min(s.caliper, math.Sqrt(r.distance*r.distance+s.widen)))
	}
	if right-left > count {
		s.tied++
	}
	switch s.opt.Ties {
	case AllTies:
		return c.rows[left:right:right]
	case RandomTie:
		return c.randomOf(r, count, s.rng)
	}
	return c.firstOf(r, count, s.rank)
}

// inTurn gives each treated unit a control in turn, in as many rounds as the
// ratio asks for.
func (s *search) inTurn(treated []int, c *column) {
	for range s.opt.ratio() {
		for _, t := range treated {
			p, distance, tied := c.nearestFree(s.score[t], s.rank)
			if p < 0 {
				return
			}
			if distance > s.caliper {
				continue
			}
			c.take(p)
			s.controls[t] = append(s.controls[t], c.rows[p])
			if tied {
				s.tied++
			}
		}
	}
}

func (s *search) order(treated []int) []int {
	out := slices.Clone(treated)
	switch s.opt.Order {
	case LargestFirst:
		slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(s.score[b], s.score[a]) })
	case SmallestFirst:
		slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(s.score[a], s.score[b]) })
	case RandomOrder:
		s.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	}
	return out
}

// near gives the controls of the same stratum nearest to a control.
func (s *search) near(control, count int) []int {
	c := s.column[s.of[control]]
	count = min(count, len(c.rows)-1)
	if count == 0 {
		return nil
	}
	r := c.around(s.score[control], count+1)
	out := c.firstOf(r, count+1, s.rank)
	if at := slices.Index(out, control); at >= 0 {
		return slices.Delete(out, at, at+1)
	}
	return out[:count]
}
