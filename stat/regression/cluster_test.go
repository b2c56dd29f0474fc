package regression_test

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// clusterFit and glmFit are fits in testdata/cluster.json.
type clusterFit struct {
	Coef, CR2, CR3, DF, P, HTZ, HTZ3, TwoWay, TwoWay0 []float64
	FCR1                                              []float64 `json:"f_cr1"`
}

type glmFit struct {
	Coef, Classical, HC0, HC1, CR0, CR1, CR3 []float64
	Dispersion, Deviance, LogLik             float64
}

type clusterReference struct {
	Data struct {
		G, H                              []int
		Treated, X1, X2, W, Y, Count, Bin []float64
		Exposure                          []float64
	}
	OLS, WLS clusterFit
	NW       struct{ Lag0, Lag2, Lag5, WLS3 []float64 }
	Poisson  glmFit
	WPoisson glmFit
	Logit    glmFit
	Quasi    struct {
		Dispersion float64
		SE         []float64
	} `json:"quasipoisson"`
	Fixed struct{ CR2, CR3, DF []float64 }
}

func clustered(t testing.TB) (clusterReference, regression.Design) {
	t.Helper()
	var ref clusterReference
	reference.JSON(t, "testdata/cluster.json", &ref)
	d := ref.Data
	return ref, regression.WithIntercept(len(d.Y), d.Treated, d.X1, d.X2)
}

const clubSandwich = "R clubSandwich 0.5.8"

func TestFewClusterCovariancesMatchR(t *testing.T) {
	ref, x := clustered(t)
	for _, tt := range []struct {
		name    string
		weights []float64
		want    clusterFit
	}{{"OLS", nil, ref.OLS}, {"WLS", ref.Data.W, ref.WLS}} {
		t.Run(tt.name, func(t *testing.T) {
			fit := must(regression.WLS(ref.Data.Y, x, tt.weights))
			claim := func(method, source string) evidence.Claim {
				return evidence.Claim{Method: method + ", " + tt.name, Data: "9 made clusters", Source: source}
			}
			for kind, want := range map[regression.CR][]float64{regression.CR2: tt.want.CR2, regression.CR3: tt.want.CR3} {
				cov := must(fit.Clustered(kind, ref.Data.G))
				claim(map[regression.CR]string{2: "CR2", 3: "CR3"}[kind], clubSandwich).Agree(t, regression.StandardErrors(cov), want, 1e-9)
			}
			df := must(fit.Satterthwaite(ref.Data.G))
			claim("Satterthwaite degrees of freedom", clubSandwich).Agree(t, df, tt.want.DF, 1e-8)
			cov := must(fit.Clustered(regression.CR2, ref.Data.G))
			var p []float64
			for _, c := range must(regression.Coefficients(nil, fit.Coef, cov, df, 0.95)) {
				p = append(p, c.P)
			}
			claim("CR2 test", clubSandwich).Agree(t, p, tt.want.P, 1e-8)
			checkWald(t, fit, claim, tt.want, ref.Data.G)
			claim("two-way clustering, CR1", "R sandwich 3.0-2").Agree(t,
				regression.StandardErrors(must(fit.TwoWay(regression.CR1, ref.Data.G, ref.Data.H))), tt.want.TwoWay, 1e-9)
			claim("two-way clustering, CR0", "R sandwich 3.0-2").Agree(t,
				regression.StandardErrors(must(fit.TwoWay(regression.CR0, ref.Data.G, ref.Data.H))), tt.want.TwoWay0, 1e-9)
		})
	}
}

func checkWald(t *testing.T, fit *regression.Linear, claim func(string, string) evidence.Claim, want clusterFit, cluster []int) {
	t.Helper()
	two := []regression.Restriction{{Weights: []float64{0, 1, 0, 0}}, {Weights: []float64{0, 0, 1, 1}}}
	for _, c := range []struct {
		restrictions []regression.Restriction
		want         []float64
	}{{two, want.HTZ}, {regression.Zero(4, 1, 2, 3), want.HTZ3}} {
		w := must(fit.ClusterWald(c.restrictions, cluster))
		claim("Wald test, CR2 (HTZ)", clubSandwich).Agree(t, []float64{w.F, w.DF1, w.DF2, w.P}, c.want, 1e-8)
	}
	w := must(regression.Wald(fit.Coef, must(fit.Clustered(regression.CR1, cluster)), two, 8))
	claim("Wald test, CR1", "R sandwich 3.0-2, pf").Agree(t, []float64{w.F, w.DF1, w.DF2, w.P}, want.FCR1, 1e-9)
	one := must(fit.ClusterWald(regression.Zero(4, 2), cluster))
	test := must(fit.ClusterTest(2, cluster, 0.95))
	if math.Abs(one.F-test.Statistic*test.Statistic) > 1e-9*one.F || math.Abs(one.DF2-test.DF) > 1e-8*test.DF || math.Abs(one.P-test.P) > 1e-8 {
		t.Errorf("one restriction gives %+v, the t test %+v", one, test)
	}
}

func TestCR2WithAbsorbedEffectsMatchesDummies(t *testing.T) {
	ref, _ := clustered(t)
	d := ref.Data
	fit := must(regression.FixedEffects(d.Y, columnsOf(d.X1, d.X2), [][]int{d.G}, nil))
	claim := evidence.Claim{Method: "CR2, effects absorbed", Data: "9 made clusters", Source: clubSandwich}
	claim.Agree(t, regression.StandardErrors(must(fit.Clustered(regression.CR2, d.G))), ref.Fixed.CR2, 1e-9)
	claim.Method = "Satterthwaite degrees of freedom, effects absorbed"
	claim.Agree(t, must(fit.Satterthwaite(d.G)), ref.Fixed.DF, 1e-8)
	evidence.Claim{Method: "CR3, effects absorbed", Data: "9 made clusters", Source: "R lm, leaving out each cluster"}.Agree(t,
		regression.StandardErrors(must(fit.Clustered(regression.CR3, d.G))), ref.Fixed.CR3, 1e-9)
	_, err := fit.Clustered(regression.CR2, d.H)
	wantError(t, err, stat.ErrInvalid, "factor 0")
}

func TestNeweyWestMatchesR(t *testing.T) {
	ref, x := clustered(t)
	ols, wls := must(regression.OLS(ref.Data.Y, x)), must(regression.WLS(ref.Data.Y, x, ref.Data.W))
	for _, tt := range []struct {
		fit    *regression.Linear
		lag    int
		adjust bool
		want   []float64
	}{{ols, 0, true, ref.NW.Lag0}, {ols, 2, false, ref.NW.Lag2}, {ols, 5, true, ref.NW.Lag5}, {wls, 3, true, ref.NW.WLS3}} {
		evidence.Claim{Method: "Newey–West", Data: "made rows", Source: "R sandwich 3.0-2"}.Agree(t,
			regression.StandardErrors(must(tt.fit.NeweyWest(tt.lag, tt.adjust))), tt.want, 1e-9)
	}
	_, err := ols.NeweyWest(-1, true)
	wantError(t, err, stat.ErrInvalid, "lag -1")
	_, err = ols.NeweyWest(len(ref.Data.Y), true)
	wantError(t, err, stat.ErrInvalid, "rows")
	for rows, want := range map[int]int{59: 3, 100: 4, 500: 5} { // 4·(n/100)^(2/9) = 3.56, 4, 5.72
		if got := regression.NeweyWestLag(rows); got != want {
			t.Errorf("lag for %d rows is %d, want %d", rows, got, want)
		}
	}
}

func TestPetersenCovariancesMatchR(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "petersen-cl", "petersen.csv"))
	var ref struct {
		TwoWay []float64 `json:"se_twoway_firm_year"`
		CR2    []float64 `json:"se_firm_CR2"`
		CR3    []float64 `json:"se_firm_CR3"`
		NW     []float64 `json:"newey_west_lag3_prewhite_none"`
		Few    struct {
			Coef, P []float64
			CR1     []float64 `json:"se_CR1"`
			CR2     []float64 `json:"se_CR2"`
			DF      []float64 `json:"df_satterthwaite"`
		} `json:"few_clusters_8_firms"`
	}
	reference.JSON(t, reference.Path(t, "petersen-cl", "reference-petersen.json"), &ref)
	y, x, firm, year := c.Floats(t, "y"), c.Floats(t, "x"), c.Ints(t, "firm"), c.Ints(t, "year")
	fit := must(regression.OLS(y, regression.WithIntercept(len(y), x)))
	agree := func(method, source string, got, want []float64) {
		t.Helper()
		evidence.Claim{Method: method, Data: "Petersen", Source: source}.Agree(t, got, want, 1e-9)
	}
	se := func(cov *mat.SymDense, err error) []float64 { return regression.StandardErrors(must(cov, err)) }
	agree("two-way clustering, CR1", "R sandwich 3.0-2", se(fit.TwoWay(regression.CR1, firm, year)), ref.TwoWay)
	agree("CR2", clubSandwich, se(fit.Clustered(regression.CR2, firm)), ref.CR2)
	agree("CR3", clubSandwich, se(fit.Clustered(regression.CR3, firm)), ref.CR3)
	agree("Newey–West", "R sandwich 3.0-2", se(fit.NeweyWest(3, true)), ref.NW)
	n := 0
	for n < len(firm) && firm[n] <= 8 {
		n++
	}
	few := must(regression.OLS(y[:n], regression.WithIntercept(n, x[:n])))
	agree("OLS, 8 firms", "R lm", few.Coef, ref.Few.Coef)
	agree("CR1, 8 firms", "R sandwich 3.0-2", se(few.Clustered(regression.CR1, firm[:n])), ref.Few.CR1)
	agree("CR2, 8 firms", clubSandwich, se(few.Clustered(regression.CR2, firm[:n])), ref.Few.CR2)
	agree("Satterthwaite degrees of freedom, 8 firms", clubSandwich, must(few.Satterthwaite(firm[:n])), ref.Few.DF)
	test := must(few.ClusterTest(1, firm[:n], 0.95))
	agree("CR2 test, 8 firms", clubSandwich, []float64{test.P}, ref.Few.P[1:])
}

func TestSicilyNeweyWestMatchesR(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "sicily-its", "sicily.csv"))
	var ref struct {
		OLS struct {
			Lag1 []float64 `json:"se_newey_west_lag1"`
			Lag3 []float64
			Lag6 []float64
		} `json:"segmented_ols_rate"`
	}
	reference.JSON(t, reference.Path(t, "sicily-its", "reference-sicily.json"), &ref)
	month, ban, aces, pop := c.Floats(t, "time"), c.Floats(t, "smokban"), c.Floats(t, "aces"), c.Floats(t, "stdpop")
	rate, slope := make([]float64, len(aces)), make([]float64, len(aces))
	for i := range rate {
		rate[i] = aces[i] / pop[i] * 1e5
		slope[i] = math.Max(0, month[i]-36) * ban[i]
	}
	fit := must(regression.OLS(rate, regression.WithIntercept(len(rate), month, ban, slope)))
	for lag, want := range map[int][]float64{1: ref.OLS.Lag1, 3: ref.OLS.Lag3, 6: ref.OLS.Lag6} {
		evidence.Claim{Method: "Newey–West", Data: "Sicily, segmented", Source: "R sandwich 3.0-2"}.Agree(t,
			regression.StandardErrors(must(fit.NeweyWest(lag, true))), want, 1e-9)
	}
}

// One treated cluster: the clustered p-value is refused, and says why.
func TestOneTreatedClusterIsRefused(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "organ-donations", "organ_donations.csv"))
	state, quarter := codes(c["State"]), c.Ints(t, "Quarter_Num")
	treated := make([]float64, len(quarter))
	california := -1
	for i, s := range c["State"] {
		if s == "California" {
			california = state[i]
			if quarter[i] >= 4 {
				treated[i] = 1
			}
		}
	}
	fit := must(regression.FixedEffects(c.Floats(t, "Rate"), columnsOf(treated), [][]int{state, quarter}, nil))
	_, err := fit.ClusterTest(0, state, 0.95)
	var few *regression.FewClusters
	if !errors.As(err, &few) || !errors.Is(err, stat.ErrTooFew) {
		t.Fatalf("error is %v, want *FewClusters", err)
	}
	// California's share of the demeaned indicator's sum of squares is (G−1)/G, and
	// each other state's 1/(G(G−1)), by expanding the square of D − D̄ᵢ − D̄ₜ + D̄.
	if want := 26. / 27; few.Leading != california || math.Abs(few.Share-want) > 1e-10 {
		t.Errorf("%.6f on cluster %d, want %.6f on %d", few.Share, few.Leading, want, california)
	}
	effective := 1 / (26.*26/27/27 + 26/(27.*27*26*26))
	if few.Clusters != 27 || math.Abs(few.Effective-effective) > 1e-9 {
		t.Errorf("%d clusters, %.6f effective; want 27 and %.6f", few.Clusters, few.Effective, effective)
	}
}

func TestSupportOfEqualClusters(t *testing.T) {
	// Eight clusters of equal size, half of them treated: the coefficient rests on
	// all eight equally.
	var y, x []float64
	var cluster []int
	for g := range 8 {
		for i := range 3 {
			y, x, cluster = append(y, float64(g*i%5)), append(x, float64(g%2)), append(cluster, 100+g)
		}
	}
	fit := must(regression.OLS(y, regression.WithIntercept(len(y), x)))
	support := must(fit.Support(cluster))
	if s := support[1]; s.Clusters != 8 || math.Abs(s.Effective-8) > 1e-9 || math.Abs(s.Share-1./8) > 1e-12 || s.Refuse() != nil || s.Plain() {
		t.Errorf("support is %+v", s)
	}
}
