package did

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Excluded counts what an estimate leaves out of the panel, and why.
type Excluded struct {
	AlwaysTreated int   // units that had started by the first period (and its anticipation): no before
	NoOutcome     int   // units without a row
	NoWeight      int   // units of weight 0
	Periods       []int // periods in which every unit has started, so that no control is left
	Rows          int   // rows of the above
}

// cohort is the run of units [from, to) of a layout that start together.
type cohort struct {
	start, from, to int
}

// layout is a panel arranged for cells: units sorted by start, the never-treated
// last, so that treated units and controls are runs; outcomes period by period.
type layout struct {
	periods  []int
	cohorts  []cohort // by start, without the never-treated
	targets  int      // the first so many cohorts have effects to estimate; the rest are controls only
	never    int      // units [never, n) are never treated
	n        int
	y        [][]float64 // [period][unit]; NaN: no row
	complete []bool      // [period]: every unit has a row
	x        [][]float64 // [covariate][unit]
	w        []float64   // nil: 1
	cluster  []int       // cluster number of each unit; nil: its own
	clusters int
	sections *sections // repeated cross-sections; nil for a panel
	late     int       // units that start after the panel ends, counted as never treated
	excluded Excluded
}

func arrange(p Panel, o Options) (*layout, error) {
	p.mustAgree()
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(p.Outcome) == 0 {
		return nil, fmt.Errorf("panel without rows: %w", stat.ErrTooFew)
	}
	periods := newCalendar(p.Period)
	l := &layout{periods: periods.sorted}
	start := l.starts(p, o)
	live := l.live(p)
	if err := l.trim(start, live, o); err != nil {
		return nil, err
	}
	order := l.order(start, live, o)
	l.group(order, start)
	if err := l.fill(p, periods, order); err != nil {
		return nil, err
	}
	if l.targets == 0 || l.never == l.n && o.Control == NeverTreated {
		return nil, l.nothing(o)
	}
	return l, nil
}

// starts are the units' starts, with those that lie beyond the panel as Never.
func (l *layout) starts(p Panel, o Options) []int {
	start := slices.Clone(p.Start)
	last := l.periods[len(l.periods)-1]
	for u, s := range start {
		if s != Never && s > last+o.Anticipation {
			start[u] = Never
			l.late++
		}
	}
	return start
}

// live says which units have a row and a weight, and counts the others.
func (l *layout) live(p Panel) []bool {
	live := make([]bool, len(p.Start))
	for _, u := range p.Unit {
		live[u] = true
	}
	for u, has := range live {
		switch {
		case !has:
			l.excluded.NoOutcome++
		case p.Weight != nil && p.Weight[u] == 0:
			l.excluded.NoWeight++
			live[u] = false
		}
	}
	return live
}

// trim leaves out the periods in which nobody is untreated. Without never-treated
// units the last cohort's units are controls until they start.
func (l *layout) trim(start []int, live []bool, o Options) error {
	latest, some := math.MinInt, false
	for u, s := range start {
		if live[u] {
			latest, some = max(latest, s), true
		}
	}
	if !some || latest == Never {
		return nil
	}
	if o.Control == NeverTreated {
		return fmt.Errorf("no unit is never treated; not-yet-treated controls may exist: %w", stat.ErrNoOverlap)
	}
	keep, _ := slices.BinarySearch(l.periods, latest-o.Anticipation)
	l.excluded.Periods = slices.Clone(l.periods[keep:])
	l.periods = l.periods[:keep]
	if keep < 2 {
		return fmt.Errorf("every unit has started in all but %d of the periods: %w", keep, stat.ErrNoOverlap)
	}
	return nil
}

// order lists the units that take part, sorted by start and then number.
func (l *layout) order(start []int, live []bool, o Options) []int {
	var order []int
	for u, s := range start {
		switch {
		case !live[u]:
		case s <= l.periods[0]+o.Anticipation:
			l.excluded.AlwaysTreated++
		default:
			order = append(order, u)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(start[a], start[b]) })
	return order
}

// group cuts the ordered units into cohorts.
func (l *layout) group(order, start []int) {
	l.n = len(order)
	for i := 0; i < l.n; {
		to := i
		for to < l.n && start[order[to]] == start[order[i]] {
			to++
		}
		if start[order[i]] == Never {
			break
		}
		l.cohorts = append(l.cohorts, cohort{start: start[order[i]], from: i, to: to})
		i = to
		l.never = to
	}
	l.targets = len(l.cohorts)
	if l.never == l.n && l.targets > 0 { // no never-treated: the last cohort is a control only
		l.targets--
	}
}

// fill copies outcomes, covariates, weights and clusters into the layout's order.
func (l *layout) fill(p Panel, periods calendar, order []int) error {
	place := make([]int32, len(p.Start))
	for u := range place {
		place[u] = -1
	}
	for i, u := range order {
		place[u] = int32(i)
	}
	if err := l.fillOutcomes(p, periods, place); err != nil {
		return err
	}
	l.fillGiven(p.Covariates, p.Weight, p.Cluster, order)
	return nil
}

// fillGiven copies covariates, weights and clusters into the layout's order.
func (l *layout) fillGiven(covariates [][]float64, weight []float64, cluster []int, order []int) {
	for _, x := range covariates {
		l.x = append(l.x, pick(x, order))
	}
	if weight != nil {
		l.w = pick(weight, order)
	}
	l.clusters = l.n
	if cluster != nil {
		l.cluster, l.clusters = number(pick(cluster, order))
	}
}

func (l *layout) fillOutcomes(p Panel, periods calendar, place []int32) error {
	l.y = make([][]float64, len(l.periods))
	present := make([]int, len(l.periods))
	for t := range l.y {
		l.y[t] = make([]float64, l.n)
		for i := range l.y[t] {
			l.y[t][i] = math.NaN()
		}
	}
	for i, u := range p.Unit {
		t, at := periods.index(p.Period[i]), place[u]
		if t >= len(l.y) || at < 0 {
			l.excluded.Rows++
			continue
		}
		if !math.IsNaN(l.y[t][at]) {
			return duplicate(i, u, p.Period[i])
		}
		l.y[t][at] = p.Outcome[i]
		present[t]++
	}
	l.complete = make([]bool, len(l.y))
	for t, n := range present {
		l.complete[t] = n == l.n
	}
	return nil
}

// nothing explains why there is no effect to estimate.
func (l *layout) nothing(o Options) error {
	switch {
	case l.n == 0:
		return fmt.Errorf("no unit left: %d had started by the first period, %d have no outcome, %d no weight: %w",
			l.excluded.AlwaysTreated, l.excluded.NoOutcome, l.excluded.NoWeight, stat.ErrTooFew)
	case len(l.cohorts) == 0:
		return fmt.Errorf("no unit starts in the panel's time (%d had started by the first period): %w",
			l.excluded.AlwaysTreated, stat.ErrTooFew)
	case o.Control == NeverTreated:
		return fmt.Errorf("no never-treated unit has outcomes: %w", stat.ErrNoOverlap)
	}
	return fmt.Errorf("all units start together, in period %d: %w", l.cohorts[0].start, stat.ErrNoOverlap)
}

func pick[T any](values []T, order []int) []T {
	out := make([]T, len(order))
	for i, u := range order {
		out[i] = values[u]
	}
	return out
}

// number gives equal labels equal numbers from 0, in order of appearance.
func number(labels []int) (numbers []int, distinct int) {
	seen := make(map[int]int)
	numbers = make([]int, len(labels))
	for i, label := range labels {
		id, ok := seen[label]
		if !ok {
			id = len(seen)
			seen[label] = id
		}
		numbers[i] = id
	}
	return numbers, len(seen)
}
