package app_test

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/liftmark/liftmark/internal/app"
	"github.com/liftmark/liftmark/internal/config"
	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/internal/metric"
)

// monthly is what the simulated company did, by KPI: value and weight of an
// account's month.
var monthly = map[string]func(*demo.Account, demo.Month) (num, den float64){
	"tickets_per_account_month": func(_ *demo.Account, m demo.Month) (float64, float64) { return float64(m.Tickets + m.Billing), 1 },
	"product_adoption_rate": func(a *demo.Account, m demo.Month) (float64, float64) {
		return float64(m.Active), float64(a.People)
	},
	"csat": func(_ *demo.Account, m demo.Month) (float64, float64) {
		return float64(m.Satisfied), float64(m.Answers)
	},
	"nps_product": func(_ *demo.Account, m demo.Month) (float64, float64) {
		return float64(m.Promoters - m.Detractors), float64(m.NPSAnswers)
	},
}

// TestImportedKPIsEqualTheSimulation takes a company through files, import and
// the KPI compiler and compares every whole account-month with the simulation
// that the files were written from.
func TestImportedKPIsEqualTheSimulation(t *testing.T) {
	o := demo.Options{Dir: t.TempDir(), Accounts: 120, Months: 24, Seed: 3}
	if _, err := demo.Generate(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	world, err := demo.Simulate(o)
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Data = t.TempDir()
	w, err := app.Open(t.Context(), c, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if _, err := w.Import(t.Context(), []string{filepath.Join(o.Dir, "files")}, app.ImportOptions{}); err != nil {
		t.Fatal(err)
	}
	for kpi, value := range monthly {
		t.Run(kpi, func(t *testing.T) { compareMonths(t, w, world, kpi, value) })
	}
}

func compareMonths(t *testing.T, w *app.Workspace, world demo.World, kpi string, value func(*demo.Account, demo.Month) (float64, float64)) {
	rows, err := w.Metrics.UnitPeriods(t.Context(), metric.Query{KPI: kpi, Grain: "month"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]metric.UnitPeriod{}
	for _, r := range rows {
		got[r.Unit+r.Period.Format(" 2006-01")] = r
	}
	compared, wrong := 0, []string{}
	for _, a := range world.Accounts {
		for _, m := range a.Months {
			if m.Index == a.First || m.Index == a.Churned { // parts of a month
				continue
			}
			num, den := value(a, m)
			if den == 0 {
				continue
			}
			key := a.ID + world.Truth.Start.AddDate(0, m.Index, 0).Format(" 2006-01")
			compared++
			r := got[key]
			if math.Abs(r.Num-num) > 1e-9 || math.Abs(r.Den-den) > 1e-9 {
				wrong = append(wrong, fmt.Sprintf("%s: %g of %g, simulated %g of %g", key, r.Num, r.Den, num, den))
			}
		}
	}
	if compared < 500 {
		t.Fatalf("only %d account-months were compared", compared)
	}
	if len(wrong) > 0 {
		t.Errorf("%d of %d account-months differ, such as %q", len(wrong), compared, wrong[:min(len(wrong), 8)])
	}
}
