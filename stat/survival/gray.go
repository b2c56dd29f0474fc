package survival

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// GrayTest compares the cumulative incidence of one cause between groups.
// Scores are, per group in ascending order of label, the weighted sums of
// differences between the group's subdistribution hazard and the pooled one,
// 0 in sum; Var is their covariance.
type GrayTest struct {
	Labels []int
	N      []int
	Scores []float64
	Var    *mat.SymDense
	ChiSqTest
}

// Gray tests whether the groups share one cumulative incidence of the cause,
// within each stratum where strata is not nil: the log-rank test of competing
// risks. A log-rank test that takes other causes for censoring compares the
// causes' own rates instead, which answers another question. cause is as in
// AalenJohansen; group and strata label the rows.
//
// Errors: ErrInvalid with entry times or weights, which the test has no
// variance for; ErrTooFew with fewer than two groups or no event of the cause;
// ErrNoVariance if no event time has two groups at risk; those of KaplanMeier
// for bad rows.
//
// Source: Gray (1988), Annals of Statistics 16:1141-1154, with ρ = 0.
func Gray(d Data, cause, group, strata []int, of int) (*GrayTest, error) {
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("gray's test: %w", err)
	}
	n := len(d.Stop)
	sameLength("cause", len(cause), n)
	sameLength("group", len(group), n)
	if strata != nil {
		sameLength("strata", len(strata), n)
	}
	if d.Start != nil || d.Weight != nil {
		return nil, fmt.Errorf("gray's test with entry times or weights: %w", stat.ErrInvalid)
	}
	labels, number := dense(group)
	k := len(labels)
	if k < 2 {
		return nil, fmt.Errorf("gray's test of %d group: %w", k, stat.ErrTooFew)
	}
	test := &GrayTest{Labels: labels, N: make([]int, k), Scores: make([]float64, k), Var: mat.NewSymDense(k, nil)}
	place, events := make([]int32, n), 0 // the sweep's groups: those of d, and again for the other causes
	for i, g := range number {
		test.N[g]++
		place[i] = g
		if d.Event[i] && cause[i] != of {
			place[i] += int32(k)
		} else if d.Event[i] {
			events++
		}
	}
	if events == 0 {
		return nil, fmt.Errorf("gray's test: no event of cause %d: %w", of, stat.ErrTooFew)
	}
	_, parts := partition(strata, n)
	for _, rows := range parts {
		s := newGrayStratum(k)
		newLanes(d, rows, place, 2*k).sweep(s.add)
		s.finish(test)
	}
	return test.finish()
}

func (g *GrayTest) finish() (*GrayTest, error) {
	var used []int
	for a := range g.Labels {
		if g.Var.At(a, a) > 0 {
			used = append(used, a)
		}
	}
	df := len(used) - 1
	if df < 1 {
		return nil, fmt.Errorf("gray's test: one group was at risk: %w", stat.ErrNoVariance)
	}
	score, cov := mat.NewVecDense(df, nil), mat.NewSymDense(df, nil)
	for a, from := range used[:df] {
		score.SetVec(a, g.Scores[from])
		for b, to := range used[:a+1] {
			cov.SetSym(a, b, g.Var.At(from, to))
		}
	}
	var chol mat.Cholesky
	if !chol.Factorize(cov) || chol.Cond() > 1e13 {
		return nil, fmt.Errorf("gray's test: groups were never at risk together: %w", stat.ErrNoVariance)
	}
	g.ChiSqTest = newChiSqTest(quadratic(&chol, score), df)
	return g, nil
}

// grayGroup is one group's follow-up until just before a time, and after it.
type grayGroup struct {
	atRisk, own, other float64 // own: events of the cause in question
	surv, survAfter    float64 // no event of any cause
	cum                float64 // incidence of the cause
	variance           float64 // of the group's share in the pooled incidence
}

// grayStratum accumulates scores and their covariance in Gray's notation: R is
// the adjusted risk set atRisk·(1−cum)/surv, h the subdistribution hazard, and
// pull[a][b] how far the past of group b moves the score of group a.
type grayStratum struct {
	groups          []grayGroup
	pooled          float64 // incidence of the cause under the null, just before the time
	score           []float64
	direct, pull    [][]float64
	cov, crossPulls [][]float64
}

func newGrayStratum(k int) *grayStratum {
	s := &grayStratum{groups: make([]grayGroup, k), score: make([]float64, k)}
	for _, m := range []*[][]float64{&s.direct, &s.pull, &s.cov, &s.crossPulls} {
		*m = make([][]float64, k)
		for a := range k {
			(*m)[a] = make([]float64, k)
		}
	}
	for a := range s.groups {
		s.groups[a].surv = 1
	}
	return s
}

// add takes one time of the sweep into account.
func (s *grayStratum) add(at *riskTable) {
	own, other, free, adjusted := s.load(at)
	if own+other == 0 {
		return
	}
	after := s.pooled
	if own > 0 {
		after += own / free
	}
	s.addScores(own, free, adjusted)
	for b := range s.groups {
		s.spread(b, own, free, after)
	}
	s.pooled = after
	for b := range s.groups {
		g := &s.groups[b]
		if g.atRisk > 0 {
			g.cum += g.surv * g.own / g.atRisk
			g.surv = g.survAfter
		}
	}
}

// load reads the table: events of the cause and of the others over all groups,
// and the sums over groups at risk of atRisk/surv (the stratum's size free of
// censoring) and of the adjusted risk sets.
func (s *grayStratum) load(at *riskTable) (own, other, free, adjusted float64) {
	k := len(s.groups)
	for b := range s.groups {
		g := &s.groups[b]
		g.atRisk, g.own, g.other = at.atRisk[b]+at.atRisk[b+k], at.events[b], at.events[b+k]
		own, other = own+g.own, other+g.other
		if g.atRisk > 0 {
			g.survAfter = g.surv * (g.atRisk - g.own - g.other) / g.atRisk
			free += g.atRisk / g.surv
			adjusted += g.atRisk * (1 - g.cum) / g.surv
		}
	}
	return own, other, free, adjusted
}

// addScores adds observed minus expected events and the direct dependence of
// each score on each group's incidence.
func (s *grayStratum) addScores(own, free, adjusted float64) {
	for a := range s.groups {
		clear(s.direct[a])
		ga := &s.groups[a]
		if ga.atRisk == 0 {
			continue
		}
		if own > 0 {
			s.score[a] += ga.own - own*ga.atRisk*(1-ga.cum)/(ga.surv*adjusted)
		}
		size := ga.atRisk / ga.surv
		for b := range s.groups {
			gb := &s.groups[b]
			if gb.atRisk == 0 {
				continue
			}
			s.direct[a][b] = -size * gb.atRisk / (gb.surv * free)
			if a == b {
				s.direct[a][b] += size
			}
			s.pull[a][b] += s.direct[a][b] * own / (free * (1 - s.pooled))
		}
	}
}

// spread adds the variation of group b at this time: of its events of the
// cause, expected under the null, and of its events of other causes.
func (s *grayStratum) spread(b int, own, free, after float64) {
	g := &s.groups[b]
	if g.atRisk == 0 {
		return
	}
	if own > 0 {
		share := 1.0
		if g.survAfter > 0 {
			share = 1 - (1-after)/g.survAfter
		}
		ties := 1.0
		if own > 1 {
			ties = 1 - (own-1)/(free*g.surv-1)
		}
		s.vary(b, share, ties*g.surv*own/(free*g.atRisk), true)
	}
	if g.other > 0 && g.survAfter > 0 {
		ties := 1.0
		if g.other > 1 {
			ties = 1 - (g.other-1)/(g.atRisk-1)
		}
		s.vary(b, -(1-after)/g.survAfter, ties*g.surv*g.surv*g.other/(g.atRisk*g.atRisk), false)
	}
}

// vary adds a source of variation in group b that moves its incidence by share
// (events of other causes take away what the cause would have added) and, with
// direct, the scores themselves too.
func (s *grayStratum) vary(b int, share, variance float64, direct bool) {
	effect := make([]float64, len(s.groups))
	for a := range effect {
		effect[a] = -share * s.pull[a][b]
		if direct {
			effect[a] += s.direct[a][b]
		}
	}
	s.groups[b].variance += share * share * variance
	for a := range effect {
		s.crossPulls[a][b] += effect[a] * share * variance
		for c := range effect {
			s.cov[a][c] += effect[a] * effect[c] * variance
		}
	}
}

// finish adds the stratum to the test. What moved an incidence early goes on
// moving the scores through the pulls that came later.
func (s *grayStratum) finish(test *GrayTest) {
	for a := range s.groups {
		test.Scores[a] += s.score[a]
		for c := range a + 1 {
			v := s.cov[a][c]
			for b := range s.groups {
				v += s.pull[a][b]*s.pull[c][b]*s.groups[b].variance + s.pull[a][b]*s.crossPulls[c][b] + s.pull[c][b]*s.crossPulls[a][b]
			}
			test.Var.SetSym(a, c, test.Var.At(a, c)+v)
		}
	}
}
