package heterogeneity

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Predictions are predicted effects of people whom the predicting model has not
// seen, with a noisy unbiased measurement of each one's effect.
type Predictions struct {
	Row        []int             // in the experiment
	Effect     []float64         // predicted
	Score      []float64         // doubly robust score: its mean over people is their effect
	Fold       []int             // each has a model of its own
	Cluster    []int             // dependent people; each alone has a label of its own
	Covariates regression.Design // of these rows
	Unused     int               // rows that only trained (the first fold)
}

// Validate runs a learner through folds of clusters in turn: fold k is
// predicted and scored by a model fitted to the folds before it, the first fold
// only trains. Each prediction is thus made without the person's own outcome
// and without any later one, so that evidence from the folds adds up like
// independent evidence; ordinary cross-fitting, which lets every fold learn
// from every other, counts the same evidence several times.
//
// Errors: those of Fit, naming the fold.
//
// Source: Luedtke and van der Laan (2016), Annals of Statistics 44:713-742;
// Wager (2024), arXiv:2405.05534 (sequential validation).
func Validate(ctx context.Context, d Experiment, p Plan) (*Predictions, error) {
	if err := d.check(p); err != nil {
		return nil, err
	}
	fold, inner := d.assign(p, "outer"), d.assign(p, "inner")
	out := &Predictions{Covariates: regression.Design{Cols: d.Covariates.Cols}}
	var train []int
	for k := range p.folds() {
		var held []int
		for r, f := range fold {
			if f == k {
				held = append(held, r)
			}
		}
		if k == 0 {
			out.Unused = len(held)
		} else if err := out.add(ctx, d, p, train, held, fold, inner); err != nil {
			return nil, fmt.Errorf("fold %d: %w", k, err)
		}
		train = append(train, held...)
		slices.Sort(train)
	}
	return out, nil
}

func (o *Predictions) add(ctx context.Context, d Experiment, p Plan, train, held, fold, inner []int) error {
	m, err := d.fit(ctx, p, train, inner)
	if err != nil {
		return err
	}
	for _, r := range held {
		row := d.Covariates.Row(r)
		o.Row, o.Fold = append(o.Row, r), append(o.Fold, fold[r])
		o.Effect, o.Score = append(o.Effect, m.effect(row)), append(o.Score, d.score(m, r))
		cluster := r
		if d.Cluster != nil {
			cluster = d.Cluster[r]
		}
		o.Cluster = append(o.Cluster, cluster)
		o.Covariates.Values = append(o.Covariates.Values, row...)
		o.Covariates.Rows++
	}
	return nil
}

// check refuses predictions that hold nothing, and panics on shapes; the fields
// may come from any model that has not seen these people.
func (o *Predictions) check() error {
	n := len(o.Score)
	if len(o.Effect) != n || len(o.Fold) != n || len(o.Cluster) != n {
		panic(fmt.Sprintf("heterogeneity: %d scores, %d effects, %d folds, %d clusters", n, len(o.Effect), len(o.Fold), len(o.Cluster)))
	}
	if n < 10 {
		return fmt.Errorf("%d predictions, at least 10: %w", n, stat.ErrTooFew)
	}
	for i := range n {
		if bad := func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > 1e150 }; bad(o.Effect[i]) || bad(o.Score[i]) {
			return fmt.Errorf("prediction %d: effect %v, score %v: %w", i, o.Effect[i], o.Score[i], stat.ErrNotFinite)
		}
	}
	return nil
}

// standardError turns each row's first-order effect on an estimate into a clustered
// standard error with the factor G/(G-1). It is 0 if nothing varies.
func (o *Predictions) standardError(influence []float64) (se float64, clusters int) {
	sums := make(map[int]float64)
	var order []int
	for i, v := range influence {
		c := o.Cluster[i]
		if _, ok := sums[c]; !ok {
			order = append(order, c)
		}
		sums[c] += v
	}
	var total float64
	for _, c := range order {
		total += sums[c] * sums[c]
	}
	g := float64(len(order))
	return math.Sqrt(total * g / math.Max(1, g-1)), len(order)
}

// test is an estimate with its clustered standard error and Student's t on one
// degree of freedom less than clusters.
func (o *Predictions) test(what string, value float64, influence []float64, level float64) (stat.Test, error) {
	se, clusters := o.standardError(influence)
	if clusters < 2 {
		return stat.Test{}, fmt.Errorf("%s from %d cluster: %w", what, clusters, stat.ErrTooFew)
	}
	if !(se > 1e-14*math.Abs(value)) || se < 1e-150 {
		return stat.Test{}, fmt.Errorf("%s is %v without any variation: %w", what, value, stat.ErrNoVariance)
	}
	return stat.Student(value, se, float64(clusters-1), level), nil
}

// ranks gives each row's place among its fold as an interval of shares, 0 the
// largest predicted effect and 1 the smallest. Ties share one interval.
func (o *Predictions) ranks() (low, high []float64) {
	low, high = make([]float64, len(o.Effect)), make([]float64, len(o.Effect))
	for _, rows := range o.byFold() {
		n := float64(len(rows))
		for i := 0; i < len(rows); {
			end := i + 1
			for end < len(rows) && o.Effect[rows[end]] == o.Effect[rows[i]] {
				end++
			}
			for _, r := range rows[i:end] {
				low[r], high[r] = float64(i)/n, float64(end)/n
			}
			i = end
		}
	}
	return low, high
}

// byFold are the rows of each fold, by falling predicted effect.
func (o *Predictions) byFold() [][]int {
	groups := make(map[int][]int)
	for i, f := range o.Fold {
		groups[f] = append(groups[f], i)
	}
	var out [][]int
	for _, f := range slices.Sorted(maps.Keys(groups)) {
		rows := groups[f]
		slices.SortStableFunc(rows, func(a, b int) int {
			switch {
			case o.Effect[a] > o.Effect[b]:
				return -1
			case o.Effect[a] < o.Effect[b]:
				return 1
			}
			return 0
		})
		out = append(out, rows)
	}
	return out
}
