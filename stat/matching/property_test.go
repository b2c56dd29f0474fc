package matching_test

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/matching"
	"github.com/liftmark/liftmark/stat/regression"
)

func drawOptions(t *rapid.T, n int) matching.Options {
	opt := matching.Options{
		Ratio: rapid.IntRange(1, 3).Draw(t, "ratio"), Replace: rapid.Bool().Draw(t, "replace"),
		Order: matching.Order(rapid.IntRange(0, 4).Draw(t, "order")), Ties: matching.Ties(rapid.IntRange(0, 1).Draw(t, "ties")),
		Caliper: rapid.SampledFrom([]float64{0, 0, 0.2, 1}).Draw(t, "caliper"), Seed: 5,
	}
	if opt.Replace && rapid.Bool().Draw(t, "share") {
		opt.Ties = matching.AllTies
	}
	if rapid.Bool().Draw(t, "strata") {
		for i := range n {
			opt.Exact = append(opt.Exact, i%3)
		}
	}
	return opt
}

// What every matched sample must be, against brute force: who matches whom is
// as near as the rules allow.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(6, 60).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		grid := rapid.SampledFrom([]float64{3, 20, 1e6}).Draw(t, "grid") // few values: many ties
		treated, score, y := make([]bool, n), make([]float64, n), make([]float64, n)
		for i := range n {
			treated[i], score[i], y[i] = rng.IntN(3) == 0, math.Round(rng.NormFloat64()*grid)/grid, rng.NormFloat64()
		}
		opt := drawOptions(t, n)
		m, err := matching.Nearest(treated, score, opt)
		if err != nil {
			evidence.Finite(t, "matching", err)
			return
		}
		mustBeMatched(t, treated, score, opt, m)
		if opt.Replace {
			mustBeNearest(t, treated, score, opt, m)
		}
		unit, scaled := rapid.SampledFrom([]float64{0.25, 8, 1024}).Draw(t, "unit"), make([]float64, n)
		for i, v := range score {
			scaled[i] = unit * v
		}
		again, err := matching.Nearest(treated, scaled, opt)
		if err != nil || !slices.Equal(again.Weights, m.Weights) {
			t.Fatalf("in another unit: %v, %+v, want %+v", err, again, m)
		}
		effect, err := m.AbadieImbens(y, matching.AIOptions{}, 0.95)
		if err != nil {
			return
		}
		for i := range y {
			y[i] = 7 + 3*y[i]
		}
		tripled, err := m.AbadieImbens(y, matching.AIOptions{}, 0.95)
		if err != nil || math.Abs(tripled.Value-3*effect.Value) > 1e-9 || math.Abs(tripled.SE-3*effect.SE) > 1e-9 {
			t.Fatalf("outcome in another unit: %v, %+v and %+v", err, tripled, effect)
		}
	})
}

func mustBeMatched(t *rapid.T, treated []bool, score []float64, opt matching.Options, m *matching.Matched) {
	uses, weight := map[int]int{}, make([]float64, len(treated))
	for _, s := range m.Sets {
		weight[s.Treated]++
		for k, c := range s.Controls {
			uses[c]++
			weight[c] += 1 / float64(len(s.Controls))
			if !treated[s.Treated] || treated[c] || slices.Contains(s.Controls[:k], c) || (opt.Exact != nil && opt.Exact[c] != opt.Exact[s.Treated]) {
				t.Fatalf("set %+v", s)
			}
		}
		if len(s.Controls) == 0 || (len(s.Controls) > opt.Ratio && opt.Ties != matching.AllTies) {
			t.Fatalf("set %+v for a ratio of %d", s, opt.Ratio)
		}
	}
	most := 0
	for _, u := range uses {
		most = max(most, u)
	}
	if !opt.Replace && most > 1 || m.MostUses != most || m.ControlsUsed != len(uses) {
		t.Fatalf("a control is in %d sets: %+v", most, m)
	}
	n := 0
	for i, v := range treated {
		if v {
			n++
		}
		if math.Abs(weight[i]-m.Weights[i]) > 1e-12 {
			t.Fatalf("weight %v of row %d, want %v", m.Weights[i], i, weight[i])
		}
	}
	if len(m.Sets)+len(m.Unmatched) != n {
		t.Fatalf("%d sets and %d unmatched of %d treated", len(m.Sets), len(m.Unmatched), n)
	}
}

// mustBeNearest says that no control outside a set is nearer than one in it.
func mustBeNearest(t *rapid.T, treated []bool, score []float64, opt matching.Options, m *matching.Matched) {
	for _, s := range m.Sets {
		farthest := 0.0
		for _, c := range s.Controls {
			farthest = math.Max(farthest, math.Abs(score[c]-score[s.Treated]))
		}
		for c, v := range treated {
			if v || slices.Contains(s.Controls, c) || (opt.Exact != nil && opt.Exact[c] != opt.Exact[s.Treated]) {
				continue
			}
			if d := math.Abs(score[c] - score[s.Treated]); d < farthest-1e-9 {
				t.Fatalf("control %d at %v is nearer than the set's %v: %+v", c, d, farthest, s)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	arms := []bool{true, false, true, false, false}
	score := []float64{1, 2, 3, 4, 5}
	for _, tt := range []struct {
		name    string
		treated []bool
		score   []float64
		opt     matching.Options
		want    error
	}{
		{"nobody", nil, nil, matching.Options{}, stat.ErrTooFew},
		{"one treated", []bool{true, false, false, false, false}, score, matching.Options{}, stat.ErrTooFew},
		{"missing score", arms, []float64{1, 2, math.NaN(), 4, 5}, matching.Options{}, stat.ErrNotFinite},
		{"nobody within reach", arms, score, matching.Options{Caliper: 0.1, CaliperIn: matching.ScoreUnits}, stat.ErrNoOverlap},
		{"caliper on a constant", arms, []float64{1, 1, 1, 1, 1}, matching.Options{Caliper: 0.1}, stat.ErrNoVariance},
	} {
		if _, err := matching.Nearest(tt.treated, tt.score, tt.opt); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	x := regression.Design{Rows: 5, Cols: 2, Values: []float64{1, 2, 2, 4, 3, 6, 4, 8, 5, 10}}
	if _, err := matching.Mahalanobis(context.Background(), arms, x, matching.Options{Order: matching.DataOrder}); !errors.Is(err, stat.ErrCollinear) {
		t.Errorf("collinear covariates: %v", err)
	}
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	x.Values[1] = 7
	for _, opt := range []matching.Options{{Order: matching.DataOrder}, {Order: matching.ClosestFirst}, {Replace: true}} {
		if _, err := matching.Mahalanobis(canceled, arms, x, opt); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
	}
	m := must(matching.Nearest(arms, score, matching.Options{Replace: true}))(t)
	shared := must(matching.Nearest(arms, []float64{1, 2, 1, 9, 9}, matching.Options{Replace: true}))(t)
	if _, err := shared.Effect(score, nil, 0.95); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("pairs that share a control: %v", err)
	}
	if _, err := m.AbadieImbens([]float64{1, 1, 1, 1, 1}, matching.AIOptions{}, 0.95); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("constant outcome: %v", err)
	}
	if _, err := matching.Subclassify(arms, score, score, 2, 0.95); !errors.Is(err, stat.ErrTooFew) {
		t.Errorf("class of one: %v", err)
	}
}

// Units of one cluster in several pairs: the two-way error is that of sets,
// plus clusters, less both, and with each row a cluster it is that of sets.
func TestEffectClustered(t *testing.T) {
	s := confounded(rand.New(rand.NewPCG(4, 4)), 200, 0.5, 0)
	score := make([]float64, 200)
	for i := range score {
		score[i] = s.Covariates.Row(i)[1]
	}
	m := must(matching.Nearest(s.Treated, score, matching.Options{Order: matching.ClosestFirst, Caliper: 0.2}))(t)
	rows, groups := make([]int, 200), make([]int, 200)
	for i := range rows {
		rows[i], groups[i] = i, i/4
	}
	plain, own, grouped := must(m.Effect(s.Outcome, nil, 0.95))(t), must(m.Effect(s.Outcome, rows, 0.95))(t), must(m.Effect(s.Outcome, groups, 0.95))(t)
	if math.Abs(own.SE-plain.SE) > 0.1*plain.SE || own.DF != plain.DF {
		t.Errorf("with each row a cluster %v, without clusters %v", own, plain)
	}
	if grouped.Value != plain.Value || grouped.SE < plain.SE || grouped.DF > plain.DF {
		t.Errorf("in clusters %v, without %v", grouped, plain)
	}
}

// FuzzMatching reads a small sample from bytes: whatever it holds, every
// method ends in one of the library's errors or in finite numbers.
func FuzzMatching(f *testing.F) {
	add := func(values ...float64) {
		var all []byte
		for k, v := range values {
			if k%3 == 0 {
				all = append(all, byte(k/3))
			}
			all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
		}
		for kind := range byte(8) {
			f.Add(all, kind)
		}
	}
	add()
	add(1, 2, 3)
	add(1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 3, 2, 5, 4, 6, 8, 7, 9)
	add(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
	add(math.NaN(), 2, 3, 4, math.Inf(1), 6, 7, 8, 9, 1, 2, 3, 4, 5, 6)
	add(1e308, -1e308, 3, -1e308, 1e308, 6, 7, 8, 9, 1, 1e308, 3, 4, -1e308, 6)
	add(1, 0, 2, 3, 0, 4, 5, 1, 6, 7, 1, 8, 9, 0, 1, 2, 1, 3, 4, 0, 5, 6, 1, 7)
	f.Fuzz(func(t *testing.T, data []byte, kind byte) {
		const width = 25
		n := min(len(data)/width, 30)
		treated, x := make([]bool, n), [3][]float64{}
		for i := range n {
			r := data[i*width:]
			treated[i] = r[0]&1 == 1
			for j := range x {
				x[j] = append(x[j], math.Float64frombits(binary.LittleEndian.Uint64(r[1+8*j:])))
			}
		}
		tryMatching(t, treated, x, kind)
		tryRiskSets(t, data, kind)
	})
}

func tryMatching(t *testing.T, treated []bool, x [3][]float64, kind byte) {
	n := len(treated)
	opt := matching.Options{Replace: kind&1 == 1, Ratio: 1 + int(kind>>1&1), Order: matching.Order(2 + kind>>2&1*2), Caliper: float64(kind & 2)}
	if opt.Replace && kind&4 == 4 {
		opt.Ties = matching.AllTies
	}
	design := regression.Design{Rows: n, Cols: 2}
	for i := range n {
		design.Values = append(design.Values, x[1][i], x[2][i])
	}
	byScore, err1 := matching.Nearest(treated, x[1], opt)
	byDistance, err2 := matching.Mahalanobis(context.Background(), treated, design, opt)
	for m, err := range map[*matching.Matched]error{byScore: err1, byDistance: err2} {
		if !evidence.Finite(t, "matching", err) {
			continue
		}
		plain, err := m.Effect(x[0], nil, 0.95)
		evidence.FiniteEstimate(t, "pairs", err, plain.Estimate, plain.Statistic, plain.P)
		ai, err := m.AbadieImbens(x[0], matching.AIOptions{Neighbours: int(kind & 1), Covariates: regression.WithIntercept(n, x[2])}, 0.95)
		evidence.FiniteEstimate(t, "Abadie–Imbens", err, ai.Estimate, ai.Statistic, ai.P)
	}
	classes, err := matching.Subclassify(treated, x[1], x[0], 2+int(kind%3), 0.95)
	if evidence.Finite(t, "classes", err) {
		evidence.FiniteEstimate(t, "classes", nil, classes.Estimate, classes.Statistic, classes.P)
	}
}

func tryRiskSets(t *testing.T, data []byte, kind byte) {
	p := matching.Panel{Periods: 4, Columns: 1}
	var outcome []float64
	for len(data) >= 3+32 && len(p.Units) < 20 {
		h := matching.History{Entry: int(int8(data[0])) % 4, Last: int(data[1] % 5), Start: int(int8(data[2])) % 5}
		if data[2] > 200 {
			h.Start = matching.Never
		}
		p.Units = append(p.Units, h)
		for k := range 4 {
			v := math.Float64frombits(binary.LittleEndian.Uint64(data[3+8*k:]))
			p.Covariates, outcome = append(p.Covariates, v), append(outcome, v)
		}
		data = data[35:]
	}
	r, err := matching.RiskSetMatching(p, matching.RiskOptions{Reuse: kind&1 == 1, Ratio: int(kind & 2), Caliper: float64(kind & 4)})
	if !evidence.Finite(t, "risk sets", err) {
		return
	}
	e, err := r.Effect(p.Window(outcome, 0, 2), 0.95)
	evidence.FiniteEstimate(t, "effect of risk sets", err, e.Estimate, e.Statistic, e.P)
}
