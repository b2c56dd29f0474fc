package sensitivity_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/sensitivity"
)

func placebo(name string, value, se float64) sensitivity.Placebo {
	return sensitivity.Placebo{Name: name, Test: stat.Normal(value, se, 0.95)}
}

func TestPlaceboVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name       string
		placebos   []sensitivity.Placebo
		noteworthy float64
		verdict    sensitivity.Verdict
		failed     []string
	}{
		{"precise and null", []sensitivity.Placebo{placebo("invoices", 0.1, 0.2)}, 1, sensitivity.Passed, nil},
		{"precise and not null", []sensitivity.Placebo{placebo("invoices", 1, 0.2), placebo("logins", 0, 0.2)}, 1, sensitivity.Failed, []string{"invoices"}},
		{"too wide to see anything", []sensitivity.Placebo{placebo("invoices", 0.1, 2)}, 1, sensitivity.Blind, nil},
		// z 2.1 alone is p 0.036; among three it is no finding.
		{"one of three by chance", []sensitivity.Placebo{placebo("a", 0.42, 0.2), placebo("b", 0, 0.2), placebo("c", 0.1, 0.2)}, 1, sensitivity.Passed, nil},
	} {
		got, err := sensitivity.Placebos(tt.placebos, tt.noteworthy, 0.05)
		if err != nil || got.Verdict != tt.verdict || !slices.Equal(got.Failed, tt.failed) {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}

// R: p.adjust(c(0.01, 0.04, 0.03, 0.2), "holm") is 0.04, 0.09, 0.09, 0.20.
func TestPlacebosHolm(t *testing.T) {
	var in []sensitivity.Placebo
	for _, p := range []float64{0.01, 0.04, 0.03, 0.2} {
		b := placebo("x", 1, 1)
		b.P = p
		in = append(in, b)
	}
	got := must(sensitivity.Placebos(in, 1, 0.05))
	evidence.Claim{Method: "Placebo outcomes, Holm", Data: "four p-values", Source: "R 4.2 p.adjust"}.Agree(t, got.P, []float64{0.04, 0.09, 0.09, 0.2}, 1e-12)
}

func TestPlaceboErrors(t *testing.T) {
	for _, tt := range []struct {
		in         []sensitivity.Placebo
		noteworthy float64
		want       error
	}{
		{nil, 1, stat.ErrTooFew},
		{[]sensitivity.Placebo{placebo("a", math.NaN(), 1)}, 1, stat.ErrNotFinite},
		{[]sensitivity.Placebo{placebo("a", 0, 0)}, 1, stat.ErrNoVariance},
		{[]sensitivity.Placebo{placebo("a", 0, 1)}, 0, stat.ErrInvalid},
		{[]sensitivity.Placebo{placebo("a", 0, 1)}, math.NaN(), stat.ErrInvalid},
	} {
		if got, err := sensitivity.Placebos(tt.in, tt.noteworthy, 0.05); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %+v, %v", tt.in, got, err)
		}
	}
}

// Without bias five placebos raise a false alarm together in at most 5 % of
// studies; five separate tests do in almost a quarter. A bias as large as the
// effect is seen.
func TestPlaceboAlarms(t *testing.T) {
	s := evidence.Simulate(t, "Placebo outcomes", evidence.Draws{Quick: 2000, Full: 10000, Seed: 34}, func(rng *rand.Rand, hold func(string, bool)) error {
		var null, biased []sensitivity.Placebo
		none := true
		for i := range 5 {
			name := fmt.Sprint(i)
			null = append(null, placebo(name, rng.NormFloat64(), 1))
			biased = append(biased, placebo(name, 4+rng.NormFloat64(), 1))
			none = none && null[i].P > 0.05
		}
		hold("no bias, 5 placebos: alarm", must(sensitivity.Placebos(null, 4, 0.05)).Verdict == sensitivity.Failed)
		hold("no bias, 5 placebos tested one by one: no alarm", none)
		hold("bias of four standard errors: alarm", must(sensitivity.Placebos(biased, 4, 0.05)).Verdict == sensitivity.Failed)
		return nil
	})
	s.Nominal("no bias, 5 placebos: alarm", 0.05, 0)
	s.ShownToFail("no bias, 5 placebos tested one by one: no alarm", 0.9)
	s.AtLeast("bias of four standard errors: alarm", 0.99)
}

func TestLeaveOneOut(t *testing.T) {
	of := func(value, se float64) stat.Estimate { return stat.Normal(value, se, 0.95).Estimate }
	got := must(sensitivity.LeaveOneOut(of(2, 0.9), []sensitivity.Without{
		{Name: "north", Estimate: of(2.2, 1)}, {Name: "south", Estimate: of(-0.1, 1)}, {Name: "west", Estimate: of(2.6, 1)},
	}))
	if got.Low != -0.1 || got.High != 2.6 || got.Influential != "south" || math.Abs(got.Shift+2.1) > 1e-15 || math.Abs(got.LargestShift-2.1/0.9) > 1e-12 ||
		!slices.Equal(got.SignChanges, []string{"south"}) || !slices.Equal(got.Decisive, []string{"south"}) {
		t.Errorf("%+v", got)
	}
	for _, tt := range []struct {
		all     stat.Estimate
		without []sensitivity.Without
		want    error
	}{
		{of(1, 1), []sensitivity.Without{{Name: "a", Estimate: of(1, 1)}}, stat.ErrTooFew},
		{of(math.Inf(1), 1), []sensitivity.Without{{Estimate: of(1, 1)}, {Estimate: of(1, 1)}}, stat.ErrNotFinite},
		{of(1, 1), []sensitivity.Without{{Name: "a", Estimate: of(1, 1)}, {Name: "b"}}, stat.ErrNoVariance},
	} {
		if _, err := sensitivity.LeaveOneOut(tt.all, tt.without); !errors.Is(err, tt.want) {
			t.Errorf("%+v: %v", tt.without, err)
		}
	}
}

func FuzzPlacebos(f *testing.F) {
	f.Add(0.0, 1.0, 1.0, 0.5)
	f.Add(math.NaN(), 0.0, math.Inf(1), -1.0)
	f.Add(1e308, 1e308, 1e-308, 1e308)
	f.Fuzz(func(t *testing.T, a, se, b, noteworthy float64) {
		got, err := sensitivity.Placebos([]sensitivity.Placebo{placebo("a", a, se), placebo("b", b, se)}, noteworthy, 0.05)
		if !evidence.Finite(t, "placebos", err) {
			return
		}
		evidence.Finite(t, "placebos", nil, append(got.P, got.Sharpest)...)
		x := placebo("a", a, se).Estimate
		if l, err := sensitivity.LeaveOneOut(x, []sensitivity.Without{{Estimate: placebo("", b, se).Estimate}, {Estimate: x}}); evidence.Finite(t, "leave one out", err) {
			evidence.Finite(t, "leave one out", nil, l.Low, l.High, l.Shift, l.LargestShift)
		}
	})
}

func ExamplePlacebos() {
	// Training should not change what a customer owes or how many offices it has.
	check, err := sensitivity.Placebos([]sensitivity.Placebo{
		{Name: "late invoices", Test: stat.Normal(0.02, 0.04, 0.95)},
		{Name: "offices", Test: stat.Normal(0.31, 0.09, 0.95)},
	}, 0.5, 0.05)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%v: %v, p %.4f\n", check.Verdict, check.Failed, check.P)
	// Output: failed: [offices], p [0.6171 0.0011]
}
