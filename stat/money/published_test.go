package money_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/money"
)

// Published worked examples: the reference pages of Excel's NPV and IRR
// functions (NPV there discounts its first amount, too; here it is paid now),
// and the manual and tests of numpy-financial's npv and irr.
func TestPublishedExamples(t *testing.T) {
	npv := func(rate, initial float64, flows ...float64) float64 {
		t.Helper()
		v, err := money.NPV(rate, initial, flows)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	irr := func(flows ...float64) float64 {
		t.Helper()
		v, err := money.IRR(flows)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	numpy := []float64{-100, 39, 59, 55, 20}
	evidence.Claim{Method: "Net present value", Data: "flows -100, 39, 59, 55, 20 at 28.1 %", Source: "manual of NumPy's npv, now numpy-financial"}.
		Agree(t, []float64{npv(0.281, numpy[0], numpy[1:]...)}, []float64{-0.00847859163845488}, 1e-11)
	for _, c := range []struct {
		name           string
		got, want, tol float64 // tol: half a unit in the last digit printed
	}{
		{"Excel NPV, 10 %", npv(0.1, -10000, 3000, 4200, 6800) / 1.1, 1188.44, 5e-3},
		{"Excel NPV, 8 %", npv(0.08, -40000, 8000, 9200, 10000, 12000, 14500), 1922.06, 5e-3},
		{"Excel NPV, 8 %, a loss in year six", npv(0.08, -40000, 8000, 9200, 10000, 12000, 14500, -9000), -3749.47, 5e-3},
		{"Excel IRR, four years", irr(-70000, 12000, 15000, 18000, 21000), -0.021, 5e-4},
		{"Excel IRR, five years", irr(-70000, 12000, 15000, 18000, 21000, 26000), 0.087, 5e-4},
		{"numpy IRR", irr(numpy...), 0.28095, 5e-6},
		{"numpy IRR, one late inflow", irr(-100, 0, 0, 74), -0.0955, 5e-5},
		{"numpy IRR, most lost", irr(-100, 100, 0, 7), 0.06206, 5e-6},
	} {
		if !(math.Abs(c.got-c.want) <= c.tol) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}
