package did

import (
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Cell is ATT(g, t): the average effect in Period on the units that started in
// Cohort, in the unit of the outcome. Before Cohort it is a placebo.
type Cell struct {
	Cohort, Period int
	Base           int // the period that changes are measured from
	// ATT and its standard error. SE is 0, and Interval.Level too, where the changes
	// do not vary (or one treated unit meets one control): the data then say nothing
	// about precision.
	ATT, SE  float64
	Interval stat.Interval // pointwise
	Uniform  stat.Interval // covers all cells together; Level 0 without a bootstrap
	// Treated and Controls are the units compared: those with an outcome both in
	// Period and in Base.
	Treated, Controls int
	// Reference marks the base period of a universal base: ATT is 0 by construction
	// and has no standard error.
	Reference bool
}

// Skipped is a cell that could not be estimated, and why. Averages are over the
// cells that could.
type Skipped struct {
	Cohort, Period int
	Err            error // wraps an error of package stat
}

// span is values at consecutive rows from a first one. Rows are the independent
// draws of the sample: units, or clusters of them.
type span struct {
	from   int
	values []float64
}

// influence is a statistic's influence function, zero outside its spans: what
// each row adds to the statistic, times the number of units. Spans are in order and
// share no row.
type influence []span

// plan is a cell before it is estimated. Period and base are numbers in the
// layout's calendar; controls are the units [controls, n) outside the cohort.
type plan struct {
	cohort       int
	period, base int
	controls     int
}

// plans lists the cells of a cohort in order of period.
func (l *layout) plans(g int, o Options) []plan {
	start := l.cohorts[g].start
	before := -1 // last period that is free of treatment and anticipation
	for t, period := range l.periods {
		if period < start-o.Anticipation {
			before = t
		}
	}
	var out []plan
	for t, period := range l.periods {
		p := plan{cohort: g, period: t, base: before}
		if o.Base == Varying && period < start {
			p.base = t - 1
		}
		if p.base < 0 {
			continue // nothing comes before the first period
		}
		p.controls = l.controlsFrom(max(t, p.base), o)
		out = append(out, p)
	}
	return out
}

// controlsFrom is the first unit that has not started, nor anticipates to, in
// period t.
func (l *layout) controlsFrom(t int, o Options) int {
	if o.Control == NotYetTreated {
		for _, c := range l.cohorts {
			if c.start > l.periods[t]+o.Anticipation {
				return c.from
			}
		}
	}
	return l.never
}

// sample lists the units of a cell, treated first, by their place in the layout.
// Whoever lacks an outcome in either period is not in it.
type sample struct {
	at      []int32
	treated int
}

func (l *layout) sample(p plan, work *scratch) sample {
	c := l.cohorts[p.cohort]
	work.at = slices.Grow(work.at[:0], c.to-c.from+l.n-p.controls)
	s := sample{at: work.at}
	s.at = l.observed(s.at, p, c.from, c.to)
	s.treated = len(s.at)
	s.at = l.observed(s.at, p, p.controls, max(p.controls, c.from))
	s.at = l.observed(s.at, p, max(p.controls, c.to), l.n)
	return s
}

// observed appends the units of [from, to) that have both outcomes.
func (l *layout) observed(at []int32, p plan, from, to int) []int32 {
	now, base := l.y[p.period], l.y[p.base]
	for i := from; i < to; i++ {
		if !math.IsNaN(now[i] - base[i]) {
			at = append(at, int32(i))
		}
	}
	return at
}

// changes are the outcomes of the sample less those in the base period.
func (l *layout) changes(p plan, s sample, dy []float64) []float64 {
	now, base := l.y[p.period], l.y[p.base]
	for k, i := range s.at {
		dy[k] = now[i] - base[i]
	}
	return dy
}

// spread puts the values of a sample, treated first, back in the places of their
// units: a span for the cohort and one for whatever lies from the first control on.
func (l *layout) spread(p plan, s sample, values []float64) influence {
	c := l.cohorts[p.cohort]
	if p.controls <= c.to { // the cohort lies within or right before its controls
		whole := span{from: min(p.controls, c.from), values: make([]float64, l.n-min(p.controls, c.from))}
		for k, i := range s.at {
			whole.values[int(i)-whole.from] = values[k]
		}
		return influence{whole}
	}
	treated := span{from: c.from, values: make([]float64, c.to-c.from)}
	rest := span{from: p.controls, values: make([]float64, l.n-p.controls)}
	for k, i := range s.at {
		if k < s.treated {
			treated.values[int(i)-c.from] = values[k]
		} else {
			rest.values[int(i)-p.controls] = values[k]
		}
	}
	return influence{treated, rest}
}

// scratch lends the columns that a cell needs while it is estimated, so that
// thousands of cells do not leave as many behind. Their content is anything.
type scratch struct {
	at      []int32
	columns [3][]float64
}

// The columns that a cell borrows.
const (
	weight = iota
	changed
	moved // influences
)

func (s *scratch) take(what, n int) []float64 {
	column := &s.columns[what]
	if cap(*column) < n {
		*column = make([]float64, n)
	}
	return (*column)[:n]
}
