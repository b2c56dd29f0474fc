package did_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/did"
)

type rPanel struct {
	T, ID, G []int
	Y        []float64
}

func (r rPanel) panel(t testing.TB) did.Panel { return unitPanel(t, r.ID, r.T, r.G, r.Y, nil) }

type rBacon struct {
	Coef  float64
	Pairs struct {
		Kind, Treated, Control []int
		Estimate, Weight       []float64
	}
	Cells struct {
		Cohort, Period []int
		Weight         []float64
	}
	Negative    int
	NegativeSum float64 `json:"negative_sum"`
	Spread      float64
}

type rTwoWay struct {
	Panel, Gaps   rPanel
	Bacon, Castle rBacon
	Sunab         struct {
		At             []int
		Coef, SE       []float64
		ATT            float64
		ATTSE          float64 `json:"att_se"`
		Cohort, Period []int
		Cell           []float64
		CellSE         []float64 `json:"cell_se"`
	}
	Weighted struct{ Coef, SE float64 }
}

func twoWayReference(t testing.TB) (ref rTwoWay) {
	t.Helper()
	reference.JSON(t, "testdata/twfe.json", &ref)
	return ref
}

func TestBaconMatchesSubsetRegressions(t *testing.T) {
	ref := twoWayReference(t)
	for _, tt := range []struct {
		data string
		p    did.Panel
		want rBacon
	}{{"14 simulated units", ref.Panel.panel(t), ref.Bacon}, {"castle", castle(t), ref.Castle}} {
		b, err := did.Bacon(tt.p)
		if err != nil {
			t.Fatal(err)
		}
		var got, want []float64
		for i, kind := range tt.want.Pairs.Kind {
			control := tt.want.Pairs.Control[i]
			if control == -1 {
				control = did.Never
			}
			k := slices.IndexFunc(b.Pairs, func(p did.BaconPair) bool {
				return int(p.Kind) == kind && p.Treated == tt.want.Pairs.Treated[i] && p.Control == control
			})
			if k < 0 {
				t.Fatalf("%s: no pair of kind %d, %d against %d", tt.data, kind, tt.want.Pairs.Treated[i], control)
			}
			got = append(got, b.Pairs[k].Estimate, b.Pairs[k].Weight)
			want = append(want, tt.want.Pairs.Estimate[i], tt.want.Pairs.Weight[i])
		}
		if len(b.Pairs) != len(tt.want.Pairs.Kind) {
			t.Errorf("%s: %d pairs, want %d", tt.data, len(b.Pairs), len(tt.want.Pairs.Kind))
		}
		evidence.Claim{Method: "Goodman-Bacon decomposition", Data: tt.data, Source: "lm on every 2×2 subset in R"}.
			Agree(t, append(got, b.Coefficient), append(want, tt.want.Coef), 1e-10)
		r, err := did.TwoWayFixedEffects(tt.p, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		got, want = []float64{r.Value, float64(r.Weights.Negative), r.Weights.NegativeSum, r.Weights.Spread},
			[]float64{tt.want.Coef, float64(tt.want.Negative), tt.want.NegativeSum, tt.want.Spread}
		for i, c := range r.Weights.Cells {
			if c.Cohort != tt.want.Cells.Cohort[i] || c.Period != tt.want.Cells.Period[i] {
				t.Fatalf("%s: cell %d is (%d, %d)", tt.data, i, c.Cohort, c.Period)
			}
			got, want = append(got, c.Weight), append(want, tt.want.Cells.Weight[i])
		}
		evidence.Claim{Method: "Two-way weights of cohorts and periods", Data: tt.data, Source: "residuals of lm in R"}.Agree(t, got, want, 1e-10)
	}
}

// R's bacondecomp prints these weights for castle-doctrine laws dated by the year
// before (0.1.0, its notebook); weights depend on the starts alone.
func TestBaconWeightsMatchPublished(t *testing.T) {
	var p did.Panel
	for start, n := range map[int]int{2005: 1, 2006: 13, 2007: 4, 2008: 2, 2009: 1, did.Never: 29} {
		for range n {
			for year := 2000; year <= 2010; year++ {
				p.Unit, p.Period, p.Outcome = append(p.Unit, len(p.Start)), append(p.Period, year), append(p.Outcome, float64(year%3))
			}
			p.Start = append(p.Start, start)
		}
	}
	b, err := did.Bacon(p)
	if err != nil {
		t.Fatal(err)
	}
	var got []float64
	for _, kind := range []did.Comparison{did.EarlierLater, did.LaterEarlier, did.TreatedNever} {
		weight, _ := b.Of(kind)
		got = append(got, weight)
	}
	evidence.Claim{Method: "Goodman-Bacon decomposition (weights)", Data: "castle, laws dated a year earlier", Source: "R bacondecomp 0.1.0, notebook"}.
		Agree(t, got, []float64{0.05976325, 0.03189818, 0.90833857}, 2e-7)
}

// The weighted sum is the regression coefficient and the weights sum to 1.
func TestBaconAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units, periods := rapid.IntRange(3, 12).Draw(t, "units"), rapid.IntRange(2, 6).Draw(t, "periods")
		var p did.Panel
		for u := range units {
			p.Start = append(p.Start, rapid.SampledFrom([]int{0, 1, 2, 3, 4, did.Never}).Draw(t, "start"))
			for period := range periods {
				p.Unit, p.Period = append(p.Unit, u), append(p.Period, period)
				p.Outcome = append(p.Outcome, float64(rapid.IntRange(-99, 99).Draw(t, "y")))
			}
		}
		r, err := did.TwoWayFixedEffects(p, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		b, err := did.Bacon(p)
		if err != nil {
			t.Fatal(err)
		}
		var weights, cells float64
		for _, pair := range b.Pairs {
			weights += pair.Weight
		}
		for _, c := range r.Weights.Cells {
			cells += c.Weight
		}
		if math.Abs(weights-1) > 1e-12 || math.Abs(cells-1) > 1e-9 || math.Abs(b.Coefficient-r.Value) > 1e-9*(1+math.Abs(r.Value)) {
			t.Fatalf("weights sum to %g and %g, weighted sum %g, coefficient %g", weights, cells, b.Coefficient, r.Value)
		}
	})
}

func TestSunAbrahamWithGapsMatchesDummies(t *testing.T) {
	ref := twoWayReference(t)
	p := ref.Gaps.panel(t)
	r, err := did.SunAbraham(p, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	var got, want []float64
	for _, e := range r.Effects {
		if k := slices.Index(ref.Sunab.At, e.At); k >= 0 {
			got, want = append(got, e.ATT, e.SE), append(want, ref.Sunab.Coef[k], ref.Sunab.SE[k])
		} else if !e.Reference {
			t.Errorf("event time %d", e.At)
		}
	}
	for _, c := range r.Cells {
		for k := range ref.Sunab.Cell {
			if ref.Sunab.Cohort[k] == c.Cohort && ref.Sunab.Period[k] == c.Period {
				got, want = append(got, c.ATT, c.SE), append(want, ref.Sunab.Cell[k], ref.Sunab.CellSE[k])
			}
		}
	}
	got, want = append(got, r.Overall.ATT, r.Overall.SE), append(want, ref.Sunab.ATT, ref.Sunab.ATTSE)
	if len(got) != 2*(len(ref.Sunab.At)+len(ref.Sunab.Cell)+1) {
		t.Errorf("%d values, want %d", len(got), 2*(len(ref.Sunab.At)+len(ref.Sunab.Cell)+1))
	}
	evidence.Claim{Method: "Sun–Abraham event study", Data: "simulated panel with gaps", Source: "lm with dummies in R"}.Agree(t, got, want, 1e-9)
	w := p
	w.Weight, w.Cluster = make([]float64, len(p.Start)), make([]int, len(p.Start))
	for i, u := range p.Unit {
		w.Weight[u], w.Cluster[u] = float64(1+ref.Gaps.ID[i]%3), ref.Gaps.ID[i]/2
	}
	two, err := did.TwoWayFixedEffects(w, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Two-way fixed effects, weighted, clustered", Data: "simulated panel with gaps", Source: "lm with dummies in R"}.
		Agree(t, []float64{two.Value, two.SE}, []float64{ref.Weighted.Coef, ref.Weighted.SE}, 1e-9)
}

func TestBaconRefuses(t *testing.T) {
	p := tiny()
	gap := p
	gap.Unit, gap.Period, gap.Outcome = gap.Unit[1:], gap.Period[1:], gap.Outcome[1:]
	if _, err := did.Bacon(gap); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("a panel with a gap gives %v", err)
	}
	p.Weight = []float64{1, 1, 1, 1}
	if _, err := did.Bacon(p); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("weights give %v", err)
	}
	p.Weight, p.Start = nil, []int{9, 9, 9, 9}
	if _, err := did.Bacon(p); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("no starts give %v", err)
	}
	if _, err := did.TwoWayFixedEffects(p, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("no starts give %v", err)
	}
	if _, err := did.RankTest(tiny()); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("two starting units give %v", err)
	}
}
