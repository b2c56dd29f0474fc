package matching

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/mat"
)

// Effect is the mean, over the sets, of a treated unit's outcome less the mean
// of its controls', with a standard error robust to likeness within sets: the
// weighted regression of the outcome on the arm, clustered by set (CR1, with
// sets − 1 degrees of freedom). cluster labels rows that are not independent,
// persons by their account; the error is then clustered both ways. nil: none.
//
// It takes the matches as given. For controls used once that is right or too
// wide (Abadie and Spiess 2022). Where controls are shared it is not: sets are
// dependent then, and Effect refuses; see AbadieImbens. Nor does drawing
// bootstrap samples and matching again give a valid error (Abadie and Imbens
// 2008, Econometrica 76:1537-1557).
//
// Errors: ErrInvalid if a control is in two sets; ErrTooFew with fewer than
// two sets or clusters; ErrNotFinite; ErrNoVariance if the outcome does not
// vary. Effect panics when lengths disagree or level is outside (0, 1).
//
// Source: Abadie and Spiess (2022), JASA 117:983-995; both ways, Cameron,
// Gelbach and Miller (2011), JBES 29:238-249.
func (m *Matched) Effect(outcome []float64, cluster []int, level float64) (stat.Test, error) {
	return m.Regress(outcome, regression.WithIntercept(len(m.treated)), cluster, level)
}

// Regress is Effect adjusted for covariates by the weighted regression of the
// outcome on the arm and covariates in the matched sample, which mends what
// imbalance the matches left. The design has its intercept; the effect is the
// coefficient of the arm.
//
// Errors: those of Effect, and ErrCollinear naming the column, the arm being
// the last.
//
// Source: Ho, Imai, King and Stuart (2007), Political Analysis 15:199-236.
func (m *Matched) Regress(outcome []float64, covariates regression.Design, cluster []int, level float64) (stat.Test, error) {
	stat.CheckLevel(level)
	m.mustFit(outcome, covariates.Rows, cluster)
	t, err := m.regress(outcome, covariates, cluster, level)
	if err != nil {
		return stat.Test{}, fmt.Errorf("effect in the matched sample: %w", err)
	}
	return t, nil
}

func (m *Matched) mustFit(outcome []float64, rows int, cluster []int) {
	n := len(m.treated)
	if len(outcome) != n || rows != n || (cluster != nil && len(cluster) != n) {
		panic(fmt.Sprintf("matching: %d outcomes, %d rows of covariates and %d clusters for %d units", len(outcome), rows, len(cluster), n))
	}
}

func (m *Matched) regress(outcome []float64, covariates regression.Design, cluster []int, level float64) (stat.Test, error) {
	if m.ControlsReused > 0 {
		return stat.Test{}, fmt.Errorf("%d controls are in more than one set: %w", m.ControlsReused, stat.ErrInvalid)
	}
	if len(m.Sets) < 2 {
		return stat.Test{}, fmt.Errorf("%d set: %w", len(m.Sets), stat.ErrTooFew)
	}
	fit, err := regression.WLS(outcome, m.withArm(covariates), m.Weights)
	if err != nil {
		return stat.Test{}, err
	}
	v, df, err := m.variance(fit, covariates.Cols, cluster)
	if err != nil {
		return stat.Test{}, err
	}
	return test(fit.Coef[covariates.Cols], v, df, level)
}

// withArm adds the arm as the last column.
func (m *Matched) withArm(x regression.Design) regression.Design {
	out := regression.Design{Rows: x.Rows, Cols: x.Cols + 1, Values: make([]float64, 0, x.Rows*(x.Cols+1))}
	for i, t := range m.treated {
		out.Values = append(append(out.Values, x.Row(i)...), float64(arm(t)))
	}
	return out
}

// variance is clustered by set or, with clusters, both ways: by set, plus by
// cluster, less by what is in the same of both, but no less than by set.
func (m *Matched) variance(fit *regression.Linear, at int, cluster []int) (v, df float64, err error) {
	sets, both := m.labels(cluster)
	of := func(labels []int) (float64, float64, error) {
		cov, err := fit.Clustered(regression.CR1, labels)
		if err != nil {
			return 0, 0, err
		}
		return entry(cov, at), float64(fit.Clusters(labels) - 1), nil
	}
	bySet, df, err := of(sets)
	if err != nil || cluster == nil {
		return bySet, df, err
	}
	byCluster, fewer, err := of(cluster)
	if err != nil {
		return 0, 0, err
	}
	byBoth, _, err := of(both)
	if err != nil {
		return 0, 0, err
	}
	return math.Max(bySet+byCluster-byBoth, bySet), math.Min(df, fewer), nil
}

func entry(cov *mat.SymDense, at int) float64 { return cov.At(at, at) }

// labels gives the rows of each set the set's number, and rows of the same set
// and cluster a number. Rows without a set have weight 0 and do not count.
func (m *Matched) labels(cluster []int) (sets, both []int) {
	sets, both = make([]int, len(m.treated)), make([]int, len(m.treated))
	seen := map[[2]int]int{}
	label := func(row, set int) {
		sets[row] = set
		if cluster == nil {
			return
		}
		key := [2]int{set, cluster[row]}
		if _, ok := seen[key]; !ok {
			seen[key] = len(seen)
		}
		both[row] = seen[key]
	}
	for k, s := range m.Sets {
		label(s.Treated, k)
		for _, c := range s.Controls {
			label(c, k)
		}
	}
	return sets, both
}

// test is the t test of an estimate with variance v, which must be more than
// rounding leaves.
func test(value, v, df, level float64) (stat.Test, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) || math.IsInf(value, 0) {
		return stat.Test{}, fmt.Errorf("variance overflows: %w", stat.ErrNotFinite)
	}
	se := math.Sqrt(math.Max(v, 0))
	if se <= 1e-14*math.Abs(value) {
		return stat.Test{}, fmt.Errorf("outcome: %w", stat.ErrNoVariance)
	}
	return stat.Student(value, se, df, level), nil
}
