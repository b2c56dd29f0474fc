package power

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// Analysis says what a panel's analysis compares between the arms.
type Analysis int

const (
	After      Analysis = iota // means of the months after
	Change                     // mean after less mean before: difference-in-differences
	Covariance                 // mean after, adjusted for the mean before (ANCOVA)
)

// Panel compares two arms whose units are measured several times before and
// after: n is the number of treated units, effect a difference of means in the
// unit of SD. Covariance is never worse than the other two. Change beats After
// only when measurements of a unit correlate above about a half.
type Panel struct {
	Analysis    Analysis
	SD          float64 // standard deviation of one measurement between units of an arm
	Before      int     // measurements before; may be 0 for After
	After       int     // measurements after, at least 1
	Correlation float64 // of two measurements of a unit, in [0, 1)
	Decay       bool    // the correlation is that of neighbouring months and decays with distance (AR(1)); else the same for all
	Ratio       float64 // controls per treated unit; 0: 1
}

// Factor is the variance of what is compared, for one unit, as a multiple of
// SD². With equal correlation r, m before and k after it is (1+(k-1)r)/k for
// After, (1-r)(1/k+1/m) for Change, (1+(k-1)r)/k - m·r²/(1+(m-1)r) for
// Covariance.
//
// Errors: ErrTooFew without a measurement that the analysis needs, ErrInvalid
// for a correlation outside [0, 1), ErrNotFinite.
//
// Source: Frison and Pocock (1992), Statistics in Medicine 11:1685-1704;
// McKenzie (2012), Journal of Development Economics 99:210-221.
func (p Panel) Factor() (float64, error) {
	if err := finite("correlation", p.Correlation); err != nil {
		return 0, err
	}
	if p.Correlation < 0 || p.Correlation >= 1 {
		return 0, fmt.Errorf("correlation %g: %w", p.Correlation, stat.ErrInvalid)
	}
	if p.After < 1 || p.Before < 0 || p.Before < 1 && p.Analysis != After {
		return 0, fmt.Errorf("%d measurements before and %d after: %w", p.Before, p.After, stat.ErrTooFew)
	}
	after := p.covariance(p.Before, p.After, p.Before, p.After)
	if p.Analysis == After {
		return after, nil
	}
	before := p.covariance(0, p.Before, 0, p.Before)
	between := p.covariance(0, p.Before, p.Before, p.After)
	if p.Analysis == Change {
		return after + before - 2*between, nil
	}
	return after - between*between/before, nil
}

// covariance is that of the mean of n measurements from start and the mean of
// m from other, with SD = 1.
func (p Panel) covariance(start, n, other, m int) float64 {
	var sum float64
	for i := start; i < start+n; i++ {
		for j := other; j < other+m; j++ {
			sum += p.correlation(i - j)
		}
	}
	return sum / float64(n*m)
}

func (p Panel) correlation(lag int) float64 {
	switch {
	case lag == 0:
		return 1
	case p.Decay:
		return math.Pow(p.Correlation, math.Abs(float64(lag)))
	}
	return p.Correlation
}

// Power is that of a t test on one number a unit. Covariance takes the slope on
// the mean before as known, which costs little beyond about ten units an arm.
//
// Errors: those of Factor and of Means.Power. Power panics if level is outside
// (0, 1).
func (p Panel) Power(n, effect, level float64) (float64, error) {
	stat.CheckLevel(level)
	factor, err := p.Factor()
	if err != nil {
		return 0, err
	}
	return Means{SD: p.SD * math.Sqrt(factor), Ratio: p.Ratio}.Power(n, effect, level)
}

func (p Panel) span() (least, greatest float64) { return Means{SD: p.SD, Ratio: p.Ratio}.span() }
