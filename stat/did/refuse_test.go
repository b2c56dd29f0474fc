package did_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

func TestEstimateRefuses(t *testing.T) {
	with := func(change func(*did.Panel)) did.Panel {
		p := tiny()
		change(&p)
		return p
	}
	for _, tt := range []struct {
		name string
		p    did.Panel
		o    did.Options
		err  error
		says string
	}{
		{name: "empty", err: stat.ErrTooFew, says: "without rows"},
		{name: "units without rows", p: did.Panel{Start: []int{1, 2}}, err: stat.ErrTooFew},
		{name: "one unit", p: did.Panel{Start: []int{2}, Unit: []int{0, 0}, Period: []int{1, 2}, Outcome: []float64{1, 2}},
			err: stat.ErrNoOverlap, says: "never treated"},
		{name: "one never-treated unit", p: did.Panel{Start: []int{did.Never}, Unit: []int{0, 0}, Period: []int{1, 2}, Outcome: []float64{1, 2}},
			err: stat.ErrTooFew, says: "no unit starts"},
		{name: "one of each", p: did.Panel{Start: []int{2, did.Never}, Unit: []int{0, 0, 1, 1}, Period: []int{1, 2, 1, 2}, Outcome: []float64{1, 2, 3, 5}},
			err: stat.ErrNoVariance},
		{name: "no never-treated", p: with(func(p *did.Panel) { p.Start = []int{3, 3, 2, 2} }), err: stat.ErrNoOverlap, says: "not-yet-treated"},
		{name: "all start together", p: with(func(p *did.Panel) { p.Start = []int{3, 3, 3, 3} }),
			o: did.Options{Control: did.NotYetTreated}, err: stat.ErrNoOverlap, says: "period 3"},
		{name: "all start at once", p: with(func(p *did.Panel) { p.Start = []int{1, 1, 1, 1} }),
			o: did.Options{Control: did.NotYetTreated}, err: stat.ErrNoOverlap, says: "all but 0"},
		{name: "treated all along", p: with(func(p *did.Panel) { p.Start[0], p.Start[1] = 1, 1 }), err: stat.ErrTooFew, says: "2 had started"},
		{name: "anticipation eats the panel", p: tiny(), o: did.Options{Anticipation: 2}, err: stat.ErrTooFew},
		{name: "one period", p: did.Panel{Start: []int{2, did.Never}, Unit: []int{0, 1}, Period: []int{2, 2}, Outcome: []float64{1, 2}}, err: stat.ErrTooFew},
		{name: "NaN outcome", p: with(func(p *did.Panel) { p.Outcome[5] = math.NaN() }), err: stat.ErrNotFinite, says: "row 5 (unit 0, period 2)"},
		{name: "infinite covariate", p: with(func(p *did.Panel) { p.Covariates = [][]float64{{1, 2, math.Inf(1), 3}} }), err: stat.ErrNotFinite, says: "covariate 0 of unit 2"},
		{name: "negative weight", p: with(func(p *did.Panel) { p.Weight = []float64{1, -1, 1, 1} }), err: stat.ErrInvalid, says: "unit 1"},
		{name: "NaN weight", p: with(func(p *did.Panel) { p.Weight = []float64{1, math.NaN(), 1, 1} }), err: stat.ErrNotFinite},
		{name: "all weights 0", p: with(func(p *did.Panel) { p.Weight = []float64{0, 0, 0, 0} }), err: stat.ErrTooFew},
		{name: "unit out of range", p: with(func(p *did.Panel) { p.Unit[2] = 4 }), err: stat.ErrInvalid, says: "row 2"},
		{name: "two rows in a period", p: with(func(p *did.Panel) { p.Unit[1] = 3 }), err: stat.ErrInvalid, says: "row 1: unit 3 already has a row in period 1"},
		{name: "constant outcome", p: with(func(p *did.Panel) { clear(p.Outcome) }), err: stat.ErrNoVariance},
		{name: "constant covariate", p: with(func(p *did.Panel) { p.Covariates = [][]float64{{5, 5, 5, 5}} }), err: stat.ErrCollinear, says: "column 1"},
		{name: "covariate that tells the arms apart", p: with(func(p *did.Panel) { p.Covariates = [][]float64{{5, 6, 1, 2}} }), err: stat.ErrSeparation},
		{name: "more covariates than controls", p: with(func(p *did.Panel) { p.Covariates = [][]float64{{5, 1, 1, 2}, {1, 0, 3, 1}} }), err: stat.ErrTooFew},
		{name: "overflow", p: with(func(p *did.Panel) {
			for i := range p.Outcome {
				p.Outcome[i] = math.Copysign(math.MaxFloat64, float64(i%3)-1)
			}
		}), err: stat.ErrNotFinite},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := did.Estimate(context.Background(), tt.p, tt.o)
			if !errors.Is(err, tt.err) {
				t.Fatalf("Estimate gives %+v, %v; want %v", r, err, tt.err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q does not say %q", err, tt.says)
			}
		})
	}
}

// A cohort of one unit among enough controls fails on its own: the others stand,
// and the reason is there to read.
func TestSkipsCellsThatCannotBeEstimated(t *testing.T) {
	p := generated(300, 10, 3)
	for u, s := range p.Start {
		if s == 8 {
			p.Covariates[0][u] += 1000 // no control is like them
		}
	}
	r, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Skipped) != 9 || len(r.Cells) != 18 {
		t.Fatalf("%d cells skipped and %d estimated, want 9 and 18", len(r.Skipped), len(r.Cells))
	}
	for _, s := range r.Skipped {
		if s.Cohort != 8 || !errors.Is(s.Err, stat.ErrSeparation) {
			t.Errorf("skipped %+v, want cohort 8 for separation", s)
		}
	}
	if _, err := r.Simple(); err != nil {
		t.Error(err)
	}
}

func TestPreTrendRefuses(t *testing.T) {
	p := tiny()
	p.Start = []int{2, 2, did.Never, did.Never}
	r, err := did.Estimate(context.Background(), p, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.PreTrend(); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("PreTrend without a cell before treatment gives %v", err)
	}
	p.Cluster = []int{1, 2, 1, 2}
	if r, err = did.Estimate(context.Background(), p, did.Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Joint(func(did.Cell) bool { return true }); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("joint test of 2 cells from 2 clusters gives %v", err)
	}
}

func TestNothingAfterTheStart(t *testing.T) {
	p := tiny()
	var rows []int
	for i, period := range p.Period {
		if period < 3 || p.Start[p.Unit[i]] == did.Never {
			rows = append(rows, i)
		}
	}
	q := did.Panel{Start: p.Start}
	for _, i := range rows {
		q.Unit, q.Period, q.Outcome = append(q.Unit, p.Unit[i]), append(q.Period, p.Period[i]), append(q.Outcome, p.Outcome[i])
	}
	r, err := did.Estimate(context.Background(), q, did.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Skipped) != 1 || !errors.Is(r.Skipped[0].Err, stat.ErrTooFew) {
		t.Errorf("skipped %+v, want ATT(3, 3) for lack of treated", r.Skipped)
	}
	for name, f := range map[string]func() (*did.Aggregate, error){
		"simple": r.Simple, "cohort": r.ByCohort, "period": r.ByPeriod,
		"dynamic": func() (*did.Aggregate, error) { return r.Dynamic(did.Window{}) },
	} {
		if _, err := f(); !errors.Is(err, stat.ErrTooFew) {
			t.Errorf("%s average gives %v", name, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, o := range []did.Options{{}, {Draws: 100, Source: rand.NewPCG(1, 2)}} {
		if _, err := did.Estimate(ctx, tiny(), o); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled estimate gives %v", err)
		}
	}
}
