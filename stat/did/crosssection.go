package did

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// CrossSections holds outcomes of different units in each period, as in a yearly
// survey: one value per row throughout.
type CrossSections struct {
	// Unit says who was observed. Nobody may occur twice, unless Cluster puts all
	// rows of the unit together.
	Unit       []int
	Period     []int
	Start      []int // first treated period of the row's group, or Never
	Outcome    []float64
	Covariates [][]float64 // one slice per covariate, not changed by treatment; no intercept
	Cluster    []int       // equal labels are one cluster; nil: rows are independent
	Weight     []float64   // sampling weight ≥ 0; nil: 1
}

// EstimateCrossSections computes the group-time effects of repeated cross-sections:
// the change between two periods is that of group means, adjusted for who was
// observed when. Without covariates the effects are those of a panel of the same
// rows, with standard errors that know nothing of who is who: up to many times
// larger. Options, averages and bands are those of Estimate, and Units, Treated and
// Controls count rows. The doubly robust estimator is the locally efficient one.
//
// Standard errors come from the exact derivative of the estimate with respect to
// the weight of each row. (R's DRDID 1.2.3 differs from it, in two terms that vanish
// in large samples.)
//
// Errors: those of Estimate, and ErrInvalid when a unit has rows in more than one
// cluster: the data are then a panel, for Estimate.
//
// What it assumes besides parallel trends: within each group, the samples of all
// periods are drawn from one population. Customers that leave between two surveys
// change who is asked; then this is not for you.
//
// Source: Callaway and Sant'Anna (2021), J. Econometrics 225:200-230, appendix B;
// Sant'Anna and Zhao (2020), J. Econometrics 219:101-122, section 2.4.
func EstimateCrossSections(ctx context.Context, s CrossSections, o Options) (*GroupTime, error) {
	o = o.settle()
	if len(s.Unit) != len(s.Outcome) || len(s.Start) != len(s.Outcome) {
		panic(fmt.Sprintf("did: %d units and %d starts for %d rows", len(s.Unit), len(s.Start), len(s.Outcome)))
	}
	p := Panel{Start: s.Start, Covariates: s.Covariates, Cluster: s.Cluster, Weight: s.Weight,
		Unit: make([]int, len(s.Unit)), Period: s.Period, Outcome: s.Outcome}
	for i := range p.Unit {
		p.Unit[i] = i
	}
	p.mustAgree()
	err := s.once()
	var l *layout
	if err == nil {
		l, err = arrangeSections(p, o)
	}
	if err != nil {
		return nil, fmt.Errorf("group-time effects of cross-sections: %w", err)
	}
	return l.groupTime(ctx, o)
}

// once reports a unit that occurs in two clusters, its rows being their own
// clusters without any.
func (s CrossSections) once() error {
	first := make(map[int]int, len(s.Unit))
	for i, u := range s.Unit {
		j, seen := first[u]
		if !seen {
			first[u] = i
			continue
		}
		if s.Cluster == nil || s.Cluster[i] != s.Cluster[j] {
			return fmt.Errorf("row %d: unit %d is also in row %d: a panel, or rows that belong in one cluster: %w", i, u, j, stat.ErrInvalid)
		}
	}
	return nil
}

// sections are outcomes in the layout's order, which is by start and then period.
type sections struct {
	y     []float64
	bound [][]int // [cohort, the never-treated last][period]: first row; and one more
}

// run is rows [from, to) of a layout.
type run struct{ from, to int }

func arrangeSections(p Panel, o Options) (*layout, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(p.Outcome) == 0 {
		return nil, fmt.Errorf("no rows: %w", stat.ErrTooFew)
	}
	l := &layout{periods: newCalendar(p.Period).sorted}
	start := l.starts(p, o)
	live := l.live(p)
	if err := l.trim(start, live, o); err != nil {
		return nil, err
	}
	last := l.periods[len(l.periods)-1]
	for i, period := range p.Period {
		live[i] = live[i] && period <= last
	}
	order := l.order(start, live, o)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(start[a], start[b]), cmp.Compare(p.Period[a], p.Period[b]))
	})
	l.excluded.Rows = len(p.Outcome) - len(order)
	l.group(order, start)
	l.fillGiven(p.Covariates, p.Weight, p.Cluster, order)
	l.sections = &sections{y: pick(p.Outcome, order), bound: l.bounds(pick(p.Period, order))}
	if l.targets == 0 || l.never == l.n && o.Control == NeverTreated {
		return nil, l.nothing(o)
	}
	return l, nil
}

// bounds finds where each period of each cohort starts.
func (l *layout) bounds(period []int) [][]int {
	out := make([][]int, len(l.cohorts)+1)
	for g := range out {
		from, to := l.never, l.n
		if g < len(l.cohorts) {
			from, to = l.cohorts[g].from, l.cohorts[g].to
		}
		for _, t := range l.periods {
			at, _ := slices.BinarySearch(period[from:to], t)
			out[g] = append(out[g], from+at)
		}
		out[g] = append(out[g], to)
	}
	return out
}

// in is the rows of a cohort in a period.
func (s *sections) in(g, t int) run { return run{s.bound[g][t], s.bound[g][t+1]} }

// runs lists the rows of a cell: treated before and after, then controls.
func (l *layout) runs(p plan) (treated, controls [2][]run) {
	for when, t := range []int{p.base, p.period} {
		treated[when] = []run{l.sections.in(p.cohort, t)}
		for g := range l.sections.bound {
			first := l.never
			if g < len(l.cohorts) {
				first = l.cohorts[g].from
			}
			if g != p.cohort && first >= p.controls {
				controls[when] = append(controls[when], l.sections.in(g, t))
			}
		}
	}
	return treated, controls
}

// estimateSections estimates a cell from cross-sections.
func (l *layout) estimateSections(r *result, m Method) {
	treated, controls := l.runs(r.plan)
	var s sample
	var all []run
	c := crossing{}
	for arm, parts := range [2][2][]run{treated, controls} {
		for when, runs := range parts {
			c.group[2*arm+when].from = len(s.at)
			for _, rows := range runs {
				all = append(all, rows)
				for i := rows.from; i < rows.to; i++ {
					s.at = append(s.at, int32(i))
				}
			}
			c.group[2*arm+when].to = len(s.at)
		}
		if arm == 0 {
			s.treated = len(s.at)
		}
	}
	r.cell = l.cell(r.plan, s)
	if r.err = c.prepare(l, s, m); r.err != nil {
		return
	}
	att, values := c.effect(m)
	var inf influence
	at := 0
	for _, rows := range all {
		if rows.to > rows.from {
			inf = append(inf, span{from: rows.from, values: values[at : at+rows.to-rows.from]})
			at += rows.to - rows.from
		}
	}
	slices.SortFunc(inf, func(a, b span) int { return a.from - b.from })
	r.settle(l, att, inf, largestOf(c.y))
}
