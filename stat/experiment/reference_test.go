package experiment_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// fitted is what R prints of an estimate.
type fitted struct{ Est, SE, DF, Low, High, P float64 }

func (f fitted) values() []float64 { return []float64{f.Est, f.SE, f.DF, f.Low, f.High, f.P} }

func valuesOf(t stat.Test) []float64 {
	return []float64{t.Value, t.SE, t.DF, t.Interval.Low, t.Interval.High, t.P}
}

type ratioCase struct {
	Counts   []int
	Plan     []float64
	ChiSq, P float64
}

type iccCase struct{ ICC, Low, High, Between, Within, Size float64 }

type betaCase struct {
	XT, NT, XC, NC int
	A, B, Better   float64
	LossT          float64   `json:"loss_t"`
	LossC          float64   `json:"loss_c"`
	CredT          []float64 `json:"cred_t"`
	CredC          []float64 `json:"cred_c"`
	Diff, Lift     []float64
}

type normalCase struct {
	Value, SE, Mean, SD, Post, Better float64
	PostSD                            float64 `json:"post_sd"`
	LossT                             float64 `json:"loss_t"`
	LossC                             float64 `json:"loss_c"`
}

type groupCase struct {
	Information, OBF, Pocock []float64
	Power3                   float64
	Final                    struct {
		Look                    int
		Z, P, Median, Low, High float64
	}
}

type referenceFile struct {
	CUPED struct {
		One struct {
			fitted
			Theta, Reduction float64
		}
		Two struct {
			fitted
			Theta     []float64
			Reduction float64
		}
	}
	ANCOVA, Lin, Blocked fitted
	Complier             struct {
		fitted
		First, F, AER float64
		Region        []float64
	}
	CR2          fitted
	ClusterMeans fitted `json:"cluster_means"`
	ICC          iccCase
	Binary       iccCase `json:"icc_binary"`
	Dyestuff     struct {
		iccCase
		Yield []float64
		Batch []int
		REML  float64
	}
	Pairs struct {
		fitted
		NT, NC []int
		MT, MC []float64
	}
	SRM    []ratioCase
	Exact  []ratioCase
	Binom  float64
	Group  groupCase
	Beta   []betaCase
	Normal []normalCase
}

func loadReference(t testing.TB) (ref referenceFile) {
	t.Helper()
	reference.JSON(t, "testdata/reference.json", &ref)
	return ref
}

// rows are one of the simulated experiments of testdata/rows.csv.
type rows struct {
	y, x1, x2, taken []float64
	treated          []bool
	group            []int
}

func loadRows(t testing.TB, part string) (r rows) {
	t.Helper()
	c := reference.CSV(t, "testdata/rows.csv")
	y, x1, x2, taken, z, g := c.Floats(t, "y"), c.Floats(t, "x1"), c.Floats(t, "x2"), c.Floats(t, "taken"), c.Ints(t, "treated"), c.Ints(t, "group")
	for i, name := range c["part"] {
		if name == part {
			r.y, r.x1, r.x2, r.taken = append(r.y, y[i]), append(r.x1, x1[i]), append(r.x2, x2[i]), append(r.taken, taken[i])
			r.treated, r.group = append(r.treated, z[i] == 1), append(r.group, g[i])
		}
	}
	return r
}

// pairs splits outcome and second number by arm.
func (r rows) pairs(t testing.TB, second []float64) (treated, control mean.PairMoments) {
	t.Helper()
	var y, d [2][]float64
	for i, z := range r.treated {
		arm := 0
		if z {
			arm = 1
		}
		y[arm], d[arm] = append(y[arm], r.y[i]), append(d[arm], second[i])
	}
	c, err1 := mean.Pairs(y[0], d[0])
	tr, err2 := mean.Pairs(y[1], d[1])
	check(t, err1, err2)
	return tr, c
}

func check(t testing.TB, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func moments(t testing.TB, x []float64) summary.Moments {
	t.Helper()
	m, err := summary.Of(x)
	check(t, err)
	return m
}

const tol = 1e-9

func TestCUPEDAgainstR(t *testing.T) {
	ref, r := loadReference(t).CUPED, loadRows(t, "units")
	treated, control := r.pairs(t, r.x1)
	got, err := experiment.CUPED(treated, control, 0.95)
	check(t, err)
	claim := evidence.Claim{Method: "CUPED", Data: "90 units, one covariate", Source: "R 4.2, Deng et al. (2013) written out"}
	claim.Agree(t, append(valuesOf(got.Test), got.Theta[0], got.Reduction), append(ref.One.values(), ref.One.Theta, ref.One.Reduction), tol)
	one, err := experiment.CUPEDRows(r.y, r.treated, [][]float64{r.x1}, 0.95)
	check(t, err)
	claim.Agree(t, append(valuesOf(one.Test), one.Theta[0], one.Reduction), append(ref.One.values(), ref.One.Theta, ref.One.Reduction), tol)
	two, err := experiment.CUPEDRows(r.y, r.treated, [][]float64{r.x1, r.x2}, 0.95)
	check(t, err)
	claim.Data = "90 units, two covariates"
	claim.Agree(t, append(valuesOf(two.Test), two.Theta[0], two.Theta[1], two.Reduction), append(ref.Two.values(), ref.Two.Theta[0], ref.Two.Theta[1], ref.Two.Reduction), tol)
}

func TestAdjustmentAgainstEstimatr(t *testing.T) {
	ref, r := loadReference(t), loadRows(t, "units")
	covariates := [][]float64{r.x1, r.x2}
	ancova, err1 := experiment.ANCOVA(r.y, r.treated, covariates, 0.95)
	lin, err2 := experiment.Lin(r.y, r.treated, covariates, 0.95)
	check(t, err1, err2)
	evidence.Claim{Method: "ANCOVA with HC2", Data: "90 units, two covariates", Source: "R estimatr 1.0 lm_robust"}.Agree(t, valuesOf(ancova.Test), ref.ANCOVA.values(), tol)
	evidence.Claim{Method: "Lin's regression with HC2", Data: "90 units, two covariates", Source: "R estimatr 1.0 lm_lin"}.Agree(t, valuesOf(lin.Test), ref.Lin.values(), tol)
}

func TestStratifiedAgainstEstimatr(t *testing.T) {
	ref, r := loadReference(t), loadRows(t, "units")
	got, err := experiment.Stratified(strataOf(t, r), 0.95)
	check(t, err)
	evidence.Claim{Method: "Stratified difference", Data: "90 units in three blocks", Source: "R estimatr 1.0 difference_in_means"}.
		Agree(t, []float64{got.Value, got.SE}, []float64{ref.Blocked.Est, ref.Blocked.SE}, tol)
}

func strataOf(t testing.TB, r rows) []experiment.Stratum {
	t.Helper()
	values := map[int]*[2][]float64{}
	for i, g := range r.group {
		if values[g] == nil {
			values[g] = new([2][]float64)
		}
		arm := 0
		if r.treated[i] {
			arm = 1
		}
		values[g][arm] = append(values[g][arm], r.y[i])
	}
	var out []experiment.Stratum
	for g := 1; g <= len(values); g++ {
		out = append(out, experiment.Stratum{Treated: moments(t, values[g][1]), Control: moments(t, values[g][0])})
	}
	return out
}

func TestComplierAgainstR(t *testing.T) {
	ref, r := loadReference(t).Complier, loadRows(t, "units")
	treated, control := r.pairs(t, r.taken)
	got, err := experiment.CACE(treated, control, 0.95)
	check(t, err)
	evidence.Claim{Method: "Complier effect (2SLS, HC2)", Data: "90 units", Source: "R estimatr 1.0 iv_robust"}.Agree(t, valuesOf(got.Test), ref.values(), tol)
	evidence.Claim{Method: "Complier effect, estimate", Data: "90 units", Source: "R AER 1.2 ivreg"}.Agree(t, []float64{got.Value}, []float64{ref.AER}, tol)
	evidence.Claim{Method: "First stage", Data: "90 units", Source: "R estimatr 1.0 lm_robust"}.Agree(t, []float64{got.Compliers, got.F}, []float64{ref.First, ref.F}, tol)
	if got.Region.Shape != experiment.Between {
		t.Fatalf("region %+v", got.Region)
	}
	evidence.Claim{Method: "Anderson–Rubin region", Data: "90 units", Source: "R estimatr 1.0, test inverted by uniroot"}.
		Agree(t, []float64{got.Region.Low, got.Region.High}, ref.Region, tol)
}

func TestClustersAgainstR(t *testing.T) {
	ref, r := loadReference(t), loadRows(t, "clusters")
	clusters, err := experiment.GroupClusters(r.y, r.group, r.treated)
	check(t, err)
	robust, err1 := experiment.ClusterRandomised(clusters, 0.95)
	means, err2 := experiment.ClusterMeans(clusters, 0.95)
	icc, err3 := experiment.ICC(clusters, 0.95)
	check(t, err1, err2, err3)
	evidence.Claim{Method: "Cluster-randomised difference (CR2)", Data: "17 clusters of 2 to 20", Source: "R clubSandwich 0.5 coef_test"}.
		Agree(t, []float64{robust.Value, robust.SE, robust.DF, robust.P}, []float64{ref.CR2.Est, ref.CR2.SE, ref.CR2.DF, ref.CR2.P}, tol)
	evidence.Claim{Method: "Difference of cluster means", Data: "17 clusters", Source: "R 4.2 t.test"}.
		Agree(t, []float64{means.Value, means.SE, means.DF, means.P}, []float64{ref.ClusterMeans.Est, ref.ClusterMeans.SE, ref.ClusterMeans.DF, ref.ClusterMeans.P}, tol)
	agreeICC(t, "17 clusters", icc, ref.ICC)
	binary, err := experiment.GroupClusters(r.taken, r.group, r.treated)
	check(t, err)
	shares, err := experiment.ICC(binary, 0.95)
	check(t, err)
	agreeICC(t, "17 clusters, 0/1 outcome", shares, ref.Binary)
}

func agreeICC(t *testing.T, data string, got experiment.Correlation, want iccCase) {
	t.Helper()
	evidence.Claim{Method: "Intraclass correlation (ANOVA)", Data: data, Source: "R 4.2 anova, qf"}.
		Agree(t, []float64{got.ICC, got.Interval.Low, got.Interval.High, got.Between, got.Within, got.Size},
			[]float64{want.ICC, want.Low, want.High, want.Between, want.Within, want.Size}, tol)
}

// Davies' dyestuff: six batches of five. Analysis of variance and restricted
// maximum likelihood agree when sizes are equal.
func TestDyestuff(t *testing.T) {
	ref := loadReference(t).Dyestuff
	clusters, err := experiment.GroupClusters(ref.Yield, ref.Batch, make([]bool, len(ref.Yield)))
	check(t, err)
	got, err := experiment.ICC(clusters, 0.95)
	check(t, err)
	agreeICC(t, "Dyestuff", got, ref.iccCase)
	evidence.Claim{Method: "Intraclass correlation (ANOVA)", Data: "Dyestuff, balanced", Source: "R lme4 1.1 lmer (REML)"}.Agree(t, []float64{got.ICC}, []float64{ref.REML}, 1e-6)
	// The mean squares of Davies and Goldsmith's data, by hand and by R's anova: 56,357.5/5 and 58,830/24.
	evidence.Claim{Method: "Intraclass correlation (ANOVA)", Data: "Dyestuff", Source: "by hand from Davies and Goldsmith's data"}.Agree(t, []float64{got.Between, got.Within}, []float64{11271.5, 2451.25}, 1e-12)
}

func TestPairedClustersAgainstR(t *testing.T) {
	ref := loadReference(t).Pairs
	var pairs []experiment.ClusterPair
	for i := range ref.NT {
		pairs = append(pairs, experiment.ClusterPair{
			Treated: summary.Moments{N: ref.NT[i], Mean: ref.MT[i], Var: 1}, Control: summary.Moments{N: ref.NC[i], Mean: ref.MC[i], Var: 1},
		})
	}
	got, err := experiment.PairedClusters(pairs, 0.95)
	check(t, err)
	evidence.Claim{Method: "Paired clusters", Data: "five pairs", Source: "Imai, King and Nall (2009), R 4.2 t.test"}.
		Agree(t, []float64{got.Value, got.SE, got.Interval.Low, got.Interval.High}, []float64{ref.Est, ref.SE, ref.Low, ref.High}, tol)
}

func TestDesignEffectByHand(t *testing.T) {
	// Σn = 60, Σn² = 1400: 1 + (1400/60 - 1)·0.1 = 97/30 ... 1 + 0.1·67/3.
	got, err := experiment.DesignEffect(0.1, []int{10, 20, 30})
	check(t, err)
	equal, err := experiment.DesignEffect(0.05, []int{20, 20, 20})
	check(t, err)
	evidence.Claim{Method: "Design effect", Data: "10, 20, 30; 20 each", Source: "exact derivation"}.Agree(t, []float64{got, equal}, []float64{1 + 6.7/3, 1.95}, 1e-14)
}

func TestSampleRatioAgainstR(t *testing.T) {
	ref := loadReference(t)
	for _, c := range ref.SRM {
		got, err := experiment.SampleRatio(c.Counts, c.Plan)
		check(t, err)
		evidence.Claim{Method: "Sample-ratio test", Data: "four plans", Source: "R 4.2 chisq.test"}.Agree(t, []float64{got.ChiSq, got.P}, []float64{c.ChiSq, c.P}, 1e-10)
		if got.Exact {
			t.Errorf("%v was enumerated", c.Counts)
		}
	}
	for i, c := range append(ref.Exact, ratioCase{Counts: []int{1, 7}, Plan: []float64{1, 1}, P: ref.Binom}) {
		got, err := experiment.SampleRatio(c.Counts, c.Plan)
		check(t, err)
		if i == 2 { // 13 units expect 7.8 and 5.2: χ²
			if got.Exact {
				t.Error("enumerated though both arms expect five")
			}
			continue
		}
		evidence.Claim{Method: "Sample-ratio test, exact", Data: "small experiments", Source: "R 4.2 dmultinom, binom.test"}.Agree(t, []float64{got.P}, []float64{c.P}, 1e-10)
		if !got.Exact {
			t.Errorf("%v was not enumerated", c.Counts)
		}
	}
}

func TestBetaAgainstR(t *testing.T) {
	for _, c := range loadReference(t).Beta {
		got, err := experiment.BayesShares(experiment.Count{Successes: c.XT, Trials: c.NT}, experiment.Count{Successes: c.XC, Trials: c.NC}, experiment.Beta{A: c.A, B: c.B}, 0.95)
		check(t, err)
		g := []float64{got.Better, got.LossTreated, got.LossControl, got.TreatedInterval.Low, got.TreatedInterval.High, got.ControlInterval.Low, got.ControlInterval.High}
		want := append([]float64{c.Better, c.LossT, c.LossC}, append(c.CredT, c.CredC...)...)
		claim := evidence.Claim{Method: "Beta–binomial comparison", Data: "three small experiments", Source: "R 4.2 integrate, qbeta"}
		claim.Agree(t, g, want, 1e-8)
		claim.Method = "Beta–binomial, interval of difference and lift"
		claim.Agree(t, []float64{got.Difference.Interval.Low, got.Difference.Interval.High, got.Lift.Low, got.LiftMedian, got.Lift.High}, append(c.Diff, c.Lift...), 1e-7)
	}
}

func TestNormalBeliefAgainstR(t *testing.T) {
	for _, c := range loadReference(t).Normal {
		got, err := experiment.BayesNormal(c.Value, c.SE, experiment.NormalPrior{Mean: c.Mean, SD: c.SD}, 0.95)
		check(t, err)
		evidence.Claim{Method: "Normal–normal belief", Data: "three effects and priors", Source: "GrowthBook's published formulas, R 4.2 integrate"}.
			Agree(t, []float64{got.Value, got.SE, got.Better, got.LossTreated, got.LossControl}, []float64{c.Post, c.PostSD, c.Better, c.LossT, c.LossC}, 1e-9)
	}
	flat, err := experiment.BayesNormal(2, 0.7, experiment.NormalPrior{SD: math.Inf(1)}, 0.9)
	check(t, err)
	if want := stat.Normal(2, 0.7, 0.9); flat.Estimate != want.Estimate {
		t.Errorf("without a prior %+v, the estimate itself is %+v", flat.Estimate, want.Estimate)
	}
}
