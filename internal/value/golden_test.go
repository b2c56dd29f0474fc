package value_test

import (
	"math"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/value"
)

func near(got, want, tol float64) bool { return math.Abs(got-want) <= tol*math.Max(1, math.Abs(want)) }

// lump is a model with benefits and costs that fall once.
func lump(benefit float64, costs ...float64) value.Model {
	quantity, one := value.Known(1), value.Known(1)
	m := value.Model{
		Currency: "USD", HorizonMonths: 12,
		Benefits: []value.BenefitLine{{
			Kind: value.CustomBenefit, Label: "benefit", Assumed: &quantity, Units: &one,
			ValuePerUnit: value.Known(benefit), Accrual: value.Once,
		}},
	}
	for i, c := range costs {
		m.Costs = append(m.Costs, value.CostLine{Category: value.OtherCost, Label: "cost " + string(rune('a'+i)), Amount: value.Known(c)})
	}
	return m
}

func evaluate(t *testing.T, m value.Model, in value.Inputs) *value.Result {
	t.Helper()
	if in.Draws == 0 {
		in.Draws = 1000
	}
	r, err := value.Evaluate(m, in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The golden numbers of the product: ROI is (benefit - cost) / cost, which for
// 30,000 on 8,000 + 3,000 is 1.73 and not 30,000 - 11,000/11,000 = 29,999.
func TestGoldenROI(t *testing.T) {
	for _, tt := range []struct {
		name                        string
		benefit                     float64
		costs                       []float64
		roi                         float64
		shownROI, shownBCR, percent string
	}{
		{"50,000 on 10,000", 50000, []float64{10000}, 4, "4.00", "5.00", "400 %"},
		{"30,000 on 8,000 and 3,000", 30000, []float64{8000, 3000}, 19. / 11, "1.73", "2.73", "173 %"},
		{"six times the cost", 6 * 7000, []float64{7000}, 5, "5.00", "6.00", "500 %"},
		{"a loss", 500, []float64{1000}, -0.5, "−0.50", "0.50", "−50 %"},
	} {
		r := evaluate(t, lump(tt.benefit, tt.costs...), value.Inputs{})
		if r.ROI.Range == nil || !near(r.ROI.Median, tt.roi, 1e-12) || r.ROI.Low != r.ROI.High {
			t.Errorf("%s: ROI %+v, want %v", tt.name, r.ROI, tt.roi)
			continue
		}
		if !near(r.BenefitCostRatio.Median, tt.roi+1, 1e-12) {
			t.Errorf("%s: benefit–cost ratio %+v, want %v", tt.name, r.BenefitCostRatio, tt.roi+1)
		}
		if got := figure.Number(r.ROI.Median, 2); got != tt.shownROI {
			t.Errorf("%s: ROI shown as %s, want %s", tt.name, got, tt.shownROI)
		}
		if got := figure.Number(r.BenefitCostRatio.Median, 2); got != tt.shownBCR {
			t.Errorf("%s: benefit–cost ratio shown as %s, want %s", tt.name, got, tt.shownBCR)
		}
		if got := plain(figure.Percent(r.ROI.Median, 0)); got != tt.percent {
			t.Errorf("%s: ROI shown as %s, want %s", tt.name, got, tt.percent)
		}
	}
}

func TestCostZeroIsUndefined(t *testing.T) {
	for _, m := range []value.Model{lump(1000), lump(1000, 0)} {
		r := evaluate(t, m, value.Inputs{})
		if r.ROI.Range != nil || r.BenefitCostRatio.Range != nil || r.ProbPositiveROI != nil {
			t.Errorf("cost 0: ROI %+v, ratio %+v", r.ROI, r.BenefitCostRatio)
		}
		if !strings.Contains(r.ROI.Undefined, "cost is 0") || r.Conservative.ROI != nil || r.Conservative.Undefined == "" {
			t.Errorf("cost 0: reason %q, conservative %+v", r.ROI.Undefined, r.Conservative)
		}
		if r.NetValue.Median != 100000 || r.Tornado.Measure != "net_value_minor" {
			t.Errorf("net value %+v, tornado on %s", r.NetValue, r.Tornado.Measure)
		}
	}
}
