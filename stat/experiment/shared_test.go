package experiment_test

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"os"
	"strconv"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

// Cookie Cats, 90,189 players in an A/B test; reference-cookie-cats.json.
type cookieCats struct {
	SRM struct {
		N     []int
		P     float64
		ChiSq float64
	}
	Retention1 cookieShare `json:"retention_1"`
	Retention7 cookieShare `json:"retention_7"`
	Rounds     cookieMean  `json:"rounds_welch"`
	Without    cookieMean  `json:"rounds_welch_no_outlier"`
	Sequence   struct {
		N           int
		Est, Radius float64
		CI          []float64
		VarScore    float64 `json:"var_score"`
	} `json:"cs_retention_7"`
}

type cookieShare struct {
	X, N     []int
	Diff, P  float64
	Newcombe []float64 `json:"newcombe_ci"`
	SE       float64   `json:"se_unpooled"`
	Z        float64   `json:"z_pooled"`
	Lift     float64   `json:"rel_lift"`
	LiftCI   []float64 `json:"rel_lift_ci_log"`
	Better   float64   `json:"prob_T_beats_C"`
	LossT    float64   `json:"expected_loss_choose_T"`
	LossC    float64   `json:"expected_loss_choose_C"`
	CredT    []float64 `json:"cred_T"`
	CredC    []float64 `json:"cred_C"`
}

type cookieMean struct {
	Diff, T, DF, P float64
	CI             []float64
	Lift           float64   `json:"rel_lift"`
	LiftSE         float64   `json:"rel_lift_se_delta"`
	LiftCI         []float64 `json:"rel_lift_ci_delta"`
}

func TestCookieCats(t *testing.T) {
	var ref cookieCats
	reference.JSON(t, reference.Path(t, "cookie-cats", "reference-cookie-cats.json"), &ref)
	srm, err := experiment.SampleRatio(ref.SRM.N, []float64{1, 1})
	check(t, err)
	evidence.Claim{Method: "Sample-ratio test", Data: "Cookie Cats", Source: "R 4.2 chisq.test"}.Agree(t, []float64{srm.ChiSq, srm.P}, []float64{ref.SRM.ChiSq, ref.SRM.P}, 1e-10)
	agreeShare(t, "Cookie Cats, day 1", ref.Retention1)
	agreeShare(t, "Cookie Cats, day 7", ref.Retention7)
	rounds := cookieRounds(t)
	for i, want := range []cookieMean{ref.Rounds, ref.Without} {
		if i == 1 {
			rounds[0] = without(rounds[0], 40000)
		}
		got, err := experiment.CompareMeans(moments(t, rounds[1]), moments(t, rounds[0]), 0.95)
		check(t, err)
		evidence.Claim{Method: "Difference of means as assigned", Data: "Cookie Cats, rounds", Source: "R 4.2 t.test, delta method"}.
			Agree(t, []float64{got.Value, got.Statistic, got.DF, got.P, got.Interval.Low, got.Interval.High, got.Relative.Value, got.Relative.SE, got.Relative.Interval.Low, got.Relative.Interval.High},
				[]float64{want.Diff, want.T, want.DF, want.P, want.CI[0], want.CI[1], want.Lift, want.LiftSE, want.LiftCI[0], want.LiftCI[1]}, 1e-8)
	}
	x, n := ref.Retention7.X, ref.Retention7.N
	cs, err := experiment.ConfidenceSequence(shareMoments(x[0], n[0]), shareMoments(x[1], n[1]), ref.Sequence.N, 0.95)
	check(t, err)
	evidence.Claim{Method: "Confidence sequence", Data: "Cookie Cats, day 7", Source: "Waudby-Smith et al. (2024), written out in R"}.
		Agree(t, []float64{cs.Value, cs.Interval.Low, cs.Interval.High, (cs.Interval.High - cs.Interval.Low) / 2}, []float64{ref.Sequence.Est, ref.Sequence.CI[0], ref.Sequence.CI[1], ref.Sequence.Radius}, 1e-9)
}

func agreeShare(t *testing.T, data string, want cookieShare) {
	t.Helper()
	treated, control := experiment.Count{Successes: want.X[0], Trials: want.N[0]}, experiment.Count{Successes: want.X[1], Trials: want.N[1]}
	got, err := experiment.CompareShares(treated, control, 0.95)
	check(t, err)
	evidence.Claim{Method: "Difference of shares as assigned", Data: data, Source: "R 4.2 prop.test, Newcombe written out"}.
		Agree(t, []float64{got.Value, got.SE, got.Z, got.P, got.Interval.Low, got.Interval.High, got.Relative.Value - 1, got.Relative.Interval.Low - 1, got.Relative.Interval.High - 1},
			[]float64{want.Diff, want.SE, want.Z, want.P, want.Newcombe[0], want.Newcombe[1], want.Lift, want.LiftCI[0], want.LiftCI[1]}, 1e-9)
	belief, err := experiment.BayesShares(treated, control, experiment.Beta{A: 1, B: 1}, 0.95)
	check(t, err)
	evidence.Claim{Method: "Beta–binomial comparison", Data: data, Source: "R 4.2 integrate, qbeta"}.
		Agree(t, []float64{belief.Better, belief.LossTreated, belief.LossControl, belief.TreatedInterval.Low, belief.TreatedInterval.High, belief.ControlInterval.Low, belief.ControlInterval.High},
			[]float64{want.Better, want.LossT, want.LossC, want.CredT[0], want.CredT[1], want.CredC[0], want.CredC[1]}, 1e-8)
}

func shareMoments(x, n int) summary.Moments {
	p := float64(x) / float64(n)
	return summary.Moments{N: n, Mean: p, Var: p * (1 - p) * float64(n) / float64(n-1)}
}

// cookieRounds reads the rounds by arm: control (gate 30), treated (gate 40).
func cookieRounds(t *testing.T) (out [2][]float64) {
	t.Helper()
	file, err := os.Open(reference.Path(t, "cookie-cats", "cookie_cats.csv.gz"))
	check(t, err)
	defer file.Close()
	zip, err := gzip.NewReader(file)
	check(t, err)
	lines, err := csv.NewReader(zip).ReadAll()
	check(t, err)
	for _, line := range lines[1:] {
		v, err := strconv.ParseFloat(line[2], 64)
		check(t, err)
		arm := 0
		if line[1] == "gate_40" {
			arm = 1
		}
		out[arm] = append(out[arm], v)
	}
	return out
}

func without(x []float64, limit float64) (kept []float64) {
	for _, v := range x {
		if v < limit {
			kept = append(kept, v)
		}
	}
	return kept
}

// The NSW training experiment: Neyman's standard error is HC2.
func TestNSW(t *testing.T) {
	var ref struct {
		Experimental struct {
			ATT      float64
			Neyman   float64 `json:"se_HC2_neyman"`
			Adjusted struct{ Est float64 }
			Welch    struct {
				T, DF, P float64
				CI       []float64
			}
		}
	}
	reference.JSON(t, reference.Path(t, "nsw-cps", "reference-nsw-cps.json"), &ref)
	c := reference.CSV(t, reference.Path(t, "nsw-cps", "nsw_dw.csv"))
	y, treat := c.Floats(t, "re78"), c.Ints(t, "treat")
	treated := make([]bool, len(y))
	var arms [2][]float64
	for i, z := range treat {
		treated[i] = z == 1
		arms[z] = append(arms[z], y[i])
	}
	got, err := experiment.CompareMeans(moments(t, arms[1]), moments(t, arms[0]), 0.95)
	check(t, err)
	want := ref.Experimental
	evidence.Claim{Method: "Difference of means as assigned", Data: "NSW training experiment", Source: "R 4.2 t.test, sandwich HC2"}.
		Agree(t, []float64{got.Value, got.SE, got.Statistic, got.DF, got.P, got.Interval.Low, got.Interval.High}, []float64{want.ATT, want.Neyman, want.Welch.T, want.Welch.DF, want.Welch.P, want.Welch.CI[0], want.Welch.CI[1]}, 1e-9)
	var covariates [][]float64
	for _, name := range []string{"age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"} {
		covariates = append(covariates, c.Floats(t, name))
	}
	adjusted, err := experiment.ANCOVA(y, treated, covariates, 0.95)
	check(t, err)
	evidence.Claim{Method: "ANCOVA, estimate", Data: "NSW training experiment, eight covariates", Source: "R 4.2 lm"}.Agree(t, []float64{adjusted.Value}, []float64{want.Adjusted.Est}, 1e-9)
}

// Farmers of 166 villages, randomised to an intensive training session: a null.
// Both arms are found in most villages, so villages were not assigned whole, and
// the analysis by whole clusters is refused.
func TestSocialInsure(t *testing.T) {
	var ref struct {
		Diff struct {
			Est      float64
			Clusters int
			CR1      float64 `json:"se_cluster_CR1"`
		}
	}
	reference.JSON(t, reference.Path(t, "social-insure", "reference-social-insure.json"), &ref)
	c := reference.CSV(t, reference.Path(t, "social-insure", "social_insure.csv"))
	y, z := c.Floats(t, "takeup_survey"), c.Ints(t, "intensive")
	at := map[string]int{}
	var sums []mean.ClusterSums
	village, treated := make([]int, len(y)), make([]bool, len(y))
	for i, name := range c["address"] {
		if _, known := at[name]; !known {
			at[name] = len(at)
			sums = append(sums, mean.ClusterSums{})
		}
		village[i], treated[i] = at[name], z[i] == 1
		sums[village[i]].TreatedN += z[i]
		sums[village[i]].ControlN += 1 - z[i]
		sums[village[i]].TreatedSum += y[i] * float64(z[i])
		sums[village[i]].ControlSum += y[i] * float64(1-z[i])
	}
	if _, err := experiment.GroupClusters(y, village, treated); !errors.Is(err, stat.ErrInvalid) {
		t.Errorf("villages in both arms as whole clusters: %v", err)
	}
	got, err := mean.ClusterDifference(sums, 0.95)
	check(t, err)
	evidence.Claim{Method: "Difference of means, clustered", Data: "social-insure", Source: "R sandwich 3.0 vcovCL (HC1)"}.
		Agree(t, []float64{got.Value, got.SE, float64(got.Clusters)}, []float64{ref.Diff.Est, ref.Diff.CR1, float64(ref.Diff.Clusters)}, 1e-9)
}
