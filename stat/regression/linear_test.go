package regression_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// longley is NIST's Longley set (Longley 1967, JASA 62:819-841): employment, then
// price deflator, GNP, unemployed, armed forces, population and year.
var longley = [][]float64{
	{60323, 83.0, 234289, 2356, 1590, 107608, 1947},
	{61122, 88.5, 259426, 2325, 1456, 108632, 1948},
	{60171, 88.2, 258054, 3682, 1616, 109773, 1949},
	{61187, 89.5, 284599, 3351, 1650, 110929, 1950},
	{63221, 96.2, 328975, 2099, 3099, 112075, 1951},
	{63639, 98.1, 346999, 1932, 3594, 113270, 1952},
	{64989, 99.0, 365385, 1870, 3547, 115094, 1953},
	{63761, 100.0, 363112, 3578, 3350, 116219, 1954},
	{66019, 101.2, 397469, 2904, 3048, 117388, 1955},
	{67857, 104.6, 419180, 2822, 2857, 118734, 1956},
	{68169, 108.4, 442769, 2936, 2798, 120445, 1957},
	{66513, 110.8, 444546, 4681, 2637, 121950, 1958},
	{68655, 112.6, 482704, 3813, 2552, 123366, 1959},
	{69564, 114.2, 502601, 3931, 2514, 125368, 1960},
	{69331, 115.7, 518173, 4806, 2572, 127852, 1961},
	{70551, 116.9, 554894, 4007, 2827, 130081, 1962},
}

// powers are the columns x, x², …, each correctly rounded: pow may not be.
func powers(x []float64, degree int) [][]float64 {
	columns := make([][]float64, degree)
	for _, v := range x {
		exact := new(big.Float).SetPrec(700).SetFloat64(v)
		power := new(big.Float).Copy(exact)
		for d := range degree {
			rounded, _ := power.Float64()
			columns[d] = append(columns[d], rounded)
			power.Mul(power, exact)
		}
	}
	return columns
}

func TestLeastSquaresMatchesNIST(t *testing.T) {
	var nist struct {
		Sets []struct {
			Name           string
			Degree         int
			SD, R2         float64
			Coef, SE, X, Y []float64
		}
	}
	reference.JSON(t, "testdata/nist.json", &nist)
	for _, s := range nist.Sets {
		t.Run(s.Name, func(t *testing.T) {
			tol := 1e-12
			if s.Name == "Filip" {
				// The powers of x as float64 differ from those of the decimal x by
				// rounding; the condition number, 1e10 after scaling, multiplies it.
				tol = 1e-7
			}
			agreeWithNIST(t, s.Name, s.Y, powers(s.X, s.Degree), tol, s.Coef, s.SE, s.SD, s.R2)
		})
	}
	t.Run("Longley", func(t *testing.T) {
		// Source: NIST StRD, Longley.dat.
		coef := []float64{-3482258.63459582, 15.0618722713733, -0.0358191792925910, -2.02022980381683,
			-1.03322686717359, -0.0511041056535807, 1829.15146461355}
		se := []float64{890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699,
			0.214274163161675, 0.226073200069370, 455.478499142212}
		var y []float64
		columns := make([][]float64, 6)
		for _, row := range longley {
			y = append(y, row[0])
			for j := range columns {
				columns[j] = append(columns[j], row[j+1])
			}
		}
		agreeWithNIST(t, "Longley", y, columns, 1e-12, coef, se, 304.854073561965, 0.995479004577296)
	})
}

func agreeWithNIST(t *testing.T, name string, y []float64, columns [][]float64, tol float64, coef, se []float64, sd, r2 float64) {
	t.Helper()
	fit, err := regression.OLS(y, regression.WithIntercept(len(y), columns...))
	if err != nil {
		t.Fatal(err)
	}
	claim := func(what string) evidence.Claim {
		return evidence.Claim{Method: "least squares, " + what, Data: "NIST " + name, Source: "NIST StRD"}
	}
	claim("coefficients").Agree(t, fit.Coef, coef, tol)
	claim("standard errors").Agree(t, regression.StandardErrors(must(fit.Classical())), se, tol)
	claim("residual SD").Agree(t, []float64{math.Sqrt(fit.RSS / float64(fit.DF))}, []float64{sd}, tol)
	claim("R²").Agree(t, []float64{fit.R2}, []float64{r2}, tol)
}

// rFit is a fit in testdata/reference.json, written by testdata/reference.R.
type rFit struct {
	Coef, Classical []float64
	LogLik, RSS     float64
	HC              map[string][]float64
	CR0, CR1        []float64
}

type rReference struct {
	X1, X2, Y, Weight, Binary []float64
	Cluster                   []int
	OLS, WLS, Logit, WLogit   rFit
}

func rRows(t *testing.T) (rReference, regression.Design) {
	t.Helper()
	var ref rReference
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref, regression.WithIntercept(len(ref.Y), ref.X1, ref.X2)
}

// robust is what linear and logistic fits share.
type robust interface {
	HC(regression.HC) (*mat.SymDense, error)
	Clustered(regression.CR, []int) (*mat.SymDense, error)
}

func checkRobust(t *testing.T, method string, fit robust, want rFit, cluster []int) {
	t.Helper()
	agree := func(kind string, got, want []float64) {
		t.Helper()
		evidence.Claim{Method: method + ", " + kind, Data: "40 made rows", Source: "R sandwich 3.0-2"}.Agree(t, got, want, 1e-10)
	}
	for kind, name := range []string{"HC0", "HC1", "HC2", "HC3"} {
		cov, err := fit.HC(regression.HC(kind))
		if err != nil {
			t.Fatal(err)
		}
		agree(name, regression.StandardErrors(cov), want.HC[name])
	}
	for kind, se := range [][]float64{want.CR0, want.CR1} {
		cov, err := fit.Clustered(regression.CR(kind), cluster)
		if err != nil {
			t.Fatal(err)
		}
		agree([]string{"CR0", "CR1"}[kind], regression.StandardErrors(cov), se)
	}
}

func TestLeastSquaresMatchesR(t *testing.T) {
	ref, x := rRows(t)
	for _, tt := range []struct {
		name    string
		weights []float64
		want    rFit
	}{{"OLS", nil, ref.OLS}, {"WLS", ref.Weight, ref.WLS}} {
		t.Run(tt.name, func(t *testing.T) {
			fit, err := regression.WLS(ref.Y, x, tt.weights)
			if err != nil {
				t.Fatal(err)
			}
			claim := evidence.Claim{Method: tt.name, Data: "40 made rows", Source: "R lm"}
			claim.Agree(t, append(fit.Coef, fit.RSS), append(tt.want.Coef, tt.want.RSS), 1e-11)
			cov, err := fit.Classical()
			if err != nil {
				t.Fatal(err)
			}
			claim.Method += ", classical"
			claim.Agree(t, regression.StandardErrors(cov), tt.want.Classical, 1e-11)
			checkRobust(t, tt.name, fit, tt.want, ref.Cluster)
		})
	}
}

func TestPetersenMatchesR(t *testing.T) {
	columns := reference.CSV(t, reference.Path(t, "petersen-cl", "petersen.csv"))
	var ref struct {
		Coef    []float64 `json:"coef"`
		OLS     []float64 `json:"se_ols"`
		HC0     []float64 `json:"se_HC0"`
		HC1     []float64 `json:"se_HC1"`
		HC2     []float64 `json:"se_HC2"`
		HC3     []float64 `json:"se_HC3"`
		FirmCR0 []float64 `json:"se_cluster_firm_CR0"`
		FirmCR1 []float64 `json:"se_cluster_firm_CR1_stata"`
		YearCR1 []float64 `json:"se_cluster_year_CR1"`
	}
	reference.JSON(t, reference.Path(t, "petersen-cl", "reference-petersen.json"), &ref)
	y, firm, year := columns.Floats(t, "y"), columns.Ints(t, "firm"), columns.Ints(t, "year")
	fit, err := regression.OLS(y, regression.WithIntercept(len(y), columns.Floats(t, "x")))
	if err != nil {
		t.Fatal(err)
	}
	claim := evidence.Claim{Method: "OLS", Data: "Petersen", Source: "R lm"}
	claim.Agree(t, fit.Coef, ref.Coef, 1e-10)
	claim.Source = "R sandwich 3.0-2"
	for kind, want := range [][]float64{ref.HC0, ref.HC1, ref.HC2, ref.HC3} {
		cov, err := fit.HC(regression.HC(kind))
		if err != nil {
			t.Fatal(err)
		}
		claim.Method = fmt.Sprintf("OLS, HC%d", kind)
		claim.Agree(t, regression.StandardErrors(cov), want, 1e-10)
	}
	for _, tt := range []struct {
		kind    regression.CR
		cluster []int
		want    []float64
	}{{regression.CR0, firm, ref.FirmCR0}, {regression.CR1, firm, ref.FirmCR1}, {regression.CR1, year, ref.YearCR1}} {
		cov, err := fit.Clustered(tt.kind, tt.cluster)
		if err != nil {
			t.Fatal(err)
		}
		claim.Method = fmt.Sprintf("OLS, CR%d", tt.kind)
		claim.Agree(t, regression.StandardErrors(cov), tt.want, 1e-10)
	}
	if got := fit.Clusters(firm); got != 500 {
		t.Errorf("%d firms, want 500", got)
	}
}

func TestLeastSquaresRefuses(t *testing.T) {
	one := []float64{1, 1, 1, 1}
	for _, tt := range []struct {
		name    string
		y       []float64
		columns [][]float64
		weights []float64
		err     error
		says    string
	}{
		{name: "no rows", err: stat.ErrTooFew},
		{name: "fewer rows than columns", y: []float64{1}, columns: [][]float64{{2}}, err: stat.ErrTooFew},
		{name: "weights leave too few", y: one, columns: [][]float64{{1, 2, 3, 4}}, weights: []float64{1, 0, 0, 0}, err: stat.ErrTooFew},
		{name: "constant column", y: one, columns: [][]float64{{1, 2, 3, 4}, {3, 3, 3, 3}}, err: stat.ErrCollinear, says: "column 2"},
		{name: "column of zeros", y: one, columns: [][]float64{{0, 0, 0, 0}}, err: stat.ErrCollinear, says: "column 1"},
		{name: "sum of two", y: one, columns: [][]float64{{1, 2, 3, 5}, {.1, .7, .2, .3}, {1.1, 2.7, 3.2, 5.3}}, err: stat.ErrCollinear, says: "column 3"},
		{name: "NaN covariate", y: one, columns: [][]float64{{1, math.NaN(), 3, 4}}, err: stat.ErrNotFinite, says: "covariate 1 of row 1"},
		{name: "infinite outcome", y: []float64{1, 2, math.Inf(1), 4}, columns: [][]float64{{1, 2, 3, 4}}, err: stat.ErrNotFinite, says: "outcome of row 2"},
		{name: "negative weight", y: one, columns: [][]float64{{1, 2, 3, 4}}, weights: []float64{1, 1, 1, -1}, err: stat.ErrInvalid, says: "row 3"},
		{name: "NaN weight", y: one, columns: [][]float64{{1, 2, 3, 4}}, weights: []float64{math.NaN(), 1, 1, 1}, err: stat.ErrNotFinite, says: "row 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := regression.WLS(tt.y, regression.WithIntercept(len(tt.y), tt.columns...), tt.weights)
			wantError(t, err, tt.err, tt.says)
		})
	}
}

func TestCovarianceRefuses(t *testing.T) {
	// Row 2 alone has a 1 in the second column: it decides that coefficient.
	fit, err := regression.OLS([]float64{1, 2, 5}, regression.WithIntercept(3, []float64{0, 0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = fit.HC(regression.HC3)
	wantError(t, err, stat.ErrInvalid, "row 2")
	_, err = fit.Clustered(regression.CR0, []int{7, 7, 7})
	wantError(t, err, stat.ErrTooFew, "1 cluster")
	full, err := regression.OLS([]float64{1, 2}, regression.WithIntercept(2, []float64{0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = full.Classical()
	wantError(t, err, stat.ErrTooFew, "")
	_, err = full.HC(regression.HC1)
	wantError(t, err, stat.ErrTooFew, "")
}

func TestLeastSquaresProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(8, 40).Draw(t, "n")
		value := rapid.Float64Range(-10, 10)
		x1 := rapid.SliceOfN(value, n, n).Draw(t, "x1")
		y := rapid.SliceOfN(value, n, n).Draw(t, "y")
		weights := rapid.SliceOfN(rapid.Float64Range(0.1, 5), n, n).Draw(t, "w")
		design := regression.WithIntercept(n, x1)
		fit, err := regression.WLS(y, design, weights)
		if errors.Is(err, stat.ErrCollinear) {
			return // x1 is constant
		}
		if err != nil {
			t.Fatal(err)
		}
		// Normal equations: residuals are orthogonal to every column.
		for j := range design.Cols {
			var sum, size float64
			for i, r := range fit.Residuals {
				sum += weights[i] * r * design.Row(i)[j]
				size += weights[i] * (1 + math.Abs(y[i])) * math.Abs(design.Row(i)[j])
			}
			if !(math.Abs(sum) <= 1e-9*(1+size)*(1+math.Abs(fit.Coef[0])+math.Abs(fit.Coef[1]))) {
				t.Fatalf("column %d: residuals are not orthogonal: %g", j, sum)
			}
		}
		// Scaling the weights changes nothing.
		scaled := make([]float64, n)
		for i, w := range weights {
			scaled[i] = 4 * w // a power of two: no rounding
		}
		again, err := regression.WLS(y, design, scaled)
		if err != nil {
			t.Fatal(err)
		}
		for j := range fit.Coef {
			if again.Coef[j] != fit.Coef[j] {
				t.Fatalf("coefficient %d: %g with scaled weights, %g before", j, again.Coef[j], fit.Coef[j])
			}
		}
	})
}

func wantError(t *testing.T, err, want error, says string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	if !contains(err.Error(), says) {
		t.Errorf("error %q does not say %q", err, says)
	}
}

func TestSolverAgreesWithWLS(t *testing.T) {
	ref, x := rRows(t)
	solver, err := regression.NewSolver(x, ref.Weight)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "WLS, many outcomes", Data: "40 made rows", Source: "R lm"}.Agree(t, solver.Coef(ref.Y), ref.WLS.Coef, 1e-11)
	// (XᵀWX)⁻¹ on the unit vectors is the classical covariance over RSS/DF.
	sigma2 := ref.WLS.RSS / float64(38-3) // two of the 40 rows have weight 0
	for j := range x.Cols {
		unit := make([]float64, x.Cols)
		unit[j] = sigma2
		reference.Agree(t, "variance", solver.InverseGram(unit)[j:j+1], []float64{ref.WLS.Classical[j] * ref.WLS.Classical[j]}, 1e-10)
	}
}
