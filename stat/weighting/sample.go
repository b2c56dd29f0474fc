package weighting

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Sample is one row a unit: an outcome observed after treatment, the arm, and
// covariates from before it.
type Sample struct {
	Outcome    []float64
	Treated    []bool
	Covariates regression.Design // with its intercept; see regression.WithIntercept
	// Cluster labels rows that are not independent of each other: persons by
	// their account. nil makes each row its own cluster.
	Cluster []int
}

// Estimand says whose effect is estimated.
type Estimand int

// The estimands.
const (
	ATE Estimand = iota // the average over all units
	ATT                 // the average over the treated: what training did for those who had it
	ATC                 // the average over the controls: what it would do for the others
	ATO                 // the average over units that could go either way, weighted by e(1−e)
)

func (e Estimand) String() string {
	if e < ATE || e > ATO {
		return fmt.Sprintf("Estimand(%d)", int(e))
	}
	return [...]string{"ATE", "ATT", "ATC", "ATO"}[e]
}

// Arm counts or measures something in the two arms.
type Arm[T any] struct{ Treated, Control T }

// of is a pointer to the value of one arm.
func (a *Arm[T]) of(treated bool) *T {
	if treated {
		return &a.Treated
	}
	return &a.Control
}

// mustFit panics when the shapes disagree, which is misuse.
func (s Sample) mustFit() {
	n := len(s.Treated)
	if len(s.Outcome) != n || s.Covariates.Rows != n || (s.Cluster != nil && len(s.Cluster) != n) {
		panic(fmt.Sprintf("weighting: %d outcomes, %d arms, %d rows of covariates and %d clusters",
			len(s.Outcome), n, s.Covariates.Rows, len(s.Cluster)))
	}
}

// check asks for finite values and two units in each arm.
func (s Sample) check() error {
	s.mustFit()
	for i, y := range s.Outcome {
		if math.IsNaN(y) || math.IsInf(y, 0) {
			return fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
	}
	return checkRows(s.Treated, s.Covariates)
}

func checkRows(treated []bool, x regression.Design) error {
	for i, v := range x.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("covariate %d of row %d: %w", i%x.Cols, i/x.Cols, stat.ErrNotFinite)
		}
	}
	if n := count(treated, nil); n.Treated < 2 || n.Control < 2 {
		return fmt.Errorf("%d treated and %d controls: %w", n.Treated, n.Control, stat.ErrTooFew)
	}
	return nil
}

// count counts the kept units of each arm; a nil keep keeps all.
func count(treated, keep []bool) Arm[int] {
	var n Arm[int]
	for i, t := range treated {
		if keep == nil || keep[i] {
			*n.of(t)++
		}
	}
	return n
}

// only copies the kept rows.
func (s Sample) only(keep []bool) Sample {
	out := Sample{Covariates: regression.Design{Cols: s.Covariates.Cols}}
	for i, k := range keep {
		if !k {
			continue
		}
		out.Outcome = append(out.Outcome, s.Outcome[i])
		out.Treated = append(out.Treated, s.Treated[i])
		out.Covariates.Values = append(out.Covariates.Values, s.Covariates.Row(i)...)
		out.Covariates.Rows++
		if s.Cluster != nil {
			out.Cluster = append(out.Cluster, s.Cluster[i])
		}
	}
	return out
}

// numbered gives each label the index of its first appearance.
func numbered(labels []int) (index []int, groups int) {
	index = make([]int, len(labels))
	seen := make(map[int]int)
	for i, label := range labels {
		id, ok := seen[label]
		if !ok {
			id = len(seen)
			seen[label] = id
		}
		index[i] = id
	}
	return index, len(seen)
}
