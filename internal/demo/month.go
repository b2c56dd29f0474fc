package demo

import (
	"math"
	"math/rand/v2"
)

// outcomes draws what the account did in its months as a customer, and notes
// what training changed in each.
func (w *world) outcomes(a *Account) {
	r := w.rand(a.Index, outcomes)
	mrr := a.listed()
	for t := a.First; t <= w.last(a); t++ {
		m := Month{Index: t, TrainChance: a.trainOdds[t-a.First]}
		w.use(r, a, &m)
		w.ask(r, a, &m)
		w.answer(r, a, &m)
		mrr = w.spend(r, a, &m, mrr)
		a.Months = append(a.Months, m)
	}
}

// lift gives by how much training raised the share of habitual users.
func (w *world) lift(a *Account, t int) float64 { return w.p.HabitLift * at(w.p.HabitRamp, a.since(t)) }

func (w *world) use(r *rand.Rand, a *Account, m *Month) {
	lift := w.lift(a, m.Index)
	m.Active = w.active(a, m.Index, lift)
	more := poisson(r, w.p.UsagePerUser*lift*float64(a.People))
	m.Usage = max(a.used[m.Index-a.First]+more, m.Active)
	for person := range a.People {
		m.AdoptionEffect += (w.activeChance(a, person, lift) - w.activeChance(a, person, 0)) / float64(a.People)
	}
}

// adoption gives the expected share of active people without training.
func (w *world) adoption(a *Account) float64 {
	sum := 0.0
	for person := range a.People {
		sum += w.activeChance(a, person, 0)
	}
	return sum / float64(a.People)
}

// ticketMean gives the expected product tickets of a month without training:
// the account's level plus the month's common shift.
func (w *world) ticketMean(a *Account, t int) float64 {
	size := math.Pow(float64(a.Seats)/10, 0.6)
	mean := w.p.TicketFloor + w.p.TicketSize*size*math.Exp(w.p.TicketEngagement*a.Engagement) + w.p.TicketSeason*w.season(t)
	if t >= w.chat {
		mean += w.p.TicketChat
	}
	return mean
}

func (w *world) ticketCut(a *Account) float64 {
	if a.Trained < w.revised {
		return w.p.TicketCutEarly
	}
	return w.p.TicketCutLate
}

func (w *world) ask(r *rand.Rand, a *Account, m *Month) {
	mean := w.ticketMean(a, m.Index)
	m.TicketEffect = -mean * w.ticketCut(a) * at(w.p.TicketRamp, a.since(m.Index))
	m.Tickets = poisson(r, mean+m.TicketEffect)
	m.Billing = poisson(r, w.billingMean(a))
}

func (w *world) billingMean(a *Account) float64 {
	return w.p.BillingTickets * math.Pow(float64(a.Seats)/10, 0.6)
}

// measured gives the share of the satisfied among those who answer, which is
// what CSAT shows, from their share among all.
func (w *world) measured(satisfied float64) float64 {
	yes, no := satisfied*w.p.AnswerSatisfied, (1-satisfied)*w.p.AnswerOther
	return yes / (yes + no)
}

// satisfied gives the share of satisfied people without training.
func (w *world) satisfied(a *Account) float64 {
	return clamp(w.p.Satisfied+w.p.SatisfiedEngagement*a.Engagement, 0.05, 0.85)
}

const (
	askedCSAT = 0.3 // chance that a person is asked in a month
	askedNPS  = 0.2
)

func (w *world) answer(r *rand.Rand, a *Account, m *Month) {
	without := w.satisfied(a)
	with := without + w.p.SatisfiedLift*at(w.p.SatisfiedRamp, a.since(m.Index))
	m.CSATEffect = w.measured(with) - w.measured(without)
	m.Answers = binomial(r, a.People, askedCSAT*(with*w.p.AnswerSatisfied+(1-with)*w.p.AnswerOther))
	m.Satisfied = binomial(r, m.Answers, w.measured(with))
	m.NPSAnswers = binomial(r, a.People, askedNPS*0.35)
	promoter, detractor := 0.38+0.08*a.Engagement, 0.24-0.05*a.Engagement
	for range m.NPSAnswers {
		switch pick(r, promoter, detractor, 1-promoter-detractor) {
		case 0:
			m.Promoters++
		case 1:
			m.Detractors++
		}
	}
}

// steps are the sizes of an expansion, as shares of the first contract's value;
// their mean is meanStep.
var steps = [...]float64{0.02, 0.03, 0.05, 0.06}

const (
	meanStep          = 0.04
	contractionChance = 0.004
)

func (w *world) expansionChance(a *Account) float64 {
	return w.p.ExpansionChance + w.p.ExpansionEngagement*a.Engagement
}

// listed gives the first contract's monthly value in USD.
func (a *Account) listed() float64 { return a.price * float64(a.Seats) }

// spend moves the account's monthly recurring revenue and gives its new level.
func (w *world) spend(r *rand.Rand, a *Account, m *Month, mrr float64) float64 {
	listed := a.listed()
	chance := w.expansionChance(a)
	lift := w.p.ExpansionLift * at(w.p.ExpansionRamp, a.since(m.Index))
	step := steps[r.IntN(len(steps))]
	m.ExpansionEffect = lift * meanStep * listed
	switch moved := pick(r, chance+lift, contractionChance, 1-chance-lift-contractionChance); {
	case moved == 0:
		m.Expansion = cents(step * listed)
	case moved == 1 && mrr > listed/2:
		m.Contraction = cents(0.1 * listed)
	}
	if w.pricier(a, m.Index) {
		mrr = cents(mrr * priceRise)
	}
	m.MRR = cents(mrr + m.Expansion - m.Contraction)
	return m.MRR
}

// cents rounds USD to whole cents.
func cents(x float64) float64 { return math.Round(100*x) / 100 }

const priceRise = 1.12 // of the starter plan, at the first renewal from the price change on

// pricier says whether the account renews at the new price for the first time.
func (w *world) pricier(a *Account, t int) bool {
	return a.Plan == "starter" && t >= w.price && t-12 < w.price && w.renews(a, t)
}

// renews says whether a yearly contract begins anew in a month.
func (w *world) renews(a *Account, t int) bool {
	return t > a.SignupMonth && (t-a.SignupMonth)%12 == 0 && t > a.First
}
