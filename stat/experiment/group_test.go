package experiment_test

import (
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
)

func equalLooks(k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = float64(i+1) / float64(k)
	}
	return out
}

// Boundary constants and inflation factors at power 0.8 and 0.9, two-sided 5 %,
// of Pocock's and of O'Brien and Fleming's designs, to the three decimals that
// Jennison and Turnbull (2000), chapter 2, tabulate; R's mvtnorm gives the same
// for up to five looks.
func TestClassicalBoundaries(t *testing.T) {
	for _, tt := range []struct {
		looks              int
		pocock, obf        float64
		pocock80, pocock90 float64
		obf80, obf90       float64
	}{
		{2, 2.178, 1.977, 1.110, 1.100, 1.008, 1.007},
		{3, 2.289, 2.004, 1.166, 1.151, 1.017, 1.016},
		{4, 2.361, 2.024, 1.202, 1.183, 1.024, 1.022},
		{5, 2.413, 2.040, 1.229, 1.207, 1.028, 1.026},
		{10, 2.555, 2.087, 1.301, 1.271, 1.040, 1.037},
	} {
		pocock, err1 := experiment.WangTsiatis(equalLooks(tt.looks), 0.95, 0.5)
		obf, err2 := experiment.WangTsiatis(equalLooks(tt.looks), 0.95, 0)
		check(t, err1, err2)
		last := tt.looks - 1
		got := []float64{pocock.Critical[0], obf.Critical[last], pocock.Inflation(0.8), pocock.Inflation(0.9), obf.Inflation(0.8), obf.Inflation(0.9)}
		want := []float64{tt.pocock, tt.obf, tt.pocock80, tt.pocock90, tt.obf80, tt.obf90}
		for i := range got {
			if !(math.Abs(got[i]-want[i]) <= 0.00051) { // half a unit in the last digit printed
				t.Errorf("%d looks, value %d: %.5f, published %.3f", tt.looks, i, got[i], want[i])
			}
		}
		evidence.Claim{Method: "Group-sequential boundaries and inflation", Data: "2 to 10 looks", Source: "Jennison and Turnbull (2000), chapter 2, three decimals"}.Agree(t, got, want, 5e-4)
		if math.Abs(obf.Spent[last]-0.05) > 1e-10 || math.Abs(pocock.Spent[last]-0.05) > 1e-10 {
			t.Errorf("%d looks spend %v and %v", tt.looks, obf.Spent[last], pocock.Spent[last])
		}
	}
}

// Five equal looks, 2.5 % on each side: the boundaries that R's ldbounds gives,
// after the program of Reboussin et al. (2000), Controlled Clinical Trials
// 21:190-207.
func TestLanDeMetsBoundaries(t *testing.T) {
	perSide := func(t, alpha float64) float64 { return 2 * experiment.OBrienFleming(t, alpha/2) }
	obf, err1 := experiment.SpendAlpha(equalLooks(5), 0.95, perSide)
	pocock, err2 := experiment.SpendAlpha(equalLooks(5), 0.95, experiment.Pocock)
	check(t, err1, err2)
	claim := evidence.Claim{Method: "Alpha-spending boundaries", Data: "five looks", Source: "R ldbounds, four decimals"}
	claim.Agree(t, obf.Critical, []float64{4.8769, 3.3569, 2.6803, 2.2898, 2.0310}, 5e-5)
	claim.Agree(t, pocock.Critical, []float64{2.4380, 2.4268, 2.4101, 2.3966, 2.3859}, 5e-5)
}

// The chance that repeated tests at 5 % reject at least once: the recursion of
// Armitage, McPherson and Rowe (1969), written out in R on a grid of 2,001
// points, gives 0.050000, 0.083118, 0.141690, 0.193357 and 0.247912.
func TestRepeatedTests(t *testing.T) {
	for looks, want := range map[int]float64{1: 0.050000, 2: 0.083118, 5: 0.141690, 10: 0.193357, 20: 0.247912} {
		d := experiment.GroupDesign{Information: equalLooks(looks), Level: 0.95}
		for range looks {
			d.Critical = append(d.Critical, stat.Critical(0.95))
		}
		got := 2 * d.Power(0)
		if math.Abs(got-want) > 2e-6 {
			t.Errorf("%d looks: %.7f, want %.6f", looks, got, want)
		}
		evidence.Claim{Method: "False alarms of repeated tests", Data: "1 to 20 looks", Source: "R 4.2, recursion of Armitage et al. (1969) written out"}.Agree(t, []float64{got}, []float64{want}, 2e-5)
	}
}

func TestGroupAgainstMvtnorm(t *testing.T) {
	ref := loadReference(t).Group
	obf, err1 := experiment.SpendAlpha(ref.Information, 0.95, experiment.OBrienFleming)
	pocock, err2 := experiment.SpendAlpha(ref.Information, 0.95, experiment.Pocock)
	check(t, err1, err2)
	claim := evidence.Claim{Method: "Alpha-spending boundaries", Data: "looks at 25, 50, 80 and 100 %", Source: "R mvtnorm 1.1 (Miwa)"}
	claim.Agree(t, append(obf.Critical, pocock.Critical...), append(ref.OBF, ref.Pocock...), 1e-6)
	claim.Method = "Power of a group-sequential test"
	claim.Agree(t, []float64{obf.Power(3), obf.Power(-3)}, []float64{ref.Power3, ref.Power3}, 1e-6)
	final, err := obf.Final(ref.Final.Look, 2*ref.Final.Z, 2)
	check(t, err)
	scale := 2 * math.Sqrt(ref.Information[ref.Final.Look])
	claim.Method = "Group-sequential estimate after stopping"
	claim.Agree(t, []float64{final.P, final.Value, final.Interval.Low, final.Interval.High}, []float64{ref.Final.P, scale * ref.Final.Median, scale * ref.Final.Low, scale * ref.Final.High}, 1e-6)
}

func TestBasicsSequential(t *testing.T) {
	var ref struct {
		Sequential struct {
			MSPRT struct {
				N      float64 `json:"n_per_arm"`
				V      float64 `json:"var_sum"`
				Tau2   float64
				Diff   float64
				Lambda float64
			} `json:"msprt_normal"`
			RawOBF []map[string]float64 `json:"obf_spending_2sided_05"`
			RawPoc []map[string]float64 `json:"pocock_spending"`
		}
	}
	reference.JSON(t, reference.Path(t, "basics", "reference-basics.json"), &ref)
	m := ref.Sequential.MSPRT
	got, err := experiment.MSPRT(m.Diff, math.Sqrt(m.V/m.N), math.Sqrt(m.Tau2), 0.95)
	check(t, err)
	evidence.Claim{Method: "mSPRT, mixture likelihood ratio", Data: "1,000 an arm", Source: "R 4.2, Johari et al. (2022) written out"}.Agree(t, []float64{math.Exp(got.LogLambda)}, []float64{m.Lambda}, 1e-12)
	for i := range ref.Sequential.RawOBF {
		o, p := ref.Sequential.RawOBF[i], ref.Sequential.RawPoc[i]
		evidence.Claim{Method: "Spending functions", Data: "five looks", Source: "R 4.2, Lan and DeMets (1983) written out"}.
			Agree(t, []float64{experiment.OBrienFleming(o["t"], 0.05), experiment.Pocock(p["t"], 0.05)}, []float64{o["alpha_spent"], p["alpha_spent"]}, 1e-10)
	}
}

// λ by hand for value 2, se 1, tau 1: √½·e^(4/(2·2)) = e/√2. At the ends of the
// interval λ is 1/α: the interval and the test agree.
func TestMSPRTByHand(t *testing.T) {
	got, err := experiment.MSPRT(2, 1, 1, 0.95)
	check(t, err)
	end, err := experiment.MSPRT(2-got.Interval.Low, 1, 1, 0.95)
	check(t, err)
	evidence.Claim{Method: "mSPRT, mixture likelihood ratio", Data: "value 2, standard error 1, tau 1", Source: "exact derivation"}.
		Agree(t, []float64{got.LogLambda, got.P, end.P}, []float64{1 - math.Ln2/2, math.Sqrt2 / math.E, 0.05}, 1e-12)
}

// The narrowest interval at the planned end: any other tau is wider there.
func TestTauIsBest(t *testing.T) {
	width := func(tau float64) float64 {
		s, err := experiment.MSPRT(0, 0.5, tau, 0.95)
		check(t, err)
		return s.Interval.High
	}
	best := experiment.Tau(0.5, 0.95)
	for _, factor := range []float64{0.5, 0.9, 1.1, 2} {
		if width(best*factor) < width(best)*0.9999 { // Tau is the source's approximation to the optimum
			t.Errorf("%g × tau is narrower: %g < %g", factor, width(best*factor), width(best))
		}
	}
}

func TestGroupErrors(t *testing.T) {
	for _, tt := range []struct {
		name        string
		information []float64
		want        error
	}{
		{"no looks", nil, stat.ErrTooFew},
		{"not rising", []float64{0.5, 0.5, 1}, stat.ErrInvalid},
		{"beyond the end", []float64{0.5, 1.1}, stat.ErrInvalid},
		{"NaN", []float64{math.NaN(), 1}, stat.ErrInvalid},
		{"a thousand looks", equalLooks(1000), stat.ErrInvalid},
	} {
		_, err1 := experiment.SpendAlpha(tt.information, 0.95, experiment.Pocock)
		_, err2 := experiment.WangTsiatis(tt.information, 0.95, 0.5)
		if !errors.Is(err1, tt.want) || !errors.Is(err2, tt.want) {
			t.Errorf("%s: %v and %v, want %v", tt.name, err1, err2, tt.want)
		}
	}
	d, err := experiment.SpendAlpha(equalLooks(3), 0.95, experiment.OBrienFleming)
	check(t, err)
	if _, err := d.Final(0, 1, 1); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("a result in the middle: %v", err)
	}
	if _, err := d.Look(0, math.Inf(1), 1); !errors.Is(err, stat.ErrNotFinite) {
		t.Errorf("an infinite estimate: %v", err)
	}
	if _, err := experiment.SpendAlpha(equalLooks(3), 0.95, func(t, a float64) float64 { return a / t }); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("a falling spending function: %v", err)
	}
}
