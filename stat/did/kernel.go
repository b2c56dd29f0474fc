package did

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

const (
	// Controls with a propensity score from trimFrom on get weight 0, and no score
	// counts as more than highest: the rules of R's DRDID.
	trimFrom = 0.995
	highest  = 1 - 1e-6
	// A cell in which someone's propensity score reaches noOverlap is not
	// estimated: the rule of R's did.
	noOverlap = 0.999
)

// comparison estimates the effect in one sample for any outcome: what depends on
// the covariates alone is computed once and shared by the cells with that sample.
type comparison struct {
	sample
	units float64   // in the layout, which scales influence functions
	w     []float64 // weight of each row
	mass  float64   // summed weight of the treated

	x         regression.Design // intercept first; Cols 0: no covariates
	outcome   *regression.Solver
	xTreated  []float64 // Σ w·x over the treated
	score     []float64 // propensity score; nil: method does without
	odds      []float64 // w·score/(1−score) of each control, trimmed
	oddsMass  float64
	xOdds     []float64     // Σ odds·x over controls
	precision *mat.SymDense // covariance of the propensity score's coefficients
}

// compare prepares the comparison of a sample.
func (l *layout) compare(s sample, m Method, work *scratch) (*comparison, error) {
	controls := len(s.at) - s.treated
	if s.treated == 0 {
		return nil, fmt.Errorf("no treated unit has both outcomes: %w", stat.ErrTooFew)
	}
	if controls == 0 {
		return nil, fmt.Errorf("no control has both outcomes: %w", stat.ErrNoOverlap)
	}
	c := &comparison{sample: s, units: float64(l.n), w: work.take(weight, len(s.at))}
	for k, i := range s.at {
		c.w[k] = 1
		if l.w != nil {
			c.w[k] = l.w[i]
		}
	}
	c.mass = sum(c.w[:s.treated])
	if len(l.x) == 0 {
		c.odds, c.oddsMass = c.w[s.treated:], sum(c.w[s.treated:])
		return c, nil
	}
	c.x = l.design(s)
	if m != InverseProbability {
		if err := c.fitOutcome(); err != nil {
			return nil, err
		}
	}
	if m != OutcomeRegression {
		if err := c.fitPropensity(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (l *layout) design(s sample) regression.Design {
	d := regression.Design{Rows: len(s.at), Cols: len(l.x) + 1}
	d.Values = make([]float64, d.Rows*d.Cols)
	for k, i := range s.at {
		row := d.Row(k)
		row[0] = 1
		for j, x := range l.x {
			row[j+1] = x[i]
		}
	}
	return d
}

func (c *comparison) fitOutcome() error {
	controls := regression.Design{Rows: c.x.Rows - c.treated, Cols: c.x.Cols, Values: c.x.Values[c.treated*c.x.Cols:]}
	solver, err := regression.NewSolver(controls, c.w[c.treated:])
	if err != nil {
		return fmt.Errorf("outcome model of controls (column 0 is the intercept): %w", err)
	}
	c.outcome = solver
	c.xTreated = make([]float64, c.x.Cols)
	for k := range c.treated {
		floats.AddScaled(c.xTreated, c.w[k], c.x.Row(k))
	}
	return nil
}

func (c *comparison) fitPropensity() error {
	d := make([]float64, len(c.at))
	for k := range c.treated {
		d[k] = 1
	}
	fit, err := regression.Logistic(d, c.x, c.w)
	if err != nil {
		return fmt.Errorf("propensity score (column 0 is the intercept): %w", err)
	}
	if top := floats.Max(fit.Fitted); top >= noOverlap {
		return fmt.Errorf("propensity score of %.4f: %w", top, stat.ErrNoOverlap)
	}
	c.score, c.precision = fit.Fitted, fit.Classical()
	c.odds, c.xOdds = make([]float64, len(c.at)-c.treated), make([]float64, c.x.Cols)
	for k := range c.odds {
		p := math.Min(c.score[c.treated+k], highest)
		if p < trimFrom {
			c.odds[k] = c.w[c.treated+k] * p / (1 - p)
			c.oddsMass += c.odds[k]
			floats.AddScaled(c.xOdds, c.odds[k], c.x.Row(c.treated+k))
		}
	}
	return nil
}

// effect returns the ATT of the changes dy and each row's influence on it.
// dy is overwritten.
func (c *comparison) effect(dy, inf []float64) (float64, []float64) {
	if c.outcome != nil {
		coef := c.outcome.Coef(dy[c.treated:])
		for k := range dy {
			dy[k] -= floats.Dot(c.x.Row(k), coef)
		}
	}
	gain := floats.Dot(c.w[:c.treated], dy[:c.treated]) / c.mass
	var drift float64
	if c.odds != nil {
		drift = floats.Dot(c.odds, dy[c.treated:]) / c.oddsMass
	}
	for k := range c.treated {
		inf[k] = c.units * c.w[k] * (dy[k] - gain) / c.mass
	}
	clear(inf[c.treated:])
	for k, odds := range c.odds {
		inf[c.treated+k] = -c.units * odds * (dy[c.treated+k] - drift) / c.oddsMass
	}
	c.addOutcomeModel(inf, dy)
	c.addPropensity(inf, dy, drift)
	return gain - drift, inf
}

// addOutcomeModel adds what estimating the outcome model contributes. r are its
// residuals.
func (c *comparison) addOutcomeModel(inf, r []float64) {
	if c.outcome == nil {
		return
	}
	toward := make([]float64, c.x.Cols)
	for j, sum := range c.xTreated {
		toward[j] = sum / c.mass
		if c.odds != nil {
			toward[j] -= c.xOdds[j] / c.oddsMass
		}
	}
	toward = c.outcome.InverseGram(toward)
	for k := c.treated; k < len(inf); k++ {
		inf[k] -= c.units * c.w[k] * r[k] * floats.Dot(c.x.Row(k), toward)
	}
}

// addPropensity adds what estimating the propensity score contributes.
func (c *comparison) addPropensity(inf, r []float64, drift float64) {
	if c.score == nil {
		return
	}
	moment := make([]float64, c.x.Cols)
	for k, odds := range c.odds {
		floats.AddScaled(moment, odds*(r[c.treated+k]-drift), c.x.Row(c.treated+k))
	}
	toward := mat.NewVecDense(c.x.Cols, nil)
	toward.MulVec(c.precision, mat.NewVecDense(c.x.Cols, moment))
	floats.Scale(c.units/c.oddsMass, toward.RawVector().Data)
	for k := range inf {
		surprise := -c.score[k]
		if k < c.treated {
			surprise++
		}
		inf[k] -= c.w[k] * surprise * floats.Dot(c.x.Row(k), toward.RawVector().Data)
	}
}
