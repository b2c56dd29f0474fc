package heterogeneity

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

// Groups are people sorted by predicted effect into equal groups, with the
// effect that each group really has.
type Groups struct {
	Effect []stat.Test // group 0 has the largest predicted effect
	// Spread is the effect of the first group less that of the last.
	Spread stat.Test
}

// Groups estimates the average effect within q equal groups of predicted
// effect (sorted group average treatment effects). People tied at an edge count
// in proportion in both groups. Intervals hold each group's effect, one group
// at a time; standard errors are clustered.
//
// Errors: ErrTooFew with fewer than ten predictions or two clusters;
// ErrNotFinite; ErrNoVariance naming a group without variation. Groups panics
// unless q is at least 2 and level in (0, 1).
//
// Source: Chernozhukov, Demirer, Duflo and Fernández-Val (2018), NBER 24678.
func (o *Predictions) Groups(q int, level float64) (*Groups, error) {
	stat.CheckLevel(level)
	if q < 2 {
		panic(fmt.Sprintf("heterogeneity: %d groups", q))
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	low, high := o.ranks()
	out := &Groups{}
	influences := make([][]float64, q)
	for g := range q {
		from, to := float64(g)/float64(q), float64(g+1)/float64(q)
		weight := make([]float64, len(o.Score))
		for i := range weight {
			weight[i] = math.Max(0, math.Min(to, high[i])-math.Max(from, low[i])) / (high[i] - low[i])
		}
		mean, influence := weightedMean(o.Score, weight)
		e, err := o.test(fmt.Sprintf("effect of group %d", g), mean, influence, level)
		if err != nil {
			return nil, err
		}
		out.Effect, influences[g] = append(out.Effect, e), influence
	}
	spread := make([]float64, len(o.Score))
	for i := range spread {
		spread[i] = influences[0][i] - influences[q-1][i]
	}
	var err error
	out.Spread, err = o.test("spread", out.Effect[0].Value-out.Effect[q-1].Value, spread, level)
	return out, err
}

// weightedMean with the influence of each row on it.
func weightedMean(x, w []float64) (mean float64, influence []float64) {
	var sum, weight float64
	for i := range x {
		sum += w[i] * x[i]
		weight += w[i]
	}
	mean = sum / weight
	influence = make([]float64, len(x))
	for i := range x {
		influence[i] = w[i] * (x[i] - mean) / weight
	}
	return mean, influence
}

// Calibration says whether predicted differences are real.
type Calibration struct {
	// Slope of the real on the predicted effect, within folds: 1 if predictions
	// are right in size, between 0 and 1 if they exaggerate, 0 if they mean
	// nothing.
	Slope stat.Test
	// Z combines the folds' separate evidence that predictions rank people
	// rightly; P is one-sided, against no difference or a wrong one.
	Z, P  float64
	Folds int // with differing predictions
	Flat  int // without: the learner found nothing there
}

// Calibration tests whether the effect differs between people as predicted.
//
// Errors: ErrTooFew with fewer than ten predictions or two clusters in a fold;
// ErrNotFinite; ErrNoVariance if predictions do not differ in any fold: the
// learner found nothing, which is no evidence against differences. Calibration
// panics if level is outside (0, 1).
//
// Source: Chernozhukov et al. (2018), NBER 24678, for the slope; Wager (2024),
// arXiv:2405.05534, for the combination over folds.
func (o *Predictions) Calibration(level float64) (Calibration, error) {
	stat.CheckLevel(level)
	if err := o.check(); err != nil {
		return Calibration{}, err
	}
	c := Calibration{}
	x, y := make([]float64, len(o.Score)), make([]float64, len(o.Score)) // within folds
	for _, rows := range o.byFold() {
		z, ok := o.foldEvidence(rows, x, y)
		if !ok {
			c.Flat++
			continue
		}
		c.Folds++
		c.Z += z
	}
	if c.Folds == 0 {
		return c, fmt.Errorf("predicted effects do not differ in any of %d folds: %w", c.Flat, stat.ErrNoVariance)
	}
	c.Z /= math.Sqrt(float64(c.Folds))
	c.P = math.Erfc(c.Z/math.Sqrt2) / 2
	var xy, xx float64
	for i := range x {
		xy, xx = xy+x[i]*y[i], xx+x[i]*x[i]
	}
	influence := make([]float64, len(x))
	for i := range x {
		influence[i] = x[i] * (y[i] - xy/xx*x[i]) / xx
	}
	var err error
	c.Slope, err = o.test("slope of calibration", xy/xx, influence, level)
	return c, err
}

// foldEvidence centres a fold's predictions and scores into x and y, and gives
// the standardised covariance of the two; ok is false if either is flat.
func (o *Predictions) foldEvidence(rows []int, x, y []float64) (z float64, ok bool) {
	var mx, my float64
	for _, r := range rows {
		mx += o.Effect[r] / float64(len(rows))
		my += o.Score[r] / float64(len(rows))
	}
	if o.Effect[rows[0]] == o.Effect[rows[len(rows)-1]] {
		return 0, false
	}
	product, sum := make([]float64, len(x)), 0.0
	for _, r := range rows {
		x[r], y[r] = o.Effect[r]-mx, o.Score[r]-my
		product[r] = x[r] * y[r]
		sum += product[r]
	}
	se, _ := o.standardError(product)
	if !(se > 0) {
		for _, r := range rows {
			x[r], y[r] = 0, 0
		}
		return 0, false
	}
	return sum / se, true
}

// Projection is the best linear description of how the effect depends on
// covariates: coefficients of the scores' regression on them, intercept first.
// They describe, whatever the true shape; standard errors are clustered (CR1),
// with Student's t on one degree of freedom less than clusters.
//
// Errors: ErrTooFew, ErrNotFinite, and ErrCollinear naming the column. Projection
// panics if the design's rows differ from the predictions', or if level is
// outside (0, 1).
//
// Source: Semenova and Chernozhukov (2021), Econometrics Journal 24:264-289.
func (o *Predictions) Projection(columns regression.Design, level float64) ([]stat.Test, error) {
	stat.CheckLevel(level)
	if err := o.check(); err != nil {
		return nil, err
	}
	if columns.Rows != len(o.Score) {
		panic(fmt.Sprintf("heterogeneity: %d rows of covariates, %d predictions", columns.Rows, len(o.Score)))
	}
	design := regression.Design{Rows: columns.Rows, Cols: columns.Cols + 1}
	for i := range columns.Rows {
		design.Values = append(append(design.Values, 1), columns.Row(i)...)
	}
	fit, err := regression.OLS(o.Score, design)
	if err != nil {
		return nil, fmt.Errorf("projection: %w", err)
	}
	cov, err := fit.Clustered(regression.CR1, o.Cluster)
	if err != nil {
		return nil, fmt.Errorf("projection: %w", err)
	}
	df := float64(fit.Clusters(o.Cluster) - 1)
	out := make([]stat.Test, design.Cols)
	for j, se := range regression.StandardErrors(cov) {
		if !(se > 1e-14*math.Abs(fit.Coef[j])) || se < 1e-150 {
			return nil, fmt.Errorf("projection on column %d leaves no residual: %w", j, stat.ErrNoVariance)
		}
		out[j] = stat.Student(fit.Coef[j], se, df, level)
	}
	return out, nil
}
