package did_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
	"gonum.org/v1/gonum/mat"
)

// numbers are what a method says of a panel, effects first, then standard errors.
type numbers struct{ effects, errors []float64 }

// methods are those that take a panel and have no covariates.
var methods = map[string]func(did.Panel) (numbers, error){
	"two-way": func(p did.Panel) (n numbers, err error) {
		r, err := did.TwoWayFixedEffects(p, 0.95)
		if err == nil {
			n = numbers{[]float64{r.Value}, []float64{r.SE, r.HC1}}
		}
		return n, err
	},
	"two-way event study": func(p did.Panel) (n numbers, err error) {
		s, err := did.TwoWayEventStudy(p, 0.95)
		return numbersOf(s.Effects), err
	},
	"Sun–Abraham": func(p did.Panel) (n numbers, err error) {
		r, err := did.SunAbraham(p, 0.95)
		if err == nil {
			n = numbersOf(append(r.Effects, r.Overall))
		}
		return n, err
	},
	"cross-sections": func(p did.Panel) (n numbers, err error) {
		r, err := did.EstimateCrossSections(context.Background(), asSections(p), did.Options{Control: did.NotYetTreated})
		if err == nil {
			for _, c := range r.Cells {
				n.effects, n.errors = append(n.effects, c.ATT), append(n.errors, c.SE)
			}
		}
		return n, err
	},
	"Goodman-Bacon": func(p did.Panel) (n numbers, err error) {
		b, err := did.Bacon(p)
		if err == nil {
			for _, pair := range b.Pairs {
				n.effects = append(n.effects, pair.Estimate)
			}
		}
		return n, err
	},
	"placebo date": func(p did.Panel) (n numbers, err error) {
		r, err := did.PlaceboDate(context.Background(), p, 1, did.Options{})
		if err == nil {
			for _, c := range r.Cells {
				n.effects, n.errors = append(n.effects, c.ATT), append(n.errors, c.SE)
			}
		}
		return n, err
	},
}

func numbersOf(effects []did.Effect) (n numbers) {
	for _, e := range effects {
		n.effects, n.errors = append(n.effects, e.ATT), append(n.errors, e.SE)
	}
	return n
}

// plainPanel draws a panel without gaps, weights or covariates.
func plainPanel(t *rapid.T) did.Panel {
	units, periods := rapid.IntRange(6, 16).Draw(t, "units"), rapid.IntRange(3, 6).Draw(t, "periods")
	p := did.Panel{Start: rapid.SliceOfN(rapid.SampledFrom([]int{did.Never, did.Never, 1, 2, 3, 4}), units, units).Draw(t, "start")}
	for u := range units {
		for period := range periods {
			p.Unit, p.Period = append(p.Unit, u), append(p.Period, period)
			p.Outcome = append(p.Outcome, float64(rapid.IntRange(-160, 160).Draw(t, "y"))/16)
		}
	}
	return p
}

// agree fails unless b is a with effects scaled.
func agree(t *rapid.T, what string, a, b numbers, scale float64) {
	if len(a.effects) != len(b.effects) || len(a.errors) != len(b.errors) {
		t.Fatalf("%s: %d effects, %d before", what, len(b.effects), len(a.effects))
	}
	for i := range a.effects {
		if !reference.Near(b.effects[i], scale*a.effects[i], 1e-9*math.Max(1, math.Abs(scale))) {
			t.Fatalf("%s: effect %d is %g, want %g", what, i, b.effects[i], scale*a.effects[i])
		}
	}
	for i := range a.errors {
		if !reference.Near(b.errors[i], math.Abs(scale)*a.errors[i], 1e-8*math.Max(1, math.Abs(scale))) {
			t.Fatalf("%s: standard error %d is %g, want %g", what, i, b.errors[i], math.Abs(scale)*a.errors[i])
		}
	}
}

// Units of measurement scale, levels of units and periods drop out, the order of rows
// is nothing. (Levels of units do count in the standard errors of cross-sections.)
func TestMethodsDoNotDependOnPresentation(t *testing.T) {
	for name, f := range methods {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				p := plainPanel(t)
				before, err := f(p)
				if err != nil {
					evidence.Discard(t, err)
				}
				scaled := changed(p, func(i int) float64 { return -4 * p.Outcome[i] })
				after, err := f(scaled)
				if err != nil {
					t.Fatal(err)
				}
				agree(t, "scaled", before, after, -4)
				shifted := changed(p, func(i int) float64 { return p.Outcome[i] + float64(p.Period[i]*p.Period[i]) })
				if name != "cross-sections" {
					shifted = changed(shifted, func(i int) float64 { return shifted.Outcome[i] + 5*float64(p.Unit[i]) })
				}
				if after, err = f(shifted); err != nil {
					t.Fatal(err)
				}
				agree(t, "shifted", before, after, 1)
				q := p
				q.Unit, q.Period, q.Outcome = nil, nil, nil
				for _, i := range rapid.Permutation(indices(len(p.Unit))).Draw(t, "order") {
					q.Unit, q.Period, q.Outcome = append(q.Unit, p.Unit[i]), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
				}
				if after, err = f(q); err != nil {
					t.Fatal(err)
				}
				agree(t, "shuffled", before, after, 1)
			})
		})
	}
}

func changed(p did.Panel, outcome func(i int) float64) did.Panel {
	q := p
	q.Outcome = make([]float64, len(p.Outcome))
	for i := range q.Outcome {
		q.Outcome[i] = outcome(i)
	}
	return q
}

// Without gaps Sun and Abraham's estimates are the group-time effects with a universal
// base and never-treated controls.
func TestSunAbrahamIsGroupTimeWithoutGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := plainPanel(t)
		a, err := did.SunAbraham(p, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		b, err := did.Estimate(context.Background(), p, did.Options{Base: did.Universal})
		if err != nil {
			evidence.Discard(t, err)
		}
		for i, c := range b.Cells {
			if !reference.Near(a.Cells[i].ATT, c.ATT, 1e-9) || a.Cells[i].Cohort != c.Cohort || a.Cells[i].Period != c.Period {
				t.Fatalf("ATT(%d, %d) = %g, group-time %g", c.Cohort, c.Period, a.Cells[i].ATT, c.ATT)
			}
		}
	})
}

// With two groups and two periods all of them are the difference of differences.
func TestAllAgreeOnTwoByTwo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var p did.Panel
		var o did.Observations
		for u := range rapid.IntRange(4, 12).Draw(t, "units") {
			p.Start = append(p.Start, []int{1, did.Never}[u%2])
			for period := range 2 {
				y := float64(rapid.IntRange(-99, 99).Draw(t, "y"))
				p.Unit, p.Period, p.Outcome = append(p.Unit, u), append(p.Period, period), append(p.Outcome, y)
				o.Treated, o.After, o.Outcome, o.Cluster = append(o.Treated, u%2 == 0), append(o.After, period == 1), append(o.Outcome, y), append(o.Cluster, u)
			}
		}
		two, err := did.TwoByTwo(o, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		for name, f := range methods {
			if name == "placebo date" {
				continue
			}
			n, err := f(p)
			if err != nil {
				evidence.Discard(t, err)
			}
			if v := n.effects[len(n.effects)-1]; !reference.Near(v, two.Effect.Value, 1e-9) {
				t.Fatalf("%s gives %g, the 2×2 %g", name, v, two.Effect.Value)
			}
		}
	})
}

// anyPoints draws an event study with a positive definite covariance.
func anyPoints(t *rapid.T) (did.Points, []float64) {
	before, after := rapid.IntRange(1, 5).Draw(t, "before"), rapid.IntRange(1, 3).Draw(t, "after")
	p := did.Points{Reference: -1}
	for e := -1 - before; e < after; e++ {
		if e != -1 {
			p.At, p.Value = append(p.At, e), append(p.Value, float64(rapid.IntRange(-50, 50).Draw(t, "value"))/10)
		}
	}
	n := len(p.At)
	root := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range i {
			root.Set(i, j, float64(rapid.IntRange(-5, 5).Draw(t, "root"))/10)
		}
		root.Set(i, i, 1)
	}
	cov := mat.NewSymDense(n, nil)
	cov.SymOuterK(1, root)
	p.Covariance = cov
	return p, p.Average()
}

// A straight line through the reference changes nothing; a wider limit never makes the
// fixed-length interval shorter; scaling scales.
func TestSmoothnessProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, target := anyPoints(t)
		bound := func(p did.Points, m float64) did.Bound {
			b, err := did.Smoothness(p, target, m, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		width := func(b did.Bound) float64 { return b.Interval.High - b.Interval.Low }
		zero, small, large := bound(p, 0), bound(p, 0.3), bound(p, 1)
		if width(small) < width(zero)-1e-9 || width(large) < width(small)-1e-9 {
			t.Fatalf("lengths %g, %g, %g shrink with the limit", width(zero), width(small), width(large))
		}
		line, scaled := p, p
		line.Value, scaled.Value = slices.Clone(p.Value), slices.Clone(p.Value)
		for i, e := range p.At {
			line.Value[i] += 2.5 * float64(e+1)
			scaled.Value[i] *= -3
		}
		tilted := bound(line, 0.3)
		if !reference.Near(tilted.Value, small.Value, 1e-7) || !reference.Near(width(tilted), width(small), 1e-9) {
			t.Fatalf("a line moves the bound from %+v to %+v", small, tilted)
		}
		cov := mat.NewSymDense(len(p.At), nil)
		cov.ScaleSym(9, p.Covariance)
		scaled.Covariance = cov
		if flipped := bound(scaled, 0.9); !reference.Near(flipped.Interval.Low, -3*small.Interval.High, 1e-7) {
			t.Fatalf("scaled by −3: %+v from %+v", flipped, small)
		}
	})
}

// Mirrored points give the mirrored interval, scaled ones the scaled; the plain
// estimate is inside.
func TestRelativeMagnitudesProperties(t *testing.T) {
	for name, r := range honestReference(t) {
		p := r.points()
		o := did.RelativeOptions{Draws: 400, Seed: 1}
		bound := func(scale float64) did.Bound {
			q := p
			q.Value = slices.Clone(p.Value)
			for i := range q.Value {
				q.Value[i] *= scale
			}
			cov := mat.NewSymDense(len(p.At), nil)
			cov.ScaleSym(scale*scale, p.Covariance)
			q.Covariance = cov
			b, err := did.RelativeMagnitudes(context.Background(), q, r.Target, 0.5, o)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		one, flipped := bound(1), bound(-8)
		if !one.Interval.Contains(one.Plain.Value) {
			t.Errorf("%s: %+v does not hold its estimate", name, one)
		}
		if se := one.Plain.SE; math.Abs(flipped.Interval.Low/-8-one.Interval.High) > 1e-4*se || math.Abs(flipped.Interval.High/-8-one.Interval.Low) > 1e-4*se {
			t.Errorf("%s: scaled by −8: %+v from %+v", name, flipped.Interval, one.Interval)
		}
	}
}

// The breakdown value is where the interval starts to hold 0.
func TestBreakdowns(t *testing.T) {
	r := honestReference(t)["medicaid_first"]
	p := r.points()
	b, err := did.SmoothnessBreakdown(p, r.Target, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		m    float64
		want bool
	}{{b.Limit * 0.999, false}, {b.Limit * 1.001, true}} {
		if s, _ := did.Smoothness(p, r.Target, tt.m, 0.95); s.Interval.Contains(0) != tt.want {
			t.Errorf("M %g: interval %+v, breakdown %+v", tt.m, s.Interval, b)
		}
	}
	o := did.RelativeOptions{Seed: 2, Draws: 1000}
	c, err := did.RelativeBreakdown(context.Background(), p, r.Target, o)
	if err != nil {
		t.Fatal(err)
	}
	// HonestDiD's README: the interval holds 0 at M̄ = 2 and not at 1.5.
	if c.Beyond || c.Limit < 1.85 || c.Limit > 2 {
		t.Errorf("relative breakdown %+v, HonestDiD's is just below 2", c)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := did.RelativeBreakdown(ctx, p, r.Target, o); err == nil {
		t.Error("a cancelled breakdown ends without an error")
	}
}
