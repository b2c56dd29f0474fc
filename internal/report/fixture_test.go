package report

import (
	"math"
	"time"

	"github.com/liftmark/liftmark/internal/study"
	"github.com/liftmark/liftmark/internal/value"
)

// The fixtures are invented numbers of a believable company; nothing is
// estimated from them.

func date(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

func at(x float64) *float64 { return &x }

func interval95(value, low, high float64) study.Effect {
	return study.Effect{Value: value, SE: (high - low) / 3.92, Low: low, High: high, Level: 0.95}
}

func provenance() study.Provenance {
	return study.Provenance{
		PlanHash:    "sha256:5d41402abc4b2a76b9719d911017c592a3f5c6d7e8b90a1b2c3d4e5f60718293",
		Fingerprint: "sha256:7d793037a0760186574b0282f2f435e7c1d2e3f405162738495a6b7c8d9e0f10",
		Version:     "0.1.0", Seed: 1, DataFrom: date(2024, 1, 1), DataTo: date(2026, 1, 1),
	}
}

func grade(letter string) study.Grade {
	g := study.Grade{Letter: letter, Reasons: []string{"same trend before training: passed", "arms alike after adjustment: passed"}, Raise: []string{"Randomise who is invited first, or hold a wait-list: that gives grade A."}}
	switch letter {
	case "A":
		g.Meaning = "chance decided who trained"
	case "B":
		g.Meaning = "compared with accounts that had not trained yet, and every attempt to break the result failed"
	case "C":
		g.Meaning = "adjusted, but a check failed or could not be made"
		g.Reasons = append(g.Reasons, "no other change at the same time: failed")
		g.Raise = append([]string{"A period in which training came without the other change."}, g.Raise...)
	case "D":
		g.Meaning = "not adjusted: a change, not an effect"
	}
	return g
}

func checks() []study.Check {
	return []study.Check{
		{ID: "pre_trend", Method: "pre_trend", Name: "Same trend before training", Verdict: study.Passed, Detail: "the six months before training differ by −0.01 tickets per account-month on average (−0.05 to 0.03)", P: at(0.62)},
		{ID: "placebo_date", Method: "placebo_date", Name: "No effect at a placebo date", Verdict: study.Passed, Detail: "training pretended six months early changes nothing: 0.02 (−0.05 to 0.09)", P: at(0.41)},
		{ID: "negative_control", Method: "negative_control", Name: "No effect on the negative control", Verdict: study.Passed, Detail: "billing tickets changed by 0.00 (−0.02 to 0.02)", P: at(0.87)},
		{ID: "balance", Method: "balance", Name: "Arms alike after adjustment", Verdict: study.Passed, Detail: "the largest of 9 differences is 0.06 standard deviations; it was 0.48 before"},
		{ID: "overlap", Method: "overlap", Name: "Comparable accounts in both arms", Verdict: study.Noted, Detail: "12 of 1,000 accounts had no counterpart and count less"},
		{ID: "co_intervention", Method: "co_intervention", Name: "No other change at the same time", Verdict: study.Failed, Detail: "live chat started on 1 Mar 2025, in the middle of the training wave", P: at(0.0004)},
		{ID: "hidden_confounding", Method: "hidden_confounding", Name: "Robust to hidden causes", Verdict: study.Passed, Detail: "a hidden cause would have to be 2.3 times as strong as seats, the strongest one observed"},
		{ID: "leave_one_out", Method: "leave_one_out", Name: "No single cohort decides", Verdict: study.Impossible, Detail: "all accounts that trained did so in two months"},
	}
}

func balance() []study.Balance {
	return []study.Balance{
		{Covariate: "Seats", Before: 0.48, After: 0.04},
		{Covariate: "Plan: enterprise", Before: 0.41, After: 0.03},
		{Covariate: "Product adoption rate, level before", Before: 0.37, After: -0.06},
		{Covariate: "Product adoption rate, trend before", Before: 0.22, After: 0.02},
		{Covariate: "Tickets, level before", Before: -0.18, After: 0.01},
		{Covariate: "Industry: software", Before: 0.12, After: 0.00},
		{Covariate: "Tenure in months", Before: 0.31, After: 0.05},
		{Covariate: "Region: EMEA", Before: -0.05, After: -0.01},
		{Covariate: "CSAT, level before", Before: 0.15, After: 0.06},
	}
}

// churnFinding is a time-to-event outcome that got better, grade B.
func churnFinding() study.Finding {
	e, rel := interval95(-0.0312, -0.0456, -0.0168), interval95(-0.27, -0.38, -0.15)
	return study.Finding{
		Study: "onboarding-churn", Question: "Did Onboarding Academy change churn within 12 months for all accounts?",
		Outcome:   study.Outcome{KPI: "churn_rate", Name: "Churn rate", Unit: "share of accounts", Direction: "lower", Role: "primary"},
		Treatment: "30 % of an account’s seats completed Onboarding Academy", Population: "all accounts",
		Design: study.Design{
			ID: "target_trials", Name: "sequential target trials", Why: "churn is an event in time and accounts started training in 18 different months",
			Method:   "For every month we took the accounts that had not trained by then and split them into those that trained in that month and those that did not. Both were watched from the same day on. Weights made the two alike in everything known before.",
			Rejected: []study.Rejected{{Design: "randomised", Reason: "no experiment was run"}},
			Horizon:  12, Trials: 18, Estimand: "accounts that trained, averaged over the months in which they started",
		},
		Effect: &e, Relative: &rel,
		Others: []study.NamedEffect{
			{Name: "risk ratio", Unit: "ratio", Effect: interval95(0.73, 0.62, 0.85)},
			{Name: "months kept (restricted mean survival time)", Unit: "months", Effect: interval95(0.19, 0.09, 0.29)},
			{Name: "hazard ratio", Unit: "ratio", Effect: interval95(0.71, 0.59, 0.84)},
		},
		Arms: []study.Arm{
			{Name: "trained", Units: 412, Rows: 412, Events: 35, Level: 0.0847},
			{Name: "not (yet) trained", Units: 961, Rows: 10450, Events: 1211, Level: 0.1159, EffectiveSize: 7120},
		},
		Naive: &study.Naive{
			Trained: 0.061, Untrained: 0.214, Difference: interval95(-0.153, -0.189, -0.117),
			Why: []string{
				"accounts that train are larger and keener: they would have stayed more often anyway",
				"an account has to stay long enough to train: those that left early all count as untrained",
			},
		},
		Checks: checks(), Balance: balance(), Curves: curves(), Grade: grade("B"),
		Verdict: study.Verdict{
			Answer:   study.Better,
			Headline: "Training cut churn within 12 months by 3.1 percentage points (95 % interval −4.6 to −1.7), grade B.",
			HowSure:  "The interval leaves out zero, on the good side. 6 checks passed.", Natural: "about 3 fewer of every 100 accounts leave within 12 months",
		},
		Caveats: []string{"accounts in their first three months are not part of the comparison"}, Provenance: provenance(),
	}
}

func curves() []study.Curve {
	arm := func(name string, hazard, width float64, n int) study.Curve {
		c := study.Curve{Arm: name}
		for m := 0; m <= 12; m++ {
			s, w := math.Pow(1-hazard, float64(m)), width*math.Sqrt(float64(m))
			c.Points = append(c.Points, study.CurvePoint{Period: m, Survival: s, Low: s - w, High: math.Min(1, s+w), AtRisk: n - n*m/30})
		}
		return c
	}
	return []study.Curve{arm("trained", 0.00735, 0.0038, 412), arm("not (yet) trained", 0.01021, 0.0019, 10450)}
}

// ticketFinding is a panel outcome that got better, grade C.
func ticketFinding() study.Finding {
	e, rel := interval95(-0.238, -0.312, -0.164), interval95(-0.22, -0.29, -0.15)
	f := churnFinding()
	f.Study, f.Question = "onboarding-tickets", "Did Onboarding Academy change support tickets for all accounts?"
	f.Outcome = study.Outcome{KPI: "tickets_per_account_month", Name: "Support tickets per account and month", Unit: "tickets per account-month", Direction: "lower", Role: "primary"}
	f.Design = study.Design{
		ID: "staggered_did", Name: "staggered difference-in-differences (Callaway–Sant’Anna)", Why: "tickets are counted every month and there are 14 months before the first training",
		Method:   "Each group of accounts that started in the same month was compared with accounts that had not started yet, before and after. What both share, such as seasons and releases, cancels out.",
		Estimand: "accounts that trained, averaged over groups by size",
	}
	f.Effect, f.Relative, f.Others = &e, &rel, nil
	f.Arms = []study.Arm{{Name: "trained", Units: 412, Rows: 4980, Level: 0.84}, {Name: "not (yet) trained", Units: 588, Rows: 10220, Level: 1.078}}
	f.Naive = &study.Naive{Trained: 1.21, Untrained: 0.98, Difference: interval95(0.23, 0.17, 0.29), Why: []string{"larger accounts train more and open more tickets, trained or not"}}
	f.Curves, f.EventStudy, f.Caveats = nil, events(), nil
	f.Grade = grade("C")
	f.Verdict = study.Verdict{
		Answer:   study.Better,
		Headline: "Training cut tickets by 0.24 per account and month (95 % interval −0.31 to −0.16), grade C.",
		HowSure:  "The interval leaves out zero, on the good side. Failed: no other change at the same time.", Natural: "about 2 fewer tickets per 10 accounts each month",
	}
	return f
}

func events() []study.EventPoint {
	var out []study.EventPoint
	for p := -8; p <= 12; p++ {
		v, half := 0.02*math.Sin(float64(3*p)), 0.055+0.004*math.Abs(float64(p))
		if p >= 0 {
			v += -0.27 * (1 - math.Exp(-float64(p+1)/2.5))
		}
		point := study.EventPoint{Period: p, Effect: interval95(v, v-half, v+half), BandLow: v - 1.55*half, BandHigh: v + 1.55*half, Treated: 412 - 12*max(p, 0), Controls: 588}
		if p == -1 {
			point = study.EventPoint{Period: p, Effect: study.Effect{Level: 0.95}, Reference: true, Treated: 412, Controls: 588}
		}
		out = append(out, point)
	}
	return out
}

// cannotTell is an outcome with too few accounts.
func cannotTell() study.Finding {
	f := ticketFinding()
	e := interval95(41, -180, 262)
	f.Study = "onboarding-expansion"
	f.Outcome = study.Outcome{KPI: "expansion_revenue", Name: "Expansion revenue", Unit: "EUR per account-month", Direction: "higher", Role: "primary"}
	f.Question = "Did Onboarding Academy change expansion revenue for accounts on the free plan?"
	f.Effect, f.Relative, f.EventStudy, f.Naive = &e, nil, nil, nil
	f.Arms = []study.Arm{{Name: "trained", Units: 17, Rows: 204, Level: 412}, {Name: "not (yet) trained", Units: 63, Rows: 900, Level: 371}}
	f.Grade = grade("C")
	f.Verdict = study.Verdict{
		Answer: study.CannotTell, Needed: 340,
		Headline: "We cannot tell yet whether training changed expansion revenue: the estimate is 41 (95 % interval −180 to 262), and an answer takes about 340 more accounts.",
		HowSure:  "There are too few data: only 17 accounts trained (20 are the least).",
	}
	return f
}

func guard() study.Finding {
	f := ticketFinding()
	e := interval95(0.6, -2.1, 3.3)
	f.Study = "onboarding-nps"
	f.Outcome = study.Outcome{KPI: "nps_product", Name: "NPS of the product", Unit: "points", Direction: "higher", Role: "guard"}
	f.Effect, f.Relative, f.EventStudy = &e, nil, nil
	f.Verdict = study.Verdict{Answer: study.NoEffect, Headline: "Training made no clear difference to NPS: 1 points (95 % interval −2 to 3), grade C."}
	return f
}

func control() study.Finding {
	f := guard()
	e := interval95(0.002, -0.018, 0.022)
	f.Study = "onboarding-billing"
	f.Outcome = study.Outcome{KPI: "tickets_per_account_month", Name: "Billing tickets per account and month", Unit: "tickets per account-month", Direction: "lower", Role: "negative_control"}
	f.Effect = &e
	f.Verdict = study.Verdict{Answer: study.NoEffect, Headline: "Training made no clear difference to billing tickets: 0.00 per account and month (95 % interval −0.02 to 0.02), grade C."}
	return f
}

func kpis() []KPIRow {
	trend := func(values ...float64) []Point {
		var out []Point
		for n, v := range values {
			out = append(out, Point{From: date(2025, 1+n, 1), Value: v})
		}
		return out
	}
	return []KPIRow{
		{ID: "retention_post_training", Name: "Customer Retention Post-Training", Unit: "share of accounts", Direction: "higher", Value: at(0.8712), Low: at(0.841), High: at(0.897), N: 412, Of: "accounts",
			Band: &Band{Name: "strong", Rule: "above 85 %", Tone: Good}, Target: at(0.85), Trend: trend(0.81, 0.82, 0.815, 0.84, 0.85, 0.86, 0.855, 0.87, 0.871, 0.868, 0.87, 0.8712)},
		{ID: "churn_rate", Name: "Churn rate", Unit: "share of accounts", Direction: "lower", Value: at(0.104), Low: at(0.088), High: at(0.121), N: 1000, Of: "accounts at the start",
			Band: &Band{Name: "moderate", Rule: "5 % to 15 %", Tone: Middle}, Target: at(0.05), Trend: trend(0.12, 0.118, 0.121, 0.11, 0.108, 0.104), Note: "accounts that left ÷ accounts at the start of the period"},
		{ID: "tickets_per_account_month", Name: "Support tickets per account and month", Unit: "tickets per account-month", Direction: "lower", Value: at(1.062), Low: at(1.01), High: at(1.114), N: 11412, Of: "account-months", Trend: trend(1.21, 1.15, 1.062)},
		{ID: "completion_rate", Name: "Completion rate", Unit: "share of learners", Direction: "higher", Value: at(0.414), Low: at(0.398), High: at(0.43), N: 3655, Of: "started",
			Band: &Band{Name: "low", Rule: "below 50 %", Tone: Bad}, Trend: trend(0.39, 0.41, 0.414)},
		{ID: "support_cost", Name: "Support cost", Unit: "EUR per account-month", Direction: "lower", Value: at(18.42), Low: at(17.1), High: at(19.7), N: 11412, Of: "account-months", Trend: trend(18.42)},
		{ID: "nps_education", Name: "NPS of the education", Unit: "points", Direction: "higher", N: 0, Of: "answers", Note: "no answer in this period"},
	}
}

func money(median, low, high float64) value.MoneyRange {
	return value.MoneyRange{Median: int64(100 * median), Low: int64(100 * low), High: int64(100 * high)}
}

func worth() *value.Result {
	effect := value.Range{Median: -0.0312, Low: -0.0432, High: -0.0192}
	return &value.Result{
		Currency: "EUR", MinorDigits: 2, HorizonMonths: 24, DiscountRate: 0.1, Draws: 10000, Seed: 1, IntervalLevel: 0.9,
		TotalBenefit: money(512300, 311200, 742800), TotalCost: money(124600, 118200, 133900), NetValue: money(387100, 184900, 619400), NPV: money(341800, 160300, 551200),
		ROI:              value.Metric{Range: &value.Range{Median: 3.1, Low: 1.47, High: 5.02}},
		BenefitCostRatio: value.Metric{Range: &value.Range{Median: 4.1, Low: 2.47, High: 6.02}},
		Payback:          value.Payback{Median: at(7.4), Low: at(4.9), High: at(13.1), Share: 0.998}, ProbPositiveROI: at(0.9987),
		Benefits: []value.BenefitResult{
			{Label: "Accounts kept", Kind: value.RetainedRevenue, Stamp: "finding onboarding-churn, grade B", Backing: value.Backing{Source: "finding", FindingID: "onboarding-churn", Grade: "B", Effect: &effect}, Units: value.Range{Median: 412, Low: 412, High: 412}, Months: 24, Amount: money(298400, 161200, 449100)},
			{Label: "Support tickets avoided", Kind: value.SupportCostAvoided, Stamp: "finding onboarding-tickets, grade C", Backing: value.Backing{Source: "finding", Grade: "C"}, Units: value.Range{Median: 412, Low: 412, High: 412}, Months: 24, Amount: money(141900, 97800, 187200)},
			{Label: "Hours saved by account managers", Kind: value.Productivity, Assumed: true, Stamp: "assumed", Backing: value.Backing{Source: "assumed"}, Units: value.Range{Median: 412, Low: 412, High: 412}, Months: 24, Amount: money(71200, 28800, 131400)},
		},
		ByBacking: []value.BackingShare{{Backing: "B", Amount: money(298400, 161200, 449100)}, {Backing: "C", Amount: money(141900, 97800, 187200)}, {Backing: "assumed", Amount: money(71200, 28800, 131400)}},
		Costs: []value.CostResult{
			{Label: "Course production", Category: value.Creation, Provenance: value.Recorded, Amount: money(38000, 38000, 38000)},
			{Label: "Learning platform", Category: value.Platform, Provenance: value.Recorded, Amount: money(24000, 24000, 24000)},
			{Label: "Learners’ time", Category: value.LearnerTime, Provenance: value.Planned, Amount: money(62600, 56200, 71900)},
		},
		NotPriced:   []value.NotPriced{{Label: "Expansion", Finding: "onboarding-expansion", Reason: "not priced: the finding cannot tell yet"}},
		Intangibles: []value.IntangibleResult{{Label: "Satisfaction", Note: "surveyed twice a year", Backing: &value.Backing{Source: "finding", Grade: "C"}}},
		Waterfall: []value.Step{
			{Label: "Accounts kept", Kind: "benefit", Amount: money(298400, 161200, 449100)},
			{Label: "Support tickets avoided", Kind: "benefit", Amount: money(141900, 97800, 187200)},
			{Label: "Hours saved by account managers", Kind: "benefit", Assumed: true, Amount: money(71200, 28800, 131400)},
			{Label: "Course production", Kind: "cost", Amount: money(-38000, -38000, -38000)},
			{Label: "Learning platform", Kind: "cost", Amount: money(-24000, -24000, -24000)},
			{Label: "Learners’ time", Kind: "cost", Amount: money(-62600, -71900, -56200)},
			{Label: "Net value", Kind: "net", Amount: money(387100, 184900, 619400)},
		},
		Tornado: value.Tornado{Measure: "roi", Bars: []value.TornadoBar{
			{Input: "Effect on churn", Low: 0.0192, High: 0.0432, AtLow: 2.05, AtHigh: 4.21, Swing: 2.16},
			{Input: "Hours saved by account managers", Assumed: true, Low: 0.5, High: 2.2, AtLow: 2.72, AtHigh: 3.63, Swing: 0.91},
			{Input: "Effect on tickets", Low: 0.176, High: 0.3, AtLow: 2.71, AtHigh: 3.49, Swing: 0.78},
			{Input: "Learners’ time", Low: 56.2, High: 71.9, AtLow: 3.32, AtHigh: 2.81, Swing: 0.51},
		}},
		BreakEven: value.BreakEven{Scale: at(0.12), Lines: []value.LineBreakEven{
			{Label: "Accounts kept", Finding: "onboarding-churn", Unit: "share of accounts", Estimate: -0.0312, Note: "even with no effect the other lines cover the costs"},
			{Label: "Support tickets avoided", Finding: "onboarding-tickets", Unit: "tickets per account-month", Estimate: -0.238, Effect: at(0.41)},
		}},
		Conservative: value.Conservative{Rule: "the worse end of each finding’s interval, first-year benefits only, assumed lines at 0, costs in full", Benefit: 18930000, Cost: 12460000, Net: 6470000, NPV: 5980000, ROI: at(0.52), BCR: at(1.52), PaybackMonths: at(9.2)},
		Warnings:     []value.Warning{{Name: "tickets_inside_churn", Message: "Tickets of accounts that left are counted once only", Rule: "The ticket line counts accounts that stayed", Lines: []string{"Support tickets avoided"}, RemovedMinor: 412300}},
	}
}

func full() Impact {
	return Impact{
		Title: "Onboarding Academy", Company: "Northwind Analytics", From: date(2025, 1, 1), To: date(2026, 1, 1),
		Findings: []study.Finding{churnFinding(), ticketFinding(), cannotTell(), guard(), control()},
		KPIs:     kpis(), Value: worth(), Version: "0.1.0",
		Caveats: []string{"live chat started in March 2025, within the training wave: its effect cannot be told apart from that of training on tickets", "people who changed their e-mail address before 2024 may count twice"},
	}
}

func undecided() Impact {
	f := cannotTell()
	f.Effect = nil
	f.Grade = study.Grade{Meaning: "No effect could be estimated, so there is nothing to grade."}
	f.Arms = []study.Arm{{Name: "trained", Units: 2, Rows: 20}, {Name: "not (yet) trained", Units: 0}}
	f.Verdict = study.Verdict{Answer: study.CannotTell, Needed: 40, Headline: "We cannot tell yet whether training changed expansion revenue: only two accounts exist.", HowSure: "There is no estimate."}
	f.Naive = &study.Naive{Trained: 412, Untrained: 371, Difference: interval95(41, -180, 262), Why: []string{"two accounts are no comparison"}}
	return Impact{Title: "Onboarding Academy", Company: "Northwind Analytics", From: date(2025, 1, 1), To: date(2026, 1, 1), Findings: []study.Finding{f}, Version: "0.1.0"}
}

// hostile holds text that tries to leave its place in HTML, SVG and Markdown,
// and names that are long, from right to left, or pictures.
func hostile() Impact {
	const script = `</title></svg><script>alert("x")</script><img src=x onerror=alert(1)>`
	i := full()
	i.Title, i.Company = script, "חברה בע״מ 🦊 <b>"
	for n := range i.Findings {
		f := &i.Findings[n]
		f.Outcome.Name += script
		f.Question, f.Treatment, f.Population, f.Study = script, script, "plan = '<script>' | `x` [a](javascript:alert(1))", script
		f.Outcome.Unit += " <i>"
		f.Verdict.Headline, f.Verdict.HowSure, f.Verdict.Natural = script, script, script
		f.Grade.Meaning, f.Grade.Reasons, f.Grade.Raise = script, []string{script}, []string{script}
		f.Caveats = []string{script, "# not a heading", "| not | a | table |"}
		f.Design.Name, f.Design.Method, f.Design.Why = script, script, script
		f.Provenance.PlanHash, f.Provenance.Version = script, script
		f.Arms = append([]study.Arm(nil), f.Arms...)
		f.Balance = append([]study.Balance(nil), f.Balance...)
		for k := range f.Arms {
			f.Arms[k].Name = "קבוצה" + script
		}
		for k := range f.Balance {
			f.Balance[k].Covariate = "ThisIsAVeryLongAttributeNameWithoutAnySpaceThatSomebodyTypedIntoTheirCRM" + script
		}
		for k := range f.Curves {
			f.Curves[k].Arm = "קבוצה" + script
		}
		for k := range f.Checks {
			f.Checks[k].Name, f.Checks[k].Detail = script, script
		}
	}
	for n := range i.KPIs {
		i.KPIs[n].Name, i.KPIs[n].Unit, i.KPIs[n].Of, i.KPIs[n].Note = script, script, script, script
	}
	i.KPIs[0].Band = &Band{Name: script, Rule: script, Tone: Tone(script)}
	for n := range i.Value.Waterfall {
		i.Value.Waterfall[n].Label = "🦊🦊🦊 עלות " + script
	}
	i.Value.Tornado.Bars[0].Input, i.Value.Benefits[0].Label, i.Value.Costs[0].Label = script, script, script
	i.Value.Currency, i.Value.Conservative.Rule = "EUR", script
	i.Caveats = []string{script}
	return i
}
