// Package mean compares averages: Welch's t for independent samples, ratios of
// sums over units (tickets per account-month) and their differences, and the
// difference of means when observations are clustered in accounts.
//
// Ratios work from PairMoments, which an SQL engine can compute; nothing here
// needs rows, except ClusterDifference, which takes one entry a cluster.
package mean

// satterthwaite gives the degrees of freedom of va + vb, variance estimates
// on dfa and dfb degrees of freedom. At least one must be positive.
func satterthwaite(va, dfa, vb, dfb float64) float64 {
	share := va / (va + vb) // in terms of shares, so that tiny variances do not underflow
	return 1 / (share*share/dfa + (1-share)*(1-share)/dfb)
}
