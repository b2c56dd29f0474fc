package multiple_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/multiple"
)

type method struct {
	name   string
	adjust func([]float64) ([]float64, error)
}

func methods() []method {
	return []method{
		{"Bonferroni", multiple.Bonferroni}, {"Holm", multiple.Holm}, {"Hochberg", multiple.Hochberg},
		{"Benjamini–Hochberg", multiple.BenjaminiHochberg}, {"Benjamini–Yekutieli", multiple.BenjaminiYekutieli},
	}
}

// The p-values of Benjamini and Hochberg (1995), table 1, shuffled p-values and
// ties, adjusted by R's p.adjust: testdata/reference.R.
func TestAgainstPAdjust(t *testing.T) {
	var cases []struct {
		Name       string
		P          []float64
		Bonferroni []float64
		Holm       []float64
		Hochberg   []float64
		BH, BY     []float64
	}
	reference.JSON(t, "testdata/reference.json", &cases)
	for _, c := range cases {
		for i, want := range [][]float64{c.Bonferroni, c.Holm, c.Hochberg, c.BH, c.BY} {
			m := methods()[i]
			got, err := m.adjust(c.P)
			if err != nil {
				t.Fatal(err)
			}
			evidence.Claim{Method: m.name, Data: c.Name, Source: "R 4.2 p.adjust"}.Agree(t, got, want, 1e-13)
		}
	}
}

func TestBasics(t *testing.T) {
	var ref struct {
		Multiple struct {
			Case struct {
				P, BH, BY, Holm, Hochberg []float64
				Rejected                  int `json:"rejected_at_05"`
			} `json:"bh1995"`
		} `json:"multiple_testing"`
	}
	reference.JSON(t, reference.Path(t, "basics", "reference-basics.json"), &ref)
	c := ref.Multiple.Case
	for i, want := range [][]float64{c.Holm, c.Hochberg, c.BH, c.BY} {
		m := methods()[i+1]
		got, err := m.adjust(c.P)
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: m.name, Data: "Benjamini and Hochberg (1995), 15 tests", Source: "R 4.2 p.adjust"}.Agree(t, got, want, 1e-13)
	}
	bh, err := multiple.BenjaminiHochberg(c.P)
	if err != nil || rejected(bh, 0.05) != c.Rejected {
		t.Errorf("%d rejected, %v; the paper rejects %d", rejected(bh, 0.05), err, c.Rejected)
	}
}

func rejected(p []float64, alpha float64) (n int) {
	for _, v := range p {
		if v <= alpha {
			n++
		}
	}
	return n
}

// Twenty KPIs with a common shock; the first three truly moved by 3.5 standard
// errors. Reading plain p-values raises a false alarm in most experiments.
func TestErrorRates(t *testing.T) {
	const kpis, real, shift = 20, 3, 3.5
	sim := evidence.Simulate(t, "multiple testing", evidence.Draws{Quick: 1000, Full: 5000, Seed: 31}, func(rng *rand.Rand, hold func(string, bool)) error {
		p, null := make([]float64, kpis), make([]float64, kpis)
		common := rng.NormFloat64()
		for i := range p {
			z := 0.5*common + math.Sqrt(0.75)*rng.NormFloat64()
			null[i] = stat.NormalP(z)
			if i < real {
				z += shift
			}
			p[i] = stat.NormalP(z)
		}
		hold("no correction, no KPI moved: no false alarm", rejected(null, 0.05) == 0)
		hold("no correction, 3 of 20 moved: no false alarm", rejected(p[real:], 0.05) == 0)
		for _, m := range methods() {
			adjusted, err := m.adjust(p)
			if err != nil {
				return err
			}
			quiet, err := m.adjust(null)
			if err != nil {
				return err
			}
			hold(m.name+", no KPI moved: a false alarm", rejected(quiet, 0.05) > 0)
			hold(m.name+", 3 of 20 moved: a false alarm", rejected(adjusted[real:], 0.05) > 0)
			hold(m.name+", 3 of 20 moved: no false alarm", rejected(adjusted[real:], 0.05) == 0)
			hold(m.name+", found the first", adjusted[0] <= 0.05)
		}
		return nil
	})
	sim.ShownToFail("no correction, no KPI moved: no false alarm", 0.95)
	sim.ShownToFail("no correction, 3 of 20 moved: no false alarm", 0.95)
	for _, m := range methods() {
		sim.AtMost(m.name+", no KPI moved: a false alarm", 0.05) // FDR and FWER are the same when all are null
	}
	for _, name := range []string{"Bonferroni", "Holm", "Hochberg"} {
		sim.AtMost(name+", 3 of 20 moved: a false alarm", 0.05)
	}
	sim.ShownToFail("Benjamini–Hochberg, 3 of 20 moved: no false alarm", 0.95) // it bounds another rate
	sim.AtLeast("Holm, found the first", 0.6)
}

// The false discovery rate is a mean of shares, so a sample is one alarm drawn
// at random from the experiment's: false with the probability of its share; no
// alarm counts as none false.
func TestFalseDiscoveryRate(t *testing.T) {
	const tests, real = 40, 12
	sim := evidence.Simulate(t, "false discovery rate", evidence.Draws{Quick: 1000, Full: 5000, Seed: 32}, func(rng *rand.Rand, hold func(string, bool)) error {
		p := make([]float64, tests)
		for i := range p {
			z := rng.NormFloat64()
			if i < real {
				z += 2.5
			}
			p[i] = stat.NormalP(z)
		}
		for _, m := range methods()[3:] {
			adjusted, err := m.adjust(p)
			if err != nil {
				return err
			}
			all, wrong := rejected(adjusted, 0.1), rejected(adjusted[real:], 0.1)
			hold(m.name+" at 10 %: an alarm is false", all > 0 && rng.IntN(all) < wrong)
		}
		wrong := rejected(p[real:], 0.1)
		hold("no correction: an alarm is right", rng.IntN(max(rejected(p, 0.1), 1)) >= wrong)
		return nil
	})
	sim.Nominal("Benjamini–Hochberg at 10 %: an alarm is false", 0.1*(tests-real)/tests, 0) // exactly α·m₀/m when independent
	sim.AtMost("Benjamini–Yekutieli at 10 %: an alarm is false", 0.1)
	sim.ShownToFail("no correction: an alarm is right", 0.9)
}

// Order does not matter, a smaller p never gets a larger adjusted p, an
// adjusted p is at least p, and the methods are ordered as theory says.
func TestAdjustProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(t, "p")
		before := slices.Clone(p)
		reversed := slices.Clone(p)
		slices.Reverse(reversed)
		var all [][]float64
		for _, m := range methods() {
			got, err := m.adjust(p)
			if err != nil {
				t.Fatal(err)
			}
			back, err := m.adjust(reversed)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(back)
			for i := range p {
				if got[i] != back[i] || got[i] < p[i] || got[i] > 1 {
					t.Fatalf("%s of %v: %v, reversed %v", m.name, p, got, back)
				}
				for k := range p {
					if p[i] < p[k] && got[i] > got[k] {
						t.Fatalf("%s of %v is not monotone: %v", m.name, p, got)
					}
				}
			}
			all = append(all, got)
		}
		for i := range p {
			const e = 1 + 1e-14
			bonferroni, holm, hochberg, bh, by := all[0][i], all[1][i], all[2][i], all[3][i], all[4][i]
			if holm > bonferroni*e || hochberg > holm*e || bh > hochberg*e || bh > by*e {
				t.Fatalf("p-value %d of %v: %v", i, p, []float64{bonferroni, holm, hochberg, bh, by})
			}
		}
		if !slices.Equal(p, before) {
			t.Fatal("the input was changed")
		}
	})
}

func FuzzAdjust(f *testing.F) {
	f.Add(0.01, 0.5, 1.0, 3)
	f.Add(math.NaN(), 0.5, 1.0, 3)
	f.Add(-0.1, 0.5, 1.0, 2)
	f.Add(0.0, 0.0, 0.0, 3)
	f.Add(math.Inf(1), 0.5, 2.0, 1)
	f.Add(0.2, 0.2, 0.2, 0)
	f.Fuzz(func(t *testing.T, a, b, c float64, n int) {
		p := []float64{a, b, c}[:min(max(n, 0), 3)]
		for _, m := range methods() {
			got, err := m.adjust(p)
			if err != nil {
				if !errors.Is(err, stat.ErrTooFew) && !errors.Is(err, stat.ErrNotFinite) && !errors.Is(err, stat.ErrInvalid) {
					t.Fatalf("untyped error %v", err)
				}
				continue
			}
			for _, v := range got {
				if !(v >= 0 && v <= 1) {
					t.Fatalf("%s of %v: %v", m.name, p, got)
				}
			}
		}
	})
}
