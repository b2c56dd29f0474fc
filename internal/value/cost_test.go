package value_test

import (
	"strings"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/value"
)

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestRecordedCosts(t *testing.T) {
	facts := []value.CostFact{
		{From: day("2026-01-01"), To: day("2026-02-01"), Program: "onboarding", Category: value.Creation, AmountMinor: 500000, Currency: "EUR"},
		{From: day("2025-12-22"), To: day("2026-01-11"), Program: "onboarding", Category: value.Platform, AmountMinor: 20000, Currency: "EUR"}, // half inside
		{From: day("2026-03-01"), To: day("2026-03-01"), Program: "onboarding", Category: value.Platform, AmountMinor: 700, Currency: "EUR"},
		{From: day("2025-03-01"), To: day("2025-04-01"), Program: "onboarding", Category: value.Delivery, AmountMinor: 999, Currency: "EUR"}, // before
		{From: day("2026-03-01"), To: day("2026-04-01"), Program: "other", Category: value.Delivery, AmountMinor: 999, Currency: "USD"},      // not asked for
	}
	lines, err := value.RecordedCosts(facts, "EUR", day("2026-01-01"), day("2027-01-01"), "onboarding")
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[0].Category != value.Creation || lines[0].Amount.Mean() != 5000 || lines[1].Amount.Mean() != 107 {
		t.Errorf("lines %+v", lines)
	}
	for _, l := range lines {
		if l.Provenance != value.Recorded {
			t.Errorf("%s is %q", l.Label, l.Provenance)
		}
	}
	if _, err := value.RecordedCosts(facts, "EUR", day("2026-01-01"), day("2027-01-01")); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "cost 5") {
		t.Errorf("two currencies: %v", err)
	}
	for _, bad := range []value.CostFact{
		{From: day("2026-02-01"), To: day("2026-01-01"), Category: value.Creation, Currency: "EUR"},
		{From: day("2026-02-01"), To: day("2026-03-01"), Category: "rent", Currency: "EUR"},
		{From: day("2026-02-01"), To: day("2026-03-01"), Category: value.Creation, AmountMinor: -1, Currency: "EUR"},
	} {
		if _, err := value.RecordedCosts([]value.CostFact{bad}, "EUR", day("2026-01-01"), day("2027-01-01")); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}

func TestRecordedCostsReplacePlannedOnesOfTheirCategory(t *testing.T) {
	m := lump(50000, 10000)
	m.Costs = append(m.Costs, value.CostLine{Category: value.Creation, Label: "Planned production", Amount: value.Known(3000)})
	recorded := []value.CostLine{{Category: value.Creation, Label: "Recorded: creation", Amount: value.Known(2500), Provenance: value.Recorded}}
	r := evaluate(t, m, value.Inputs{Recorded: recorded})
	if r.TotalCost.Median != 1250000 || len(r.Costs) != 2 || r.Costs[1].Provenance != value.Recorded {
		t.Errorf("costs %+v", r.Costs)
	}
	if w := warning(r, value.WarnPlannedReplaced); w == nil || w.Lines[0] != "Planned production" {
		t.Errorf("warnings %+v", r.Warnings)
	}
	if len(m.Costs) != 2 || m.Costs[1].Label != "Planned production" {
		t.Errorf("the caller's model was changed: %+v", m.Costs)
	}
}
