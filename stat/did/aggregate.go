package did

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Effect is an average of cells.
type Effect struct {
	// At is the event time (periods since the start), cohort or period averaged
	// over; 0 for an overall effect.
	At       int
	ATT, SE  float64       // SE and the Levels are 0 where the changes do not vary
	Interval stat.Interval // pointwise
	// Uniform covers all effects of the aggregate together; Level 0 without a bootstrap.
	Uniform stat.Interval
	// BootstrapSE is the standard error from the bootstrap's quartiles, on which
	// Uniform rests; 0 without one.
	BootstrapSE float64
	Treated     int // distinct treated units averaged over
	Controls    int // distinct units they are compared with
	// Reference marks the base event time of a universal base, 0 by construction.
	Reference bool
}

// Aggregate is a family of averages and the one number that sums it up.
type Aggregate struct {
	Overall Effect
	Effects []Effect // in order of At; empty for Simple
	// Covariance of Effects, which pre-trend tests and bounds on their violation need.
	Covariance *mat.SymDense
	// Critical is the sup-t value of the uniform intervals; 0 without a bootstrap.
	Critical float64
	// Draws are draws of the overall effect from its bootstrap distribution, centred
	// on the estimate: what to carry into a simulation that builds on it. Nil without
	// a bootstrap. The draw at an index belongs to the same draw of the sample in
	// every aggregate of a GroupTime.
	Draws []float64
}

// form is a statistic as a linear combination of the cells and, through its
// weights, of the cohorts' shares. Its value is linear in the cells; its influence
// function is linear in theirs and the shares'.
type form struct {
	cells, shares []float64 // nil: zero
}

// Simple averages all cells from the start on, weighted by the size of their
// cohorts: every treated unit-period counts the same.
func (r *GroupTime) Simple() (*Aggregate, error) {
	keep := r.where(func(c Cell) bool { return c.Period >= c.Cohort })
	if len(keep) == 0 {
		return nil, r.noEffect("simple")
	}
	return r.aggregate("simple", r.sized(keep), keep, nil, nil)
}

// Window limits event times. The zero value keeps all.
type Window struct {
	// Balance, if not nil, keeps only the cohorts that are observed for at least so
	// many periods after their start, and the event times up to it that all of them
	// reach, so that the mix of cohorts is the same at every event time ≥ 0.
	Balance *int
	// From and To bound the event times shown; nil: no bound. Overall is over those
	// shown that are ≥ 0.
	From, To *int
}

// Dynamic averages by event time, periods since the start (0: the start itself),
// weighted by cohort size. Overall is the plain mean over event times ≥ 0.
func (r *GroupTime) Dynamic(w Window) (*Aggregate, error) {
	return r.family("dynamic", eventTime, r.within(w),
		func(e int) bool { return e >= 0 }, r.sized, evenly)
}

// ByCohort averages each cohort's cells from its start on. Overall weights cohorts
// by size: every treated unit counts the same, however long it is observed.
func (r *GroupTime) ByCohort() (*Aggregate, error) {
	after := func(c Cell) bool { return c.Period >= c.Cohort }
	return r.family("cohort", func(c Cell) int { return c.Cohort }, after,
		func(int) bool { return true }, r.level, r.bySize)
}

// ByPeriod averages by period over the cohorts that have started, weighted by
// size. Overall is the plain mean over periods.
func (r *GroupTime) ByPeriod() (*Aggregate, error) {
	after := func(c Cell) bool { return c.Period >= c.Cohort }
	return r.family("period", func(c Cell) int { return c.Period }, after,
		func(int) bool { return true }, r.sized, evenly)
}

func eventTime(c Cell) int { return c.Period - c.Cohort }

// within is the condition that a window puts on cells.
func (r *GroupTime) within(w Window) func(Cell) bool {
	first, last := r.layout.periods[0], r.layout.periods[len(r.layout.periods)-1]
	return func(c Cell) bool {
		e := eventTime(c)
		if w.From != nil && e < *w.From || w.To != nil && e > *w.To {
			return false
		}
		if w.Balance == nil {
			return true
		}
		return last-c.Cohort >= *w.Balance && e <= *w.Balance && e >= *w.Balance-(last-first)
	}
}

// where lists the cells that satisfy a condition.
func (r *GroupTime) where(keep func(Cell) bool) []int {
	var out []int
	for k, c := range r.Cells {
		if keep(c) {
			out = append(out, k)
		}
	}
	return out
}

// family averages the kept cells by key, and the keys that count into the overall.
func (r *GroupTime) family(name string, key func(Cell) int, keep func(Cell) bool, counts func(int) bool,
	average func([]int) form, overall func([]Effect, []form) form) (*Aggregate, error) {
	members := make(map[int][]int)
	for _, k := range r.where(keep) {
		members[key(r.Cells[k])] = append(members[key(r.Cells[k])], k)
	}
	var keys []int
	for at := range members {
		keys = append(keys, at)
	}
	slices.Sort(keys)
	effects, forms := make([]Effect, len(keys)), make([]form, len(keys))
	var counted []Effect
	var countedForms []form
	var used []int
	for i, at := range keys {
		forms[i] = average(members[at])
		effects[i] = r.effect(at, forms[i], members[at])
		if counts(at) {
			counted, countedForms = append(counted, effects[i]), append(countedForms, forms[i])
			used = append(used, members[at]...)
		}
	}
	if len(counted) == 0 {
		return nil, r.noEffect(name)
	}
	return r.aggregate(name, overall(counted, countedForms), used, effects, forms)
}

func (r *GroupTime) noEffect(name string) error {
	err := fmt.Errorf("%s average: no cell from the start on: %w", name, stat.ErrTooFew)
	if len(r.Skipped) > 0 {
		err = fmt.Errorf("%w (%d cells were skipped, the first: %w)", err, len(r.Skipped), r.Skipped[0].Err)
	}
	return err
}

// effect is the point estimate and the counts of an average.
func (r *GroupTime) effect(at int, f form, members []int) Effect {
	e := Effect{At: at, Reference: true}
	for k, w := range f.cells {
		e.ATT += w * r.Cells[k].ATT
	}
	for _, k := range members {
		e.Reference = e.Reference && r.Cells[k].Reference
	}
	e.Treated, e.Controls = r.layout.count(r.plans, members)
	return e
}

// sized weights cells by the share of their cohort. The shares are estimates, so
// they add to the influence function: for s the shares, θ = Σ s·ATT / Σ s moves
// with s by (ATT − θ) / Σ s.
func (r *GroupTime) sized(members []int) form {
	f := form{cells: make([]float64, len(r.Cells)), shares: make([]float64, len(r.shares))}
	var total, mean float64
	for _, k := range members {
		total += r.shares[r.plans[k].cohort].value
	}
	for _, k := range members {
		f.cells[k] = r.shares[r.plans[k].cohort].value / total
		mean += f.cells[k] * r.Cells[k].ATT
	}
	for _, k := range members {
		f.shares[r.plans[k].cohort] += (r.Cells[k].ATT - mean) / total
	}
	return f
}

// level weights cells evenly.
func (r *GroupTime) level(members []int) form {
	f := form{cells: make([]float64, len(r.Cells))}
	for _, k := range members {
		f.cells[k] = 1 / float64(len(members))
	}
	return f
}

// evenly is the plain mean of effects.
func evenly(effects []Effect, forms []form) form {
	weights := make([]float64, len(effects))
	for i := range weights {
		weights[i] = 1 / float64(len(weights))
	}
	return mix(forms, weights)
}

// bySize is the mean of cohorts' effects, weighted by the cohorts' shares.
func (r *GroupTime) bySize(effects []Effect, forms []form) form {
	share := make(map[int]int)
	for g, s := range r.shares {
		share[s.cohort] = g
	}
	weights := make([]float64, len(effects))
	var total, mean float64
	for i, e := range effects {
		weights[i] = r.shares[share[e.At]].value
		total += weights[i]
	}
	for i, e := range effects {
		weights[i] /= total
		mean += weights[i] * e.ATT
	}
	f := mix(forms, weights)
	if f.shares == nil {
		f.shares = make([]float64, len(r.shares))
	}
	for _, e := range effects {
		f.shares[share[e.At]] += (e.ATT - mean) / total
	}
	return f
}

// mix is a linear combination of forms.
func mix(forms []form, weights []float64) form {
	var f form
	for i, g := range forms {
		f.cells = addScaled(f.cells, weights[i], g.cells)
		f.shares = addScaled(f.shares, weights[i], g.shares)
	}
	return f
}

func addScaled(to []float64, scale float64, from []float64) []float64 {
	if to == nil && from != nil {
		to = make([]float64, len(from))
	}
	for i, v := range from {
		to[i] += scale * v
	}
	return to
}

// influence is the influence function of a form, a value for every row.
func (r *GroupTime) influence(f form) influence {
	rows := make([]float64, r.Clusters)
	for k, w := range f.cells {
		if w != 0 {
			r.influences[k].addTo(rows, w)
		}
	}
	for g, w := range f.shares {
		if w != 0 {
			r.shares[g].influence.addTo(rows, w)
		}
	}
	return influence{{values: rows}}
}

// aggregate adds inference to point estimates.
func (r *GroupTime) aggregate(name string, overall form, used []int, effects []Effect, forms []form) (*Aggregate, error) {
	a := &Aggregate{Overall: r.effect(0, overall, used), Effects: effects}
	a.Overall.Reference = false
	influences := make([]influence, len(forms)+1)
	influences[len(forms)] = r.influence(overall)
	for i, f := range forms {
		influences[i] = r.influence(f)
	}
	a.Covariance = covariance(influences[:len(forms)], r.Units)
	z := stat.Critical(r.options.Level)
	for i := range effects {
		a.Effects[i].settle(math.Sqrt(a.Covariance.At(i, i)), z, r.options.Level)
	}
	a.Overall.settle(influences[len(forms)].norm()/float64(r.Units), z, r.options.Level)
	for _, e := range append(slices.Clone(a.Effects), a.Overall) {
		if err := finiteOr(name+" average", e.ATT, e.SE); err != nil {
			return nil, err
		}
	}
	if a.Overall.SE == 0 {
		return nil, fmt.Errorf("%s average: %w", name, stat.ErrNoVariance)
	}
	if r.boot != nil {
		a.band(r, overall, forms)
	}
	return a, nil
}

// settle sets the standard error and the pointwise interval.
func (e *Effect) settle(se, z, level float64) {
	if e.Reference || se <= noSpread*math.Abs(e.ATT) {
		return
	}
	e.SE, e.Interval = se, around(e.ATT, se, z, level)
}
