package sensitivity_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/sensitivity"
)

type evalueReference struct {
	RR     float64
	EValue float64
	CI     float64 `json:"evalue_ci"`
}

func TestEValueReference(t *testing.T) {
	var ref struct{ EValue map[string]evalueReference }
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	for _, tt := range []struct {
		name string
		got  func() (sensitivity.EValue, error)
		ci   bool
	}{
		{"vanderweele_ding_2017", func() (sensitivity.EValue, error) { return sensitivity.Of(sensitivity.RiskRatio, 3.9, 1.8, 8.7) }, true},
		{"rr_0.8_ci_0.71_0.91", func() (sensitivity.EValue, error) {
			return sensitivity.Of(sensitivity.RiskRatio, 0.8, 0.71, 0.91)
		}, true},
		{"smd_0.42_se.22", func() (sensitivity.EValue, error) { return sensitivity.OfSMD(0.42, 0.22) }, true},
		{"or_common_sqrt_2.5", func() (sensitivity.EValue, error) {
			return sensitivity.Of(sensitivity.CommonOddsRatio, 2.5, 2.5, 2.5)
		}, false},
		{"hr_common_1.5", func() (sensitivity.EValue, error) {
			return sensitivity.Of(sensitivity.CommonHazard, 1.5, 1.5, 1.5)
		}, false},
	} {
		want, ok := ref.EValue[tt.name]
		if !ok {
			t.Errorf("%s: no reference", tt.name)
			continue
		}
		got := must(tt.got())
		if !tt.ci {
			got.Limit = want.CI
		}
		evidence.Claim{Method: "E-value", Data: tt.name, Source: "VanderWeele and Ding (2017), formulas in R 4.2"}.Agree(t, []float64{got.Point, got.Limit}, []float64{want.EValue, want.CI}, 1e-13)
	}
}

// VanderWeele and Ding (2017) print 7.26 and 3.00 for 3.9 (1.8 to 8.7).
func TestEValuePublished(t *testing.T) {
	got, err := sensitivity.Of(sensitivity.RiskRatio, 3.9, 1.8, 8.7)
	if err != nil || !(math.Abs(got.Point-7.26) <= 0.005) || !(math.Abs(got.Limit-3) <= 0.005) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestEValueErrors(t *testing.T) {
	for _, tt := range []struct {
		value, low, high float64
		want             error
	}{
		{math.NaN(), 1, 2, stat.ErrNotFinite}, {1, 1, math.Inf(1), stat.ErrNotFinite},
		{0, 0, 1, stat.ErrInvalid}, {1, 1.5, 2, stat.ErrInvalid}, {3, 1, 2, stat.ErrInvalid}, {-1, -2, 1, stat.ErrInvalid},
	} {
		if _, err := sensitivity.Of(sensitivity.RiskRatio, tt.value, tt.low, tt.high); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt, err)
		}
	}
	if _, err := sensitivity.OfSMD(0.1, -1); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("negative standard error: %v", err)
	}
}

// Turning the comparison round does not change what is needed to explain it.
func TestEValueIsSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := sensitivity.Scale(rapid.IntRange(0, 2).Draw(t, "scale"))
		low := rapid.Float64Range(0.05, 5).Draw(t, "low")
		value := low * rapid.Float64Range(1, 3).Draw(t, "value")
		high := value * rapid.Float64Range(1, 3).Draw(t, "high")
		a, err := sensitivity.Of(scale, value, low, high)
		b, err2 := sensitivity.Of(scale, 1/value, 1/high, 1/low)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if !reference.Near(a.Point, b.Point, 1e-9) || !reference.Near(a.Limit, b.Limit, 1e-9) || a.Limit < 1 || a.Limit > a.Point*(1+1e-9) {
			t.Fatalf("%+v and turned round %+v", a, b)
		}
	})
}

func ExampleOf() {
	// Trained accounts churned 0.8 times as often (95 % interval 0.71 to 0.91).
	e, err := sensitivity.Of(sensitivity.RiskRatio, 0.8, 0.71, 0.91)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("a hidden cause would need risk ratios of %.2f; %.2f to leave doubt\n", e.Point, e.Limit)
	// Output: a hidden cause would need risk ratios of 1.81; 1.43 to leave doubt
}

// In a population where treatment does nothing and a binary hidden cause does
// everything, the E-value of the ratio that is seen is at most the larger of
// the cause's two risk ratios: this is what the E-value promises.
func TestEValueBoundsWhatAHiddenCauseCanDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.Float64Range(0.02, 0.98)
		u1, u0 := share.Draw(t, "cause among the treated"), share.Draw(t, "cause among the others")
		r1, r0 := share.Draw(t, "risk with the cause"), share.Draw(t, "risk without")
		if r1 < r0 || u1 < u0 {
			t.Skip("the cause has to go with both")
		}
		seen := (u1*r1 + (1-u1)*r0) / (u0*r1 + (1-u0)*r0)
		e, err := sensitivity.Of(sensitivity.RiskRatio, seen, seen, seen)
		if err != nil {
			t.Fatal(err)
		}
		if most := max(u1/u0, r1/r0); e.Point > most*(1+1e-9) {
			t.Fatalf("ratio %v, E-value %v, yet the cause's ratios are at most %v", seen, e.Point, most)
		}
	})
}

func FuzzEValue(f *testing.F) {
	f.Add(0.8, 0.71, 0.91, uint8(0))
	f.Add(math.NaN(), 0.0, math.Inf(1), uint8(1))
	f.Add(1e-300, 1e-308, 1e300, uint8(2))
	f.Fuzz(func(t *testing.T, value, low, high float64, scale uint8) {
		for _, get := range []func() (sensitivity.EValue, error){
			func() (sensitivity.EValue, error) {
				return sensitivity.Of(sensitivity.Scale(scale%3), value, low, high)
			},
			func() (sensitivity.EValue, error) { return sensitivity.OfSMD(value, low) },
		} {
			e, err := get()
			evidence.Finite(t, "E-value", err, e.Point, e.Limit)
		}
	})
}
