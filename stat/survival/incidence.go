package survival

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Incidence is an Aalen–Johansen estimate of the probability of having had
// each kind of event (cause) by a time, where the first event ends the wait
// for the others: leaving for a competitor is no longer possible after closing
// down. Step functions that jump at Times; slices have their length.
type Incidence struct {
	N          int   // spells
	Causes     []int // labels of the events, ascending
	Times      []float64
	AtRisk     []float64   // weight at risk just before each time
	Events     [][]float64 // by cause: weight with that event at each time
	Censored   []float64
	Surv       []float64   // probability of no event of any cause after each time
	Cumulative [][]float64 // by cause: probability of having had that event

	all      []float64   // events of any cause
	variance [][]float64 // by cause; nil with clusters
	spells   *spellIndex // with clusters
}

// AalenJohansen estimates the cumulative incidence of each cause. cause labels
// the event of the rows whose Event is true and is not read elsewhere. Treating
// other causes as censoring, in a Kaplan–Meier curve, overstates each: the
// incidences here add up, with Surv, to 1.
//
// cluster labels spells that belong together, or is nil. With clusters the
// standard errors are robust (infinitesimal jackknife) and hold for weights
// that are not counts; each call of At then takes time proportional to the
// spells. Number the rows to have robust errors of independent spells.
//
// Errors: ErrTooFew without spells, without an event, or with fewer than two
// clusters; those of KaplanMeier for bad rows.
//
// Sources: Aalen & Johansen (1978), Scandinavian Journal of Statistics
// 5:141-150; the covariance recursion is that of Andersen, Borgan, Gill &
// Keiding (1993), Statistical Models Based on Counting Processes, section IV.4.
func AalenJohansen(d Data, cause, cluster []int) (*Incidence, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("aalen–johansen: %w", err)
	}
	n := len(d.Stop)
	sameLength("cause", len(cause), n)
	kinds, causes, err := kindsOf(d, cause)
	if err != nil {
		return nil, fmt.Errorf("aalen–johansen: %w", err)
	}
	c := &Incidence{N: n, Causes: causes}
	c.follow(d, kinds)
	if cluster != nil {
		sameLength("cluster", len(cluster), n)
		c.variance = nil
		c.spells = newSpellIndex(d, c.Times, kinds, cluster)
		if c.spells.clusters < 2 {
			return nil, fmt.Errorf("aalen–johansen of %d cluster: %w", c.spells.clusters, stat.ErrTooFew)
		}
	}
	return c, nil
}

// kindsOf numbers the causes of events from 1, in the order of their labels; 0
// is no event.
func kindsOf(d Data, cause []int) (kinds []int32, causes []int, err error) {
	var seen []int
	for i, e := range d.Event {
		if e {
			seen = append(seen, cause[i])
		}
	}
	if len(seen) == 0 {
		return nil, nil, fmt.Errorf("no event: %w", stat.ErrTooFew)
	}
	causes, number := dense(seen)
	kinds = make([]int32, len(cause))
	next := 0
	for i, e := range d.Event {
		if e {
			kinds[i] = number[next] + 1
			next++
		}
	}
	return kinds, causes, nil
}

// follow walks the times. The sweep's groups are the kinds: a group's events
// and censorings are those of its rows, and all are at risk together.
func (c *Incidence) follow(d Data, kinds []int32) {
	k := len(c.Causes)
	c.Events, c.Cumulative, c.variance = make([][]float64, k), make([][]float64, k), make([][]float64, k)
	state := make([]incidenceState, k)
	surv, survVar := 1.0, 0.0
	newLanes(d, nil, kinds, k+1).sweep(func(at *riskTable) {
		e := sum(at.events)
		n := atRisk(sum(at.atRisk), e)
		hazard := e / n
		for j := range state {
			ej := at.events[j+1]
			state[j].step(surv, survVar, ej/n, hazard, n)
			c.Events[j] = append(c.Events[j], ej)
			c.Cumulative[j] = append(c.Cumulative[j], state[j].value)
			c.variance[j] = append(c.variance[j], state[j].variance)
		}
		survVar = (1-hazard)*(1-hazard)*survVar + surv*surv*hazard*(1-hazard)/n
		surv *= 1 - hazard
		c.Times = append(c.Times, at.time)
		c.AtRisk = append(c.AtRisk, n)
		c.Censored = append(c.Censored, at.censored[0])
		c.all = append(c.all, e)
		c.Surv = append(c.Surv, surv)
	})
}

// incidenceState is the incidence of one cause with its variance and its
// covariance with the probability of no event.
type incidenceState struct{ value, variance, withSurv float64 }

// step adds a time at which a share own of the n at risk had the event and a
// share hazard any event; surv and survVar are of before. The shares of a risk
// set are multinomial.
func (s *incidenceState) step(surv, survVar, own, hazard, n float64) {
	s.value += surv * own
	s.variance += 2*own*s.withSurv + own*own*survVar + surv*surv*own*(1-own)/n
	s.withSurv = (1-hazard)*(s.withSurv+own*survVar) - surv*surv*own*(1-hazard)/n
}

// Risk is a cumulative incidence at one time.
type Risk struct {
	Time      float64
	AtRisk    float64 // weight at risk at the first of Times from Time on
	Value, SE float64 // probability of having had the event
	// Interval is pointwise. HasInterval is false where the incidence is 0 or
	// 1, or no standard error exists.
	Interval    stat.Interval
	HasInterval bool
}

// At returns the incidence of a cause at time t >= 0, with an interval that is
// symmetric on the scale given, of the incidence itself: LogLog stays inside
// (0, 1). Beyond the last time it carries the last value on. It panics if level
// is outside (0, 1) or cause is not one of Causes.
func (c *Incidence) At(cause int, t, level float64, scale Transform) Risk {
	j, found := slices.BinarySearch(c.Causes, cause)
	if !found {
		panic(fmt.Sprintf("survival: cause %d is none of %v", cause, c.Causes))
	}
	z := stat.Critical(level)
	r := Risk{Time: t}
	k, exact := slices.BinarySearch(c.Times, t)
	if k < len(c.Times) {
		r.AtRisk = c.AtRisk[k]
	}
	if !exact {
		k--
	}
	if k < 0 || c.Cumulative[j][k] == 0 {
		return r
	}
	r.Value = c.Cumulative[j][k]
	if c.spells == nil {
		r.SE = math.Sqrt(max(0, c.variance[j][k]))
	} else {
		r.SE = math.Sqrt(c.robustVariance(j, k))
	}
	if r.SE > 0 && r.Value < 1 {
		r.Interval, r.HasInterval = survInterval(r.Value, r.SE/r.Value, z, scale)
		r.Interval.Level = level
	}
	return r
}

// robustVariance is the infinitesimal jackknife variance of cause j's
// incidence at time k: an event of the cause raises it there and every event
// takes away from what could still have come.
func (c *Incidence) robustVariance(j, last int) float64 {
	own, loss, drift := make([]float64, last+1), make([]float64, last+1), make([]float64, last+1)
	before := 1.0
	for k := range own {
		n, e := c.AtRisk[k], c.all[k]
		own[k] = before / n
		if n > e {
			loss[k] = (c.Cumulative[j][last] - c.Cumulative[j][k]) / (n - e)
		}
		drift[k] = (own[k]*c.Events[j][k] - loss[k]*e) / n
		before = c.Surv[k]
	}
	return c.spells.variance(last, func(kind int32, k int) float64 {
		if int(kind) == j+1 {
			return own[k] - loss[k]
		}
		return -loss[k]
	}, drift)
}
