package survival

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// Clock is the scale of time along which a hazard ratio may drift.
type Clock int

// Clocks. The zero value is R's default.
const (
	KMClock  Clock = iota // 1 − Kaplan–Meier of all rows: robust to late outliers
	Identity              // the time itself
	LogClock              // its logarithm; every event time must be above 0
)

// PHTest tests one covariate, or all of them, for a hazard ratio that drifts.
type PHTest struct {
	Name string // "all" for the joint test
	ChiSqTest
}

// ProportionalHazards tests whether each coefficient changes linearly with the
// clock: the score test of a coefficient for x·g(t) added to the model, as
// R's cox.zph does since survival 3.0. One test per covariate, then the joint
// one. A small p says that the hazard ratio is an average over time; it does
// not say that the covariate has no effect. Assumes independent rows.
//
// Errors: ErrInvalid for LogClock with an event at time 0; ErrCollinear if a
// covariate's drift cannot be told apart from the others.
//
// Source: Grambsch & Therneau (1994), Biometrika 81:515-526.
func (f *CoxFit) ProportionalHazards(clock Clock) ([]PHTest, error) {
	g, err := f.risk.clock(clock)
	if err != nil {
		return nil, fmt.Errorf("proportional hazards test: %w", err)
	}
	drift, info := f.risk.driftScore(f.beta, g)
	p := f.risk.p
	var tests []PHTest
	for j := range p + 1 {
		name, which := "all", allRows(p)
		if j < p {
			name, which = f.risk.names[j], []int{j}
		}
		x, err := driftTest(drift, info, which)
		if err != nil {
			return nil, fmt.Errorf("proportional hazards test of %s: %w", name, err)
		}
		tests = append(tests, PHTest{Name: name, ChiSqTest: newChiSqTest(x, len(which))})
	}
	return tests, nil
}

// driftTest is the score statistic for the drifts of the columns in which.
func driftTest(drift []float64, info *mat.SymDense, which []int) (float64, error) {
	p := len(drift)
	n := p + len(which)
	sub, u := mat.NewSymDense(n, nil), mat.NewVecDense(n, nil)
	at := append(allRows(p), which...)
	for a := range n {
		if a >= p {
			at[a] += p
			u.SetVec(a, drift[at[a]-p])
		}
		for b := range a + 1 {
			sub.SetSym(a, b, info.At(at[a], at[b]))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(sub) || chol.Cond() > 1e13 {
		return 0, stat.ErrCollinear
	}
	return quadratic(&chol, u), nil
}

// driftScore returns the score of the drift coefficients at zero drift, and
// the information of the coefficients (first p) and the drifts (last p).
func (r *riskSets) driftScore(beta []float64, g func(float64) float64) ([]float64, *mat.SymDense) {
	r.predict(beta)
	p := r.p
	drift, center := make([]float64, p), make([]float64, p)
	info := mat.NewSymDense(2*p, nil)
	part := make([]float64, p*(p+1)/2)
	r.eachEvent(func(t *tiedEvents) {
		now := g(t.time)
		clear(part)
		for k := t.from; k < t.to; k++ {
			for a := range p {
				if r.event[k] {
					drift[a] += now * r.weight[k] * r.x[k*p+a]
				}
			}
		}
		r.shares(t, func(out, denominator, increment float64) {
			t.spread(out, denominator, increment, center, part)
			for a, c := range center {
				drift[a] -= now * increment * denominator * c
			}
		})
		addDrift(info, unpack(part, p), now)
	})
	return drift, info
}

func addDrift(info, part *mat.SymDense, now float64) {
	p := part.SymmetricDim()
	for a := range p {
		for b := range p {
			v := part.At(a, b)
			if b <= a {
				info.SetSym(a, b, info.At(a, b)+v)
				info.SetSym(p+a, p+b, info.At(p+a, p+b)+now*now*v)
			}
			info.SetSym(p+a, b, info.At(p+a, b)+now*v)
		}
	}
}

// clock returns the transformation of time, centred at the mean event so that
// the information matrix stays well conditioned.
func (r *riskSets) clock(kind Clock) (func(float64) float64, error) {
	raw := func(t float64) float64 { return t }
	switch kind {
	case LogClock:
		raw = math.Log
	case KMClock:
		curve, err := KaplanMeier(Data{Start: r.start, Stop: r.stop, Event: r.event})
		if err != nil {
			return nil, err
		}
		raw = func(t float64) float64 { return 1 - curve.before(t) }
	}
	total, events := 0.0, 0.0
	for k, t := range r.stop {
		if !r.event[k] {
			continue
		}
		if kind == LogClock && t <= 0 {
			return nil, fmt.Errorf("logarithm of an event at time 0 in row %d: %w", r.row[k], stat.ErrInvalid)
		}
		total += raw(t)
		events++
	}
	return func(t float64) float64 { return raw(t) - total/events }, nil
}

// before returns the curve just before t.
func (c *Curve) before(t float64) float64 {
	k := c.step(t)
	if k >= 0 && c.Times[k] == t {
		k--
	}
	if k < 0 {
		return 1
	}
	return c.Surv[k]
}
