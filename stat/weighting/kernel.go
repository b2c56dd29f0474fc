package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Every estimator here is the difference of two means: the outcome that the
// target population would have treated, less the one it would have untreated.
// An arm's mean is its model averaged over the target population, plus the
// weighted mean of what the model misses in the arm (its whole outcome where
// there is no model). The kernel computes such a mean and its influence
// function, the effect of each row on it, through the fitted score and model
// too: the stacked estimating equations solved by hand.
//
// Source: Stefanski and Boos (2002), American Statistician 56:29-38; Lunceford
// and Davidian (2004), Statistics in Medicine 23:2937-2960.
type kernel struct {
	Sample
	target []float64 // how much a row counts in the target population: 1 or 0
	whole  float64   // sum of target
	norm   Normalisation
	score  *Score // fitted on these rows; nil if its estimation is not to be counted
}

// arm is what an arm's mean is made of.
type arm struct {
	treated bool
	weight  []float64 // of each row of the arm; nil: no weighted part
	slope   []float64 // derivative of weight by the log odds of treatment; nil: 0
	model   *outcome  // nil: none
}

// outcome is a model of the outcome in one arm, predicted for all rows.
type outcome struct {
	mean  []float64
	slope []float64 // derivative of mean by the linear predictor; nil: 1
	// solve is n·(X'VX)⁻¹·v on the rows of the fit; nil if the fit is not to be counted
	solve func(v []float64) []float64
}

// mean is an arm's mean, its influence function, and that part of it that
// takes weights and models as known.
func (k *kernel) mean(a arm) (value float64, full, known []float64) {
	known = make([]float64, len(k.Outcome))
	p := k.Covariates.Cols
	byModel, byScore := make([]float64, p), make([]float64, p)
	if a.model != nil {
		value = k.average(a, known, byModel)
	}
	if a.weight != nil {
		value += k.correct(a, known, byModel, byScore)
	}
	full = append([]float64(nil), known...)
	if a.model != nil && a.model.solve != nil {
		k.throughModel(a, byModel, full)
	}
	if a.slope != nil && k.score != nil {
		k.throughScore(byScore, full)
	}
	return value, full, known
}

// average is the model's mean over the target population. It adds to the
// influence and to the derivative by the model's coefficients.
func (k *kernel) average(a arm, influence, byModel []float64) float64 {
	var sum float64
	for i, m := range a.model.mean {
		sum += k.target[i] * m
	}
	mean, n := sum/k.whole, float64(len(influence))
	for i, m := range a.model.mean {
		if k.target[i] == 0 {
			continue
		}
		influence[i] += n * k.target[i] * (m - mean) / k.whole
		addScaled(byModel, k.target[i]*a.model.slopeAt(i)/k.whole, k.Covariates.Row(i))
	}
	return mean
}

// correct is the weighted mean of what the model misses in the arm.
func (k *kernel) correct(a arm, influence, byModel, byScore []float64) float64 {
	var sum, total float64
	k.rows(a, func(i int, residual float64) {
		sum += a.weight[i] * residual
		total += a.weight[i]
	})
	if k.norm == HorvitzThompson {
		total = k.whole
	}
	mean, n := sum/total, float64(len(influence))
	center := mean // Hajek divides by a sum of weights, which moves too
	if k.norm == HorvitzThompson {
		center = 0
		for i, t := range k.target {
			influence[i] -= n * t * mean / total
		}
	}
	k.rows(a, func(i int, residual float64) {
		x := k.Covariates.Row(i)
		influence[i] += n * a.weight[i] * (residual - center) / total
		if a.model != nil {
			addScaled(byModel, -a.weight[i]*a.model.slopeAt(i)/total, x)
		}
		if a.slope != nil {
			addScaled(byScore, a.slope[i]*(residual-center)/total, x)
		}
	})
	return mean
}

// rows visits the rows of an arm with the outcome less the model.
func (k *kernel) rows(a arm, visit func(i int, residual float64)) {
	for i, t := range k.Treated {
		if t != a.treated {
			continue
		}
		residual := k.Outcome[i]
		if a.model != nil {
			residual -= a.model.mean[i]
		}
		visit(i, residual)
	}
}

// throughModel adds the influence of each row on the mean by way of the
// coefficients of the outcome model.
func (k *kernel) throughModel(a arm, by, influence []float64) {
	along := a.model.solve(by)
	k.rows(a, func(i int, residual float64) {
		influence[i] += residual * dot(k.Covariates.Row(i), along)
	})
}

// throughScore adds the influence by way of the coefficients of the score.
func (k *kernel) throughScore(by, influence []float64) {
	along := make([]float64, len(by))
	information := k.score.Model.Classical()
	for j := range along {
		for l, v := range by {
			along[j] += float64(len(influence)) * information.At(j, l) * v
		}
	}
	for i, e := range k.score.E {
		residual := -e
		if k.Treated[i] {
			residual = 1 - e
		}
		influence[i] += residual * dot(k.Covariates.Row(i), along)
	}
}

func (o *outcome) slopeAt(i int) float64 {
	if o.slope == nil {
		return 1
	}
	return o.slope[i]
}

// target says how much each row counts in the population of an estimand.
func target(treated []bool, of Estimand) (rows []float64, whole float64) {
	rows = make([]float64, len(treated))
	for i, t := range treated {
		if of == ATE || of == ATO || t == (of == ATT) {
			rows[i] = 1
			whole++
		}
	}
	return rows, whole
}

// effect estimates the means of the two arms and their difference.
func (k *kernel) effect(treated, control arm, level float64) (*Effect, error) {
	var one, zero armMean
	one.value, one.full, one.known = k.mean(treated)
	zero.value, zero.full, zero.known = k.mean(control)
	e, err := k.difference(one, zero, level)
	if err != nil {
		return nil, err
	}
	e.Weights = merge(k.Treated, treated.weight, control.weight)
	return e, nil
}

// armMean is an arm's estimated mean with its influence function: full, and
// with weights and models known.
type armMean struct {
	value       float64
	full, known []float64
}

// difference is the effect that the means of two arms make.
func (s Sample) difference(treated, control armMean, level float64) (*Effect, error) {
	e := &Effect{Mean: Arm[float64]{treated.value, control.value}, N: count(s.Treated, nil)}
	e.Influence = subtract(treated.full, control.full)
	se, df, err := standardError(e.Influence, s.Cluster)
	if err != nil {
		return nil, err
	}
	e.KnownWeightsSE, _, err = standardError(subtract(treated.known, control.known), s.Cluster)
	if err != nil {
		return nil, fmt.Errorf("with known weights: %w", err)
	}
	if least := s.rounding(); se <= least || e.KnownWeightsSE <= least {
		return nil, fmt.Errorf("outcome: %w", stat.ErrNoVariance)
	}
	e.Test = stat.Student(treated.value-control.value, se, df, level)
	return e, nil
}

// rounding is the standard error that rounding alone can leave.
func (s Sample) rounding() float64 {
	var most float64
	for _, y := range s.Outcome {
		most = math.Max(most, math.Abs(y))
	}
	return 1e-13 * most / math.Sqrt(float64(len(s.Outcome)))
}

// standardError is √Σφ²/n of the influence values, or over the sums of
// clusters with G/(G−1) and G−1 degrees of freedom.
func standardError(influence []float64, cluster []int) (se, df float64, err error) {
	n := float64(len(influence))
	sums, scale, df := influence, 1.0, math.Inf(1)
	if cluster != nil {
		index, groups := numbered(cluster)
		if groups < 2 {
			return 0, 0, fmt.Errorf("standard error of %d cluster: %w", groups, stat.ErrTooFew)
		}
		sums, df = make([]float64, groups), float64(groups-1)
		scale = float64(groups) / df
		for i, v := range influence {
			sums[index[i]] += v
		}
	}
	var squares float64
	for _, v := range sums {
		squares += v * v
	}
	se = math.Sqrt(scale*squares) / n
	if math.IsNaN(se) || math.IsInf(se, 0) {
		return 0, 0, fmt.Errorf("standard error overflows: %w", stat.ErrNotFinite)
	}
	return se, df, nil
}

func merge(treated []bool, ofTreated, ofControl []float64) []float64 {
	out := make([]float64, len(treated))
	for i, t := range treated {
		from := ofControl
		if t {
			from = ofTreated
		}
		if from != nil {
			out[i] = from[i]
		}
	}
	return out
}

func addScaled(into []float64, by float64, x []float64) {
	for j, v := range x {
		into[j] += by * v
	}
}

func dot(a, b []float64) float64 {
	var sum float64
	for j, v := range a {
		sum += v * b[j]
	}
	return sum
}

func subtract(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i, v := range a {
		out[i] = v - b[i]
	}
	return out
}
