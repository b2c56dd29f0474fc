package money_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/money"
)

// Present values at 10 %, year-end flows, of the Forrester TEI tables. They
// print flows rounded to the unit, so the total may differ by less than one.
func TestNPVGolden(t *testing.T) {
	for _, tt := range []struct {
		flows []float64
		want  float64
	}{
		{[]float64{0, 4224000, 8719488}, 10041989},
		{[]float64{1563513, 3260364, 3406606}, 6675324},
	} {
		got, err := money.NPV(0.1, 0, tt.flows)
		if err != nil || !(math.Abs(got-tt.want) < 1) {
			t.Errorf("NPV of %v is %v, %v; want %v", tt.flows, got, err, tt.want)
		}
	}
}

func TestNPVByHand(t *testing.T) {
	// -100 + 60/1.2 + 72/1.44 = -100 + 50 + 50.
	if got, err := money.NPV(0.2, -100, []float64{60, 72}); err != nil || !reference.Near(got, 0, 1e-13) {
		t.Errorf("NPV %v, %v", got, err)
	}
	if got, err := money.NPV(0, -100, []float64{60, 72}); err != nil || got != 32 {
		t.Errorf("NPV at rate 0 is %v, %v", got, err)
	}
	// 1 - 1.1^-3 over 0.1 = (1/1.1 + 1/1.21 + 1/1.331).
	want := 1/1.1 + 1/1.21 + 1/1.331
	if got, err := money.Annuity(0.1, 3); err != nil || !reference.Near(got, want, 1e-14) {
		t.Errorf("annuity %v, %v; want %v", got, err, want)
	}
	if got, err := money.Annuity(0, 7); err != nil || got != 7 {
		t.Errorf("annuity at rate 0 is %v, %v", got, err)
	}
}

func TestIRR(t *testing.T) {
	// -100 then 60 and 72 is the 20 % of TestNPVByHand; -100 then 110 is 10 %;
	// -100 then 50 is -50 %.
	for _, tt := range []struct {
		flows []float64
		want  float64
	}{{[]float64{-100, 60, 72}, 0.2}, {[]float64{-100, 110}, 0.1}, {[]float64{-100, 50}, -0.5}, {[]float64{100, -110}, 0.1}} {
		if got, err := money.IRR(tt.flows); err != nil || !reference.Near(got, tt.want, 1e-12) {
			t.Errorf("IRR of %v is %v, %v; want %v", tt.flows, got, err, tt.want)
		}
	}
}

func TestPayback(t *testing.T) {
	for _, tt := range []struct {
		name    string
		initial float64
		flows   []float64
		want    float64
		ok      bool
	}{
		{"within the third period", -100, []float64{40, 40, 40}, 2.5, true},
		{"at the end of a period", -100, []float64{50, 50}, 2, true},
		{"nothing to recover", 0, []float64{-5, 10}, 0, true},
		{"never", -100, []float64{30, 30}, 0, false},
		{"more outlay first", -100, []float64{-50, 300}, 1.5, true},
	} {
		got, ok, err := money.Payback(tt.initial, tt.flows)
		if err != nil || ok != tt.ok || !reference.Near(got, tt.want, 1e-14) {
			t.Errorf("%s: %v, %v, %v; want %v, %v", tt.name, got, ok, err, tt.want, tt.ok)
		}
	}
}

func TestErrors(t *testing.T) {
	npv := func(rate, initial float64, flows ...float64) error {
		_, err := money.NPV(rate, initial, flows)
		return err
	}
	irr := func(flows ...float64) error { _, err := money.IRR(flows); return err }
	_, negativePeriods := money.Annuity(0.1, -1)
	_, _, paybackNaN := money.Payback(math.NaN(), nil)
	_, corners := money.NewTriangular(3, 2, 4)
	_, flat := money.NewTriangular(2, 2, 2)
	_, sigma := money.NewNormal(1, 0)
	_, negative := money.NewLogNormal(-1, 2, 0.9)
	_, infinite := money.NewLogNormal(1, math.Inf(1), 0.9)
	_, oneSign := money.BreakEven(func(x float64) float64 { return 1 + x*x }, -1, 1)
	_, nan := money.BreakEven(math.Log, -1, 1)
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"rate -100 %", npv(-1, 1), stat.ErrInvalid}, {"rate NaN", npv(math.NaN(), 1), stat.ErrNotFinite},
		{"infinite flow", npv(0.1, 1, math.Inf(1)), stat.ErrNotFinite},
		{"overflow", npv(-0.999999, 0, 0, 1e300, 1e308), stat.ErrNotFinite},
		{"no flows", irr(), stat.ErrTooFew}, {"inflows only", irr(1, 2), stat.ErrTooFew},
		{"two sign changes", irr(-1, 5, -6), stat.ErrInvalid},
		{"rate beyond the range", irr(-1e-12, 1), stat.ErrNoConvergence},
		{"negative periods", negativePeriods, stat.ErrInvalid}, {"payback of NaN", paybackNaN, stat.ErrNotFinite},
		{"corners out of order", corners, stat.ErrInvalid}, {"flat triangle", flat, stat.ErrInvalid},
		{"no spread", sigma, stat.ErrInvalid}, {"negative lognormal", negative, stat.ErrInvalid},
		{"infinite lognormal", infinite, stat.ErrNotFinite},
		{"one sign", oneSign, stat.ErrNoConvergence}, {"NaN at an end", nan, stat.ErrNotFinite},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
}

func TestNPVProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		flows := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 20).Draw(t, "flows")
		rate := rapid.Float64Range(-0.2, 1).Draw(t, "rate")
		k := rapid.Float64Range(0.01, 100).Draw(t, "currency")
		scaled := make([]float64, len(flows))
		direct := 0.0
		for i, f := range flows {
			scaled[i] = k * f
			direct += f / math.Pow(1+rate, float64(i+1))
		}
		got, err := money.NPV(rate, 0, flows)
		if err != nil || !reference.Near(got, direct, 1e-9) {
			t.Fatalf("NPV %v, %v; term by term %v", got, err, direct)
		}
		if again, _ := money.NPV(rate, 0, scaled); math.Abs(again-k*got) > 1e-7*(1+math.Abs(k*got))+1e-3 {
			t.Fatalf("other currency: %v, want %v", again, k*got)
		}
	})
}

// A level stream is worth its annuity, and its IRR brings the NPV to zero.
func TestAnnuityAndIRRAgreeWithNPV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		rate := rapid.Float64Range(-0.1, 0.5).Draw(t, "rate")
		level := make([]float64, n)
		for i := range level {
			level[i] = 1
		}
		a, err := money.Annuity(rate, n)
		v, _ := money.NPV(rate, 0, level)
		if err != nil || !reference.Near(a, v, 1e-9) {
			t.Fatalf("annuity %v, NPV %v, %v", a, v, err)
		}
		outlay := rapid.Float64Range(0.1, float64(2*n)).Draw(t, "outlay")
		irr, err := money.IRR(append([]float64{-outlay}, level...))
		if err != nil {
			t.Fatal(err)
		}
		if left, _ := money.NPV(irr, -outlay, level); !reference.Near(left, 0, 1e-6*outlay) {
			t.Fatalf("NPV at the IRR %v is %v", irr, left)
		}
	})
}
