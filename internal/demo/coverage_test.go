package demo_test

import (
	"context"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/demo"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
	"github.com/liftmark/liftmark/stat/trial"
)

// A study sees what the files show, and here it sees no more: neither engagement
// nor the chance of training.

// panel is the unbalanced panel of a KPI by account and month, without the
// months that have no value.
func panel(w demo.World, y func(*demo.Account, demo.Month) float64) did.Panel {
	var p did.Panel
	for i, a := range w.Accounts {
		start := did.Never
		if a.Trained != demo.Never {
			start = a.Trained
		}
		p.Start = append(p.Start, start)
		for _, m := range a.Months {
			if value := y(a, m); !math.IsNaN(value) {
				p.Unit, p.Period, p.Outcome = append(p.Unit, i), append(p.Period, m.Index), append(p.Outcome, value)
			}
		}
	}
	return p
}

// staggered estimates a panel KPI's effect with not-yet-trained controls.
func staggered(t *testing.T, w demo.World, y func(*demo.Account, demo.Month) float64) (float64, stat.Interval) {
	t.Helper()
	r, err := did.Estimate(context.Background(), panel(w, y), did.Options{Control: did.NotYetTreated})
	if err != nil {
		t.Error(err)
		return math.NaN(), stat.Interval{}
	}
	simple, err := r.Simple()
	if err != nil {
		t.Error(err)
		return math.NaN(), stat.Interval{}
	}
	return simple.Overall.ATT, simple.Overall.Interval
}

// history is what the trials adjust for, as known at the end of a month.
func history(w demo.World) trial.Panel {
	p := trial.Panel{Periods: w.Truth.Months, Names: []string{"log usage", "log seats", "starter", "enterprise", "tenure", "tickets"}}
	p.X = make([]float64, len(w.Accounts)*p.Periods*len(p.Names))
	for i, a := range w.Accounts {
		u := trial.Unit{Entry: a.SignupMonth, Exit: p.Periods - 1, Treated: trial.Never}
		if a.Churned != demo.Never {
			u.Exit, u.Event = a.Churned, true
		}
		if a.Trained != demo.Never {
			u.Treated = a.Trained
		}
		p.Units = append(p.Units, u)
		for k, m := range a.Months {
			usage, tickets := lastThree(a.Months[:k+1])
			x := p.X[(i*p.Periods+m.Index)*len(p.Names):]
			copy(x, []float64{math.Log1p(usage), math.Log(float64(a.Seats)), is(a.Plan == "starter"), is(a.Plan == "enterprise"),
				float64(m.Index-a.SignupMonth) / 12, tickets})
		}
	}
	return p
}

func lastThree(months []demo.Month) (usage, tickets float64) {
	months = months[max(0, len(months)-3):]
	for _, m := range months {
		usage += float64(m.Usage) / float64(len(months))
		tickets += float64(m.Tickets) / float64(len(months))
	}
	return usage, tickets
}

func is(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// score counts intervals.
type score struct {
	n, covered, excludesZero int
	errs, widths             []float64
}

func (s *score) add(value, truth float64, i stat.Interval) {
	s.n++
	s.covered += int(is(i.Contains(truth)))
	s.excludesZero += int(is(!i.Contains(0)))
	s.errs, s.widths = append(s.errs, value-truth), append(s.widths, i.High-i.Low)
}

func (s *score) log(t *testing.T, name string) {
	bias, se := meanAndError(s.errs)
	width, _ := meanAndError(s.widths)
	t.Logf("%-26s n %d, bias %8.4f ± %.4f, mean width %.4f, covered %.1f %%, excludes 0 %.1f %%", name, s.n, bias, se, width,
		100*float64(s.covered)/float64(s.n), 100*float64(s.excludesZero)/float64(s.n))
}

// atLeast is the 0.1 % quantile of a binomial count with 95 % chance, by the
// normal approximation with continuity correction: fewer covered intervals than
// this do not come from a 95 % interval.
func atLeast(n int) int {
	mean, sd := 0.95*float64(n), math.Sqrt(float64(n)*0.95*0.05)
	return int(math.Floor(mean - 3.09*sd - 0.5))
}

// size reads a number from the environment: LIFTMARK_COVERAGE_SEEDS,
// LIFTMARK_COVERAGE_ACCOUNTS and LIFTMARK_COVERAGE_DRAWS. LIFTMARK_COVERAGE=full
// is 200 companies of the default size.
func size(t *testing.T, name string, otherwise int) int {
	t.Helper()
	full := map[string]int{"SEEDS": 200, "ACCOUNTS": 1200, "DRAWS": 300}
	if os.Getenv("LIFTMARK_COVERAGE") == "full" {
		otherwise = full[name]
	}
	text := os.Getenv("LIFTMARK_COVERAGE_" + name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// panels are the KPIs by account and month, as a study computes them.
func panels() map[string]func(*demo.Account, demo.Month) float64 {
	return map[string]func(*demo.Account, demo.Month) float64{
		"tickets_per_account_month": tickets,
		"billing":                   billing,
		"product_adoption_rate":     adoption,
		"expansion_revenue":         func(_ *demo.Account, m demo.Month) float64 { return m.Expansion },
		"csat":                      func(_ *demo.Account, m demo.Month) float64 { return float64(m.Satisfied) / float64(m.Answers) },
		"nps_product": func(_ *demo.Account, m demo.Month) float64 {
			return 100 * float64(m.Promoters-m.Detractors) / float64(m.NPSAnswers)
		},
	}
}

// TestStudiesCoverTheTruth draws small companies and runs on each the designs of
// a study: the intervals cover the truth, and the KPIs that training leaves alone
// are left alone.
func TestStudiesCoverTheTruth(t *testing.T) {
	seeds, accounts, bootstrap := size(t, "SEEDS", 40), size(t, "ACCOUNTS", 250), size(t, "DRAWS", 60)
	if testing.Short() {
		seeds = 8
	}
	scores := map[string]*score{}
	add := func(name string, value, truth float64, i stat.Interval) {
		if scores[name] == nil {
			scores[name] = &score{}
		}
		scores[name].add(value, truth, i)
	}
	for seed := 1; seed <= seeds; seed++ {
		w, err := demo.Simulate(demo.Options{Accounts: accounts, Seed: uint64(seed)})
		if err != nil {
			t.Fatal(err)
		}
		for name, y := range panels() {
			value, interval := staggered(t, w, y)
			add(name, value, grouped(w.Truth, name), interval)
		}
		r, err := trial.Run(context.Background(), history(w), trial.Options{Horizon: 12, MinTenure: 3, Draws: bootstrap, Seed: uint64(seed), MinEvents: 1})
		if err != nil {
			t.Fatal(err)
		}
		add("churn_rate", r.RiskDifference.Value, w.Truth.Churn.Horizon12, r.RiskDifference.Interval)
		if c := w.Truth.Counts; r.Treated.UnitTrials != c.TrialsTrained || r.UnitTrials > c.Trials {
			t.Errorf("seed %d: %d trials, %d trained; truth says %d and %d", seed, r.UnitTrials, r.Treated.UnitTrials, c.Trials, c.TrialsTrained)
		}
	}
	for name, s := range scores {
		s.judge(t, name)
	}
	for _, null := range []string{"billing", "nps_product"} {
		if s := scores[null]; s.excludesZero > s.n-atLeast(s.n) {
			t.Errorf("%s, which training leaves alone, is rejected in %d of %d", null, s.excludesZero, s.n)
		}
	}
}

// judge fails on intervals that miss too often and on bias beyond noise.
func (s *score) judge(t *testing.T, name string) {
	t.Helper()
	s.log(t, name)
	if s.covered < atLeast(s.n) {
		t.Errorf("%s: %d of %d intervals cover the truth, want at least %d", name, s.covered, s.n, atLeast(s.n))
	}
	if bias, se := meanAndError(s.errs); math.Abs(bias) > 3.5*se {
		t.Errorf("%s: bias %.4f, standard error %.4f", name, bias, se)
	}
}

func adoption(a *demo.Account, m demo.Month) float64 { return float64(m.Active) / float64(a.People) }

// grouped gives the truth with the weights of did's simple average, 0 for what
// training leaves alone.
func grouped(t demo.Truth, name string) float64 {
	for _, e := range t.Effects {
		if e.KPI == name && e.Params == nil {
			return e.ByGroup
		}
	}
	return 0
}

// TestDefaultCompanyShowsTheStory: with the default seed the intervals of churn
// and tickets cover the truth and leave the naive answers outside. Tickets also
// exclude zero; churn does so in the study, which adjusts for more than here.
func TestDefaultCompanyShowsTheStory(t *testing.T) {
	w, err := demo.Simulate(demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	value, interval := staggered(t, w, tickets)
	story(t, w, "tickets_per_account_month", value, grouped(w.Truth, "tickets_per_account_month"), interval)
	if interval.Contains(0) {
		t.Errorf("tickets: [%.4f, %.4f] holds zero", interval.Low, interval.High)
	}
	r, err := trial.Run(context.Background(), history(w), trial.Options{Horizon: 12, MinTenure: 3, Draws: 100, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	story(t, w, "churn_rate", r.RiskDifference.Value, w.Truth.Churn.Horizon12, r.RiskDifference.Interval)
	for _, b := range r.Balance {
		t.Logf("%-10s SMD %6.3f, weighted %6.3f", b.Name, b.SMDBefore, b.SMDAfter)
		if math.Abs(b.SMDAfter) >= 0.1 {
			t.Errorf("%s is not balanced: %.3f", b.Name, b.SMDAfter)
		}
	}
}

// story checks an estimate against the truth and the first naive answer of its KPI.
func story(t *testing.T, w demo.World, name string, value, truth float64, i stat.Interval) {
	t.Helper()
	for _, n := range w.Truth.Naive {
		if n.KPI != name {
			continue
		}
		t.Logf("%s: %.4f [%.4f, %.4f], truth %.4f, naive %.4f", name, value, i.Low, i.High, truth, n.Difference)
		if !i.Contains(truth) || i.Contains(n.Difference) {
			t.Errorf("%s: [%.4f, %.4f] should contain the truth %.4f and not the naive %.4f", name, i.Low, i.High, truth, n.Difference)
		}
		return
	}
}
