package demo

import "time"

// panel adds up a panel KPI's true effect over the account-months of trained
// accounts.
type panel struct {
	sum, level float64
	n          int
	byEvent    []float64
	eventN     []int
	byGroup    [][]float64 // by month of training, then month
	groupN     [][]int
}

func newPanel(months int) *panel {
	p := &panel{byEvent: make([]float64, months), eventN: make([]int, months)}
	for range months {
		p.byGroup, p.groupN = append(p.byGroup, make([]float64, months)), append(p.groupN, make([]int, months))
	}
	return p
}

func (p *panel) add(trained, month int, effect, level float64) {
	p.sum, p.level, p.n = p.sum+effect, p.level+level, p.n+1
	p.byEvent[month-trained] += effect
	p.eventN[month-trained]++
	p.byGroup[trained][month] += effect
	p.groupN[trained][month]++
}

func (p *panel) effect(kpi, definition, unit string, groupSizes []int) Effect {
	e := Effect{KPI: kpi, Definition: definition, Unit: unit, Value: ratio(p.sum, p.n), ByGroup: p.simple(groupSizes)}
	e.MonthAfter = ratio(p.sum-p.byEvent[0], p.n-p.eventN[0])
	if p.level > 0 {
		e.Relative = p.sum / p.level
	}
	for k, n := range p.eventN {
		if n == 0 {
			break
		}
		e.ByEventTime, e.Months = append(e.ByEventTime, p.byEvent[k]/float64(n)), append(e.Months, n)
	}
	return e
}

// simple weights the cells of cohort and month by the cohort's size.
func (p *panel) simple(groupSizes []int) float64 {
	var sum, weights float64
	for g, size := range groupSizes {
		for t, n := range p.groupN[g] {
			if n > 0 {
				sum += float64(size) * p.byGroup[g][t] / float64(n)
				weights += float64(size)
			}
		}
	}
	if weights == 0 {
		return 0
	}
	return sum / weights
}

func ratio(sum float64, n int) float64 {
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// mean of a quantity per account-month.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(x float64, n int) { m.sum, m.n = m.sum+x, m.n+n }
func (m mean) value() float64        { return ratio(m.sum, m.n) }

// pair holds a naive comparison's two arms: trained and other.
type pair [2]mean

func (p *pair) add(trained bool, x float64, n int) {
	if trained {
		p[0].add(x, n)
		return
	}
	p[1].add(x, n)
}

// tally adds up the truth, account by account, in memory that does not grow
// with accounts.
type tally struct {
	w          *world
	counts     Counts
	groupSizes []int // accounts by month of training

	tickets, adoption, csat, expansion *panel
	all, starters                      contrast

	left, churnRate                             pair // accounts that churned; churn per account-month
	recent, allTickets, beforeAfter             pair // tickets, by ever trained; by trained yet; trained accounts after and before
	adoptionRate, csatShare, expansionPer, npsc pair
}

func newTally(w *world) *tally {
	return &tally{w: w, groupSizes: make([]int, w.Months), tickets: newPanel(w.Months), adoption: newPanel(w.Months),
		csat: newPanel(w.Months), expansion: newPanel(w.Months)}
}

func (s *tally) add(a *Account) {
	s.count(a)
	s.addTrials(a)
	for i := range a.Months {
		if m := &a.Months[i]; a.Trained != Never && m.Index >= a.Trained {
			s.addEffects(a, m)
		}
		s.addNaive(a, &a.Months[i])
	}
}

func (s *tally) count(a *Account) {
	c := &s.counts
	c.Accounts++
	c.People += a.People
	c.AccountMonths += len(a.Months)
	trained, churned := a.Trained != Never, a.Churned != Never
	if churned {
		c.Churned++
	}
	if !trained {
		c.NeverTrained++
		return
	}
	c.Trained++
	s.groupSizes[a.Trained]++
	c.TrainedAccountMonths += s.w.last(a) - a.Trained + 1
	if churned && a.Churned > a.Trained {
		c.ChurnedAfterTraining++
	}
}

func (s *tally) addEffects(a *Account, m *Month) {
	s.tickets.add(a.Trained, m.Index, m.TicketEffect, s.w.ticketMean(a, m.Index)+s.w.billingMean(a))
	s.adoption.add(a.Trained, m.Index, m.AdoptionEffect, s.w.adoption(a))
	s.csat.add(a.Trained, m.Index, m.CSATEffect, s.w.measured(s.w.satisfied(a)))
	s.expansion.add(a.Trained, m.Index, m.ExpansionEffect, s.w.expansionChance(a)*meanStep*a.listed())
}

// addNaive feeds the comparisons that a dashboard would show.
func (s *tally) addNaive(a *Account, m *Month) {
	ever, yet := a.Trained != Never, a.Trained != Never && m.Index >= a.Trained
	tickets := float64(m.Tickets + m.Billing)
	if ever {
		s.beforeAfter.add(yet, tickets, 1)
	}
	if m.Index == a.First && s.w.last(a) >= s.w.launch { // once for each account that saw the launch
		s.left.add(ever, indicator(a.Churned != Never), 1)
	}
	if m.Index < s.w.launch {
		return
	}
	s.churnRate.add(ever, indicator(m.Index == a.Churned), 1)
	s.allTickets.add(yet, tickets, 1)
	s.adoptionRate.add(yet, float64(m.Active), a.People)
	s.csatShare.add(yet, float64(m.Satisfied), m.Answers)
	s.expansionPer.add(yet, m.Expansion, 1)
	s.npsc.add(yet, float64(100*(m.Promoters-m.Detractors)), m.NPSAnswers)
	if m.Index >= s.w.Months-12 {
		s.recent.add(ever, tickets, 1)
	}
}

func indicator(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func (s *tally) truth() Truth {
	w := s.w
	t := Truth{Seed: w.Seed, Start: w.starts[0], End: w.End, Months: w.Months, Counts: s.counts, Training: w.training(),
		Effects: s.effects(), Churn: s.churn(), Interventions: w.interventions(), Parameters: w.p, Notes: notes()}
	t.Naive = s.naive(t)
	return t
}

func (w *world) training() Training {
	return Training{Program: academy, Course: onboarding, Verb: "completed", ShareOfSeats: w.p.TrainShareOfSeats,
		Launch: w.starts[w.launch].Format("2006-01"), LaunchMonth: w.launch,
		Rule: "an account counts as trained from the month in which people who completed the course (verb completed on the activity whose key is the course) first number at least this share of the account's seats"}
}

func (s *tally) effects() []Effect {
	sizes := s.groupSizes
	billing := Effect{KPI: "tickets_per_account_month", Params: map[string]string{"topic": "billing"}, Unit: "tickets per account-month",
		Definition: "billing tickets: training has no effect (negative control)"}
	return []Effect{
		s.tickets.effect("tickets_per_account_month", "tickets of all topics per month as a customer", "tickets per account-month", sizes),
		s.adoption.effect("product_adoption_rate", "share of an account's people with at least one usage row in the month", "share, 0 to 1", sizes),
		s.expansion.effect("expansion_revenue", "monthly recurring revenue added by expansions, per month as a customer", "USD per account-month", sizes),
		s.csat.effect("csat", "share of CSAT answers of 4 or 5 among those who answer; the satisfied answer more often, so this is not the share among all", "share, 0 to 1", sizes),
		{KPI: "nps_product", Definition: "product NPS: training has no effect", Unit: "points, -100 to 100"},
		billing,
	}
}

func (s *tally) churn() ChurnTruth {
	c := ChurnTruth{KPI: "churn_rate", HazardRatio: 1 - s.w.p.ChurnCut,
		Population: "trials: account and intake month, before which the account was untrained, in which the academy took in accounts, with at least three months of tenure and of data, still a customer at the month's end; follow-up starts with the next month",
		ATE:        s.all.effects("train this month, against not this month and later as it comes (as started), averaged over all trials", &s.all.control),
		ATT:        s.starters.effects("the same, averaged over the trials that did train", &s.starters.control),
		Sustained:  s.all.effects("train this month, against never, averaged over all trials", &s.all.never)}
	c.Horizon6, c.Horizon12 = c.ATE.RiskDifference6, c.ATE.RiskDifference12
	return c
}

func (s *tally) naive(t Truth) []Naive {
	answer := func(kpi, comparison string, p pair, truth float64, wrong string) Naive {
		return Naive{KPI: kpi, Comparison: comparison, Trained: p[0].value(), Other: p[1].value(),
			Difference: p[0].value() - p[1].value(), Truth: truth, Wrong: wrong}
	}
	tickets := t.Effects[0].Value
	return []Naive{
		answer("churn_rate", "share of accounts that churned in the window: ever trained minus never trained, accounts that saw the launch", s.left, t.Churn.Horizon12,
			"far too large a fall: who churned early could not train any more, and accounts that use the product much both train and stay"),
		answer("churn_rate", "churns per account-month from the launch on: ever trained minus never trained", s.churnRate, t.Churn.Horizon12/12,
			"far too large a fall, for the same reasons; the truth beside it is the twelve-month risk difference over twelve"),
		answer("tickets_per_account_month", "account-months of the last twelve months: ever trained minus never trained accounts", s.recent, tickets,
			"too small a fall: accounts that use the product much train, and open more tickets anyway"),
		answer("tickets_per_account_month", "account-months from the launch on: trained minus not yet or never trained", s.allTickets, tickets,
			"too small a fall, for the same reason; the chat launch, later than many starts, pulls the other way"),
		answer("tickets_per_account_month", "trained accounts: after minus before training", s.beforeAfter, tickets,
			"too large a fall: the chat launch falls into the time after training"),
		answer("product_adoption_rate", "account-months from the launch on: trained minus not yet or never trained", s.adoptionRate, t.Effects[1].Value,
			"too large a rise: accounts that use the product much train"),
		answer("expansion_revenue", "account-months from the launch on: trained minus not yet or never trained", s.expansionPer, t.Effects[2].Value,
			"too large a rise: bigger and more engaged accounts train, and expand anyway"),
		answer("csat", "answers from the launch on: trained minus not yet or never trained", s.csatShare, t.Effects[3].Value,
			"too large a rise: engaged accounts train, and are more satisfied anyway"),
		answer("nps_product", "answers from the launch on: trained minus not yet or never trained", s.npsc, 0,
			"a rise where there is none: engaged accounts train, and recommend more anyway"),
	}
}

func (w *world) interventions() []Intervention {
	return []Intervention{
		{Name: "Starter price change", Kind: "price", From: w.starts[w.price].Format(time.DateOnly), Scope: "plan = 'starter'",
			Effect: "raises the churn of the starter plan from this month on, whether trained or not"},
		{Name: "Help chat launch", Kind: "chat", From: w.starts[w.chat].Format(time.DateOnly), Scope: "",
			Effect: "lowers everyone's product tickets by the same number from this month on, whether trained or not"},
	}
}

func notes() []string {
	return []string{
		"Accounts train in intake months only, every third from the launch on. Whether they do depends on plan, tenure and log(1 + mean usage rows per month over the last three months), all in the files from before the start; nothing else that moves an outcome drives them.",
		"Account-months include the months of signing up and of churn, whose tickets are those of a whole month.",
		"Effects begin in the month of training for tickets and adoption, and in the month after it for churn, expansion and CSAT.",
		"Nobody trains in the first three months as a customer, before the launch, or after leaving.",
		"Contracts from before the window enter the revenue file as a renewal at its start with the reason opening balance.",
		"Referrals and time to value do not depend on training.",
		"The second course, " + mastery + ", has no effect on anything.",
	}
}
