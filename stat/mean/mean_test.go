package mean_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

const tol = 1e-12 // the references carry 15 digits

func mustMoments(t *testing.T, x []float64) summary.Moments {
	t.Helper()
	m, err := summary.Of(x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustPairs(t *testing.T, num, den []float64) mean.PairMoments {
	t.Helper()
	m, err := mean.Pairs(num, den)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Student's sleep data (1908); R 4.2.2 prints the numbers for
// t.test(y, x): reference-basics.json, pre_post.sleep_welch.
func TestWelchSleep(t *testing.T) {
	drug1 := mustMoments(t, []float64{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0})
	drug2 := mustMoments(t, []float64{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4})
	got, err := mean.Welch(drug2, drug1, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	claim("Welch's t", "sleep").Agree(t, append(ends(got.Interval), got.Value, got.Statistic, got.DF, got.P),
		[]float64{-0.20548323071171, 3.36548323071171, 1.58, 1.86081346748685, 17.7764735161785, 0.0793941401873582}, 1e-12)
}

type referenceFile struct {
	A, B   struct{ Num, Den []float64 }
	RatioA ratioReference `json:"ratio_a"`
	RatioB ratioReference `json:"ratio_b"`

	Difference struct {
		Value, SE, DF, P float64
		CI               [2]float64
	}
	Relative struct {
		Value, DF float64
		LogSE     float64 `json:"log_se"`
		CI        [2]float64
	}
	Nested struct {
		Cluster, Treated []int
		Y                []float64
		Value, SE, DF    float64
	}
}

type ratioReference struct {
	N         int
	Value, SE float64
	CI        [2]float64
}

func loadReference(t *testing.T) referenceFile {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json") // written by testdata/reference.R
	if err != nil {
		t.Fatal(err)
	}
	var ref referenceFile
	if err := json.Unmarshal(b, &ref); err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestRatioAgainstSandwich(t *testing.T) {
	ref := loadReference(t)
	a, b := mustPairs(t, ref.A.Num, ref.A.Den), mustPairs(t, ref.B.Num, ref.B.Den)
	sandwich := func(method string) evidence.Claim {
		return evidence.Claim{Method: method, Data: "tickets of 40 and 25 accounts", Source: "R sandwich 3.0"}
	}
	for i, want := range []ratioReference{ref.RatioA, ref.RatioB} {
		got, err := mean.Ratio([]mean.PairMoments{a, b}[i], 0.95)
		if err != nil {
			t.Fatal(err)
		}
		sandwich("Ratio of sums").Agree(t, append(ends(got.Interval), got.Value, got.SE), append(want.CI[:], want.Value, want.SE), 1e-11)
	}
	d, err := mean.RatioDifference(a, b, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	want := ref.Difference
	sandwich("Difference of ratios of sums").Agree(t, append(ends(d.Interval), d.Value, d.SE, d.DF, d.P), append(want.CI[:], want.Value, want.SE, want.DF, want.P), 1e-11)
	r, err := mean.RelativeDifference(a, b, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	relative := ref.Relative
	sandwich("Relative difference of ratios of sums").Agree(t, append(ends(r.Interval), r.Value, r.LogSE, r.DF), append(relative.CI[:], relative.Value, relative.LogSE, relative.DF), 1e-11)
}

// clustersOf folds rows into one entry a cluster.
func clustersOf(cluster []string, treated []bool, y []float64) []mean.ClusterSums {
	at := map[string]int{}
	var out []mean.ClusterSums
	for i, name := range cluster {
		k, ok := at[name]
		if !ok {
			k = len(out)
			at[name] = k
			out = append(out, mean.ClusterSums{})
		}
		if treated[i] {
			out[k].TreatedN++
			out[k].TreatedSum += y[i]
		} else {
			out[k].ControlN++
			out[k].ControlSum += y[i]
		}
	}
	return out
}

func TestClusterDifferenceNested(t *testing.T) {
	ref := loadReference(t).Nested
	names, treated := make([]string, len(ref.Y)), make([]bool, len(ref.Y))
	for i := range ref.Y {
		names[i], treated[i] = strconv.Itoa(ref.Cluster[i]), ref.Treated[i] == 1
	}
	got, err := mean.ClusterDifference(clustersOf(names, treated, ref.Y), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "Cluster-robust difference of means", Data: "21 simulated accounts", Source: "R sandwich 3.0 vcovCL HC1"}.
		Agree(t, []float64{got.Value, got.SE, got.DF}, []float64{ref.Value, ref.SE, ref.DF}, 1e-11)
	if got.Clusters != 21 || got.TreatedClusters != 12 || got.ControlClusters != 9 {
		t.Errorf("clusters %+v", got)
	}
}

// Cai, de Janvry and Sadoulet (2015): 1,410 farmers, a randomised training
// session, 166 villages with both arms in most; R's sandwich::vcovCL.
func TestClusterDifferenceSocialInsure(t *testing.T) {
	var ref struct {
		Diff struct {
			Est      float64
			SE       float64 `json:"se_cluster_CR1"`
			Clusters int
		}
	}
	reference.JSON(t, reference.Path(t, "social-insure/reference-social-insure.json"), &ref)
	f, err := os.Open(reference.Path(t, "social-insure/social_insure.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var village []string
	var treated []bool
	var y []float64
	for _, r := range rows[1:] {
		takeup, err := strconv.ParseFloat(r[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		village, treated, y = append(village, r[0]), append(treated, r[9] == "1"), append(y, takeup)
	}
	got, err := mean.ClusterDifference(clustersOf(village, treated, y), 0.95)
	if err != nil || got.Clusters != ref.Diff.Clusters {
		t.Fatalf("%+v, %v; want %+v", got, err, ref.Diff)
	}
	evidence.Claim{Method: "Cluster-robust difference of means", Data: "social insurance, 166 villages", Source: "R sandwich 3.0 vcovCL HC1"}.
		Agree(t, []float64{got.Value, got.SE}, []float64{ref.Diff.Est, ref.Diff.SE}, 1e-11)
	if got.TreatedClusters+got.ControlClusters > got.Clusters && got.DF != float64(got.Clusters-1) {
		t.Errorf("%v degrees of freedom for %d shared clusters", got.DF, got.Clusters)
	}
}

func TestErrors(t *testing.T) {
	ok := mean.PairMoments{N: 5, MeanNum: 1, MeanDen: 2, VarNum: 1, VarDen: 1}
	zero := mean.PairMoments{N: 5, MeanNum: 0, MeanDen: 2, VarDen: 1}
	pair := func(m mean.PairMoments) error { _, err := mean.Ratio(m, 0.95); return err }
	relative := func(a, b mean.PairMoments) error { _, err := mean.RelativeDifference(a, b, 0.95); return err }
	cluster := func(c ...mean.ClusterSums) error { _, err := mean.ClusterDifference(c, 0.95); return err }
	welch := func(a, b summary.Moments) error { _, err := mean.Welch(a, b, 0.95); return err }
	t1, c1 := mean.ClusterSums{TreatedN: 2, TreatedSum: 3}, mean.ClusterSums{ControlN: 2, ControlSum: 1}
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"no units", pair(mean.PairMoments{}), stat.ErrTooFew},
		{"one unit", pair(mean.PairMoments{N: 1, MeanNum: 1, MeanDen: 2}), stat.ErrTooFew},
		{"zero denominators", pair(mean.PairMoments{N: 5, MeanNum: 1}), stat.ErrTooFew},
		{"negative denominators", pair(mean.PairMoments{N: 5, MeanDen: -1}), stat.ErrInvalid},
		{"negative variance", pair(mean.PairMoments{N: 5, MeanDen: 1, VarNum: -1}), stat.ErrInvalid},
		{"NaN", pair(mean.PairMoments{N: 5, MeanDen: math.NaN()}), stat.ErrNotFinite},
		{"overflow", pair(mean.PairMoments{N: 5, MeanNum: 1e200, MeanDen: 1e-200}), stat.ErrNotFinite},
		{"same ratio everywhere", pair(mean.PairMoments{N: 5, MeanNum: 1, MeanDen: 2, VarNum: 1, VarDen: 4, Cov: 2}), stat.ErrNoVariance},
		{"all zero", pair(zero), stat.ErrNoVariance},
		{"relative to zero", relative(ok, zero), stat.ErrTooFew},
		{"relative of negative", relative(mean.PairMoments{N: 5, MeanNum: -1, MeanDen: 2, VarNum: 1}, ok), stat.ErrInvalid},
		{"no clusters", cluster(), stat.ErrTooFew},
		{"one control cluster", cluster(t1, t1, c1), stat.ErrTooFew},
		{"constant arms", cluster(t1, t1, c1, c1), stat.ErrNoVariance},
		{"sum without observations", cluster(t1, t1, c1, mean.ClusterSums{ControlSum: 1}), stat.ErrInvalid},
		{"infinite sum", cluster(t1, t1, c1, mean.ClusterSums{ControlN: 1, ControlSum: math.Inf(1)}), stat.ErrNotFinite},
		{"one observation", welch(summary.Moments{N: 1}, summary.Moments{N: 5, Var: 1}), stat.ErrTooFew},
		{"constants", welch(summary.Moments{N: 5}, summary.Moments{N: 5}), stat.ErrNoVariance},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if e, _ := mean.Ratio(mean.PairMoments{N: 1, MeanNum: 1, MeanDen: 2}, 0.95); e.Value != 0.5 {
		t.Errorf("value of one unit %v, want 0.5 beside the error", e.Value)
	}
}

func drawPairs(t *rapid.T, name string) mean.PairMoments {
	n := rapid.IntRange(3, 30).Draw(t, name+" units")
	num, den := make([]float64, n), make([]float64, n)
	for i := range n {
		num[i] = float64(rapid.IntRange(1, 50).Draw(t, name+" num"))
		den[i] = float64(rapid.IntRange(1, 24).Draw(t, name+" den"))
	}
	m, err := mean.Pairs(num, den)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRatioProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawPairs(t, "a"), drawPairs(t, "b")
		d, err := mean.RatioDifference(a, b, 0.9)
		if errors.Is(err, stat.ErrNoVariance) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		s, _ := mean.RatioDifference(b, a, 0.9)
		if !reference.Near(d.Value, -s.Value, tol) || !reference.Near(d.Interval.Low, -s.Interval.High, 1e-9) || !reference.Near(d.P, s.P, 1e-9) {
			t.Fatalf("swapping arms: %+v and %+v", d, s)
		}
		k := rapid.Float64Range(0.01, 100).Draw(t, "unit")
		scale := func(m mean.PairMoments) mean.PairMoments {
			m.MeanNum, m.VarNum, m.Cov = k*m.MeanNum, k*k*m.VarNum, k*m.Cov
			return m
		}
		u, _ := mean.RatioDifference(scale(a), scale(b), 0.9)
		if !reference.Near(u.Value, k*d.Value, 1e-9) || !reference.Near(u.P, d.P, 1e-7) {
			t.Fatalf("changing the unit by %v: %+v and %+v", k, d, u)
		}
		whole, parts := mean.MergePairs(a, b), mean.MergePairs(b, a)
		if !reference.Near(whole.VarNum, parts.VarNum, 1e-10) || !reference.Near(whole.Cov, parts.Cov, 1e-10) || whole.N != a.N+b.N {
			t.Fatalf("merge is not symmetric: %+v and %+v", whole, parts)
		}
	})
}

// Merging the parts of a sample gives the moments of the whole sample.
func TestMergePairs(t *testing.T) {
	ref := loadReference(t)
	num, den := slices.Concat(ref.A.Num, ref.B.Num), slices.Concat(ref.A.Den, ref.B.Den)
	whole := mustPairs(t, num, den)
	got := mean.MergePairs(mustPairs(t, ref.A.Num, ref.A.Den), mustPairs(t, ref.B.Num, ref.B.Den))
	if !reference.Near(got.MeanNum, whole.MeanNum, tol) || !reference.Near(got.MeanDen, whole.MeanDen, tol) || !reference.Near(got.VarNum, whole.VarNum, tol) ||
		!reference.Near(got.VarDen, whole.VarDen, tol) || !reference.Near(got.Cov, whole.Cov, tol) || got.N != whole.N {
		t.Errorf("merged %+v, whole %+v", got, whole)
	}
}
