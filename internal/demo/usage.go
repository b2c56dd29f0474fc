package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

var (
	features   = [...]string{"dashboards", "search", "sharing", "reports", "exports", "alerts", "automation", "api"}
	taught     = [...]string{"reports", "alerts", "automation", "api"} // by the onboarding course
	devices    = [...]string{"desktop", "mobile", "tablet"}
	topics     = [...]string{"how-to", "access", "integration", "bug"}
	priorities = [...]string{"low", "normal", "high", "urgent"}
)

// value draws when the account found the dashboards: after three weeks or so,
// sooner for the engaged, whether trained or not.
func (a *Account) value(r *rand.Rand) time.Time {
	days := 20 * math.Exp2(-a.Engagement/2) * r.ExpFloat64()
	return a.Signup.Add(time.Duration(days * 24 * float64(time.Hour)))
}

// writeUsage spreads the month's usage over the people who were active: one row
// for each, the rest by chance. Before value, nobody has found the dashboards.
func (f *files) writeUsage(r *rand.Rand, a *Account, m *Month, people []*person, value time.Time) {
	active := make([]*person, 0, len(people))
	lift := f.w.lift(a, m.Index)
	for i, p := range people {
		if f.w.isActive(a, i, m.Index, lift) {
			active = append(active, p)
		}
	}
	for n := range m.Usage {
		p := active[n%len(active)]
		if n >= len(active) {
			p = active[r.IntN(len(active))]
		}
		when := f.w.moment(r, a, m.Index)
		feature := features[pick(r, 0.3, 0.2, 0.12, 0.12, 0.1, 0.07, 0.05, 0.04)]
		if a.Trained != Never && m.Index > a.Trained && r.Float64() < 0.25 {
			feature = taught[r.IntN(len(taught))]
		}
		if feature == features[0] && when.Before(value) {
			feature = "search"
		}
		account := a.ID
		if r.Float64() < 0.1 {
			account = ""
		}
		f.writeUse(r, p, account, when, feature, fmt.Sprintf("U%05d-%02d-%03d", a.Index+1, m.Index, n))
	}
}

func (f *files) writeUse(r *rand.Rand, p *person, account string, when time.Time, feature, id string) {
	if account == "" {
		f.mess[noAccount]++
	}
	f.usage.add(id, instant(when), p.id, account, feature, number(1+poisson(r, 2)), devices[pick(r, 0.7, 0.24, 0.06)])
}

// staff gives the people who stay with the account.
func (f *files) staff(a *Account, people []*person) []*person {
	if f.w.mover(a) {
		return people[:len(people)-1]
	}
	return people
}

func (f *files) writeTickets(r *rand.Rand, a *Account, m *Month, people []*person) {
	staff := f.staff(a, people)
	for n := range m.Tickets + m.Billing {
		topic := "billing"
		if n < m.Tickets {
			topic = topics[pick(r, 0.45, 0.15, 0.2, 0.2)]
		}
		account, who := a.ID, staff[r.IntN(len(staff))].id
		switch u := r.Float64(); {
		case u < 0.03:
			who = ""
		case u < 0.06:
			account = ""
		}
		opened := f.w.moment(r, a, m.Index)
		solved := ""
		if at := opened.Add(time.Duration(r.ExpFloat64() * 30 * float64(time.Hour))).Truncate(time.Second); at.Before(f.w.End) {
			solved = instant(at)
		}
		cost := 18 * math.Exp(0.4*r.NormFloat64())
		f.tickets.add(fmt.Sprintf("T%05d-%02d-%02d", a.Index+1, m.Index, n), account, who, instant(opened), solved,
			topic, priorities[pick(r, 0.25, 0.5, 0.2, 0.05)], usd(cost), "USD")
	}
}

// writeResponses writes the month's answers on the product.
func (f *files) writeResponses(r *rand.Rand, a *Account, m *Month, people []*person) {
	staff := f.staff(a, people)
	add := func(kind, id, question string, score, most int) {
		f.responses.add(id, instant(f.w.moment(r, a, m.Index)), staff[r.IntN(len(staff))].id, a.ID,
			"product-pulse", question, kind, "product", number(score), number(most), "")
	}
	for n := range m.Answers {
		score := 1 + pick(r, 0.2, 0.3, 0.5)
		if n < m.Satisfied {
			score = 4 + pick(r, 0.55, 0.45)
		}
		add("csat", fmt.Sprintf("C%05d-%02d-%02d", a.Index+1, m.Index, n), "How satisfied are you with the product?", score, 5)
	}
	for n := range m.NPSAnswers {
		score := 7 + r.IntN(2)
		switch {
		case n < m.Promoters:
			score = 9 + r.IntN(2)
		case n < m.Promoters+m.Detractors:
			score = r.IntN(7)
		}
		add("nps", fmt.Sprintf("N%05d-%02d-%02d", a.Index+1, m.Index, n), "How likely are you to recommend the product?", score, 10)
	}
}

// writeReferral writes that a person referred somebody, which training does not
// change.
func (f *files) writeReferral(r *rand.Rand, a *Account, m *Month, people []*person) {
	if r.Float64() >= 0.02*math.Exp(0.5*a.Engagement) {
		return
	}
	who := f.staff(a, people)[0]
	f.outcomes.add(instant(f.w.moment(r, a, m.Index)), who.id, a.ID, "referral", "1", "referrals")
}
