package study

import (
	"context"
	"fmt"
	"time"

	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

// demoSource serves the demo company from memory, with the KPIs as their
// definitions state them.
type demoSource struct {
	world demo.World
	end   time.Time
}

func (d demoSource) month(t int) time.Time { return d.end.AddDate(0, t-d.world.Truth.Months, 0) }

var demoKPIs = map[string]metric.Definition{
	"churn_rate":                {Name: "Churn rate", Value: "percent", Direction: "lower", Terminal: true, Words: &metric.Words{Event: "leave", Until: "still a customer", Subject: "churn"}},
	"tickets_per_account_month": {Name: "Support tickets per account and month", Value: "per_account_month", Direction: "lower"},
	"product_adoption_rate":     {Name: "Product adoption rate", Value: "percent", Direction: "higher"},
	"csat":                      {Name: "Customer satisfaction (CSAT)", Value: "percent", Direction: "higher"},
	"nps_product":               {Name: "NPS of the product", Value: "points", Direction: "higher"},
	"expansion_revenue":         {Name: "Expansion revenue per customer", Value: "money", Direction: "higher"},
	"usage":                     {Name: "Usage per account and month", Value: "per_account_month", Direction: "higher"},
}

func (d demoSource) Definition(id string) (*metric.Definition, error) {
	def, ok := demoKPIs[id]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no KPI %q", id)
	}
	def.ID, def.Unit, def.Kind = id, "account", "ratio"
	return &def, nil
}

func demoValue(q metric.Query, a *demo.Account, m demo.Month) (num, den float64) {
	switch q.KPI {
	case "tickets_per_account_month":
		if q.Params["topic"] == "billing" {
			return float64(m.Billing), 1
		}
		return float64(m.Tickets), 1
	case "product_adoption_rate":
		return float64(m.Active), float64(a.People)
	case "csat":
		return float64(m.Satisfied), float64(m.Answers)
	case "nps_product":
		return float64(m.Promoters - m.Detractors), float64(m.NPSAnswers)
	case "expansion_revenue":
		return 100 * m.Expansion, 1
	case "usage":
		return float64(m.Usage), 1
	case "churn_rate":
		if m.Index > a.First || a.SignupMonth < 0 {
			return b2f(a.Churned == m.Index), 1
		}
	}
	return 0, 0
}

func (d demoSource) UnitPeriods(ctx context.Context, q metric.Query) ([]metric.UnitPeriod, error) {
	var out []metric.UnitPeriod
	for _, a := range d.world.Accounts {
		for _, m := range a.Months {
			if num, den := demoValue(q, a, m); num != 0 || den != 0 {
				out = append(out, metric.UnitPeriod{Unit: a.ID, Period: d.month(m.Index), Num: num, Den: den})
			}
		}
	}
	return out, ctx.Err()
}

func (d demoSource) UnitSpans(context.Context, metric.Query) ([]metric.UnitSpan, error) {
	return nil, fmt.Errorf("no spans here")
}

func (d demoSource) Accounts(_ context.Context, where string) ([]metric.Account, error) {
	var out []metric.Account
	for _, a := range d.world.Accounts {
		if where == "" || where == "plan = '"+a.Plan+"'" {
			out = append(out, metric.Account{ID: a.ID, Seats: a.Seats, Fields: map[string]string{"plan": a.Plan, "industry": a.Industry, "region": a.Region}})
		}
	}
	return out, nil
}

func (d demoSource) Subscriptions(context.Context) ([]metric.Spell, error) {
	var out []metric.Spell
	for _, a := range d.world.Accounts {
		s := metric.Spell{Account: a.ID, Start: a.Signup}
		if a.Churned != demo.Never {
			left := a.Left
			s.End = &left
		}
		out = append(out, s)
	}
	return out, nil
}

func (d demoSource) Activities(context.Context) ([]metric.Activity, error) { return nil, nil }

func (d demoSource) FirstEvents(context.Context, string, string) ([]metric.FirstEvent, error) {
	var out []metric.FirstEvent
	for _, a := range d.world.Accounts {
		if a.Trained != demo.Never {
			out = append(out, metric.FirstEvent{Person: a.ID + "p", Account: a.ID, Time: d.month(a.Trained).AddDate(0, 0, 10)})
		}
	}
	return out, nil
}

func (d demoSource) Interventions(context.Context) ([]metric.Intervention, error) {
	var out []metric.Intervention
	for _, i := range d.world.Truth.Interventions {
		from, err := time.Parse(time.DateOnly, i.From)
		if err != nil {
			return nil, err
		}
		out = append(out, metric.Intervention{From: from, Name: i.Name, Kind: i.Kind, Scope: i.Scope})
	}
	return out, nil
}

func (d demoSource) Coverage(context.Context) (from, to time.Time, err error) {
	return d.month(0), d.end, nil
}

func (d demoSource) Fingerprint(context.Context) (string, error) { return "demo", nil }

func demoPlan() Plan {
	return Plan{
		ID: "onboarding", Title: "Onboarding Academy", Treatment: Treatment{Course: "onboarding", People: 1},
		Outcomes: []OutcomeRef{{KPI: "churn_rate"}, {KPI: "tickets_per_account_month"}, {KPI: "product_adoption_rate"}, {KPI: "csat"}, {KPI: "expansion_revenue"}},
		Guards:   []OutcomeRef{{KPI: "nps_product"}}, NegativeControl: &OutcomeRef{KPI: "tickets_per_account_month", Params: map[string]string{"topic": "billing"}},
		Covariates: Covariates{Fields: []string{"plan", "industry", "seats"}, KPIs: []string{"usage", "tickets_per_account_month"}}, Seed: 1,
	}
}
