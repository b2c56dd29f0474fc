package value_test

import (
	"fmt"
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/value"
)

func ExampleEvaluate() {
	model, err := value.Parse("roi.yaml", []byte(`
currency: EUR
horizon_months: 12
exposed: {accounts: 200}
costs:
  - {category: creation, label: Course production, amount: 8000}
  - {category: platform, label: Licence, amount: 3000}
benefits:
  - {kind: support_cost_avoided, label: Fewer tickets, finding: onboarding-tickets, value_per_unit: 25}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	tickets := value.Finding{
		ID: "onboarding-tickets", Unit: "tickets per account-month", Grade: "B", LowerIsBetter: true,
		Draws: []float64{-0.3, -0.4, -0.5, -0.6, -0.7},
	}
	result, err := value.Evaluate(model, value.Inputs{Findings: []value.Finding{tickets}, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("benefit", plain(figure.Money(result.TotalBenefit.Median, result.Currency)))
	fmt.Println("ROI", figure.Number(result.ROI.Median, 2), "benefit–cost ratio", figure.Number(result.BenefitCostRatio.Median, 2))
	fmt.Printf("pays back from %.2f fewer tickets per account-month\n", -*result.BreakEven.Lines[0].Effect)
	// Output:
	// benefit EUR 30,000
	// ROI 1.73 benefit–cost ratio 2.73
	// pays back from 0.18 fewer tickets per account-month
}

// plain shows a non-breaking space as a common one.
func plain(s string) string { return strings.ReplaceAll(s, figure.Space, " ") }
