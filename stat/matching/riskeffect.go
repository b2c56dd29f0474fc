package matching

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// RiskEffect is an effect over risk sets.
type RiskEffect struct {
	stat.Test
	Sets    int // sets that have an outcome
	Dropped int // sets without: the start, or all of its controls, had none
}

// Window gives the mean of a panel outcome over the periods from start+from to
// start+to in which the unit was a customer and the panel goes on. outcome has
// units × periods values, [i*Periods+t]. A unit without such a period has no
// outcome. Months after leaving are not zeros; to ask who left, give Effect a
// function of Last.
func (p Panel) Window(outcome []float64, from, to int) func(unit, start int) (float64, bool) {
	if len(outcome) != len(p.Units)*p.Periods || from > to {
		panic(fmt.Sprintf("matching: %d outcomes for %d units and %d periods, from %d to %d", len(outcome), len(p.Units), p.Periods, from, to))
	}
	return func(unit, start int) (float64, bool) {
		h := p.Units[unit]
		var sum, n float64
		for t := max(0, h.Entry, start+from); t <= min(h.Last, start+to); t++ {
			sum += outcome[unit*p.Periods+t]
			n++
		}
		return sum / n, n > 0
	}
}

// Effect is the mean, over the sets, of the starter's outcome less the mean of
// its controls': the effect of starting at that time against not starting then,
// for those who started. outcome gives a unit's outcome after a start, and
// whether it has one; a control without one leaves its set.
//
// Sets that share a unit, as a control in both or as a control first and a
// starter later, are dependent; the standard error counts that (dyadic
// clustering by unit), with one less than the sets as degrees of freedom. It
// takes the matches as given.
//
// Errors: ErrTooFew with fewer than two sets that have an outcome; ErrNotFinite
// naming the unit; ErrNoVariance if sets do not differ. Effect panics if level
// is outside (0, 1).
//
// Source: Aronow, Samii and Assenova (2015), Political Analysis 23:564-577.
func (r *RiskSets) Effect(outcome func(unit, start int) (float64, bool), level float64) (RiskEffect, error) {
	stat.CheckLevel(level)
	e, err := r.effect(outcome, level)
	if err != nil {
		return RiskEffect{}, fmt.Errorf("effect over risk sets: %w", err)
	}
	return e, nil
}

// difference is a set's effect and the units it rests on.
type difference struct {
	value float64
	units []int
}

func (r *RiskSets) effect(outcome func(unit, start int) (float64, bool), level float64) (RiskEffect, error) {
	var each []difference
	var mean float64
	for _, s := range r.Sets {
		d, ok, err := s.difference(outcome)
		if err != nil {
			return RiskEffect{}, err
		}
		if ok {
			each = append(each, d)
			mean += (d.value - mean) / float64(len(each))
		}
	}
	e := RiskEffect{Sets: len(each), Dropped: len(r.Sets) - len(each)}
	if e.Sets < 2 {
		return e, fmt.Errorf("%d sets have an outcome: %w", e.Sets, stat.ErrTooFew)
	}
	n := float64(e.Sets)
	var err error
	e.Test, err = test(mean, dyadic(each, mean)/(n*(n-1)), n-1, level)
	return e, err
}

// dyadic sums the products of deviations of all sets that share a unit: over
// units, less what each set then counts with itself more than once. Where
// sharing makes that smaller than without it, it is left out.
func dyadic(each []difference, mean float64) float64 {
	byUnit := map[int]float64{}
	var squares, again float64
	for _, d := range each {
		deviation := d.value - mean
		squares += deviation * deviation
		again += float64(len(d.units)-1) * deviation * deviation
		for _, u := range d.units {
			byUnit[u] += deviation
		}
	}
	var shared float64
	for _, d := range each { // in the order of the sets: equal inputs, equal bytes
		for _, u := range d.units {
			if sum, ok := byUnit[u]; ok {
				shared += sum * sum
				delete(byUnit, u)
			}
		}
	}
	return math.Max(squares, shared-again)
}

func (s RiskSet) difference(outcome func(unit, start int) (float64, bool)) (difference, bool, error) {
	y, ok := outcome(s.Treated, s.Start)
	if !ok {
		return difference{}, false, nil
	}
	d := difference{units: []int{s.Treated}}
	var sum float64
	for _, c := range s.Controls {
		if v, ok := outcome(c, s.Start); ok {
			sum += v
			d.units = append(d.units, c)
		}
	}
	if len(d.units) == 1 {
		return d, false, nil
	}
	d.value = y - sum/float64(len(d.units)-1)
	if math.IsNaN(d.value) || math.IsInf(d.value, 0) {
		return d, false, fmt.Errorf("outcome of unit %d or its controls after period %d: %w", s.Treated, s.Start, stat.ErrNotFinite)
	}
	return d, true, nil
}
