// Package mean compares averages and distributions of numbers.
//
//   - Two independent samples: Welch (means), MannWhitney (ranks, with the
//     Hodges-Lehmann shift), CohenD (standard deviations), RatioOfMeans.
//   - The same units twice: Paired, SignedRank, CohenDz; OneSample against a
//     fixed value.
//   - Several groups: WelchANOVA, ANOVA, KruskalWallis.
//   - Sums over units (tickets per account-month): Ratio, FiellerRatio,
//     RatioDifference, RelativeDifference.
//   - Observations clustered in accounts: ClusterDifference.
//
// Methods on means work from summary.Moments and PairMoments, which an SQL
// engine can compute; ranks need the values. Shares are in package proportion,
// adjustment for covariates in regression and weighting.
package mean

// satterthwaite gives the degrees of freedom of va + vb, variance estimates
// on dfa and dfb degrees of freedom. At least one must be positive.
func satterthwaite(va, dfa, vb, dfb float64) float64 {
	share := va / (va + vb) // in terms of shares, so that tiny variances do not underflow
	return 1 / (share*share/dfa + (1-share)*(1-share)/dfb)
}
