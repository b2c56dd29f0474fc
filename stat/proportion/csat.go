package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// CountScores counts answers on a scale of 1 to boxes: the result's element i
// is how many gave i+1.
//
// Errors: ErrInvalid, naming the position, unless an answer is a whole number
// from 1 to boxes. CountScores panics if boxes is below 2.
func CountScores(answers []float64, boxes int) ([]int, error) {
	if boxes < 2 {
		panic(fmt.Sprintf("proportion: a scale of %d boxes", boxes))
	}
	counts := make([]int, boxes)
	for i, a := range answers {
		if !(a >= 1 && a <= float64(boxes)) || a != math.Trunc(a) {
			return nil, fmt.Errorf("answer %d: %v is not a whole number from 1 to %d: %w", i, a, boxes, stat.ErrInvalid)
		}
		counts[int(a)-1]++
	}
	return counts, nil
}

// CSAT estimates the share (0–1) of satisfied answers: those in the top boxes
// of a scale, with a Wilson interval. counts[i] is the number of answers i+1,
// so len(counts) is the scale's length; the usual rule is top = 2 of 5.
//
// Errors: ErrTooFew without answers, ErrInvalid for a negative count. CSAT
// panics if top is not between 1 and len(counts)-1 or level is outside (0, 1).
func CSAT(counts []int, top int, level float64) (stat.Estimate, error) {
	if top < 1 || top >= len(counts) {
		panic(fmt.Sprintf("proportion: top %d of %d boxes", top, len(counts)))
	}
	satisfied, answers := 0, 0
	for i, n := range counts {
		if n < 0 {
			return stat.Estimate{}, fmt.Errorf("%d answers of score %d: %w", n, i+1, stat.ErrInvalid)
		}
		answers += n
		if i >= len(counts)-top {
			satisfied += n
		}
	}
	return Wilson(satisfied, answers, level)
}

// CSATMean estimates the mean score in points of the scale, with a t interval.
// It treats the distances between boxes as equal.
//
// Errors: ErrTooFew with fewer than two answers, ErrNoVariance if all answers
// are the same, ErrInvalid for a negative count. CSATMean panics if level is
// outside (0, 1).
func CSATMean(counts []int, level float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	m, err := scoreMoments(counts)
	if err != nil {
		return stat.Estimate{}, err
	}
	if m.N < 2 {
		return stat.Estimate{}, fmt.Errorf("mean score of %d answers: %w", m.N, stat.ErrTooFew)
	}
	if m.Var == 0 {
		return stat.Estimate{Value: m.Mean}, fmt.Errorf("all %d answers are %v: %w", m.N, m.Mean, stat.ErrNoVariance)
	}
	return stat.Student(m.Mean, m.SE(), float64(m.N-1), level).Estimate, nil
}
