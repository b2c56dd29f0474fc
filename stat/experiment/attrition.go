package experiment

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// LeeEffect bounds an effect when outcomes are missing.
type LeeEffect struct {
	Bounds                                   // of treated - control, outcome unit, for units observed whatever the arm
	TreatedSeen, ControlSeen         float64 // shares of the arms' units with an outcome
	Trimmed                          float64 // share of outcomes cut from the arm that has more of them
	TreatedOutcomes, ControlOutcomes int     // counts
}

// LeeBounds bounds the effect on those whose outcome would be seen in either
// arm, when one arm has more outcomes than the other (a survey that trained
// accounts answer more often, usage of accounts that churned). It cuts the
// surplus from the top, then from the bottom, of the arm that has more. It
// assumes that treatment moves being seen in one direction only. y holds the
// outcomes, of which those with seen false are ignored.
//
// Errors: ErrTooFew with fewer than two units, or two outcomes after the cut, in
// an arm; ErrNoVariance; ErrNotFinite, naming the row. LeeBounds panics if level
// is outside (0, 1) or lengths differ.
//
// Source: Lee (2009), Review of Economic Studies 76:1071-1102; Imbens and Manski
// (2004), Econometrica 72:1845-1857.
func LeeBounds(y []float64, seen, treated []bool, level float64) (LeeEffect, error) {
	stat.CheckLevel(level)
	more, less, out, err := observed(y, seen, treated)
	if err != nil {
		return LeeEffect{}, err
	}
	other, err := summary.Of(less.values)
	if err != nil {
		return LeeEffect{}, err
	}
	out.Trimmed = 1 - less.share()/more.share()
	if kept := float64(len(more.values)) * (1 - out.Trimmed); kept < 2 {
		return LeeEffect{}, fmt.Errorf("%.1f outcomes left of %d: %w", kept, len(more.values), stat.ErrTooFew)
	}
	low, lowVar := more.keep(out.Trimmed, less)
	for i, v := range more.values {
		more.values[i] = -v
	}
	slices.Reverse(more.values)
	high, highVar := more.keep(out.Trimmed, less)
	vo := other.Var / float64(other.N)
	ends := [2]float64{low - other.Mean, -high - other.Mean}
	errs := [2]float64{math.Sqrt(lowVar + vo), math.Sqrt(highVar + vo)}
	if !more.treated { // the controls were cut: their lowest mean gives the highest effect
		ends[0], ends[1], errs[0], errs[1] = -ends[1], -ends[0], errs[1], errs[0]
	}
	out.Bounds, err = bound(ends[0], errs[0], ends[1], errs[1], level)
	return out, err
}

// outcomesOf are the seen values of an arm, sorted, of units in all.
type outcomesOf struct {
	values  []float64
	units   int
	treated bool
}

func (o outcomesOf) share() float64 { return float64(len(o.values)) / float64(o.units) }

// observed sorts the outcomes of both arms and says which has the larger share.
func observed(y []float64, seen, treated []bool) (more, less outcomesOf, out LeeEffect, err error) {
	if len(y) != len(seen) || len(y) != len(treated) {
		panic(fmt.Sprintf("experiment: %d outcomes, %d seen, %d arms", len(y), len(seen), len(treated)))
	}
	t, c := outcomesOf{treated: true}, outcomesOf{}
	for i, v := range y {
		arm := &c
		if treated[i] {
			arm = &t
		}
		arm.units++
		if !seen[i] {
			continue
		}
		if !finite(v) {
			return t, c, out, fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
		arm.values = append(arm.values, v)
	}
	if len(t.values) < 2 || len(c.values) < 2 {
		return t, c, out, fmt.Errorf("%d treated and %d control outcomes: %w", len(t.values), len(c.values), stat.ErrTooFew)
	}
	slices.Sort(t.values)
	slices.Sort(c.values)
	out = LeeEffect{TreatedSeen: t.share(), ControlSeen: c.share(), TreatedOutcomes: len(t.values), ControlOutcomes: len(c.values)}
	if out.TreatedSeen >= out.ControlSeen {
		return t, c, out, nil
	}
	return c, t, out, nil
}

// keep is the mean of the lowest 1-cut of the values, the one at the edge
// counting in part, and its variance: that of the values kept, that of where the
// edge lies, and that of the cut itself, which is estimated.
func (o outcomesOf) keep(cut float64, less outcomesOf) (mu, variance float64) {
	n := float64(len(o.values))
	kept := n * (1 - cut)
	whole := min(int(kept), len(o.values))
	edge := o.values[min(whole, len(o.values)-1)]
	part := kept - float64(whole)
	for _, v := range o.values[:whole] {
		mu += v / kept
	}
	mu += part * edge / kept
	for _, v := range o.values[:whole] {
		variance += (v - mu) * (v - mu) / kept
	}
	variance += part * (edge - mu) * (edge - mu) / kept
	p, q := o.share(), less.share()
	ofCut := (1 - cut) * (1 - cut) * ((1-p)/(p*float64(o.units)) + (1-q)/(q*float64(less.units)))
	gap := edge - mu
	return mu, (variance+gap*gap*cut)/kept + gap*gap/((1-cut)*(1-cut))*ofCut
}
