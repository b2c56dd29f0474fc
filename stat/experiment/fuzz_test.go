package experiment_test

import (
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/stat/experiment"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/summary"
)

func FuzzMoments(f *testing.F) {
	f.Add(10, 1.0, 2.0, 12, 1.5, 1.0, 0.5, 0.3, 0.2)
	f.Add(0, 1.0, 0.0, 1, 1.5, 0.0, 0.5, 0.0, 0.0)
	f.Add(2, math.NaN(), 2.0, 2, math.Inf(1), 1.0, 0.5, -1.0, 0.0)
	f.Add(5, 0.0, 0.0, 5, 0.0, 0.0, 0.0, 0.0, 0.0)
	f.Add(1<<40, 1e300, 1e300, 3, -1e300, 1e-300, 1e-200, 1e200, 1e250)
	f.Add(3, 1.0, 1e-320, 3, 1.0, 1e-320, 1.0, 1e-320, 1e-320)
	f.Fuzz(func(t *testing.T, nt int, mt, vt float64, nc int, mc, vc, dt, vd, cov float64) {
		a, b := summary.Moments{N: nt, Mean: mt, Var: vt}, summary.Moments{N: nc, Mean: mc, Var: vc}
		effect, err := experiment.CompareMeans(a, b, 0.95)
		evidence.FiniteEstimate(t, "means", err, effect.Estimate, effect.Statistic, effect.P)
		cs, err := experiment.ConfidenceSequence(a, b, 1000, 0.95)
		evidence.FiniteEstimate(t, "confidence sequence", err, cs.Estimate, cs.LogLambda, cs.P)
		bounded, err := experiment.BoundedSequence(a, b, dt, vd, 1000, 0.95)
		evidence.FiniteEstimate(t, "bounded sequence", err, bounded)
		ms, err := experiment.MSPRT(mt, vt, vd, 0.95)
		evidence.FiniteEstimate(t, "mSPRT", err, ms.Estimate, ms.LogLambda, ms.P)
		belief, err := experiment.BayesNormal(mt, vt, experiment.NormalPrior{Mean: mc, SD: vc}, 0.95)
		evidence.FiniteEstimate(t, "belief", err, belief.Estimate, belief.Better, belief.LossTreated, belief.LossControl)
		strata, err := experiment.Stratified([]experiment.Stratum{{Treated: a, Control: b}, {Treated: b, Control: a}}, 0.95)
		evidence.FiniteEstimate(t, "strata", err, strata.Estimate, strata.P)
		p := mean.PairMoments{N: nt, MeanNum: mt, VarNum: vt, MeanDen: dt, VarDen: vd, Cov: cov}
		q := mean.PairMoments{N: nc, MeanNum: mc, VarNum: vc, MeanDen: 0.5, VarDen: vd, Cov: -cov}
		cuped, err := experiment.CUPED(p, q, 0.95)
		evidence.FiniteEstimate(t, "CUPED", err, cuped.Estimate, cuped.P, cuped.Reduction)
		cace, err := experiment.CACE(p, q, 0.95)
		evidence.FiniteEstimate(t, "CACE", err, cace.Estimate, cace.Region.Low, cace.Region.High, cace.Compliers)
		clusters := []experiment.Cluster{{Moments: a, Treated: true}, {Moments: b}, {Moments: summary.Moments{N: nc, Mean: mt, Var: vt}}, {Moments: summary.Moments{N: nt, Mean: dt, Var: vc}, Treated: true}}
		robust, err := experiment.ClusterRandomised(clusters, 0.95)
		evidence.FiniteEstimate(t, "clusters", err, robust.Estimate, robust.DF, robust.P)
		means, err := experiment.ClusterMeans(clusters, 0.95)
		evidence.FiniteEstimate(t, "cluster means", err, means.Estimate, means.P)
		icc, err := experiment.ICC(clusters, 0.95)
		evidence.Finite(t, "ICC", err, icc.ICC, icc.Interval.Low, icc.Interval.High, icc.Between, icc.Within, icc.Size)
		paired, err := experiment.PairedClusters([]experiment.ClusterPair{{Treated: a, Control: b}, {Treated: b, Control: a}}, 0.95)
		evidence.FiniteEstimate(t, "paired clusters", err, paired.Estimate, paired.P)
		deff, err := experiment.DesignEffect(cov, []int{nt, nc})
		evidence.Finite(t, "design effect", err, deff)
	})
}

// Rows are read from bytes: a byte an outcome and its covariates, some of them
// special.
func FuzzRows(f *testing.F) {
	f.Add([]byte{}, 0.0)
	f.Add([]byte{1}, 1.0)
	f.Add([]byte{7, 7, 7, 7, 7, 7, 7, 7, 7, 7}, 2.0)
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 33, 47, 61}, 3.0)
	f.Add([]byte{200, 1, 2, 3, 4, 5}, math.NaN())
	f.Add([]byte{200, 1, 2, 3, 4, 5, 201, 77}, math.Inf(-1))
	f.Fuzz(func(t *testing.T, data []byte, special float64) {
		if len(data) > 200 {
			return
		}
		var y, x1, x2 []float64
		var treated, seen, received []bool
		var cluster []int
		for i, b := range data {
			v := float64(b%64) - 20
			if b >= 200 && b < 210 {
				v = special
			}
			y, x1, x2 = append(y, v), append(x1, float64(b/7)), append(x2, v*v+float64(i))
			treated, seen, received = append(treated, b%2 == 0), append(seen, b%5 != 0), append(received, b%6 == 0)
			cluster = append(cluster, int(b%8))
		}
		for _, a := range adjustments() {
			got, err := a.run(y, treated, [][]float64{x1, x2}, 0.95)
			evidence.FiniteEstimate(t, a.name, err, got.Estimate, got.P, got.Reduction)
			none, err := a.run(y, treated, nil, 0.95)
			evidence.FiniteEstimate(t, a.name+" without covariates", err, none.Estimate, none.P, none.Reduction)
		}
		lee, err := experiment.LeeBounds(y, seen, treated, 0.95)
		evidence.Finite(t, "Lee", err, lee.Low, lee.High, lee.Interval.Low, lee.Interval.High, lee.LowSE, lee.HighSE)
		bounds, err := experiment.PopulationBounds(y, treated, received, -20, 43, 0.95)
		evidence.Finite(t, "bounds", err, bounds.Low, bounds.High, bounds.Interval.Low, bounds.Interval.High)
		clusters, err := experiment.GroupClusters(y, cluster, treated)
		if evidence.Finite(t, "clusters of rows", err) {
			got, err := experiment.ClusterRandomised(clusters, 0.95)
			evidence.FiniteEstimate(t, "clusters", err, got.Estimate, got.DF, got.P)
		}
		pairs, err := experiment.MatchedPairs(y, 0.95)
		evidence.FiniteEstimate(t, "pairs", err, pairs.Estimate, pairs.P)
	})
}

func FuzzCounts(f *testing.F) {
	f.Add(3, 10, 4, 12, 1.0, 1.0, 0.5)
	f.Add(0, 0, 0, 0, 1.0, 1.0, 1.0)
	f.Add(10, 10, 10, 10, 0.5, 0.5, 2.0)
	f.Add(-1, 5, 7, 5, -1.0, math.NaN(), math.Inf(1))
	f.Add(1, 1<<40, 1, 3, 1e9, 0.1, 1e-9)
	f.Add(0, 400, 400, 400, 0.1, 0.1, 0.1)
	f.Fuzz(func(t *testing.T, xt, nt, xc, nc int, a, b, share float64) {
		treated, control := experiment.Count{Successes: xt, Trials: nt}, experiment.Count{Successes: xc, Trials: nc}
		effect, err := experiment.CompareShares(treated, control, 0.95)
		evidence.FiniteEstimate(t, "shares", err, effect.Estimate, effect.Z, effect.P)
		belief, err := experiment.BayesShares(treated, control, experiment.Beta{A: a, B: b}, 0.95)
		evidence.FiniteEstimate(t, "belief", err, belief.Difference, belief.Better, belief.LossTreated, belief.LossControl, belief.Lift.Low, belief.Lift.High, belief.LiftMedian)
		srm, err := experiment.SampleRatio([]int{nt, nc, xt}, []float64{a, b, share})
		evidence.Finite(t, "sample ratio", err, srm.ChiSq, srm.P)
		design, err := experiment.SpendAlpha([]float64{share / 2, share, 1}, 0.95, experiment.OBrienFleming)
		if evidence.Finite(t, "design", err) {
			evidence.Finite(t, "critical values", nil, design.Critical...)
			look, err := design.Look(2, a, b)
			evidence.FiniteEstimate(t, "look", err, look.Estimate, look.Z)
			final, err := design.Final(2, a, b)
			evidence.FiniteEstimate(t, "final", err, final.Estimate, final.P)
		}
	})
}
