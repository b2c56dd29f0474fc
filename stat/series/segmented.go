package series

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
	"github.com/liftmark/liftmark/stat/summary"
	"gonum.org/v1/gonum/mat"
)

// Segmented is a fitted interrupted time series.
type Segmented struct {
	// Terms are the coefficients: intercept, time (slope before), level (jump at
	// the change), slope (its change, unless LevelOnly), season, covariates; in
	// the unit of the outcome, for counts in log rate.
	Terms []Term
	// Level and Slope repeat two of them. Slope is zero under LevelOnly.
	Level, Slope stat.Test
	Covariance   *mat.SymDense // of Terms
	// Points are the rows used, in order of time.
	Points []Point
	// Average and Cumulative are the effect over the rows after the change: fitted
	// less what the terms without level and slope give, per row and in sum, with
	// errors by the delta method on the whole covariance. For counts they are events.
	Average, Cumulative stat.Test
	Rows, Dropped       int // rows used; left out as transition

	// DurbinWatson is near 2 for residuals without autocorrelation of order one,
	// lower for positive. Autocorrelation are the residuals' correlations at lags
	// 0, 1, …, up to a quarter of the rows, 24 at most. Both take rows as equally
	// spaced; after Prais–Winsten and GLS they are those of the whitened residuals.
	DurbinWatson    float64
	Autocorrelation []float64

	// Lag is the largest whose autocovariance Newey–West counted.
	Lag int
	// Correlation is the autocorrelation of order one that Prais–Winsten or GLS
	// found; LogLikelihood that of GLS or of a Poisson model.
	Correlation, LogLikelihood float64
	// Dispersion is the variance over the mean of counts that quasi-Poisson found.
	Dispersion float64
}

// Term is a coefficient.
type Term struct {
	Name string
	stat.Test
}

// Point is a row of the series.
type Point struct {
	Time, Outcome, Fitted float64
	After                 bool
	// Counterfactual is the line without the change; its interval is that of the
	// line, within which single outcomes need not fall. Before the change it is
	// the fitted line. Effect is Fitted less Counterfactual; zero before.
	Counterfactual, Effect stat.Estimate
}

// fit is what any of the regressions leaves.
type fit struct {
	coef       []float64
	covariance *mat.SymDense
	df         float64   // of the t distribution; +Inf for the normal
	residuals  []float64 // that should be free of autocorrelation
	scale      []float64 // of a log link: exposure by row; nil for the identity
}

// report turns a fit into the result.
func (g *segments) report(f fit, level float64) (*Segmented, error) {
	r := &Segmented{Covariance: f.covariance, Rows: len(g.row), Dropped: g.dropped}
	for j, name := range g.names {
		se := math.Sqrt(f.covariance.At(j, j))
		if !(se > rounding*math.Abs(f.coef[j])) || math.IsInf(se, 0) {
			return nil, fmt.Errorf("standard error %g of the term %s: %w", se, name, stat.ErrNoVariance)
		}
		r.Terms = append(r.Terms, Term{name, stat.Student(f.coef[j], se, f.df, level)})
	}
	r.Level = r.Terms[levelTerm].Test
	if g.slope {
		r.Slope = r.Terms[slopeTerm].Test
	}
	if err := r.diagnose(f.residuals); err != nil {
		return nil, err
	}
	if err := g.points(r, f, level); err != nil {
		return nil, err
	}
	return r, nil
}

// points fills the points and the effects over all of those after. A covariance
// that leaves one of them no error comes of a fit too close to exact.
func (g *segments) points(r *Segmented, f fit, level float64) error {
	critical := stat.Student(0, 1, f.df, level).Interval.High
	total, gradient, after := 0.0, make([]float64, len(f.coef)), 0
	for i, t := range g.time {
		x := g.design.Row(i)
		p := Point{Time: t, Outcome: g.outcome[i], After: t > g.change}
		var slope []float64
		p.Fitted, slope = f.mean(x, i)
		base, baseSlope := f.mean(g.without(x), i)
		p.Counterfactual = f.around(base, baseSlope, critical, level)
		if p.After {
			change := subtract(slope, baseSlope)
			p.Effect = f.around(p.Fitted-base, change, critical, level)
			total += p.Fitted - base
			for j, v := range change {
				gradient[j] += v
			}
			after++
		}
		if !(p.Counterfactual.SE > 0) || p.After && !(p.Effect.SE > 0) {
			return fmt.Errorf("standard error %g of the line and %g of the effect at time %g: %w", p.Counterfactual.SE, p.Effect.SE, t, stat.ErrNoVariance)
		}
		r.Points = append(r.Points, p)
	}
	n, se := float64(after), f.se(gradient)
	if !(se > 0) || math.IsInf(se, 0) {
		return fmt.Errorf("standard error %g of the cumulative effect: %w", se, stat.ErrNoVariance)
	}
	r.Cumulative = stat.Student(total, se, f.df, level)
	r.Average = stat.Student(total/n, se/n, f.df, level)
	return nil
}

// without is a row of the design had there been no change.
func (g *segments) without(x []float64) []float64 {
	base := append([]float64(nil), x...)
	base[levelTerm] = 0
	if g.slope {
		base[slopeTerm] = 0
	}
	return base
}

// mean is the expected outcome of a row and its derivative by the coefficients.
func (f fit) mean(x []float64, row int) (value float64, gradient []float64) {
	value = dot(x, f.coef)
	if f.scale == nil {
		return value, x
	}
	value = f.scale[row] * math.Exp(value)
	gradient = make([]float64, len(x))
	for j, v := range x {
		gradient[j] = v * value
	}
	return value, gradient
}

// se is the standard error of a function of the coefficients with this gradient.
func (f fit) se(gradient []float64) float64 {
	g := mat.NewVecDense(len(gradient), gradient)
	return math.Sqrt(mat.Inner(g, f.covariance, g))
}

// around is such a function with its interval, critical errors to either side.
func (f fit) around(value float64, gradient []float64, critical, level float64) stat.Estimate {
	se := f.se(gradient)
	return stat.Estimate{Value: value, SE: se, Interval: stat.Interval{Low: value - critical*se, High: value + critical*se, Level: level}}
}

// diagnose fills what the residuals say.
func (r *Segmented) diagnose(residuals []float64) error {
	var steps float64
	for i := range residuals[1:] {
		d := residuals[i+1] - residuals[i]
		steps += d * d
	}
	r.DurbinWatson = steps / dot(residuals, residuals)
	for lag := range min(len(residuals)/4, 24) + 1 {
		a, err := summary.Autocorrelation(residuals, lag)
		if err != nil {
			return fmt.Errorf("residuals: %w", err)
		}
		r.Autocorrelation = append(r.Autocorrelation, a)
	}
	return nil
}

// SegmentedOLS fits level and slope before and after the change by least
// squares, with standard errors that take the outcomes' errors as independent
// and equally large. Months rarely are: see SegmentedNeweyWest and SegmentedGLS.
//
// Errors: ErrNotFinite; ErrInvalid for times not increasing, values beyond 1e70,
// a negative transition or an impossible season; ErrTooFew with fewer than two
// rows before or, with a slope, after, or no more rows than terms; ErrCollinear;
// ErrNoVariance when the line fits exactly. It panics when lengths disagree or
// level, the coverage of the intervals, is outside (0, 1).
//
// Source: Wagner, Soumerai, Zhang and Ross-Degnan (2002), Journal of Clinical
// Pharmacy and Therapeutics 27:299-309.
func SegmentedOLS(s Interrupted, level float64) (*Segmented, error) {
	stat.CheckLevel(level)
	g, linear, err := s.leastSquares()
	if err != nil {
		return nil, fmt.Errorf("segmented regression: %w", err)
	}
	covariance, err := linear.Classical()
	if err != nil {
		return nil, fmt.Errorf("segmented regression: %w", err)
	}
	r, err := g.report(fit{coef: linear.Coef, covariance: covariance, df: float64(linear.DF), residuals: linear.Residuals}, level)
	if err != nil {
		return nil, fmt.Errorf("segmented regression: %w", err)
	}
	return r, nil
}

// leastSquares lays out the series and fits it.
func (s Interrupted) leastSquares() (*segments, *regression.Linear, error) {
	g, err := s.segments()
	if err != nil {
		return nil, nil, err
	}
	linear, err := regression.OLS(g.outcome, g.design)
	if err != nil {
		return nil, nil, fmt.Errorf("terms %v: %w", g.names, err)
	}
	if rms(linear.Residuals) <= rounding*rms(g.outcome) {
		return nil, nil, fmt.Errorf("residuals of an exact fit: %w", stat.ErrNoVariance)
	}
	return g, linear, nil
}
