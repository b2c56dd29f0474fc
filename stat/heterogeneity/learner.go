package heterogeneity

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/resample"
)

// Experiment is people (or accounts) of whom some were treated, at random or
// with a known chance that depends on the covariates.
type Experiment struct {
	Outcome    []float64
	Treated    []bool
	Covariates regression.Design // from before treatment, without intercept
	// Propensity is each row's chance of treatment, in [0.01, 0.99]. nil: the
	// same for all, taken as the share treated. Estimated propensities are
	// taken as known.
	Propensity []float64
	Cluster    []int // equal labels belong together and stay in one fold; nil: each row alone
}

// Learner is a way to learn an effect that depends on covariates.
type Learner int

// The learners.
const (
	DRLearner Learner = iota // regress doubly robust scores on the covariates
	TLearner                 // model each arm, subtract
)

// Base is the model inside a learner.
type Base int

// The bases.
const (
	LinearBase Base = iota // least squares on all covariates
	TreeBase               // a regression tree
)

// Plan says how to learn.
type Plan struct {
	Learner Learner
	Base    Base
	Tree    TreeRules // for TreeBase
	Folds   int       // 0: 5
	Seed    uint64    // of the assignment to folds
}

func (p Plan) folds() int {
	if p.Folds == 0 {
		return 5
	}
	return p.Folds
}

// minArm is how many rows of an arm any model here is fitted to.
const minArm = 10

// check refuses data that no learner can use, and panics on shapes.
func (d Experiment) check(p Plan) error {
	n := len(d.Outcome)
	if len(d.Treated) != n || d.Covariates.Rows != n || d.Propensity != nil && len(d.Propensity) != n || d.Cluster != nil && len(d.Cluster) != n {
		panic(fmt.Sprintf("heterogeneity: %d outcomes, %d treatments, %d rows of covariates, %d propensities, %d clusters", n, len(d.Treated), d.Covariates.Rows, len(d.Propensity), len(d.Cluster)))
	}
	if p.folds() < 2 {
		panic(fmt.Sprintf("heterogeneity: %d folds", p.Folds))
	}
	if d.Covariates.Cols == 0 {
		return fmt.Errorf("no covariate for the effect to depend on: %w", stat.ErrTooFew)
	}
	if err := checkRows(d.Outcome, d.Covariates); err != nil {
		return err
	}
	for i, e := range d.Propensity {
		if math.IsNaN(e) {
			return fmt.Errorf("propensity of row %d: %w", i, stat.ErrNotFinite)
		}
		if e < 0.01 || e > 0.99 {
			return fmt.Errorf("propensity of row %d is %v, outside [0.01, 0.99]: %w", i, e, stat.ErrNoOverlap)
		}
	}
	return nil
}

// Model predicts the effect of treatment from covariates.
type Model struct {
	effect        predictor
	mu1, mu0      predictor
	shareTreated  float64
	Rows, Treated int // that it was fitted to
}

// Effect is the predicted effect of treatment on a row of covariates, in the
// unit of the outcome. It carries no interval: single predictions are for
// ranking; Validate says how good the ranking is.
func (m *Model) Effect(row []float64) float64 { return m.effect(row) }

// predictor is a fitted base model.
type predictor func(row []float64) float64

// Fit learns the effect on all rows. The DR-learner's scores are cross-fitted
// over plan.Folds folds of clusters, drawn from plan.Seed.
//
// Errors: ErrTooFew naming the fold and arm with fewer than ten rows;
// ErrNotFinite and ErrNoOverlap naming the row; those of the base model
// (ErrCollinear), with the fold; the context's error. Fit panics if lengths
// differ or with fewer than two folds.
//
// Source: Künzel et al. (2019), PNAS 116:4156-4165 (T-learner); Kennedy
// (2023), Electronic Journal of Statistics 17:3008-3049 (DR-learner).
func Fit(ctx context.Context, d Experiment, p Plan) (*Model, error) {
	if err := d.check(p); err != nil {
		return nil, err
	}
	all := make([]int, len(d.Outcome))
	for i := range all {
		all[i] = i
	}
	return d.fit(ctx, p, all, d.assign(p, "inner"))
}

// assign gives each row a fold; clusters stay together and folds have equally
// many of them. Labels are taken in ascending order, so that the order of rows
// does not matter between clusters.
func (d Experiment) assign(p Plan, use string) []int {
	label := d.Cluster
	if label == nil {
		label = make([]int, len(d.Outcome))
		for i := range label {
			label[i] = i
		}
	}
	distinct := slices.Compact(slices.Sorted(slices.Values(label)))
	rng := rand.New(resample.Stream(resample.Child(p.Seed, "heterogeneity/"+use), 0))
	rng.Shuffle(len(distinct), func(i, j int) { distinct[i], distinct[j] = distinct[j], distinct[i] })
	fold := make(map[int]int, len(distinct))
	for k, c := range distinct {
		fold[c] = k % p.folds()
	}
	out := make([]int, len(label))
	for i, c := range label {
		out[i] = fold[c]
	}
	return out
}

// fit learns from the rows given. fold is used inside the DR-learner alone.
func (d Experiment) fit(ctx context.Context, p Plan, rows, fold []int) (*Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("effect model: %w", err)
	}
	m := &Model{Rows: len(rows)}
	var err error
	if m.mu1, m.mu0, m.shareTreated, err = d.arms(p, rows); err != nil {
		return nil, err
	}
	m.Treated = int(math.Round(m.shareTreated * float64(len(rows))))
	if p.Learner == TLearner {
		m.effect = func(row []float64) float64 { return m.mu1(row) - m.mu0(row) }
		return m, nil
	}
	score := make([]float64, len(d.Outcome))
	for k := range p.folds() {
		var train, held []int
		for _, r := range rows {
			if fold[r] == k {
				held = append(held, r)
			} else {
				train = append(train, r)
			}
		}
		if len(held) == 0 {
			continue
		}
		inner := &Model{}
		if inner.mu1, inner.mu0, inner.shareTreated, err = d.arms(p, train); err != nil {
			return nil, fmt.Errorf("without fold %d: %w", k, err)
		}
		for _, r := range held {
			score[r] = d.score(inner, r)
		}
	}
	m.effect, err = fitBase(p, score, d.Covariates, rows)
	return m, err
}

// arms fits the outcome in each arm.
func (d Experiment) arms(p Plan, rows []int) (mu1, mu0 predictor, shareTreated float64, err error) {
	var treated, control []int
	for _, r := range rows {
		if d.Treated[r] {
			treated = append(treated, r)
		} else {
			control = append(control, r)
		}
	}
	for name, arm := range map[string][]int{"treated": treated, "control": control} {
		if len(arm) < minArm {
			return nil, nil, 0, fmt.Errorf("%d %s rows, at least %d: %w", len(arm), name, minArm, stat.ErrTooFew)
		}
	}
	if mu1, err = fitBase(p, d.Outcome, d.Covariates, treated); err != nil {
		return nil, nil, 0, fmt.Errorf("treated: %w", err)
	}
	if mu0, err = fitBase(p, d.Outcome, d.Covariates, control); err != nil {
		return nil, nil, 0, fmt.Errorf("control: %w", err)
	}
	return mu1, mu0, float64(len(treated)) / float64(len(rows)), nil
}

// score is the doubly robust (AIPW) score of a row: an unbiased, noisy
// measurement of its effect if the propensity is right, whatever the models.
func (d Experiment) score(m *Model, r int) float64 {
	row := d.Covariates.Row(r)
	e := m.shareTreated
	if d.Propensity != nil {
		e = d.Propensity[r]
	}
	y1, y0 := m.mu1(row), m.mu0(row)
	if d.Treated[r] {
		return y1 - y0 + (d.Outcome[r]-y1)/e
	}
	return y1 - y0 - (d.Outcome[r]-y0)/(1-e)
}

// fitBase fits the base model of a plan to some rows.
func fitBase(p Plan, y []float64, x regression.Design, rows []int) (predictor, error) {
	if p.Base == TreeBase {
		sub, out := regression.Design{Rows: len(rows), Cols: x.Cols, Values: make([]float64, 0, len(rows)*x.Cols)}, make([]float64, len(rows))
		for i, r := range rows {
			sub.Values = append(sub.Values, x.Row(r)...)
			out[i] = y[r]
		}
		rules := p.Tree.filled()
		if len(rows) < 2*rules.MinLeaf { // too few to split: the mean is the tree
			rules.MinLeaf = len(rows) / 2
			rules.MaxDepth = 1
		}
		tree, err := GrowTree(out, sub, rules)
		if err != nil {
			return nil, err
		}
		return tree.Predict, nil
	}
	return fitLinear(y, x, rows)
}

func fitLinear(y []float64, x regression.Design, rows []int) (predictor, error) {
	design := regression.Design{Rows: len(rows), Cols: x.Cols + 1, Values: make([]float64, 0, len(rows)*(x.Cols+1))}
	out := make([]float64, len(rows))
	for i, r := range rows {
		design.Values = append(append(design.Values, 1), x.Row(r)...)
		out[i] = y[r]
	}
	fit, err := regression.OLS(out, design)
	if err != nil {
		return nil, err
	}
	coef := fit.Coef
	return func(row []float64) float64 {
		sum := coef[0]
		for j, v := range row {
			sum += coef[j+1] * v
		}
		return sum
	}, nil
}
