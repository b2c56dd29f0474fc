package value_test

import (
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/value"
)

func TestParseProblems(t *testing.T) {
	const head = "currency: EUR\nhorizon_months: 12\n"
	for _, tt := range []struct {
		name, file string
		says       []string
	}{
		{"empty", " \n", []string{"roi.yaml is empty"}},
		{"not YAML", "currency: [\n", []string{"roi.yaml"}},
		{"unknown keys", head + "discount: 0.1\ncosts:\n  - {category: other, label: A, amont: 3}\n", []string{"line 3: unknown key discount", "line 5: unknown key amont"}},
		{"repeated key", "currency: EUR\ncurrency: USD\n", []string{"line 2", "currency"}},
		{"word for a number", "horizon_months: many\n", []string{"line 1", "many"}},
		{"unknown distribution", head + "costs:\n  - {category: other, label: A, amount: {beta: [1, 2]}}\n", []string{"line 4", `unknown distribution "beta"`}},
		{"corners out of order", head + "costs:\n  - {category: other, label: A, amount: {triangular: [3, 2, 1]}}\n", []string{"line 4", "low ≤ mode ≤ high"}},
		{"two numbers of three", head + "costs:\n  - {category: other, label: A, amount: {triangular: [1, 2]}}\n", []string{"line 4", "takes 3 numbers, got 2"}},
		{"no amount", head + "costs:\n  - {category: other, label: A}\n", []string{"cost 1 (A): amount has no value"}},
		{"NaN", head + "costs:\n  - {category: other, label: A, amount: .nan}\n", []string{"cost 1 (A): amount (line 4) is not a finite number"}},
		{"negative cost", head + "costs:\n  - {category: other, label: A, amount: {normal: [10, 10]}}\n", []string{"cost 1 (A)", "line 4"}},
		{"everything at once", "currency: euro\nhorizon_months: 0\ndiscount_rate: 10\n" +
			"costs:\n  - {category: rent, label: A, amount: 1, per: seat, every: week}\n  - {category: other, label: A, amount: 1, per: learner}\n" +
			"benefits:\n  - {kind: gold, label: B, value_per_unit: 1}\n  - {kind: custom, label: C, finding: x, assumed: 1, units: 1, value_per_unit: 1, margin: 80}\n",
			[]string{
				`currency "euro"`, "horizon_months is 0", "discount_rate is 10", `category "rent"`, `per "seat"`, `every "week"`,
				`two lines are called "A"`, `unknown kind "gold"`, "give a finding or assumed", "must state accrual", "margin",
			}},
		{"a finding priced twice", head + "exposed: {accounts: 5}\nbenefits:\n" +
			"  - {kind: expansion, label: B, finding: x, value_per_unit: 1}\n  - {kind: expansion, label: C, finding: x, value_per_unit: 2}\n",
			[]string{`"B" and "C" price finding x twice`}},
		{"benefit after the horizon", head + "benefits:\n  - {kind: expansion, label: B, finding: x, value_per_unit: 1, months: 13}\n", []string{"months is 13, the horizon is 12"}},
	} {
		_, err := value.Parse("roi.yaml", []byte(tt.file))
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: error %v", tt.name, err)
			continue
		}
		for _, s := range tt.says {
			if !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not say %q", tt.name, err, s)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(caseFile))
	f.Add([]byte(uncertainFile))
	f.Add([]byte("benefits: [{assumed: {triangular: [.inf, 1, 2]}}]"))
	f.Add([]byte("costs: [{amount: !!float x}]"))
	f.Fuzz(func(t *testing.T, file []byte) {
		m, err := value.Parse("f", file)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("kind %s: %v", fault.KindOf(err), err)
			}
			return
		}
		if _, err := value.Evaluate(m, value.Inputs{Draws: 200}); err != nil && fault.KindOf(err) != fault.Invalid {
			t.Fatalf("kind %s: %v", fault.KindOf(err), err)
		}
	})
}
