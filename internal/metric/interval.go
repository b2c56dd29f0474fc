package metric

import (
	"errors"
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/mean"
	"github.com/liftmark/liftmark/stat/proportion"
)

// level is the nominal coverage of every interval that a KPI is shown with.
const level = 0.95

// Methods of intervals, as results name them.
const (
	wilsonMethod   = "wilson"         // one trial for each cluster
	clusterMethod  = "cluster_robust" // ratio of sums over clusters, t
	wilsonClusters = "wilson_by_cluster"
	npsClusters    = "adjusted_wald_by_cluster"
	noneSeenMethod = "poisson_zero" // exact upper limit for a rate of which nothing was seen
	survivalMethod = "kaplan_meier"
)

// answer is a value with its interval, in num per den; reason says why one of
// them is missing.
type answer struct {
	value, low, high *float64
	method, reason   string
	noInterval       string
}

// estimate gives the ratio of sums with its interval. unitName is for messages.
func (t totals) estimate(value, unitName string) answer {
	switch {
	case t.N == 0:
		return answer{reason: "no " + unitName + " to measure in this period"}
	case t.den == 0:
		return answer{reason: sentence("the denominator is zero for all of %d %ss", t.N, unitName)}
	case t.simple && value == "percent":
		e, err := proportion.Wilson(int(t.num), t.N, level)
		return t.answer(e, wilsonMethod, err)
	}
	e, err := mean.Ratio(t.PairMoments, level)
	e.Value = t.num / t.den
	switch {
	case errors.Is(err, stat.ErrTooFew):
		return answer{reason: fmt.Sprintf("only one %s has data, and an interval needs at least two", unitName)}
	case errors.Is(err, stat.ErrNoVariance):
		return t.withoutVariance(value, unitName)
	}
	if err == nil && t.bounded {
		e.Interval.Low, e.Interval.High = max(0, e.Interval.Low), min(1, e.Interval.High)
	}
	if err == nil && value == "points" {
		e.Interval.Low, e.Interval.High = max(-1, e.Interval.Low), min(1, e.Interval.High)
	}
	return t.answer(e, clusterMethod, err)
}

func (t totals) answer(e stat.Estimate, method string, err error) answer {
	if err != nil {
		return answer{reason: err.Error()}
	}
	low, high := e.Interval.Low, e.Interval.High
	return answer{value: &e.Value, low: &low, high: &high, method: method}
}

// withoutVariance answers when all clusters have the same ratio: the data show
// no spread, which is no proof that there is none. Shares and scores are then
// treated as one answer a cluster; of a rate at zero there is an upper limit.
func (t totals) withoutVariance(value, unitName string) answer {
	r := t.num / t.den
	switch {
	case value == "percent" && t.bounded:
		e, err := proportion.Wilson(int(math.Round(r*float64(t.N))), t.N, level)
		e.Value = r
		return t.answer(e, wilsonClusters, err)
	case value == "points" && (r == 1 || r == 0 || r == -1):
		e, err := proportion.NPS(unanimous(r, t.N), level)
		e.Value, e.Interval.Low, e.Interval.High = r, e.Interval.Low/100, e.Interval.High/100
		return t.answer(e, npsClusters, err)
	case r == 0 && value != "money":
		low, high := 0.0, -math.Log((1-level)/2)/t.den
		return answer{value: &r, low: &low, high: &high, method: noneSeenMethod}
	}
	return answer{value: &r, noInterval: sentence("all %d %ss have the same value, so their spread cannot be judged", t.N, unitName)}
}

func unanimous(score float64, n int) proportion.NPSCounts {
	switch score {
	case 1:
		return proportion.NPSCounts{Promoters: n}
	case -1:
		return proportion.NPSCounts{Detractors: n}
	}
	return proportion.NPSCounts{Passives: n}
}

// factor turns num ÷ den into the unit of the value.
func factor(value string) float64 {
	if value == "percent" || value == "points" {
		return 100
	}
	return 1
}
