package study

import (
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/demo"
)

// ledger counts what the studies of many demo companies found about one outcome.
type ledger struct {
	n, covered, naiveCovered, excludesZero, cannotTell int
	errors                                             []float64 // estimate − truth
	grades, failed                                     map[string]int
}

// TestDemoCoverage draws demo companies, runs the whole study on each and counts
// how often its interval holds the true effect, which is known because the
// company was made, how often the naive comparison's does, and how often each
// check fails although nothing is wrong. LIFTMARK_COVERAGE=full draws 200
// companies of the default size; LIFTMARK_COVERAGE_COMPANIES and _ACCOUNTS
// choose others.
func TestDemoCoverage(t *testing.T) {
	companies, accounts, draws := 40, 250, 150
	if os.Getenv("LIFTMARK_COVERAGE") == "full" {
		companies, accounts, draws = 200, 1200, 300
	}
	companies, accounts = setting(t, "LIFTMARK_COVERAGE_COMPANIES", companies), setting(t, "LIFTMARK_COVERAGE_ACCOUNTS", accounts)
	books := map[string]*ledger{}
	for _, found := range studyCompanies(t, companies, accounts, draws) {
		for _, f := range found.findings {
			name := f.Outcome.KPI + " " + f.Outcome.Role
			if books[name] == nil {
				books[name] = &ledger{grades: map[string]int{}, failed: map[string]int{}}
			}
			books[name].enter(f, trueEffect(f, found.truth))
		}
	}
	for name, b := range books {
		b.judge(t, name)
	}
}

func setting(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

type studied struct {
	findings []Finding
	truth    demo.Truth
}

// studyCompanies runs the demo's study on companies of seeds 1, 2, …, in parallel.
func studyCompanies(t *testing.T, companies, accounts, draws int) []studied {
	t.Helper()
	found := make([]studied, companies)
	seeds := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range seeds {
				found[i] = studyCompany(t, uint64(i+1), accounts, draws)
			}
		})
	}
	for i := range companies {
		seeds <- i
	}
	close(seeds)
	wait.Wait()
	return found
}

func studyCompany(t *testing.T, seed uint64, accounts, draws int) studied {
	world, err := demo.Simulate(demo.Options{Accounts: accounts, Seed: seed})
	if err != nil {
		t.Error(err)
		return studied{}
	}
	plan := demoPlan()
	plan.Seed = seed
	end := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	findings, err := Run(t.Context(), demoSource{world, end}, plan, Options{Version: "test", Currency: "USD", Draws: draws})
	if err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	return studied{findings, world.Truth}
}

// trueEffect is what the finding estimates; nothing moves the negative control.
func trueEffect(f Finding, truth demo.Truth) float64 {
	effect, ok := truth.Effect(f.Outcome.KPI)
	switch {
	case f.Outcome.Role == NegativeControl:
		return 0
	case !ok:
		return math.NaN()
	}
	return effect
}

func (b *ledger) enter(f Finding, truth float64) {
	for _, c := range f.Checks {
		if c.Verdict == Failed {
			b.failed[c.ID]++
		}
	}
	b.grades[f.Grade.Letter]++
	if f.Verdict.Answer == CannotTell {
		b.cannotTell++
	}
	if f.Effect == nil {
		return
	}
	b.n++
	b.errors = append(b.errors, f.Effect.Value-truth)
	b.covered += holds(*f.Effect, truth)
	b.excludesZero += 1 - holds(*f.Effect, 0)
	if f.Naive != nil {
		b.naiveCovered += holds(f.Naive.Difference, truth)
	}
}

func holds(e Effect, x float64) int {
	if e.Low <= x && x <= e.High {
		return 1
	}
	return 0
}

// fewest is the 0.1 % quantile of a binomial count with a chance of 95 %: a
// method whose intervals hold the truth as often as they say falls below it
// once in a thousand runs.
func fewest(n int) int {
	mean, sd := 0.95*float64(n), math.Sqrt(float64(n)*0.95*0.05)
	return int(math.Floor(mean - 3.09*sd - 0.5))
}

func (b *ledger) judge(t *testing.T, name string) {
	t.Helper()
	bias, spread := 0.0, 0.0
	for _, e := range b.errors {
		bias += e / float64(b.n)
	}
	for _, e := range b.errors {
		spread += (e - bias) * (e - bias) / float64(max(b.n-1, 1))
	}
	t.Logf("%-42s n %3d  covered %5.1f %%  naive %5.1f %%  excludes 0 %5.1f %%  bias %+.4f (SE %.4f)  cannot tell %d  grades %v  failed %v", name, b.n,
		percentOf(b.covered, b.n), percentOf(b.naiveCovered, b.n), percentOf(b.excludesZero, b.n), bias, math.Sqrt(spread/float64(max(b.n, 1))), b.cannotTell, b.grades, b.failed)
	if b.n == 0 {
		t.Errorf("%s: no study gave an effect", name)
		return
	}
	if b.covered < fewest(b.n) {
		t.Errorf("%s: the interval holds the truth in %d of %d companies, want at least %d", name, b.covered, b.n, fewest(b.n))
	}
	if slices.Contains([]string{"churn_rate primary", "tickets_per_account_month primary"}, name) && 2*b.naiveCovered > b.n {
		t.Errorf("%s: the naive comparison's interval holds the truth in %d of %d companies; it should miss", name, b.naiveCovered, b.n)
	}
}

func percentOf(k, n int) float64 { return 100 * float64(k) / float64(max(n, 1)) }
