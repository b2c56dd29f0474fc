package regression_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// dummyFit is a fit of lm with dummies in testdata/fixedeffects.json.
type dummyFit struct {
	Coef, Classical, HC0, HC1, CR0 []float64
	Full                           []float64 `json:"cr1_full"`
	None                           []float64 `json:"cr1_none"`
	Nested                         []float64 `json:"cr1_nested"`
	N, DF                          int
	RSS                            float64
}

type dummyReference struct {
	Data struct {
		Month, Unit, Region []int
		X1, X2, W, Y        []float64
	}
	OneWay, TwoWay, Weighted, ThreeWay dummyFit
	OneWayAll                          dummyFit `json:"oneway_all"`
}

func dummies(t testing.TB) (dummyReference, regression.Design) {
	t.Helper()
	var ref dummyReference
	reference.JSON(t, "testdata/fixedeffects.json", &ref)
	return ref, columnsOf(ref.Data.X1, ref.Data.X2)
}

// columnsOf is a design without an intercept.
func columnsOf(columns ...[]float64) regression.Design {
	d := regression.Design{Rows: len(columns[0]), Cols: len(columns)}
	for i := range d.Rows {
		for _, c := range columns {
			d.Values = append(d.Values, c[i])
		}
	}
	return d
}

func TestFixedEffectsMatchDummies(t *testing.T) {
	ref, x := dummies(t)
	d := ref.Data
	for _, tt := range []struct {
		name    string
		factors [][]int
		weights []float64
		keep    bool
		want    dummyFit
	}{
		{"one way", [][]int{d.Unit}, nil, false, ref.OneWay},
		{"one way, singleton kept", [][]int{d.Unit}, nil, true, ref.OneWayAll},
		{"two ways", [][]int{d.Unit, d.Month}, nil, false, ref.TwoWay},
		{"two ways, factors swapped", [][]int{d.Month, d.Unit}, nil, false, ref.TwoWay},
		{"two ways, weighted", [][]int{d.Unit, d.Month}, d.W, false, ref.Weighted},
		{"three ways, weighted", [][]int{d.Unit, d.Month, d.Region}, d.W, false, ref.ThreeWay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fit, err := regression.Absorption{Factors: tt.factors, Weights: tt.weights, KeepSingletons: tt.keep}.Fit(d.Y, x)
			if err != nil {
				t.Fatal(err)
			}
			if fit.N != tt.want.N || fit.DF != tt.want.DF {
				t.Errorf("%d rows and %d degrees of freedom, want %d and %d", fit.N, fit.DF, tt.want.N, tt.want.DF)
			}
			if wantGone := map[bool]int{false: 1, true: 0}[tt.keep]; len(fit.Singletons) != wantGone {
				t.Errorf("singletons %v, want %d", fit.Singletons, wantGone)
			}
			claim := evidence.Claim{Method: "fixed effects, " + tt.name, Data: "made panel", Source: "R lm with dummies, sandwich 3.0-2"}
			claim.Agree(t, append(fit.Coef, fit.RSS), append(tt.want.Coef, tt.want.RSS), 1e-10)
			checkPanel(t, claim, fit, d.Unit, tt.want)
		})
	}
}

func checkPanel(t *testing.T, claim evidence.Claim, fit *regression.Panel, cluster []int, want dummyFit) {
	t.Helper()
	for _, c := range []struct {
		name string
		cov  func() (*mat.SymDense, error)
		want []float64
	}{
		{"classical", fit.Classical, want.Classical},
		{"HC0", func() (*mat.SymDense, error) { return fit.HC(regression.HC0) }, want.HC0},
		{"HC1", func() (*mat.SymDense, error) { return fit.HC(regression.HC1) }, want.HC1},
		{"CR0", func() (*mat.SymDense, error) { return fit.Clustered(regression.CR0, cluster) }, want.CR0},
		{"CR1", func() (*mat.SymDense, error) { return fit.Clustered(regression.CR1, cluster) }, want.Nested},
		{"CR1, all effects counted", func() (*mat.SymDense, error) {
			return fit.ClusteredCounting(regression.CountFull, cluster)
		}, want.Full},
		{"CR1, no effects counted", func() (*mat.SymDense, error) {
			return fit.ClusteredCounting(regression.CountNone, cluster)
		}, want.None},
	} {
		cov, err := c.cov()
		if err != nil {
			t.Fatal(err)
		}
		with := claim
		with.Method += ", " + c.name
		with.Agree(t, regression.StandardErrors(cov), c.want, 1e-9)
	}
}

func codes(text []string) []int {
	seen := map[string]int{}
	out := make([]int, len(text))
	for i, s := range text {
		if _, ok := seen[s]; !ok {
			seen[s] = len(seen)
		}
		out[i] = seen[s]
	}
	return out
}

// complete are the rows in which none of the columns is missing.
func complete(c reference.Columns, names ...string) []int {
	var rows []int
	for i := range c[names[0]] {
		ok := true
		for _, name := range names {
			_, err := strconv.ParseFloat(c[name][i], 64)
			ok = ok && err == nil
		}
		if ok {
			rows = append(rows, i)
		}
	}
	return rows
}

func numbers(c reference.Columns, name string, rows []int) []float64 {
	out := make([]float64, len(rows))
	for k, i := range rows {
		out[k], _ = strconv.ParseFloat(c[name][i], 64)
	}
	return out
}

func TestFixedEffectsOfTrainingGrants(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "jtrain", "jtrain.csv"))
	type cell struct {
		Coef, SE []float64
		N        int
	}
	var ref struct {
		Scrap         cell `json:"fe_logscrap"`
		ScrapCluster  cell `json:"fe_logscrap_cluster_firm"`
		Hours         cell `json:"fe_hrsemp"`
		HoursClusters cell `json:"fe_hrsemp_cluster"`
	}
	reference.JSON(t, reference.Path(t, "jtrain", "reference-jtrain.json"), &ref)
	for _, tt := range []struct {
		outcome       string
		terms         []string
		iid, clusters cell
	}{
		{"lscrap", []string{"d88", "d89", "grant", "grant_1"}, ref.Scrap, ref.ScrapCluster},
		{"hrsemp", []string{"d88", "d89", "grant", "grant_1", "lemploy"}, ref.Hours, ref.HoursClusters},
	} {
		rows := complete(c, append([]string{tt.outcome}, tt.terms...)...)
		var columns [][]float64
		for _, term := range tt.terms {
			columns = append(columns, numbers(c, term, rows))
		}
		var firm []int
		for _, f := range numbers(c, "fcode", rows) {
			firm = append(firm, int(f))
		}
		// fixest 0.12 keeps firms with one row, and so does the reference.
		fit, err := regression.Absorption{Factors: [][]int{firm}, KeepSingletons: true}.Fit(numbers(c, tt.outcome, rows), columnsOf(columns...))
		if err != nil {
			t.Fatal(err)
		}
		if fit.N != tt.iid.N {
			t.Errorf("%d rows, want %d", fit.N, tt.iid.N)
		}
		claim := evidence.Claim{Method: "fixed effects", Data: "jtrain " + tt.outcome, Source: "R fixest 0.12.2"}
		claim.Agree(t, fit.Coef, tt.iid.Coef, 1e-10)
		claim.Agree(t, regression.StandardErrors(must(fit.Classical())), tt.iid.SE, 1e-10)
		claim.Method += ", CR1"
		claim.Agree(t, regression.StandardErrors(must(fit.Clustered(regression.CR1, firm))), tt.clusters.SE, 1e-10)
	}
}

func TestFixedEffectsOfPetersen(t *testing.T) {
	c := reference.CSV(t, reference.Path(t, "petersen-cl", "petersen.csv"))
	var ref struct {
		Firm, Both struct{ Coef, SE float64 }
	}
	var file map[string]any
	reference.JSON(t, reference.Path(t, "petersen-cl", "reference-petersen.json"), &file)
	read := func(key, field string) float64 { return file[key].(map[string]any)[field].(float64) }
	ref.Firm.Coef, ref.Firm.SE = read("fe_firm", "coef"), read("fe_firm", "se")
	ref.Both.Coef, ref.Both.SE = read("fe_firm_year", "coef"), read("fe_firm_year", "se")
	firm, year := c.Ints(t, "firm"), c.Ints(t, "year")
	for _, tt := range []struct {
		name     string
		factors  [][]int
		coef, se float64
	}{
		{"fixed effects of firm, CR1", [][]int{firm}, ref.Firm.Coef, ref.Firm.SE},
		{"fixed effects of firm and year, CR1", [][]int{firm, year}, ref.Both.Coef, ref.Both.SE},
	} {
		fit, err := regression.FixedEffects(c.Floats(t, "y"), columnsOf(c.Floats(t, "x")), tt.factors, nil)
		if err != nil {
			t.Fatal(err)
		}
		se := regression.StandardErrors(must(fit.Clustered(regression.CR1, firm)))
		evidence.Claim{Method: tt.name, Data: "Petersen", Source: "R fixest 0.12.2"}.Agree(t,
			[]float64{fit.Coef[0], se[0]}, []float64{tt.coef, tt.se}, 1e-10)
	}
}

func TestTwoWayFixedEffectsOfPolicies(t *testing.T) {
	t.Run("castle doctrine", func(t *testing.T) {
		c := reference.CSV(t, reference.Path(t, "castle", "castle.csv"))
		type cell struct{ Coef, SE float64 }
		var ref struct {
			Post     cell `json:"twfe_post"`
			Weighted cell `json:"twfe_post_popwt"`
			HC1      cell `json:"twfe_D_hc1"`
		}
		reference.JSON(t, reference.Path(t, "castle", "reference-castle.json"), &ref)
		state, year, post, y := c.Ints(t, "sid"), c.Ints(t, "year"), c.Floats(t, "post"), c.Floats(t, "l_homicide")
		plain := must(regression.FixedEffects(y, columnsOf(post), [][]int{state, year}, nil))
		weighted := must(regression.FixedEffects(y, columnsOf(post), [][]int{state, year}, c.Floats(t, "popwt")))
		claim := evidence.Claim{Method: "two-way fixed effects, CR1", Data: "castle", Source: "R fixest 0.12.2"}
		claim.Agree(t, withSE(plain.Coef[0], must(plain.Clustered(regression.CR1, state))), []float64{ref.Post.Coef, ref.Post.SE}, 1e-10)
		claim.Method = "two-way fixed effects, weighted, CR1"
		claim.Agree(t, withSE(weighted.Coef[0], must(weighted.Clustered(regression.CR1, state))), []float64{ref.Weighted.Coef, ref.Weighted.SE}, 1e-10)
		claim.Method = "two-way fixed effects, HC1"
		claim.Agree(t, withSE(plain.Coef[0], must(plain.HC(regression.HC1))), []float64{ref.HC1.Coef, ref.HC1.SE}, 1e-10)
	})
	t.Run("mpdta", func(t *testing.T) {
		c := reference.CSV(t, reference.Path(t, "mpdta", "mpdta.csv"))
		var ref struct {
			TWFE struct {
				Coef float64
				SE   float64 `json:"se_cluster_fixest_default"`
				CR0  float64 `json:"se_cluster_no_ssc"`
			}
		}
		reference.JSON(t, reference.Path(t, "mpdta", "reference-mpdta.json"), &ref)
		county, year, first := c.Ints(t, "countyreal"), c.Ints(t, "year"), c.Ints(t, "first.treat")
		treated := make([]float64, len(year))
		for i := range treated {
			if first[i] > 0 && year[i] >= first[i] {
				treated[i] = 1
			}
		}
		fit := must(regression.FixedEffects(c.Floats(t, "lemp"), columnsOf(treated), [][]int{county, year}, nil))
		claim := evidence.Claim{Method: "two-way fixed effects, CR1", Data: "mpdta", Source: "R fixest 0.12.2"}
		claim.Agree(t, withSE(fit.Coef[0], must(fit.Clustered(regression.CR1, county))), []float64{ref.TWFE.Coef, ref.TWFE.SE}, 1e-10)
		claim.Method = "two-way fixed effects, CR0"
		claim.Agree(t, withSE(fit.Coef[0], must(fit.Clustered(regression.CR0, county))), []float64{ref.TWFE.Coef, ref.TWFE.CR0}, 1e-10)
	})
	t.Run("organ donations", func(t *testing.T) {
		c := reference.CSV(t, reference.Path(t, "organ-donations", "organ_donations.csv"))
		var ref struct {
			TWFE struct {
				Coef float64
				SE   float64 `json:"se_cluster"`
			}
		}
		reference.JSON(t, reference.Path(t, "organ-donations", "reference-organ.json"), &ref)
		state, quarter := codes(c["State"]), c.Ints(t, "Quarter_Num")
		treated := make([]float64, len(quarter))
		for i, s := range c["State"] {
			if s == "California" && quarter[i] >= 4 {
				treated[i] = 1
			}
		}
		fit := must(regression.FixedEffects(c.Floats(t, "Rate"), columnsOf(treated), [][]int{state, quarter}, nil))
		evidence.Claim{Method: "two-way fixed effects, CR1", Data: "organ donations", Source: "R fixest 0.12.2"}.Agree(t,
			withSE(fit.Coef[0], must(fit.Clustered(regression.CR1, state))), []float64{ref.TWFE.Coef, ref.TWFE.SE}, 1e-9)
	})
}

func withSE(coef float64, cov *mat.SymDense) []float64 {
	return []float64{coef, regression.StandardErrors(cov)[0]}
}

func TestSingletonsAreDroppedUntilThereAreNone(t *testing.T) {
	// Row 4 is alone in month 3. Without it row 3 is alone in unit 9, without that
	// row 2 in month 2, and without that row 1 in unit 2.
	unit := []int{1, 2, 2, 9, 9, 1, 1, 1}
	month := []int{1, 1, 2, 2, 3, 1, 4, 4}
	y := []float64{1, 2, 3, 4, 5, 6, 7, 8}
	x := columnsOf([]float64{1, 0, 0, 1, 0, 0, 1, 0})
	fit, err := regression.FixedEffects(y, x, [][]int{unit, month}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4}; !slices.Equal(fit.Singletons, want) || fit.N != 4 {
		t.Errorf("dropped %v and kept %v, want %v dropped", fit.Singletons, fit.Rows, want)
	}
	if want := []int{1, 2}; !slices.Equal(fit.Levels, want) {
		t.Errorf("levels %v, want %v", fit.Levels, want)
	}
	// Within months the rows differ by x = 1 and y = −5 and −1: slope −3.
	if math.Abs(fit.Coef[0]+3) > 1e-12 {
		t.Errorf("slope %g, want −3", fit.Coef[0])
	}
}

func TestFixedEffectsRefuse(t *testing.T) {
	y := []float64{1, 2, 4, 3, 5, 9}
	unit, month := []int{1, 1, 2, 2, 3, 3}, []int{1, 2, 1, 2, 1, 2}
	for _, tt := range []struct {
		name    string
		x       []float64
		factors [][]int
		err     error
		says    string
	}{
		{"constant within units", []float64{1, 1, 2, 2, 7, 7}, [][]int{unit}, stat.ErrCollinear, "column 0 does not vary within"},
		{"sum of a unit and a month effect", []float64{1, 2, 3, 4, 0, 1}, [][]int{unit, month}, stat.ErrCollinear, "column 0"},
		{"intercept", []float64{1, 1, 1, 1, 1, 1}, [][]int{unit}, stat.ErrCollinear, "column 0"},
		{"every row its own level", []float64{1, 2, 3, 4, 0, 1}, [][]int{{1, 2, 3, 4, 5, 6}}, stat.ErrTooFew, "no row"},
		{"NaN", []float64{1, 2, math.NaN(), 4, 0, 1}, [][]int{unit}, stat.ErrNotFinite, "covariate 0 of row 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := regression.FixedEffects(y, columnsOf(tt.x), tt.factors, nil)
			wantError(t, err, tt.err, tt.says)
		})
	}
}

// Any panel that demeaning takes gives what least squares on dummies gives.
func TestFixedEffectsAreDummies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(12, 40).Draw(t, "n")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		y, x, w := make([]float64, n), make([]float64, n), make([]float64, n)
		unit, month := make([]int, n), make([]int, n)
		for i := range y {
			unit[i], month[i] = rng.IntN(6), rng.IntN(4)
			x[i], w[i] = rng.NormFloat64()+float64(unit[i]), 0.2+rng.Float64()
			y[i] = x[i] + float64(unit[i]*month[i]) + rng.NormFloat64()
		}
		fit, err := regression.FixedEffects(y, columnsOf(x), [][]int{unit, month}, w)
		if err != nil {
			if !errors.Is(err, stat.ErrCollinear) && !errors.Is(err, stat.ErrTooFew) {
				t.Fatal(err)
			}
			return
		}
		// Partialling out: the residual of x on the dummies gives the slope.
		want := slopeOnDummies(fit.Rows, y, x, w, unit, month)
		if math.Abs(fit.Coef[0]-want) > 1e-8*(1+math.Abs(want)) {
			t.Fatalf("slope %.12g, with dummies %.12g", fit.Coef[0], want)
		}
	})
}

// slopeOnDummies solves the normal equations of x and all dummies by a
// pseudo-inverse (singular value decomposition).
func slopeOnDummies(rows []int, y, x, w []float64, unit, month []int) float64 {
	const units, months = 6, 4
	design := mat.NewDense(len(rows), 1+units+months, nil)
	target := mat.NewDense(len(rows), 1, nil)
	for k, i := range rows {
		root := math.Sqrt(w[i])
		design.Set(k, 0, root*x[i])
		design.Set(k, 1+unit[i], root)
		design.Set(k, 1+units+month[i], root)
		target.Set(k, 0, root*y[i])
	}
	var svd mat.SVD
	svd.Factorize(design, mat.SVDThin)
	var solution mat.Dense
	svd.SolveTo(&solution, target, svd.Rank(1e-10))
	return solution.At(0, 0)
}
