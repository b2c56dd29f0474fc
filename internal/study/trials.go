package study

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/trial"
)

const (
	trimAt    = 0.995 // weights above this quantile of theirs are capped
	fewStarts = 8     // mean starts a month below which the calendar enters as a curve
)

// trialOptions are the choices of the main run.
func (a *analysis) trialOptions(e *eventPanel, draws int) trial.Options {
	o := trial.Options{Horizon: a.ref.Horizon, MinTenure: e.shortestTenure(), Target: trial.OnTreated, Trim: trimAt,
		Draws: draws, Seed: a.seed(streamTrial), Level: level, MinUnits: minUnits, MinEvents: minEvents}
	if a.ref.Strategy == Sustained {
		o.Strategy = trial.Sustained
	}
	starts, months := 0, map[int]bool{}
	for _, u := range e.Units {
		if u.Treated != trial.Never && u.Treated > 0 {
			starts++
			months[u.Treated] = true
		}
	}
	if starts < fewStarts*len(months) {
		o.Calendar = trial.Spline
	}
	return o
}

// runTrials estimates the outcome by sequential target trials. Arms that are too
// small give a finding without effect, not an error.
func (a *analysis) runTrials(ctx context.Context, f *Finding) error {
	e := a.eventPanelOf(a.timeCovariates())
	o := a.trialOptions(e, a.plan.Draws)
	r, e, notes, err := runTrial(ctx, e, o)
	var few *trial.CountError
	if errors.As(err, &few) {
		a.tooFew(f, few)
		return nil
	}
	if err != nil {
		return fmt.Errorf("target trials of %s: %w", a.ref.key(), err)
	}
	a.describeTrials(f, r, o)
	f.Caveats = append(f.Caveats, notes...)
	return a.checkTrials(ctx, f, e, o, r)
}

const maxDroppedColumns = 8

// runTrial runs the trials, leaving out columns that make the model of who
// trains impossible, one by one, with a note for each.
func runTrial(ctx context.Context, e *eventPanel, o trial.Options) (*trial.Result, *eventPanel, []string, error) {
	var notes []string
	for {
		r, err := trial.Run(ctx, e.Panel, o)
		if err == nil {
			return r, e, notes, nil
		}
		var why string
		switch {
		case errors.Is(err, stat.ErrCollinear):
			why = "it repeats what the others say"
		case errors.Is(err, stat.ErrSeparation):
			why = "no account of one kind trained, or all did, so that there is nobody to compare with on it"
		case errors.Is(err, stat.ErrNoVariance):
			why = "it is the same for all"
		}
		j := e.blamed(err)
		if why == "" || j < 0 || len(notes) == maxDroppedColumns {
			return nil, e, notes, err
		}
		notes = append(notes, fmt.Sprintf("The covariate “%s” was left out: %s.", e.Names[j], why))
		e = e.without(func(k int) bool { return k == j })
	}
}

// tooFew fills a finding whose arms are too small to estimate anything.
func (a *analysis) tooFew(f *Finding, few *trial.CountError) {
	name := armUntrained
	if few.Arm == "treated" {
		name = armTrained
	}
	trained, untrained := a.armCounts()
	f.Arms = []Arm{trained, untrained}
	for _, fate := range a.fates {
		if fate.known {
			f.units++
		}
	}
	f.problem = fmt.Sprintf("%s and %s in the arm “%s”, and at least %d accounts and %d events are needed in each",
		plural(few.Units, "account"), plural(few.Events, "event"), name, few.NeedUnits, few.NeedEvents)
}

// armCounts counts accounts and events after training, and without it.
func (a *analysis) armCounts() (trained, untrained Arm) {
	trained, untrained = Arm{Name: armTrained}, Arm{Name: armUntrained}
	for i, f := range a.fates {
		if !f.known {
			continue
		}
		st := a.c.rollout.starts[i]
		after := st.ever && st.month <= f.last
		arm := &untrained
		if after {
			arm = &trained
			if st.month > f.first { // it had a time without training before
				untrained.Units++
			}
		}
		arm.Units++
		if f.event && (!after || f.last > st.month) {
			arm.Events++
		}
	}
	return trained, untrained
}

func effectOf(e trial.Effect) Effect {
	return Effect{Value: e.Value, SE: e.SE, Low: e.Interval.Low, High: e.Interval.High, Level: e.Interval.Level}
}

func (a *analysis) describeTrials(f *Finding, r *trial.Result, o trial.Options) {
	e := effectOf(r.RiskDifference)
	f.Effect, f.Draws = &e, r.RiskDifference.Draws
	f.Relative = relativeRisk(effectOf(r.RiskRatio))
	f.Others = a.otherMeasures(r)
	f.Arms = []Arm{trialArm(armTrained, r.Treated), trialArm(armUntrained, r.Control)}
	f.Curves = []Curve{trialCurve(armTrained, r.Treated), trialCurve(armUntrained, r.Control)}
	f.Design.Trials, f.Design.Horizon = r.Trials, r.Horizon
	f.units = r.Units
	f.Naive = naiveCohort(r.Naive)
	for _, b := range r.Balance {
		f.Balance = append(f.Balance, Balance{Covariate: b.Name, Before: b.SMDBefore, After: b.SMDAfter})
	}
	if n := r.Treated.Weights.Trimmed + r.Control.Weights.Trimmed; n > 0 {
		f.Caveats = append(f.Caveats, fmt.Sprintf("The weights of %s were capped at the %s quantile of their arm; the largest left is %s.",
			plural(n, "account-trial"), figure.Share(o.Trim), figure.Number(max(r.Treated.Weights.Max, r.Control.Weights.Max), 1)))
	}
	if n := len(r.Dropped); n > 0 {
		f.Caveats = append(f.Caveats, fmt.Sprintf("%s gave no trial, because nobody trained in them or nobody was left to compare with.", plural(n, "month")))
	}
	if r.Failed > 0 {
		f.Caveats = append(f.Caveats, fmt.Sprintf("%d of %d bootstrap draws could not be estimated and are left out.", r.Failed, o.Draws))
	}
}

// otherMeasures are the same effect as a ratio and in months. A ratio to a risk
// of zero is left out.
func (a *analysis) otherMeasures(r *trial.Result) []NamedEffect {
	months := "months kept (restricted mean survival time)"
	if a.def.Kind == "duration" {
		months = "months longer until it happens (restricted mean time)"
	}
	var out []NamedEffect
	for _, e := range []NamedEffect{
		{Name: "risk ratio", Unit: "ratio", Effect: effectOf(r.RiskRatio)},
		{Name: months, Unit: "months", Effect: effectOf(r.RMSTDifference)},
	} {
		if finite(e.Effect) {
			out = append(out, e)
		}
	}
	return out
}

func finite(e Effect) bool {
	for _, x := range []float64{e.Value, e.SE, e.Low, e.High} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return false
		}
	}
	return true
}

// relativeRisk turns a risk ratio into a relative change; nil without events
// among the controls.
func relativeRisk(rr Effect) *Effect {
	if !finite(rr) {
		return nil
	}
	return &Effect{Value: rr.Value - 1, SE: rr.SE, Low: rr.Low - 1, High: rr.High - 1, Level: rr.Level}
}

func trialArm(name string, a trial.Arm) Arm {
	return Arm{Name: name, Units: a.Units, Rows: a.UnitTrials, Events: a.EventUnits, Level: a.Risk.Value, EffectiveSize: a.ESS}
}

func trialCurve(name string, a trial.Arm) Curve {
	c := Curve{Arm: name}
	for _, p := range a.Curve {
		point := CurvePoint{Period: p.Period, Survival: p.Surv, Low: p.Interval.Low, High: p.Interval.High, AtRisk: p.AtRisk}
		if p.Period == 0 {
			point.Low, point.High = p.Surv, p.Surv
		}
		c.Points = append(c.Points, point)
	}
	return c
}

// naiveCohort is the comparison of ever with never trained accounts from when
// they joined, over the same horizon. Nil when nobody can be compared so.
func naiveCohort(n *trial.Naive) *Naive {
	if n == nil || n.RiskDifference.Interval.Level == 0 || !finite(effectOf(n.RiskDifference)) {
		return nil
	}
	return &Naive{Trained: n.TreatedRisk, Untrained: n.ControlRisk, Difference: effectOf(n.RiskDifference)}
}

// shortestTenure is the least number of months as a customer at which anyone
// trained, at least 1: before it nobody could, so nobody is compared.
func (e *eventPanel) shortestTenure() int {
	shortest := math.MaxInt
	for _, u := range e.Units {
		if u.Treated != trial.Never && u.Treated > max(u.Entry, 0) {
			shortest = min(shortest, u.Treated-u.Entry)
		}
	}
	if shortest == math.MaxInt {
		return 1
	}
	return max(1, shortest)
}
