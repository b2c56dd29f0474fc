package did

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// InteractionWeighted is an event study by Sun and Abraham's estimator.
type InteractionWeighted struct {
	EventStudy        // intervals from t on Clusters − 1 degrees of freedom
	Overall    Effect // over all treated rows of Cells
	Cells      []Cell // by cohort, then period; the reference of each cohort is marked
	Skipped    []Skipped
	Excluded   Excluded
	Units      int
	Clusters   int
	Rows       int
}

// SunAbraham regresses the outcome on unit effects, period effects and one dummy for
// each cohort and event time, with the never-treated as controls (the last cohort
// without them, up to its start), and averages cohorts by event time.
//
// On a panel without gaps the effects are those of Estimate with a universal base and
// never-treated controls. With gaps this uses all rows of a unit and assumes parallel
// trends in all periods, where Estimate compares two periods at a time.
//
// Conventions are those of R's fixest (sunab): the reference is the last period
// before the start; cohorts are weighted by their rows at an event time, and Overall
// weights treated rows alike; weights count as fixed; standard errors are clustered
// (by unit, or Panel.Cluster) with the factor G/(G−1)·(n−1)/(n−K), where K counts
// dummies and period effects but not the effects of units. Covariates are ignored.
//
// Errors: those of Estimate; ErrCollinear when periods of a cohort share no unit.
// SunAbraham panics if level is outside (0, 1).
//
// Source: Sun and Abraham (2021), J. Econometrics 225:175-199.
func SunAbraham(p Panel, level float64) (*InteractionWeighted, error) {
	stat.CheckLevel(level)
	p.Covariates = nil
	l, err := arrange(p, Options{Level: level, Control: anyControl(p)})
	if err != nil {
		return nil, fmt.Errorf("interaction-weighted event study: %w", err)
	}
	s := &saturated{layout: l, level: level}
	r, err := s.estimate()
	if err != nil {
		return nil, fmt.Errorf("interaction-weighted event study: %w", err)
	}
	for _, e := range append(r.Effects, r.Overall) {
		if err := finiteOr("interaction-weighted event study", e.ATT, e.SE); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// anyControl is NeverTreated where there are such units.
func anyControl(p Panel) Control {
	last := math.MinInt
	for _, t := range p.Period {
		last = max(last, t)
	}
	for _, s := range p.Start {
		if s > last {
			return NeverTreated
		}
	}
	return NotYetTreated
}

// saturated is the regression with a dummy for each cohort and period. Given unit
// effects, each cohort's period effects depend on its own rows alone, so that it is
// one small regression a cohort; the never-treated's period effects are then taken
// off.
type saturated struct {
	*layout
	level    float64
	kernels  []*twoWay   // of each cohort with effects, the controls last
	effects  [][]float64 // [cohort][period], the ground's 0
	residual [][]float64 // [unit][period]; 0: no row
	controls cohort
	rows     int
	dummies  int
	df       float64
	factor   float64 // small-sample factor of variances
}

func (s *saturated) estimate() (*InteractionWeighted, error) {
	s.controls = cohort{start: Never, from: s.never, to: s.n}
	if s.never == s.n {
		s.controls = s.cohorts[s.targets]
	}
	s.residual = make([][]float64, s.n)
	for g := 0; g <= s.targets; g++ {
		if err := s.regress(g); err != nil {
			return nil, err
		}
	}
	r := &InteractionWeighted{Excluded: s.excluded, Units: s.controls.to - s.controls.from + s.targetUnits(), Rows: s.rows}
	s.list(r)
	r.Clusters = s.countClusters()
	if r.Clusters < 2 || s.rows <= s.dummies+len(s.periods) {
		return nil, fmt.Errorf("%d rows in %d clusters for %d effects: %w", s.rows, r.Clusters, s.dummies, stat.ErrTooFew)
	}
	g, n := float64(r.Clusters), float64(s.rows)
	s.df, s.factor = g-1, g/(g-1)*(n-1)/(n-float64(s.dummies+len(s.periods)))
	return r, s.infer(r)
}

func (s *saturated) targetUnits() int {
	n := 0
	for _, c := range s.cohorts[:s.targets] {
		n += c.to - c.from
	}
	return n
}

// group is a cohort with effects, or the controls.
func (s *saturated) group(g int) cohort {
	if g < s.targets {
		return s.cohorts[g]
	}
	return s.controls
}

// base is the number of the last period before a start.
func (s *saturated) base(start int) int {
	base, _ := slices.BinarySearch(s.periods, start)
	return base - 1
}

// regress fits a group's unit and period effects.
func (s *saturated) regress(g int) error {
	c := s.group(g)
	ground := 0
	if g < s.targets {
		ground = s.base(c.start)
	}
	var units []unitRow
	moments := make([]float64, len(s.periods))
	for i := c.from; i < c.to; i++ {
		u := unitRow{weight: s.weight(i)}
		var own []float64
		for t := range s.periods {
			if y := s.y[t][i]; !math.IsNaN(y) {
				u.periods, own = append(u.periods, t), append(own, y)
			}
		}
		if len(own) == 0 {
			continue
		}
		s.rows += len(own)
		demean(own)
		for k, t := range u.periods {
			moments[t] += u.weight * own[k]
		}
		units = append(units, u)
	}
	kernel, err := newTwoWay(len(s.periods), ground, units)
	if err != nil {
		return fmt.Errorf("cohort %d: %w", c.start, err)
	}
	s.kernels, s.effects = append(s.kernels, kernel), append(s.effects, kernel.solve(moments))
	for i := c.from; i < c.to; i++ {
		s.residual[i] = s.residuals(i, s.effects[g])
	}
	return nil
}

// residuals of a unit, times its weight.
func (s *saturated) residuals(i int, effects []float64) []float64 {
	out := make([]float64, len(s.periods))
	var mean, n float64
	for t := range out {
		if y := s.y[t][i]; !math.IsNaN(y) {
			out[t] = y - effects[t]
			mean += out[t]
			n++
		}
	}
	for t := range out {
		if !math.IsNaN(s.y[t][i]) {
			out[t] = s.weight(i) * (out[t] - mean/n)
		}
	}
	return out
}

// list fills in the cells' estimates.
func (s *saturated) list(r *InteractionWeighted) {
	never := s.effects[s.targets]
	for g, c := range s.cohorts[:s.targets] {
		base := s.base(c.start)
		for t, period := range s.periods {
			cell := Cell{Cohort: c.start, Period: period, Base: s.periods[base], Reference: t == base,
				Treated: s.seen(c, t), Controls: s.seen(s.controls, t)}
			if t != base && (s.kernels[g].place[t] < 0 || s.seen(c, base) == 0 || cell.Controls == 0 || s.seen(s.controls, base) == 0) {
				err := fmt.Errorf("no row in the period or in the reference %d: %w", s.periods[base], stat.ErrTooFew)
				r.Skipped = append(r.Skipped, Skipped{Cohort: c.start, Period: period, Err: err})
				continue
			}
			cell.ATT = s.effects[g][t] - (never[t] - never[base])
			if t == base {
				cell.ATT = 0
			} else {
				s.dummies++
			}
			r.Cells = append(r.Cells, cell)
		}
	}
}

// seen counts a group's units with a row in a period.
func (s *saturated) seen(c cohort, t int) int {
	n := 0
	for _, y := range s.y[t][c.from:c.to] {
		if !math.IsNaN(y) {
			n++
		}
	}
	return n
}

func (s *saturated) countClusters() int {
	if s.cluster == nil {
		return s.targetUnits() + s.controls.to - s.controls.from
	}
	seen := make(map[int]bool)
	for g := 0; g <= s.targets; g++ {
		c := s.group(g)
		for _, id := range s.cluster[c.from:c.to] {
			seen[id] = true
		}
	}
	return len(seen)
}

// infer adds standard errors and averages.
func (s *saturated) infer(r *InteractionWeighted) error {
	varies := false
	for k := range r.Cells {
		cell := &r.Cells[k]
		if cell.Reference {
			continue
		}
		se := math.Sqrt(s.factor) * s.influence([]Cell{*cell}, []float64{1}).norm()
		if se > noSpread*s.scale() {
			cell.SE, cell.Interval, varies = se, stat.Student(cell.ATT, se, s.df, s.level).Interval, true
		}
	}
	if !varies {
		return fmt.Errorf("no change varies among the treated or their controls: %w", stat.ErrNoVariance)
	}
	s.byEventTime(r)
	var after []Cell
	for _, c := range r.Cells {
		if c.Period >= c.Cohort {
			after = append(after, c)
		}
	}
	if len(after) == 0 {
		return fmt.Errorf("no cell from the start on: %w", stat.ErrTooFew)
	}
	weights := byRows(after)
	r.Overall = s.average(0, after, weights)
	s.spread(&r.Overall, s.influence(after, weights))
	if r.Overall.SE == 0 {
		return fmt.Errorf("overall: %w", stat.ErrNoVariance)
	}
	return nil
}

// scale is the size of outcomes, below whose rounding a standard error is none.
func (s *saturated) scale() float64 {
	var largest float64
	for _, e := range s.effects {
		largest = math.Max(largest, largestOf(e))
	}
	return largest
}

// byRows weights cells by their treated rows.
func byRows(cells []Cell) []float64 {
	weights, total := make([]float64, len(cells)), 0.0
	for i, c := range cells {
		weights[i] = float64(c.Treated)
		total += weights[i]
	}
	for i := range weights {
		weights[i] /= total
	}
	return weights
}

func (s *saturated) average(at int, cells []Cell, weights []float64) Effect {
	e := Effect{At: at}
	for i, c := range cells {
		e.ATT += weights[i] * c.ATT
		e.Treated += c.Treated
		e.Controls = max(e.Controls, c.Controls)
	}
	return e
}

// byEventTime averages cohorts at each event time.
func (s *saturated) byEventTime(r *InteractionWeighted) {
	members := make(map[int][]Cell)
	var times []int
	for _, c := range r.Cells {
		e := c.Period - c.Cohort
		if c.Reference {
			e = -1 // the last period before, however long ago
		}
		if members[e] == nil {
			times = append(times, e)
		}
		members[e] = append(members[e], c)
	}
	slices.Sort(times)
	influences := make([]influence, len(times))
	r.Reference = -1
	for i, e := range times {
		cells := slices.DeleteFunc(slices.Clone(members[e]), func(c Cell) bool { return c.Reference != (e == -1) })
		weights := byRows(cells)
		effect := s.average(e, cells, weights)
		if effect.Reference = e == -1; !effect.Reference {
			influences[i] = s.influence(cells, weights)
			s.spread(&effect, influences[i])
		}
		r.Effects = append(r.Effects, effect)
	}
	r.Covariance = mat.NewSymDense(len(times), nil)
	r.Covariance.ScaleSym(s.factor, covariance(influences, 1))
}

func (s *saturated) spread(e *Effect, inf influence) {
	if se := math.Sqrt(s.factor) * inf.norm(); se > noSpread*s.scale() {
		e.SE, e.Interval = se, stat.Student(e.ATT, se, s.df, s.level).Interval
	}
}

// influence is that of Σ weight·cell, a value for every unit or cluster: the period
// effects of a group are G⁻¹ times its residuals' moments, so a combination a of them
// takes G⁻¹·a off every unit's residuals.
func (s *saturated) influence(cells []Cell, weights []float64) influence {
	combination := make([][]float64, s.targets+1)
	never := make([]float64, len(s.periods))
	for i, c := range cells {
		g, _ := slices.BinarySearchFunc(s.cohorts[:s.targets], c.Cohort, func(c cohort, start int) int { return c.start - start })
		t, _ := slices.BinarySearch(s.periods, c.Period)
		base, _ := slices.BinarySearch(s.periods, c.Base)
		if combination[g] == nil {
			combination[g] = make([]float64, len(s.periods))
		}
		combination[g][t] += weights[i]
		never[t] -= weights[i]
		never[base] += weights[i]
	}
	combination[s.targets] = never
	var out influence
	for g, a := range combination {
		if a == nil {
			continue
		}
		toward, c := s.kernels[g].solve(a), s.group(g)
		part := span{from: c.from, values: make([]float64, c.to-c.from)}
		for i := range part.values {
			for t, r := range s.residual[c.from+i] {
				part.values[i] += toward[t] * r
			}
		}
		out = append(out, part)
	}
	return s.byCluster(out)
}
