// Package balance says whether two arms are alike before the outcome: the
// standardised difference and the variance ratio of every covariate, before
// and after weighting, the effective sample sizes, and the points of a love
// plot. It does not test: with enough rows any difference is significant.
package balance

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Covariate is a named column, one value a unit. A category enters as one 0/1
// column a level.
type Covariate struct {
	Name   string
	Values []float64
}

// Denominator chooses the standard deviation that differences are divided by.
// It is always that of the unweighted sample, so that weighting cannot make a
// difference look small by widening the spread.
type Denominator int

// The denominators, by the effect that is estimated.
const (
	Pooled  Denominator = iota // √((s₁² + s₀²)/2): effect in the whole population
	Treated                    // s₁: effect on the treated
	Control                    // s₀: effect on the untreated
)

// Moment is one covariate in the two arms, under one weighting.
type Moment struct {
	TreatedMean, ControlMean float64 // in the covariate's unit
	SMD                      float64 // (treated - control) / denominator
	// VarianceRatio is treated variance over control variance. HasRatio is
	// false, and the ratio 0, for a 0/1 covariate, whose variance only repeats
	// its mean, and where an arm does not vary, or so little beside the other
	// that no number holds the ratio. Between 0.5 and 2 by custom.
	VarianceRatio float64
	HasRatio      bool
	// KS is the Kolmogorov–Smirnov distance, the largest between the arms'
	// weighted distribution functions, in [0, 1]. It sees what means and
	// variances miss. For a 0/1 covariate it is the difference in shares.
	KS float64
}

// Row is one covariate before and after weighting.
type Row struct {
	Name          string
	Before, After Moment
}

// Table is the balance of two arms.
type Table struct {
	Rows                       []Row   // in the order of the covariates
	TreatedN, ControlN         int     // units
	TreatedESS, ControlESS     float64 // Kish effective sample sizes under the weights
	MaxAbsSMDBefore, MaxAbsSMD float64 // largest |SMD| before and after
	MaxKSBefore, MaxKS         float64 // largest KS before and after
}

// New compares treated units with controls on every covariate, unweighted and
// under weights (nil: each 1). A unit of weight 0 is out of the weighted
// comparison; matched samples are weights too.
//
// Errors: ErrTooFew if an arm has fewer than two units or no weight,
// ErrInvalid for a negative weight, ErrNotFinite, and, naming the covariate,
// ErrNoVariance if the denominator is zero while the means differ: the arms
// cannot be compared on it. A covariate that is constant throughout has SMD 0.
// New panics if lengths differ.
//
// Source: Austin (2009), Statistics in Medicine 28:3083-3107; Stuart (2010),
// Statistical Science 25:1-21.
func New(treated []bool, weights []float64, covariates []Covariate, by Denominator) (Table, error) {
	if weights == nil {
		weights = ones(len(treated))
	}
	if len(weights) != len(treated) {
		panic(fmt.Sprintf("balance: %d weights for %d units", len(weights), len(treated)))
	}
	w1, w0 := split(treated, weights)
	t := Table{TreatedN: len(w1), ControlN: len(w0)}
	if t.TreatedN < 2 || t.ControlN < 2 {
		return Table{}, fmt.Errorf("balance of %d treated and %d controls: %w", t.TreatedN, t.ControlN, stat.ErrTooFew)
	}
	var err error
	if t.TreatedESS, err = summary.ESS(w1); err != nil {
		return Table{}, fmt.Errorf("treated: %w", err)
	}
	if t.ControlESS, err = summary.ESS(w0); err != nil {
		return Table{}, fmt.Errorf("controls: %w", err)
	}
	for _, c := range covariates {
		row, err := compare(treated, weights, w1, w0, c, by)
		if err != nil {
			return Table{}, fmt.Errorf("covariate %s: %w", c.Name, err)
		}
		t.Rows = append(t.Rows, row)
		t.MaxAbsSMDBefore = max(t.MaxAbsSMDBefore, math.Abs(row.Before.SMD))
		t.MaxAbsSMD = max(t.MaxAbsSMD, math.Abs(row.After.SMD))
		t.MaxKSBefore, t.MaxKS = max(t.MaxKSBefore, row.Before.KS), max(t.MaxKS, row.After.KS)
	}
	return t, nil
}

// Balanced says whether every covariate is within limit (0.1 by custom) of
// zero after weighting.
func (t Table) Balanced(limit float64) bool { return t.MaxAbsSMD < limit }

// The customary limits of a love plot, in standard deviations.
const (
	SmallSMD = 0.1  // below it an imbalance is negligible (Austin 2009)
	LargeSMD = 0.25 // above it regression cannot be trusted to mend it (Rubin 2001)
)

// Point is one line of a love plot: a covariate's absolute standardised
// differences.
type Point struct {
	Name          string
	Before, After float64
}

// Love gives the points of a love plot, the largest difference before
// weighting first, ties by name.
func (t Table) Love() []Point {
	points := make([]Point, len(t.Rows))
	for i, r := range t.Rows {
		points[i] = Point{Name: r.Name, Before: math.Abs(r.Before.SMD), After: math.Abs(r.After.SMD)}
	}
	slices.SortStableFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(b.Before, a.Before), cmp.Compare(a.Name, b.Name))
	})
	return points
}

func compare(treated []bool, weights, w1, w0 []float64, c Covariate, by Denominator) (Row, error) {
	if len(c.Values) != len(treated) {
		panic(fmt.Sprintf("balance: covariate %s has %d values for %d units", c.Name, len(c.Values), len(treated)))
	}
	x1, x0 := split(treated, c.Values)
	plain1, err := summary.Of(x1)
	if err != nil {
		return Row{}, fmt.Errorf("treated: %w", err)
	}
	plain0, err := summary.Of(x0)
	if err != nil {
		return Row{}, fmt.Errorf("controls: %w", err)
	}
	s := spread(plain1.Var, plain0.Var, by)
	weighted1, err := summary.OfWeighted(x1, w1)
	if err != nil {
		return Row{}, fmt.Errorf("treated: %w", err)
	}
	weighted0, err := summary.OfWeighted(x0, w0)
	if err != nil {
		return Row{}, fmt.Errorf("controls: %w", err)
	}
	row := Row{Name: c.Name}
	binary := isBinary(c.Values)
	if row.Before, err = moment(plain1.Mean, plain0.Mean, plain1.Var, plain0.Var, s, binary); err != nil {
		return Row{}, err
	}
	if row.After, err = moment(weighted1.Mean, weighted0.Mean, weighted1.Var, weighted0.Var, s, binary); err != nil {
		return Row{}, err
	}
	row.Before.KS = kolmogorov(treated, c.Values, ones(len(treated)))
	row.After.KS = kolmogorov(treated, c.Values, weights)
	return row, nil
}

func moment(m1, m0, v1, v0, s float64, binary bool) (Moment, error) {
	m := Moment{TreatedMean: m1, ControlMean: m0}
	if s == 0 {
		if math.Abs(m1-m0) > 1e-12*math.Max(math.Abs(m1), math.Abs(m0)) {
			return Moment{}, fmt.Errorf("means %v and %v differ and do not vary: %w", m1, m0, stat.ErrNoVariance)
		}
		return m, nil
	}
	m.SMD = (m1 - m0) / s
	if ratio := v1 / v0; !binary && ratio > 0 && !math.IsInf(ratio, 0) {
		m.VarianceRatio, m.HasRatio = ratio, true
	}
	return m, nil
}

func spread(v1, v0 float64, by Denominator) float64 {
	switch by {
	case Pooled:
		return math.Sqrt((v1 + v0) / 2)
	case Treated:
		return math.Sqrt(v1)
	case Control:
		return math.Sqrt(v0)
	}
	panic(fmt.Sprintf("balance: unknown denominator %d", by))
}

func isBinary(x []float64) bool {
	for _, v := range x {
		if v != 0 && v != 1 {
			return false
		}
	}
	return true
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

// split parts the values of treated units from those of controls.
func split(treated []bool, x []float64) (ofTreated, ofControl []float64) {
	for i, v := range x {
		if treated[i] {
			ofTreated = append(ofTreated, v)
		} else {
			ofControl = append(ofControl, v)
		}
	}
	return ofTreated, ofControl
}
