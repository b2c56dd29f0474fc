package demo

import (
	"fmt"
	"math/rand/v2"
	"time"
)

var leavingWords = [...]string{"product", "competitor", "budget", "no longer needed"}

// ledger writes one account's revenue rows in the order of time.
type ledger struct {
	f *files
	a *Account
	n int
}

func (l *ledger) add(when time.Time, kind string, mrr, amount, reason string) {
	l.n++
	l.f.revenue.add(fmt.Sprintf("R%05d-%02d", l.a.Index+1, l.n), instant(when), l.a.ID, kind, mrr, amount, "USD", reason)
}

// writeRevenue writes the account's contract from the window's start on. The
// amount of an expansion or contraction is the first month's difference.
func (f *files) writeRevenue(r *rand.Rand, a *Account) {
	l := &ledger{f: f, a: a}
	if a.SignupMonth >= 0 {
		l.add(a.Signup, "new", usd(a.listed()), "", "")
	} else { // the export begins with the window: the level that the account came with
		l.add(f.w.start(0), "renewal", usd(a.listed()), "", "opening balance")
	}
	for i := range a.Months {
		f.writeMonth(r, l, &a.Months[i])
	}
	if a.Churned != Never {
		reason := leavingWords[r.IntN(len(leavingWords))]
		if a.Plan == "starter" && a.Churned >= f.w.price && r.Float64() < 0.4 {
			reason = "price"
		}
		l.add(a.Left, "churn", usd(0), "", reason)
	}
}

func (f *files) writeMonth(r *rand.Rand, l *ledger, m *Month) {
	first := f.w.start(m.Index)
	before := m.MRR - m.Expansion + m.Contraction
	if f.w.renews(l.a, m.Index) {
		reason := ""
		if f.w.pricier(l.a, m.Index) {
			reason = "price"
		}
		l.add(first.AddDate(0, 0, l.a.Signup.Day()-1).Add(9*time.Hour), "renewal", usd(before), "", reason)
	}
	change := first.AddDate(0, 0, 20+r.IntN(4)).Add(10 * time.Hour)
	switch {
	case m.Expansion > 0:
		l.add(change, "expansion", usd(m.MRR), usd(m.Expansion), "seats")
	case m.Contraction > 0:
		l.add(change, "contraction", usd(m.MRR), usd(-m.Contraction), "seats")
	}
	if m.Index == l.a.Trained && r.Float64() < 0.15 {
		l.add(change.Add(time.Hour), "training", "", usd(450), "workshop")
	}
}

// writeCosts writes what the programs cost month by month, in proportion to the
// company's size; learners' time follows from the hours they spent.
func (f *files) writeCosts() {
	scale := float64(f.w.Accounts) / 1200
	for t := range f.w.Months {
		add := func(program, category string, amount float64) {
			if amount > 0 {
				f.costs.add(instant(f.w.start(t)), instant(f.w.start(t+1)), program, category, usd(amount), "USD")
			}
		}
		switch {
		case t >= f.w.launch-3 && t < f.w.launch:
			add(academy, "creation", 8000*scale)
		case t == f.w.revised:
			add(academy, "creation", 6000*scale)
		}
		if t < f.w.launch {
			continue
		}
		for _, c := range []struct {
			category string
			amount   float64
		}{{"delivery", 500}, {"platform", 500}, {"staff_time", 700}} {
			add(academy, c.category, c.amount*scale)
			add(masterclass, c.category, c.amount*scale/5)
		}
		for _, program := range []string{academy, masterclass} {
			add(program, "learner_time", learnerHour*f.hours[program][t])
		}
	}
}

const learnerHour = 30 // USD
