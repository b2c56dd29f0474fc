package did

import (
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/mat"
)

// TwoWayEventStudy regresses the outcome on unit and period effects and a dummy for
// each event time but -1. With one start it is the event study; with several, each
// coefficient mixes effects of other event times (Sun and Abraham 2021): then use
// Estimate or SunAbraham. Conventions and errors are those of TwoWayFixedEffects;
// ErrCollinear also without never-treated units, when event times and periods cannot
// be told apart. Where too few clusters start, effects have no intervals.
func TwoWayEventStudy(p Panel, level float64) (EventStudy, error) {
	stat.CheckLevel(level)
	f, err := newFrame(p)
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study: %w", err)
	}
	const reference = -1
	times := f.eventTimes(reference)
	if len(times) == 0 {
		return EventStudy{}, fmt.Errorf("two-way event study: no unit starts within the panel's time: %w", stat.ErrTooFew)
	}
	fit, err := f.fit(f.dummies(times))
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study (column k is event time %v): %w", times, err)
	}
	cov, err := fit.Clustered(regression.CR1, f.cluster)
	if err != nil {
		return EventStudy{}, fmt.Errorf("two-way event study: %w", err)
	}
	if err := finiteOr("two-way event study", append(regression.StandardErrors(cov), fit.Coef...)...); err != nil {
		return EventStudy{}, err
	}
	refused := f.refuse(fit.Clusters(f.cluster), f.startingClusters())
	return study(times, fit.Coef, cov, reference, float64(fit.Clusters(f.cluster)-1), level, refused == nil), nil
}

// eventTimes lists the event times of units that start, without the reference.
func (f *frame) eventTimes(reference int) []int {
	seen := make(map[int]bool)
	for i, u := range f.Unit {
		if f.starts(u) {
			seen[f.Period[i]-f.Start[u]] = true
		}
	}
	var times []int
	for e := range seen {
		if e != reference {
			times = append(times, e)
		}
	}
	slices.Sort(times)
	return times
}

func (f *frame) dummies(times []int) regression.Design {
	column := make(map[int]int)
	for j, e := range times {
		column[e] = j
	}
	d := regression.Design{Rows: len(f.Unit), Cols: len(times), Values: make([]float64, len(f.Unit)*len(times))}
	for i, u := range f.Unit {
		if !f.starts(u) {
			continue
		}
		if j, ok := column[f.Period[i]-f.Start[u]]; ok {
			d.Row(i)[j] = 1
		}
	}
	return d
}

// study puts coefficients by event time together with their reference.
func study(times []int, coef []float64, cov mat.Symmetric, reference int, df, level float64, intervals bool) EventStudy {
	s := EventStudy{Reference: reference, Covariance: mat.NewSymDense(len(times)+1, nil)}
	at, _ := slices.BinarySearch(times, reference)
	place := func(j int) int {
		if j >= at {
			return j + 1
		}
		return j
	}
	s.Effects = make([]Effect, len(times)+1)
	s.Effects[at] = Effect{At: reference, Reference: true}
	for i, e := range times {
		for j := i; j < len(times); j++ {
			s.Covariance.SetSym(place(i), place(j), cov.At(i, j))
		}
		effect := Effect{At: e, ATT: coef[i]}
		if se := math.Sqrt(cov.At(i, i)); se > noSpread*math.Abs(coef[i]) {
			effect.SE = se
			if intervals {
				effect.Interval = stat.Student(coef[i], se, df, level).Interval
			}
		}
		s.Effects[place(i)] = effect
	}
	return s
}
