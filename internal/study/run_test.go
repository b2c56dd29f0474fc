package study

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/metric"
)

func run(t *testing.T, src Source, p Plan, draws int) []Finding {
	t.Helper()
	findings, err := Run(t.Context(), src, p, Options{Version: "test", Currency: "EUR", Draws: draws})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

// TestFindingsCoverTheTruth: in companies where engaged accounts train more and
// leave less, and only those that are still there can train, the intervals of
// the study hold the effect that the company was built with, and those of the
// naive comparison do not.
func TestFindingsCoverTheTruth(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	covered, total := 0, 0
	for seed := uint64(1); seed <= seeds; seed++ {
		w := newWorld(ordinary(), seed)
		findings := run(t, w, worldPlan(), 80)
		for k, truth := range []float64{w.truth.churn12, w.truth.tickets, 0} {
			f := findings[k]
			total++
			if f.Effect.Low <= truth && truth <= f.Effect.High {
				covered++
			} else {
				t.Logf("seed %d, %s: %+v does not hold %v", seed, f.Outcome.Name, *f.Effect, truth)
			}
			if f.Outcome.Role == Primary && f.Naive.Difference.Low <= truth && truth <= f.Naive.Difference.High {
				t.Errorf("seed %d, %s: the naive comparison holds the truth", seed, f.Outcome.Name)
			}
		}
	}
	// Of 12 intervals at 95 %, more than 2 miss with a chance of 2 in 100 (binomial).
	if total-covered > 2 {
		t.Errorf("%d of %d intervals hold the truth", covered, total)
	}
}

func TestFindingIsWhole(t *testing.T) {
	findings := run(t, newWorld(ordinary(), 2), worldPlan(), 40)
	if len(findings) != 3 {
		t.Fatalf("%d findings", len(findings))
	}
	churn, tickets, control := findings[0], findings[1], findings[2]
	if churn.Design.ID != TargetTrials || tickets.Design.ID != StaggeredDiD || control.Outcome.Role != NegativeControl {
		t.Errorf("designs %s and %s, role %s", churn.Design.ID, tickets.Design.ID, control.Outcome.Role)
	}
	if churn.Outcome.Unit != "share of accounts" || tickets.Outcome.Unit != "support tickets per account-month" {
		t.Errorf("units %q and %q", churn.Outcome.Unit, tickets.Outcome.Unit)
	}
	for _, f := range findings {
		if f.Effect == nil || f.Naive == nil || len(f.Arms) != 2 || len(f.Balance) == 0 || len(f.Naive.Why) < 2 || len(f.Design.Rejected) == 0 {
			t.Fatalf("%s is not whole: %+v", f.Outcome.Name, f)
		}
		if got := f.Arms[0].Level - f.Arms[1].Level; math.Abs(got-f.Effect.Value) > 1e-12 {
			t.Errorf("%s: the arms differ by %v, the effect is %v", f.Outcome.Name, got, f.Effect.Value)
		}
		if n := len(f.Draws); n < 36 {
			t.Errorf("%s: %d draws", f.Outcome.Name, n)
		}
		for _, id := range neededForB {
			if _, found := f.check(id); !found {
				t.Errorf("%s: no check %s", f.Outcome.Name, id)
			}
		}
		for _, c := range f.Checks {
			if c.Name == "" || c.Detail == "" || c.Method == "" {
				t.Errorf("%s: check %+v", f.Outcome.Name, c)
			}
		}
		if p := f.Provenance; len(p.PlanHash) != 64 || p.Fingerprint == "" || p.Version != "test" || p.Seed != 1 || !p.DataFrom.Before(p.DataTo) {
			t.Errorf("provenance %+v", p)
		}
	}
	if len(churn.Curves) != 2 || len(churn.Curves[0].Points) != 13 || churn.Design.Trials == 0 {
		t.Errorf("curves %+v", churn.Curves)
	}
	reference := 0
	for _, e := range tickets.EventStudy {
		if e.Reference {
			reference = e.Period
		}
	}
	if reference != -1 || len(tickets.EventStudy) < 20 {
		t.Errorf("event study with reference %d and %d points", reference, len(tickets.EventStudy))
	}
}

func TestSameInputsGiveTheSameBytes(t *testing.T) {
	law := ordinary()
	law.accounts = 200
	bytes := func() string {
		text, err := json.Marshal(run(t, newWorld(law, 3), worldPlan(), 20))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if first, second := bytes(), bytes(); first != second {
		t.Error("two runs differ")
	}
	p := worldPlan()
	p.Outcomes = p.Outcomes[:1]
	p.NegativeControl = nil
	alone := run(t, newWorld(law, 3), p, 20)[0]
	among := run(t, newWorld(law, 3), worldPlan(), 20)[0]
	if alone.Effect == nil || *alone.Effect != *among.Effect {
		t.Error("another outcome in the plan changes a finding")
	}
}

func TestTooFewAccountsCannotTell(t *testing.T) {
	law := ordinary()
	law.accounts = 40
	for _, f := range run(t, newWorld(law, 1), worldPlan(), 40) {
		if f.Verdict.Answer != CannotTell || f.Verdict.Needed <= 0 {
			t.Errorf("%s: %+v", f.Outcome.Name, f.Verdict)
		}
	}
}

// TestEverybodyTrainsAtOnce leaves only a change: a launch for all accounts on
// one day has nobody to compare with.
func TestEverybodyTrainsAtOnce(t *testing.T) {
	law := ordinary()
	law.accounts, law.churn, law.train = 100, 0, math.Inf(-1)
	w := newWorld(law, 1)
	for _, a := range w.accounts {
		w.completed = append(w.completed, metric.FirstEvent{Person: a.ID + "p", Account: a.ID, Time: monthStart(22).AddDate(0, 0, 3)})
	}
	p := worldPlan()
	p.Outcomes = []OutcomeRef{{KPI: "tickets_per_account_month"}}
	f := run(t, w, p, 40)[0]
	if f.Design.ID != BeforeAfter || f.Grade.Letter != "D" || f.Verdict.Answer != CannotTell || !strings.Contains(f.Verdict.Headline, "a change, not an effect") {
		t.Errorf("%s, grade %s: %s", f.Design.ID, f.Grade.Letter, f.Verdict.Headline)
	}
}

// TestThinHistoryIsUnadjusted: with one month before training nothing stronger
// than a difference is left.
func TestThinHistoryIsUnadjusted(t *testing.T) {
	law := ordinary()
	law.accounts, law.months, law.churn, law.train = 100, 4, 0, math.Inf(-1)
	w := newWorld(law, 1)
	for i, a := range w.accounts {
		if i%2 == 0 {
			w.completed = append(w.completed, metric.FirstEvent{Person: a.ID + "p", Account: a.ID, Time: monthStart(1).AddDate(0, 0, 3)})
		}
	}
	p := worldPlan()
	p.Outcomes = []OutcomeRef{{KPI: "tickets_per_account_month"}}
	f := run(t, w, p, 40)[0]
	if f.Design.ID != ClusterDifference || f.Grade.Letter != "D" {
		t.Errorf("%s, grade %s: %s", f.Design.ID, f.Grade.Letter, f.Verdict.Headline)
	}
	p.Outcomes[0].Design = StaggeredDiD
	if _, err := Run(t.Context(), w, p, Options{}); fault.KindOf(err) != fault.InsufficientData || !strings.Contains(err.Error(), "two whole months") {
		t.Errorf("asked for staggered_did: %v", err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	small := func(n int) law { l := ordinary(); l.accounts = n; return l }
	with := func(change func(*Plan)) Plan { p := worldPlan(); change(&p); return p }
	all := newWorld(small(30), 1)
	all.completed = nil
	for _, a := range all.accounts {
		all.completed = append(all.completed, metric.FirstEvent{Person: "p", Account: a.ID, Time: monthStart(-2)})
	}
	two := newWorld(small(2), 1)
	two.completed = []metric.FirstEvent{{Person: "p", Account: two.accounts[0].ID, Time: monthStart(12)}}
	empty := newWorld(small(30), 1)
	empty.to = empty.from.AddDate(0, 0, 20)
	for _, tt := range []struct {
		name string
		src  Source
		plan Plan
		kind fault.Kind
		says string
	}{
		{"unknown course", newWorld(small(30), 1), with(func(p *Plan) { p.Treatment.Course = "onbording" }), fault.NotFound, `there is no course "onbording"; did you mean "onboarding"?; known are onboarding, untouched`},
		{"course nobody took", newWorld(small(30), 1), with(func(p *Plan) { p.Treatment.Course = "untouched" }), fault.InsufficientData, `nobody took course "untouched"`},
		{"verb nobody did", newWorld(small(30), 1), with(func(p *Plan) { p.Treatment.Verb = "passed" }), fault.InsufficientData, "name another verb"},
		{"share nobody reached", newWorld(small(60), 1), with(func(p *Plan) { p.Treatment.Share = 0.9 }), fault.InsufficientData, "lower share_of_seats or wait"},
		{"everybody before the data", all, worldPlan(), fault.InsufficientData, "had trained by Jan 2024, when the data begin"},
		{"two accounts", two, worldPlan(), fault.InsufficientData, "no comparison can be made of so few"},
		{"unknown KPI", newWorld(small(60), 1), with(func(p *Plan) { p.Outcomes[0].KPI = "churn" }), fault.NotFound, `there is no KPI "churn"`},
		{"KPI of people", newWorld(small(60), 1), with(func(p *Plan) { p.Outcomes[0].KPI = "score" }), fault.Invalid, "needs a KPI by account"},
		{"KPI without values", newWorld(small(60), 1), with(func(p *Plan) { p.Outcomes[0].KPI = "empty" }), fault.InsufficientData, "KPI empty has no value"},
		{"duration as a covariate", newWorld(small(60), 1), with(func(p *Plan) { p.Covariates.KPIs = []string{"time_to_value"} }), fault.Invalid, "only KPIs of accounts that are ratios"},
		{"no whole month", empty, worldPlan(), fault.InsufficientData, "the data hold no whole month yet"},
		{"empty population", newWorld(small(30), 1), with(func(p *Plan) { p.Population = "plan = 'gold'" }), fault.InsufficientData, "the population holds no account"},
		{"trials of a level", newWorld(ordinary(), 1), with(func(p *Plan) { p.Outcomes[1].Design = TargetTrials }), fault.InsufficientData, "this outcome is a level"},
		{"panel of an event", newWorld(ordinary(), 1), with(func(p *Plan) { p.Outcomes[0].Design = StaggeredDiD }), fault.InsufficientData, "happens once"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Run(t.Context(), tt.src, tt.plan, Options{Draws: 99})
			if fault.KindOf(err) != tt.kind || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("%s: %v\nwant %s: %s", fault.KindOf(err), err, tt.kind, tt.says)
			}
		})
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	done := 0
	_, err := Run(ctx, newWorld(ordinary(), 1), worldPlan(), Options{Draws: 40, Progress: func(int, int, string) {
		if done++; done == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestCoIntervention: a change for everybody is absorbed by the months. One for
// a plan that the adjustment knows is absorbed by the adjustment. One that
// follows training itself cannot be told from it.
func TestCoIntervention(t *testing.T) {
	w := newWorld(ordinary(), 1)
	trained := map[string]bool{}
	for _, e := range w.completed {
		trained[e.Account] = true
	}
	for i := range w.accounts {
		w.accounts[i].Fields["manager"] = map[bool]string{true: "yes", false: "no"}[trained[w.accounts[i].ID]]
	}
	p := worldPlan()
	p.Outcomes, p.NegativeControl, p.Covariates.KPIs = p.Outcomes[1:], nil, nil
	for scope, want := range map[string]CheckVerdict{"": Noted, "all": Noted, "plan = 'pro'": Noted, "manager = 'yes'": Failed} {
		w.others = []metric.Intervention{{From: monthStart(15), Name: "change", Kind: "price", Scope: scope}}
		f := run(t, w, p, 40)[0]
		c, _ := f.check(checkCoIntervention)
		if c.Verdict != want {
			t.Errorf("scope %q: %s: %s", scope, c.Verdict, c.Detail)
		}
		if want == Failed && f.Grade.Letter != "C" {
			t.Errorf("scope %q: grade %s", scope, f.Grade.Letter)
		}
	}
	w.others = []metric.Intervention{{From: monthStart(-40), Name: "long ago", Scope: "manager = 'yes'"}}
	f := run(t, w, p, 40)[0]
	if c, _ := f.check(checkCoIntervention); c.Verdict != Passed {
		t.Errorf("long ago: %s: %s", c.Verdict, c.Detail)
	}
}

// TestNegativeControlThatMoves caps the grade: here the control is the outcome
// that training does change.
func TestNegativeControlThatMoves(t *testing.T) {
	p := worldPlan()
	p.Outcomes = []OutcomeRef{{KPI: "tickets_per_account_month", Params: map[string]string{"topic": "billing"}}}
	p.NegativeControl = &OutcomeRef{KPI: "tickets_per_account_month"}
	f := run(t, newWorld(ordinary(), 1), p, 40)[0]
	if c, _ := f.check(checkNegativeControl); c.Verdict != Failed || f.Grade.Letter != "C" {
		t.Errorf("%s, grade %s: %s", c.Verdict, f.Grade.Letter, c.Detail)
	}
}

// TestTimeToValue: accounts reach their first value at a twentieth a month, a
// sixth once trained. Training does not depend on anything, so the truth is the
// difference of two geometric waits with later training among controls.
func TestTimeToValue(t *testing.T) {
	w := newWorld(law{accounts: 800, months: 30, train: -3, churn: 0}, 5)
	started := map[string]time.Time{}
	for _, e := range w.completed {
		started[e.Account] = e.Time
	}
	const slow, fast = 0.05, 1.0 / 6
	r := rand.New(rand.NewPCG(5, 2))
	for _, s := range w.spells {
		span := metric.UnitSpan{Unit: s.Account, Start: s.Start, End: w.to}
		for m := s.Start; m.Before(w.to); m = m.AddDate(0, 1, 0) {
			chance := slow
			if at, ok := started[s.Account]; ok && m.After(at) {
				chance = fast
			}
			if r.Float64() < chance {
				span.End, span.Event = m.AddDate(0, 0, 27), true
				break
			}
		}
		w.spans = append(w.spans, span)
	}
	p := worldPlan()
	p.Outcomes = []OutcomeRef{{KPI: "time_to_value", Horizon: 6}}
	f := run(t, w, p, 40)[0]
	odds := 1 / (1 + math.Exp(3.0))
	if truth := trueGap(slow, fast, odds, 6); f.Effect == nil || f.Effect.Low > truth || f.Effect.High < truth {
		t.Errorf("%+v does not hold %v", f.Effect, truth)
	}
	if f.Verdict.Answer != Better || f.Outcome.Direction != "higher" {
		t.Errorf("%s, %s is better: %s", f.Verdict.Answer, f.Outcome.Direction, f.Verdict.Headline)
	}
	if c, _ := f.check(checkPlacebo); c.Verdict != Passed || c.Effect == nil {
		t.Errorf("placebo %s: %s", c.Verdict, c.Detail)
	}
}

// TestOtherRules: with three of ten people trained at once, a laxer and a
// stricter share find the same accounts and so the same effect.
func TestOtherRules(t *testing.T) {
	w := newWorld(ordinary(), 2)
	for _, e := range w.completed {
		for _, person := range []string{"q", "r", "s", "t"} {
			w.completed = append(w.completed, metric.FirstEvent{Person: e.Account + person, Account: e.Account, Time: e.Time.Add(time.Hour)})
		}
	}
	p := worldPlan()
	p.Treatment.Share, p.Outcomes, p.NegativeControl = 0.3, p.Outcomes[1:], nil
	f := run(t, w, p, 40)[0]
	c, _ := f.check(checkRule)
	same := f.measure.full(*f.Effect)
	if want := "with 20 % of an account's seats it is " + same + "; with 45 % of an account's seats it is " + same; c.Verdict != Passed || !strings.Contains(plain(c.Detail), plain(want)) {
		t.Errorf("%s: %s\nwant %s", c.Verdict, c.Detail, want)
	}
}

// TestSustainedStrategy follows controls until they train themselves, so that
// its effect, without late training among them, is the larger one.
func TestSustainedStrategy(t *testing.T) {
	p := worldPlan()
	p.Outcomes, p.NegativeControl = []OutcomeRef{{KPI: "churn_rate"}}, nil
	w := newWorld(ordinary(), 4)
	started := run(t, w, p, 20)[0]
	p.Outcomes[0].Strategy = Sustained
	sustained := run(t, w, p, 20)[0]
	if sustained.Effect.Value >= started.Effect.Value || !strings.Contains(sustained.Design.Estimand, "sustained") {
		t.Errorf("sustained %v, as started %v: %s", sustained.Effect.Value, started.Effect.Value, sustained.Design.Estimand)
	}
}

// TestWithoutCovariates: nothing to balance and nothing to measure a hidden
// cause by, so the grade is C and says why.
func TestWithoutCovariates(t *testing.T) {
	p := worldPlan()
	p.Covariates = Covariates{}
	for _, f := range run(t, newWorld(ordinary(), 4), p, 20) {
		if f.Outcome.Role == NegativeControl {
			continue
		}
		if f.Grade.Letter != "C" || len(f.named(Impossible)) == 0 {
			t.Errorf("%s: grade %s, impossible %q", f.Outcome.Name, f.Grade.Letter, f.named(Impossible))
		}
	}
}
