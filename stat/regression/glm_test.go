package regression_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// robustFit is what logistic and Poisson fits share.
type robustFit interface {
	Classical() *mat.SymDense
	HC(regression.HC) (*mat.SymDense, error)
	Clustered(regression.CR, []int) (*mat.SymDense, error)
}

func agreeWithGLM(t *testing.T, method string, coef []float64, fit robustFit, cluster []int, want glmFit) {
	t.Helper()
	agree := func(what, source string, got, want []float64) {
		t.Helper()
		evidence.Claim{Method: method + what, Data: "9 made clusters", Source: source}.Agree(t, got, want, 1e-9)
	}
	agree("", "R glm", coef, want.Coef)
	agree(", classical", "R glm", regression.StandardErrors(fit.Classical()), want.Classical)
	for kind, want := range map[regression.HC][]float64{regression.HC0: want.HC0, regression.HC1: want.HC1} {
		agree([]string{", HC0", ", HC1"}[kind], "R sandwich 3.0-2", regression.StandardErrors(must(fit.HC(kind))), want)
	}
	for kind, want := range map[regression.CR][]float64{regression.CR0: want.CR0, regression.CR1: want.CR1} {
		agree([]string{", CR0", ", CR1"}[kind], "R sandwich 3.0-2", regression.StandardErrors(must(fit.Clustered(kind, cluster))), want)
	}
	agree(", CR3", "R, leaving out each cluster for one step", regression.StandardErrors(must(fit.Clustered(regression.CR3, cluster))), want.CR3)
	_, err := fit.Clustered(regression.CR2, cluster)
	wantError(t, err, stat.ErrInvalid, "CR3")
}

func TestLogisticRobustMatchesR(t *testing.T) {
	ref, x := clustered(t)
	fit := must(regression.Logistic(ref.Data.Bin, x, nil))
	agreeWithGLM(t, "logistic regression", fit.Coef, fit, ref.Data.G, ref.Logit)
}

func TestPoissonMatchesR(t *testing.T) {
	ref, x := clustered(t)
	for _, tt := range []struct {
		name              string
		exposure, weights []float64
		want              glmFit
	}{{"Poisson regression, exposure", ref.Data.Exposure, nil, ref.Poisson}, {"Poisson regression, weighted", nil, ref.Data.W, ref.WPoisson}} {
		fit := must(regression.Poisson(ref.Data.Count, x, tt.exposure, tt.weights))
		agreeWithGLM(t, tt.name, fit.Coef, fit, ref.Data.G, tt.want)
		evidence.Claim{Method: tt.name + ", deviance and log likelihood", Data: "9 made clusters", Source: "R glm"}.Agree(t,
			[]float64{fit.Deviance, fit.LogLik}, []float64{tt.want.Deviance, tt.want.LogLik}, 1e-11)
		if tt.exposure != nil {
			evidence.Claim{Method: "quasi-Poisson", Data: "9 made clusters", Source: "R glm"}.Agree(t,
				append(regression.StandardErrors(must(fit.Quasi())), fit.Dispersion), append(ref.Quasi.SE, ref.Quasi.Dispersion), 1e-9)
		}
	}
}

func TestSicilyPoissonMatchesR(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "sicily-its", "sicily.csv"))
	type model struct {
		Coef, SE             []float64
		CI                   [][]float64
		Dispersion, Deviance float64
	}
	var ref struct {
		Level    model `json:"poisson_level"`
		Quasi    model `json:"quasipoisson_level"`
		Harmonic model `json:"quasipoisson_harmonic2"`
	}
	reference.JSON(t, reference.Path(t, "sicily-its", "reference-sicily.json"), &ref)
	ban, time, month := c.Floats(t, "smokban"), c.Floats(t, "time"), c.Floats(t, "month")
	aces, people := c.Floats(t, "aces"), c.Floats(t, "stdpop")
	wave := func(f func(float64) float64, k float64) []float64 {
		out := make([]float64, len(month))
		for i, m := range month {
			out[i] = f(k * 2 * math.Pi * m / 12)
		}
		return out
	}
	level := must(regression.Poisson(aces, regression.WithIntercept(len(aces), ban, time), people, nil))
	season := must(regression.Poisson(aces, regression.WithIntercept(len(aces), ban, time,
		wave(math.Sin, 1), wave(math.Cos, 1), wave(math.Sin, 2), wave(math.Cos, 2)), people, nil))
	for _, tt := range []struct {
		name string
		fit  *regression.LogLinear
		cov  *mat.SymDense
		want model
	}{
		{"Poisson regression", level, level.Classical(), ref.Level},
		{"quasi-Poisson", level, must(level.Quasi()), ref.Quasi},
		{"quasi-Poisson, harmonics", season, must(season.Quasi()), ref.Harmonic},
	} {
		claim := evidence.Claim{Method: tt.name, Data: "Sicily", Source: "R glm"}
		claim.Agree(t, tt.fit.Coef, tt.want.Coef, 1e-9)
		claim.Agree(t, regression.StandardErrors(tt.cov), tt.want.SE, 1e-6) // glm stops at 1e-8 of the deviance: its working weights are those of the step before
		claim.Agree(t, []float64{tt.fit.Deviance}, []float64{tt.want.Deviance}, 1e-10)
		ratio := regression.Ratio(must(regression.Coefficients(nil, tt.fit.Coef, tt.cov, []float64{math.Inf(1)}, 0.95))[1].Test)
		claim.Method += ", rate ratio"
		claim.Agree(t, []float64{ratio.Interval.Low, ratio.Interval.High}, tt.want.CI[1], 1e-7)
	}
	// Published: Lopez Bernal, Cummins and Gasparrini (2017), Int. J. Epidemiology
	// 46:348-355, rate ratios of the ban.
	evidence.Claim{Method: "Poisson regression, rate ratio", Data: "Sicily", Source: "Lopez Bernal et al. (2017)"}.Agree(t,
		[]float64{math.Exp(level.Coef[1]), math.Exp(season.Coef[1])}, []float64{0.894, 0.885}, 6e-4)
}

func TestPoissonRefuses(t *testing.T) {
	x := []float64{0, 0, 0, 1, 1, 1}
	for _, tt := range []struct {
		name        string
		y, exposure []float64
		err         error
		says        string
	}{
		{name: "no rows", err: stat.ErrTooFew},
		{name: "no events", y: make([]float64, 6), err: stat.ErrNoVariance},
		{name: "no events with x", y: []float64{1, 2, 0, 0, 0, 0}, err: stat.ErrSeparation},
		{name: "negative", y: []float64{1, 2, 0, 0, -1, 0}, err: stat.ErrInvalid, says: "row 4"},
		{name: "no exposure", y: []float64{1, 2, 0, 0, 1, 0}, exposure: []float64{1, 1, 0, 1, 1, 1}, err: stat.ErrInvalid, says: "row 2"},
		{name: "NaN exposure", y: []float64{1, 2, 0, 0, 1, 0}, exposure: []float64{1, math.NaN(), 1, 1, 1, 1}, err: stat.ErrNotFinite, says: "row 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := regression.Poisson(tt.y, regression.WithIntercept(len(tt.y), x[:len(tt.y)]), tt.exposure, nil)
			wantError(t, err, tt.err, tt.says)
		})
	}
}

func TestPoissonOfTwoGroupsIsTheRateRatio(t *testing.T) {
	// 6 events in 12 months against 15 in 10: rates ½ and 3/2, ratio 3; the variance
	// of a log rate ratio is the sum of the reciprocal counts.
	fit := must(regression.Poisson([]float64{2, 4, 10, 5}, regression.WithIntercept(4, []float64{0, 0, 1, 1}), []float64{5, 7, 4, 6}, nil))
	evidence.Claim{Method: "Poisson regression", Data: "two groups", Source: "exact"}.Agree(t,
		append(fit.Coef, regression.StandardErrors(fit.Classical())...),
		[]float64{math.Log(0.5), math.Log(3), math.Sqrt(1. / 6), math.Sqrt(1./6 + 1./15)}, 1e-12)
	ratio := regression.Ratio(must(regression.Coefficients(nil, fit.Coef, fit.Classical(), []float64{math.Inf(1)}, 0.95))[1].Test)
	if math.Abs(ratio.Value-3) > 1e-12 || !ratio.Interval.Contains(3) {
		t.Errorf("ratio %+v, want 3", ratio)
	}
}

type margins struct{ With, Without, Difference, LogRatio, Age []float64 }

func TestMarginsMatchR(t *testing.T) {
	var ref struct {
		Data           struct{ Low, Smoke, Age, Lwt []float64 }
		Classical, HC0 margins
	}
	reference.JSON(t, "testdata/margin.json", &ref)
	x := regression.WithIntercept(len(ref.Data.Low), ref.Data.Smoke, ref.Data.Age, ref.Data.Lwt)
	fit := must(regression.Logistic(ref.Data.Low, x, nil))
	for _, tt := range []struct {
		name string
		cov  *mat.SymDense
		want margins
	}{{"classical", fit.Classical(), ref.Classical}, {"HC0", must(fit.HC(regression.HC0)), ref.HC0}} {
		s := must(fit.Standardise(x, 1, nil, tt.cov, 0.95))
		slope := must(fit.MarginalEffect(x, 2, nil, tt.cov, 0.95))
		claim := evidence.Claim{Method: "standardised risks, " + tt.name, Data: "MASS birthwt", Source: "R glm, gradient by differences"}
		claim.Agree(t, []float64{s.With.Value, s.With.SE, s.Without.Value, s.Without.SE, s.Difference.Value, s.Difference.SE, s.LogRatio.Value, s.LogRatio.SE},
			join(tt.want.With, tt.want.Without, tt.want.Difference, tt.want.LogRatio), 1e-8)
		claim.Method = "mean marginal effect, " + tt.name
		claim.Agree(t, []float64{slope.Value, slope.SE}, tt.want.Age, 1e-8)
	}
}

func join(parts ...[]float64) []float64 {
	var out []float64
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func TestStandardisedRisksOfOneIndicatorAreProportions(t *testing.T) {
	// 2 of 5 without and 3 of 4 with: the model is saturated, so that risks and their
	// binomial variances are those of the groups.
	y := []float64{1, 1, 0, 0, 0, 1, 1, 1, 0}
	x := regression.WithIntercept(9, []float64{0, 0, 0, 0, 0, 1, 1, 1, 1})
	fit := must(regression.Logistic(y, x, nil))
	s := must(fit.Standardise(x, 1, nil, fit.Classical(), 0.95))
	evidence.Claim{Method: "standardised risks", Data: "one indicator", Source: "exact"}.Agree(t,
		[]float64{s.With.Value, s.Without.Value, s.Difference.Value, s.Difference.SE, regression.Ratio(s.LogRatio).Value},
		[]float64{0.75, 0.4, 0.35, math.Sqrt(0.75*0.25/4 + 0.4*0.6/5), 0.75 / 0.4}, 1e-12)
	_, err := fit.Standardise(x, 0, make([]float64, 9), fit.Classical(), 0.95)
	wantError(t, err, stat.ErrTooFew, "weight")
	odd := regression.WithIntercept(2, []float64{0, 2})
	_, err = fit.Standardise(odd, 1, nil, fit.Classical(), 0.95)
	wantError(t, err, stat.ErrInvalid, "column 1 of row 1")
}
