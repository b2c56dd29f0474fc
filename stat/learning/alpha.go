package learning

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Scores are points of Persons × Items, row-major, of any scale.
type Scores struct {
	Persons, Items int
	Values         []float64
}

// Reliability is how well a test's total would repeat itself.
type Reliability struct {
	// Alpha is Cronbach's α, at most 1; it can be negative if items contradict
	// each other. For items scored 0 and 1 it is Kuder and Richardson's KR-20.
	Alpha    float64
	Interval stat.Interval // Feldt's
	TotalSD  float64       // of the persons' totals, in points
	// SEM is the standard error of measurement in points, TotalSD·√(1-α): how
	// far a person's total strays from what the person would score on average.
	SEM float64
	// WithoutItem is α of the test without each item. Dropped from tests of
	// two items, where nothing is left to compare.
	WithoutItem []float64
}

// Alpha estimates the reliability of the total of several items.
//
// The interval is exact if the items measure one thing equally well with
// normal errors; it is close for 0/1 items of moderate difficulty.
//
// Errors: ErrTooFew with fewer than two persons or items; ErrNotFinite naming
// person and item; ErrNoVariance if the totals do not vary, with all or with
// one item left out. Alpha panics if level is outside (0, 1) or the shape is
// wrong.
//
// Source: Cronbach (1951), Psychometrika 16:297-334; Feldt (1965),
// Psychometrika 30:357-370. A high α does not show that items measure one
// thing: Sijtsma (2009), Psychometrika 74:107-120.
func Alpha(s Scores, level float64) (Reliability, error) {
	stat.CheckLevel(level)
	if s.Persons < 0 || s.Items < 0 || len(s.Values) != s.Persons*s.Items {
		panic(fmt.Sprintf("learning: %d scores of %d persons × %d items", len(s.Values), s.Persons, s.Items))
	}
	if s.Persons < 2 || s.Items < 2 {
		return Reliability{}, fmt.Errorf("reliability of %d persons and %d items, at least 2 of each: %w", s.Persons, s.Items, stat.ErrTooFew)
	}
	cov, err := s.covariance()
	if err != nil {
		return Reliability{}, err
	}
	alpha, total, err := cov.alpha(-1)
	if err != nil {
		return Reliability{}, err
	}
	r := Reliability{
		Alpha: alpha, Interval: feldt(alpha, s.Persons, s.Items, level),
		TotalSD: math.Sqrt(total), SEM: math.Sqrt(total * (1 - math.Min(alpha, 1))),
	}
	for i := 0; i < s.Items && s.Items > 2; i++ {
		without, _, err := cov.alpha(i)
		if err != nil {
			return Reliability{}, err
		}
		r.WithoutItem = append(r.WithoutItem, without)
	}
	return r, nil
}

// AlphaOf is Alpha of a test's marks: KR-20.
//
// Errors: those of Alpha, and ErrInvalid for missing marks.
func AlphaOf(a Answers, level float64) (Reliability, error) {
	if err := a.check(false); err != nil {
		return Reliability{}, err
	}
	s := Scores{Persons: a.Persons, Items: a.Items, Values: make([]float64, len(a.Marks))}
	for k, m := range a.Marks {
		s.Values[k] = float64(m)
	}
	return Alpha(s, level)
}

// covariances of items: the variance of each, the sum of its covariances with
// the others, and both sums.
type covariances struct {
	variance, shared []float64
	sumVar, sumAll   float64 // Σ variances, variance of the total
}

func (s Scores) covariance() (covariances, error) {
	total := make([]float64, s.Persons)
	for k, v := range s.Values {
		if math.IsNaN(v) || math.Abs(v) > 1e150 {
			return covariances{}, fmt.Errorf("score of person %d on item %d is %v: %w", k/s.Items, k%s.Items, v, stat.ErrNotFinite)
		}
		total[k/s.Items] += v
	}
	c := covariances{variance: make([]float64, s.Items), shared: make([]float64, s.Items)}
	column, meanTotal := make([]float64, s.Persons), summary.Sum(total)/float64(s.Persons)
	for i := range s.Items {
		for p := range column {
			column[p] = s.Values[p*s.Items+i]
		}
		mean := summary.Sum(column) / float64(s.Persons)
		var own, with float64
		for p, v := range column {
			own += (v - mean) * (v - mean)
			with += (v - mean) * (total[p] - meanTotal)
		}
		c.variance[i], c.shared[i] = own/float64(s.Persons-1), (with-own)/float64(s.Persons-1)
		c.sumVar += c.variance[i]
		c.sumAll += c.variance[i] + c.shared[i]
	}
	return c, nil
}

// alpha without an item (-1: with all), and the variance of that total.
func (c covariances) alpha(without int) (alpha, total float64, err error) {
	k, own, total := float64(len(c.variance)), c.sumVar, c.sumAll
	what := "the totals"
	if without >= 0 {
		k, own, total = k-1, own-c.variance[without], total-c.variance[without]-2*c.shared[without]
		what = fmt.Sprintf("the totals without item %d", without)
	}
	if !(total > 1e-12*c.sumVar) {
		return 0, 0, fmt.Errorf("%s do not vary: %w", what, stat.ErrNoVariance)
	}
	return k / (k - 1) * (1 - own/total), total, nil
}

func feldt(alpha float64, persons, items int, level float64) stat.Interval {
	d1, d2 := float64(persons-1), float64((persons-1)*(items-1))
	f := func(p float64) float64 {
		// F(d1, d2) from a beta quantile, which holds in both tails.
		b := distuv.Beta{Alpha: d1 / 2, Beta: d2 / 2}.Quantile(p)
		return b * d2 / (d1 * (1 - b))
	}
	tail := (1 - level) / 2
	return stat.Interval{Low: 1 - (1-alpha)*f(1-tail), High: 1 - (1-alpha)*f(tail), Level: level}
}

// finite refuses a value that is not, naming it.
func finite(what string, x []float64) error {
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s %d is %v: %w", what, i, v, stat.ErrNotFinite)
		}
	}
	return nil
}
