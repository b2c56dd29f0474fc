package did

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Observations are outcomes of two groups before and after one date, a value per row.
type Observations struct {
	Treated, After []bool
	Outcome        []float64
	// Cluster labels dependent rows, at least the rows of one unit; nil: all rows
	// are independent, as in repeated cross-sections.
	Cluster []int
}

// Mean is the average outcome of N rows.
type Mean struct {
	Value float64
	N     int
}

// TwoGroups is a 2×2 difference-in-differences.
type TwoGroups struct {
	// Effect is the change of the treated less that of the controls, in the unit of
	// the outcome, with a t interval on Clusters − 1 degrees of freedom.
	Effect                      stat.Estimate
	TreatedBefore, TreatedAfter Mean
	ControlBefore, ControlAfter Mean
	Clusters                    int
}

// TwoByTwo compares the change of the treated group with that of the controls. Its
// standard error is the cluster-robust one of the interaction in a regression on
// group, time and both (CR1: G/(G−1)·(n−1)/(n−4)). level, in (0, 1), is the
// coverage of the interval.
//
// Errors: ErrNotFinite; ErrTooFew when a group has no row before or after, or with
// fewer than five rows or three clusters; ErrNoVariance when no group's outcomes vary.
// TwoByTwo panics when lengths disagree or level is outside (0, 1).
//
// With few clusters in either group the interval is too short. Not for more than
// one start: see Estimate.
func TwoByTwo(o Observations, level float64) (TwoGroups, error) {
	o.mustAgree(level)
	if err := o.check(); err != nil {
		return TwoGroups{}, fmt.Errorf("2×2 difference-in-differences: %w", err)
	}
	treated, after, both := o.dummies()
	fit, err := regression.OLS(o.Outcome, regression.WithIntercept(len(o.Outcome), treated, after, both))
	if err != nil {
		return TwoGroups{}, fmt.Errorf("2×2 difference-in-differences: %w", err)
	}
	cluster := o.clusters()
	cov, err := fit.Clustered(regression.CR1, cluster)
	if err != nil {
		return TwoGroups{}, fmt.Errorf("2×2 difference-in-differences: %w", err)
	}
	se, groups := regression.StandardErrors(cov)[3], fit.Clusters(cluster)
	if fit.RSS <= noSpread*noSpread*sumSquares(o.Outcome) || se == 0 {
		return TwoGroups{}, fmt.Errorf("2×2 difference-in-differences: %w", stat.ErrNoVariance)
	}
	return TwoGroups{
		Effect:        stat.Student(fit.Coef[3], se, float64(groups-1), level).Estimate,
		TreatedBefore: o.mean(true, false), TreatedAfter: o.mean(true, true),
		ControlBefore: o.mean(false, false), ControlAfter: o.mean(false, true),
		Clusters: groups,
	}, nil
}

func (o Observations) mustAgree(level float64) {
	n := len(o.Outcome)
	if len(o.Treated) != n || len(o.After) != n || o.Cluster != nil && len(o.Cluster) != n {
		panic(fmt.Sprintf("did: %d treated, %d after, %d clusters for %d outcomes", len(o.Treated), len(o.After), len(o.Cluster), n))
	}
	stat.CheckLevel(level)
}

func (o Observations) check() error {
	for i, y := range o.Outcome {
		if !isFinite(y) {
			return fmt.Errorf("outcome of row %d: %w", i, stat.ErrNotFinite)
		}
	}
	for _, treated := range []bool{true, false} {
		for _, after := range []bool{false, true} {
			if o.mean(treated, after).N == 0 {
				return fmt.Errorf("no row with treated %v and after %v: %w", treated, after, stat.ErrTooFew)
			}
		}
	}
	if _, groups := number(o.clusters()); groups < 3 {
		return fmt.Errorf("%d clusters: %w", groups, stat.ErrTooFew)
	}
	return nil
}

// mean averages a group at a time.
func (o Observations) mean(treated, after bool) Mean {
	var m Mean
	for i, y := range o.Outcome {
		if o.Treated[i] == treated && o.After[i] == after {
			m.N++
			m.Value += (y - m.Value) / float64(m.N)
		}
	}
	return m
}

// dummies are the columns of the regression.
func (o Observations) dummies() (treated, after, both []float64) {
	n := len(o.Outcome)
	treated, after, both = make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		if o.Treated[i] {
			treated[i] = 1
		}
		if o.After[i] {
			after[i] = 1
		}
		both[i] = treated[i] * after[i]
	}
	return treated, after, both
}

func (o Observations) clusters() []int {
	if o.Cluster != nil {
		return o.Cluster
	}
	rows := make([]int, len(o.Outcome))
	for i := range rows {
		rows[i] = i
	}
	return rows
}

func sumSquares(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v * v
	}
	return sum
}
