package regression_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// repeated is a small data set, and the same many times over: enough rows to be
// worked on in parallel, with the same coefficients.
func repeated(times int) (small, large sample) {
	rng := rand.New(rand.NewPCG(9, 9))
	for i := range 400 {
		x := rng.NormFloat64()
		small.x, small.z = append(small.x, x), append(small.z, 1e4+x+rng.NormFloat64())
		small.y, small.count = append(small.y, 2+x+rng.NormFloat64()), append(small.count, poissonDraw(rng, math.Exp(x/2)))
		small.binary, small.treated = append(small.binary, float64(rng.IntN(2))), append(small.treated, float64(i%2))
		small.cluster, small.month = append(small.cluster, i%20), append(small.month, i%7)
	}
	var rows []int
	for range times {
		rows = append(rows, indices(400)...)
	}
	return small, small.pick(rows)
}

func (s sample) design() regression.Design {
	return regression.WithIntercept(len(s.y), s.treated, s.x, s.z)
}

func TestManyRowsGiveWhatFewGive(t *testing.T) {
	small, large := repeated(60)
	agree := func(what string, got, want []float64) {
		t.Helper()
		for j := range want {
			if math.Abs(got[j]-want[j]) > 1e-9*(1+math.Abs(want[j])) {
				t.Errorf("%s %d: %.14g with many rows, %.14g with few", what, j, got[j], want[j])
			}
		}
	}
	few, many := must(regression.OLS(small.y, small.design())), must(regression.OLS(large.y, large.design()))
	agree("OLS", many.Coef, few.Coef)
	agree("CR0", regression.StandardErrors(must(many.Clustered(regression.CR0, large.cluster))), regression.StandardErrors(must(few.Clustered(regression.CR0, small.cluster))))
	agree("Logistic", must(regression.Logistic(large.binary, large.design(), nil)).Coef, must(regression.Logistic(small.binary, small.design(), nil)).Coef)
	agree("Poisson", must(regression.Poisson(large.count, large.design(), nil, nil)).Coef, must(regression.Poisson(small.count, small.design(), nil, nil)).Coef)
	dependent := regression.WithIntercept(len(large.y), large.x, large.treated, plus(large.x, large.treated))
	_, err := regression.OLS(large.y, dependent)
	wantError(t, err, stat.ErrCollinear, "column 3")
}

func plus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] + b[i]
	}
	return out
}

func TestResultsDoNotDependOnProcessors(t *testing.T) {
	_, large := repeated(60)
	run := func() []float64 {
		fit := must(regression.OLS(large.y, large.design()))
		logit := must(regression.Logistic(large.binary, large.design(), nil))
		panel := must(regression.FixedEffects(large.y, columnsOf(large.z, large.x), [][]int{large.cluster, large.month}, nil))
		return slices.Concat(fit.Coef, must(fit.HC(regression.HC1)).RawSymmetric().Data, logit.Coef, panel.Coef)
	}
	before := runtime.GOMAXPROCS(1)
	one := run()
	runtime.GOMAXPROCS(max(4, before))
	four := run()
	runtime.GOMAXPROCS(before)
	if !slices.Equal(one, four) {
		t.Errorf("one processor gives %v, four give %v", one, four)
	}
}
