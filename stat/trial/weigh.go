package trial

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// replicate estimates both curves once, with unit i counting freq[cluster[i]]
// times. Its scratch space is reused from one draw to the next.
type replicate struct {
	model       *propensity
	count       []float64 // of each cluster
	freq        []float64 // of each entry
	weight      []float64 // of each entry, before freq; 0 outside the trials
	remaining   []float64 // Sustained: running product of 1/(1−chance to start), at [unit*groups+g]
	tallies     [2]tally  // control, treated
	naive       [2]tally
	capAt       [2]float64 // largest weight allowed in each arm
	trimmed     [2]int     // entries above it
	capFactor   float64
	sorted      []ranked
	sortedTotal float64
}

func newReplicate(e *emulation) *replicate {
	r := &replicate{
		model: newPropensity(e), count: make([]float64, e.count),
		freq: make([]float64, len(e.entries)), weight: make([]float64, len(e.entries)),
	}
	if e.opt.Strategy == Sustained {
		r.remaining = make([]float64, len(e.at))
	}
	for arm := range 2 {
		r.tallies[arm], r.naive[arm] = newTally(e.opt.Horizon), newTally(e.opt.Horizon)
	}
	return r
}

// curves are the event-free probabilities after 0 … Horizon periods.
type curves struct{ control, treated []float64 }

// run fits the treatment model, weighs and pools.
func (r *replicate) run(from *propensity) (curves, error) {
	e := r.model.emulation
	for k, in := range e.entries {
		r.freq[k] = r.count[e.cluster[in.unit]]
	}
	if err := r.model.fit(r.freq, from); err != nil {
		return curves{}, err
	}
	r.weigh()
	r.trim()
	if e.opt.Strategy == Sustained {
		r.remain()
	}
	r.pool()
	return r.finish(&r.tallies)
}

// inTrial says whether entry k belongs to a trial that has both arms.
func (r *replicate) inTrial(k int) bool {
	e := r.model.emulation
	g := int(e.entries[k].period) - e.opt.First
	return g < e.trials && r.model.active[g]
}

func arm(treated bool) int {
	if treated {
		return 1
	}
	return 0
}

// weigh sets the stabilised inverse probability weights.
func (r *replicate) weigh() {
	e := r.model.emulation
	var total [2]float64
	for k, in := range e.entries {
		if r.inTrial(k) {
			total[arm(in.treated)] += r.freq[k]
		}
	}
	share := total[1] / (total[0] + total[1])
	for k, in := range e.entries {
		p := r.model.prob[k]
		switch {
		case !r.inTrial(k) || r.freq[k] == 0:
			r.weight[k] = 0
		case e.opt.Target == OnTreated && in.treated:
			r.weight[k] = 1
		case e.opt.Target == OnTreated:
			r.weight[k] = p / (1 - p) * (1 - share) / share
		case in.treated:
			r.weight[k] = share / p
		default:
			r.weight[k] = (1 - share) / (1 - p)
		}
	}
}

// trim caps the weights at their quantile in each arm.
func (r *replicate) trim() {
	r.capAt, r.trimmed = [2]float64{math.Inf(1), math.Inf(1)}, [2]int{}
	e := r.model.emulation
	if e.opt.Trim == 0 {
		return
	}
	for a := range r.capAt {
		r.rank(func(k int) (float64, bool) {
			return r.weight[k], r.weight[k] > 0 && arm(e.entries[k].treated) == a
		})
		r.capAt[a] = r.quantile(e.opt.Trim)
	}
	for k, in := range e.entries {
		if a := arm(in.treated); r.weight[k] > r.capAt[a] {
			r.weight[k] = r.capAt[a]
			r.trimmed[a]++
		}
	}
}

// ranked is a value that counts weight times.
type ranked struct{ value, count float64 }

// rank sorts the values of the entries that value accepts.
func (r *replicate) rank(value func(k int) (float64, bool)) {
	r.sorted, r.sortedTotal = r.sorted[:0], 0
	for k, f := range r.freq {
		if f == 0 {
			continue
		}
		if v, ok := value(k); ok {
			r.sorted = append(r.sorted, ranked{v, f})
			r.sortedTotal += f
		}
	}
	slices.SortFunc(r.sorted, func(a, b ranked) int {
		if a.value < b.value {
			return -1
		}
		if a.value > b.value {
			return 1
		}
		return 0
	})
}

// quantile is the smallest ranked value at or below which share of the counts
// lie (type 1 of Hyndman & Fan 1996), +Inf if nothing was ranked.
func (r *replicate) quantile(share float64) float64 {
	below := 0.0
	for _, v := range r.sorted {
		below += v.count
		if below >= share*r.sortedTotal*(1-1e-12) {
			return v.value
		}
	}
	return math.Inf(1)
}

// remain sets the running products of the inverse probabilities of not having
// started, and their cap.
func (r *replicate) remain() {
	e := r.model.emulation
	groups := e.groups()
	for i := range e.panel.Units {
		product := 1.0
		for g := range groups {
			if k := e.at[i*groups+g]; k >= 0 && !e.entries[k].treated {
				product /= 1 - r.model.prob[k]
			}
			r.remaining[i*groups+g] = product
		}
	}
	r.capFactor = math.Inf(1)
	if e.opt.Trim > 0 {
		r.rank(func(k int) (float64, bool) {
			in := e.entries[k]
			return r.factor(in, int(in.follow)), r.weight[k] > 0 && !in.treated && in.follow > 0
		})
		r.capFactor = r.quantile(e.opt.Trim)
	}
}

// factor is the inverse probability that a control had not started before
// follow-up period n, n at least 1.
func (r *replicate) factor(in entry, n int) float64 {
	e := r.model.emulation
	g := int(in.unit)*e.groups() + int(in.period) - e.opt.First
	return r.remaining[g+n-1] / r.remaining[g]
}

// pool adds the weighted follow-up of all unit-trials to the tallies.
func (r *replicate) pool() {
	e := r.model.emulation
	for a := range r.tallies {
		r.tallies[a].reset()
	}
	for k, in := range e.entries {
		w := r.weight[k] * r.freq[k]
		if w == 0 {
			continue
		}
		t := &r.tallies[arm(in.treated)]
		if e.opt.Strategy == AsStarted || in.treated {
			t.add(int(in.follow), in.event, w)
			continue
		}
		for n := 1; n <= int(in.follow); n++ {
			now := w * min(r.factor(in, n), r.capFactor)
			t.atRisk[n] += now
			if in.event && n == int(in.follow) {
				t.events[n] += now
			}
		}
	}
}

func (r *replicate) finish(tallies *[2]tally) (curves, error) {
	control, at := tallies[0].survival()
	if control == nil {
		return curves{}, fmt.Errorf("nobody in the control arm is followed into period %d: %w", at, stat.ErrTooFew)
	}
	treated, at := tallies[1].survival()
	if treated == nil {
		return curves{}, fmt.Errorf("nobody in the treated arm is followed into period %d: %w", at, stat.ErrTooFew)
	}
	if last := len(control) - 1; control[last] == 1 {
		return curves{}, fmt.Errorf("no event in the control arm within %d periods: %w", last, stat.ErrTooFew)
	}
	return curves{control, treated}, nil
}

// tally sums weight by follow-up period, 1 … horizon.
type tally struct{ ended, atRisk, events []float64 }

func newTally(horizon int) tally {
	return tally{make([]float64, horizon+1), make([]float64, horizon+1), make([]float64, horizon+1)}
}

func (t *tally) reset() {
	clear(t.ended)
	clear(t.atRisk)
	clear(t.events)
}

// add adds weight w that was at risk in periods 1 … follow.
func (t *tally) add(follow int, event bool, w float64) {
	t.ended[follow] += w
	if event {
		t.events[follow] += w
	}
}

// survival is the product of 1 − hazard, nil with the first period that nobody
// was followed into.
func (t *tally) survival() (surv []float64, empty int) {
	total := 0.0
	for n := len(t.ended) - 1; n >= 1; n-- {
		total += t.ended[n]
		t.atRisk[n] += total
	}
	surv = make([]float64, len(t.ended))
	surv[0] = 1
	for n := 1; n < len(surv); n++ {
		if t.atRisk[n] == 0 {
			return nil, n
		}
		surv[n] = surv[n-1] * (1 - t.events[n]/t.atRisk[n])
	}
	return surv, 0
}
