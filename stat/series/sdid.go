package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/summary"
)

// Comparison names what the treated units are compared with. All three are one
// weighted difference of differences; they differ in the weights alone.
type Comparison int

const (
	// SyntheticDifference weights units so that they run parallel to the treated,
	// and periods before so that they resemble those after.
	SyntheticDifference Comparison = iota
	// SyntheticLevel weights units so that they match the treated in level, and
	// compares the periods after alone: synthetic control.
	SyntheticLevel
	// PlainDifference weights all units and all periods before alike:
	// difference-in-differences.
	PlainDifference
)

func (c Comparison) String() string {
	switch c {
	case SyntheticDifference:
		return "synthetic difference-in-differences"
	case SyntheticLevel:
		return "synthetic control"
	case PlainDifference:
		return "difference-in-differences"
	}
	return fmt.Sprintf("Comparison(%d)", int(c))
}

// WeightedDifference is the effect on the treated units of a treatment that began
// for all of them at once.
type WeightedDifference struct {
	// Effect is the average effect on the treated over the periods after, in the
	// unit of the outcome.
	Effect float64
	// ByPeriod is the difference of treated and weighted controls in each period,
	// less its weighted average before: about zero before, the effect after.
	ByPeriod []float64
	// Units are the weights of the controls, Periods those of the periods before.
	// Each add up to one; treated units have weight 0. Periods are all 0 for
	// SyntheticLevel, which compares levels.
	Units, Periods []float64
	// UnitPenalty and PeriodPenalty are the ζ of the weights' ridge penalties, in
	// the unit of the outcome; 0 for PlainDifference.
	UnitPenalty, PeriodPenalty float64
	Treated, Controls          int

	panel   Panel
	treated []int
	kind    Comparison
}

// SyntheticDID estimates the effect on the treated units, given by index, by a
// difference of differences with weights. Weights are the optimum of their
// problems, solved exactly; implementations that stop early differ in the fourth
// digit. For a standard error see Placebo, Jackknife and Bootstrap.
//
// Errors: ErrNotFinite, ErrInvalid for outcomes beyond 1e70; ErrTooFew without a
// treated unit, with fewer than two controls, fewer than two periods before or
// none after; ErrNoVariance when the controls' changes before do not vary, so
// that no penalty can be set; ErrNoConvergence. SyntheticDID panics when rows
// differ in length or a treated unit is not in the panel.
//
// Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American
// Economic Review 111:4088-4118.
//
// Not for treatments that began at different times: see StaggeredDID.
func SyntheticDID(p Panel, treated []int, kind Comparison) (*WeightedDifference, error) {
	if kind < SyntheticDifference || kind > PlainDifference {
		panic(fmt.Sprintf("series: unknown comparison %d", kind))
	}
	fit, err := syntheticDID(p, treated, kind)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", kind, err)
	}
	return fit, nil
}

func syntheticDID(p Panel, treated []int, kind Comparison) (*WeightedDifference, error) {
	if err := p.check(2); err != nil {
		return nil, err
	}
	controls, err := p.split(treated)
	if err != nil {
		return nil, err
	}
	w := &WeightedDifference{Treated: len(treated), Controls: len(controls), panel: p, treated: treated, kind: kind}
	if kind != PlainDifference {
		noise, err := p.noise(controls)
		if err != nil {
			return nil, err
		}
		w.PeriodPenalty = smallPenalty * noise
		w.UnitPenalty = w.PeriodPenalty
		if kind == SyntheticDifference {
			w.UnitPenalty = math.Pow(float64(len(treated)*p.after()), 0.25) * noise
		}
	}
	return w, w.fit(controls)
}

// smallPenalty makes weights unique without moving them.
const smallPenalty = 1e-6

// noise is the standard deviation of the controls' changes from period to period
// before the treatment.
func (p Panel) noise(controls []int) (float64, error) {
	changes := make([]float64, 0, len(controls)*(p.Before-1))
	var most float64
	for _, i := range controls {
		for t := 1; t < p.Before; t++ {
			changes = append(changes, p.Outcome[i][t]-p.Outcome[i][t-1])
			most = math.Max(most, math.Abs(p.Outcome[i][t]))
		}
	}
	moments, err := summary.Of(changes)
	if err != nil {
		return 0, fmt.Errorf("changes of the controls before: %w", err)
	}
	if noise := moments.SD(); noise > rounding*most {
		return noise, nil
	}
	return 0, fmt.Errorf("changes of the controls before: %w", stat.ErrNoVariance)
}

// rounding is the share of a value below which a difference may be its rounding.
const rounding = 1e-12

// fit finds the weights for the penalties already set, then the effect.
func (w *WeightedDifference) fit(controls []int) error {
	p := w.panel
	target := p.average(w.treated)
	units, err := w.unitWeights(controls, target)
	if err != nil {
		return fmt.Errorf("weights of units: %w", err)
	}
	if w.Periods, err = w.periodWeights(controls); err != nil {
		return fmt.Errorf("weights of periods: %w", err)
	}
	w.Units = make([]float64, len(p.Outcome))
	for k, i := range controls {
		w.Units[i] += units[k] // a bootstrap sample repeats units
	}
	w.compare(target)
	return nil
}

// unitWeights solves min ‖target − Σ ω·control‖² + ζ²·Before·‖ω‖² over the periods
// before, for SyntheticDifference up to a constant.
func (w *WeightedDifference) unitWeights(controls []int, target []float64) ([]float64, error) {
	if w.kind == PlainDifference {
		return equal(len(controls)), nil
	}
	before := w.panel.Before
	c := &cloud{n: len(controls), dim: before, ridge: w.UnitPenalty * w.UnitPenalty * float64(before)}
	c.point = make([]float64, 0, c.n*c.dim)
	for _, i := range controls {
		gap := subtract(w.panel.Outcome[i][:before], target[:before])
		if w.kind == SyntheticDifference {
			gap = centred(gap)
		}
		c.point = append(c.point, gap...)
	}
	return c.nearest()
}

// periodWeights solves min ‖mean after − Σ λ·period before‖² + ζ²·controls·‖λ‖² over
// the controls, up to a constant.
func (w *WeightedDifference) periodWeights(controls []int) ([]float64, error) {
	before := w.panel.Before
	switch w.kind {
	case PlainDifference:
		return equal(before), nil
	case SyntheticLevel:
		return make([]float64, before), nil
	}
	c := &cloud{n: before, dim: len(controls), ridge: w.PeriodPenalty * w.PeriodPenalty * float64(len(controls))}
	c.point = make([]float64, 0, c.n*c.dim)
	gap := make([]float64, len(controls))
	for t := range before {
		for k, i := range controls {
			row := w.panel.Outcome[i]
			gap[k] = row[t] - meanOf(row[before:])
		}
		c.point = append(c.point, centred(gap)...)
	}
	return c.nearest()
}

// compare fills the effect from the weights.
func (w *WeightedDifference) compare(target []float64) {
	before := w.panel.Before
	w.ByPeriod = subtract(target, w.panel.weighted(w.Units))
	base := dot(w.Periods, w.ByPeriod[:before])
	for t := range w.ByPeriod {
		w.ByPeriod[t] -= base
	}
	w.Effect = meanOf(w.ByPeriod[before:])
}

func equal(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1 / float64(n)
	}
	return w
}

func subtract(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}
