package did

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// finiteOr reports estimates that outcomes of absurd size made overflow.
func finiteOr(what string, values ...float64) error {
	for _, v := range values {
		if !isFinite(v) {
			return fmt.Errorf("%s: outcomes overflow: %w", what, stat.ErrNotFinite)
		}
	}
	return nil
}

// frame is a panel's rows ready for two-way regressions.
type frame struct {
	Panel
	units    int // with a row of positive weight
	calendar calendar
	period   []int     // number of each row's period
	cluster  []int     // label of each row's cluster
	w        []float64 // of each row; nil: 1
	rows     [][]int   // of each unit, by period
}

func newFrame(p Panel) (*frame, error) {
	p.mustAgree()
	if err := p.check(); err != nil {
		return nil, err
	}
	if len(p.Outcome) == 0 {
		return nil, fmt.Errorf("panel without rows: %w", stat.ErrTooFew)
	}
	f := &frame{Panel: p.weighted(), calendar: newCalendar(p.Period)}
	f.rows = make([][]int, len(p.Start))
	for i, u := range f.Unit {
		f.rows[u] = append(f.rows[u], i)
		f.period = append(f.period, f.calendar.index(f.Period[i]))
		f.cluster = append(f.cluster, f.clusterOf(u))
		if f.Weight != nil {
			f.w = append(f.w, f.Weight[u])
		}
	}
	for u, rows := range f.rows {
		if len(rows) > 0 {
			f.units++
		}
		slices.SortFunc(rows, func(a, b int) int { return f.period[a] - f.period[b] })
		for k := 1; k < len(rows); k++ {
			if f.period[rows[k]] == f.period[rows[k-1]] {
				return nil, duplicate(max(rows[k], rows[k-1]), u, f.Period[rows[k]])
			}
		}
	}
	return f, nil
}

// weighted leaves out the rows of units with weight 0.
func (p Panel) weighted() Panel {
	if p.Weight == nil || !slices.Contains(p.Weight, 0) {
		return p
	}
	q := p
	q.Unit, q.Period, q.Outcome = nil, nil, nil
	for i, u := range p.Unit {
		if p.Weight[u] > 0 {
			q.Unit, q.Period, q.Outcome = append(q.Unit, u), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
		}
	}
	return q
}

func (f *frame) clusterOf(unit int) int {
	if f.Cluster == nil {
		return unit
	}
	return f.Cluster[unit]
}

// treated is the treatment dummy of each row.
func (f *frame) treated() []float64 {
	d := make([]float64, len(f.Unit))
	for i, u := range f.Unit {
		if f.Period[i] >= f.Start[u] {
			d[i] = 1
		}
	}
	return d
}

// fit regresses the outcome on columns, with unit and period effects.
func (f *frame) fit(x regression.Design) (*regression.Panel, error) {
	some, all := false, true
	for i, u := range f.Unit {
		some, all = some || f.Period[i] >= f.Start[u], all && f.Period[i] >= f.Start[u]
	}
	if !some || all {
		return nil, fmt.Errorf("treated rows: some is %v, all is %v: %w", some, all, stat.ErrTooFew)
	}
	a := regression.Absorption{Factors: [][]int{f.Unit, f.period}, Weights: f.w, KeepSingletons: true}
	return a.Fit(f.Outcome, x)
}

// starts says whether a unit goes from untreated to treated within its rows' time.
func (f *frame) starts(u int) bool {
	return len(f.rows[u]) > 0 && f.Start[u] > f.calendar.sorted[0] && f.Start[u] <= f.calendar.sorted[len(f.calendar.sorted)-1]
}

func (f *frame) startingClusters() int {
	seen := make(map[int]bool)
	for u := range f.Start {
		if f.starts(u) {
			seen[f.clusterOf(u)] = true
		}
	}
	return len(seen)
}

// refuse says why a clustered standard error cannot be trusted.
func (f *frame) refuse(clusters, starting int) error {
	switch {
	case starting < 2:
		return fmt.Errorf("%d of %d clusters start: %w", starting, clusters, stat.ErrTooFew)
	case clusters < 3:
		return fmt.Errorf("%d clusters: %w", clusters, stat.ErrTooFew)
	}
	return nil
}

// residual is what unit and period effects leave of a value per row.
func (f *frame) residual(values []float64) ([]float64, error) {
	units := make([]unitRow, 0, f.units)
	moments, out := make([]float64, len(f.calendar.sorted)), slices.Clone(values)
	for u, rows := range f.rows {
		if len(rows) == 0 {
			continue
		}
		unit, own := unitRow{weight: 1}, make([]float64, len(rows))
		if f.Weight != nil {
			unit.weight = f.Weight[u]
		}
		for k, i := range rows {
			unit.periods, own[k] = append(unit.periods, f.period[i]), values[i]
		}
		demean(own)
		for k, t := range unit.periods {
			moments[t] += unit.weight * own[k]
		}
		units = append(units, unit)
	}
	kernel, err := newTwoWay(len(moments), 0, units)
	if err != nil {
		return nil, err
	}
	effects := kernel.solve(moments)
	for _, rows := range f.rows {
		own := make([]float64, len(rows))
		for k, i := range rows {
			own[k] = values[i] - effects[f.period[i]]
		}
		if len(rows) > 0 {
			demean(own)
		}
		for k, i := range rows {
			out[i] = own[k]
		}
	}
	return out, nil
}
