package regression_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestLogisticMatchesR(t *testing.T) {
	ref, x := rRows(t)
	for _, tt := range []struct {
		name    string
		weights []float64
		want    rFit
	}{{"plain", nil, ref.Logit}, {"weighted", ref.Weight, ref.WLogit}} {
		t.Run(tt.name, func(t *testing.T) {
			fit, err := regression.Logistic(ref.Binary, x, tt.weights)
			if err != nil {
				t.Fatal(err)
			}
			claim := evidence.Claim{Method: "logistic regression, " + tt.name, Data: "40 made rows", Source: "R glm"}
			claim.Agree(t, fit.Coef, tt.want.Coef, 1e-9)
			claim.Agree(t, regression.StandardErrors(fit.Classical()), tt.want.Classical, 1e-9)
			checkRobust(t, claim.Method, fit, tt.want, ref.Cluster)
			if tt.weights == nil { // R's logLik of a weighted binomial is not the weighted log likelihood
				claim.Agree(t, []float64{fit.LogLik}, []float64{tt.want.LogLik}, 1e-12)
			}
		})
	}
}

func TestLalondePropensityMatchesR(t *testing.T) {
	columns := reference.CSV(t, reference.Path(t, "lalonde-matchit", "lalonde.csv"))
	var ref struct {
		Family struct {
			Logit struct {
				Coef, SE []float64
				LogLik   float64
			}
			PS []float64 `json:"ps_first10"`
		}
	}
	reference.JSON(t, reference.Path(t, "lalonde-matchit", "reference-lalonde-matchit.json"), &ref)
	treat := columns.Floats(t, "treat")
	is := func(race string) []float64 {
		out := make([]float64, len(treat))
		for i, r := range columns["race"] {
			if r == race {
				out[i] = 1
			}
		}
		return out
	}
	x := regression.WithIntercept(len(treat), columns.Floats(t, "age"), columns.Floats(t, "educ"),
		is("hispan"), is("white"), columns.Floats(t, "married"), columns.Floats(t, "nodegree"),
		columns.Floats(t, "re74"), columns.Floats(t, "re75"))
	fit, err := regression.Logistic(treat, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	// R stops at a relative change of deviance of 1e-8, and its standard errors are
	// those of the iteration before its last.
	claim := evidence.Claim{Method: "logistic regression, propensity", Data: "Lalonde", Source: "R glm, which stops early"}
	claim.Agree(t, fit.Coef, ref.Family.Logit.Coef, 1e-6)
	claim.Agree(t, fit.Fitted[:10], ref.Family.PS, 1e-6)
	claim.Method = "logistic regression, classical"
	claim.Agree(t, regression.StandardErrors(fit.Classical()), ref.Family.Logit.SE, 1e-4)
	claim.Method = "logistic regression, log likelihood"
	claim.Agree(t, []float64{fit.LogLik}, []float64{ref.Family.Logit.LogLik}, 1e-12)
}

func TestLogisticOfOneBinaryCovariateIsTheLogOddsRatio(t *testing.T) {
	// 2 of 5 without, 3 of 4 with: odds 2/3 and 3, odds ratio 9/2; the variance of
	// a log odds ratio is the sum of the reciprocal counts.
	y := []float64{1, 1, 0, 0, 0, 1, 1, 1, 0}
	x := []float64{0, 0, 0, 0, 0, 1, 1, 1, 1}
	fit, err := regression.Logistic(y, regression.WithIntercept(len(y), x), nil)
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "logistic regression", Data: "two by two table", Source: "exact"}
	claim.Agree(t, fit.Coef, []float64{math.Log(2. / 3), math.Log(9. / 2)}, 1e-12)
	claim.Agree(t, regression.StandardErrors(fit.Classical()),
		[]float64{math.Sqrt(1./2 + 1./3), math.Sqrt(1./2 + 1./3 + 1./3 + 1.)}, 1e-12)
}

// Weights matter relative to each other only, except to the standard errors.
func TestScaleOfWeightsDoesNotMoveCoefficients(t *testing.T) {
	ref, x := rRows(t)
	for _, scale := range []float64{1e-30, 1e30} {
		weights := make([]float64, len(ref.Weight))
		for i, w := range ref.Weight {
			weights[i] = scale * w
		}
		fit, err := regression.Logistic(ref.Binary, x, weights)
		if err != nil {
			t.Fatal(err)
		}
		reference.Agree(t, "coefficient", fit.Coef, ref.WLogit.Coef, 1e-9)
		reference.Agree(t, "HC0", regression.StandardErrors(must(fit.HC(regression.HC0))), ref.WLogit.HC["HC0"], 1e-9)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestLogisticRefuses(t *testing.T) {
	for _, tt := range []struct {
		name    string
		y, x    []float64
		weights []float64
		err     error
		says    string
	}{
		{name: "no rows", err: stat.ErrTooFew},
		{name: "all ones", y: []float64{1, 1, 1}, x: []float64{1, 2, 3}, err: stat.ErrNoVariance},
		{name: "weights leave one outcome", y: []float64{1, 1, 0}, x: []float64{1, 2, 3}, weights: []float64{1, 1, 0}, err: stat.ErrNoVariance},
		{name: "outcome 2", y: []float64{1, 2, 0}, x: []float64{1, 2, 3}, err: stat.ErrInvalid, says: "row 1"},
		{name: "complete separation", y: []float64{0, 0, 0, 1, 1, 1}, x: []float64{1, 2, 3, 4, 5, 6}, err: stat.ErrSeparation},
		{name: "quasi-separation", y: []float64{0, 0, 0, 1, 1, 0, 1, 1}, x: []float64{0, 0, 0, 0, 0, 0, 1, 1}, err: stat.ErrSeparation},
		{name: "quasi-separation at a tie", y: []float64{0, 0, 0, 1, 1, 1}, x: []float64{1, 2, 3, 3, 4, 5}, err: stat.ErrSeparation},
		{name: "collinear", y: []float64{0, 1, 0, 1}, x: []float64{2, 2, 2, 2}, err: stat.ErrCollinear, says: "column 1"},
		{name: "NaN", y: []float64{0, 1, 0, 1}, x: []float64{2, 1, math.NaN(), 2}, err: stat.ErrNotFinite, says: "covariate 1 of row 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := regression.Logistic(tt.y, regression.WithIntercept(len(tt.y), tt.x), tt.weights)
			wantError(t, err, tt.err, tt.says)
		})
	}
}

// One row on the wrong side is enough for a finite, if large, coefficient.
func TestAlmostSeparatedStillConverges(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	n := 2000
	y, x := make([]float64, n), make([]float64, n)
	for i := range y {
		x[i] = rng.NormFloat64()
		if x[i] > 0 {
			y[i] = 1
		}
	}
	x[0], y[0] = 0.01, 0
	x[1], y[1] = -0.01, 1
	fit, err := regression.Logistic(y, regression.WithIntercept(n, x), nil)
	if err != nil {
		t.Fatal(err)
	}
	var score0, score1 float64 // the likelihood equations hold
	for i := range y {
		score0 += y[i] - fit.Fitted[i]
		score1 += (y[i] - fit.Fitted[i]) * x[i]
	}
	if math.Abs(score0) > 1e-9 || math.Abs(score1) > 1e-9 {
		t.Errorf("score at the maximum is (%g, %g)", score0, score1)
	}
}

// With one covariate the arms are separated exactly when their ranges do not
// overlap, or touch in a point. Everything else has a finite maximum, where the
// likelihood equations hold.
func TestSeparationIsFoundWhereItIs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(3, 12).Draw(t, "n")
		x, y := make([]float64, n), make([]float64, n)
		low, high := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
		for i := range n {
			x[i] = float64(rapid.IntRange(-4, 4).Draw(t, "x"))
			arm := rapid.IntRange(0, 1).Draw(t, "y")
			y[i] = float64(arm)
			low[arm], high[arm] = math.Min(low[arm], x[i]), math.Max(high[arm], x[i])
		}
		fit, err := regression.Logistic(y, regression.WithIntercept(n, x), nil)
		switch {
		case math.IsInf(low[0], 0) || math.IsInf(low[1], 0):
			if !errors.Is(err, stat.ErrNoVariance) {
				t.Fatalf("one outcome only gives %v", err)
			}
		case slices.Min(x) == slices.Max(x):
			if !errors.Is(err, stat.ErrCollinear) {
				t.Fatalf("constant covariate gives %v", err)
			}
		case high[0] <= low[1] || high[1] <= low[0]:
			if !errors.Is(err, stat.ErrSeparation) {
				t.Fatalf("separated arms give %+v, %v", fit, err)
			}
		case err != nil:
			t.Fatal(err)
		default:
			var score, tilt float64
			for i := range n {
				score += y[i] - fit.Fitted[i]
				tilt += (y[i] - fit.Fitted[i]) * x[i]
			}
			if !(math.Abs(score) < 1e-9 && math.Abs(tilt) < 1e-9) {
				t.Fatalf("score at the maximum is (%g, %g)", score, tilt)
			}
		}
	})
}
