package trial

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
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

// blind hides the confounders.
func (p Panel) blind() Panel {
	out := p
	out.Names, out.X = nil, nil
	return out
}

// The time before the start shows nothing where the covariates explain who
// starts, and shows the difference where they do not.
func TestLeadFindsHiddenConfounding(t *testing.T) {
	_, draws, allowance := effort()
	w := world{periods: 14, horizon: 4, start: -2.2, confounding: 0.5, effect: -0.8}
	sim := evidence.Simulate(t, "Sequential target trials, placebo before the start", samples(3), func(rng *rand.Rand, hold func(string, bool)) error {
		p := w.tickets(w.panel(1000, rng), rng)
		o := Options{Horizon: 4, Lead: 4, Draws: draws, Seed: rng.Uint64(), MinEvents: 1}
		all, err := Run(context.Background(), p, o)
		if err != nil {
			return err
		}
		if all.Horizon != 3 {
			return fmt.Errorf("horizon %d: the follow-up reaches into the start", all.Horizon)
		}
		some, err := Run(context.Background(), p.blind(), o)
		if err != nil {
			return err
		}
		hold("all confounders known: 0 is covered", all.RiskDifference.Interval.Contains(0))
		hold("the confounders hidden: 0 is covered", some.RiskDifference.Interval.Contains(0))
		return nil
	})
	sim.Nominal("all confounders known: 0 is covered", 0.95, allowance)
	sim.ShownToFail("the confounders hidden: 0 is covered", 0.90)
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
