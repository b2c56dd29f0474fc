package did

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/mat"
)

// TwoWay is a regression of the outcome on unit and period effects and one dummy for
// treated rows.
type TwoWay struct {
	// Value is the coefficient of treatment and SE its cluster-robust standard error
	// (CR1 as fixest counts: G/(G−1)·(n−1)/(n−K), K without the effects of units that
	// lie within clusters).
	Value, SE float64
	// HC1 is the standard error that takes rows as independent, for comparison: it is
	// too small where the rows of a unit go together.
	HC1 float64
	// Test has interval and p-value on Clusters − 1 degrees of freedom; nil when
	// Refused says why the standard error is not to be trusted.
	Test    *stat.Test
	Refused error

	Rows, Units, Clusters int
	TreatedClusters       int // clusters with a unit that starts within the panel's time
	Weights               CellWeights
	// Warning says why the coefficient may not be an average of the effects; empty
	// when all units that start do so together.
	Warning string
}

// CellWeights tells how the two-way coefficient weights the effects of cohorts and
// periods: it estimates Σ weight·effect over treated cells, and weights can be
// negative (de Chaisemartin and D'Haultfœuille 2020, Am. Econ. Rev. 110:2964-2996).
type CellWeights struct {
	Cells       []CellWeight // by cohort, then period; their weights sum to 1
	Negative    int          // cells of negative weight
	NegativeSum float64      // the sum of negative weights
	// Spread is the smallest standard deviation of effects across cells with which the
	// average effect on the treated can be 0 although the coefficient is what it is.
	Spread float64
}

// CellWeight is the weight of the effect on a cohort in a period.
type CellWeight struct {
	Cohort, Period int
	Weight         float64
	Rows           int
}

// TwoWayFixedEffects regresses the outcome on unit effects, period effects and a
// dummy for treated rows. It is what many reports show, and is here to compare with:
// when units start at different times, units already treated serve as controls, and
// effects that grow or differ enter with the wrong weight, even the wrong sign. See
// Weights, Bacon and, for an answer, Estimate.
//
// Rows may be missing. Covariates are ignored. A unit treated all along counts as
// treated. level, in (0, 1), is the coverage of the interval.
//
// Errors: those of Panel.Balanced; ErrTooFew without treated rows or untreated ones,
// ErrCollinear when treatment is a sum of unit and period effects, ErrNoVariance
// when the fit is perfect.
//
// With fewer than two clusters that start (or that do not) the standard error is
// far too small and Test is nil: see RankTest.
func TwoWayFixedEffects(p Panel, level float64) (*TwoWay, error) {
	stat.CheckLevel(level)
	f, err := newFrame(p)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	d := f.treated()
	fit, err := f.fit(regression.Design{Rows: len(d), Cols: 1, Values: d})
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	cov, err := fit.Clustered(regression.CR1, f.cluster)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	robust, err := fit.HC(regression.HC1)
	if err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	r := &TwoWay{Value: fit.Coef[0], SE: regression.StandardErrors(cov)[0], HC1: regression.StandardErrors(robust)[0], Rows: len(d), Units: f.units,
		Clusters: fit.Clusters(f.cluster), TreatedClusters: f.startingClusters()}
	if err := finiteOr("two-way fixed effects", r.Value, r.SE, r.HC1); err != nil {
		return nil, err
	}
	if !(r.SE > noSpread*math.Abs(r.Value)) || fit.RSS <= noSpread*noSpread*sumSquares(p.Outcome) {
		return nil, fmt.Errorf("two-way fixed effects: %w", stat.ErrNoVariance)
	}
	if r.Refused = f.refuse(r.Clusters, r.TreatedClusters); r.Refused == nil {
		test := stat.Student(r.Value, r.SE, float64(r.Clusters-1), level)
		r.Test = &test
	}
	if r.Weights, err = f.weights(d, r.Value); err != nil {
		return nil, fmt.Errorf("two-way fixed effects: %w", err)
	}
	r.Warning = f.warning(r.Weights)
	return r, nil
}

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

// weights finds the weights of cohorts and periods in the coefficient.
func (f *frame) weights(d []float64, coef float64) (CellWeights, error) {
	e, err := f.residual(d)
	if err != nil {
		return CellWeights{}, err
	}
	type key struct{ cohort, period int }
	cells, share := make(map[key]*CellWeight), make(map[key]float64)
	var total, mass float64
	for i, u := range f.Unit {
		if d[i] == 0 {
			continue
		}
		k, w := key{f.Start[u], f.Period[i]}, 1.0
		if f.w != nil {
			w = f.w[i]
		}
		if cells[k] == nil {
			cells[k] = &CellWeight{Cohort: k.cohort, Period: k.period}
		}
		cells[k].Weight += w * e[i]
		cells[k].Rows++
		share[k] += w
		total += w * e[i]
		mass += w
	}
	var out CellWeights
	var variance float64
	for k, c := range cells {
		c.Weight /= total
		s := share[k] / mass
		variance += (c.Weight - s) * (c.Weight - s) / s
		if c.Weight < -1e-12 {
			out.Negative++
		}
		out.Cells = append(out.Cells, *c)
	}
	slices.SortFunc(out.Cells, func(a, b CellWeight) int {
		if a.Cohort != b.Cohort {
			return a.Cohort - b.Cohort
		}
		return a.Period - b.Period
	})
	for _, c := range out.Cells {
		out.NegativeSum += math.Min(c.Weight, 0)
	}
	if variance > 1e-24 {
		out.Spread = math.Abs(coef) / math.Sqrt(variance)
	}
	return out, nil
}

// warning says what is wrong with a two-way coefficient.
func (f *frame) warning(w CellWeights) string {
	first, last := math.MaxInt, math.MinInt
	always := 0
	for u, s := range f.Start {
		if f.starts(u) {
			first, last = min(first, s), max(last, s)
		} else if len(f.rows[u]) > 0 && s <= f.calendar.sorted[0] {
			always++
		}
	}
	if first >= last && always == 0 {
		return ""
	}
	return fmt.Sprintf("units already treated serve as controls; %d of %d effects enter with a negative weight (sum %.3f)",
		w.Negative, len(w.Cells), w.NegativeSum)
}

// TwoWayEventStudy regresses the outcome on unit and period effects and a dummy for
// each event time but -1. With one start it is the event study; with several, each
// coefficient mixes effects of other event times (Sun and Abraham 2021): then use
// Estimate or SunAbraham. Conventions and errors are those of TwoWayFixedEffects;
// ErrCollinear also without never-treated units, when event times and periods cannot
// be told apart. Where too few clusters start, effects have no intervals.
func TwoWayEventStudy(p Panel, level float64) (EventStudy, error) {
	stat.CheckLevel(level)
	f, err := newFrame(p)
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study: %w", err)
	}
	const reference = -1
	times := f.eventTimes(reference)
	if len(times) == 0 {
		return EventStudy{}, fmt.Errorf("two-way event study: no unit starts within the panel's time: %w", stat.ErrTooFew)
	}
	fit, err := f.fit(f.dummies(times))
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study (column k is event time %v): %w", times, err)
	}
	cov, err := fit.Clustered(regression.CR1, f.cluster)
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study: %w", err)
	}
	if err := finiteOr("two-way event study", append(regression.StandardErrors(cov), fit.Coef...)...); err != nil {
		return EventStudy{}, err
	}
	refused := f.refuse(fit.Clusters(f.cluster), f.startingClusters())
	return study(times, fit.Coef, cov, reference, float64(fit.Clusters(f.cluster)-1), level, refused == nil), nil
}

// eventTimes lists the event times of units that start, without the reference.
func (f *frame) eventTimes(reference int) []int {
	seen := make(map[int]bool)
	for i, u := range f.Unit {
		if f.starts(u) {
			seen[f.Period[i]-f.Start[u]] = true
		}
	}
	var times []int
	for e := range seen {
		if e != reference {
			times = append(times, e)
		}
	}
	slices.Sort(times)
	return times
}

func (f *frame) dummies(times []int) regression.Design {
	column := make(map[int]int)
	for j, e := range times {
		column[e] = j
	}
	d := regression.Design{Rows: len(f.Unit), Cols: len(times), Values: make([]float64, len(f.Unit)*len(times))}
	for i, u := range f.Unit {
		if !f.starts(u) {
			continue
		}
		if j, ok := column[f.Period[i]-f.Start[u]]; ok {
			d.Row(i)[j] = 1
		}
	}
	return d
}

// study puts coefficients by event time together with their reference.
func study(times []int, coef []float64, cov mat.Symmetric, reference int, df, level float64, intervals bool) EventStudy {
	s := EventStudy{Reference: reference, Covariance: mat.NewSymDense(len(times)+1, nil)}
	at, _ := slices.BinarySearch(times, reference)
	place := func(j int) int {
		if j >= at {
			return j + 1
		}
		return j
	}
	s.Effects = make([]Effect, len(times)+1)
	s.Effects[at] = Effect{At: reference, Reference: true}
	for i, e := range times {
		for j := i; j < len(times); j++ {
			s.Covariance.SetSym(place(i), place(j), cov.At(i, j))
		}
		effect := Effect{At: e, ATT: coef[i]}
		if se := math.Sqrt(cov.At(i, i)); se > noSpread*math.Abs(coef[i]) {
			effect.SE = se
			if intervals {
				effect.Interval = stat.Student(coef[i], se, df, level).Interval
			}
		}
		s.Effects[place(i)] = effect
	}
	return s
}
