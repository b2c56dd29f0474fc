package survival

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Weighting decides which event times count most in a log-rank test.
type Weighting int

// Weightings of an event time with pooled survival S just before it and weight
// n at risk.
const (
	Even       Weighting = iota // 1: the log-rank test, best when hazards are proportional
	PetoPeto                    // S: early differences; R's rho = 1
	Gehan                       // n: early differences, sensitive to the censoring pattern
	TaroneWare                  // √n: between Even and Gehan
)

// LogRankTest compares groups. Observed and Expected are weighted by the
// Weighting, per group in ascending order of label; Var is their covariance.
type LogRankTest struct {
	Labels             []int
	N                  []int
	Observed, Expected []float64
	Var                *mat.SymDense
	ChiSq              float64
	DF                 int
	P                  float64
}

// LogRank tests whether the groups share one hazard, within each stratum where
// strata is not nil. group and strata label the rows of d.
//
// Errors: ErrTooFew with fewer than two groups or no event; ErrNoVariance if
// no event time has two groups at risk; those of KaplanMeier for bad rows.
//
// Sources: Mantel (1966); Peto & Peto (1972), JRSS A 135:185-207; Harrington &
// Fleming (1982), Biometrika 69:553-566.
func LogRank(d Data, group, strata []int, w Weighting) (*LogRankTest, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("log-rank test: %w", err)
	}
	sameLength("group", len(group), len(d.Stop))
	if strata != nil {
		sameLength("strata", len(strata), len(d.Stop))
	}
	labels, number := dense(group)
	k := len(labels)
	if k < 2 {
		return nil, fmt.Errorf("log-rank test of %d group: %w", k, stat.ErrTooFew)
	}
	test := &LogRankTest{Labels: labels, N: make([]int, k), Observed: make([]float64, k), Expected: make([]float64, k), Var: mat.NewSymDense(k, nil)}
	for _, g := range number {
		test.N[g]++
	}
	if strata == nil {
		test.addStratum(newLanes(d, nil, number, k), w)
		return test.finish()
	}
	_, parts := partition(strata, len(group))
	for _, rows := range parts {
		test.addStratum(newLanes(d, rows, number, k), w)
	}
	return test.finish()
}

// addStratum adds the observed and expected events of a stratum.
func (l *LogRankTest) addStratum(rows lanes, w Weighting) {
	k, pooled := len(l.Labels), 1.0
	cov := make([]float64, k*k) // lower triangle
	rows.sweep(func(at *riskTable) {
		e := sum(at.events)
		if e == 0 {
			return
		}
		n := sum(at.atRisk)
		weight := w.at(pooled, n)
		pooled *= 1 - e/n
		spread := 0.0 // hypergeometric variance factor
		if n > 1 {
			spread = weight * weight * e * (n - e) / (n - 1)
		}
		for g := range at.atRisk {
			share := at.atRisk[g] / n
			l.Observed[g] += weight * at.events[g]
			l.Expected[g] += weight * e * share
			cov[g*k+g] += spread * share * (1 - share)
			for h := range g {
				cov[g*k+h] -= spread * share * at.atRisk[h] / n
			}
		}
	})
	for g := range k {
		for h := range g + 1 {
			l.Var.SetSym(g, h, l.Var.At(g, h)+cov[g*k+h])
		}
	}
}

func (w Weighting) at(pooled, atRisk float64) float64 {
	switch w {
	case PetoPeto:
		return pooled
	case Gehan:
		return atRisk
	case TaroneWare:
		return math.Sqrt(atRisk)
	}
	return 1
}

// finish computes the statistic over all groups that were ever at risk, but
// one: the differences sum to zero.
func (l *LogRankTest) finish() (*LogRankTest, error) {
	if sum(l.Observed) == 0 {
		return nil, fmt.Errorf("log-rank test: no event: %w", stat.ErrTooFew)
	}
	var used []int
	for g := range l.Labels {
		if l.Expected[g] > 0 {
			used = append(used, g)
		}
	}
	l.DF = len(used) - 1
	if l.DF < 1 {
		return nil, fmt.Errorf("log-rank test: one group was at risk: %w", stat.ErrNoVariance)
	}
	diff, cov := mat.NewVecDense(l.DF, nil), mat.NewSymDense(l.DF, nil)
	for a, g := range used[:l.DF] {
		diff.SetVec(a, l.Observed[g]-l.Expected[g])
		for b, h := range used[:l.DF] {
			cov.SetSym(a, b, l.Var.At(g, h))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) {
		return nil, fmt.Errorf("log-rank test: groups were never at risk together: %w", stat.ErrNoVariance)
	}
	l.ChiSq = quadratic(&chol, diff)
	l.P = chiSquareTail(l.ChiSq, l.DF)
	return l, nil
}

// quadratic returns vᵀ A⁻¹ v for the factorised A.
func quadratic(chol *mat.Cholesky, v *mat.VecDense) float64 {
	var solved mat.VecDense
	// The one error SolveVecTo has warns of a large condition number, which is
	// the caller's to judge; the solution is there.
	_ = chol.SolveVecTo(&solved, v)
	return mat.Dot(v, &solved)
}

func chiSquareTail(x float64, df int) float64 {
	return distuv.ChiSquared{K: float64(df)}.Survival(x)
}

func sum(x []float64) float64 {
	total := 0.0
	for _, v := range x {
		total += v
	}
	return total
}
