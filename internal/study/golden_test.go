package study

import (
	"fmt"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/metric"
)

// TestRetentionAfterARevamp is the case of a company that reported retention of
// 65 % before and 90 % after it revamped its training for everyone: +25 points,
// +38.5 % relative (25 ÷ 65), and without anybody to compare with a change of
// grade D, not an effect.
func TestRetentionAfterARevamp(t *testing.T) {
	w := &world{from: monthStart(0), to: monthStart(13), seasons: map[string][]metric.UnitPeriod{}}
	for i := range 20 {
		id := fmt.Sprintf("a%02d", i)
		w.accounts = append(w.accounts, metric.Account{ID: id, Seats: 5})
		w.spells = append(w.spells, metric.Spell{Account: id, Start: monthStart(-12)})
		w.completed = append(w.completed, metric.FirstEvent{Person: id + "p", Account: id, Time: monthStart(6).AddDate(0, 0, 3)})
		for m := range 13 {
			retained := i < 13 // 13 of 20 are 65 %
			if m > 6 {
				retained = i < 18 // 18 of 20 are 90 %
			}
			w.month("retained", id, m, b2f(retained), 1)
		}
	}
	p := worldPlan()
	p.Outcomes, p.NegativeControl, p.Covariates = []OutcomeRef{{KPI: "retained"}}, nil, Covariates{}
	f := run(t, w, p, 100)[0]
	if f.Design.ID != BeforeAfter || f.Grade.Letter != "D" || f.Effect == nil || f.Relative == nil {
		t.Fatalf("%s, grade %q, effect %v, relative %v", f.Design.ID, f.Grade.Letter, f.Effect, f.Relative)
	}
	if math.Abs(f.Effect.Value-0.25) > 1e-9 || math.Abs(f.Relative.Value-25.0/65) > 1e-9 {
		t.Errorf("change %v, relative %v; want +0.25 and +0.385", f.Effect.Value, f.Relative.Value)
	}
}
