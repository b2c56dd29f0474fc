package regression_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// sample is a drawn data set: 6 clusters, half of them treated.
type sample struct {
	y, count, binary, treated, x, z []float64
	cluster, month                  []int
}

func drawSample(t *rapid.T) sample {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
	var s sample
	for g := range 6 {
		shock := rng.NormFloat64()
		for m := range 6 + rng.IntN(6) {
			x, z := rng.NormFloat64(), rng.NormFloat64()
			on := float64(rng.IntN(2))
			y := shock + 0.5*x + on + rng.NormFloat64()
			s.y, s.x, s.z, s.treated = append(s.y, y), append(s.x, x+0.7*z), append(s.z, z), append(s.treated, on)
			s.count = append(s.count, poissonDraw(rng, math.Exp(0.5+0.3*x)))
			s.binary = append(s.binary, float64(rng.IntN(2)))
			s.cluster, s.month = append(s.cluster, g), append(s.month, m)
		}
	}
	return s
}

// pick reorders, repeats or drops rows.
func (s sample) pick(rows []int) sample {
	var out sample
	for _, i := range rows {
		out.y, out.count, out.binary = append(out.y, s.y[i]), append(out.count, s.count[i]), append(out.binary, s.binary[i])
		out.treated, out.x, out.z = append(out.treated, s.treated[i]), append(out.x, s.x[i]), append(out.z, s.z[i])
		out.cluster, out.month = append(out.cluster, s.cluster[i]), append(out.month, s.month[i])
	}
	return out
}

// answers are the coefficient of treated and standard errors, method by method.
func (s sample) answers(t *rapid.T) map[string]float64 {
	design := regression.WithIntercept(len(s.y), s.treated, s.x)
	out := map[string]float64{}
	ols := must(regression.OLS(s.y, design))
	fe, err := regression.FixedEffects(s.y, columnsOf(s.treated, s.x), [][]int{s.cluster, s.month}, nil)
	if err != nil {
		t.Skip("months too thin")
	}
	iv := must(regression.Instrumented(s.y, design, []int{2}, columnsOf(s.z), nil))
	poisson := must(regression.Poisson(s.count, design, nil, nil))
	out["OLS"], out["OLS CR2"] = ols.Coef[1], regression.StandardErrors(must(ols.Clustered(regression.CR2, s.cluster)))[1]
	out["OLS CR3"], out["OLS HC3"] = regression.StandardErrors(must(ols.Clustered(regression.CR3, s.cluster)))[1], regression.StandardErrors(must(ols.HC(regression.HC3)))[1]
	out["df"] = must(ols.Satterthwaite(s.cluster))[1]
	out["two-way"] = regression.StandardErrors(must(ols.TwoWay(regression.CR0, s.cluster, s.month)))[1]
	out["fixed effects"], out["fixed effects CR1"] = fe.Coef[0], regression.StandardErrors(must(fe.Clustered(regression.CR1, s.cluster)))[0]
	out["instruments"], out["instruments CR1"] = iv.Coef[1], regression.StandardErrors(must(iv.Clustered(regression.CR1, s.cluster)))[1]
	out["Poisson"], out["Poisson HC0"] = poisson.Coef[1], regression.StandardErrors(must(poisson.HC(regression.HC0)))[1]
	if logit, err := regression.Logistic(s.binary, design, nil); err == nil {
		out["logistic"], out["logistic CR3"] = logit.Coef[1], regression.StandardErrors(must(logit.Clustered(regression.CR3, s.cluster)))[1]
		out["risk"] = must(logit.Standardise(design, 1, nil, logit.Classical(), 0.95)).Difference.Value
	}
	wild, err := ols.WildCluster(context.Background(), s.cluster, regression.WildPlan{Column: 1, Draws: 64, Level: 0.9})
	if err == nil {
		out["wild p"] = wild.P
	}
	return out
}

func sameAnswers(t *rapid.T, what string, got, want map[string]float64, change func(name string, v float64) float64) {
	for name, v := range want {
		if w := change(name, v); math.Abs(got[name]-w) > 1e-7*(1+math.Abs(w)) {
			t.Fatalf("%s: %s is %.12g, want %.12g", what, name, got[name], w)
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		want := s.answers(t)
		rows := rapid.Permutation(indices(len(s.y))).Draw(t, "rows")
		sameAnswers(t, "shuffled", s.pick(rows).answers(t), want, func(_ string, v float64) float64 { return v })

		swapped := s.pick(indices(len(s.y)))
		for i := range swapped.treated {
			swapped.treated[i] = 1 - swapped.treated[i]
		}
		signed := map[string]bool{"OLS": true, "fixed effects": true, "instruments": true, "Poisson": true, "logistic": true, "risk": true}
		sameAnswers(t, "arms swapped", swapped.answers(t), want, func(name string, v float64) float64 {
			if signed[name] {
				return -v
			}
			return v
		})

		scaled := s.pick(indices(len(s.y)))
		for i := range scaled.y {
			scaled.y[i], scaled.x[i], scaled.z[i] = 60*scaled.y[i], 1000*scaled.x[i], scaled.z[i]/24
		}
		unscaled := map[string]bool{"df": true, "wild p": true, "Poisson": true, "Poisson HC0": true, "logistic": true, "logistic CR3": true, "risk": true}
		sameAnswers(t, "units changed", scaled.answers(t), want, func(name string, v float64) float64 {
			if unscaled[name] {
				return v
			}
			return 60 * v
		})
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Twice the same rows under the same labels tell nothing new: CR0 stays, while
// the classical error believes in twice the data.
func TestDuplicatedRowsMoveOnlyTheNaiveError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		twice := s.pick(append(indices(len(s.y)), indices(len(s.y))...))
		one := must(regression.OLS(s.y, regression.WithIntercept(len(s.y), s.treated, s.x)))
		two := must(regression.OLS(twice.y, regression.WithIntercept(len(twice.y), twice.treated, twice.x)))
		a, b := must(one.Clustered(regression.CR0, s.cluster)), must(two.Clustered(regression.CR0, twice.cluster))
		if math.Abs(a.At(1, 1)-b.At(1, 1)) > 1e-9*a.At(1, 1) || math.Abs(one.Coef[1]-two.Coef[1]) > 1e-9 {
			t.Fatalf("variance %g of the rows, %g of the rows twice", a.At(1, 1), b.At(1, 1))
		}
		if c, d := must(one.Classical()), must(two.Classical()); d.At(1, 1) > 0.6*c.At(1, 1) {
			t.Fatalf("classical variance %g of the rows, %g of the rows twice", c.At(1, 1), d.At(1, 1))
		}
	})
}

func TestConstantCovariateIsRefusedEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawSample(t)
		constant := make([]float64, len(s.y))
		for i := range constant {
			constant[i] = 3
		}
		x := regression.WithIntercept(len(s.y), s.treated, constant)
		_, ols := regression.OLS(s.y, x)
		_, logit := regression.Logistic(s.binary, x, nil)
		_, poisson := regression.Poisson(s.count, x, nil, nil)
		_, fe := regression.FixedEffects(s.y, columnsOf(s.treated, constant), [][]int{s.cluster}, nil)
		_, iv := regression.Instrumented(s.y, x, []int{1}, columnsOf(s.z), nil)
		for what, err := range map[string]error{"OLS": ols, "logistic": logit, "Poisson": poisson, "fixed effects": fe, "instruments": iv} {
			if !errors.Is(err, stat.ErrCollinear) && !errors.Is(err, stat.ErrNoVariance) {
				t.Fatalf("%s: %v", what, err)
			}
		}
	})
}
