package matching

import (
	"fmt"
	"math"
	"sort"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Class is one class of the score, from Low (included) to High (excluded, but
// for the last).
type Class struct {
	Low, High         float64
	Treated, Controls int
	Difference        float64 // mean outcome of its treated less that of its controls
}

// Subclasses is the result of subclassification.
type Subclasses struct {
	stat.Test
	Classes []Class
	Weights []float64 // one a row: 1 for the treated, treated per control of its class for controls
}

// Subclassify cuts the score into classes with about as many treated units
// each, compares the arms within each class, and averages by the share of the
// treated: the effect on the treated. All units stay. Five classes remove about
// nine tenths of the bias of one covariate; what is left within the classes
// stays. Cuts are type-7 quantiles of the treated's scores; controls beyond
// them fall into the first and last class.
//
// The standard error is that of a stratified comparison (Neyman), with the
// classes taken as given; the interval is normal.
//
// Errors: ErrNotFinite naming the row; ErrTooFew with fewer than two units in
// an arm, or in an arm of a class (naming it: take fewer classes);
// ErrNoVariance if quantiles coincide or the outcome does not vary within the
// classes. Subclassify panics when lengths disagree, classes is below 2, or
// level is outside (0, 1).
//
// Source: Rosenbaum and Rubin (1984), JASA 79:516-524; Cochran (1968),
// Biometrics 24:295-313.
func Subclassify(treated []bool, score, outcome []float64, classes int, level float64) (*Subclasses, error) {
	stat.CheckLevel(level)
	if len(score) != len(treated) || len(outcome) != len(treated) || classes < 2 {
		panic(fmt.Sprintf("matching: %d scores and %d outcomes for %d units in %d classes", len(score), len(outcome), len(treated), classes))
	}
	s, err := subclassify(treated, score, outcome, classes, level)
	if err != nil {
		return nil, fmt.Errorf("subclassification: %w", err)
	}
	return s, nil
}

func subclassify(treated []bool, score, outcome []float64, classes int, level float64) (*Subclasses, error) {
	if err := checkArms(treated); err != nil {
		return nil, err
	}
	if err := checkFinite("score", score); err != nil {
		return nil, err
	}
	if err := checkFinite("outcome", outcome); err != nil {
		return nil, err
	}
	cuts, err := cut(treated, score, classes)
	if err != nil {
		return nil, err
	}
	s := &Subclasses{Weights: make([]float64, len(treated)), Classes: make([]Class, classes)}
	class, of := make([]int, len(treated)), make([][2][]float64, classes)
	var n float64
	for i, t := range treated {
		k := sort.Search(classes-1, func(k int) bool { return score[i] < cuts[k+1] })
		class[i] = k
		of[k][arm(t)] = append(of[k][arm(t)], outcome[i])
		n += float64(arm(t))
	}
	var value, v float64
	for k := range of {
		c, classVar, err := compare(of[k])
		if err != nil {
			return nil, fmt.Errorf("class %d of %d, scores %.4g to %.4g: %w", k+1, classes, cuts[k], cuts[k+1], err)
		}
		c.Low, c.High = cuts[k], cuts[k+1]
		s.Classes[k] = c
		share := float64(c.Treated) / n
		value += share * c.Difference
		v += share * share * classVar
	}
	for i, t := range treated {
		s.Weights[i] = 1
		if c := s.Classes[class[i]]; !t {
			s.Weights[i] = float64(c.Treated) / float64(c.Controls)
		}
	}
	s.Test, err = test(value, v, math.Inf(1), level)
	return s, err
}

// cut gives classes + 1 quantiles of the treated's scores.
func cut(treated []bool, score []float64, classes int) ([]float64, error) {
	var of []float64
	for i, t := range treated {
		if t {
			of = append(of, score[i])
		}
	}
	cuts := make([]float64, classes+1)
	for k := range cuts {
		q, err := summary.Quantile(of, float64(k)/float64(classes))
		if err != nil {
			return nil, err
		}
		if cuts[k] = q; k > 0 && !(q > cuts[k-1]) {
			return nil, fmt.Errorf("cuts %d and %d of %d classes are both %v: %w", k, k+1, classes, q, stat.ErrNoVariance)
		}
	}
	return cuts, nil
}

// compare is the difference between the arms of a class and its variance.
func compare(outcome [2][]float64) (Class, float64, error) {
	c := Class{Treated: len(outcome[1]), Controls: len(outcome[0])}
	if c.Treated < 2 || c.Controls < 2 {
		return c, 0, fmt.Errorf("%d treated and %d controls: %w", c.Treated, c.Controls, stat.ErrTooFew)
	}
	one, err := summary.Of(outcome[1])
	if err != nil {
		return c, 0, err
	}
	zero, err := summary.Of(outcome[0])
	if err != nil {
		return c, 0, err
	}
	c.Difference = one.Mean - zero.Mean
	return c, one.Var/float64(one.N) + zero.Var/float64(zero.N), nil
}
