package mean

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// F is a test with an F distribution on DF1 and DF2 degrees of freedom under
// its null hypothesis.
type F struct {
	Statistic, DF1, DF2, P float64
}

// ANOVA tests whether several independent groups with a common variance have
// the same mean (one-way analysis of variance). WelchANOVA allows variances to
// differ and is the safer choice.
//
// Errors: ErrTooFew with fewer than two groups, an empty group or no more
// observations than groups; ErrNoVariance if no group varies; ErrNotFinite.
//
// Source: Fisher (1925), Statistical Methods for Research Workers, ch. VII.
func ANOVA(groups ...summary.Moments) (F, error) {
	total, within := 0, 0.0
	for i, g := range groups {
		if g.N < 1 {
			return F{}, fmt.Errorf("group %d has no observations: %w", i, stat.ErrTooFew)
		}
		total += g.N
		within += g.Var * float64(g.N-1)
	}
	if len(groups) < 2 || total <= len(groups) {
		return F{}, fmt.Errorf("analysis of variance of %d observations in %d groups: %w", total, len(groups), stat.ErrTooFew)
	}
	if within == 0 {
		return F{}, fmt.Errorf("no group varies: %w", stat.ErrNoVariance)
	}
	grand := 0.0
	for _, g := range groups {
		grand += g.Mean * float64(g.N) / float64(total)
	}
	between := 0.0
	for _, g := range groups {
		between += float64(g.N) * (g.Mean - grand) * (g.Mean - grand)
	}
	df1, df2 := float64(len(groups)-1), float64(total-len(groups))
	return fTest(between/df1/(within/df2), df1, df2)
}

// WelchANOVA tests whether several independent groups have the same mean when
// their variances may differ: Welch's t for more than two groups, R's
// oneway.test.
//
// Errors: ErrTooFew with fewer than two groups or a group of fewer than two;
// ErrNoVariance, naming it, if a group does not vary; ErrNotFinite.
//
// Source: Welch (1951), Biometrika 38:330-336.
func WelchANOVA(groups ...summary.Moments) (F, error) {
	if len(groups) < 2 {
		return F{}, fmt.Errorf("comparison of %d groups: %w", len(groups), stat.ErrTooFew)
	}
	weight, mean := 0.0, 0.0
	for i, g := range groups {
		if g.N < 2 {
			return F{}, fmt.Errorf("group %d has %d observations: %w", i, g.N, stat.ErrTooFew)
		}
		if g.Var == 0 {
			return F{}, fmt.Errorf("group %d does not vary: %w", i, stat.ErrNoVariance)
		}
		w := float64(g.N) / g.Var
		weight += w
		mean += (g.Mean - mean) * w / weight
	}
	between, uneven := 0.0, 0.0
	for _, g := range groups {
		w := float64(g.N) / g.Var
		between += w * (g.Mean - mean) * (g.Mean - mean)
		uneven += (1 - w/weight) * (1 - w/weight) / float64(g.N-1)
	}
	k := float64(len(groups))
	uneven /= k*k - 1
	return fTest(between/(k-1)/(1+2*(k-2)*uneven), k-1, 1/(3*uneven))
}

func fTest(f, df1, df2 float64) (F, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) || math.IsNaN(df2) || math.IsInf(df2, 0) {
		return F{}, fmt.Errorf("F of %v on %v and %v degrees of freedom: %w", f, df1, df2, stat.ErrNotFinite)
	}
	return F{Statistic: f, DF1: df1, DF2: df2, P: mathext.RegIncBeta(df2/2, df1/2, df2/(df2+df1*f))}, nil
}
