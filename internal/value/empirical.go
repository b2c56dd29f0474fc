package value

import (
	"slices"

	"github.com/liftmark/liftmark/stat/summary"
)

// empirical is the distribution of a finding's draws: its quantile function
// steps through them, so that stratified drawing takes each equally often.
type empirical []float64

func ranked(draws []float64) empirical {
	sorted := slices.Clone(draws)
	slices.Sort(sorted)
	return sorted
}

// Quantile gives the draw of rank p.
func (e empirical) Quantile(p float64) float64 {
	return e[min(int(p*float64(len(e))), len(e)-1)]
}

// Mean is the mean of the draws.
func (e empirical) Mean() float64 { return summary.Sum(e) / float64(len(e)) }
