package did

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// crossing estimates an effect from four groups of rows: treated before and after,
// controls before and after, in this order.
type crossing struct {
	comparison
	group [4]run // of rows of the sample
	y     []float64
	fit   [4]groupFit
	means [4]float64 // weighted mean of what the method averages
	mass  [4]float64 // summed weight
}

// groupFit is the outcome model of a group.
type groupFit struct {
	solver *regression.Solver
	coef   []float64
}

var groupName = [4]string{"treated before", "treated after", "controls before", "controls after"}

// side is the sign with which a group's mean enters a difference-in-differences.
var side = [4]float64{-1, 1, 1, -1}

func (c *crossing) prepare(l *layout, s sample, m Method) error {
	for g, rows := range c.group {
		if rows.to == rows.from {
			err := stat.ErrTooFew
			if g >= 2 {
				err = stat.ErrNoOverlap
			}
			return fmt.Errorf("no row among %s: %w", groupName[g], err)
		}
	}
	c.comparison = comparison{sample: s, units: float64(l.n), w: make([]float64, len(s.at)), x: l.design(s)}
	c.y = make([]float64, len(s.at))
	for k, i := range s.at {
		c.y[k], c.w[k] = l.sections.y[i], l.weight(int(i))
	}
	for g, rows := range c.group {
		c.mass[g] = sum(c.w[rows.from:rows.to])
	}
	if len(l.x) == 0 {
		return nil
	}
	if m != InverseProbability {
		if err := c.fitOutcomes(m); err != nil {
			return err
		}
	}
	if m != OutcomeRegression {
		return c.fitPropensity()
	}
	return nil
}

// fitOutcomes fits the controls, and for the doubly robust estimator the treated.
func (c *crossing) fitOutcomes(m Method) error {
	for g, rows := range c.group {
		if g < 2 && m != DoublyRobust {
			continue
		}
		d := regression.Design{Rows: rows.to - rows.from, Cols: c.x.Cols, Values: c.x.Values[rows.from*c.x.Cols : rows.to*c.x.Cols]}
		solver, err := regression.NewSolver(d, c.w[rows.from:rows.to])
		if err != nil {
			return fmt.Errorf("outcome model of %s (column 0 is the intercept): %w", groupName[g], err)
		}
		c.fit[g] = groupFit{solver: solver, coef: solver.Coef(c.y[rows.from:rows.to])}
	}
	return nil
}

// effect returns the ATT and each row's influence on it.
func (c *crossing) effect(m Method) (float64, []float64) {
	inf := make([]float64, len(c.y))
	weights := c.weights(m)
	residual := c.residuals()
	var att float64
	for g, rows := range c.group {
		if c.fit[g].coef != nil && (g < 2 || m == OutcomeRegression) {
			continue // the residuals of a model average to 0 in its own group
		}
		w, r := weights[rows.from:rows.to], residual[rows.from:rows.to]
		mass := sum(w)
		c.means[g] = floats.Dot(w, r) / mass
		att += side[g] * c.means[g]
		for k := range w {
			inf[rows.from+k] += side[g] * c.units * w[k] * (r[k] - c.means[g]) / mass
		}
	}
	if c.x.Cols > 1 {
		if m != InverseProbability {
			att += c.addModels(inf, weights, residual, m)
		}
		if m != OutcomeRegression {
			c.addScores(inf, residual)
		}
	}
	return att, inf
}

// weights are those of rows within their group: odds for controls, if the method
// has them.
func (c *crossing) weights(m Method) []float64 {
	if c.odds == nil || m == OutcomeRegression {
		return c.w
	}
	return append(append([]float64(nil), c.w[:c.treated]...), c.odds...)
}

// residuals are outcomes less what the model of their own group predicts, or of
// treated rows the outcomes themselves where there is none.
func (c *crossing) residuals() []float64 {
	out := append([]float64(nil), c.y...)
	for g, rows := range c.group {
		if c.fit[g].coef == nil {
			continue
		}
		for k := rows.from; k < rows.to; k++ {
			out[k] -= floats.Dot(c.x.Row(k), c.fit[g].coef)
		}
	}
	return out
}

// addModels adds what the outcome models predict for the treated, and the influence
// through them. With b a group's coefficients and x̄ the mean covariates of the
// treated of both periods, that is x̄ · Σ side·b over the modelled groups.
func (c *crossing) addModels(inf, weights, residual []float64, m Method) float64 {
	treated := c.mass[0] + c.mass[1]
	mean, slope := make([]float64, c.x.Cols), make([]float64, c.x.Cols)
	for k := range c.treated {
		floats.AddScaled(mean, c.w[k]/treated, c.x.Row(k))
	}
	for g, fit := range c.fit {
		if fit.coef == nil {
			continue
		}
		floats.AddScaled(slope, side[g], fit.coef)
		toward := append([]float64(nil), mean...)
		if m == DoublyRobust && g >= 2 { // the weighted residuals move as well
			rows := c.group[g]
			mass := sum(weights[rows.from:rows.to])
			for k := rows.from; k < rows.to; k++ {
				floats.AddScaled(toward, -weights[k]/mass, c.x.Row(k))
			}
		}
		toward = fit.solver.InverseGram(toward)
		for k := c.group[g].from; k < c.group[g].to; k++ {
			inf[k] += side[g] * c.units * c.w[k] * residual[k] * floats.Dot(c.x.Row(k), toward)
		}
	}
	for k := range c.treated {
		for j, v := range c.x.Row(k) {
			inf[k] += c.units * c.w[k] / treated * (v - mean[j]) * slope[j]
		}
	}
	return floats.Dot(mean, slope)
}

// addScores adds what estimating the propensity score contributes.
func (c *crossing) addScores(inf, residual []float64) {
	moment := make([]float64, c.x.Cols)
	for g := 2; g < 4; g++ {
		rows := c.group[g]
		mass := sum(c.odds[rows.from-c.treated : rows.to-c.treated])
		for k := rows.from; k < rows.to; k++ {
			floats.AddScaled(moment, side[g]*c.odds[k-c.treated]*(residual[k]-c.means[g])/mass, c.x.Row(k))
		}
	}
	toward := mat.NewVecDense(c.x.Cols, nil)
	toward.MulVec(c.precision, mat.NewVecDense(c.x.Cols, moment))
	for k := range inf {
		surprise := -c.score[k]
		if k < c.treated {
			surprise++
		}
		inf[k] += c.units * c.w[k] * surprise * floats.Dot(c.x.Row(k), toward.RawVector().Data)
	}
}
