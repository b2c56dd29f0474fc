package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"gonum.org/v1/gonum/mat"
)

// CountError says how counts vary around their expectation.
type CountError int

const (
	// QuasiPoisson: in proportion to the expectation; intervals are t.
	QuasiPoisson CountError = iota
	// PoissonError: as much as the expectation; intervals are normal. Counts of
	// tickets or visits nearly always vary more.
	PoissonError
	// SerialCounts: in any way, and correlated from row to row (Newey–West with
	// the automatic lag); intervals are t.
	SerialCounts
)

// SegmentedCounts fits level and slope of the logarithm of a rate. Outcome holds
// counts ≥ 0, exposure what each is out of (customers, person-months); nil means
// 1. exp(Level.Value) is the rate ratio at the change, exp(Slope.Value) the
// factor by which it grows each period. Effects are events.
//
// For a comparison series, take logarithms of both rates and use Against.
//
// Errors: those of SegmentedOLS; ErrInvalid for a negative count or an exposure
// that is not positive; ErrNoVariance when all counts are 0 or the line fits
// exactly; ErrSeparation when a segment or season has no events; ErrNoConvergence.
//
// Source: Lopez Bernal, Cummins and Gasparrini (2017), International Journal of
// Epidemiology 46:348-355.
func SegmentedCounts(s Interrupted, exposure []float64, kind CountError, level float64) (*Segmented, error) {
	stat.CheckLevel(level)
	if exposure != nil && len(exposure) != len(s.Time) {
		panic(fmt.Sprintf("series: %d exposures, %d times", len(exposure), len(s.Time)))
	}
	r, err := segmentedCounts(s, exposure, kind, level)
	if err != nil {
		return nil, fmt.Errorf("segmented regression of counts: %w", err)
	}
	return r, nil
}

func segmentedCounts(s Interrupted, exposure []float64, kind CountError, level float64) (*Segmented, error) {
	g, err := s.segments()
	if err != nil {
		return nil, err
	}
	scale := make([]float64, len(g.row))
	for k, i := range g.row {
		scale[k] = 1
		if exposure != nil {
			scale[k] = exposure[i]
		}
	}
	model, err := regression.Poisson(g.outcome, g.design, scale, nil)
	if err != nil {
		return nil, fmt.Errorf("terms %v: %w", g.names, err)
	}
	if !(model.Dispersion > rounding) {
		return nil, fmt.Errorf("residuals of an exact fit: %w", stat.ErrNoVariance)
	}
	f := fit{coef: model.Coef, df: float64(model.DF), residuals: pearson(g.outcome, model.Fitted), scale: scale}
	var lag int
	if f.covariance, lag, err = kind.covariance(model); err != nil {
		return nil, err
	}
	if kind == PoissonError {
		f.df = math.Inf(1)
	}
	r, err := g.report(f, level)
	if err != nil {
		return nil, err
	}
	r.Dispersion, r.LogLikelihood, r.Lag = model.Dispersion, model.LogLik, lag
	return r, nil
}

// covariance of the coefficients, with the lag if one counts.
func (c CountError) covariance(model *regression.LogLinear) (v *mat.SymDense, lag int, err error) {
	switch c {
	case QuasiPoisson:
		v, err = model.Quasi()
	case PoissonError:
		v = model.Classical()
	case SerialCounts:
		lag = regression.NeweyWestLag(model.N)
		v, err = model.NeweyWest(lag, true)
	default:
		panic(fmt.Sprintf("series: unknown count error %d", c))
	}
	return v, lag, err
}

// pearson are residuals in standard deviations of a Poisson count.
func pearson(counts, expected []float64) []float64 {
	out := make([]float64, len(counts))
	for i := range counts {
		out[i] = (counts[i] - expected[i]) / math.Sqrt(expected[i])
	}
	return out
}
