package metric_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

func TestFactsForStudies(t *testing.T) {
	db := workspace(t, map[string]string{
		"accounts":      "account_id,signup_at\na,2026-01-01\nb,2026-01-01\n",
		"revenue":       "revenue_id,time,account_id,kind,mrr,currency,reason\n1,2026-01-05,a,new,10000,EUR,\n2,2026-02-01,a,churn,,EUR,price\n3,2026-01-05,b,new,1000,JPY,\n",
		"costs":         "from,to,program,category,amount,currency\n2026-01-01,2026-02-01,onboarding,creation,5000,EUR\n2026-01-01,2026-02-01,expert,delivery,2000,JPY\n",
		"interventions": "from,to,name,kind,scope\n2026-02-01,,Chat,chat,plan = 'pro'\n2026-01-01,2026-01-15,Price,price,\n",
		"activities":    "activity_id,program,course,title,kind,format,position,feature\nl2,p,c,Two,lesson,video,2,export\nl1,p,c,One,lesson,text,1,\n",
	})
	day := func(m time.Month, d int) time.Time { return time.Date(2026, m, d, 0, 0, 0, 0, time.UTC) }
	end := func(t time.Time) *time.Time { return &t }
	// A yen is the minor unit of its currency: 1000 JPY at 0.006 EUR are 6.00 EUR.
	s := metric.NewService(db, standard(t), metric.Options{Currency: "EUR", Rates: map[string]float64{"JPY": 0.006}})

	spells, err := s.Subscriptions(t.Context())
	same(t, err, []metric.Spell{{Account: "a", Start: day(1, 1), End: end(day(2, 1)), Reason: "price"}, {Account: "b", Start: day(1, 1)}}, spells)
	levels, err := s.RevenueLevels(t.Context())
	same(t, err, []metric.RevenueLevel{{"a", day(1, 5), end(day(2, 1)), 10000, "EUR"}, {"b", day(1, 5), nil, 600, "EUR"}}, levels)
	costs, err := s.Costs(t.Context(), "")
	same(t, err, []metric.Cost{{day(1, 1), day(2, 1), "expert", "delivery", 1200, "EUR"}, {day(1, 1), day(2, 1), "onboarding", "creation", 5000, "EUR"}}, costs)
	costs, err = s.Costs(t.Context(), "onboarding")
	same(t, err, []metric.Cost{{day(1, 1), day(2, 1), "onboarding", "creation", 5000, "EUR"}}, costs)
	interventions, err := s.Interventions(t.Context())
	same(t, err, []metric.Intervention{{day(1, 1), end(day(1, 15)), "Price", "price", ""}, {day(2, 1), nil, "Chat", "chat", "plan = 'pro'"}}, interventions)
	activities, err := s.Activities(t.Context())
	same(t, err, []metric.Activity{{"l1", "p", "c", "One", "lesson", "text", "", 1}, {"l2", "p", "c", "Two", "lesson", "video", "export", 2}}, activities)

	bare := metric.NewService(db, standard(t), metric.Options{Currency: "EUR"})
	if _, err := bare.RevenueLevels(t.Context()); fault.KindOf(err) != fault.Invalid {
		t.Errorf("without a rate for JPY: %v", err)
	}
	if _, err := s.Accounts(t.Context(), "person.role = 'admin'"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a filter of accounts by their people: %v", err)
	}
}

func same[T any](t *testing.T, err error, want, got []T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	opt := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	if diff := cmp.Diff(want, got, opt); diff != "" {
		t.Error(diff)
	}
}

// Facts of the future do not extend what counts as past.
func TestNowBoundsTheCoverage(t *testing.T) {
	db := workspace(t, customers(3, 1))
	now := time.Date(2026, 2, 20, 0, 0, 0, 0, time.UTC)
	s := metric.NewService(db, standard(t), metric.Options{Now: func() time.Time { return now }})
	if _, end, err := s.Coverage(t.Context()); err != nil || !end.Equal(now) {
		t.Errorf("coverage ends %v, %v", end, err)
	}
	r, err := s.Value(t.Context(), metric.Query{KPI: "churn_rate", Grain: "month", From: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil || r.Rows[0].Complete || r.Rows[0].Num != 1 {
		t.Errorf("February up to the 20th: %+v, %v", r.Rows, err)
	}
}
