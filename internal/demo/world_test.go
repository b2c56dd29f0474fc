package demo_test

import (
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/liftmark/liftmark/internal/demo"
)

// draws runs an estimate over seeds 1 … n and gives its errors, estimate minus
// truth.
func draws(t *testing.T, n, accounts int, estimate func(w demo.World) map[string][2]float64) map[string][]float64 {
	t.Helper()
	var wait sync.WaitGroup
	results, slots := make([]map[string][2]float64, n), make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range n {
		wait.Add(1)
		go func() {
			defer wait.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			w, err := demo.Simulate(demo.Options{Accounts: accounts, Seed: uint64(i + 1)})
			if err != nil {
				t.Error(err)
				return
			}
			results[i] = estimate(w)
		}()
	}
	wait.Wait()
	errs := map[string][]float64{}
	for _, r := range results {
		for name, x := range r {
			errs[name] = append(errs[name], x[0]-x[1])
		}
	}
	return errs
}

func meanAndError(x []float64) (mean, se float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		se += (v - mean) * (v - mean) / (n - 1) / n
	}
	return mean, math.Sqrt(se)
}

func kpi(t demo.Truth, name string) float64 {
	for _, e := range t.Effects {
		if e.KPI == name && e.Params == nil {
			return e.Value
		}
	}
	panic("no effect on " + name)
}

const window = 30 // months, the default

// TestDesignsThatKnowTheLawFindTheTruth: with the true chance of training, or
// parallel trends, the estimates miss by noise alone.
func TestDesignsThatKnowTheLawFindTheTruth(t *testing.T) {

	errs := draws(t, 40, 800, func(w demo.World) map[string][2]float64 {
		panel := func(y func(a *demo.Account, m demo.Month) float64) float64 { return oracleDiD(w.Accounts, window, y) }
		return map[string][2]float64{
			"tickets":   {panel(tickets), kpi(w.Truth, "tickets_per_account_month")},
			"billing":   {panel(billing), 0},
			"adoption":  {panel(adoption), kpi(w.Truth, "product_adoption_rate")},
			"expansion": {panel(func(_ *demo.Account, m demo.Month) float64 { return m.Expansion }), kpi(w.Truth, "expansion_revenue")},
			"churn 6":   {oracleTrials(w.Accounts, window, 6), w.Truth.Churn.Horizon6},
			"churn 12":  {oracleTrials(w.Accounts, window, 12), w.Truth.Churn.Horizon12},
		}
	})
	for name, e := range errs {
		bias, se := meanAndError(e)
		t.Logf("%-9s bias %8.4f ± %.4f", name, bias, se)
		if math.Abs(bias) > 3.5*se { // by chance in one of 360 sets of six
			t.Errorf("%s: bias %.4f, standard error %.4f", name, bias, se)
		}
	}
}

func tickets(_ *demo.Account, m demo.Month) float64 { return float64(m.Tickets + m.Billing) }
func billing(_ *demo.Account, m demo.Month) float64 { return float64(m.Billing) }

// TestNaiveComparisonsMissInTheStatedDirection: each is off the truth by far more
// than noise, and to the side that truth.json says.
func TestNaiveComparisonsMissInTheStatedDirection(t *testing.T) {
	sides := []float64{-1, -1, 1, 1, -1, 1, 1, 1, 1} // sign of naive minus truth, in the order of Truth.Naive
	var names []string
	errs := draws(t, 16, 800, func(w demo.World) map[string][2]float64 {
		out := map[string][2]float64{}
		for i, n := range w.Truth.Naive {
			out[string(rune('0'+i))] = [2]float64{n.Difference, n.Truth}
		}
		return out
	})
	w, err := demo.Simulate(demo.Options{Accounts: 50})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range w.Truth.Naive {
		names = append(names, n.KPI+": "+n.Comparison)
		bias, se := meanAndError(errs[string(rune('0'+i))])
		t.Logf("%8.4f ± %.4f %s", bias, se, names[i])
		if bias*sides[i] < 5*se {
			t.Errorf("%s: naive minus truth %.4f ± %.4f, want side %+g", names[i], bias, se, sides[i])
		}
	}
	if len(sides) != len(names) {
		t.Errorf("%d naive comparisons", len(names))
	}
}

// TestDefaultCompanyHasEnoughToSay keeps the sizes that the studies rest on.
func TestDefaultCompanyHasEnoughToSay(t *testing.T) {
	w, err := demo.Simulate(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, usage := w.Truth.Counts, 0
	for _, a := range w.Accounts {
		for _, m := range a.Months {
			usage += m.Usage
		}
	}
	hazard := float64(c.Churned) / float64(c.AccountMonths)
	if hazard < 0.015 || hazard > 0.03 {
		t.Errorf("monthly churn %.3f", hazard)
	}
	if c.ChurnedAfterTraining < 50 || c.Trained < 400 || c.NeverTrained < 400 || c.Trained+c.NeverTrained != c.Accounts {
		t.Errorf("%+v", c)
	}
	if usage < 300_000 || usage > 800_000 {
		t.Errorf("%d usage rows", usage)
	}
}

// TestRisksAreOrdered: training now is better than later, and later than never.
func TestRisksAreOrdered(t *testing.T) {
	w, err := demo.Simulate(demo.Options{Accounts: 300})
	if err != nil {
		t.Fatal(err)
	}
	as, never := w.Truth.Churn.ATE, w.Truth.Churn.Sustained
	for k := range as.RiskTrained {
		if !(as.RiskTrained[k] < as.RiskControl[k] && as.RiskControl[k] <= never.RiskControl[k]) || as.RiskTrained[k] != never.RiskTrained[k] {
			t.Errorf("month %d: trained %.4f, as started %.4f, never %.4f", k+1, as.RiskTrained[k], as.RiskControl[k], never.RiskControl[k])
		}
	}
}
