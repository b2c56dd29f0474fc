package matching_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/matching"
)

// A panel small enough to match by hand. One covariate; unit 0 starts in period
// 1 with 0.9, unit 1 in period 2 with 0.2.
func handPanel() matching.Panel {
	return matching.Panel{
		Periods: 4, Columns: 1,
		Units: []matching.History{
			{Entry: 0, Last: 3, Start: 1},
			{Entry: 0, Last: 3, Start: 2},
			{Entry: 0, Last: 3, Start: matching.Never},
			{Entry: 0, Last: 1, Start: matching.Never}, // leaves after period 1
			{Entry: 1, Last: 3, Start: matching.Never}, // a customer from period 1
			{Entry: 0, Last: 3, Start: 0},              // started before it could be compared
		},
		Covariates: []float64{
			0.9, 0, 0, 0,
			0.8, 0.2, 0, 0,
			0.1, 0.7, 0, 0,
			0.5, 0.2, 0, 0,
			0.9, 0.1, 0, 0,
			0, 0, 0, 0,
		},
	}
}

func TestRiskSetsByHand(t *testing.T) {
	p := handPanel()
	r, err := matching.RiskSetMatching(p, matching.RiskOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Period 1: unit 1 (0.8) is untreated then and nearest to 0.9, though it
	// starts in period 2; unit 4 is no customer yet. Period 2: units 2 (0.7) and
	// 4 (0.1) are left, for unit 3 has gone; 4 is nearest to 0.2.
	want := []matching.RiskSet{{Treated: 0, Start: 1, Controls: []int{1}}, {Treated: 1, Start: 2, Controls: []int{4}}}
	for k, set := range r.Sets {
		if set.Treated != want[k].Treated || set.Start != want[k].Start || !slices.Equal(set.Controls, want[k].Controls) {
			t.Errorf("set %d is %+v, want %+v", k, set, want[k])
		}
	}
	if len(r.Sets) != 2 || r.StartedLater != 1 || !slices.Equal(r.NotAtRisk, []int{5}) || len(r.Unmatched) != 0 || r.ControlsUsed != 2 {
		t.Errorf("%+v", r)
	}
	// Means over the period of the start and the next: set 0 has 3 − 2 = 1, set 1
	// has 5 − 1 = 4. The mean is 2.5. The sets share unit 1, so their deviations
	// −1.5 and 1.5 have Σu S² = 1.5² + 0² + 1.5² = 4.5, less 1.5² + 1.5² gives 0,
	// below the 4.5 of independent sets, which stays: variance 4.5/(2·1) = 1.5².
	outcome := []float64{
		0, 3, 3, 0,
		0, 2, 2 + 0, 8,
		0, 0, 0, 0,
		0, 0, 0, 0,
		0, 9, 1, 1,
		0, 0, 0, 0,
	}
	e, err := r.Effect(p.Window(outcome, 0, 1), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if e.Value != 2.5 || math.Abs(e.SE-1.5) > 1e-15 || e.DF != 1 || e.Sets != 2 || e.Dropped != 0 {
		t.Errorf("%+v", e)
	}
	if _, err := r.Effect(p.Window(outcome, 3, 5), 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("window beyond the panel: %v", err)
	}
}

// staggered draws a panel in which usage drives both who starts and the
// outcome, starting adds 1 in every later period, and low usage makes units
// leave. truth is the effect of starting then on the means of the next three
// periods, given that others may start in them.
func staggered(rng *rand.Rand, n int) (p matching.Panel, outcome []float64, truth func(unit, start int) float64) {
	p = matching.Panel{Periods: 10, Columns: 1, Units: make([]matching.History, n), Covariates: make([]float64, n*10)}
	outcome = make([]float64, n*10)
	for i := range n {
		usage, start, last, fixed := rng.NormFloat64(), matching.Never, 9, rng.NormFloat64()
		for t := range 10 {
			if t > 0 {
				if start == matching.Never && rng.Float64() < hazard(usage) {
					start = t
				}
				usage = 0.8*usage + 0.6*rng.NormFloat64()
			}
			p.Covariates[i*10+t] = usage
			outcome[i*10+t] = usage + 0.3*fixed + 0.5*rng.NormFloat64()
			if t >= start {
				outcome[i*10+t]++
			}
			if t > 0 && last == 9 && rng.Float64() < 0.08*expit(-2*usage) {
				last = t
			}
		}
		if start > last {
			start = matching.Never
		}
		p.Units[i] = matching.History{Entry: 0, Last: last, Start: start}
	}
	truth = func(unit, start int) float64 {
		var sum, n float64
		untreated := 1.0
		for t := start + 1; t <= min(start+3, p.Units[unit].Last); t++ {
			untreated *= 1 - hazard(p.Covariates[unit*10+t-1])
			sum += untreated // the starter has 1, the other 1 if it started since
			n++
		}
		return sum / n
	}
	return p, outcome, truth
}

func hazard(usage float64) float64 { return expit(-3 + usage) }

// The effect of starting then against not starting then, on the units that
// started, holds; comparing with those that never start does not, since never
// starting tells of low usage to come.
func TestCoverageRiskSets(t *testing.T) {
	const scenario, never = "500 units, 10 periods, staggered starts", "controls that never start"
	sim := evidence.Simulate(t, "Risk-set matching", evidence.Draws{Quick: 100, Full: 1500, Seed: 17}, func(rng *rand.Rand, hold func(string, bool)) error {
		p, outcome, truth := staggered(rng, 500)
		r, err := matching.RiskSetMatching(p, matching.RiskOptions{Caliper: 0.2})
		if err != nil {
			return err
		}
		got, err := r.Effect(p.Window(outcome, 1, 3), 0.95)
		if err != nil {
			return err
		}
		hold(scenario, got.Interval.Contains(meanTruth(p, r, truth)))
		future := p
		future.Units = slices.Clone(p.Units)
		for i, h := range future.Units { // those that start are no controls before they do
			if h.Start != matching.Never {
				future.Units[i].Entry = h.Start - 1
			}
		}
		biased, err := matching.RiskSetMatching(future, matching.RiskOptions{Caliper: 0.2})
		if err != nil {
			return err
		}
		wrong, err := biased.Effect(future.Window(outcome, 1, 3), 0.95)
		if err != nil {
			return err
		}
		hold(never, wrong.Interval.Contains(1))
		return nil
	})
	sim.Nominal(scenario, 0.95, 0)
	sim.ShownToFail(never, 0.9)
}

// meanTruth averages the truth over the sets that have an outcome.
func meanTruth(p matching.Panel, r *matching.RiskSets, truth func(unit, start int) float64) float64 {
	var sum, n float64
	for _, s := range r.Sets {
		v := truth(s.Treated, s.Start)
		if !math.IsNaN(v) && !slices.ContainsFunc(s.Controls, func(c int) bool { return p.Units[c].Last < s.Start+1 }) {
			sum += v
			n++
		}
	}
	return sum / n
}

func TestRiskSetRefusals(t *testing.T) {
	wrong := handPanel()
	wrong.Units[2].Last = 9
	missing := handPanel()
	missing.Covariates[4] = math.NaN()
	nobody := handPanel()
	for i := range nobody.Units {
		nobody.Units[i].Start = matching.Never
	}
	for name, tt := range map[string]struct {
		p    matching.Panel
		want error
	}{"history beyond the panel": {wrong, stat.ErrInvalid}, "missing covariate": {missing, stat.ErrNotFinite}, "no starts": {nobody, stat.ErrTooFew}, "nothing": {matching.Panel{}, stat.ErrTooFew}} {
		if _, err := matching.RiskSetMatching(tt.p, matching.RiskOptions{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
