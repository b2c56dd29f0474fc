package regression_test

import (
	"context"
	"encoding/binary"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/regression"
)

func bytesOf(rows ...[]float64) []byte {
	var out []byte
	for _, row := range rows {
		for _, v := range row {
			out = binary.LittleEndian.AppendUint64(out, math.Float64bits(v))
		}
	}
	return out
}

// FuzzRegression feeds rows of outcome, two columns and a weight to every fit
// and covariance: each ends in a typed error or in finite numbers.
func FuzzRegression(f *testing.F) {
	nan, inf := math.NaN(), math.Inf(1)
	f.Add([]byte{})
	f.Add(bytesOf([]float64{1, 2, 3, 1}))                                                                       // one row
	f.Add(bytesOf([]float64{1, nan, 3, 1}, []float64{0, 1, 2, 1}, []float64{inf, 1, 2, 1}))                     // not finite
	f.Add(bytesOf([]float64{1, 2, 4, 1}, []float64{0, 1, 2, 1}, []float64{1, 3, 6, 1}, []float64{0, 5, 10, 1})) // collinear
	f.Add(bytesOf([]float64{0, 1, 4, 1}, []float64{0, 2, 2, 1}, []float64{1, 3, 7, 1}, []float64{1, 5, 1, 1}))  // separated
	f.Add(bytesOf([]float64{3, 1, 4, 1}, []float64{3, 2, 2, 2}, []float64{3, 3, 7, 1}, []float64{3, 5, 1, 0}))  // all tied
	f.Add(bytesOf([]float64{0, 1, 4, 1}, []float64{0, 2, 2, 1}, []float64{0, 3, 7, 1}, []float64{0, 5, 1, 1}))  // no events
	f.Add(bytesOf([]float64{1e300, 1, 4, 1}, []float64{-1e300, 2, 2, 1}, []float64{0, 3e200, 7, 1}, []float64{0, 5, 1e-300, 1}, []float64{0, 5, 1, 1e-300}))
	f.Add(bytesOf([]float64{1, 1, 4, 1}, []float64{0, 2, 2, 1}, []float64{1, 3, 7, 1}, []float64{0, 5, 1, 1}, []float64{1, 2, 8, 1}, []float64{0, 1, 9, 1}, []float64{1, 4, 2, 1}, []float64{0, 1, 3, 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		n := min(len(data)/32, 24)
		y, a, b, w := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		cluster, month := make([]int, n), make([]int, n)
		for i := range n {
			row := [4]float64{}
			for k := range row {
				row[k] = math.Float64frombits(binary.LittleEndian.Uint64(data[32*i+8*k:]))
			}
			y[i], a[i], b[i], w[i] = row[0], row[1], row[2], row[3]
			cluster[i], month[i] = int(data[32*i])%4, i%3
		}
		x := regression.WithIntercept(n, a, b)
		fuzzLinear(t, y, x, w, cluster)
		fuzzCounts(t, y, x, w, cluster)
		if n > 0 {
			panel, err := regression.FixedEffects(y, columnsOf(a, b), [][]int{cluster, month}, w)
			if evidence.Finite(t, "fixed effects", err) {
				evidence.Finite(t, "fixed effects", nil, append(panel.Coef, panel.RSS, panel.R2Within)...)
				fuzzCovariances(t, panel, cluster)
			}
			iv, err := regression.Instrumented(y, regression.WithIntercept(n, a), []int{1}, columnsOf(b, w), nil)
			if evidence.Finite(t, "instruments", err) {
				fuzzInstruments(t, iv, cluster)
			}
		}
	})
}

func fuzzLinear(t *testing.T, y []float64, x regression.Design, w []float64, cluster []int) {
	for _, weights := range [][]float64{nil, w} {
		fit, err := regression.WLS(y, x, weights)
		if !evidence.Finite(t, "least squares", err) {
			continue
		}
		evidence.Finite(t, "least squares", nil, append(fit.Coef, fit.RSS, fit.R2)...)
		fuzzCovariances(t, fit, cluster)
		cov, err := fit.Classical()
		if evidence.Finite(t, "classical", err) {
			table, err := regression.Coefficients(nil, fit.Coef, cov, []float64{float64(fit.DF)}, 0.95)
			if evidence.Finite(t, "table", err) {
				for _, c := range table {
					evidence.Finite(t, "table", nil, c.Value, c.SE, c.P, c.Interval.Low, c.Interval.High)
				}
			}
			wald, err := regression.Wald(fit.Coef, cov, regression.Zero(3, 1, 2), float64(fit.DF))
			if evidence.Finite(t, "Wald", err) {
				evidence.Finite(t, "Wald", nil, wald.F, wald.P)
			}
		}
		df, err := fit.Satterthwaite(cluster)
		evidence.Finite(t, "Satterthwaite", err, df...)
		test, err := fit.ClusterTest(1, cluster, 0.95)
		evidence.Finite(t, "cluster test", err, test.P, test.Interval.Low, test.Interval.High)
		htz, err := fit.ClusterWald(regression.Zero(3, 1, 2), cluster)
		evidence.Finite(t, "HTZ", err, htz.F, htz.P)
		wild, err := fit.WildCluster(context.Background(), cluster, regression.WildPlan{Column: 1, Draws: 99, Weights: regression.Webb, Level: 0.9})
		evidence.Finite(t, "wild bootstrap", err, wild.P, wild.Interval.Low, wild.Interval.High)
		hac, err := fit.NeweyWest(1, true)
		fuzzMatrix(t, "Newey–West", hac, err)
	}
}

type covariances interface {
	HC(regression.HC) (*mat.SymDense, error)
	Clustered(regression.CR, []int) (*mat.SymDense, error)
	TwoWay(kind regression.CR, a, b []int) (*mat.SymDense, error)
	Support([]int) ([]regression.Support, error)
}

func fuzzCovariances(t *testing.T, fit covariances, cluster []int) {
	for kind := regression.HC0; kind <= regression.HC3; kind++ {
		cov, err := fit.HC(kind)
		fuzzMatrix(t, "HC", cov, err)
	}
	for kind := regression.CR0; kind <= regression.CR3; kind++ {
		cov, err := fit.Clustered(kind, cluster)
		fuzzMatrix(t, "CR", cov, err)
	}
	other := make([]int, len(cluster))
	for i := range other {
		other[i] = i % 3
	}
	cov, err := fit.TwoWay(regression.CR1, cluster, other)
	fuzzMatrix(t, "two-way", cov, err)
	support, err := fit.Support(cluster)
	if evidence.Finite(t, "support", err) {
		for _, s := range support {
			evidence.Finite(t, "support", nil, s.Effective, s.Share)
		}
	}
}

func fuzzMatrix(t *testing.T, what string, cov *mat.SymDense, err error) {
	t.Helper()
	if evidence.Finite(t, what, err) {
		evidence.Finite(t, what, nil, cov.RawSymmetric().Data...)
	}
}

func fuzzCounts(t *testing.T, y []float64, x regression.Design, w []float64, cluster []int) {
	binary := make([]float64, len(y))
	for i, v := range y {
		if v > 0.5 {
			binary[i] = 1
		}
	}
	logit, err := regression.Logistic(binary, x, w)
	if evidence.Finite(t, "logistic", err) {
		evidence.Finite(t, "logistic", nil, append(append(logit.Coef, logit.LogLik), logit.Fitted...)...)
		fuzzCovariances(t, logit, cluster)
		slope, err := logit.MarginalEffect(x, 1, nil, logit.Classical(), 0.95)
		evidence.Finite(t, "marginal effect", err, slope.Value, slope.SE, slope.P)
	}
	poisson, err := regression.Poisson(y, x, nil, w)
	if evidence.Finite(t, "Poisson", err) {
		evidence.Finite(t, "Poisson", nil, append(append(poisson.Coef, poisson.LogLik, poisson.Deviance, poisson.Dispersion), poisson.Fitted...)...)
		fuzzCovariances(t, poisson, cluster)
		cov, err := poisson.Quasi()
		fuzzMatrix(t, "quasi-Poisson", cov, err)
	}
}

func fuzzInstruments(t *testing.T, iv *regression.TwoStage, cluster []int) {
	evidence.Finite(t, "instruments", nil, append(iv.Coef, iv.RSS)...)
	fuzzCovariances(t, iv, cluster)
	if cov, err := iv.First[0].Classical(); evidence.Finite(t, "first stage", err) {
		first, err := iv.FirstStage(0, cov, float64(iv.First[0].DF))
		evidence.Finite(t, "first stage", err, first.F, first.P, first.Effective)
	}
	sargan, err := iv.Sargan()
	evidence.Finite(t, "Sargan", err, sargan.Statistic, sargan.P)
	hansen, err := iv.Hansen(nil)
	evidence.Finite(t, "Hansen", err, hansen.Statistic, hansen.P)
	hausman, err := iv.WuHausman()
	evidence.Finite(t, "Wu–Hausman", err, hausman.F, hausman.P)
	for _, set := range []func() (regression.RobustSet, error){
		func() (regression.RobustSet, error) { return iv.AndersonRubin(0.95) },
		func() (regression.RobustSet, error) { return iv.AndersonRubinRobust(nil, 0.95) },
		func() (regression.RobustSet, error) { return iv.AndersonRubinRobust(cluster, 0.95) },
	} {
		r, err := set()
		if evidence.Finite(t, "Anderson–Rubin", err) {
			for _, part := range r.Parts {
				if math.IsNaN(part.Low) || math.IsNaN(part.High) {
					t.Fatalf("Anderson–Rubin: %+v", r)
				}
			}
		}
	}
}
