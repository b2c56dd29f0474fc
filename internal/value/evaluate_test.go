package value_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/value"
	"github.com/liftmark/liftmark/stat"
)

// repeated gives a finding without uncertainty.
func repeated(effect float64, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = effect
	}
	return out
}

const caseFile = `
currency: EUR
horizon_months: 20
discount_rate: 0.10
exposed: {accounts: 100, learners: 300}
costs:
  - {category: creation, label: Production, amount: 2000}
  - {category: platform, label: Licence, amount: 50, every: month}
  - {category: learner_time, label: Hours, amount: 10, per: learner}
  - {category: staff_time, label: Review, amount: 400, every: year}
benefits:
  - {kind: retained_revenue, label: Accounts kept, finding: churn, value_per_unit: 50, margin: 0.8}
  - {kind: support_cost_avoided, label: Fewer tickets, finding: tickets_per_account_month, value_per_unit: 20}
  - {kind: productivity, label: Time saved, assumed: 0.5, value_per_unit: 6, months: 10}
  - {kind: custom, label: Referrals, finding: referrals, value_per_unit: 5, accrual: once}
intangibles:
  - {label: Satisfaction, finding: csat, note: reported by customers}
`

func caseFindings() []value.Finding {
	return []value.Finding{
		{ID: "churn", KPI: "churn_rate", Unit: "share of accounts", Grade: "B", LowerIsBetter: true, Draws: repeated(-0.1, 400), HorizonMonths: 10},
		{ID: "tickets", KPI: "tickets_per_account_month", Unit: "tickets", Grade: "D", LowerIsBetter: true, Draws: repeated(-0.2, 400)},
		{ID: "referrals", KPI: "referral_rate", CannotTell: true},
		{ID: "csat", KPI: "csat", Grade: "C", Draws: repeated(0.03, 10)},
	}
}

func mustParse(t *testing.T, file string) value.Model {
	t.Helper()
	m, err := value.Parse("roi.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every number by hand.
//
//	kept:    0.1 × 100 accounts × 50 a month × 0.8 = 400 a month once built up;
//	         months 1–10 earn (t-0.5)/10 of it, 5 in all, months 11–20 all: 15 × 400 = 6,000.
//	tickets: 0.2 × 100 × 20 = 400 a month, less the share kept: 20 - 0.1 × 15 = 18.5 months: 7,400
//	         (600 taken away).
//	time:    0.5 × 100 × 6 × 10 months = 3,000, assumed.
//	cost:    2,000 + 50 × 20 + 10 × 300 + 400 × 2 = 6,800.
func TestEvaluateByHand(t *testing.T) {
	r := evaluate(t, mustParse(t, caseFile), value.Inputs{Findings: caseFindings()})
	amounts := map[string]int64{}
	for _, b := range r.Benefits {
		amounts[b.Label] = b.Amount.Median
		if b.Amount.Low != b.Amount.High {
			t.Errorf("%s has an interval without uncertainty: %+v", b.Label, b.Amount)
		}
	}
	for _, c := range r.Costs {
		amounts[c.Label] = c.Amount.Median
		if c.Provenance != value.Planned {
			t.Errorf("%s: provenance %q", c.Label, c.Provenance)
		}
	}
	for label, want := range map[string]int64{
		"Accounts kept": 600000, "Fewer tickets": 740000, "Time saved": 300000,
		"Production": 200000, "Licence": 100000, "Hours": 300000, "Review": 80000,
	} {
		if amounts[label] != want {
			t.Errorf("%s: %d, want %d", label, amounts[label], want)
		}
	}
	if r.TotalBenefit.Median != 1640000 || r.TotalCost.Median != 680000 || r.NetValue.Median != 960000 {
		t.Errorf("totals %+v, %+v, %+v", r.TotalBenefit, r.TotalCost, r.NetValue)
	}
	if !near(r.ROI.Median, 9600./6800, 1e-12) || *r.ProbPositiveROI != 1 {
		t.Errorf("ROI %+v, P %v", r.ROI, *r.ProbPositiveROI)
	}
}

func TestBackingAndNotPriced(t *testing.T) {
	r := evaluate(t, mustParse(t, caseFile), value.Inputs{Findings: caseFindings()})
	if len(r.NotPriced) != 1 || r.NotPriced[0].Label != "Referrals" || !strings.HasPrefix(r.NotPriced[0].Reason, "not priced: ") {
		t.Errorf("not priced %+v", r.NotPriced)
	}
	stamps := map[string]string{}
	for _, b := range r.Benefits {
		stamps[b.Label] = b.Stamp
		if b.Assumed != (b.Stamp == "assumed") {
			t.Errorf("%s: assumed %v, stamp %q", b.Label, b.Assumed, b.Stamp)
		}
	}
	if stamps["Accounts kept"] != "finding churn, grade B" || stamps["Fewer tickets"] != "finding tickets, grade D" || stamps["Time saved"] != "assumed" {
		t.Errorf("stamps %v", stamps)
	}
	var backing []string
	for _, b := range r.ByBacking {
		backing = append(backing, b.Backing)
	}
	if !slices.Equal(backing, []string{"B", "D", "assumed"}) {
		t.Errorf("backing %v", backing)
	}
	if len(r.Intangibles) != 1 || r.Intangibles[0].Backing == nil || r.Intangibles[0].Backing.Effect.Median != 0.03 {
		t.Errorf("intangibles %+v", r.Intangibles)
	}
	last := r.Waterfall[len(r.Waterfall)-1]
	if len(r.Waterfall) != 8 || last.Kind != "net" || last.Amount != r.NetValue || r.Waterfall[3].Amount.Median != -200000 {
		t.Errorf("waterfall %+v", r.Waterfall)
	}
}

func warning(r *value.Result, name string) *value.Warning {
	for i := range r.Warnings {
		if r.Warnings[i].Name == name {
			return &r.Warnings[i]
		}
	}
	return nil
}

func TestGuardTicketsOfChurnedAccounts(t *testing.T) {
	r := evaluate(t, mustParse(t, caseFile), value.Inputs{Findings: caseFindings()})
	w := warning(r, value.WarnTicketsOfChurned)
	if w == nil || w.RemovedMinor != 60000 || !slices.Equal(w.Lines, []string{"Fewer tickets", "Accounts kept"}) || w.Rule == "" {
		t.Errorf("warning %+v", w)
	}
	if warning(r, value.WarnWeakFinding) == nil {
		t.Error("no warning of the grade D finding")
	}
	m := mustParse(t, caseFile)
	m.Benefits[1].Population = "another country"
	apart := evaluate(t, m, value.Inputs{Findings: caseFindings()})
	if warning(apart, value.WarnTicketsOfChurned) != nil || apart.Benefits[1].Amount.Median != 800000 {
		t.Errorf("other population: %+v", apart.Benefits[1])
	}
}

// Retained revenue is 500 × w(t) a month with w = 0.05, 0.15, …; expansion net
// of churn is 300 a month, of which 275 + 225 + 175 + 125 + 75 + 25 = 900 lie
// above it.
func TestGuardNetRevenueRetention(t *testing.T) {
	m := mustParse(t, `
currency: EUR
horizon_months: 20
exposed: {accounts: 100}
costs: [{category: other, label: All, amount: 1000}]
benefits:
  - {kind: retained_revenue, label: Kept, finding: churn, value_per_unit: 50, margin: 1}
  - {kind: expansion, label: Net revenue, assumed: 3, value_per_unit: 1, margin: 1, includes_churn: true}
`)
	r := evaluate(t, m, value.Inputs{Findings: caseFindings()})
	if got := r.Benefits[1].Amount.Median; got != 90000 {
		t.Errorf("net revenue beyond retention %d, want 90000", got)
	}
	if w := warning(r, value.WarnNetRevenueRetention); w == nil || w.RemovedMinor != 510000 {
		t.Errorf("warning %+v", w)
	}
	m.Benefits[1].IncludesChurn = false // 300 × (20 - 0.1 × 15) = 5,550
	r = evaluate(t, m, value.Inputs{Findings: caseFindings()})
	if got := r.Benefits[1].Amount.Median; got != 555000 || warning(r, value.WarnExpansionOfRetained) == nil {
		t.Errorf("expansion of accounts that stay anyway %d, want 555000", got)
	}
	m.Benefits[0].Accrual = value.Monthly
	r = evaluate(t, m, value.Inputs{Findings: caseFindings()})
	if got := r.Benefits[1].Amount.Median; got != 600000 || warning(r, value.WarnOverlapNotRemoved) == nil {
		t.Errorf("expansion without a share kept %d, want 600000 and a warning", got)
	}
}

// 1,000 now, 100 a month for 24 months at 10 %: -1,000 + 1,200/1.1 + 1,200/1.21,
// paid back after 10 months.
func TestPresentValueAndPayback(t *testing.T) {
	m := mustParse(t, `
currency: EUR
horizon_months: 24
discount_rate: 0.1
costs: [{category: other, label: All, amount: 1000}]
benefits: [{kind: productivity, label: Hours, assumed: 1, units: 1, value_per_unit: 100}]
`)
	r := evaluate(t, m, value.Inputs{})
	if want := int64(math.Round(100 * (-1000 + 1200/1.1 + 1200/1.21))); r.NPV.Median != want {
		t.Errorf("NPV %d, want %d", r.NPV.Median, want)
	}
	if r.Payback.Median == nil || !near(*r.Payback.Median, 10, 1e-12) || r.Payback.Share != 1 {
		t.Errorf("payback %+v", r.Payback)
	}
	m.Costs[0].Amount = value.Known(1e6)
	if r = evaluate(t, m, value.Inputs{}); r.Payback.Median != nil || r.Payback.Share != 0 {
		t.Errorf("payback that never comes: %+v", r.Payback)
	}
}

// The churn effect is -0.05 to -0.15, evenly: benefits are 3,000 to 9,000 and
// the cost 6,000, so that half the draws pay.
func TestUncertainFinding(t *testing.T) {
	m := mustParse(t, `
currency: EUR
horizon_months: 20
costs: [{category: other, label: All, amount: 6000}]
benefits: [{kind: retained_revenue, label: Kept, finding: churn, value_per_unit: 50, margin: 0.8, units: 100}]
`)
	f := value.Finding{ID: "churn", Unit: "share", Grade: "B", LowerIsBetter: true, HorizonMonths: 10}
	for i := range 1000 {
		f.Draws = append(f.Draws, -0.05-0.1*(float64(i)+0.5)/1000)
	}
	f.Interval = stat.Interval{Low: -0.15, High: -0.06, Level: 0.95}
	r := evaluate(t, m, value.Inputs{Findings: []value.Finding{f}, Draws: 2000, Seed: 3})
	if !near(*r.ProbPositiveROI, 0.5, 0.002) || !near(r.ROI.Median, 0, 0.002) || !near(r.ROI.Low, 0.55-1, 0.002) || !near(r.ROI.High, 1.45-1, 0.002) {
		t.Errorf("P %v, ROI %+v", *r.ProbPositiveROI, *r.ROI.Range)
	}
	be := r.BreakEven
	if be.Scale == nil || !near(*be.Scale, 1, 1e-9) || len(be.Lines) != 1 || be.Lines[0].Effect == nil || !near(*be.Lines[0].Effect, -0.1, 1e-9) {
		t.Errorf("break-even %+v", be)
	}
	// Worse end 0.06; the first year earns 5 + 2 of the 15 month weights:
	// 0.06 × 100 × 40 × 7 = 1,680.
	if c := r.Conservative; c.Benefit != 168000 || c.Cost != 600000 || !near(*c.ROI, (1680.-6000)/6000, 1e-12) || c.PaybackMonths != nil {
		t.Errorf("conservative %+v", c)
	}
	if b := r.Tornado.Bars; len(b) != 1 || b[0].Input != "effect: churn" || !near(b[0].Swing, 0.9, 0.01) || r.Tornado.Measure != "roi" {
		t.Errorf("tornado %+v", r.Tornado)
	}
}

func TestConservativeDropsAssumptions(t *testing.T) {
	c := evaluate(t, lump(50000, 10000), value.Inputs{}).Conservative
	if c.Benefit != 0 || c.ROI == nil || *c.ROI != -1 || c.Rule == "" {
		t.Errorf("conservative %+v", c)
	}
}

const uncertainFile = `
currency: USD
horizon_months: 12
discount_rate: 0.08
exposed: {accounts: {normal: [200, 10]}}
costs:
  - {category: creation, label: Production, amount: {triangular: [5000, 8000, 15000]}}
  - {category: delivery, label: Trainers, amount: {lognormal: [20, 40]}, per: account}
benefits:
  - {kind: support_cost_avoided, label: Fewer tickets, finding: tickets, value_per_unit: {triangular: [10, 20, 25]}}
  - {kind: productivity, label: Time saved, assumed: {triangular: [0, 0.2, 1]}, value_per_unit: 10}
`

func uncertainFindings() []value.Finding {
	f := value.Finding{ID: "tickets", Grade: "B", LowerIsBetter: true}
	for i := range 999 {
		f.Draws = append(f.Draws, -0.3+0.4*math.Sin(float64(i)))
	}
	return []value.Finding{f}
}

func TestEqualInputsGiveEqualBytes(t *testing.T) {
	run := func(m value.Model, seed uint64) ([]byte, *value.Result) {
		r := evaluate(t, m, value.Inputs{Findings: uncertainFindings(), Seed: seed})
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return b, r
	}
	m := mustParse(t, uncertainFile)
	a, first := run(m, 1)
	b, _ := run(m, 1)
	if !bytes.Equal(a, b) {
		t.Error("equal inputs give different bytes")
	}
	if c, _ := run(m, 2); bytes.Equal(a, c) {
		t.Error("another seed gives the same bytes")
	}
	m.Costs = append(m.Costs, value.CostLine{Category: value.OtherCost, Label: "One more", Amount: value.Known(5)})
	if _, more := run(m, 1); more.Benefits[0].Amount != first.Benefits[0].Amount || more.Costs[0].Amount != first.Costs[0].Amount {
		t.Error("a new line changes the draws of others")
	}
	for _, key := range []string{`"total_benefit":{"median_minor":`, `"roi":{"median":`, `"benefit_cost_ratio":`, `"prob_positive_roi":`, `"not_priced":[]`, `"break_even":{`, `"swing":`} {
		if !bytes.Contains(a, []byte(key)) {
			t.Errorf("result lacks %s", key)
		}
	}
	lists := bytes.ReplaceAll(a, []byte(`_months":null`), nil) // months that never come
	if bytes.Contains(lists, []byte("null")) {
		t.Errorf("result holds null: %s", a)
	}
}

func TestTornadoIsRankedAndNetConsistent(t *testing.T) {
	r := evaluate(t, mustParse(t, uncertainFile), value.Inputs{Findings: uncertainFindings()})
	bars := r.Tornado.Bars
	if len(bars) != 6 {
		t.Fatalf("%d bars: %+v", len(bars), bars)
	}
	if !slices.IsSortedFunc(bars, func(a, b value.TornadoBar) int { return int(math.Copysign(1, b.Swing-a.Swing)) }) {
		t.Errorf("bars are not ranked: %+v", bars)
	}
	for _, b := range bars {
		if b.Assumed != strings.Contains(b.Input, "assumed") {
			t.Errorf("bar %+v", b)
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, err := value.Parse("roi.yaml", []byte(uncertainFile))
		if err != nil {
			t.Fatal(err)
		}
		in := value.Inputs{Findings: uncertainFindings(), Draws: 200, Seed: rapid.Uint64().Draw(t, "seed")}
		m.Costs[0].Amount = value.Known(rapid.Float64Range(1, 1e6).Draw(t, "cost"))
		r, err := value.Evaluate(m, in)
		if err != nil {
			t.Fatal(err)
		}
		if !near(r.BenefitCostRatio.Median, r.ROI.Median+1, 1e-9) || !near(r.BenefitCostRatio.Low, r.ROI.Low+1, 1e-9) {
			t.Fatalf("ratio %+v, ROI %+v", *r.BenefitCostRatio.Range, *r.ROI.Range)
		}
		for _, mr := range []value.MoneyRange{r.TotalBenefit, r.TotalCost, r.NetValue, r.NPV} {
			if mr.Low > mr.Median || mr.Median > mr.High {
				t.Fatalf("range %+v", mr)
			}
		}
		more := m
		more.Costs = append(slices.Clone(m.Costs), value.CostLine{Category: value.Platform, Label: "More", Amount: value.Known(1000)})
		dearer, err := value.Evaluate(more, in)
		if err != nil {
			t.Fatal(err)
		}
		if d := r.NetValue.Median - dearer.NetValue.Median; d < 99999 || d > 100001 || *dearer.ProbPositiveROI > *r.ProbPositiveROI {
			t.Fatalf("a cost of 1,000 more changes the net value by %d", d)
		}
	})
}

func TestEvaluateErrors(t *testing.T) {
	ok := lump(10, 5)
	for _, tt := range []struct {
		name string
		m    value.Model
		in   value.Inputs
		says string
	}{
		{"few draws", ok, value.Inputs{Draws: 50}, "50 draws"},
		{"huge amounts", lump(1e300, 5), value.Inputs{}, "beyond"},
		{"two findings of a KPI", mustParse(t, caseFile), value.Inputs{Findings: []value.Finding{
			{ID: "a", KPI: "churn"}, {ID: "b", KPI: "churn"},
		}}, "both about churn"},
		{"NaN draw", mustParse(t, caseFile), value.Inputs{Findings: []value.Finding{{ID: "churn", Draws: []float64{math.NaN()}}}}, "draw 0"},
		{"no model", value.Model{}, value.Inputs{}, "currency"},
	} {
		_, err := value.Evaluate(tt.m, tt.in)
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestUncountedExposureIsNamed(t *testing.T) {
	m, err := value.Parse("roi.yaml", []byte(`
currency: EUR
horizon_months: 12
costs:
  - {category: learner_time, label: Hours, amount: 40, per: learner}
benefits:
  - {kind: productivity, label: Time saved, assumed: 1, value_per_unit: 40}
`))
	if err != nil {
		t.Fatalf("a model may leave exposure to the caller: %v", err)
	}
	_, err = value.Evaluate(m, value.Inputs{})
	for _, want := range []string{"exposed.learners", "exposed.accounts"} {
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want invalid input naming %s", err, want)
		}
	}
	accounts, learners := value.Known(10), value.Known(30)
	m.Exposed = value.Exposed{Accounts: &accounts, Learners: &learners}
	if _, err := value.Evaluate(m, value.Inputs{}); err != nil {
		t.Errorf("with both counted: %v", err)
	}
}
