package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// world is a small simulated company behind the Source interface: a fake of the
// data, not of the statistics. Accounts that use the product much train more and
// leave less (confounding), and only those that are still there can train
// (immortal time). Tickets have a level of the account's own and a common season.
type world struct {
	accounts  []metric.Account
	spells    []metric.Spell
	completed []metric.FirstEvent // on the course
	seasons   map[string][]metric.UnitPeriod
	spans     []metric.UnitSpan
	others    []metric.Intervention
	from, to  time.Time

	truth worldTruth
}

// worldTruth is what the world was built with.
type worldTruth struct {
	churn12 float64 // risk difference 12 months after training, over accounts that trained
	tickets float64 // change of tickets per account and month, in whole months after training
}

// law is what a world is built from.
type law struct {
	accounts, months int
	train            float64 // base log odds of training a month; −Inf: nobody
	confounding      float64 // of training by log usage
	churn            float64 // monthly hazard at average engagement
	cut              float64 // share by which training cuts it
	ticketCut        float64 // by which training cuts monthly tickets
}

func ordinary() law {
	return law{accounts: 350, months: 30, train: -3.6, confounding: 0.9, churn: 0.03, cut: 0.5, ticketCut: 0.4}
}

var worldStart = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func monthStart(t int) time.Time { return worldStart.AddDate(0, t, 0) }

func newWorld(l law, seed uint64) *world {
	w := &world{from: monthStart(0), to: monthStart(l.months), seasons: map[string][]metric.UnitPeriod{}}
	r := rand.New(rand.NewPCG(seed, 1))
	var gap, n float64
	for i := range l.accounts {
		gap += w.account(r, l, i)
		if len(w.completed) > int(n) {
			n = float64(len(w.completed))
		}
	}
	if n > 0 {
		w.truth = worldTruth{churn12: gap / n, tickets: -l.ticketCut}
	}
	return w
}

// account lives through the months and returns its part of the true churn
// effect: 0 unless it trained and was there at the end of that month.
func (w *world) account(r *rand.Rand, l law, i int) (gap float64) {
	id := fmt.Sprintf("A%04d", i)
	u := r.NormFloat64()
	plan := []string{"basic", "pro"}[r.IntN(2)]
	w.accounts = append(w.accounts, metric.Account{ID: id, Seats: 10, Fields: map[string]string{"plan": plan, "industry": []string{"retail", "finance", "health"}[r.IntN(3)]}})
	hazard := math.Min(0.2, l.churn*math.Exp(-0.7*u))
	level := 1.5 + 0.6*u
	join := max(0, r.IntN(2*l.months/3)-l.months/3)
	trained, odds := -1, 0.0
	spell := metric.Spell{Account: id, Start: monthStart(join)}
	for t := join; t < l.months; t++ {
		usage := math.Round(math.Exp(3 + 0.8*u + 0.15*r.NormFloat64()))
		odds = 1 / (1 + math.Exp(-l.train-l.confounding*(math.Log1p(usage)-3)))
		if trained < 0 && t > join && r.Float64() < odds {
			trained = t
			w.completed = append(w.completed, metric.FirstEvent{Person: id + "p", Account: id, Time: monthStart(t).AddDate(0, 0, 14)})
		}
		effect, cut := 0.0, 0.0
		if trained >= 0 && t > trained {
			effect, cut = l.ticketCut, l.cut
		}
		left := t > join && r.Float64() < hazard*(1-cut)
		mean := math.Max(0.05, level+0.3*math.Sin(float64(t)/2)+0.8)
		w.month("tickets", id, t, math.Max(0, mean-effect+0.7*r.NormFloat64()), 1)
		w.month("billing", id, t, float64(r.IntN(3)), 1)
		w.month("usage", id, t, usage, 1)
		if t > join {
			w.month("churn_rate", id, t, b2f(left), 1)
		}
		if left {
			end := monthStart(t).AddDate(0, 0, 20)
			spell.End = &end
			break
		}
	}
	w.spells = append(w.spells, spell)
	if trained >= 0 && (spell.End == nil || !spell.End.Before(monthStart(trained+1))) {
		return trueGap(hazard, hazard*(1-l.cut), odds, 12)
	}
	return 0
}

// trueGap is the risk within so many months of starting now, less that of not
// starting now and perhaps later, with the month's odds of starting.
func trueGap(hazard, cut, odds float64, months int) float64 {
	kept, waiting, late := 1.0, 1.0, 0.0
	for range months {
		kept *= 1 - cut
		late = late*(1-cut) + waiting*(1-hazard)*odds
		waiting *= (1 - hazard) * (1 - odds)
	}
	return (1 - kept) - (1 - waiting - late)
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (w *world) month(kpi, id string, t int, num, den float64) {
	w.seasons[kpi] = append(w.seasons[kpi], metric.UnitPeriod{Unit: id, Period: monthStart(t), Num: num, Den: den})
}

var worldKPIs = map[string]metric.Definition{
	"churn_rate":                {ID: "churn_rate", Name: "Churn rate", Unit: "account", Kind: "ratio", Value: "percent", Direction: "lower", Terminal: true, Words: &metric.Words{Event: "leave", Until: "still a customer", Subject: "churn"}},
	"tickets_per_account_month": {ID: "tickets_per_account_month", Name: "Support tickets per account and month", Unit: "account", Kind: "ratio", Value: "per_account_month", Direction: "lower"},
	"usage":                     {ID: "usage", Name: "Usage", Unit: "account", Kind: "ratio", Value: "number", Direction: "higher"},
	"score":                     {ID: "score", Name: "Score", Unit: "person", Kind: "ratio", Value: "percent", Direction: "higher"},
	"retained":                  {ID: "retained", Name: "Retention rate", Unit: "account", Kind: "ratio", Value: "percent", Direction: "higher"},
	"empty":                     {ID: "empty", Name: "Nothing", Unit: "account", Kind: "ratio", Value: "number", Direction: "higher"},
	"time_to_value":             {ID: "time_to_value", Name: "Time to value", Unit: "account", Kind: "duration", Value: "days", Direction: "lower"},
}

func (w *world) Definition(id string) (*metric.Definition, error) {
	d, ok := worldKPIs[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no KPI %q", id)
	}
	return &d, nil
}

func (w *world) UnitPeriods(ctx context.Context, q metric.Query) ([]metric.UnitPeriod, error) {
	key := q.KPI
	switch {
	case key == "tickets_per_account_month" && q.Params["topic"] == "billing":
		key = "billing"
	case key == "tickets_per_account_month":
		key = "tickets"
	}
	return w.seasons[key], ctx.Err()
}

func (w *world) UnitSpans(context.Context, metric.Query) ([]metric.UnitSpan, error) {
	return w.spans, nil
}

func (w *world) Accounts(_ context.Context, where string) ([]metric.Account, error) {
	field, value, found := strings.Cut(where, " = ")
	if !found {
		return w.accounts, nil
	}
	var out []metric.Account
	for _, a := range w.accounts {
		if a.Fields[field] == strings.Trim(value, "'") {
			out = append(out, a)
		}
	}
	return out, nil
}

func (w *world) Subscriptions(context.Context) ([]metric.Spell, error) { return w.spells, nil }

func (w *world) Activities(context.Context) ([]metric.Activity, error) {
	return []metric.Activity{{ID: "onboarding", Course: "onboarding", Program: "academy", Kind: "course"}, {ID: "untouched", Course: "untouched", Program: "academy", Kind: "course"}}, nil
}

func (w *world) FirstEvents(_ context.Context, fact, where string) ([]metric.FirstEvent, error) {
	switch {
	case fact == "person":
		var out []metric.FirstEvent
		for _, a := range w.accounts {
			out = append(out, metric.FirstEvent{Person: a.ID + "p", Account: a.ID}, metric.FirstEvent{Person: a.ID + "q", Account: a.ID})
		}
		return out, nil
	case fact != "learning":
		return nil, errors.New("the fake knows learning and person only")
	case strings.Contains(where, "'onboarding'") && !strings.Contains(where, "'passed'"):
		return w.completed, nil
	}
	return nil, nil
}

func (w *world) Interventions(context.Context) ([]metric.Intervention, error) { return w.others, nil }

func (w *world) Coverage(context.Context) (from, to time.Time, err error) { return w.from, w.to, nil }

func (w *world) Fingerprint(context.Context) (string, error) { return "a fake's fingerprint", nil }

func worldPlan() Plan {
	return Plan{
		ID: "onboarding", Title: "Onboarding Academy",
		Treatment:       Treatment{Course: "onboarding", Share: 0.1},
		Outcomes:        []OutcomeRef{{KPI: "churn_rate", Worth: 0.01}, {KPI: "tickets_per_account_month"}},
		NegativeControl: &OutcomeRef{KPI: "tickets_per_account_month", Params: map[string]string{"topic": "billing"}},
		Covariates:      Covariates{Fields: []string{"plan", "industry"}, KPIs: []string{"usage", "tickets_per_account_month"}},
		Draws:           200, Seed: 1,
	}
}
