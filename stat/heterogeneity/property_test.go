package heterogeneity_test

import (
	"context"
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
	"github.com/liftmark/liftmark/stat/heterogeneity"
	"github.com/liftmark/liftmark/stat/regression"
)

func near(t *rapid.T, what string, a, b, tol float64) {
	if !reference.Near(a, b, tol) {
		t.Fatalf("%s: %v and %v", what, a, b)
	}
}

func TestSegmentProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s, other []heterogeneity.Segment
		for range rapid.IntRange(5, 9).Draw(t, "segments") {
			s = append(s, heterogeneity.Segment{Value: rapid.Float64Range(-3, 3).Draw(t, "effect"), SE: rapid.Float64Range(0.2, 2).Draw(t, "se")})
		}
		for _, g := range s { // sign turned, other unit, order reversed
			other = append(other, heterogeneity.Segment{Value: -100 * g.Value, SE: 100 * g.SE})
		}
		slices.Reverse(other)
		a, err := heterogeneity.Shrink(s, 0.95)
		if err != nil {
			evidence.Discard(t, err)
		}
		b := must(heterogeneity.Shrink(other, 0.95))
		for i, g := range a.Segments {
			h := b.Segments[len(s)-1-i]
			near(t, "posterior mean", -100*g.Estimate.Value, h.Estimate.Value, 1e-6)
			near(t, "interval", -100*g.Interval.Low, h.Interval.High, 1e-6)
			near(t, "pull", g.Pull, h.Pull, 1e-7)
		}
		for _, between := range []heterogeneity.Between{heterogeneity.REML, heterogeneity.DerSimonianLaird} {
			p, err := heterogeneity.Pool(s, between, 0.95)
			if err != nil {
				evidence.Discard(t, err)
			}
			q := must(heterogeneity.Pool(other, between, 0.95))
			near(t, "mean", -100*p.Mean.Value, q.Mean.Value, 1e-7)
			near(t, "τ²", 1e4*p.Tau2, q.Tau2, 1e-6)
			near(t, "Q", p.Q, q.Q, 1e-9)
		}
	})
}

// swapped arms turn the sign of every prediction, score and group.
func TestLearnerProperties(t *testing.T) {
	d, _ := email(rand.New(rand.NewPCG(8, 1)), 600, 3, 0.8)
	swapped, scaled := d, d
	swapped.Treated, scaled.Outcome = slices.Clone(d.Treated), slices.Clone(d.Outcome)
	for i := range d.Treated {
		swapped.Treated[i] = !d.Treated[i]
		scaled.Outcome[i] = 1000*d.Outcome[i] + 5
	}
	for name, plan := range plans {
		a, b, c := must(heterogeneity.Validate(t.Context(), d, plan)), must(heterogeneity.Validate(t.Context(), swapped, plan)), must(heterogeneity.Validate(t.Context(), scaled, plan))
		for i := range a.Score {
			if !reference.Near(a.Score[i], -b.Score[i], 1e-8) || !reference.Near(a.Effect[i], -b.Effect[i], 1e-8) {
				t.Fatalf("%s, arms swapped: row %d has %v and %v", name, i, a.Effect[i], b.Effect[i])
			}
			if !reference.Near(1000*a.Score[i], c.Score[i], 1e-7) || !reference.Near(1000*a.Effect[i], c.Effect[i], 1e-7) {
				t.Fatalf("%s, other unit: row %d has %v and %v", name, i, a.Effect[i], c.Effect[i])
			}
		}
		m := must(heterogeneity.Fit(t.Context(), d, plan))
		if m.Rows != 600 || math.IsNaN(m.Effect(d.Covariates.Row(0))) {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

func TestHonestTree(t *testing.T) {
	x := regression.Design{Rows: 4, Cols: 1, Values: []float64{1, 2, 3, 4}}
	tree := must(heterogeneity.GrowTree([]float64{0, 0, 9, 9}, x, heterogeneity.TreeRules{MaxDepth: 1, MinLeaf: 2}))
	if s := tree.Splits(); len(s) != 1 || s[0].At != 2.5 || tree.Predict([]float64{2.4}) != 0 || tree.Predict([]float64{2.5}) != 9 {
		t.Fatalf("%+v", s)
	}
	honest := must(tree.Honest([]float64{1, 3}, regression.Design{Rows: 2, Cols: 1, Values: []float64{0, 1}}))
	// Left: mean 2 of the other rows; right: none, so the root's mean, also 2.
	if honest.Predict([]float64{0}) != 2 || honest.Predict([]float64{9}) != 2 || tree.Predict([]float64{9}) != 9 {
		t.Error("honest means")
	}
}

func TestHeterogeneityErrors(t *testing.T) {
	good, _ := email(rand.New(rand.NewPCG(9, 1)), 200, 1, 0.8)
	change := func(f func(d *heterogeneity.Experiment)) heterogeneity.Experiment {
		d := good
		d.Outcome, d.Treated = slices.Clone(d.Outcome), slices.Clone(d.Treated)
		d.Covariates.Values = slices.Clone(d.Covariates.Values)
		f(&d)
		return d
	}
	for name, tt := range map[string]struct {
		d    heterogeneity.Experiment
		want error
	}{
		"outcome not a number": {change(func(d *heterogeneity.Experiment) { d.Outcome[3] = math.NaN() }), stat.ErrNotFinite},
		"infinite covariate":   {change(func(d *heterogeneity.Experiment) { d.Covariates.Values[4] = math.Inf(1) }), stat.ErrNotFinite},
		"nobody treated":       {change(func(d *heterogeneity.Experiment) { clear(d.Treated) }), stat.ErrTooFew},
		"propensity of 1":      {change(func(d *heterogeneity.Experiment) { d.Propensity = slices.Repeat([]float64{1}, 200) }), stat.ErrNoOverlap},
		"constant covariate": {change(func(d *heterogeneity.Experiment) {
			for i := range 200 {
				d.Covariates.Values[3*i] = 7
			}
		}), stat.ErrCollinear},
		"no covariates": {change(func(d *heterogeneity.Experiment) { d.Covariates = regression.Design{Rows: 200} }), stat.ErrTooFew},
	} {
		if _, err := heterogeneity.Validate(t.Context(), tt.d, heterogeneity.Plan{Seed: 1}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := heterogeneity.Validate(ctx, good, heterogeneity.Plan{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	p := must(heterogeneity.Validate(t.Context(), good, heterogeneity.Plan{Seed: 1}))
	if _, err := p.Uplift(ctx, heterogeneity.UpliftPlan{}, 0.95); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled bootstrap: %v", err)
	}
	for i := range p.Effect {
		p.Effect[i] = 1
	}
	if _, err := p.Calibration(0.95); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("flat predictions: %v", err)
	}
	if _, err := p.Uplift(t.Context(), heterogeneity.UpliftPlan{}, 0.95); !errors.Is(err, stat.ErrNoVariance) {
		t.Errorf("flat predictions: %v", err)
	}
}

func FuzzSegments(f *testing.F) {
	f.Add(1.0, 0.5, 2.0, 0.3, -1.0)
	f.Add(math.NaN(), 1.0, 1.0, 1.0, 1.0)
	f.Add(1.0, 0.0, 1.0, math.Inf(1), 1.0)
	f.Add(1.0, 1.0, 1.0, 1.0, 1.0)
	f.Add(1e90, 1e80, 1e-90, 1e79, 0.0)
	f.Fuzz(func(t *testing.T, a, sa, b, sb, c float64) {
		s := []heterogeneity.Segment{{"a", a, sa}, {"b", b, sb}, {"c", c, sa}, {"d", a, sb}, {"e", b, sa}}
		if p, err := heterogeneity.Shrink(s, 0.95); evidence.Finite(t, "shrinkage", err) {
			for _, g := range p.Segments {
				evidence.FiniteEstimate(t, "segment", nil, g.Estimate, g.Pull, g.Positive)
			}
			for what, e := range map[string]stat.Estimate{"mean": p.Mean, "τ": p.Tau, "new segment": p.New} {
				evidence.FiniteEstimate(t, what, nil, e)
			}
		}
		for _, between := range []heterogeneity.Between{heterogeneity.REML, heterogeneity.DerSimonianLaird} {
			if p, err := heterogeneity.Pool(s, between, 0.95); evidence.Finite(t, "pool", err) {
				evidence.FiniteEstimate(t, "pool", nil, p.Mean.Estimate, p.Tau2, p.Q, p.P, p.I2, p.H2)
			}
		}
	})
}

func FuzzLearner(f *testing.F) {
	f.Add([]byte("a fuzz corpus of bytes that serve as outcomes, covariates and arms"), uint8(0))
	f.Add([]byte{0, 0, 0, 0, 0, 0}, uint8(1))
	f.Add([]byte{1, 2, 3}, uint8(2))
	f.Add([]byte{255, 254, 253, 1, 2, 3, 9, 9, 9, 7, 7}, uint8(3))
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		if len(data) == 0 || len(data) > 200 {
			return
		}
		n := 90
		d := heterogeneity.Experiment{Covariates: regression.Design{Rows: n, Cols: 2}}
		at := func(i int) float64 {
			switch b := data[i%len(data)]; b {
			case 255:
				return math.NaN()
			case 254:
				return math.Inf(1)
			case 253:
				return 1e300
			default:
				return float64(b) * float64(1+i%7)
			}
		}
		for i := range n {
			d.Outcome, d.Treated = append(d.Outcome, at(3*i)), append(d.Treated, data[(5*i+1)%len(data)]%2 == 0)
			d.Covariates.Values = append(d.Covariates.Values, at(3*i+1), at(3*i+2))
			d.Cluster = append(d.Cluster, i/int(1+kind/4%5))
		}
		plan := heterogeneity.Plan{Learner: heterogeneity.Learner(kind % 2), Base: heterogeneity.Base(kind / 2 % 2), Folds: 2, Tree: heterogeneity.TreeRules{MinLeaf: 5}}
		p, err := heterogeneity.Validate(t.Context(), d, plan)
		if !evidence.Finite(t, "predictions", err) {
			return
		}
		if g, err := p.Groups(3, 0.95); evidence.Finite(t, "groups", err) {
			evidence.FiniteEstimate(t, "spread", nil, g.Spread.Estimate)
		}
		if c, err := p.Calibration(0.95); evidence.Finite(t, "calibration", err) {
			evidence.FiniteEstimate(t, "slope", nil, c.Slope.Estimate, c.Z, c.P)
		}
		if u, err := p.Uplift(t.Context(), heterogeneity.UpliftPlan{Points: 3, Replicates: 20}, 0.95); evidence.Finite(t, "uplift", err) {
			evidence.FiniteEstimate(t, "Qini", nil, u.Qini.Estimate)
			evidence.FiniteEstimate(t, "AUTOC", nil, u.AUTOC.Estimate)
		}
		if b, err := p.Projection(p.Covariates, 0.95); evidence.Finite(t, "projection", err) {
			evidence.FiniteEstimate(t, "projection", nil, b[1].Estimate)
		}
	})
}

func BenchmarkValidate(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		d, _ := email(rand.New(rand.NewPCG(1, 1)), n, 1, 0.8)
		for name, base := range map[string]heterogeneity.Base{"linear": heterogeneity.LinearBase, "tree": heterogeneity.TreeBase} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := heterogeneity.Validate(b.Context(), d, heterogeneity.Plan{Base: base, Seed: 1}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
