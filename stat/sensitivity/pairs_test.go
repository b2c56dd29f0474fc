package sensitivity_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/sensitivity"
)

type gammaP struct {
	Gamma, T, Z float64
	PUpper      float64 `json:"p_upper"`
}

type rosenbaumReference struct {
	Lead    []gammaP `json:"lead_zeros_ranked_then_dropped"`
	Dropped []gammaP `json:"rosenbaum_lead_33_pairs"`
	Hammond []gammaP `json:"mcnemar_hammond"`
	Data    []struct{ E, C float64 }
}

func TestSignedRankBoundsReference(t *testing.T) {
	var ref struct{ Rosenbaum rosenbaumReference }
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	var d []float64
	for _, pair := range ref.Rosenbaum.Data {
		d = append(d, pair.E-pair.C)
	}
	for _, tt := range []struct {
		name string
		rule sensitivity.ZeroRule
		want []gammaP
	}{
		{"33 pairs of lead, zero ranked then dropped", sensitivity.RankThenDrop, ref.Rosenbaum.Lead},
		{"33 pairs of lead, zero dropped first", sensitivity.DropThenRank, ref.Rosenbaum.Dropped},
	} {
		pairs := must(sensitivity.MatchedPairs(d, tt.rule))
		var got, want []float64
		for _, w := range tt.want {
			b := pairs.Test(w.Gamma)
			got, want = append(got, b.Statistic, b.Deviate, b.PHigh), append(want, w.T, w.Z, w.PUpper)
		}
		evidence.Claim{Method: "Rosenbaum bounds, signed rank", Data: tt.name, Source: "R 4.2 reference script"}.Agree(t, got, want, 1e-10)
	}
}

// The bound's formulas (Rosenbaum 2002, section 4.3.3) in R 4.2, four decimals.
func TestLead(t *testing.T) {
	pairs := must(sensitivity.MatchedPairs(leadDifferences(), sensitivity.RankThenDrop))
	for _, tt := range []struct{ gamma, p float64 }{{2, 0.0018}, {3, 0.0136}, {4, 0.0388}, {4.25, 0.0468}, {5, 0.0740}} {
		if got := pairs.Test(tt.gamma).PHigh; !(math.Abs(got-tt.p) <= 5e-5) {
			t.Errorf("at %v: %v, R has %v", tt.gamma, got, tt.p)
		}
	}
}

// leadDifferences are exposed minus control, micrograms of lead a decilitre of
// blood of children whose fathers work with it, and of neighbours: Morton et al.
// (1982), American Journal of Epidemiology 115:549-555; also in R's DOS2.
func leadDifferences() []float64 {
	e := []float64{38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34, 13, 73, 25, 27}
	c := []float64{16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25, 16, 13, 11, 13}
	d := make([]float64, len(e))
	for i := range e {
		d[i] = e[i] - c[i]
	}
	return d
}

// Rosenbaum's example from Hammond (1964): of the pairs of a smoker and a
// non-smoker, 122 had one death of lung cancer, 110 of them the smoker's. R 4.2: pbinom(109, 122, 5/6, lower.tail = FALSE) and 6/7.
func TestHammond(t *testing.T) {
	y := must(sensitivity.MatchedYesNo(110, 12))
	var got []float64
	for _, gamma := range []float64{5, 6} {
		got = append(got, y.Test(gamma).PHigh)
	}
	evidence.Claim{Method: "Rosenbaum bounds, McNemar", Data: "110 of 122 pairs", Source: "R 4.2 pbinom"}.Agree(t, got, []float64{0.0231685638425403, 0.0969287747942495}, 1e-10)
	if limit := y.Limit(0.05); math.Abs(y.Test(limit).PHigh-0.05) > 1e-9 {
		t.Errorf("limit %v has p %v", limit, y.Test(limit).PHigh)
	}
}

func TestMcNemarBoundsReference(t *testing.T) {
	var ref struct{ Rosenbaum rosenbaumReference }
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	y := must(sensitivity.MatchedYesNo(110, 12))
	var got, want []float64
	for _, w := range ref.Rosenbaum.Hammond {
		got, want = append(got, y.Test(w.Gamma).PHigh), append(want, w.PUpper)
	}
	evidence.Claim{Method: "Rosenbaum bounds, McNemar", Data: "Hammond, 122 discordant pairs", Source: "R 4.2 pbinom"}.Agree(t, got, want, 1e-10)
}

type ownReference struct {
	Pairs     []float64
	Exact     []struct{ Gamma, P float64 }
	PSignRank float64 `json:"psignrank"`
	Wilcox    struct{ Estimate, Low, High float64 }
	HL        []struct{ Gamma, Low, High float64 } `json:"hl"`
	Interval  []struct{ Gamma, Low, High float64 }
	Stackloss struct {
		Value, SE, DF, RV float64
		PartialR2         float64 `json:"partial_r2"`
		RVHalf            float64 `json:"rv_half"`
		BenchmarkD        float64 `json:"benchmark_d"`
		BenchmarkY        float64 `json:"benchmark_y"`
		TWater            float64 `json:"t_water"`
	}
	MTCars struct {
		Value, SE, DF, RV float64
		RVAlpha           float64 `json:"rv_alpha"`
	} `json:"mtcars"`
	Omitted struct {
		Value, SE, DF float64
		R2D           float64 `json:"r2_d"`
		R2Y           float64 `json:"r2_y"`
		FullValue     float64 `json:"full_value"`
		FullSE        float64 `json:"full_se"`
	}
	Brute struct {
		Weak, Strong struct{ Value, SE, DF, RV float64 }
	}
}

func own(t *testing.T) ownReference {
	var ref ownReference
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref
}

func TestExactBoundsAndIntervals(t *testing.T) {
	ref := own(t)
	pairs := must(sensitivity.MatchedPairs(ref.Pairs, sensitivity.RankThenDrop))
	var got, want []float64
	for _, w := range ref.Exact {
		got, want = append(got, must(pairs.ExactP(w.Gamma))), append(want, w.P)
	}
	claim := func(method string) evidence.Claim {
		return evidence.Claim{Method: method, Data: "25 simulated pairs", Source: "R 4.2 convolution and wilcox.test"}
	}
	claim("Rosenbaum bounds, exact signed rank").Agree(t, append(got, must(pairs.ExactP(1))), append(want, ref.PSignRank), 1e-10)
	got, want = nil, nil
	for _, w := range ref.HL {
		low, high := pairs.Effect(w.Gamma)
		got, want = append(got, low, high), append(want, w.Low, w.High)
	}
	low, _ := pairs.Effect(1)
	claim("Rosenbaum bounds, Hodges–Lehmann").Agree(t, append(got, low), append(want, ref.Wilcox.Estimate), 1e-10)
	got, want = nil, nil
	for _, w := range ref.Interval {
		i := must(pairs.Interval(w.Gamma, 0.95))
		got, want = append(got, i.Low, i.High), append(want, w.Low, w.High)
	}
	i := must(pairs.Interval(1, 0.95))
	claim("Rosenbaum bounds, interval").Agree(t, append(got, i.Low, i.High), append(want, ref.Wilcox.Low, ref.Wilcox.High), 1e-10)
}

// Above 400 pairs the distribution is normal: both agree where they meet.
func TestIntervalOfManyPairs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	d := make([]float64, 401)
	for i := range d {
		d[i] = 0.3 + rng.NormFloat64()
	}
	exact := must(must(sensitivity.MatchedPairs(d[:400], sensitivity.RankThenDrop)).Interval(1.3, 0.95))
	normal := must(must(sensitivity.MatchedPairs(d, sensitivity.RankThenDrop)).Interval(1.3, 0.95))
	if math.Abs(exact.Low-normal.Low) > 0.02 || math.Abs(exact.High-normal.High) > 0.02 {
		t.Errorf("exact %+v, normal %+v", exact, normal)
	}
	if _, err := must(sensitivity.MatchedPairs(d, sensitivity.RankThenDrop)).ExactP(2); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("exact distribution of 401 pairs: %v", err)
	}
}

func TestMatchedPairsErrors(t *testing.T) {
	for _, tt := range []struct {
		d    []float64
		want error
	}{
		{nil, stat.ErrTooFew}, {[]float64{1}, stat.ErrTooFew}, {[]float64{0, 0, 0}, stat.ErrNoVariance},
		{[]float64{1, math.NaN()}, stat.ErrNotFinite}, {[]float64{1, math.Inf(1)}, stat.ErrNotFinite},
	} {
		if _, err := sensitivity.MatchedPairs(tt.d, sensitivity.RankThenDrop); !errors.Is(err, tt.want) {
			t.Errorf("%v: %v", tt.d, err)
		}
	}
	if _, err := sensitivity.MatchedYesNo(-1, 2); !errors.Is(err, stat.ErrInvalid) {
		t.Error(err)
	}
	if _, err := sensitivity.MatchedYesNo(0, 0); !errors.Is(err, stat.ErrTooFew) {
		t.Error(err)
	}
	four := must(sensitivity.MatchedPairs([]float64{1, 2, 3, 4}, sensitivity.RankThenDrop))
	if _, err := four.Interval(1, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("four pairs cannot be significant at 5 %%: %v", err)
	}
}

func TestPairsProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SliceOfN(rapid.Float64Range(-5, 5), 8, 40).Draw(t, "d")
		gamma := rapid.Float64Range(1, 4).Draw(t, "gamma")
		rule := sensitivity.ZeroRule(rapid.IntRange(0, 1).Draw(t, "rule"))
		p := must(sensitivity.MatchedPairs(d, rule))
		shuffled, scaled, flipped := slices.Clone(d), make([]float64, len(d)), make([]float64, len(d))
		slices.Reverse(shuffled)
		for i := range d {
			scaled[i], flipped[i] = d[i]*4, -d[i]
		}
		b := p.Test(gamma)
		if b != must(sensitivity.MatchedPairs(shuffled, rule)).Test(gamma) || b != must(sensitivity.MatchedPairs(scaled, rule)).Test(gamma) {
			t.Fatal("order or unit changes the bound")
		}
		f := must(sensitivity.MatchedPairs(flipped, rule)).Test(gamma)
		if !reference.Near(b.PHigh, 1-f.PLow, 1e-9) {
			t.Fatalf("arms swapped: %v and %v", b, f)
		}
		if b.PLow > b.PHigh || p.Test(gamma+0.5).PHigh < b.PHigh-1e-15 && b.Deviate > 0 {
			t.Fatalf("more bias, less doubt: %v", b)
		}
		low, high := p.Effect(gamma)
		l2, h2 := must(sensitivity.MatchedPairs(flipped, rule)).Effect(gamma)
		if low > high || low != -h2 || high != -l2 {
			t.Fatalf("effects %v to %v, flipped %v to %v", low, high, l2, h2)
		}
		if limit := p.Limit(0.05); limit > 1 && !reference.Near(p.Test(limit).PHigh, 0.05, 1e-9) {
			t.Fatalf("limit %v has p %v", limit, p.Test(limit).PHigh)
		}
	})
}

// A hidden cause makes the unit with the larger outcome the treated one with
// odds of 2, the worst that a bias of 2 can do; treatment does nothing. The
// bound at 2 keeps its promise, the test that knows no bias does not.
func TestBoundHoldsUnderHiddenBias(t *testing.T) {
	s := evidence.Simulate(t, "Rosenbaum bounds, signed rank", evidence.Draws{Quick: 1000, Full: 10000, Seed: 31}, func(rng *rand.Rand, hold func(string, bool)) error {
		d := make([]float64, 60)
		for i := range d {
			d[i] = math.Abs(rng.NormFloat64())
			if rng.Float64() > 2.0/3 {
				d[i] = -d[i]
			}
		}
		p := must(sensitivity.MatchedPairs(d, sensitivity.RankThenDrop))
		hold("null, hidden bias of 2: bound at 2 rejects at 5 %", p.Test(2).PHigh <= 0.05)
		hold("null, hidden bias of 2: bound at 3 rejects at 5 %", p.Test(3).PHigh <= 0.05)
		hold("null, hidden bias of 2: test without bias does not reject", p.Test(1).PHigh > 0.05)
		biased, honest := must(p.Interval(1, 0.95)), must(p.Interval(2, 0.95))
		hold("no effect, hidden bias of 2: interval at 2 covers", honest.Contains(0))
		hold("no effect, hidden bias of 2: interval without bias covers", biased.Contains(0))
		return nil
	})
	s.Nominal("null, hidden bias of 2: bound at 2 rejects at 5 %", 0.05, 0)
	s.AtMost("null, hidden bias of 2: bound at 3 rejects at 5 %", 0.05)
	s.ShownToFail("null, hidden bias of 2: test without bias does not reject", 0.5)
	s.AtLeast("no effect, hidden bias of 2: interval at 2 covers", 0.95)
	s.ShownToFail("no effect, hidden bias of 2: interval without bias covers", 0.5)
}

func TestBoundsWithoutBias(t *testing.T) {
	s := evidence.Simulate(t, "Rosenbaum bounds", evidence.Draws{Quick: 1000, Full: 10000, Seed: 32}, func(rng *rand.Rand, hold func(string, bool)) error {
		d, yes := make([]float64, 40), 0
		for i := range d {
			d[i] = 0.4 + rng.NormFloat64()
			yes += rng.IntN(2)
		}
		p := must(sensitivity.MatchedPairs(d, sensitivity.RankThenDrop))
		hold("effect 0.4, no bias, 40 pairs: interval at 1 covers", must(p.Interval(1, 0.95)).Contains(0.4))
		hold("effect 0.4, no bias, 40 pairs: interval at 1.5 covers", must(p.Interval(1.5, 0.95)).Contains(0.4))
		if yes > 0 {
			hold("null, 40 discordant pairs: McNemar bound at 1 rejects at 5 %", must(sensitivity.MatchedYesNo(yes, 40-yes)).Test(1).PHigh <= 0.05)
		}
		return nil
	})
	s.Nominal("effect 0.4, no bias, 40 pairs: interval at 1 covers", 0.95, 0)
	s.AtLeast("effect 0.4, no bias, 40 pairs: interval at 1.5 covers", 0.95)
	s.AtMost("null, 40 discordant pairs: McNemar bound at 1 rejects at 5 %", 0.05)
}

func FuzzMatchedPairs(f *testing.F) {
	f.Add(1.0, 2.0, -3.0, 0.5, 1.5)
	f.Add(0.0, 0.0, 0.0, 0.0, 1.0)
	f.Add(math.NaN(), 1.0, 1.0, 1.0, 2.0)
	f.Add(math.Inf(1), 1.0, -1.0, 1.0, 2.0)
	f.Add(1.0, 1.0, 1.0, 1.0, 1e300)
	f.Add(1e308, -1e308, 1e308, 5e-324, 3.0)
	f.Fuzz(func(t *testing.T, a, b, c, d, gamma float64) {
		if !(gamma >= 1 && gamma <= 1e6) {
			gamma = 2
		}
		p, err := sensitivity.MatchedPairs([]float64{a, b, c, d, -a, b, c, d}, sensitivity.ZeroRule(int(math.Abs(math.Mod(gamma, 2)))))
		if !evidence.Finite(t, "pairs", err) {
			return
		}
		bound := p.Test(gamma)
		low, high := p.Effect(gamma)
		evidence.Finite(t, "bounds", nil, bound.Deviate, bound.PHigh, bound.PLow, low, high, p.Limit(0.05))
		i, err := p.Interval(gamma, 0.9)
		evidence.Finite(t, "interval", err, i.Low, i.High)
	})
}

func ExampleMatchedPairs() {
	// Exposed minus control, blood lead of 33 matched children.
	pairs, err := sensitivity.MatchedPairs(leadDifferences(), sensitivity.RankThenDrop)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, gamma := range []float64{1, 2, 4, 5} {
		low, high := pairs.Effect(gamma)
		fmt.Printf("hidden bias %v: p at most %.4f, effect %.1f to %.1f\n", gamma, pairs.Test(gamma).PHigh, low, high)
	}
	fmt.Printf("significant up to a bias of %.2f\n", pairs.Limit(0.05))
	// Output:
	// hidden bias 1: p at most 0.0000, effect 15.0 to 15.0
	// hidden bias 2: p at most 0.0018, effect 10.2 to 19.5
	// hidden bias 4: p at most 0.0388, effect 6.5 to 25.0
	// hidden bias 5: p at most 0.0740, effect 5.0 to 26.5
	// significant up to a bias of 4.34
}
