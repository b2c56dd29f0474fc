package series_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/series"
	"pgregory.net/rapid"
)

// panels draws panels of two decimals, as data have them.
func panels(t *rapid.T) series.Panel {
	units, before, after := rapid.IntRange(4, 9).Draw(t, "units"), rapid.IntRange(3, 7).Draw(t, "before"), rapid.IntRange(1, 4).Draw(t, "after")
	p := series.Panel{Outcome: make([][]float64, units), Before: before}
	for i := range p.Outcome {
		for range before + after {
			p.Outcome[i] = append(p.Outcome[i], float64(rapid.IntRange(-500, 500).Draw(t, "y"))/100)
		}
	}
	return p
}

// untied is a panel in which no two periods or units are equally good: the
// penalty that then chooses between weights is 1e-12 of the fit, so that rounding
// in other units moves its choice, and with it the effect, in the sixth digit.
func untied(p series.Panel) series.Panel {
	return change(p, func(unit, period int, y float64) float64 { return y + math.Sin(float64(1+unit+17*period)) })
}

// change maps every outcome of a panel.
func change(p series.Panel, f func(unit, period int, y float64) float64) series.Panel {
	changed := series.Panel{Outcome: make([][]float64, len(p.Outcome)), Before: p.Before}
	for i, row := range p.Outcome {
		for k, y := range row {
			changed.Outcome[i] = append(changed.Outcome[i], f(i, k, y))
		}
	}
	return changed
}

func like(t *rapid.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) {
		t.Fatalf("%s: %.12g, want %.12g", what, got, want)
	}
}

func TestSyntheticDIDProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := untied(panels(t))
		kind := series.Comparison(rapid.IntRange(0, 2).Draw(t, "kind"))
		fit := func(p series.Panel, treated ...int) float64 {
			w, err := series.SyntheticDID(p, treated, kind)
			if errors.Is(err, stat.ErrNoVariance) {
				t.Skip("controls that change alike")
			}
			if err != nil {
				t.Fatal(err)
			}
			for k, weights := range [][]float64{w.Units, w.Periods} {
				total := 0.0
				for _, v := range weights {
					if v < 0 {
						t.Fatalf("weight %g", v)
					}
					total += v
				}
				if kind != series.SyntheticLevel || k == 0 {
					like(t, "sum of weights", total, 1)
				}
			}
			return w.Effect
		}
		effect := fit(p, 0, 1)
		units := func(_, _ int, y float64) float64 { return 100 * y }
		like(t, "in hundredths", fit(change(p, units), 0, 1), 100*effect)
		like(t, "upside down", fit(change(p, func(_, _ int, y float64) float64 { return -y }), 0, 1), -effect)
		like(t, "every outcome 7 more", fit(change(p, func(_, _ int, y float64) float64 { return y + 7 }), 0, 1), effect)
		if kind == series.PlainDifference { // else it enters the noise, and so the penalty
			like(t, "a shock to all in each period", fit(change(p, func(_, k int, y float64) float64 { return y + float64(k*k%5) }), 0, 1), effect)
		}
		if kind != series.SyntheticLevel {
			like(t, "a level of each unit's own", fit(change(p, func(i, _ int, y float64) float64 { return y + float64(3*i) }), 0, 1), effect)
		}
		like(t, "an effect of 5", fit(change(p, func(i, k int, y float64) float64 {
			if i < 2 && k >= p.Before {
				y += 5
			}
			return y
		}), 0, 1), effect+5)
		turned := series.Panel{Outcome: slices.Clone(p.Outcome), Before: p.Before}
		slices.Reverse(turned.Outcome)
		n := len(p.Outcome)
		like(t, "units in another order", fit(turned, n-1, n-2), effect)
	})
}

func TestSyntheticControlProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := panels(t)
		ridge := float64(rapid.IntRange(0, 1).Draw(t, "ridge"))
		fit := func(p series.Panel, treated int, ridge float64) *series.Synthetic {
			s, err := series.SyntheticControl(p, treated, series.Donors{Ridge: ridge})
			if errors.Is(err, stat.ErrNoOverlap) {
				t.Skip("treated apart from all donors")
			}
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		s := fit(p, 0, ridge)
		like(t, "in hundredths", fit(change(p, func(_, _ int, y float64) float64 { return 100 * y }), 0, ridge*1e4).Effect, 100*s.Effect)
		like(t, "upside down", fit(change(p, func(_, _ int, y float64) float64 { return -y }), 0, ridge).Effect, -s.Effect)
		like(t, "a shock to all in each period", fit(change(p, func(_, k int, y float64) float64 { return y + float64(k*k%5) }), 0, ridge).Effect, s.Effect)
		turned := series.Panel{Outcome: slices.Clone(p.Outcome), Before: p.Before}
		slices.Reverse(turned.Outcome)
		again := fit(turned, len(p.Outcome)-1, ridge)
		like(t, "fit with units in another order", again.PreRMSPE, s.PreRMSPE)
		like(t, "effect with units in another order", again.Effect, s.Effect)
		// A donor given twice can share its weight, and changes nothing else.
		twice := series.Panel{Outcome: append(slices.Clone(p.Outcome), p.Outcome[1]), Before: p.Before}
		if doubled := fit(twice, 0, 0); ridge == 0 {
			like(t, "fit with a donor given twice", doubled.PreRMSPE, s.PreRMSPE)
			if s.Weights[1] > 1e-6 && doubled.Unique {
				t.Fatal("a donor given twice, and weights said to be unique")
			}
		}
	})
}

func TestInterruptedProperties(t *testing.T) {
	methods := map[string]interval{"least squares": leastSquares, "Newey–West": neweyWest, "Prais–Winsten": praisWinsten, "REML": reml, "averaged": averaged}
	rapid.Check(t, func(t *rapid.T) {
		s := series.Interrupted{Time: months(24), Change: float64(rapid.IntRange(6, 18).Draw(t, "change"))}
		for range 24 {
			s.Outcome = append(s.Outcome, float64(rapid.IntRange(-500, 500).Draw(t, "y"))/100)
		}
		name := rapid.SampledFrom([]string{"least squares", "Newey–West", "Prais–Winsten", "REML", "averaged"}).Draw(t, "method")
		fit := func(s series.Interrupted) *series.Segmented {
			r, err := methods[name](s)
			if errors.Is(err, stat.ErrNoConvergence) || errors.Is(err, stat.ErrNoVariance) {
				evidence.Discard(t, err)
			}
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		outcome := func(f func(i int, y float64) float64) series.Interrupted {
			changed := s
			changed.Outcome = slices.Clone(s.Outcome)
			for i, y := range changed.Outcome {
				changed.Outcome[i] = f(i, y)
			}
			return changed
		}
		r := fit(s)
		scaled := fit(outcome(func(_ int, y float64) float64 { return 100 * y }))
		like(t, "level in hundredths", scaled.Level.Value, 100*r.Level.Value)
		like(t, "its p", scaled.Level.P, r.Level.P)
		like(t, "level upside down", fit(outcome(func(_ int, y float64) float64 { return -y })).Level.Value, -r.Level.Value)
		tilted := fit(outcome(func(i int, y float64) float64 { return y + 3 + 2*float64(i) }))
		like(t, "level on another line", tilted.Level.Value, r.Level.Value)
		like(t, "error on another line", tilted.Cumulative.SE, r.Cumulative.SE)
		raised := fit(outcome(func(i int, y float64) float64 {
			if s.Time[i] > s.Change {
				y += 4
			}
			return y
		}))
		like(t, "cumulative effect of 4 more", raised.Cumulative.Value, r.Cumulative.Value+4*(24-s.Change))
		later := s
		later.Time, later.Change = slices.Clone(s.Time), s.Change+100
		for i := range later.Time {
			later.Time[i] += 100
		}
		like(t, "level a hundred periods later", fit(later).Level.Value, r.Level.Value)
	})
}
