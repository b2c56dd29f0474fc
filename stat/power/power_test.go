package power_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/power"
)

var custom = power.Goal{Level: 0.95, Power: 0.8}

type anovaCell struct {
	N     float64
	K     int
	F     float64
	Power float64
}

type panelCell struct {
	M, K                      int
	R                         float64
	AR                        bool
	After, Change, Covariance float64
}

type referenceFile struct {
	TSize      float64 `json:"t_size"`
	TStrict    float64 `json:"t_size_strict"`
	TEffect    float64 `json:"t_effect"`
	TPower8    float64 `json:"t_power_8"`
	PairedSize float64 `json:"paired_size"`
	Welch      float64
	WelchSize  float64 `json:"welch_size"`
	PropSize   float64 `json:"prop_size"`
	PropSmall  float64 `json:"prop_size_small"`
	PropEffect float64 `json:"prop_effect"`
	PropUneven float64 `json:"prop_unequal"`
	PropUnSize float64 `json:"prop_unequal_size"`
	ANOVA      []anovaCell
	ANOVASize  float64 `json:"anova_size"`
	Clusters   float64
	ClustSize  float64 `json:"clusters_size"`
	Panel      []panelCell
	EventsSize float64 `json:"events_size"`
	Accrual    struct{ Plain, Loss float64 }
}

func loadReference(t *testing.T) (ref referenceFile) {
	t.Helper()
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref
}

// solve collects values, failing at an error.
type solve struct {
	t   *testing.T
	got []float64
}

func (s *solve) add(v float64, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Error(err)
	}
	s.got = append(s.got, v)
}

func TestMeansAgainstR(t *testing.T) {
	ref := loadReference(t)
	s := solve{t: t}
	s.add(power.Size(power.Means{SD: 1}, 0.5, custom))
	s.add(power.Detectable(power.Means{SD: 1}, 500, custom))
	s.add(power.Means{SD: 1}.Power(8, 1.2, 0.95))
	s.add(power.Size(power.Paired{SD: 1}, 0.5, power.Goal{Level: 0.95, Power: 0.9}))
	evidence.Claim{Method: "Power of t tests", Data: "power, size, effect", Source: "R 4.2 power.t.test"}.
		Agree(t, s.got, []float64{ref.TSize, ref.TEffect, ref.TPower8, ref.PairedSize}, 1e-9)

	s.got = nil
	m := power.Means{SD: 1.5, ControlSD: 1, Ratio: 2}
	s.add(m.Power(40, 0.6, 0.95))
	s.add(power.Size(m, 0.6, power.Goal{Level: 0.95, Power: 0.9}))
	evidence.Claim{Method: "Power of Welch's t, unequal arms", Data: "power, size", Source: "R 4.2 pt"}.
		Agree(t, s.got, []float64{ref.Welch, ref.WelchSize}, 1e-9)
}

// With strict = TRUE power.t.test counts the wrong sign too.
func TestWrongSign(t *testing.T) {
	n := loadReference(t).TStrict
	right, err1 := power.Means{SD: 1}.Power(n, 0.5, 0.95)
	wrong, err2 := power.Means{SD: 1}.WrongSign(n, 0.5, 0.95)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	evidence.Claim{Method: "Power of t tests with the wrong sign", Data: "size of d = 0.5", Source: "R 4.2 power.t.test(strict = TRUE)"}.
		Agree(t, []float64{right + wrong}, []float64{0.8}, 1e-10)
}

func TestProportionsAgainstR(t *testing.T) {
	ref := loadReference(t)
	s := solve{t: t}
	s.add(power.Size(power.Proportions{Control: 0.75}, -0.25, power.Goal{Level: 0.95, Power: 0.9}))
	s.add(power.Size(power.Proportions{Control: 0.10}, 0.02, custom))
	s.add(power.Detectable(power.Proportions{Control: 0.2}, 800, custom))
	evidence.Claim{Method: "Power of two proportions", Data: "size, effect", Source: "R 4.2 power.prop.test"}.
		Agree(t, s.got, []float64{ref.PropSize, ref.PropSmall, ref.PropEffect}, 1e-9)
	s.got = nil
	uneven := power.Proportions{Control: 0.1, Ratio: 3}
	s.add(uneven.Power(300, 0.05, 0.95))
	s.add(power.Size(uneven, 0.05, custom))
	evidence.Claim{Method: "Power of two proportions, three controls each", Data: "power, size", Source: "Fleiss et al. (2003), written out in R"}.
		Agree(t, s.got, []float64{ref.PropUneven, ref.PropUnSize}, 1e-9)
}

func TestANOVAAgainstR(t *testing.T) {
	ref := loadReference(t)
	s := solve{t: t}
	var want []float64
	for _, c := range ref.ANOVA {
		s.add(power.ANOVA{Groups: c.K}.Power(c.N, c.F, 0.95))
		want = append(want, c.Power)
	}
	s.add(power.Size(power.ANOVA{Groups: 4}, 0.25, custom))
	evidence.Claim{Method: "Power of one-way ANOVA", Data: "28 designs", Source: "R 4.2 pf"}.
		Agree(t, s.got, append(want, ref.ANOVASize), 1e-8) // pf stops its series at 1e-9; TestNoncentralF is tighter
}

func TestClustersAgainstR(t *testing.T) {
	ref := loadReference(t)
	s := solve{t: t}
	c := power.Clusters{SD: 2, ICC: 0.05, Size: 20, CV: 0.4}
	s.add(c.Power(9, 1, 0.95))
	s.add(power.Size(c, 1, custom))
	evidence.Claim{Method: "Power of cluster randomisation", Data: "power, size", Source: "Donner and Klar (2000), written out in R"}.
		Agree(t, s.got, []float64{ref.Clusters, ref.ClustSize}, 1e-9)
}

// The factors by matrix algebra in R, and McKenzie's statement that with one
// measurement before and one after ANCOVA needs (1+r)/2 of the sample of
// difference-in-differences.
func TestPanelFactor(t *testing.T) {
	s := solve{t: t}
	var want []float64
	for _, c := range loadReference(t).Panel {
		for _, analysis := range []power.Analysis{power.After, power.Change, power.Covariance} {
			s.add(power.Panel{Analysis: analysis, Before: c.M, After: c.K, Correlation: c.R, Decay: c.AR}.Factor())
		}
		want = append(want, c.After, c.Change, c.Covariance)
	}
	evidence.Claim{Method: "Variance of panel designs", Data: "after, change, ANCOVA", Source: "R 4.2, covariance matrices written out"}.Agree(t, s.got, want, 1e-12)
	for _, r := range []float64{0, 0.25, 0.5, 0.9} {
		ancova, err1 := power.Panel{Analysis: power.Covariance, Before: 1, After: 1, Correlation: r}.Factor()
		change, err2 := power.Panel{Analysis: power.Change, Before: 1, After: 1, Correlation: r}.Factor()
		if err1 != nil || err2 != nil || !reference.Near(ancova/change, (1+r)/2, 1e-14) {
			t.Errorf("correlation %g: ratio %g, %v, %v; McKenzie has %g", r, ancova/change, err1, err2, (1+r)/2)
		}
	}
}

func TestEventsAgainstR(t *testing.T) {
	ref := loadReference(t)
	s := solve{t: t}
	s.add(power.Size(power.Events{Treated: 0.3}, math.Log(0.65), power.Goal{Level: 0.95, Power: 0.9}))
	s.add(power.Accrual{ControlHazard: 0.05, LogRatio: math.Log(0.7), Months: 12, FollowUp: 6}.Share())
	s.add(power.Accrual{ControlHazard: 0.02, LogRatio: math.Log(0.8), Treated: 0.3, Months: 24, FollowUp: 12, Dropout: 0.01}.Share())
	evidence.Claim{Method: "Events and accrual (Schoenfeld)", Data: "events, share seen", Source: "R 4.2, integrals over entry"}.
		Agree(t, s.got, []float64{ref.EventsSize, ref.Accrual.Plain, ref.Accrual.Loss}, 1e-10)
	// All on the first day: one exponential. Short studies: the series meets the formula.
	s.got = nil
	s.add(power.Accrual{ControlHazard: 0.1, FollowUp: 5}.Share())
	s.add(power.Accrual{ControlHazard: 1e-5, Months: 4, FollowUp: 6}.Share())
	want := []float64{-math.Expm1(-0.5), 1e-5*8 - 1e-10*(36+24+16.0/3)/2 + 1e-15*(10000-1296)/(4*24)}
	evidence.Claim{Method: "Events and accrual (Schoenfeld)", Data: "limits", Source: "exact derivation"}.Agree(t, s.got, want, 1e-12)
}

// The published and reference numbers of basics. R's solvers there stop at
// 1.2e-4 of the unknown, hence the tolerances of sizes and effects.
func TestBasics(t *testing.T) {
	var file struct{ Power map[string]float64 }
	reference.JSON(t, reference.Path(t, "basics", "reference-basics.json"), &file)
	goal9 := power.Goal{Level: 0.95, Power: 0.9}
	uneven := power.Means{SD: 1, Ratio: 3}
	for _, tt := range []struct {
		key string
		tol float64
		got func() (float64, error)
	}{
		{"two_sample_t_d.5_power.8", 1e-8, func() (float64, error) { return power.Size(power.Means{SD: 1}, 0.5, custom) }},
		{"t_n50_d.5", 1e-10, func() (float64, error) { return power.Means{SD: 1}.Power(50, 0.5, 0.95) }},
		{"paired_t_n20_d.5", 1e-10, func() (float64, error) { return power.Paired{SD: 1}.Power(20, 0.5, 0.95) }},
		{"prop_.5_.75_power.9", 5e-8, func() (float64, error) { return power.Size(power.Proportions{Control: 0.5}, 0.25, goal9) }},
		{"prop_n50_.5_.75", 1e-10, func() (float64, error) { return power.Proportions{Control: 0.5}.Power(50, 0.25, 0.95) }},
		{"prop_.10_.12_power.8", 1e-8, func() (float64, error) { return power.Size(power.Proportions{Control: 0.1}, 0.02, custom) }},
		{"anova_k4_f.25", 1e-8, func() (float64, error) { return power.Size(power.ANOVA{Groups: 4}, 0.25, custom) }},
		{"mde_two_sample_n500", 2e-5, func() (float64, error) { return power.Detectable(power.Means{SD: 1}, 500, custom) }},
		{"cluster_design_effect_m20_icc.05", 1e-14, power.Clusters{ICC: 0.05, Size: 20}.DesignEffect},
		{"logrank_schoenfeld_hr.7_events", 1e-10, func() (float64, error) { return power.Size(power.Events{}, math.Log(0.7), custom) }},
		{"unequal_n_t_n100_n300_d.3", 1e-9, func() (float64, error) {
			right, err1 := uneven.Power(100, 0.3, 0.95)
			wrong, err2 := uneven.WrongSign(100, 0.3, 0.95)
			return right + wrong, errors.Join(err1, err2)
		}},
	} {
		got, err := tt.got()
		if err != nil {
			t.Errorf("%s: %v", tt.key, err)
			continue
		}
		evidence.Claim{Method: "Power", Data: tt.key, Source: "R 4.2 power.*.test, pwr 1.3"}.Agree(t, []float64{got}, []float64{file.Power[tt.key]}, tt.tol)
	}
	n := file.Power["arcsine_h_.10_.12"]
	right, err1 := power.Arcsine{Control: 0.1}.Power(n, 0.02, 0.95)
	wrong, err2 := power.Arcsine{Control: 0.1}.WrongSign(n, 0.02, 0.95)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	evidence.Claim{Method: "Power", Data: "arcsine, size of 0.10 beside 0.12", Source: "pwr 1.3"}.Agree(t, []float64{right + wrong}, []float64{0.8}, 1e-7)
}

// Three times the data, by the definition: a standard error of 2 that falls to
// 2/√3 finds 2/√3·(1.96+0.84) with power 0.8.
func TestNeeded(t *testing.T) {
	effect := 2 / math.Sqrt(3) * (1.95996398454005 + 0.841621233572914) // qnorm(c(.975, .8)) of R
	got, err := power.Needed(2, -effect, custom)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Data needed", Data: "three times", Source: "exact derivation, R qnorm"}.Agree(t, []float64{got}, []float64{3}, 1e-13)
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  func() (float64, error)
		want error
	}{
		{"effect 0", func() (float64, error) { return power.Size(power.Means{SD: 1}, 0, custom) }, stat.ErrInvalid},
		{"SD 0", func() (float64, error) { return power.Size(power.Means{}, 1, custom) }, stat.ErrInvalid},
		{"negative ratio", func() (float64, error) { return power.Means{SD: 1, Ratio: -1}.Power(9, 1, 0.95) }, stat.ErrInvalid},
		{"NaN effect", func() (float64, error) { return power.Size(power.Means{SD: 1}, math.NaN(), custom) }, stat.ErrNotFinite},
		{"no units", func() (float64, error) { return power.Detectable(power.Means{SD: 1}, 0, custom) }, stat.ErrTooFew},
		{"no pairs", func() (float64, error) { return power.Detectable(power.Paired{SD: 1}, 0.5, custom) }, stat.ErrTooFew},
		{"share above 1", func() (float64, error) { return power.Size(power.Proportions{Control: 0.9}, 0.2, custom) }, stat.ErrInvalid},
		{"share 0", func() (float64, error) { return power.Detectable(power.Proportions{}, 100, custom) }, stat.ErrInvalid},
		{"no fall that large", func() (float64, error) {
			return power.Detectable(power.Proportions{Control: 0.02, Fall: true}, 30, custom)
		}, stat.ErrTooFew},
		{"one group", func() (float64, error) { return power.Size(power.ANOVA{Groups: 1}, 0.2, custom) }, stat.ErrTooFew},
		{"ICC above 1", func() (float64, error) { return power.Clusters{SD: 1, ICC: 1.2, Size: 5}.Power(9, 1, 0.95) }, stat.ErrInvalid},
		{"no month before", func() (float64, error) {
			return power.Panel{Analysis: power.Change, SD: 1, After: 3}.Power(9, 1, 0.95)
		}, stat.ErrTooFew},
		{"correlation 1", power.Panel{SD: 1, Before: 1, After: 1, Correlation: 1}.Factor, stat.ErrInvalid},
		{"no events", func() (float64, error) { return power.Accrual{ControlHazard: 0.1, FollowUp: 1}.Subjects(0) }, stat.ErrInvalid},
		{"negative time", power.Accrual{ControlHazard: 0.1, FollowUp: -1}.Share, stat.ErrInvalid},
		{"no time", power.Accrual{ControlHazard: 0.1}.Share, stat.ErrInvalid},
		{"no standard error", func() (float64, error) { return power.Needed(0, 1, custom) }, stat.ErrInvalid},
		{"an effect too small for the world", func() (float64, error) { return power.Size(power.Means{SD: 1}, 1e-9, custom) }, stat.ErrTooFew},
	} {
		if got, err := tt.got(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %g, %v; want %v", tt.name, got, err, tt.want)
		}
	}
}
