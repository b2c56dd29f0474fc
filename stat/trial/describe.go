package trial

import (
	"fmt"
	"math"
)

// describe makes the point estimates and counts of the whole sample.
func describe(r *replicate) (*Result, error) {
	e := r.model.emulation
	for c := range r.count {
		r.count[c] = 1
	}
	res := &Result{Horizon: e.opt.Horizon}
	res.count(e)
	for _, a := range []struct {
		name string
		arm  *Arm
	}{{"treated", &res.Treated}, {"control", &res.Control}} {
		if a.arm.Units < e.opt.MinUnits || a.arm.EventUnits < e.opt.MinEvents {
			return nil, &CountError{a.name, a.arm.Units, a.arm.EventUnits, e.opt.MinUnits, e.opt.MinEvents}
		}
	}
	found, err := r.run(nil)
	if err != nil {
		return nil, err
	}
	res.Treated.setCurve(found.treated)
	res.Control.setCurve(found.control)
	res.Treated.setWeights(r, true)
	res.Control.setWeights(r, false)
	res.contrast()
	res.Balance = balance(r)
	res.describeNaive(r)
	return res, nil
}

// count fills everything that needs no model.
func (res *Result) count(e *emulation) {
	h := e.opt.Horizon
	for _, a := range []*Arm{&res.Treated, &res.Control} {
		a.Curve = make([]Point, h+1)
		for n := range a.Curve {
			a.Curve[n].Period = n
		}
	}
	units, armUnits, eventUnits := map[int32]bool{}, [2]map[int32]bool{{}, {}}, [2]map[int32]bool{{}, {}}
	for g := range e.trials {
		entries := e.entries[e.bounds[g]:e.bounds[g+1]]
		if !bothArms(entries) {
			res.Dropped = append(res.Dropped, e.opt.First+g)
			continue
		}
		res.Trials++
		for _, in := range entries {
			a := &res.Control
			if in.treated {
				a = &res.Treated
			}
			a.count(in)
			units[in.unit], armUnits[arm(in.treated)][in.unit] = true, true
			if in.event {
				eventUnits[arm(in.treated)][in.unit] = true
			}
		}
	}
	res.Units, res.UnitTrials = len(units), res.Treated.UnitTrials+res.Control.UnitTrials
	res.Control.Units, res.Treated.Units = len(armUnits[0]), len(armUnits[1])
	res.Control.EventUnits, res.Treated.EventUnits = len(eventUnits[0]), len(eventUnits[1])
}

func bothArms(entries []entry) bool {
	var seen [2]bool
	for _, in := range entries {
		seen[arm(in.treated)] = true
	}
	return seen[0] && seen[1]
}

func (a *Arm) count(in entry) {
	a.UnitTrials++
	for n := range int(in.follow) + 1 {
		a.Curve[n].AtRisk++
	}
	if in.event {
		a.Events++
		a.Curve[in.follow].Events++
	}
}

func (a *Arm) setCurve(surv []float64) {
	for n, s := range surv {
		a.Curve[n].Surv = s
	}
	a.Risk.Value = 1 - surv[len(surv)-1]
	a.RMST.Value = restrictedMean(surv)
}

// restrictedMean is the area under the curve from 0 to the horizon: events
// happen at the ends of periods.
func restrictedMean(surv []float64) float64 {
	area := 0.0
	for _, s := range surv[:len(surv)-1] {
		area += s
	}
	return area
}

func (a *Arm) setWeights(r *replicate, treated bool) {
	total, squares := 0.0, 0.0
	for k, in := range r.model.entries {
		w := r.weight[k]
		if w == 0 || in.treated != treated {
			continue
		}
		total += w
		squares += w * w
		a.Weights.Max = max(a.Weights.Max, w)
	}
	a.ESS = total * total / squares
	a.Weights.Mean = total / float64(a.UnitTrials)
	a.Weights.Trimmed = r.trimmed[arm(treated)]
	if bound := r.capAt[arm(treated)]; !math.IsInf(bound, 1) {
		a.Weights.Cap = bound
	}
}

// contrast sets the point estimates that compare the arms.
func (res *Result) contrast() {
	res.RiskDifferences = make([]Effect, res.Horizon)
	for n := range res.RiskDifferences {
		res.RiskDifferences[n].Value = res.Control.Curve[n+1].Surv - res.Treated.Curve[n+1].Surv
	}
	res.RiskDifference.Value = res.RiskDifferences[res.Horizon-1].Value
	res.RiskRatio.Value = res.Treated.Risk.Value / res.Control.Risk.Value
	res.RMSTDifference.Value = res.Treated.RMST.Value - res.Control.RMST.Value
}

func (res *Result) describeNaive(r *replicate) {
	found, err := r.naiveCurves()
	if err != nil {
		return // documented: Naive is nil
	}
	res.Naive = &Naive{Treated: found.treated, Control: found.control}
	for _, u := range r.model.panel.Units {
		if u.Treated == Never {
			res.Naive.ControlUnits++
		} else {
			res.Naive.TreatedUnits++
		}
	}
	res.Naive.TreatedRisk, res.Naive.ControlRisk = 1-found.treated[res.Horizon], 1-found.control[res.Horizon]
	res.Naive.RiskDifference.Value = res.Naive.TreatedRisk - res.Naive.ControlRisk
}

// balance compares every covariate, and the trial's period, between the arms.
func balance(r *replicate) []Balance {
	e := r.model.emulation
	p := len(e.panel.Names)
	out := make([]Balance, 0, p+1)
	for j := range p {
		out = append(out, r.balanceOf(e.panel.Names[j], func(in entry) float64 {
			return e.covariate(in, j)
		}))
	}
	return append(out, r.balanceOf("period", func(in entry) float64 { return float64(in.period) }))
}

func (r *replicate) balanceOf(name string, value func(entry) float64) Balance {
	var n, mean, m2, weight, weighted [2]float64
	for k, in := range r.model.entries {
		if r.weight[k] == 0 {
			continue
		}
		a, v := arm(in.treated), value(in)
		n[a]++
		change := v - mean[a]
		mean[a] += change / n[a]
		m2[a] += change * (v - mean[a])
		weight[a] += r.weight[k]
		weighted[a] += r.weight[k] * (v - weighted[a]) / weight[a]
	}
	sd := math.Sqrt((m2[0]/(n[0]-1) + m2[1]/(n[1]-1)) / 2)
	b := Balance{Name: name, TreatedBefore: mean[1], ControlBefore: mean[0], TreatedAfter: weighted[1], ControlAfter: weighted[0]}
	if sd > 0 { // else both arms are constant, and equal: otherwise the model had separated
		b.SMDBefore, b.SMDAfter = (mean[1]-mean[0])/sd, (weighted[1]-weighted[0])/sd
	}
	return b
}

// String is the effect with its interval.
func (e Effect) String() string {
	return fmt.Sprintf("%.4f (%.4f to %.4f)", e.Value, e.Interval.Low, e.Interval.High)
}
