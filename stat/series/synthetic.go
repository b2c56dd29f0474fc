package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Donors says how the weights of a synthetic control are chosen. The zero value
// matches the outcomes of the periods before.
type Donors struct {
	// Ridge ≥ 0 is the price of Σ weight² beside the squared gaps before, in the
	// outcome's unit squared. Above 0 the weights are unique and spread wider.
	Ridge float64
	// Predictors are [unit][predictor], for the treated unit too; nil matches the
	// outcomes before. Each is scaled by its standard deviation over the units.
	Predictors [][]float64
	// Importance is the weight ≥ 0 of each predictor in the match; nil chooses the
	// one whose synthetic control follows the outcomes before best.
	Importance []float64
}

// Synthetic is a treated unit beside its synthetic control.
type Synthetic struct {
	Weights        []float64 // of each unit, ≥ 0, adding up to one; 0 for the treated
	Importance     []float64 // of each predictor, adding up to one; nil without predictors
	Counterfactual []float64 // outcome of the synthetic control, each period
	Gap            []float64 // outcome of the treated less that, each period
	Effect         float64   // mean gap after, in the unit of the outcome
	// PreRMSPE and PostRMSPE are the roots of the mean squared gap before and
	// after. Ratio is the second over the first: how much worse the fit became.
	// It is 0 when the fit before is exact, which says that there are too many
	// donors for so few periods, and nothing about the effect.
	PreRMSPE, PostRMSPE, Ratio float64
	// Outside are the periods before in which no donor is as low, or none as high,
	// as the treated, so that no weights can match it.
	Outside []int
	// Unique says whether no other weights match as well. If false, Weights are
	// the most even of those that do, and others could tell another story with
	// the same fit: set a Ridge.
	Unique bool
	Donors int
}

// SyntheticControl builds, from the other units, the mixture that was most like
// the treated unit before, and takes it for what would have been after.
//
// Errors: ErrNotFinite; ErrInvalid for a negative ridge or importance or
// outcomes beyond 1e70; ErrTooFew with fewer than two donors, one period before
// or none after; ErrNoOverlap when in every period before the treated lies
// above, or in every one below, all donors; ErrNoVariance for a predictor that
// is the same everywhere or importances that are all 0; ErrNoConvergence.
// SyntheticControl panics when lengths disagree or treated is not a unit.
//
// Source: Abadie, Diamond and Hainmueller (2010), JASA 105:493-505.
//
// Not when the treated stands apart from all donors: SyntheticDID allows a
// difference in level. For how sure it is, see PlaceboInSpace.
func SyntheticControl(p Panel, treated int, d Donors) (*Synthetic, error) {
	s, err := syntheticControl(p, treated, d)
	if err != nil {
		return nil, fmt.Errorf("synthetic control: %w", err)
	}
	if side := s.apart(p); side != "" {
		return nil, fmt.Errorf("synthetic control: unit %d lies %s all donors in every period before: %w", treated, side, stat.ErrNoOverlap)
	}
	return s, nil
}

func syntheticControl(p Panel, treated int, d Donors) (*Synthetic, error) {
	if err := p.check(1); err != nil {
		return nil, err
	}
	donors, err := p.split([]int{treated})
	if err != nil {
		return nil, err
	}
	if !(d.Ridge >= 0) || math.IsInf(d.Ridge, 1) {
		return nil, fmt.Errorf("ridge %v: %w", d.Ridge, stat.ErrInvalid)
	}
	problem, importance, err := d.problem(p, treated, donors)
	if err != nil {
		return nil, err
	}
	s := &Synthetic{Weights: make([]float64, len(p.Outcome)), Importance: importance, Donors: len(donors)}
	weights, err := problem.nearest()
	if err != nil {
		return nil, err
	}
	if s.Unique, err = problem.unique(weights); err != nil {
		return nil, err
	}
	if !s.Unique {
		if weights, err = problem.widest(); err != nil {
			return nil, err
		}
	}
	for k, i := range donors {
		s.Weights[i] = weights[k]
	}
	s.describe(p, treated, donors)
	return s, nil
}

// problem is the matching problem of the donors, with the importance of
// predictors that it uses.
func (d Donors) problem(p Panel, treated int, donors []int) (*cloud, []float64, error) {
	if d.Predictors == nil {
		return p.outcomes(treated, donors, d.Ridge), nil, nil
	}
	m, err := newMatch(p, treated, donors, d)
	if err != nil {
		return nil, nil, err
	}
	importance, err := m.importance()
	if err != nil {
		return nil, nil, err
	}
	return m.cloud(importance), importance, nil
}

// outcomes is the problem of matching the outcomes before.
func (p Panel) outcomes(treated int, donors []int, ridge float64) *cloud {
	c := &cloud{n: len(donors), dim: p.Before, ridge: ridge, point: make([]float64, 0, len(donors)*p.Before)}
	for _, i := range donors {
		c.point = append(c.point, subtract(p.Outcome[i][:p.Before], p.Outcome[treated][:p.Before])...)
	}
	return c
}

func (s *Synthetic) describe(p Panel, treated int, donors []int) {
	s.Counterfactual = p.weighted(s.Weights)
	s.Gap = subtract(p.Outcome[treated], s.Counterfactual)
	before, after := s.Gap[:p.Before], s.Gap[p.Before:]
	s.Effect, s.PreRMSPE, s.PostRMSPE = meanOf(after), rms(before), rms(after)
	if s.PreRMSPE > exactFit*p.size() {
		s.Ratio = s.PostRMSPE / s.PreRMSPE
	}
	for t := range p.Before {
		if low, high := p.spread(donors, t); p.Outcome[treated][t] < low || p.Outcome[treated][t] > high {
			s.Outside = append(s.Outside, t)
		}
	}
}

// exactFit is the root mean square gap, relative to the largest outcome, that
// rounding may leave of a gap of nothing.
const exactFit = 1e-9

// size is the largest outcome in absolute value.
func (p Panel) size() float64 {
	var most float64
	for _, row := range p.Outcome {
		for _, y := range row {
			most = math.Max(most, math.Abs(y))
		}
	}
	return most
}

// spread is the range of the units' outcomes in a period.
func (p Panel) spread(units []int, period int) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, i := range units {
		low, high = math.Min(low, p.Outcome[i][period]), math.Max(high, p.Outcome[i][period])
	}
	return low, high
}

// apart says on which side of all donors the treated is throughout the periods
// before, "" if on neither. The synthetic control lies within the donors' range,
// so the gap has the sign of the side.
func (s *Synthetic) apart(p Panel) string {
	var above int
	for _, t := range s.Outside {
		if s.Gap[t] > 0 {
			above++
		}
	}
	switch {
	case len(s.Outside) < p.Before:
		return ""
	case above == p.Before:
		return "above"
	case above == 0:
		return "below"
	}
	return ""
}
