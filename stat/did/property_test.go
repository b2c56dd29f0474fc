package did_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// anyPanel draws a small panel with gaps, and options for it.
func anyPanel(t *rapid.T) (did.Panel, did.Options) {
	units, periods := rapid.IntRange(6, 24).Draw(t, "units"), rapid.IntRange(2, 5).Draw(t, "periods")
	start := rapid.SampledFrom([]int{did.Never, did.Never, did.Never, 0, 1, 2, 3, 4, 5, 9})
	// On a grid of sixteenths changes are exact, and none is so small that it is noise.
	value := rapid.Map(rapid.IntRange(-160, 160), func(i int) float64 { return float64(i) / 16 })
	p := did.Panel{Start: rapid.SliceOfN(start, units, units).Draw(t, "start")}
	if rapid.Bool().Draw(t, "covariate") {
		p.Covariates = [][]float64{rapid.SliceOfN(value, units, units).Draw(t, "x")}
	}
	if rapid.Bool().Draw(t, "weighted") {
		p.Weight = rapid.SliceOfN(rapid.SampledFrom([]float64{0, 0.5, 1, 1.25, 3}), units, units).Draw(t, "w")
	}
	gap := rapid.IntRange(0, 6).Draw(t, "gap") // one row in gap is missing; below 3 none
	for u := range units {
		for period := range periods {
			if gap >= 3 && rapid.IntRange(1, gap).Draw(t, "miss") == 1 {
				continue
			}
			p.Unit, p.Period = append(p.Unit, u), append(p.Period, period)
			p.Outcome = append(p.Outcome, value.Draw(t, "y"))
		}
	}
	return p, did.Options{
		Control:      did.Control(rapid.IntRange(0, 1).Draw(t, "control")),
		Method:       did.Method(rapid.IntRange(0, 2).Draw(t, "method")),
		Base:         did.Base(rapid.IntRange(0, 1).Draw(t, "base")),
		Anticipation: rapid.IntRange(0, 1).Draw(t, "anticipation"),
	}
}

func estimate(t *rapid.T, p did.Panel, o did.Options) *did.GroupTime {
	r, err := did.Estimate(context.Background(), p, o)
	if err != nil {
		t.Skip("no estimate: " + err.Error())
	}
	return r
}

// same fails unless the cells agree, after scaling those of a, to a share of
// their standard errors.
func same(t *rapid.T, what string, a, b *did.GroupTime, scale, tolerance float64) {
	if len(a.Cells) != len(b.Cells) {
		t.Fatalf("%s: %d cells, %d before", what, len(b.Cells), len(a.Cells))
	}
	for i := range a.Cells {
		x, y := a.Cells[i], b.Cells[i]
		se := x.SE * math.Abs(scale)
		if !(math.Abs(scale*x.ATT-y.ATT) <= tolerance*(1+se)) || !(math.Abs(se-y.SE) <= tolerance*(1+se)) {
			t.Fatalf("%s: ATT(%d, %d) = %g (%g), want %g (%g)", what, y.Cohort, y.Period, y.ATT, y.SE, scale*x.ATT, se)
		}
	}
}

func TestOutcomeScaleAndSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		before := estimate(t, p, o)
		for _, scale := range []float64{8, -1} { // exact in binary
			q := p
			q.Outcome = slices.Clone(p.Outcome)
			for i := range q.Outcome {
				q.Outcome[i] *= scale
			}
			same(t, "scaled", before, estimate(t, q, o), scale, 0)
		}
	})
}

func TestRowOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		before := estimate(t, p, o)
		order := rapid.Permutation(indices(len(p.Unit))).Draw(t, "order")
		q := p
		q.Unit, q.Period, q.Outcome = nil, nil, nil
		for _, i := range order {
			q.Unit, q.Period, q.Outcome = append(q.Unit, p.Unit[i]), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
		}
		same(t, "shuffled", before, estimate(t, q, o), 1, 0)
	})
}

// What is constant over time in a unit, or the same for all in a period, is not an effect.
func TestUnitAndPeriodLevelsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		p.Covariates = nil // rounding of outcomes could otherwise meet a nearly singular fit
		before := estimate(t, p, o)
		q := p
		q.Outcome = slices.Clone(p.Outcome)
		for i := range q.Outcome {
			q.Outcome[i] += 100 + 3*float64(p.Unit[i]) - 7*float64(p.Period[i]*p.Period[i])
		}
		same(t, "shifted", before, estimate(t, q, o), 1, 1e-11)
	})
}

// A unit of weight 2 is two equal units that are one cluster.
func TestCopiesAreWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		p.Covariates = nil
		units := len(p.Start)
		copies := rapid.SliceOfN(rapid.IntRange(1, 3), units, units).Draw(t, "copies")
		weighted := p
		weighted.Weight = make([]float64, units)
		var copied did.Panel
		rows := make([][]int, units)
		for i, u := range p.Unit {
			rows[u] = append(rows[u], i)
		}
		for u, n := range copies {
			weighted.Weight[u] = float64(n)
			for range n {
				for _, i := range rows[u] {
					copied.Unit, copied.Period = append(copied.Unit, len(copied.Start)), append(copied.Period, p.Period[i])
					copied.Outcome = append(copied.Outcome, p.Outcome[i])
				}
				copied.Start, copied.Cluster = append(copied.Start, p.Start[u]), append(copied.Cluster, u)
			}
		}
		a, b := estimate(t, weighted, o), estimate(t, copied, o)
		same(t, "copied", a, b, 1, 1e-11)
		x, errA := a.Dynamic(did.Window{})
		y, errB := b.Dynamic(did.Window{})
		if (errA == nil) != (errB == nil) {
			t.Fatalf("dynamic: %v and %v", errA, errB)
		}
		if errA == nil && !(math.Abs(x.Overall.SE-y.Overall.SE) <= 1e-11*(1+x.Overall.SE)) {
			t.Fatalf("dynamic: SE %g, copied %g", x.Overall.SE, y.Overall.SE)
		}
	})
}

// The same with covariates, on one panel where no fit is near singular.
func TestCopiesAreWeightsWithCovariates(t *testing.T) {
	p := generated(400, 9, 11)
	p.Weight = make([]float64, len(p.Start))
	rows := make([][]int, len(p.Start))
	for i, u := range p.Unit {
		rows[u] = append(rows[u], i)
	}
	copied := did.Panel{Covariates: [][]float64{nil, nil}}
	for u, start := range p.Start {
		p.Weight[u] = float64(1 + u%3)
		for range 1 + u%3 {
			for _, i := range rows[u] {
				copied.Unit, copied.Period = append(copied.Unit, len(copied.Start)), append(copied.Period, p.Period[i])
				copied.Outcome = append(copied.Outcome, p.Outcome[i])
			}
			copied.Start, copied.Cluster = append(copied.Start, start), append(copied.Cluster, u)
			for j, x := range p.Covariates {
				copied.Covariates[j] = append(copied.Covariates[j], x[u])
			}
		}
	}
	for _, m := range []did.Method{did.DoublyRobust, did.OutcomeRegression, did.InverseProbability} {
		o := did.Options{Method: m, Control: did.NotYetTreated}
		a, err := did.Estimate(context.Background(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		b, err := did.Estimate(context.Background(), copied, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range a.Cells {
			reference.Agree(t, "ATT and SE of copies", []float64{b.Cells[i].ATT, b.Cells[i].SE}, []float64{a.Cells[i].ATT, a.Cells[i].SE}, 1e-9)
		}
	}
}

// A cell is what a panel of its two periods and the units seen in both would give:
// with gaps elsewhere nothing is borrowed and nothing is lost.
func TestCellUsesItsTwoPeriodsOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		o.Control, o.Base, o.Anticipation = did.NeverTreated, did.Varying, 0
		r := estimate(t, p, o)
		last := slices.Max(p.Period)
		for _, c := range r.Cells {
			if c.Period < c.Cohort {
				continue
			}
			q := p
			q.Unit, q.Period, q.Outcome = nil, nil, nil
			in := func(i int) bool { return p.Period[i] == c.Base || p.Period[i] == c.Period }
			seen := make([]int, len(p.Start))
			for i, u := range p.Unit {
				if in(i) && (p.Start[u] == c.Cohort || p.Start[u] > last) {
					seen[u]++
				}
			}
			for i, u := range p.Unit {
				if in(i) && seen[u] == 2 {
					q.Unit, q.Period, q.Outcome = append(q.Unit, u), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
				}
			}
			alone := estimate(t, q, o).Cells[0]
			if !(math.Abs(alone.ATT-c.ATT) <= 1e-9*(1+c.SE)) || !(math.Abs(alone.SE-c.SE) <= 1e-9*(1+c.SE)) {
				t.Fatalf("ATT(%d, %d) = %g (%g), alone %g (%g)", c.Cohort, c.Period, c.ATT, c.SE, alone.ATT, alone.SE)
			}
		}
	})
}

func TestSwappingTheArmsFlipsTheSign(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.IntRange(4, 20).Draw(t, "units")
		var p did.Panel
		for u := range units {
			p.Start = append(p.Start, rapid.SampledFrom([]int{2, did.Never}).Draw(t, "start"))
			for period := 1; period <= 2; period++ {
				p.Unit, p.Period = append(p.Unit, u), append(p.Period, period)
				p.Outcome = append(p.Outcome, rapid.Float64Range(-10, 10).Draw(t, "y"))
			}
		}
		q := p
		q.Start = make([]int, units)
		for u, s := range p.Start {
			q.Start[u] = did.Never
			if s == did.Never {
				q.Start[u] = 2
			}
		}
		same(t, "swapped", estimate(t, p, did.Options{}), estimate(t, q, did.Options{}), -1, 1e-12)
	})
}

// Whatever goes in, what comes out is an error or finite numbers.
func TestNeverNaN(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, o := anyPanel(t)
		if rapid.Bool().Draw(t, "coarse") { // ties, constants, separation
			for i := range p.Outcome {
				p.Outcome[i] = math.Round(p.Outcome[i] / 8)
			}
			for _, x := range p.Covariates {
				for u := range x {
					x[u] = math.Round(x[u] / 8)
				}
			}
		}
		o.Draws, o.Source = 20, rand.NewPCG(1, 1)
		r := estimate(t, p, o)
		for _, c := range r.Cells {
			evidence.Finite(t, "effect", nil, c.ATT, c.SE, c.Interval.Low, c.Interval.High, c.Uniform.Low, c.Uniform.High)
		}
		balance := 1
		for _, f := range []func() (*did.Aggregate, error){r.Simple, r.ByCohort, r.ByPeriod,
			func() (*did.Aggregate, error) { return r.Dynamic(did.Window{}) },
			func() (*did.Aggregate, error) { return r.Dynamic(did.Window{Balance: &balance}) }} {
			a, err := f()
			if err != nil {
				continue
			}
			evidence.Finite(t, "effect", nil, a.Draws...)
			for _, e := range append(a.Effects, a.Overall) {
				evidence.Finite(t, "effect", nil, e.ATT, e.SE, e.Interval.Low, e.Interval.High, e.Uniform.Low, e.Uniform.High, e.BootstrapSE)
			}
		}
		if w, err := r.PreTrend(); err == nil {
			evidence.Finite(t, "effect", nil, w.Statistic, w.P)
		}
	})
}

// Equal sources give equal results on one processor and on many.
func TestBootstrapDoesNotDependOnProcessors(t *testing.T) {
	p := generated(500, 10, 9)
	run := func(processors int, m did.Multiplier) *did.Aggregate {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		r, err := did.Estimate(context.Background(), p, did.Options{Draws: 300, Source: rand.NewPCG(4, 2), Multiplier: m})
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Dynamic(did.Window{})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, m := range []did.Multiplier{did.Rademacher, did.Mammen} {
		one, many := run(1, m), run(5, m)
		if !slices.Equal(one.Draws, many.Draws) || one.Critical != many.Critical || one.Overall != many.Overall {
			t.Errorf("multiplier %d: one processor and five differ", m)
		}
	}
}

// The draws' standard deviation is the analytic standard error, up to the error
// of 4,000 draws (1.1 %), and their mean is the estimate.
func TestDrawsSpreadLikeTheStandardError(t *testing.T) {
	p := generated(2000, 12, 5)
	p.Cluster = make([]int, len(p.Start))
	for u := range p.Cluster {
		p.Cluster[u] = u / 3
	}
	for _, m := range []did.Multiplier{did.Rademacher, did.Mammen} {
		r, err := did.Estimate(context.Background(), p, did.Options{Draws: 4000, Source: rand.NewPCG(6, 7), Multiplier: m})
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func() (*did.Aggregate, error){"simple": r.Simple, "cohort": r.ByCohort, "period": r.ByPeriod} {
			a, err := f()
			if err != nil {
				t.Fatal(err)
			}
			var mean, square float64
			for _, d := range a.Draws {
				mean += d / float64(len(a.Draws))
				square += (d - a.Overall.ATT) * (d - a.Overall.ATT) / float64(len(a.Draws))
			}
			if sd := math.Sqrt(square); math.Abs(sd/a.Overall.SE-1) > 0.045 || math.Abs(a.Overall.BootstrapSE/a.Overall.SE-1) > 0.08 {
				t.Errorf("%s: draws have SD %.5f (quartiles: %.5f), SE is %.5f", name, sd, a.Overall.BootstrapSE, a.Overall.SE)
			}
			if math.Abs(mean-a.Overall.ATT) > 4*a.Overall.SE/math.Sqrt(4000) {
				t.Errorf("%s: draws have mean %.5f, estimate is %.5f", name, mean, a.Overall.ATT)
			}
		}
	}
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
