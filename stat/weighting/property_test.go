package weighting_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/weighting"
)

// mirror names the estimator of the exchanged arms.
var mirror = map[string]string{"IPW, ATT": "IPW, ATC", "IPW, ATC": "IPW, ATT", "IPW, ATE": "IPW, ATE", "Overlap weights": "Overlap weights",
	"Entropy balancing, ATE": "Entropy balancing, ATE", "AIPW, ATE": "AIPW, ATE", "Regression adjustment, ATE": "Regression adjustment, ATE"}

func drawn(t *rapid.T) weighting.Sample {
	seed := rapid.Uint64().Draw(t, "seed")
	w := world{n: rapid.IntRange(60, 160).Draw(t, "n"), slope: rapid.Float64Range(-1, 1).Draw(t, "slope"), curve: 0.5, varies: 0.3}
	if rapid.Bool().Draw(t, "clustered") {
		w.cluster = 3
	}
	return w.draw(rand.New(rand.NewPCG(seed, 1)))
}

// transformed is a sample with every row changed, or moved.
func transformed(s weighting.Sample, outcome func(float64) float64, treated func(bool) bool, covariate func(j int, x float64) float64, order []int) weighting.Sample {
	out := weighting.Sample{Covariates: regression.Design{Rows: len(order), Cols: s.Covariates.Cols}}
	for _, i := range order {
		out.Outcome = append(out.Outcome, outcome(s.Outcome[i]))
		out.Treated = append(out.Treated, treated(s.Treated[i]))
		for j, x := range s.Covariates.Row(i) {
			out.Covariates.Values = append(out.Covariates.Values, covariate(j, x))
		}
		if s.Cluster != nil {
			out.Cluster = append(out.Cluster, s.Cluster[i])
		}
	}
	return out
}

func TestProperties(t *testing.T) {
	same, keep := func(y float64) float64 { return y }, func(b bool) bool { return b }
	plain := func(_ int, x float64) float64 { return x }
	byName := map[string]estimator{}
	for _, e := range estimators() {
		byName[e.name] = e
	}
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		rows := make([]int, len(s.Treated))
		for i := range rows {
			rows[i] = i
		}
		shuffled := rapid.Permutation(rows).Draw(t, "order")
		unit := rapid.Float64Range(0.01, 100).Draw(t, "unit")
		name := rapid.SampledFrom([]string{"IPW, ATE", "IPW, ATT", "IPW, ATC", "Overlap weights", "Entropy balancing, ATE", "Entropy balancing, ATT",
			"AIPW, ATE", "AIPW, ATT", "Regression adjustment, ATE", "Regression adjustment, ATT"}).Draw(t, "estimator")
		e := byName[name]
		base, err := e.run(s)
		if err != nil {
			evidence.Finite(t, name, err)
			return
		}
		holds := func(what string, s weighting.Sample, e estimator, value, se float64) {
			got, err := e.run(s)
			if err != nil {
				t.Fatalf("%s, %s: %v", name, what, err)
			}
			if !near(got.Value, value, se) || !near(got.SE, se, se) {
				t.Fatalf("%s, %s: %v ± %v, want %v ± %v", name, what, got.Value, got.SE, value, se)
			}
		}
		holds("shuffled", transformed(s, same, keep, plain, shuffled), e, base.Value, base.SE)
		holds("outcome in another unit", transformed(s, func(y float64) float64 { return 5 + unit*y }, keep, plain, rows), e, unit*base.Value, unit*base.SE)
		holds("covariates in another unit", transformed(s, same, keep, func(j int, x float64) float64 {
			if j == 0 {
				return x
			}
			return 3 + unit*x
		}, rows), e, base.Value, base.SE)
		if other, ok := mirror[name]; ok {
			holds("arms exchanged", transformed(s, same, func(b bool) bool { return !b }, plain, rows), byName[other], -base.Value, base.SE)
		}
		if s.Cluster == nil {
			twice := transformed(s, same, keep, plain, slices.Concat(rows, rows))
			holds("every row twice", twice, e, base.Value, base.SE/math.Sqrt2)
			twice.Cluster = slices.Concat(rows, rows)
			g := float64(len(rows))
			holds("every row twice, clustered", twice, e, base.Value, base.SE*math.Sqrt(g/(g-1)))
		}
	})
}

func near(got, want, scale float64) bool {
	return math.Abs(got-want) <= 1e-6*math.Max(math.Abs(scale), 1e-9)
}

// What is promised of the weights themselves.
func TestWeights(t *testing.T) {
	s := world{n: 300, slope: 0.8}.draw(rand.New(rand.NewPCG(1, 2)))
	overlapped := must(weighting.Overlap(s, 0.95))(t)
	exact := must(weighting.EntropyBalance(s, weighting.EntropyOptions{Moments: 2}, 0.95))(t)
	for j := 1; j < s.Covariates.Cols; j++ {
		for name, e := range map[string]*weighting.Effect{"overlap weights": overlapped, "entropy balancing": exact} {
			if one, zero := armMean(s, e.Weights, true, j, 1), armMean(s, e.Weights, false, j, 1); math.Abs(one-zero) > 1e-9 {
				t.Errorf("%s: column %d has means %v and %v", name, j, one, zero)
			}
		}
		if one, all := armMean(s, exact.Weights, true, j, 2), mean(s, j, 2); math.Abs(one-all) > 1e-9 {
			t.Errorf("column %d has second moments %v treated and %v in all", j, one, all)
		}
	}
	stable := must(weighting.IPW(s, weighting.Options{Stabilise: true}, 0.95))(t)
	plain := must(weighting.IPW(s, weighting.Options{}, 0.95))(t)
	if stable.Value != plain.Value || stable.SE != plain.SE || !near(stable.ESS.Treated, plain.ESS.Treated, 1) {
		t.Errorf("stabilised %+v and not %+v", stable.Test, plain.Test)
	}
	var sum, n float64
	for i, treated := range s.Treated {
		if treated {
			sum += stable.Weights[i]
			n++
		}
	}
	if math.Abs(sum/n-1) > 0.1 {
		t.Errorf("stabilised weights of the treated average %v", sum/n)
	}
	capped := must(weighting.IPW(s, weighting.Options{CapQuantile: 0.9}, 0.95))(t)
	if c, n := capped.Clipped, capped.N; math.Abs(float64(c.Treated)-0.1*float64(n.Treated)) > 1 || math.Abs(float64(c.Control)-0.1*float64(n.Control)) > 1 {
		t.Errorf("%+v of %+v weights capped at their 0.9 quantile", c, n)
	}
}

func armMean(s weighting.Sample, w []float64, arm bool, j int, power float64) float64 {
	var sum, total float64
	for i, treated := range s.Treated {
		if treated == arm {
			sum += w[i] * math.Pow(s.Covariates.Row(i)[j], power)
			total += w[i]
		}
	}
	return sum / total
}

func mean(s weighting.Sample, j int, power float64) float64 {
	var sum float64
	for i := range s.Treated {
		sum += math.Pow(s.Covariates.Row(i)[j], power) / float64(len(s.Treated))
	}
	return sum
}

// Cross-fitting depends on the seed alone, keeps clusters together, and does
// not touch its inputs.
func TestCrossFittingIsRepeatable(t *testing.T) {
	s := world{n: 300, slope: 0.8, cluster: 5}.draw(rand.New(rand.NewPCG(3, 4)))
	before := slices.Clone(s.Outcome)
	run := func(seed uint64) *weighting.Effect {
		return must(weighting.AIPW(s, weighting.AIPWOptions{Folds: 5, Seed: seed}, 0.95))(t)
	}
	a, b, c := run(1), run(1), run(2)
	if a.Value != b.Value || a.SE != b.SE {
		t.Errorf("%v and %v with the same seed", a.Test, b.Test)
	}
	if a.Value == c.Value {
		t.Error("folds do not depend on the seed")
	}
	if math.Abs(a.Value-c.Value) > a.SE {
		t.Errorf("%v and %v: folds matter more than the data", a.Value, c.Value)
	}
	if !slices.Equal(before, s.Outcome) {
		t.Error("outcomes were changed")
	}
}
