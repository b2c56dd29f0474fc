package demo

// horizon is the longest follow-up of a trial, in months.
const horizon = 12

// curve adds up what a pooled discrete hazard is made of: expected accounts at
// risk and expected churns, by month of follow-up.
type curve struct{ risk, events [horizon]float64 }

// cumulative gives the risk of churn by the end of each month of follow-up that
// somebody reached.
func (c *curve) cumulative() []float64 {
	var risk []float64
	stay := 1.0
	for k := range horizon {
		if c.risk[k] == 0 {
			break
		}
		stay *= 1 - c.events[k]/c.risk[k]
		risk = append(risk, 1-stay)
	}
	return risk
}

// contrast is one population's curves with training, with what its accounts
// do anyway, and with no training ever.
type contrast struct{ trained, control, never curve }

func (c *contrast) effects(definition string, control *curve) TrialEffects {
	e := TrialEffects{Definition: definition, RiskTrained: c.trained.cumulative(), RiskControl: control.cumulative()}
	if len(e.RiskTrained) >= 6 {
		e.RiskDifference6 = e.RiskTrained[5] - e.RiskControl[5]
	}
	if len(e.RiskTrained) < horizon {
		return e
	}
	e.RiskDifference12 = e.RiskTrained[11] - e.RiskControl[11]
	for k := range horizon - 1 { // the area between the survival curves, month by month
		e.RMSTDifference12 += e.RiskControl[k] - e.RiskTrained[k]
	}
	return e
}

// eligible says whether month m starts a trial of the account: it could train,
// had not before, and was a customer at the month's end.
func (w *world) eligible(a *Account, m int) bool {
	return a.trainOdds[m-a.First] > 0 && (a.Trained == Never || a.Trained >= m) && a.Customer(m)
}

// followTrained adds the course of an account that trains in month m.
func (w *world) followTrained(c *curve, a *Account, m int) {
	w.follow(c, a, m, func(t int) float64 { return w.hazard(a, t, t-m) })
}

// followNever adds the course of an account that never trains.
func (w *world) followNever(c *curve, a *Account, m int) {
	w.follow(c, a, m, func(t int) float64 { return w.hazard(a, t, Never) })
}

func (w *world) follow(c *curve, a *Account, m int, hazard func(month int) float64) {
	stay := 1.0
	for k := 0; k < horizon && m+1+k < w.Months; k++ {
		h := hazard(m + 1 + k)
		c.risk[k] += stay
		c.events[k] += stay * h
		stay *= 1 - h
	}
}

// followControl adds the course of an account that does not train in month m
// and later does as it would: its chance of training at every month is known,
// because it depends on history without training alone. The state is the chance
// of being a customer, untrained or trained e months ago.
func (w *world) followControl(c *curve, a *Account, m int) {
	untrained := 1.0
	var trained [horizon]float64 // by months since training, at the end of the month before
	for k := 0; k < horizon && m+1+k < w.Months; k++ {
		t := m + 1 + k
		starting := untrained * a.trainOdds[t-a.First]
		risk, events := untrained, untrained*w.hazard(a, t, Never)
		for e := k - 1; e >= 0; e-- {
			h := w.hazard(a, t, e+1)
			risk, events = risk+trained[e], events+trained[e]*h
			trained[e+1] = trained[e] * (1 - h)
		}
		stay := 1 - w.hazard(a, t, Never)
		untrained, trained[0] = (untrained-starting)*stay, starting*stay
		c.risk[k] += risk
		c.events[k] += events
	}
}

// addTrials adds the account's trials to the company's.
func (s *tally) addTrials(a *Account) {
	for m := max(a.First, s.w.launch); m < s.w.Months-1 && m <= s.w.last(a); m++ {
		if !s.w.eligible(a, m) {
			continue
		}
		s.counts.Trials++
		populations := []*contrast{&s.all}
		if a.Trained == m {
			s.counts.TrialsTrained++
			populations = append(populations, &s.starters)
		}
		for _, p := range populations {
			s.w.followTrained(&p.trained, a, m)
			s.w.followControl(&p.control, a, m)
			s.w.followNever(&p.never, a, m)
		}
	}
}
