package trial

import (
	"math"
	"math/rand/v2"
)

// world is a population with a known effect. Engaged (usage) and large (size)
// units start the treatment more and have the event less: confounding. The
// treatment can only be taken by those still there: immortal time.
type world struct {
	periods, horizon int
	start            float64 // log odds of starting a period, at usage 0 and size 0
	confounding      float64 // of usage, on starting and (negative) on the event
	effect           float64 // of being treated, on the log odds of the event
}

func logistic(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// state is a simulated unit at the end of a period.
type state struct {
	usage, size float64
	treated     bool
}

func (w world) starts(s state) float64 {
	return logistic(w.start + w.confounding*s.usage + 0.3*s.size)
}

func (w world) hazard(s state) float64 {
	effect := 0.0
	if s.treated {
		effect = w.effect
	}
	return logistic(-2.4 - w.confounding*s.usage - 0.3*s.size + effect)
}

func (w world) next(s state, rng *rand.Rand) float64 {
	return 0.6*s.usage + 0.3*s.size + 0.6*rng.NormFloat64()
}

// panel simulates n units; each period brings the decision to start, then the
// event, then the new usage, all given the state at the end of the last.
func (w world) panel(n int, rng *rand.Rand) Panel {
	p := Panel{Periods: w.periods, Names: []string{"usage", "size"}, X: make([]float64, n*w.periods*2)}
	for i := range n {
		s := state{size: rng.NormFloat64()}
		s.usage = 0.5*s.size + rng.NormFloat64()
		u := Unit{Entry: rng.IntN(w.periods) - w.periods/2, Exit: w.periods - 1, Treated: Never}
		u.Entry = min(u.Entry, w.periods-2)
		for t := max(u.Entry, 0); t < w.periods; t++ {
			if t > max(u.Entry, 0) {
				start := !s.treated && rng.Float64() < w.starts(s)
				if rng.Float64() < w.hazard(s) {
					u.Event, u.Exit = true, t
				}
				if start {
					u.Treated, s.treated = t, true
				}
				s.usage = w.next(s, rng)
			}
			p.X[(i*w.periods+t)*2], p.X[(i*w.periods+t)*2+1] = s.usage, s.size
			if u.Event {
				break
			}
		}
		p.Units = append(p.Units, u)
	}
	return p
}

// truths are what would be found without noise and without bias.
type truths struct{ riskDifference, riskRatio, rmstDifference, treatedRisk, controlRisk float64 }

// truth averages over the unit-trials 1 … last of a panel that the options aim
// at: from each time zero the future is simulated twice, once started and once not.
func (w world) truth(p Panel, o Options, rng *rand.Rand) truths {
	var risk, free [2]float64
	n := 0.0
	for i, u := range p.Units {
		for m := 1; m <= o.Last; m++ {
			if u.Entry >= m || !u.presentAfter(m) || u.Treated < m || o.Target == OnTreated && u.Treated != m {
				continue
			}
			n++
			for a := range 2 {
				s := state{usage: p.X[(i*p.Periods+m)*2], size: p.X[(i*p.Periods+m)*2+1], treated: a == 1}
				event, periods := w.future(s, o.Strategy == Sustained, rng)
				risk[a] += event
				free[a] += periods
			}
		}
	}
	return truths{
		riskDifference: (risk[1] - risk[0]) / n, riskRatio: risk[1] / risk[0], rmstDifference: (free[1] - free[0]) / n,
		treatedRisk: risk[1] / n, controlRisk: risk[0] / n,
	}
}

// future says whether the event happens within the horizon (1 or 0) and how
// many periods begin free of it.
func (w world) future(s state, sustained bool, rng *rand.Rand) (event, free float64) {
	for n := range w.horizon {
		start := !s.treated && !sustained && rng.Float64() < w.starts(s)
		if rng.Float64() < w.hazard(s) {
			return 1, float64(n + 1)
		}
		s.treated = s.treated || start
		s.usage = w.next(s, rng)
	}
	return 0, float64(w.horizon)
}
