package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
	search "gonum.org/v1/gonum/optimize" //nolint:misspell // as gonum spells it
)

// match is the problem of matching a treated unit on predictors.
type match struct {
	Donors
	panel  Panel
	units  []int
	target int
	gaps   [][]float64 // [donor][predictor] donor less treated, in standard deviations
}

func newMatch(p Panel, treated int, donors []int, d Donors) (*match, error) {
	scale, err := d.scales(p)
	if err != nil {
		return nil, err
	}
	m := &match{Donors: d, panel: p, units: donors, target: treated, gaps: make([][]float64, len(donors))}
	for k, i := range donors {
		m.gaps[k] = subtract(d.Predictors[i], d.Predictors[treated])
		for j := range m.gaps[k] {
			m.gaps[k][j] /= scale[j]
		}
	}
	return m, nil
}

// scales are the standard deviations of the predictors over the units.
func (d Donors) scales(p Panel) ([]float64, error) {
	if len(d.Predictors) != len(p.Outcome) {
		panic(fmt.Sprintf("series: predictors of %d units, outcomes of %d", len(d.Predictors), len(p.Outcome)))
	}
	scale := make([]float64, len(d.Predictors[0]))
	if len(scale) == 0 {
		return nil, fmt.Errorf("no predictor: %w", stat.ErrTooFew)
	}
	column := make([]float64, len(d.Predictors))
	for j := range scale {
		for i, row := range d.Predictors {
			if len(row) != len(scale) {
				panic(fmt.Sprintf("series: unit %d has %d predictors, unit 0 has %d", i, len(row), len(scale)))
			}
			column[i] = row[j]
		}
		moments, err := summary.Of(column)
		if err != nil {
			return nil, fmt.Errorf("predictor %d: %w", j, err)
		}
		if scale[j] = moments.SD(); scale[j] <= rounding*math.Abs(moments.Mean) {
			return nil, fmt.Errorf("predictor %d is the same for all units: %w", j, stat.ErrNoVariance)
		}
	}
	return scale, nil
}

// cloud is the matching problem for an importance of predictors.
func (m *match) cloud(importance []float64) *cloud {
	c := &cloud{n: len(m.units), dim: len(importance), ridge: m.Ridge}
	c.point = make([]float64, 0, c.n*c.dim)
	for _, row := range m.gaps {
		for j, gap := range row {
			c.point = append(c.point, gap*math.Sqrt(importance[j]))
		}
	}
	return c
}

// importance is the one given, made to add up to one, or the best.
func (m *match) importance() ([]float64, error) {
	given := m.Importance
	if given == nil {
		return m.search()
	}
	if len(given) != len(m.gaps[0]) {
		panic(fmt.Sprintf("series: %d importances for %d predictors", len(given), len(m.gaps[0])))
	}
	var total float64
	for j, v := range given {
		if !(v >= 0) || math.IsInf(v, 1) {
			return nil, fmt.Errorf("importance %v of predictor %d: %w", v, j, stat.ErrInvalid)
		}
		total += v
	}
	if !(total > 0) || math.IsInf(total, 1) {
		return nil, fmt.Errorf("importances add up to %v: %w", total, stat.ErrNoVariance)
	}
	scaled := make([]float64, len(given))
	for j, v := range given {
		scaled[j] = v / total
	}
	return scaled, nil
}

// search minimises the mean squared gap before over the importances, by the
// simplex method of Nelder and Mead from several starts: all predictors alike,
// and each in turn before the others. The function has flats and edges, so its
// derivatives are of no use.
func (m *match) search() ([]float64, error) {
	k := len(m.gaps[0])
	if k == 1 {
		return []float64{1}, nil
	}
	var failure error
	loss := func(root []float64) float64 {
		v, err := m.loss(shares(root))
		if err != nil {
			failure = err
			return math.Inf(1)
		}
		return v
	}
	best, least := []float64(nil), math.Inf(1)
	for start := range k + 1 {
		root := leaning(k, start)
		for range 2 { // a second simplex around the first one's end
			result, err := search.Minimize(search.Problem{Func: loss}, root, &search.Settings{ //nolint:misspell // as gonum spells it
				Converger:       &search.FunctionConverge{Absolute: 1e-12, Relative: 1e-10, Iterations: 40 * k},
				FuncEvaluations: 400 * k,
			}, &search.NelderMead{})
			if result == nil {
				return nil, fmt.Errorf("importance of predictors (%w): %w", err, stat.ErrNoConvergence)
			}
			root = result.X
			if result.F < least {
				best, least = shares(root), result.F
			}
		}
	}
	if best == nil {
		return nil, failure
	}
	return best, nil
}

// shares turns any vector into importances: squares, adding up to one.
func shares(root []float64) []float64 {
	v := make([]float64, len(root))
	for j, r := range root {
		v[j] = r * r
	}
	if total := sum(v); total > 0 {
		normalise(v)
		return v
	}
	return equal(len(root))
}

// leaning is a start for the search: on predictor start, or on none if start is k.
func leaning(k, start int) []float64 {
	root := make([]float64, k)
	for j := range root {
		root[j] = 1
	}
	if start < k {
		root[start] = 4
	}
	return root
}

// loss is the mean squared gap before of the control that an importance gives.
func (m *match) loss(importance []float64) (float64, error) {
	weights, err := m.cloud(importance).widest()
	if err != nil {
		return 0, err
	}
	outcomes := m.panel.Outcome
	var loss float64
	for t := range m.panel.Before {
		gap := outcomes[m.target][t]
		for k, i := range m.units {
			gap -= weights[k] * outcomes[i][t]
		}
		loss += gap * gap
	}
	return loss / float64(m.panel.Before), nil
}
