package trial

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/stat"
)

// tickets turns the event of a company into a first ticket, which does not end
// presence and on which the treatment has no effect.
func (w world) tickets(p Panel, rng *rand.Rand) Panel {
	out := p
	out.Units = slices.Clone(p.Units)
	out.Remained = make([]int, len(p.Units))
	for i, u := range p.Units {
		out.Remained[i] = u.Exit
		if u.Event {
			out.Remained[i]--
		}
		out.Units[i].Event = false
		for t := max(u.Entry, 0) + 1; t <= u.Exit; t++ {
			at := (i*p.Periods + t - 1) * 2
			if rng.Float64() < logistic(-2-0.5*p.X[at]-0.5*p.X[at+1]) {
				out.Units[i].Event, out.Units[i].Exit = true, t
				break
			}
		}
		if out.Units[i].Treated != Never && out.Units[i].Treated > max(out.Units[i].Exit, out.Remained[i]) {
			out.Units[i].Treated = Never // decided in the period in which it left
		}
	}
	return out
}

// withoutSize hides a confounder.
func (p Panel) withoutSize() Panel {
	out := p
	out.Names, out.X = []string{"usage"}, nil
	for k := 0; k < len(p.X); k += 2 {
		out.X = append(out.X, p.X[k])
	}
	return out
}

// The time before the start shows nothing where the covariates explain who
// starts, and shows the difference where they do not.
func TestLeadFindsHiddenConfounding(t *testing.T) {
	w := world{periods: 14, horizon: 4, start: -2.2, confounding: 0.5, effect: -0.8}
	covered, detected, hidden := 0, 0.0, 0.0
	const seeds = 40
	for seed := range uint64(seeds) {
		rng := rand.New(rand.NewPCG(seed, 3))
		p := w.tickets(w.panel(500, rng), rng)
		o := Options{Horizon: 4, Lead: 4, Draws: 50, Seed: seed, MinEvents: 1}
		all, err := Run(context.Background(), p, o)
		if err != nil {
			t.Fatal(err)
		}
		if all.Horizon != 3 {
			t.Fatalf("horizon %d: the follow-up reaches into the start", all.Horizon)
		}
		if all.RiskDifference.Interval.Contains(0) {
			covered++
		}
		detected += all.RiskDifference.Value / seeds
		some, err := Run(context.Background(), p.withoutSize(), o)
		if err != nil {
			t.Fatal(err)
		}
		hidden += some.RiskDifference.Value / seeds
	}
	t.Logf("mean with all covariates %.4f, interval covers 0 in %d of %d; mean with one hidden %.4f", detected, covered, seeds, hidden)
	if covered < 33 { // a right 95 % interval does so in fewer than 33 of 40 once in 3,000
		t.Errorf("the placebo is wrongly found in %d of %d companies", seeds-covered, seeds)
	}
	if hidden > detected-0.01 {
		t.Errorf("hidden confounding moves the placebo from %.4f to %.4f only", detected, hidden)
	}
}

func TestLeadRefusesEventsThatEndPresence(t *testing.T) {
	o := quick()
	o.Lead = 3
	_, err := Run(context.Background(), companyPanel(300), o)
	var count *CountError
	if !errors.As(err, &count) || count.Events != 0 || !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("error = %v, want a CountError without events", err)
	}
}

// Why no option shifts the start: without any effect, a start that is dated
// back shows a large one.
func TestShiftedStartIsNoPlacebo(t *testing.T) {
	w := world{periods: 14, horizon: 4, start: -2.2, effect: 0}
	p := w.panel(2000, rand.New(rand.NewPCG(1, 2)))
	honest, err := Run(context.Background(), p, quick())
	if err != nil {
		t.Fatal(err)
	}
	for i, u := range p.Units {
		if u.Treated != Never {
			p.Units[i].Treated = max(u.Treated-3, u.Entry)
		}
	}
	shifted, err := Run(context.Background(), p, quick())
	if err != nil {
		t.Fatal(err)
	}
	if shifted.RiskDifference.Interval.High > -0.1 || !honest.RiskDifference.Interval.Contains(0) {
		t.Errorf("shifted %v, honest %v: want a large false benefit and none", shifted.RiskDifference, honest.RiskDifference)
	}
}
