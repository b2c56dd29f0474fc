package money

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/liftmark/liftmark/stat"
)

// Dist is the distribution of an uncertain input. Draw it by inversion,
// Quantile(u) of a uniform u: one uniform a draw, so that the same stream
// serves before and after an input is changed.
type Dist interface {
	// Quantile gives the value below which a share p of draws lies, in the
	// input's unit. It panics if p is outside (0, 1).
	Quantile(p float64) float64
	// Mean is the expected value.
	Mean() float64
}

// Median is the 0.5 quantile.
func Median(d Dist) float64 { return d.Quantile(0.5) }

func checkShare(p float64) {
	if !(p > 0 && p < 1) {
		panic(fmt.Sprintf("money: share %v is outside (0, 1)", p))
	}
}

// Fixed is an input that is known.
type Fixed float64

// Quantile is the value, whatever p.
func (f Fixed) Quantile(p float64) float64 { checkShare(p); return float64(f) }

// Mean is the value.
func (f Fixed) Mean() float64 { return float64(f) }

// Triangular rises linearly from Low to Mode and falls to High. Make it with
// NewTriangular.
type Triangular struct{ Low, Mode, High float64 }

// NewTriangular checks the order of its corners.
//
// Errors: ErrInvalid unless low ≤ mode ≤ high and low < high, ErrNotFinite.
func NewTriangular(low, mode, high float64) (Triangular, error) {
	if err := checkParameters("triangular", low, mode, high, high-low); err != nil {
		return Triangular{}, err
	}
	if !(low <= mode && mode <= high && low < high) {
		return Triangular{}, fmt.Errorf("triangular (%v, %v, %v) is not low ≤ mode ≤ high: %w", low, mode, high, stat.ErrInvalid)
	}
	return Triangular{low, mode, high}, nil
}

// Quantile inverts the distribution function.
func (t Triangular) Quantile(p float64) float64 {
	checkShare(p)
	width := t.High - t.Low
	rise := (t.Mode - t.Low) / width
	if p < rise {
		return t.Low + width*math.Sqrt(p*rise)
	}
	return t.High - width*math.Sqrt((1-p)*(1-rise))
}

// Mean is the mean of the corners.
func (t Triangular) Mean() float64 { return (t.Low + t.Mode + t.High) / 3 }

// Normal has expected value Mu and standard deviation Sigma, in the input's
// unit. It can be negative: use LogNormal for a price or a cost. Make it with
// NewNormal.
type Normal struct{ Mu, Sigma float64 }

// NewNormal checks its parameters.
//
// Errors: ErrInvalid unless sigma is positive, ErrNotFinite.
func NewNormal(mu, sigma float64) (Normal, error) {
	if err := checkParameters("normal", mu, sigma, mu-farthest*sigma, mu+farthest*sigma); err != nil {
		return Normal{}, err
	}
	if sigma <= 0 {
		return Normal{}, fmt.Errorf("normal with standard deviation %v: %w", sigma, stat.ErrInvalid)
	}
	return Normal{mu, sigma}, nil
}

// Quantile inverts the distribution function.
func (n Normal) Quantile(p float64) float64 {
	checkShare(p)
	return n.Mu + n.Sigma*distuv.UnitNormal.Quantile(p)
}

// Mean is Mu.
func (n Normal) Mean() float64 { return n.Mu }

// LogNormal is exp of a normal with mean Mu and standard deviation Sigma, both
// on the log scale. Make it with NewLogNormal.
type LogNormal struct{ Mu, Sigma float64 }

// NewLogNormal gives the log-normal of which a share level lies between low
// and high, in the input's unit, with equal tails: level 0.9 makes them the
// 5th and the 95th percentile.
//
// Errors: ErrInvalid unless 0 < low < high, ErrNotFinite. NewLogNormal panics
// if level is outside (0, 1).
func NewLogNormal(low, high, level float64) (LogNormal, error) {
	checkShare(level)
	if err := checkParameters("lognormal", low, high); err != nil {
		return LogNormal{}, err
	}
	if !(low > 0 && low < high) {
		return LogNormal{}, fmt.Errorf("lognormal from %v to %v is not 0 < low < high: %w", low, high, stat.ErrInvalid)
	}
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	l, h := math.Log(low), math.Log(high)
	d := LogNormal{Mu: (l + h) / 2, Sigma: (h - l) / (2 * z)}
	if err := checkParameters("lognormal", d.Mean(), math.Exp(d.Mu+farthest*d.Sigma)); err != nil {
		return LogNormal{}, fmt.Errorf("from %v to %v at level %v: %w", low, high, level, err)
	}
	return d, nil
}

// Quantile inverts the distribution function.
func (l LogNormal) Quantile(p float64) float64 {
	checkShare(p)
	return math.Exp(l.Mu + l.Sigma*distuv.UnitNormal.Quantile(p))
}

// Mean is exp(Mu + Sigma²/2).
func (l LogNormal) Mean() float64 { return math.Exp(l.Mu + l.Sigma*l.Sigma/2) }

// farthest is how many standard deviations off a draw can be: Draw's smallest
// share, 1e-300, is 37 below the mean.
const farthest = 38

// checkParameters refuses parameters, or values drawn with them, that are not
// finite.
func checkParameters(name string, values ...float64) error {
	for _, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("%s with %v: %w", name, v, stat.ErrNotFinite)
		}
	}
	return nil
}
