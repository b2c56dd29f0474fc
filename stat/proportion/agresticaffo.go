package proportion

import (
	"math"

	"github.com/liftmark/liftmark/stat"
)

// AgrestiCaffo estimates the difference of two independent shares, x1/n1 -
// x2/n2 (in [-1, 1]), with the interval that adds a success and a failure to
// each sample and is normal from there: close to its level from ten trials an
// arm. Value is the plain difference, SE that of the adjusted shares and never
// 0; the interval is centred on the adjusted difference and cut at ±1.
//
// Errors: as for Wilson, naming the arm. AgrestiCaffo panics if level is
// outside (0, 1).
//
// Source: Agresti and Caffo (2000), The American Statistician 54:280-288.
// Not for the same units measured twice; see PairedDifference.
func AgrestiCaffo(x1, n1, x2, n2 int, level float64) (stat.Estimate, error) {
	z := stat.Critical(level)
	if err := checkArms(x1, n1, x2, n2); err != nil {
		return stat.Estimate{}, err
	}
	p1, p2 := float64(x1+1)/float64(n1+2), float64(x2+1)/float64(n2+2)
	se := math.Sqrt(p1*(1-p1)/float64(n1+2) + p2*(1-p2)/float64(n2+2))
	return stat.Estimate{
		Value: float64(x1)/float64(n1) - float64(x2)/float64(n2),
		SE:    se,
		Interval: stat.Interval{
			Low:   math.Max(-1, p1-p2-z*se),
			High:  math.Min(1, p1-p2+z*se),
			Level: level,
		},
	}, nil
}
