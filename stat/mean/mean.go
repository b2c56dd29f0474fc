// Package mean compares averages: Welch's t for independent samples, ratios of
// sums over units (tickets per account-month) and their differences, and the
// difference of means when observations are clustered in accounts.
//
// Ratios work from PairMoments, which an SQL engine can compute; nothing here
// needs rows, except ClusterDifference, which takes one entry a cluster.
package mean

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/stat"
)

// checkLevel panics unless level is a coverage in (0, 1).
func checkLevel(level float64) {
	if !(level > 0 && level < 1) {
		panic(fmt.Sprintf("mean: level %v is outside (0, 1)", level))
	}
}

// student gives value ± t(level, df) × se.
func student(value, se, df, level float64) stat.Estimate {
	half := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(0.5+level/2) * se
	return stat.Estimate{Value: value, SE: se, Interval: stat.Interval{Low: value - half, High: value + half, Level: level}}
}

// pValue is the two-sided p-value of t on df degrees of freedom.
func pValue(t, df float64) float64 {
	return 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.CDF(-math.Abs(t))
}

// satterthwaite gives the degrees of freedom of va + vb, variance estimates
// on dfa and dfb degrees of freedom. At least one must be positive.
func satterthwaite(va, dfa, vb, dfb float64) float64 {
	share := va / (va + vb) // in terms of shares, so that tiny variances do not underflow
	return 1 / (share*share/dfa + (1-share)*(1-share)/dfb)
}

// Test is the comparison of two averages: the difference with its interval,
// and the test that it is zero. DF are the degrees of freedom of the t
// distribution behind Interval and P (two-sided).
type Test struct {
	stat.Estimate
	T, DF, P float64
}

func newTest(diff, se, df, level float64) Test {
	t := diff / se
	return Test{Estimate: student(diff, se, df, level), T: t, DF: df, P: pValue(t, df)}
}
